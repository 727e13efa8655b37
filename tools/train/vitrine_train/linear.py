"""A linear classifier on embeddings: softmax regression with weight decay, solved by L-BFGS."""

from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

SCALE = 5.5
"""Length given to each view's vector, so that one weight decay suits every head."""

ROOT_OFFSET = 1e-6


def prepared(embeddings: list[np.ndarray]) -> torch.Tensor:
    """Views side by side: square root (tames the rare loud channel), then length 1, times SCALE."""
    parts = []
    for embedding in embeddings:
        root = torch.sqrt(torch.from_numpy(np.asarray(embedding)) + ROOT_OFFSET)
        parts.append(SCALE * root / root.norm(dim=1, keepdim=True))
    return torch.cat(parts, 1)


@dataclass
class Linear:
    weight: torch.Tensor
    bias: torch.Tensor

    def logits(self, x: torch.Tensor) -> np.ndarray:
        return (x @ self.weight.T + self.bias).numpy()


def fit(x: torch.Tensor, truth: np.ndarray, classes: int, decay: float,
        weights: np.ndarray | None = None, steps: int = 50) -> Linear:
    """Minimises mean cross-entropy (by sample weight) + decay * |W|^2."""
    y = torch.from_numpy(np.asarray(truth))
    importance = torch.ones(len(y)) if weights is None else torch.from_numpy(weights).float()
    importance = importance / importance.mean()
    mean = x.mean(0)
    centred = x - mean
    weight = torch.zeros(classes, x.shape[1], requires_grad=True)
    bias = torch.zeros(classes, requires_grad=True)
    solver = torch.optim.LBFGS([weight, bias], max_iter=steps, line_search_fn="strong_wolfe", history_size=8)

    def closure():
        solver.zero_grad()
        loss = functional.cross_entropy(centred @ weight.T + bias, y, reduction="none")
        total = (loss * importance).mean() + decay * weight.square().sum()
        total.backward()
        return total

    solver.step(closure)
    weight, bias = weight.detach(), bias.detach()
    return Linear(weight, bias - weight @ mean)
