#!/usr/bin/env bash
# What a machine can hold: format, the room map, third-party includes, clang-tidy, dead links, marks left behind.
set -uo pipefail
cd "$(dirname "$0")/.."
bad=0
say() { printf '%s\n' "$*" >&2; bad=1; }

unformatted=$(git ls-files 'src/*.cpp' 'src/*.hpp' | xargs clang-format-16 --dry-run 2>&1 | grep -c 'warning:')
[ "$unformatted" -eq 0 ] || say "$unformatted places are not formatted: run make format"

python3 tools/check_rooms.py || bad=1

marks=$(git grep -nwIE '(TODO|FIXME|XXX|HACK)' -- 'src/*.[ch]pp' web/src sdk 2>/dev/null)
[ -z "$marks" ] || say "Marks left behind:" "$marks"

# clang cannot read GCC's precompiled header, so it is given the header itself.
[ -f build/dev/compile_commands.json ] || cmake --preset dev >/dev/null
mkdir -p build/tidy
cp build/dev/CMakeFiles/vitrine_pch.dir/cmake_pch.hxx build/tidy/every.hxx
sed -E "s#[^ ]*/CMakeFiles/vitrine_pch.dir/cmake_pch.hxx#$PWD/build/tidy/every.hxx#; s# -fpch-preprocess##" build/dev/compile_commands.json > build/tidy/compile_commands.json
# Half a minute a file: only sources that changed since they were last found clean. `rm -r build/tidy` looks at all again.
one() {
  local found stamp="build/tidy/clean/$1"
  [ "$stamp" -nt "$1" ] && return 0
  found=$(clang-tidy-16 -p build/tidy --quiet "$1" 2>/dev/null | grep -E 'warning:|error:' | sort -u)
  [ -n "$found" ] && { printf '%s\n' "$found" >&2; return 1; }
  mkdir -p "$(dirname "$stamp")" && touch "$stamp"
}
export -f one
git ls-files 'src/*.cpp' | grep -vE '_(test|fuzz)\.cpp$' | xargs -P "$(nproc)" -I FILE bash -c 'one FILE' || say "clang-tidy found the above."
exit $bad
