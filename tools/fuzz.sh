#!/usr/bin/env bash
# Runs every fuzzer in a folder for some seconds, from its corpus: http_head_fuzz from src/http/testdata/corpus/head.
# Usage: tools/fuzz.sh BIN_FOLDER SECONDS
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$1 seconds=$2
for fuzzer in "$folder"/*_fuzz; do
  [ -x "$fuzzer" ] || continue
  name=$(basename "$fuzzer")
  room=${name%%_*} what=${name#*_}
  corpus=$(mktemp -d)
  cp "src/$room/testdata/corpus/${what%_fuzz}/"* "$corpus/"  # a copy: what it finds new stays out of the repository
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
