"""Fine-tunes the end of the backbone on cached maps of what comes before it.

A shallow tail is block 20, the 1x1 to 1280 and a classifier, on `stage6`; a deep one begins with block 16, on
`block15`. The frozen part is run once (features.py), so an epoch costs only the tail. Photos vary in three
ways that a feature map allows without running the frozen part again: the view (one of those the
program looks at, or one made from a changed photo) is drawn at random, the map is mirrored, and a
part of the 9x9 is cut out (a crop of the photo, nearly).
"""

import copy
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from . import linear, metrics
from .backbone import STAGE7_BEGINS, Lite2

MAP = 9


@dataclass(frozen=True)
class Recipe:
    """How a tail is trained."""

    begins: int = STAGE7_BEGINS
    epochs: int = 6
    batch: int = 32
    rate: float = 3e-4
    classifier_rate: float = 1e-3
    decay: float = 0.02
    smoothing: float = 0.1
    dropout: float = 0.3
    mixup: float = 0.2
    average: float = 0.995
    sides: tuple[tuple[int, float], ...] = ((7, 0.75), (MAP, 0.25))
    """How large a part of the map a batch sees, and how often."""
    block_rate: float = 1.0
    """Each block learns at this multiple of the rate of the block after it."""
    depthwise: bool = True
    """Whether depthwise kernels learn too: they are few weights, and a quarter of a deep tail's time."""


class Tail(nn.Module):
    """The map before block `begins` [n, 208, h, w] -> (logits [n, classes], tuned embedding [n, 1280])."""

    def __init__(self, net: Lite2, begins: int, classes: int, dropout: float):
        super().__init__()
        self.blocks = copy.deepcopy(net.blocks[begins:])
        self.last = copy.deepcopy(net.last)
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(1280, classes)
        self.to(memory_format=torch.channels_last)

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        embedding = self.last(x).mean((2, 3))
        return self.classifier(self.dropout(embedding)), embedding


def warm_classifier(tail: Tail, embeddings: list[np.ndarray], truth: np.ndarray, classes: int) -> None:
    """Starts the classifier as a linear head on the untouched embeddings of every view."""
    x = torch.from_numpy(np.concatenate(embeddings))
    scale = linear.SCALE / x.norm(dim=1).mean()
    head = linear.fit(x * scale, np.tile(truth, len(embeddings)), classes, 1e-3, steps=25)
    with torch.no_grad():
        tail.classifier.weight.copy_(head.weight * scale)
        tail.classifier.bias.copy_(head.bias)


def parameter_groups(tail: Tail, recipe: Recipe) -> list[dict]:
    """What learns at which rate: the classifier fastest, each block slower than the one after it."""
    groups = [{"params": tail.classifier.parameters(), "lr": recipe.classifier_rate},
              {"params": tail.last.parameters(), "lr": recipe.rate}]
    for depth, block in enumerate(reversed(tail.blocks)):
        if not recipe.depthwise:
            block.depthwise.weight.requires_grad_(False)
        groups.append({"params": [p for p in block.parameters() if p.requires_grad],
                       "lr": recipe.rate * recipe.block_rate ** depth})
    return groups


def drawn_side(sides: tuple[tuple[int, float], ...], generator) -> int:
    drawn = generator.random()
    for side, often in sides:
        drawn -= often
        if drawn < 0:
            return side
    return sides[-1][0]


def drawn_batch(maps: list[np.ndarray], rows: np.ndarray, side: int, generator) -> torch.Tensor:
    """One map a row: a random view, perhaps mirrored, and a random part of it."""
    batch = np.empty((len(rows), 208, side, side), np.float32)
    for place, row in enumerate(rows):
        source = maps[generator.integers(len(maps))][row]
        top, left = generator.integers(0, MAP - side + 1, 2)
        part = source[:, top:top + side, left:left + side]
        batch[place] = part[:, :, ::-1] if generator.random() < 0.5 else part
    return torch.from_numpy(batch).contiguous(memory_format=torch.channels_last)


def train(net: Lite2, maps: list[np.ndarray], embeddings: list[np.ndarray], truth: np.ndarray,
          classes: int, rows: np.ndarray, recipe: Recipe, seed: int, watch=None) -> Tail:
    """A tail trained on those rows; the returned weights are a running average of the last ones.

    `watch(epoch, tail)` is called after each epoch with the averaged weights.
    """
    torch.manual_seed(seed)
    generator = np.random.default_rng(seed)
    tail = Tail(net, recipe.begins, classes, recipe.dropout)
    warm_classifier(tail, [e[rows] for e in embeddings], truth[rows], classes)
    averaged = copy.deepcopy(tail).eval()
    solver = torch.optim.AdamW(parameter_groups(tail, recipe), weight_decay=recipe.decay)
    steps_an_epoch = len(rows) // recipe.batch
    total = steps_an_epoch * recipe.epochs
    schedule = torch.optim.lr_scheduler.LambdaLR(
        solver, lambda s: min(1.0, (s + 1) / 50) * 0.5 * (1 + np.cos(np.pi * s / total)))
    step = 0
    for epoch in range(recipe.epochs):
        tail.train()
        order = generator.permutation(rows)
        for start in range(0, steps_an_epoch * recipe.batch, recipe.batch):
            chosen = order[start:start + recipe.batch]
            x = drawn_batch(maps, chosen, drawn_side(recipe.sides, generator), generator)
            target = functional.one_hot(torch.from_numpy(truth[chosen]), classes).float()
            target = target * (1 - recipe.smoothing) + recipe.smoothing / classes
            share = float(generator.beta(recipe.mixup, recipe.mixup)) if recipe.mixup else 1.0
            if share < 1.0:
                other = torch.from_numpy(generator.permutation(len(chosen)))
                x = share * x + (1 - share) * x[other]
                target = share * target + (1 - share) * target[other]
            logits, _ = tail(x)
            loss = -(target * functional.log_softmax(logits, 1)).sum(1).mean()
            solver.zero_grad()
            loss.backward()
            solver.step()
            schedule.step()
            step += 1
            keep = min(recipe.average, (1 + step) / (10 + step))
            with torch.no_grad():
                for slow, fast in zip(averaged.parameters(), tail.parameters()):
                    slow.lerp_(fast, 1 - keep)
        if watch:
            watch(epoch, averaged)
    return averaged


def mean(tails: list[Tail], shares: list[float]) -> Tail:
    """The tail whose weights are the sum of theirs, each times its share; the shares sum to one."""
    together = copy.deepcopy(tails[0]).eval()
    with torch.no_grad():
        for weights in zip(together.parameters(), *(each.parameters() for each in tails)):
            weights[0].copy_(sum(share * own for share, own in zip(shares, weights[1:])))
    return together


def logits_of(tail: Tail, maps: list[np.ndarray], rows: np.ndarray) -> np.ndarray:
    """[views, rows, classes] for the whole 9x9 maps."""
    out = []
    with torch.inference_mode():
        for view in maps:
            parts = [tail(torch.from_numpy(view[rows[i:i + 64]].astype(np.float32))
                          .contiguous(memory_format=torch.channels_last))[0].numpy()
                     for i in range(0, len(rows), 64)]
            out.append(np.concatenate(parts))
    return np.stack(out)


def describe(logits: np.ndarray, truth: np.ndarray) -> dict:
    """Figures of the views' mean."""
    return metrics.summary(metrics.softmax(logits.mean(0)), truth)
