"""A metric's value and each row's influence on it, from which standard errors follow, alone or for a paired difference.

The influence of row i is the derivative of the metric by the row's weight, times that weight, so that the metric's
standard error is the square root of the sum of the squared influences (rows of one cluster are added up first). This
is the infinitesimal jackknife (Jaeckel 1972; Efron 1982); for a mean it is the usual standard error, for the ROC AUC
DeLong's (1988), and for two models on the same rows the difference of their influences gives the paired one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray


class Parts(NamedTuple):
    """The quantities that a macro average averages, one entry each: value, standard error, support."""

    value: NDArray[np.float64]
    stderr: NDArray[np.float64]
    support: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Linearized:
    """A value, what each row's influence on it is, and the effective number of rows that the value rests on.

    rows: gives the (n,) influences; they are made when they are first asked for.
    support: speaks where the influences say nothing, because all rows are right, or all wrong.
    parts: what is averaged, where the value is an average of several quantities.
    derivative: (k, k) by the weight of a row of each cell of the confusion matrix, of a metric that knows no more of a
    row; what follows from the influences then follows from it, and no row is looked at.
    """

    value: float
    rows: Callable[[], NDArray[np.float64]]
    support: float
    parts: Parts | None = None
    derivative: NDArray[np.float64] | None = None

    @cached_property
    def influence(self) -> NDArray[np.float64]:
        """(n,) influences, in the order of the data; 0 for rows that do not count."""
        return self.rows()


@dataclass(frozen=True, eq=False)
class Ratio:
    """A quantity that is a sum over rows divided by another: (n,) numerator and denominator of each row."""

    numerator: NDArray[np.float64]
    denominator: NDArray[np.float64]


def undefined(n: int) -> Linearized:
    """What a metric is where it does not exist: NaN, on which no row has an influence."""
    return Linearized(np.nan, lambda: np.zeros(n), 0.0)


def dot(one: NDArray[np.float64], two: NDArray[np.float64]) -> float:
    """The sum of products of two (n,) arrays, in this thread: those of BLAS wait for each other on a busy machine."""
    return float(np.einsum("i,i", one, two))


def effective_size(weight: NDArray[np.float64]) -> float:
    """How many equally weighted rows are worth as much as these: (sum w)² / sum w², 0 without weight (Kish 1965)."""
    squares = dot(weight, weight)
    return float(weight.sum()) ** 2 / squares if squares > 0 else 0.0


def ratio_of_sums(rows: Ratio, weight: NDArray[np.float64]) -> Linearized:
    """sum(w numerator) / sum(w denominator); NaN where the denominator is 0."""
    below = dot(weight, rows.denominator)
    if below <= 0:
        return undefined(len(weight))
    value = dot(weight, rows.numerator) / below
    influence = weight * (rows.numerator - value * rows.denominator) / below
    return Linearized(value, lambda: influence, effective_size(weight * (rows.denominator > 0)))


def mean_of(parts: Iterable[Linearized], n: int, stderr: Callable[[NDArray[np.float64]], float]) -> Linearized:
    """The plain mean of quantities on the same n rows (a macro average); NaN where there is none or one is undefined.

    The parts are taken one by one, so that no more than two of their (n,) influences are held at once.
    """
    remaining = iter(parts)
    first = next(remaining, None)
    if first is None:
        return undefined(n)
    second = next(remaining, None)
    if second is None:
        return first
    influence, known = np.zeros(n), []
    for part in chain((first, second), remaining):
        influence += part.influence
        known.append((part.value, stderr(part.influence), part.support))
    influence /= len(known)
    return mean_of_parts(Parts(*np.array(known).T), lambda: influence)


def mean_of_parts(
    parts: Parts, rows: Callable[[], NDArray[np.float64]], derivative: NDArray[np.float64] | None = None
) -> Linearized:
    """The mean of `parts`, whose mean influence is given, as `Linearized` has it.

    Its support is that of one quantity on which one row more or less would tell as much as it tells on this mean.
    """
    k = len(parts.value)
    support = k / float(np.sqrt(np.sum((parts.support + 1.0) ** -2))) - 1.0
    return Linearized(float(parts.value.mean()), rows, support, parts if k > 1 else None, derivative)


def square_root(of: Linearized) -> Linearized:
    """The square root of a quantity, such as RMSE of MSE."""
    root = float(np.sqrt(of.value))
    scale = 1 / (2 * root) if root > 0 else 0.0
    return Linearized(root, lambda: of.influence * scale, of.support)


def complement(of: Linearized) -> Linearized:
    """1 - a quantity, such as R² of the share of variance that is left."""
    # Rounded, so that what explains nothing has an R² of 0 and not of 2e-16.
    return replace(of, value=round(1 - of.value, 14), rows=lambda: -of.influence)
