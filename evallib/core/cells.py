"""Metrics of labels, each a ratio of sums over the cells of the confusion matrix.

Truth and label are all that such a metric knows of a row, so its value, and the influence of a row of each cell,
follow from the matrix alone: however many rows and classes there are, a row is looked at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class CellRatio:
    """What a row of each (truth, label) cell adds to a numerator and a denominator, both (k, k)."""

    numerator: NDArray[np.float64]
    denominator: NDArray[np.float64]


CellRatios = Callable[["NDArray[np.float64]", int], list[CellRatio]]
"""(confusion matrix (k, k) with truth in rows, code of the positive class) -> the ratios that a metric averages."""


def linearize_cells(ratio: CellRatio, confusion: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
    """The ratio of the sums over a confusion matrix, and the (k, k) derivative by the weight of a row in each cell.

    NaN and zeros where the denominator is 0.
    """
    below = float((confusion * ratio.denominator).sum())
    if below <= 0:
        return np.nan, np.zeros_like(confusion)
    value = float((confusion * ratio.numerator).sum()) / below
    return value, (ratio.numerator - value * ratio.denominator) / below


def accuracy(confusion: NDArray[np.float64], positive: int) -> list[CellRatio]:  # noqa: ARG001 (the same for every class)
    """Right among all rows."""
    return [CellRatio(np.eye(len(confusion)), np.ones_like(confusion))]


def recalls(confusion: NDArray[np.float64], positive: int) -> list[CellRatio]:  # noqa: ARG001 (all classes alike)
    """Per class that occurs: rows of the class that are called so, among the rows of the class."""
    return [_recall_of(int(code), len(confusion)) for code in np.flatnonzero(confusion.sum(axis=1) > 0)]


def recall(confusion: NDArray[np.float64], positive: int) -> list[CellRatio]:
    """TP among TP + FN."""
    return [_recall_of(positive, len(confusion))]


def specificity(confusion: NDArray[np.float64], positive: int) -> list[CellRatio]:
    """TN among TN + FP."""
    negative = np.arange(len(confusion)) != positive
    return [CellRatio(np.outer(negative, negative).astype(float), np.outer(negative, np.ones(len(negative))))]


def precision(confusion: NDArray[np.float64], positive: int) -> list[CellRatio]:
    """TP among TP + FP."""
    row, column = _lines(positive, len(confusion))
    return [CellRatio(row * column, column)]


def f1(confusion: NDArray[np.float64], positive: int) -> list[CellRatio]:
    """2 TP among 2 TP + FP + FN; undefined where precision or recall is."""
    if confusion[positive].sum() <= 0 or confusion[:, positive].sum() <= 0:
        nothing = np.zeros_like(confusion)
        return [CellRatio(nothing, nothing)]
    return [_f1_of(positive, len(confusion))]


def f1_per_class(confusion: NDArray[np.float64], positive: int) -> list[CellRatio]:  # noqa: ARG001 (all classes alike)
    """The F1 of every class that occurs or is predicted."""
    seen = confusion.sum(axis=0) + confusion.sum(axis=1) > 0
    return [_f1_of(int(code), len(confusion)) for code in np.flatnonzero(seen)]


def _lines(code: int, k: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Two (k, k) indicators: the row of a true class, and the column of a predicted one."""
    row, column = np.zeros((k, k)), np.zeros((k, k))
    row[code], column[:, code] = 1.0, 1.0
    return row, column


def _recall_of(code: int, k: int) -> CellRatio:
    row, column = _lines(code, k)
    return CellRatio(row * column, row)


def _f1_of(code: int, k: int) -> CellRatio:
    row, column = _lines(code, k)
    return CellRatio(2 * row * column, row + column)
