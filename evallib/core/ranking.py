"""Rows in descending order of score, and what follows from that order: ROC AUC and average precision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evallib.core.linearization import Linearized, dot, undefined

if TYPE_CHECKING:
    from numpy.typing import NDArray


def descending(score: NDArray[np.float64]) -> NDArray[np.intp]:
    """The positions of the rows from the highest score to the lowest; the order among equal scores is unspecified.

    Twice as fast as argsort at a million rows: NumPy's stable sort of 16-bit integers is a radix sort, and two of them
    order the rows by their scores rounded to 32-bit floats. Rounding keeps the order, so only the rows that it made
    equal are left to be sorted by their full scores.
    """
    with np.errstate(over="ignore"):
        bits = score.astype(np.float32).view(np.int32)
    # Bits of floats are ordered as signed integers are, once those of negative floats are turned around.
    bits ^= (bits >> 31) & np.int32(0x7FFFFFFF)
    key = (~bits).view(np.uint32) ^ np.uint32(0x80000000)
    order = np.argsort(key.astype(np.uint16), kind="stable")
    order = order[np.argsort((key >> np.uint32(16)).astype(np.uint16)[order], kind="stable")]
    ordered = score[order]
    if (ordered[1:] > ordered[:-1]).any():
        tied = np.diff(key[order]) == 0
        unsure = np.flatnonzero(np.append(tied, False) | np.append(False, tied))
        rows = order[unsure]
        order[unsure] = rows[np.argsort(-score[rows])]
    return order


MOST_GROUPS = 4096


def score_groups(score: NDArray[np.float64], order: NDArray[np.intp]) -> tuple[NDArray[np.uint16], int]:
    """(n,) the group of each row, that of the highest scores first, and how many groups there are.

    Equal scores are one group; of more than `MOST_GROUPS` different ones neighbours are taken together, in groups of
    about equal size, which moves an AUC by less than 0.001. order: that of `descending`.
    """
    starts = np.flatnonzero(_begins(score[order]))
    sizes, groups = np.diff(np.append(starts, len(score))), np.arange(len(starts))
    if len(starts) > MOST_GROUPS:
        groups = starts * MOST_GROUPS // len(score)
    group = np.empty(len(score), dtype=np.uint16)
    group[order] = np.repeat(groups.astype(np.uint16), sizes)
    return group, min(len(starts), MOST_GROUPS)


@dataclass(frozen=True, eq=False)
class Ranking:
    """Events and weights in descending order of score, and their sums per block of tied scores, highest first.

    order: (n,) positions of the rows.      block: (n,) the block of each row in that order.
    event, weight: (n,) in that order.      positive, negative: (blocks,) sums of weights.
    support: the effective numbers of positive and of negative rows.
    """

    order: NDArray[np.intp]
    block: NDArray[np.int32]
    event: NDArray[np.bool_]
    weight: NDArray[np.float64]
    positive: NDArray[np.float64]
    negative: NDArray[np.float64]
    support: tuple[float, float]

    @classmethod
    def of(
        cls,
        event: NDArray[np.bool_],
        score: NDArray[np.float64],
        weight: NDArray[np.float64],
        order: NDArray[np.intp] | None = None,
    ) -> Ranking:
        """The ranking of n rows by a finite score; `order` is that of `descending`, where it is known already."""
        order = descending(score) if order is None else order
        first, event = _begins(score[order]), event[order]
        # One weight for all rows, which takes no memory, is the same in any order.
        weight = weight if weight.strides == (0,) else weight[order]
        sides = weight * event, weight * ~event
        support = tuple(_kish(float(side.sum()), dot(side, weight)) for side in sides)
        positive, negative = (_block_sums(side, first) for side in sides)
        block = np.cumsum(first, dtype=np.int32)
        block -= 1
        return cls(order, block, event, weight, positive, negative, (support[0], support[1]))

    def roc_auc(self) -> Linearized:
        """The probability that a random positive row scores above a random negative one, ties counting half.

        NaN with one class only. Source: DeLong, DeLong, Clarke-Pearson 1988.
        """
        positives, negatives = float(self.positive.sum()), float(self.negative.sum())
        if positives <= 0 or negatives <= 0:
            return undefined(len(self.order))
        above = np.cumsum(self.positive)
        above -= self.positive / 2
        below = np.cumsum(self.negative)
        below -= self.negative / 2
        np.subtract(negatives, below, out=below)
        pairs = positives * negatives
        value = dot(self.positive, below) / pairs
        below /= pairs
        below -= value / positives
        above /= pairs
        above -= value / negatives
        influence = self._in_row_order(below, above)
        return Linearized(value, lambda: influence, min(self.support))

    def average_precision(self) -> Linearized:
        """The mean over positive rows of the precision at the row's own score, ties together; NaN without positives.

        Equal to scikit-learn's `average_precision_score`. A row moves the precision at its own score and at every
        lower one, hence the sums from the lowest block up to the row's.
        """
        positives = float(self.positive.sum())
        if positives <= 0:
            return undefined(len(self.order))
        at_least = np.cumsum(self.positive + self.negative)
        # Blocks of rows that do not count come before any weight at most; what they are divided by is irrelevant.
        np.maximum(at_least, np.finfo(np.float64).tiny, out=at_least)
        precision = np.cumsum(self.positive)
        precision /= at_least
        value = dot(self.positive, precision) / positives
        share = self.positive / (at_least * positives)
        of_positive = (precision - value) / positives + _sums_from(share)
        share *= precision
        of_negative = _sums_from(share)
        of_positive -= of_negative
        np.negative(of_negative, out=of_negative)
        influence = self._in_row_order(of_positive, of_negative)
        return Linearized(value, lambda: influence, self.support[0])

    def _in_row_order(self, of_positive: NDArray[np.float64], of_negative: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n,) influences in the order of the data, from those of a row of weight 1 in each block."""
        influence = np.where(self.event, of_positive[self.block], of_negative[self.block])
        influence *= self.weight
        placed = np.empty(len(influence))
        placed[self.order] = influence
        return placed


def _kish(total: float, squares: float) -> float:
    return total**2 / squares if squares > 0 else 0.0


def _begins(ordered: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(n,) True for the first of every run of equal scores."""
    first = np.ones(len(ordered), dtype=bool)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return first


def _block_sums(values: NDArray[np.float64], first: NDArray[np.bool_]) -> NDArray[np.float64]:
    return values if first.all() else np.add.reduceat(values, np.flatnonzero(first))


def _sums_from(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """(blocks,) sums of each entry and all behind it."""
    return np.cumsum(values[::-1])[::-1]


def roc_auc(event: NDArray[np.bool_], score: NDArray[np.float64], weight: NDArray[np.float64]) -> Linearized:
    """`Ranking.roc_auc` of n rows."""
    return Ranking.of(event, score, weight).roc_auc()


def average_precision(event: NDArray[np.bool_], score: NDArray[np.float64], weight: NDArray[np.float64]) -> Linearized:
    """`Ranking.average_precision` of n rows."""
    return Ranking.of(event, score, weight).average_precision()
