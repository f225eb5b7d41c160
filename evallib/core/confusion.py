"""Counts of a binary decision and the rates that follow from them, for one table or for arrays of tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def ratio(numerator: NDArray[np.float64], denominator: NDArray[np.float64]) -> NDArray[np.float64]:
    """numerator / denominator, NaN where the denominator is 0."""
    numerator, denominator = np.asarray(numerator, float), np.asarray(denominator, float)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(denominator > 0, numerator / denominator, np.nan)


@dataclass(frozen=True, eq=False)
class Confusion:
    """True and false positives and negatives, as counts or sums of weights, in arrays of one common shape.

    Every rate is NaN where its denominator is 0. F1 is the harmonic mean of precision and recall, so it is undefined
    where either is: a model that never says "positive" has no F1.
    """

    tp: NDArray[np.float64]
    fp: NDArray[np.float64]
    fn: NDArray[np.float64]
    tn: NDArray[np.float64]

    @property
    def n(self) -> NDArray[np.float64]:
        """All rows."""
        return self.tp + self.fp + self.fn + self.tn

    @property
    def accuracy(self) -> NDArray[np.float64]:
        """(TP + TN) / n."""
        return ratio(self.tp + self.tn, self.n)

    @property
    def precision(self) -> NDArray[np.float64]:
        """TP / (TP + FP)."""
        return ratio(self.tp, self.tp + self.fp)

    @property
    def recall(self) -> NDArray[np.float64]:
        """TP / (TP + FN)."""
        return ratio(self.tp, self.tp + self.fn)

    @property
    def specificity(self) -> NDArray[np.float64]:
        """TN / (TN + FP)."""
        return ratio(self.tn, self.tn + self.fp)

    @property
    def f1(self) -> NDArray[np.float64]:
        """2 TP / (2 TP + FP + FN), undefined where precision or recall is."""
        value = ratio(2 * self.tp, 2 * self.tp + self.fp + self.fn)
        return np.where((self.tp + self.fp > 0) & (self.tp + self.fn > 0), value, np.nan)

    @property
    def balanced_accuracy(self) -> NDArray[np.float64]:
        """The mean of recall and specificity."""
        return (self.recall + self.specificity) / 2

    @property
    def positive_rate(self) -> NDArray[np.float64]:
        """(TP + FP) / n, the share predicted positive."""
        return ratio(self.tp + self.fp, self.n)
