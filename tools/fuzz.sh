#!/usr/bin/env bash
# Runs every fuzzer in a folder for some seconds, from its room's corpus. Usage: tools/fuzz.sh BIN_FOLDER SECONDS
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$1 seconds=$2
for fuzzer in "$folder"/*_fuzz; do
  [ -x "$fuzzer" ] || continue
  name=$(basename "$fuzzer")
  room=${name%%_*}
  corpus=$(mktemp -d)
  [ -d "src/$room/testdata/corpus" ] && cp -r "src/$room/testdata/corpus/." "$corpus/"
  echo "== $name, $seconds s" >&2
  log=$(mktemp)
  if "$fuzzer" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix="$folder/" "$corpus" >"$log" 2>&1; then
    grep number_of_executed_units "$log"
  else
    tail -n 60 "$log" >&2
    exit 1
  fi
  rm -rf "$corpus" "$log"
done
