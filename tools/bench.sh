#!/usr/bin/env bash
# Prints the speed figures: file to saved draft beside the same steps in Python, ready after start, memory.
# Usage: tools/bench.sh BINARY
set -euo pipefail
cd "$(dirname "$0")/.."
bin=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
models=${VITRINE_MODELS:-${XDG_DATA_HOME:-$HOME/.local/share}/vitrine/models}
python=build/python_peer/bin/python
if [ ! -x $python ]; then
  echo "Installing the packages of tools/python_peer" >&2
  python3 -m venv build/python_peer
fi
$python -m pip install --quiet --requirement tools/python_peer/requirements.txt

field() { python3 -c 'import json, sys; print(json.loads(sys.argv[1])[sys.argv[2]])' "$1" "$2"; }
peer() { $python tools/python_peer/peer.py --models "$models" "$@" 2>/dev/null | tail -n 1; }
# Ours, the peer, and ours again: what else the machine does meanwhile shows as a difference between the two of ours.
# Further arguments are the peer's.
compared() {
  local title=$1 photos=$2 warm=$3 ours peer again
  shift 3
  ours=$("$bin" bench photo --photos "$photos" --warm "$warm" --json | tail -n 1)
  peer=$($python tools/python_peer/peer.py --models "$models" --photos "$photos" --warm "$warm" "$@" 2>/dev/null | tail -n 1)
  again=$("$bin" bench photo --photos "$photos" --warm "$warm" --json | tail -n 1)
  printf '%s:\n  vitrine %s\n  Python  %s\n  vitrine %s\n' "$title" "$ours" "$peer" "$again"
  python3 -c 'import sys; a, peer, b = map(float, sys.argv[1:]); print(f"  at p50 {peer / max(a, b):.1f} to {peer / min(a, b):.1f} times the Python steps")' \
    "$(field "$ours" p50)" "$(field "$peer" p50)" "$(field "$again" p50)"
}

mkdir -p "$work/small"
if [ -d ../shared/data/clothing/images ]; then
  find ../shared/data/clothing/images -name '*.jpg' | sort | awk 'NR % 35 == 1' | head -n 100 | xargs cp -t "$work/small"
else
  cp samples/photos/*.jpg "$work/small"
fi
# Large photos: the small ones enlarged to what a phone takes. Their detail is not a phone's; decoding and sizes are.
mkdir -p "$work/large" "$work/heic"
$python - "$work" <<'END'
import sys
from pathlib import Path
from PIL import Image

work = Path(sys.argv[1])
for path in sorted((work / "small").iterdir())[:25]:
    photo = Image.open(path).convert("RGB")
    scale = 4032 / max(photo.size)
    photo.resize((round(photo.width * scale), round(photo.height * scale)), Image.Resampling.LANCZOS).save(work / "large" / path.name, quality=90)
END
for photo in "$work"/large/*.jpg; do
  [ "$(ls "$work/heic" | wc -l)" -ge 12 ] || heif-enc -q 60 -o "$work/heic/$(basename "${photo%.jpg}").heic" "$photo" >/dev/null 2>&1 || true
done
compared "400x533 photos" "$work/small" 5
compared "12 MP JPEG photos" "$work/large" 5
compared "12 MP JPEG photos, libjpeg shrinking for the peer" "$work/large" 5 --shrinking
echo "12 MP HEIC photos:"; "$bin" bench photo --photos "$work/heic" --warm 2 --json | tail -n 1

for which in with without; do
  [ $which = without ] && export VITRINE_MODELS="$work/none"
  log="$work/serve.$which"
  start=$(date +%s%N)
  "$bin" serve --data "$work/data.$which" --listen 127.0.0.1:0 >/dev/null 2>"$log" &
  pid=$!
  until grep -q '"serve.ready"' "$log"; do sleep 0.02; done
  echo "$which models: listening after $(( ($(date +%s%N) - start) / 1000000 )) ms, $(awk '/VmRSS/ {print int($2 / 1024)}' /proc/$pid/status) MB resident"
  kill $pid && wait $pid || true
done
