"""Figures from probabilities: accuracy, calibration, and what answering selectively buys."""

import numpy as np


def top_k(probabilities: np.ndarray, truth: np.ndarray, k: int) -> float:
    best = np.argsort(-probabilities, 1)[:, :k]
    return float((best == truth[:, None]).any(1).mean())


def recalls(probabilities: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Recall of each class that occurs; NaN for one that does not."""
    right = probabilities.argmax(1) == truth
    return np.array([right[truth == c].mean() if (truth == c).any() else np.nan
                     for c in range(probabilities.shape[1])])


def softmax(logits: np.ndarray) -> np.ndarray:
    shifted = np.exp(logits - logits.max(1, keepdims=True))
    return shifted / shifted.sum(1, keepdims=True)


def temperature(logits: np.ndarray, truth: np.ndarray) -> float:
    """The divisor of the logits that makes the truth likeliest (golden-section search)."""
    def loss(log_t):
        p = softmax(logits / np.exp(log_t))
        return -np.log(p[np.arange(len(truth)), truth] + 1e-12).mean()

    low, high, ratio = np.log(0.1), np.log(10.0), (np.sqrt(5) - 1) / 2
    for _ in range(60):
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        low, high = (low, right) if loss(left) < loss(right) else (left, high)
    return float(np.exp((low + high) / 2))


def calibration_error(probabilities: np.ndarray, truth: np.ndarray, bins: int = 15) -> float:
    """Expected calibration error of the top answer, equal-width bins."""
    confidence = probabilities.max(1)
    right = probabilities.argmax(1) == truth
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    return float(sum(abs(confidence[place == b].mean() - right[place == b].mean()) * (place == b).mean()
                     for b in range(bins) if (place == b).any()))


def threshold_for(probabilities: np.ndarray, truth: np.ndarray, precision: float) -> float:
    """The lowest confidence from which the answers given are at least `precision` right."""
    confidence = probabilities.max(1)
    order = np.argsort(-confidence, kind="stable")
    right = (probabilities.argmax(1) == truth)[order]
    running = np.cumsum(right) / np.arange(1, len(right) + 1)
    reached = np.nonzero(running >= precision)[0]
    return float(confidence[order[reached.max()]]) if len(reached) else 1.0


def answered(probabilities: np.ndarray, truth: np.ndarray, threshold: float) -> tuple[float, float]:
    """(share answered, share right of those)."""
    given = probabilities.max(1) >= threshold
    right = probabilities.argmax(1) == truth
    return float(given.mean()), float(right[given].mean()) if given.any() else 1.0


def confusions(probabilities: np.ndarray, truth: np.ndarray, classes: list[str], most: int) -> list[tuple]:
    """(truth, said, count), the commonest first."""
    table = np.zeros((len(classes), len(classes)), int)
    np.add.at(table, (truth, probabilities.argmax(1)), 1)
    np.fill_diagonal(table, 0)
    order = np.argsort(-table, axis=None)[:most]
    return [(classes[i // len(classes)], classes[i % len(classes)], int(table.flat[i])) for i in order]


def summary(probabilities: np.ndarray, truth: np.ndarray, common: int = 10) -> dict:
    """The figures of one table row."""
    recall = recalls(probabilities, truth)
    commonest = np.argsort(-np.bincount(truth, minlength=probabilities.shape[1]))[:common]
    among = np.isin(truth, commonest)
    share, _ = answered(probabilities, truth, threshold_for(probabilities, truth, 0.95))
    return {
        "n": int(len(truth)),
        "top1": round(top_k(probabilities, truth, 1), 4),
        "top3": round(top_k(probabilities, truth, 3), 4),
        "macro": round(float(np.nanmean(recall)), 4),
        "top1_of_ten_commonest": round(top_k(probabilities[among], truth[among], 1), 4),
        "answered_at_95_right": round(share, 4),
        "calibration_error": round(calibration_error(probabilities, truth), 4),
    }
