"""Rows in ascending order of their score, tied rows together: what threshold sweeps, curves and bins are made of."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import isotonic_regression

from evallib.core.intervals import ROUNDING

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class TieBlocks:
    """n sorted rows in d blocks of one score each.

    score: (n,) ascending.    event: (n,) of the rows in that order.    weight: (n,) in that order, None for all 1.
    start: (d + 1,) the first row of every block, and n.
    """

    score: NDArray[np.float64]
    event: NDArray[np.bool_]
    weight: NDArray[np.float64] | None
    start: NDArray[np.intp]

    @classmethod
    def of(
        cls, score: NDArray[np.float64], event: NDArray[np.bool_], weight: NDArray[np.float64] | None = None
    ) -> TieBlocks:
        """The blocks of rows with scores between 0 and 1, none of them NaN."""
        if weight is None:
            return cls._of_sorted(*_sort_packed(score, event), None)
        order = np.argsort(score)
        return cls._of_sorted(score[order], event[order], weight[order])

    @classmethod
    def _of_sorted(
        cls, score: NDArray[np.float64], event: NDArray[np.bool_], weight: NDArray[np.float64] | None
    ) -> TieBlocks:
        first = np.flatnonzero(score[1:] != score[:-1]) + 1
        start = np.concatenate(([0], first, [len(score)])) if len(score) else np.zeros(1, np.intp)
        return cls(score, event, weight, start)

    def __len__(self) -> int:
        return len(self.start) - 1

    @cached_property
    def value(self) -> NDArray[np.float64]:
        """(d,) the distinct scores, ascending."""
        return self.score[self.start[:-1]]

    @cached_property
    def positive(self) -> NDArray[np.float64]:
        """(d,) the weight of the events in every block."""
        return self.sum(self.event if self.weight is None else self.event * self.weight)

    @cached_property
    def total(self) -> NDArray[np.float64]:
        """(d,) the weight of every block."""
        return np.diff(self.start).astype(float) if self.weight is None else self.sum(self.weight)

    @cached_property
    def negative(self) -> NDArray[np.float64]:
        """(d,) the weight of the rows without the event in every block."""
        return self.total - self.positive if self.weight is None else self.sum(~self.event * self.weight)

    def take(self, rows: NDArray[np.bool_]) -> TieBlocks:
        """The blocks of some rows, chosen by a mask in the order of the sorted rows."""
        return self._of_sorted(self.score[rows], self.event[rows], None if self.weight is None else self.weight[rows])

    def sum(self, values: NDArray[np.generic]) -> NDArray[np.float64]:
        """(d,) sums over the blocks of (n,) values that are in the order of the sorted rows."""
        if not len(self):
            return np.zeros(0)
        return np.add.reduceat(values, self.start[:-1], dtype=np.float64)

    def pooled(self) -> NDArray[np.intp]:
        """(g + 1,) the first block of every step of the isotonic curve of the event on the score, and d.

        Pool-adjacent-violators with ties pooled first. Its g steps are the edges of the ROC curve's convex hull.
        Source: Fawcett and Niculescu-Mizil 2007, Machine Learning 68.
        """
        if not len(self):
            return np.zeros(1, np.intp)
        edges = np.asarray(isotonic_regression(self.positive / self.total, weights=self.total).blocks)
        # Steps of one rate are one step, also where rounding tells them apart.
        positive, total = (np.add.reduceat(values, edges[:-1]) for values in (self.positive, self.total))
        rises = positive[1:] * total[:-1] - positive[:-1] * total[1:] > ROUNDING * total[1:] * total[:-1]
        return np.concatenate((edges[:1], edges[1:-1][rises], edges[-1:]))


def _sort_packed(score: NDArray[np.float64], event: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Scores ascending and their events, at the price of sorting plain integers.

    The bits of non-negative floats are ordered as the floats are, and below 2 the upper two are 0: shifted by one they
    leave the lowest bit for the event. Adding 0.0 turns -0.0 into 0.0.
    """
    packed = (score + 0.0).view(np.uint64) << np.uint64(1)
    packed |= event.view(np.uint8)
    packed.sort()
    ordered = (packed & np.uint64(1)).astype(np.bool_)
    packed >>= np.uint64(1)
    return packed.view(np.float64), ordered
