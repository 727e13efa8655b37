#!/usr/bin/env bash
# Prints the speed figures: file to saved draft, ready after start, memory. Usage: tools/bench.sh BINARY
set -euo pipefail
cd "$(dirname "$0")/.."
bin=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
last() { tail -n 1; }

mkdir -p "$work/small"
if [ -d ../shared/data/clothing/images ]; then
  find ../shared/data/clothing/images -name '*.jpg' | sort | awk 'NR % 35 == 1' | head -n 100 | xargs cp -t "$work/small"
else
  cp samples/photos/*.jpg "$work/small"
fi
# Large photos: the small ones enlarged to what a phone takes. Their detail is not a phone's; decoding and sizes are.
mkdir -p "$work/large" "$work/heic"
find "$work/small" -name '*.jpg' | sort | head -n 25 | while read -r photo; do
  vips thumbnail "$photo" "$work/large/$(basename "$photo")[Q=90]" 4032 --height 3024 --size both --no-rotate
done
for photo in "$work"/large/*.jpg; do
  [ "$(ls "$work/heic" | wc -l)" -ge 12 ] || heif-enc -q 60 -o "$work/heic/$(basename "${photo%.jpg}").heic" "$photo" >/dev/null 2>&1 || true
done
echo "400x533 photos:";   "$bin" bench photo --photos "$work/small" --json | last
echo "12 MP JPEG photos:"; "$bin" bench photo --photos "$work/large" --json | last
echo "12 MP HEIC photos:"; "$bin" bench photo --photos "$work/heic" --warm 2 --json | last

for models in with without; do
  [ $models = without ] && export VITRINE_MODELS="$work/none"
  log="$work/serve.$models"
  start=$(date +%s%N)
  "$bin" serve --data "$work/data.$models" --listen 127.0.0.1:0 >/dev/null 2>"$log" &
  pid=$!
  until grep -q '"serve.ready"' "$log"; do sleep 0.02; done
  echo "$models models: listening after $(( ($(date +%s%N) - start) / 1000000 )) ms, $(awk '/VmRSS/ {print int($2 / 1024)}' /proc/$pid/status) MB resident"
  kill $pid && wait $pid || true
done
