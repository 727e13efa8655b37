"""What a run depends on besides the data. Change a value here and the whole run is another one."""

from .tail import Recipe

SEED = 20250
FOLDS = 5

TAIL_FOLDS = (0,)
"""The folds for which a tail is trained and judged: each costs a few minutes of a processor core.
Give all five on a free machine."""

KIND_FOLDS = 3

FINAL = 9
"""In the place of a fold's number: the tail trained on every photo."""

HEAD_VIEWS = ("whole", "centre")
"""The views that every head uses: two backbone runs a photo."""

TAIL_VIEW = "centre"
"""The view that the tuned tails look at."""

CLOTHING_DECAY = 3e-4
GROCERY_DECAY = 1e-4
KIND_DECAY = 1e-4

CLOTHING_TAIL = Recipe(epochs=6)

CLOTHING_LINEAR_SHARES = (0.0, 0.2, 0.4, 0.7)
"""How much of the linear head's log-probabilities may be added to the tail's; chosen out of fold."""

CLOTHING_PRECISION = 0.96
"""Right answers among those given, out of fold: 95 % asked for, and a margin."""

GROCERY_PRECISION = 0.93
KIND_OWN_LOST = 0.003
"""Own photos the gate may lose out of fold; the threshold is the highest that keeps to it."""

GROCERY_AUGMENTED = tuple(f"augmented_{number}" for number in range(6))
VERSION = "1.0.0"
