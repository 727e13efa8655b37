#!/usr/bin/env python3
"""Writes samples/samples.json: every sample photo is an item; each drawn label joins a piece of clothing as its second photo."""

import json
import pathlib

SAMPLES = pathlib.Path(__file__).resolve().parent.parent / "samples"


def main():
    photos = sorted(p.name for p in (SAMPLES / "photos").iterdir())
    labels = sorted(p.name for p in (SAMPLES / "labels").glob("*.jpg")) if (SAMPLES / "labels").exists() else []
    takers = [p for p in photos if p.split("-")[0] in {"tshirt", "pants", "longsleeve", "dress", "shirt", "outwear", "skirt", "polo", "blazer"}]
    paired = dict(zip(takers[::2], labels))
    items = []
    for number, photo in enumerate(photos):
        item = {"photos": [f"photos/{photo}"], "shows": "one photo: category and colour, the rest asks"}
        if photo in paired:
            item["photos"].append(f"labels/{paired[photo]}")
            item["shows"] = "a second, drawn photo of a label: brand, size and material with their evidence"
        if photo.startswith("grocery"):
            item["shows"] = "a grocery product"
        if number % 6 == 5:
            item["language"] = "it"
            item["shows"] += "; texts in Italian"
        items.append(item)
    (SAMPLES / "samples.json").write_text(json.dumps(items, indent=1) + "\n")
    print(f"{len(items)} items, {len(paired)} with a label")


if __name__ == "__main__":
    main()
