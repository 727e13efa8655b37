#!/usr/bin/env python3
"""Compares the text that `vitrine infer --json` reads with that of rapidocr on the same pictures. README.md says how."""

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import numpy as np
from PIL import Image, ImageOps

LONGER_SIDE = 1280
CONFIDENCE_LEAST = 0.5
MATCH_LEAST = 0.3  # IoU below which two lines are not the same line

Box = tuple[float, float, float, float]  # left, top, right, bottom


@dataclass
class Line:
    text: str
    box: Box


@dataclass
class Tally:
    pictures: int = 0
    without_text: int = 0
    lines: int = 0
    overlapping: int = 0  # IoU >= 0.8
    edits: int = 0
    length: int = 0
    missed_length: int = 0
    wrong: list[str] = field(default_factory=list)

    def add(self, theirs: list[Line], ours: list[Line]) -> None:
        self.pictures += 1
        self.without_text += not ours
        self.lines += len(theirs)
        matched = match(theirs, ours)
        for index, line in enumerate(theirs):
            if index not in matched:
                self.missed_length += len(line.text)
                self.wrong.append(f"{line.text!r} is missing")
                continue
            overlap, mine = matched[index]
            self.overlapping += overlap >= 0.8
            edits = edit_distance(line.text, mine.text)
            self.edits += edits
            self.length += max(len(line.text), len(mine.text))
            if edits:
                self.wrong.append(f"{line.text!r} reads {mine.text!r}")

    def figures(self) -> dict[str, float | int]:
        return {
            "n": self.pictures,
            "lines": self.lines,
            "iou_08": round(self.overlapping / max(1, self.lines), 4),
            "characters": round(1 - self.edits / max(1, self.length), 4),
            "characters_all": round(1 - (self.edits + self.missed_length) / max(1, self.length + self.missed_length), 4),
            "pictures_without_text": self.without_text,
        }


def iou(a: Box, b: Box) -> float:
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared)


def match(theirs: list[Line], ours: list[Line]) -> dict[int, tuple[float, Line]]:
    """Pairs of lines, best overlap first, each line in one pair at most."""
    pairs = sorted(((iou(a.box, b.box), i, j) for i, a in enumerate(theirs) for j, b in enumerate(ours)), reverse=True)
    matched: dict[int, tuple[float, Line]] = {}
    taken: set[int] = set()
    for overlap, i, j in pairs:
        if overlap < MATCH_LEAST:
            break
        if i not in matched and j not in taken:
            matched[i] = (overlap, ours[j])
            taken.add(j)
    return matched


def edit_distance(a: str, b: str) -> int:
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (x != y))
    return row[-1]


class Reference:
    """rapidocr, with its answers kept by the picture's hash."""

    def __init__(self, cache: Path | None) -> None:
        from rapidocr import RapidOCR  # takes seconds: not for --help

        self.engine = RapidOCR(params={"Global.log_level": "error"})
        self.cache = cache
        self.known = json.loads(cache.read_text(encoding="utf-8")) if cache and cache.exists() else {}

    def read(self, picture: Image.Image) -> list[Line]:
        pixels = np.asarray(picture)[:, :, ::-1]  # it takes BGR
        key = hashlib.sha256(pixels.tobytes() + repr(pixels.shape).encode()).hexdigest()
        if key not in self.known:
            found = self.engine(np.ascontiguousarray(pixels))
            rows = [] if found.boxes is None else zip(found.txts, found.scores, found.boxes)
            self.known[key] = [
                [text, [float(v) for v in (*quad.min(0), *quad.max(0))]]
                for text, confidence, quad in rows if confidence >= CONFIDENCE_LEAST and text.strip()
            ]
            if self.cache:
                self.cache.write_text(json.dumps(self.known, ensure_ascii=False), encoding="utf-8")
        return [Line(text, tuple(box)) for text, box in self.known[key]]


def photos_of(paths: list[Path], seed: int) -> list[Path]:
    photos: list[Path] = []
    for path in paths:
        photos += sorted(p for p in path.rglob("*") if p.suffix.lower() in (".jpg", ".jpeg", ".png")) if path.is_dir() else [path]
    Random(seed).shuffle(photos)
    return photos


def working_picture(photo: Path) -> Image.Image:
    picture = ImageOps.exif_transpose(Image.open(photo)).convert("RGB")
    picture.thumbnail((LONGER_SIDE, LONGER_SIDE), Image.Resampling.LANCZOS)
    return picture


def our_lines(vitrine: Path, pictures: list[Path]) -> list[list[Line]]:
    answer = subprocess.run([vitrine, "infer", "--json", *pictures], check=True, capture_output=True, text=True).stdout
    found = {Path(row["photo"]).name: row for row in map(json.loads, answer.splitlines())}
    lines = []
    for picture in pictures:
        row = found[picture.name]
        if "text" not in row:
            raise SystemExit(f"vitrine read no text: {row.get('failed', row)}")
        lines.append([Line(t["text"], (x, y, x + w, y + h)) for t in row["text"] for x, y, w, h in [t["box"]]])
    return lines


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path, nargs="+", help="photos, or folders that are searched for them")
    parser.add_argument("--vitrine", type=Path, required=True, help="the program, like build/release/vitrine")
    parser.add_argument("--count", type=int, default=100, help="pictures with text to compare")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cache", type=Path, help="file that keeps rapidocr's answers")
    parser.add_argument("--show", action="store_true", help="list the lines that differ, on stderr")
    options = parser.parse_args()

    reference = Reference(options.cache)
    tally = Tally()
    with tempfile.TemporaryDirectory() as folder:
        theirs: list[list[Line]] = []
        pictures: list[Path] = []
        for photo in photos_of(options.photos, options.seed):
            if len(pictures) == options.count:
                break
            picture = working_picture(photo)
            lines = reference.read(picture)
            if lines:
                pictures.append(Path(folder) / f"{len(pictures):04d}.png")
                picture.save(pictures[-1], compress_level=1)
                theirs.append(lines)
        if not pictures:
            print("rapidocr reads no text in any of these photos.", file=sys.stderr)
            return 2
        for reference_lines, lines in zip(theirs, our_lines(options.vitrine.resolve(), pictures)):
            tally.add(reference_lines, lines)
    if options.show:
        print("\n".join(tally.wrong), file=sys.stderr)
    print(json.dumps(tally.figures()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
