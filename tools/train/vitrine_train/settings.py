"""What a run depends on besides the data. Change a value here and the whole run is another one."""

from dataclasses import dataclass

from .backbone import DEEP_BEGINS
from .tail import Recipe

SEED = 20250
FOLDS = 5

TAIL_FOLDS = (0, 1, 2, 3, 4)
"""The folds that the tails are trained and judged for, at six to seven minutes of a processor core each.
Fewer make a quicker run, and the report says which; only all five are the whole truth."""

KIND_FOLDS = 3

FINAL = 9
"""In the place of a fold's number: the tail trained on every photo."""

HEAD_VIEWS = ("whole", "centre")
"""The views that every head uses: two backbone runs a photo."""

CLOTHING_DECAY = 3e-4
GROCERY_DECAY = 1e-4
KIND_DECAY = 1e-4


@dataclass(frozen=True)
class TailPlan:
    """A tail: the map it begins with, the views that it learns from and how, and the views that it looks at later."""

    name: str
    map: str
    training_views: tuple[str, ...]
    recipe: Recipe
    views: tuple[str, ...]


CLOTHING_TAILS = (
    TailPlan("deep", "block15", (*HEAD_VIEWS, "augmented_0", "augmented_2"),
             Recipe(begins=DEEP_BEGINS, epochs=4, batch=24, sides=((7, 0.9), (9, 0.1)), block_rate=0.8, depthwise=False),
             views=("centre",)),
)
"""A changed photo `augmented_K` is seen as the view K % 3; these numbers give one of each of HEAD_VIEWS."""

CLOTHING_PRECISION = 0.96
"""Right answers among those given, out of fold: 95 % asked for, and a margin."""

GROCERY_PRECISION = 0.93
KIND_OWN_LOST = 0.003
"""Own photos the gate may lose out of fold; the threshold is the highest that keeps to it."""

GROCERY_AUGMENTED = tuple(f"augmented_{number}" for number in range(6))
VERSION = "1.1.0"
