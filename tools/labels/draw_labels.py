#!/usr/bin/env python3
"""Draws photos of garment labels whose brand, size and materials are known, to measure reading against.

The same seed, fonts and backgrounds give the same pictures. README.md says which fonts and how the columns read.
"""

import argparse
import csv
import sys
from pathlib import Path
from random import Random

from PIL import Image

from label import draw
from scene import photograph
from words import make_garment, read_brands

COLUMNS = ("image", "brand", "size_system", "size", "sizes", "materials", "languages", "kind", "hardness", "width", "height")


def main() -> int:
    here = Path(__file__).resolve().parent
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for the pictures and labels.csv")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--brands", type=Path, default=here / "brands.txt", help="one brand a line")
    parser.add_argument("--backgrounds", type=Path, help="folder of photos of clothes to lay labels on; without it all cloth is drawn")
    options = parser.parse_args()

    brands = read_brands(options.brands)
    backgrounds = sorted(options.backgrounds.glob("*.jpg")) if options.backgrounds else []
    if options.backgrounds and not backgrounds:
        print(f"No .jpg files in {options.backgrounds}", file=sys.stderr)
        return 2
    options.out.mkdir(parents=True, exist_ok=True)
    with open(options.out / "labels.csv", "w", newline="", encoding="utf-8") as file:
        rows = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        rows.writeheader()
        for number in range(options.count):
            # A random of its own a picture: drawing more, or changing one, leaves the others as they were.
            random = Random(f"{options.seed}/{number}")
            garment = make_garment(random, brands)
            drawn = draw(garment, random)
            photo = photograph(drawn.picture, random, backgrounds)
            name = f"label_{number:03d}.jpg"
            Image.fromarray(photo.pixels).save(options.out / name, quality=photo.quality)
            rows.writerow({
                "image": name, "brand": garment.brand, "size_system": garment.size.system, "size": garment.size.names[0],
                "sizes": "|".join(garment.size.names), "materials": garment.materials if drawn.kind in ("care", "print") else "",
                "languages": " ".join(garment.languages), "kind": drawn.kind, "hardness": photo.hardness,
                "width": photo.pixels.shape[1], "height": photo.pixels.shape[0],
            })
            print(f"\r{number + 1} of {options.count}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
