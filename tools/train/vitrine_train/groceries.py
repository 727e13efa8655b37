"""The grocery product head: trained on train.txt alone, judged on val.txt."""

from dataclasses import dataclass

import numpy as np
import torch

from . import data, linear, metrics, views
from .clothing import answers, calibrated_summary, curve
from .settings import (GROCERY_AUGMENTED, GROCERY_DECAY, GROCERY_PRECISION, HEAD_VIEWS)
from .workspace import Workspace, prepared


@dataclass
class Trained:
    classes: list[str]
    coarse: dict[str, str]
    linear: linear.Linear
    temperature: float
    threshold: float
    results: dict


def train(workspace: Workspace) -> Trained:
    """Temperature and threshold come from val.txt; no weight ever sees it."""
    training = data.groceries(workspace.data, "train")
    validation = data.groceries(workspace.data, "val")
    classes = [row["Class Name (str)"] for row in data.grocery_classes(workspace.data)]
    coarse = data.coarse_of(workspace.data)
    extractor = workspace.extractor()
    extractor.extract(training.name, training.paths, list(views.VIEWS))
    extractor.extract(training.name, training.paths, list(GROCERY_AUGMENTED))
    extractor.extract(validation.name, validation.paths, list(views.VIEWS))
    y, truth = training.indices(classes), validation.indices(classes)

    plain = linear.fit(prepared(workspace, training.name, views.VIEWS), y, len(classes), GROCERY_DECAY)
    # A sample is one picture a view: the photo itself, then pairs of differently changed photos,
    # then each changed photo in every place.
    samples = [prepared(workspace, training.name, HEAD_VIEWS)]
    changed = GROCERY_AUGMENTED
    pairs = list(zip(changed[0::2], changed[1::2])) + [(name, name) for name in changed]
    samples += [prepared(workspace, training.name, pair) for pair in pairs]
    head = linear.fit(torch.cat(samples), np.tile(y, len(samples)), len(classes), GROCERY_DECAY, steps=40)

    logits = head.logits(prepared(workspace, validation.name, HEAD_VIEWS))
    temperature = metrics.temperature(logits, truth)
    probabilities = metrics.softmax(logits / temperature)
    threshold = round(metrics.threshold_for(probabilities, truth, GROCERY_PRECISION), 4)
    coarse_of = np.array([coarse[c] for c in classes])
    results = {
        "training": len(training), "validation": len(validation),
        "summaries": {
            "linear, three views, no augmentation": calibrated_summary(
                plain.logits(prepared(workspace, validation.name, views.VIEWS)), truth),
            "linear, two views, augmented": metrics.summary(probabilities, truth)},
        "chosen": {**answers(probabilities, truth, probabilities.max(1) >= threshold),
                   "threshold": threshold, "temperature": round(temperature, 4),
                   "coarse_top1": round(float((coarse_of[probabilities.argmax(1)] == coarse_of[truth]).mean()), 4)},
        "confusions": metrics.confusions(probabilities, truth, classes, 12),
        "curve": curve(probabilities, truth),
    }
    return Trained(classes, coarse, head, temperature, threshold, results)
