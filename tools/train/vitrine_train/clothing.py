"""The clothing category head: tuned tails and a linear head, pooled and calibrated."""

from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from . import data, linear, metrics, tail, views
from .settings import (CLOTHING_BIAS_DECAY, CLOTHING_DECAY, CLOTHING_PRECISION, CLOTHING_TAILS, FINAL, FOLDS, HEAD_VIEWS, SEED,
                       TAIL_FOLDS, Run, TailPlan)
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

    def only(self, chosen: np.ndarray) -> "Photos":
        return Photos(self.classes, self.rows[chosen], self.truth[chosen], self.senders[chosen], self.fold[chosen])


@dataclass
class Blend:
    """log P = sum of share * log P of each member + bias of the class, up to a constant: a logarithmic opinion pool.

    A member is the linear head, or one tail looking at one view. The shares need not sum to one:
    their sum does what a temperature would. The bias gives back what label smoothing and mixup took
    from the common classes.
    """

    shares: dict[str, float]
    bias: np.ndarray

    def logits(self, members: dict[str, np.ndarray]) -> np.ndarray:
        return sum(share * log_softmax(members[name]) for name, share in self.shares.items()) + self.bias


@dataclass
class Trained:
    classes: list[str]
    tails: dict[str, tail.Tail]
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
    tail_logits = {plan.name: dict(zip(HEAD_VIEWS, out_of_fold_tail(workspace, photos, plan))) for plan in CLOTHING_TAILS}

    judged = np.isin(photos.fold, TAIL_FOLDS)
    seen = photos.only(judged)
    members = {"linear": linear_logits["two views"][judged]}
    for plan in CLOTHING_TAILS:
        members |= {member(plan.name, view): tail_logits[plan.name][view][judged] for view in plan.views}
    blend = fitted(members, seen.truth, np.ones(len(seen.rows), bool))
    threshold = round(metrics.threshold_for(metrics.softmax(blend.logits(members)), seen.truth, CLOTHING_PRECISION), 4)
    probabilities, given = cross_fitted(members, seen)

    summaries = {f"linear, {name}, all {FOLDS} folds": calibrated_summary(logits, photos.truth)
                 for name, logits in linear_logits.items()}
    if not judged.all():
        summaries |= {f"linear, {name}": calibrated_summary(logits[judged], seen.truth)
                      for name, logits in linear_logits.items()}
    for name, of_views in tail_logits.items():
        summaries |= {f"{name} tail, {view}": calibrated_summary(logits[judged], seen.truth)
                      for view, logits in of_views.items()}
        both = sum(log_softmax(logits[judged]) for logits in of_views.values())
        summaries[f"{name} tail, both views"] = calibrated_summary(both, seen.truth)
    summaries["the shipped pool"] = metrics.summary(probabilities, seen.truth)
    results = {
        "photos": len(photos.rows), "senders": len(set(photos.senders)),
        "judged": len(seen.rows), "judged_senders": len(set(seen.senders)),
        "summaries": summaries,
        "chosen": {"shares": {name: round(share, 3) for name, share in blend.shares.items()}, "threshold": threshold,
                   **answers(probabilities, seen.truth, given)},
        "by_fold": [{"fold": number, "senders": len(set(seen.senders[seen.fold == number])),
                     **answers(probabilities[seen.fold == number], seen.truth[seen.fold == number],
                               given[seen.fold == number])} for number in TAIL_FOLDS],
        "uncertainty": uncertainty(probabilities, given, seen),
        "recall": {name: {"photos": int((seen.truth == place).sum()), "recall": round(float(recall), 3)}
                   for place, (name, recall) in enumerate(zip(seen.classes,
                                                              metrics.recalls(probabilities, seen.truth)))},
        "confusions": metrics.confusions(probabilities, seen.truth, seen.classes, 15),
        "curve": curve(probabilities, seen.truth),
    }
    everything = np.ones(len(photos.rows), bool)
    tails = {plan.name: tail_trained_on(workspace, photos, plan, "final", FINAL, everything) for plan in CLOTHING_TAILS}
    return Trained(photos.classes, tails, linear_trained_on(workspace, photos, HEAD_VIEWS, everything), blend,
                   threshold, results)


def member(tail_name: str, view: str) -> str:
    return f"{tail_name}_{view}"


def read(workspace: Workspace) -> Photos:
    """The photos and their folds; runs the backbone over them when that is still to do."""
    collection = data.clothing(workspace.data)
    workspace.extractor().extract("clothing", collection.paths, list(views.VIEWS))
    for plan in CLOTHING_TAILS:
        workspace.source_of(plan.map).extract("clothing", collection.paths, sorted({*HEAD_VIEWS, *(view for run in plan.runs for view in run.views)}))
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


def tail_trained_on(workspace: Workspace, photos: Photos, plan: TailPlan, name: str, number: int,
                    chosen: np.ndarray) -> tail.Tail:
    """The mean of the plan's runs. One learns from all its training views, whichever the tail will look at later."""
    def trained(run: Run) -> tail.Tail:
        maps = features(workspace, "clothing", plan.map, run.views, photos.rows)
        embeddings = features(workspace, "clothing", "embedding", views.VIEWS, photos.rows)
        return tail.train(workspace.network(), maps, embeddings, photos.truth, len(photos.classes),
                          np.nonzero(chosen)[0], run.recipe, SEED + number)
    return tail.mean([workspace.tail_once(f"clothing/{plan.name}_{run.name}_{name}.pt", run.recipe.begins, len(photos.classes),
                                          lambda: trained(run)) for run in plan.runs],
                     [run.share for run in plan.runs])


def out_of_fold_tail(workspace: Workspace, photos: Photos, plan: TailPlan) -> np.ndarray:
    """[views of HEAD_VIEWS, photos, classes]; zero for photos of a fold that is not judged."""
    logits = np.zeros((len(HEAD_VIEWS), len(photos.rows), len(photos.classes)))
    for number in TAIL_FOLDS:
        out = photos.fold == number
        logits[:, out] = workspace.once(
            f"clothing/{plan.name}_fold_{number}.pickle",
            lambda: tail.logits_of(tail_trained_on(workspace, photos, plan, f"fold_{number}", number, ~out),
                                   features(workspace, "clothing", plan.map, HEAD_VIEWS, photos.rows[out]),
                                   np.arange(out.sum())))
    return logits


def fitted(members: dict[str, np.ndarray], truth: np.ndarray, chosen: np.ndarray) -> Blend:
    """The shares, none below zero, and the bias, kept small, that make the truth of the chosen photos likeliest."""
    logs = torch.from_numpy(np.stack([log_softmax(logits[chosen]) for logits in members.values()]))
    wanted = torch.from_numpy(truth[chosen])
    root = torch.full((len(members),), 0.5, dtype=logs.dtype, requires_grad=True)
    bias = torch.zeros(logs.shape[2], dtype=logs.dtype, requires_grad=True)
    solver = torch.optim.LBFGS([root, bias], max_iter=300, line_search_fn="strong_wolfe")

    def closure():
        solver.zero_grad()
        pooled = torch.einsum("m,mnc->nc", root.square(), logs) + bias
        loss = functional.cross_entropy(pooled, wanted) + CLOTHING_BIAS_DECAY * bias.square().sum()
        loss.backward()
        return loss

    solver.step(closure)
    return Blend({name: float(share) for name, share in zip(members, root.detach().square())}, bias.detach().numpy())


def cross_fitted(members: dict[str, np.ndarray], photos: Photos) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities, and whether an answer is given: each fold's shares and threshold are fitted on the other folds."""
    probabilities = np.zeros((len(photos.rows), len(photos.classes)))
    given = np.zeros(len(photos.rows), bool)
    for number in TAIL_FOLDS:
        out = photos.fold == number
        pooled = metrics.softmax(fitted(members, photos.truth, ~out).logits(members))
        threshold = metrics.threshold_for(pooled[~out], photos.truth[~out], CLOTHING_PRECISION)
        probabilities[out], given[out] = pooled[out], pooled[out].max(1) >= threshold
    return probabilities, given


def uncertainty(probabilities: np.ndarray, given: np.ndarray, photos: Photos, draws: int = 2000) -> dict:
    """The 5th and 95th percentile of the figures when photographers are drawn anew (bootstrap by sender)."""
    generator = np.random.default_rng(SEED)
    names, sender = np.unique(photos.senders, return_inverse=True)
    best = np.argsort(-probabilities, 1)
    commonest = np.argsort(-np.bincount(photos.truth))[:10]
    among = np.isin(photos.truth, commonest)
    right, near = best[:, 0] == photos.truth, (best[:, :3] == photos.truth[:, None]).any(1)
    sums = {key: np.bincount(sender, value, len(names)) for key, value in (
        ("n", np.ones(len(right))), ("right", right), ("near", near), ("among", among), ("right_among", right & among),
        ("given", given), ("right_given", right & given))}
    figures = []
    for _ in range(draws):
        drawn = generator.integers(len(names), size=len(names))
        s = {key: value[drawn].sum() for key, value in sums.items()}
        figures.append((s["right"] / s["n"], s["near"] / s["n"], s["right_among"] / s["among"],
                        s["given"] / s["n"], s["right_given"] / s["given"]))
    low, high = np.percentile(figures, (5, 95), axis=0)
    return {key: [round(float(a), 4), round(float(b), 4)] for key, a, b in
            zip(("top1", "top3", "top1_of_ten_commonest", "answered", "precision"), low, high)}


def log_softmax(logits: np.ndarray) -> np.ndarray:
    shifted = logits - logits.max(1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(1, keepdims=True))


def calibrated_summary(logits: np.ndarray, truth: np.ndarray) -> dict:
    return metrics.summary(metrics.softmax(logits / metrics.temperature(logits, truth)), truth)


def answers(probabilities: np.ndarray, truth: np.ndarray, given: np.ndarray) -> dict:
    """The summary, and what comes of answering those photos only."""
    right = probabilities.argmax(1) == truth
    return {**metrics.summary(probabilities, truth), "answered": round(float(given.mean()), 4),
            "precision": round(float(right[given].mean()), 4)}


def curve(probabilities: np.ndarray, truth: np.ndarray) -> list[dict]:
    """Share answered and share right at a row of thresholds."""
    points = []
    for threshold in (0.0, 0.3, 0.4, 0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95):
        share, right = metrics.answered(probabilities, truth, threshold)
        points.append({"threshold": threshold, "answered": round(share, 4), "precision": round(right, 4)})
    return points
