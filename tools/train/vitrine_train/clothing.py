"""The clothing category head: a tuned tail on one view plus a linear head on two, calibrated."""

from dataclasses import dataclass

import numpy as np

from . import data, linear, metrics, tail, views
from .settings import (CLOTHING_DECAY, CLOTHING_LINEAR_SHARES, CLOTHING_PRECISION, CLOTHING_TAIL, FINAL, FOLDS,
                       HEAD_VIEWS, SEED, TAIL_FOLDS, TAIL_VIEW)
from .workspace import Workspace, features, prepared

LINEAR_HEADS = {"one view": ("whole",), "two views": HEAD_VIEWS, "three views": views.VIEWS}


@dataclass
class Photos:
    """The photos that carry a class. `rows` are their places in the whole collection's arrays."""

    classes: list[str]
    rows: np.ndarray
    truth: np.ndarray
    senders: np.ndarray
    fold: np.ndarray


@dataclass
class Blend:
    """log P = (log P_tail + share * log P_linear) / temperature, up to a constant."""

    share: float
    temperature: float

    def logits(self, of_tail: np.ndarray, of_linear: np.ndarray) -> np.ndarray:
        return (log_softmax(of_tail) + self.share * log_softmax(of_linear)) / self.temperature


@dataclass
class Trained:
    classes: list[str]
    tail: tail.Tail
    linear: linear.Linear
    blend: Blend
    threshold: float
    results: dict


def train(workspace: Workspace) -> Trained:
    """Folds by sender for every figure and for calibration; then the head from all photos."""
    photos = read(workspace)
    linear_logits = {name: workspace.once(f"clothing/linear_{name.replace(' ', '_')}.pickle",
                                          lambda: out_of_fold_linear(workspace, photos, view_names))
                     for name, view_names in LINEAR_HEADS.items()}
    tail_logits = out_of_fold_tails(workspace, photos)

    judged = np.isin(photos.fold, TAIL_FOLDS)
    of_tail = tail_logits[views.VIEWS.index(TAIL_VIEW), judged]
    of_linear = linear_logits["two views"][judged]
    truth = photos.truth[judged]
    candidates = [blend_with(share, of_tail, of_linear, truth) for share in CLOTHING_LINEAR_SHARES]
    blend = max(candidates, key=lambda b: merit(b.logits(of_tail, of_linear), truth))
    probabilities = metrics.softmax(blend.logits(of_tail, of_linear))
    threshold = round(metrics.threshold_for(probabilities, truth, CLOTHING_PRECISION), 4)

    summaries = {f"linear, {name}, all {FOLDS} folds": calibrated_summary(logits, photos.truth)
                 for name, logits in linear_logits.items()}
    summaries |= {f"linear, {name}": calibrated_summary(logits[judged], truth)
                  for name, logits in linear_logits.items()}
    summaries |= {f"tail, {view}": calibrated_summary(logits[judged], truth)
                  for view, logits in zip(views.VIEWS, tail_logits)}
    summaries |= {f"tail, {TAIL_VIEW} + {b.share} linear, two views":
                  metrics.summary(metrics.softmax(b.logits(of_tail, of_linear)), truth)
                  for b in candidates if b.share}
    results = {
        "photos": len(photos.rows), "senders": len(set(photos.senders)), "judged": int(judged.sum()),
        "summaries": summaries,
        "chosen": {"linear_share": blend.share, "temperature": round(blend.temperature, 4),
                   **answers(probabilities, truth, threshold)},
        "by_fold": [{"fold": number, "senders": len(set(photos.senders[photos.fold == number])),
                     **answers(probabilities[photos.fold[judged] == number],
                               truth[photos.fold[judged] == number], threshold)} for number in TAIL_FOLDS],
        "recall": {name: {"photos": int((truth == place).sum()), "recall": round(float(recall), 3)}
                   for place, (name, recall) in enumerate(zip(photos.classes, metrics.recalls(probabilities, truth)))},
        "confusions": metrics.confusions(probabilities, truth, photos.classes, 15),
        "curve": curve(probabilities, truth),
    }
    return Trained(photos.classes, tail_trained_on(workspace, photos, "final", FINAL, photos.fold >= 0),
                   linear_trained_on(workspace, photos, HEAD_VIEWS, photos.fold >= 0), blend, threshold, results)


def read(workspace: Workspace) -> Photos:
    """The photos and their folds; runs the backbone over them when that is still to do."""
    collection = data.clothing(workspace.data)
    workspace.extractor().extract("clothing", collection.paths, list(views.VIEWS))
    rows = np.nonzero(data.is_class(collection))[0]
    labels, senders = collection.labels[rows], collection.groups[rows]
    classes = sorted(set(labels.tolist()))
    truth = np.array([classes.index(label) for label in labels])
    return Photos(classes, rows, truth, senders, data.folds_by_group(labels, senders, FOLDS, SEED))


def linear_trained_on(workspace: Workspace, photos: Photos, view_names, chosen: np.ndarray) -> linear.Linear:
    x = prepared(workspace, "clothing", view_names, photos.rows)[chosen]
    return linear.fit(x, photos.truth[chosen], len(photos.classes), CLOTHING_DECAY, steps=30)


def out_of_fold_linear(workspace: Workspace, photos: Photos, view_names) -> np.ndarray:
    x = prepared(workspace, "clothing", view_names, photos.rows)
    logits = np.zeros((len(photos.rows), len(photos.classes)))
    for number in range(FOLDS):
        out = photos.fold == number
        logits[out] = linear_trained_on(workspace, photos, view_names, ~out).logits(x[out])
    return logits


def tail_trained_on(workspace: Workspace, photos: Photos, name: str, number: int, chosen: np.ndarray) -> tail.Tail:
    """One tail learns from all three views, whichever it will look at later."""
    def make() -> tail.Tail:
        return tail.train(workspace.network(), features(workspace, "clothing", "stage6", views.VIEWS, photos.rows),
                          features(workspace, "clothing", "embedding", views.VIEWS, photos.rows), photos.truth,
                          len(photos.classes), np.nonzero(chosen)[0], CLOTHING_TAIL, SEED + number)
    return workspace.tail_once(f"clothing/tail_{name}.pt", len(photos.classes), make)


def out_of_fold_tails(workspace: Workspace, photos: Photos) -> np.ndarray:
    """[views, photos, classes]; zero for photos of a fold that has no tail."""
    logits = np.zeros((len(views.VIEWS), len(photos.rows), len(photos.classes)))
    for number in TAIL_FOLDS:
        out = photos.fold == number
        tuned = tail_trained_on(workspace, photos, f"fold_{number}", number, ~out)
        maps = features(workspace, "clothing", "stage6", views.VIEWS, photos.rows[out])
        logits[:, out] = tail.logits_of(tuned, maps, np.arange(out.sum()))
    return logits


def blend_with(share: float, of_tail: np.ndarray, of_linear: np.ndarray, truth: np.ndarray) -> Blend:
    return Blend(share, metrics.temperature(Blend(share, 1.0).logits(of_tail, of_linear), truth))


def log_softmax(logits: np.ndarray) -> np.ndarray:
    shifted = logits - logits.max(1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(1, keepdims=True))


def merit(logits: np.ndarray, truth: np.ndarray) -> float:
    """What a blend is chosen by: right answers, and the share answered at 95 % right."""
    figures = metrics.summary(metrics.softmax(logits), truth)
    return figures["top1"] + 0.5 * figures["answered_at_95_right"]


def calibrated_summary(logits: np.ndarray, truth: np.ndarray) -> dict:
    return metrics.summary(metrics.softmax(logits / metrics.temperature(logits, truth)), truth)


def answers(probabilities: np.ndarray, truth: np.ndarray, threshold: float) -> dict:
    """The summary, and what the threshold makes of it."""
    share, right = metrics.answered(probabilities, truth, threshold)
    return {**metrics.summary(probabilities, truth), "threshold": threshold,
            "answered": round(share, 4), "precision": round(right, 4)}


def curve(probabilities: np.ndarray, truth: np.ndarray) -> list[dict]:
    """Share answered and share right at a row of thresholds."""
    points = []
    for threshold in (0.0, 0.3, 0.4, 0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95):
        share, right = metrics.answered(probabilities, truth, threshold)
        points.append({"threshold": threshold, "answered": round(share, 4), "precision": round(right, 4)})
    return points
