"""A metric's value and each row's influence on it, from which standard errors follow, alone or for a paired difference.

The influence of row i is the derivative of the metric by the row's weight, scaled so that the metric's standard error
is the square root of the sum of the squared influences (rows of one cluster are added up first). This is the
infinitesimal jackknife (Jaeckel 1972; Efron 1982); for a mean it is the usual standard error, for the ROC AUC it is
DeLong's (1988), and for two models on the same rows the difference of their influences gives the paired one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Linearized:
    """A value, (n,) influences, and how many rows the value rests on (for where all influences are 0)."""

    value: float
    influence: NDArray[np.float64]
    support: float


@dataclass(frozen=True, eq=False)
class Ratio:
    """A quantity that is a sum over rows divided by another: (n,) numerator and denominator of each row."""

    numerator: NDArray[np.float64]
    denominator: NDArray[np.float64]


def ratio_of_sums(rows: Ratio, weight: NDArray[np.float64]) -> Linearized:
    """sum(w numerator) / sum(w denominator); NaN where the denominator is 0."""
    below = float(weight @ rows.denominator)
    if below <= 0:
        return Linearized(np.nan, np.zeros(len(weight)), 0.0)
    value = float(weight @ rows.numerator) / below
    influence = weight * (rows.numerator - value * rows.denominator) / below
    return Linearized(value, influence, float(np.count_nonzero(weight * rows.denominator)))


def mean_of(parts: Sequence[Linearized]) -> Linearized:
    """The plain mean of several quantities on the same rows (a macro average); NaN where one of them is undefined."""
    return Linearized(
        float(np.mean([part.value for part in parts])),
        np.mean([part.influence for part in parts], axis=0),
        min(part.support for part in parts),
    )


def square_root(of: Linearized) -> Linearized:
    """The square root of a quantity, such as RMSE of MSE."""
    root = float(np.sqrt(of.value))
    scale = 1 / (2 * root) if root > 0 else 0.0
    return Linearized(root, of.influence * scale, of.support)


def complement(of: Linearized) -> Linearized:
    """1 - a quantity, such as R² of the share of variance that is left."""
    return Linearized(1 - of.value, -of.influence, of.support)


@dataclass(frozen=True, eq=False)
class _Ranking:
    """Rows in descending order of score: sums of weights per block of tied scores, and each row's block."""

    block: NDArray[np.intp]
    positive: NDArray[np.float64]
    negative: NDArray[np.float64]

    @classmethod
    def of(cls, event: NDArray[np.bool_], score: NDArray[np.float64], weight: NDArray[np.float64]) -> _Ranking:
        order = np.argsort(-score)
        ordered = score[order]
        starts = np.concatenate(([True], ordered[1:] != ordered[:-1]))
        block = np.empty(len(score), dtype=np.intp)
        block[order] = np.cumsum(starts) - 1
        blocks = int(starts.sum())
        positive = np.bincount(block, weight * event, blocks).astype(np.float64)
        return cls(block, positive, np.bincount(block, weight, blocks) - positive)


def roc_auc(event: NDArray[np.bool_], score: NDArray[np.float64], weight: NDArray[np.float64]) -> Linearized:
    """The probability that a random positive row scores above a random negative one, ties counting half.

    NaN with one class only. Source: DeLong, DeLong, Clarke-Pearson 1988.
    """
    positives, negatives = float(weight @ event), float(weight @ ~event)
    if positives <= 0 or negatives <= 0:
        return Linearized(np.nan, np.zeros(len(event)), 0.0)
    ranking = _Ranking.of(event, score, weight)
    below = negatives - np.cumsum(ranking.negative) + ranking.negative / 2
    above = np.cumsum(ranking.positive) - ranking.positive / 2
    value = float(ranking.positive @ below) / (positives * negatives)
    placement = np.where(
        event,
        (below[ranking.block] / negatives - value) / positives,
        (above[ranking.block] / positives - value) / negatives,
    )
    support = min(np.count_nonzero(weight * event), np.count_nonzero(weight * ~event))
    return Linearized(value, weight * placement, float(support))


def average_precision(event: NDArray[np.bool_], score: NDArray[np.float64], weight: NDArray[np.float64]) -> Linearized:
    """The mean over positive rows of the precision at the row's own score, ties together; NaN without positives.

    Equal to scikit-learn's `average_precision_score`. The influence is the derivative of that sum by a row's weight.
    """
    positives = float(weight @ event)
    if positives <= 0:
        return Linearized(np.nan, np.zeros(len(event)), 0.0)
    ranking = _Ranking.of(event, score, weight)
    at_least = np.cumsum(ranking.positive + ranking.negative)
    with np.errstate(divide="ignore", invalid="ignore"):
        precision = np.where(at_least > 0, np.cumsum(ranking.positive) / at_least, 0.0)
        share = np.where(at_least > 0, ranking.positive / at_least, 0.0)
    value = float(ranking.positive @ precision) / positives
    # A row moves the precision at its own score and at every lower one: sums from the lowest block up to the row's.
    gained = np.cumsum(share[::-1])[::-1]
    spent = np.cumsum((share * precision)[::-1])[::-1]
    own = event * (precision[ranking.block] - value + gained[ranking.block])
    influence = weight * (own - spent[ranking.block]) / positives
    return Linearized(value, influence, float(np.count_nonzero(weight * event)))
