"""What a run depends on besides the data. Change a value here and the whole run is another one."""

from dataclasses import dataclass

from .backbone import DEEP_BEGINS
from .tail import Recipe

SEED = 20250
FOLDS = 5

TAIL_FOLDS = (0, 1, 2, 3, 4)
"""The folds that the tails are trained and judged for, at about twenty minutes of a processor core each.
Fewer make a quicker run, and the report says which; only all five are the whole truth."""

KIND_FOLDS = 3

FINAL = 9
"""In the place of a fold's number: the tail trained on every photo."""

HEAD_VIEWS = ("whole", "centre")
"""The views that every head uses: two backbone runs a photo."""

CLOTHING_DECAY = 3e-4
CLOTHING_BIAS_DECAY = 1e-2
GROCERY_DECAY = 1e-4
KIND_DECAY = 1e-4


@dataclass(frozen=True)
class Run:
    """One training of a tail: the views that it learns from, how, and the share of its weights in the tail's."""

    name: str
    views: tuple[str, ...]
    recipe: Recipe
    share: float


@dataclass(frozen=True)
class TailPlan:
    """A tail: the map it begins with, its trainings, and the views that it looks at later.

    Its weights are the mean of its runs' weights: they begin at the same ones, so their mean is a tail too, and a
    better one (Wortsman et al. 2022, "Model soups", arXiv 2203.05482). It costs nothing at run time.
    """

    name: str
    map: str
    runs: tuple[Run, ...]
    views: tuple[str, ...]


def deep(epochs: int) -> Recipe:
    return Recipe(begins=DEEP_BEGINS, epochs=epochs, batch=24, sides=((7, 0.9), (9, 0.1)), block_rate=0.8, depthwise=False)


CLOTHING_TAILS = (
    TailPlan("deep", "block15", (
        Run("short", (*HEAD_VIEWS, "augmented_0", "augmented_2"), deep(epochs=4), share=0.3),
        Run("long", (*HEAD_VIEWS, *(f"augmented_{number}" for number in range(6))), deep(epochs=8), share=0.7),
    ), views=("centre",)),
)
"""A changed photo `augmented_K` is seen as the view K % 3: whole, centre, padded."""

CLOTHING_PRECISION = 0.955
"""Right answers among those given, out of fold: 95 % asked for, and a margin."""

GROCERY_PRECISION = 0.93
KIND_OWN_LOST = 0.003
"""Own photos the gate may lose out of fold; the threshold is the highest that keeps to it."""

GROCERY_AUGMENTED = tuple(f"augmented_{number}" for number in range(6))
VERSION = "1.2.0"
