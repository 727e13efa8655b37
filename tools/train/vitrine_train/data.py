"""The two labelled collections, and how they are split."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

NOT_CLASSES = {"Not sure", "Other", "Skip"}
"""Labels of the clothing collection that say nothing about what the thing is."""


@dataclass(frozen=True)
class Collection:
    """Photos with a label and a group; photos of one group never straddle a split."""

    name: str
    paths: list[Path]
    labels: np.ndarray
    groups: np.ndarray

    def __len__(self) -> int:
        return len(self.paths)

    def classes(self) -> list[str]:
        return sorted(set(self.labels.tolist()))

    def indices(self, classes: list[str]) -> np.ndarray:
        place = {label: index for index, label in enumerate(classes)}
        return np.array([place[label] for label in self.labels])


def clothing(data: Path) -> Collection:
    """All clothing photos, the three non-classes included (see `is_class`); grouped by sender."""
    with open(data / "clothing" / "labels.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    paths = [data / "clothing" / "images" / (row["image"] + ".jpg") for row in rows]
    return Collection("clothing", paths, np.array([row["label"] for row in rows]),
                      np.array([row["sender_id"] for row in rows]))


def is_class(collection: Collection) -> np.ndarray:
    """Which photos carry a label that is a class."""
    return np.array([label not in NOT_CLASSES for label in collection.labels])


def groceries(data: Path, part: str) -> Collection:
    """`train` or `val` of the grocery collection, labelled with the fine class name."""
    names = {row["Class ID (int)"]: row["Class Name (str)"] for row in grocery_classes(data)}
    paths, labels = [], []
    for line in (data / "groceries" / f"{part}.txt").read_text().splitlines():
        if line.strip():
            path, fine, _coarse = (field.strip() for field in line.split(","))
            paths.append(data / "groceries" / path)
            labels.append(names[fine])
    return Collection(f"groceries_{part}", paths, np.array(labels), np.array([str(p) for p in paths]))


def grocery_classes(data: Path) -> list[dict]:
    with open(data / "groceries" / "classes.csv", newline="") as file:
        return list(csv.DictReader(file))


def coarse_of(data: Path) -> dict[str, str]:
    """Fine class name -> coarse class name."""
    return {row["Class Name (str)"]: row["Coarse Class Name (str)"] for row in grocery_classes(data)}


def folds_by_group(labels: np.ndarray, groups: np.ndarray, count: int, seed: int) -> np.ndarray:
    """A fold number per photo; a group lies in one fold, and folds get alike label mixes.

    Groups are dealt largest first, each to the fold whose label counts it brings nearest to
    its even share (the idea of scikit-learn's StratifiedGroupKFold).
    """
    generator = np.random.default_rng(seed)
    names, group_index = np.unique(groups, return_inverse=True)
    classes, label_index = np.unique(labels, return_inverse=True)
    counts = np.zeros((len(names), len(classes)))
    np.add.at(counts, (group_index, label_index), 1)
    share = counts.sum(0)
    order = generator.permutation(len(names))
    order = order[np.argsort(-counts[order].sum(1), kind="stable")]
    held = np.zeros((count, len(classes)))
    fold_of_group = np.zeros(len(names), int)
    for group in order:
        spreads = []
        for fold in range(count):
            held[fold] += counts[group]
            spreads.append(np.mean(np.std(held / share, axis=0)) + 0.5 * np.std(held.sum(1) / share.sum()))
            held[fold] -= counts[group]
        best = int(np.argmin(spreads))
        held[best] += counts[group]
        fold_of_group[group] = best
    return fold_of_group[group_index]
