"""Counts at every distinct threshold, the corners of the ROC curve's convex hull, and what is drawn of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from evallib.core.confusion import Confusion

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evallib.core.tie_blocks import TieBlocks

TOLERANCE = 1e-9
"""A probability so little below a threshold counts as reaching it: 0.3 reaches 0.1 + 0.2."""

Goal = Literal["accuracy", "f1"]
GOALS: tuple[Goal, ...] = ("accuracy", "f1")


@dataclass(frozen=True, eq=False)
class Sweep:
    """True and false positives when rows are called positive whose probability is at least the threshold.

    threshold: (d,) ascending.    tp, fp: (d,) counts, or sums of weights.    positives, negatives: of all rows.
    """

    threshold: NDArray[np.float64]
    tp: NDArray[np.float64]
    fp: NDArray[np.float64]
    positives: float
    negatives: float

    @classmethod
    def of(cls, blocks: TieBlocks) -> Sweep:
        """The sweep over every distinct probability."""
        tp, fp = np.cumsum(blocks.positive[::-1])[::-1], np.cumsum(blocks.negative[::-1])[::-1]
        return cls(blocks.value, tp, fp, float(tp[0]) if len(tp) else 0.0, float(fp[0]) if len(fp) else 0.0)

    def take(self, places: NDArray[np.intp]) -> Sweep:
        """The sweep at some of its thresholds, and at an infinite one, which calls no row positive."""
        return Sweep(
            np.append(self.threshold[places], np.inf),
            np.append(self.tp[places], 0.0),
            np.append(self.fp[places], 0.0),
            self.positives,
            self.negatives,
        )

    def at(self, threshold: float) -> Sweep:
        """The sweep at one threshold, exact between the distinct probabilities too."""
        place = first_reaching(self.threshold, threshold)
        inside = place < len(self.threshold)
        tp, fp = (counts[place : place + 1] if inside else np.zeros(1) for counts in (self.tp, self.fp))
        return Sweep(np.array([threshold]), tp, fp, self.positives, self.negatives)

    @property
    def confusion(self) -> Confusion:
        """The four counts at every threshold."""
        return Confusion(self.tp, self.fp, self.positives - self.tp, self.negatives - self.fp)

    def best(self, goal: Goal) -> int:
        """The place of the highest value of the goal; of equal ones, the highest threshold; -1 where undefined."""
        value = getattr(self.confusion, goal)
        if np.isnan(value).all():
            return -1
        return int(np.flatnonzero(value >= np.nanmax(value) - 1e-12)[-1])


def first_reaching(thresholds: NDArray[np.float64], threshold: float) -> int:
    """The place of the lowest of the ascending thresholds that reaches `threshold`; their number if none does."""
    return int(np.searchsorted(thresholds, threshold - TOLERANCE))


def hull_of(sweep: Sweep, blocks: TieBlocks) -> Sweep:
    """The corners of the ROC curve's convex hull, from calling every row positive to calling none.

    Every measure that rises with true and falls with false positives and whose level sets are lines, so accuracy, any
    cost ratio, balanced accuracy and F1, is best at a corner. Source: Provost and Fawcett 2001, Machine Learning 42.
    """
    return sweep.take(blocks.pooled()[:-1])


def thinned(sweep: Sweep, most: int) -> NDArray[np.intp]:
    """At most `most` places that draw the same curves: even in threshold, recall and rows called, denser on top."""
    d = len(sweep.threshold)
    if d <= most:
        return np.arange(d)
    quarter = most // 4
    called = sweep.tp + sweep.fp
    chosen = np.concatenate(
        [
            np.searchsorted(sweep.threshold, np.linspace(0, 1, quarter)),
            np.searchsorted(-called, np.linspace(-called[0], 0, quarter)),
            np.searchsorted(-sweep.tp, np.linspace(-sweep.positives, 0, quarter)),
            d - np.geomspace(1, d, quarter - 2).astype(np.intp),
            [0, d - 1],
        ]
    )
    return np.unique(np.minimum(chosen, d - 1))
