#!/usr/bin/env bash
# Prints the accuracy figures that ../shared/data allows. Usage: tools/eval.sh BINARY
# The shipped heads were trained on these photographers, so `category` here is what they remember, not how they
# generalise: the honest figure is the out-of-fold one in docs/reports/training.md.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=$1 data=${VITRINE_TRAINING_DATA:-../shared/data}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
last() { tail -n 1; }

[ -d "$data" ] || { echo "No data at $data; set VITRINE_TRAINING_DATA." >&2; exit 1; }
python3 - "$data" "$work" <<'PY'
import csv, random, sys
data, work = sys.argv[1:]
with open(f"{work}/products.csv", "w") as out:
    print("image,label", file=out)
    for line in open(f"{data}/groceries/val.txt"):
        path = line.split(",")[0].strip()
        print(f"{path},{path.split('/')[-2]}", file=out)
images = sorted(row["image"] for row in csv.DictReader(open(f"{data}/clothing/labels.csv")))
with open(f"{work}/without.csv", "w") as out:
    print("image,brand,size", file=out)
    for image in random.Random(500).sample(images, 500):
        print(f"{image},,", file=out)
PY
echo "product, validation photos:"; "$bin" eval product --labels "$work/products.csv" --photos "$data/groceries" --json | last
echo "main colour, named by hand:"; "$bin" eval colour --labels tests/data/colours/main_colour.csv --photos "$data/clothing/images" --json | last
echo "brand and size on 500 photos without labels (see without_label):"; "$bin" eval label --labels "$work/without.csv" --photos "$data/clothing/images" --json | last
if [ -f tools/labels/draw_labels.py ]; then
  python3 -m venv "$work/venv" && "$work/venv/bin/pip" install -q -r tools/labels/requirements.txt
  "$work/venv/bin/python" tools/labels/draw_labels.py --out "$work/labels" --count 300 --backgrounds "$data/clothing/images"
  echo "brand and size, 300 drawn labels:"; "$bin" eval label --labels "$work/labels/labels.csv" --photos "$work/labels" --json | last
fi
