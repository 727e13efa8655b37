"""The gate: clothing, grocery, or other."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import torch

from . import data, linear, metrics, strangers
from .settings import HEAD_VIEWS, KIND_DECAY, KIND_FOLDS, KIND_OWN_LOST, SEED
from .workspace import Workspace, prepared

KINDS = ["clothing", "grocery", "other"]
OTHER = 2
NEITHER = {"Other", "Skip"}
"""Clothing photos that are left out: bags, belts and slips of the finger. 'Not sure' is clothing."""


@dataclass
class Trained:
    linear: linear.Linear
    temperature: float
    threshold: float
    results: dict


def train(workspace: Workspace) -> Trained:
    own = data.clothing(workspace.data)
    clothes = np.array([label not in NEITHER for label in own.labels])
    groceries = data.groceries(workspace.data, "train")
    packages = workspace.work / "strangers"
    strangers.unpack(packages)
    training, held_out = workspace.once("strangers.pickle", lambda: strangers.gather(packages, SEED))
    extractor = workspace.extractor()
    for part in (training, held_out):
        extractor.extract(part.name, part.paths, list(HEAD_VIEWS))

    x = torch.cat([prepared(workspace, "clothing", HEAD_VIEWS, clothes),
                   prepared(workspace, "groceries_train", HEAD_VIEWS),
                   prepared(workspace, training.name, HEAD_VIEWS)])
    truth = np.repeat([0, 1, OTHER], [clothes.sum(), len(groceries), len(training)])
    groups = np.concatenate([own.groups[clothes], groceries.groups, training.groups])
    weights = np.array([0.5, 1.0, 1.5])[truth]
    fold = data.folds_by_group(truth, groups, KIND_FOLDS, SEED)
    logits = np.zeros((len(truth), len(KINDS)))
    for number in range(KIND_FOLDS):
        fitted = fit(x[fold != number], truth[fold != number], weights[fold != number])
        logits[fold == number] = fitted.logits(x[fold == number])
    temperature = metrics.temperature(logits, truth)
    threshold = highest_threshold(logits[truth != OTHER] / temperature)
    head = fit(x, truth, weights)

    def called_other(collection: str) -> float:
        return round(float(is_other(head.logits(prepared(workspace, collection, HEAD_VIEWS)) / temperature,
                                    threshold).mean()), 4)

    missed = ~is_other(head.logits(prepared(workspace, held_out.name, HEAD_VIEWS)) / temperature, threshold)
    results = {
        "temperature": round(temperature, 4), "threshold": threshold,
        "strangers_training": dict(Counter(training.groups.tolist())),
        "strangers_held_out": dict(Counter(held_out.groups.tolist())),
        "held_out_missed": [path.name for path, miss in zip(held_out.paths, missed) if miss],
        "other_held_out": called_other(held_out.name),
        "lost_grocery_validation": called_other("groceries_val"),
        "other_out_of_fold": share_other(logits, truth == OTHER, temperature, threshold),
        "lost_clothing_out_of_fold": share_other(logits, truth == 0, temperature, threshold),
        "lost_grocery_out_of_fold": share_other(logits, truth == 1, temperature, threshold),
        "swapped_out_of_fold": round(float(np.mean(logits[truth != OTHER].argmax(1) == 1 - truth[truth != OTHER])), 4),
        "curve": [{"threshold": t, "own_lost": share_other(logits, truth != OTHER, temperature, t),
                   "strangers_other": share_other(logits, truth == OTHER, temperature, t)}
                  for t in (0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)],
    }
    return Trained(head, temperature, threshold, results)


def fit(x, truth, weights) -> linear.Linear:
    return linear.fit(x, truth, len(KINDS), KIND_DECAY, weights, steps=30)


def is_other(logits: np.ndarray, threshold: float) -> np.ndarray:
    """Other unless clothing or grocery reaches the threshold."""
    return metrics.softmax(logits)[:, :OTHER].max(1) < threshold


def share_other(logits: np.ndarray, rows: np.ndarray, temperature: float, threshold: float) -> float:
    return round(float(is_other(logits[rows] / temperature, threshold).mean()), 4)


def highest_threshold(own_logits: np.ndarray) -> float:
    """In steps of 0.05: the highest threshold that loses no more of one's own than allowed."""
    allowed = [t for t in np.arange(0.3, 0.96, 0.05) if is_other(own_logits, t).mean() <= KIND_OWN_LOST]
    return round(float(max(allowed)), 2)
