"""Whether a loss differs between groups of rows by more than chance: from counts and sums of each group."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

EXPECTED = 5.0
"""Groups with fewer expected wrong rows, or right ones, count together; so do those with fewer than twice as many
rows, where a loss is neither 0 nor 1 (Cochran 1954)."""


SMALLEST = 1e-290
"""Below this a p-value is too near to the smallest number that a computer has."""

SURELY = 1e-16
"""A p-value nearer to 1 than this has no normal quantile."""


class ChiSquare(NamedTuple):
    """A statistic that has a chi-square distribution with `df` degrees of freedom where groups do not differ."""

    value: Array
    df: Array

    @property
    def p_value(self) -> Array:
        """The probability of so large a value by chance; 1 where there are no two groups to compare."""
        return np.where(self.df > 0, special.chdtrc(np.maximum(self.df, 1), np.maximum(self.value, 0)), 1.0)

    @property
    def beyond_chance(self) -> Array:
        """The normal quantile of the p-value: comparable between any degrees of freedom; 0 without two groups.

        Also where the p-value is too small for a computer: by the first term of the continued fraction of the
        incomplete gamma function. Source: Press and others, Numerical Recipes, section 6.2.
        """
        a, x = np.maximum(self.df, 1) / 2, np.maximum(self.value, 1e-300) / 2
        with np.errstate(divide="ignore", invalid="ignore"):
            tail = -x + a * np.log(x) - special.gammaln(a) - np.log(x + 1 - a)
            log_p = np.where(self.p_value > SMALLEST, np.log(self.p_value), tail)
        return np.where(self.df > 0, -special.ndtri_exp(np.minimum(log_p, -SURELY)), 0.0)


def heterogeneity(sums: Array, *, binary: bool) -> ChiSquare:
    """How much the mean loss differs between k groups, for sums of shape (3, …, k).

    sums: the rows of each group, the sum of their loss, and of its square.    binary: True for a loss of 0 or 1.
    The sum of squares between the groups by the variance of all rows: Pearson's chi-square for a loss of 0 or 1, a
    score test for others. Small groups are taken together. Source: Hothorn, Hornik, Zeileis 2006.
    """
    n, once, square = sums
    rows = np.maximum(n.sum(axis=-1, keepdims=True), 1e-300)
    mean = once.sum(axis=-1, keepdims=True) / rows
    variance = np.maximum(square.sum(axis=-1, keepdims=True) / rows - mean**2, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        needed = EXPECTED / np.minimum(mean, 1 - mean) if binary else np.full_like(mean, 2 * EXPECTED)
        small = n < needed
        n, once = (
            np.concatenate(
                (np.where(small, 0.0, part), np.where(small, part, 0.0).sum(axis=-1, keepdims=True)), axis=-1
            )
            for part in (n, once)
        )
        counted = (n >= needed) & (variance > 1e-12 * mean**2)
        between = np.where(counted, (once - n * mean) ** 2 / (n * variance), 0.0)
    return ChiSquare(between.sum(axis=-1), np.maximum(counted.sum(axis=-1) - 1, 0))


def strength(found: ChiSquare, rows: float) -> Array:
    """How much of the variation of a loss groups explain, beyond chance: the root of its share, between 0 and 1.

    For a loss of 0 or 1 it is Cramér's V, for others the correlation ratio. Source: Kelley 1935 (epsilon squared);
    Bergsma 2013 (the same correction of V).
    """
    left = np.maximum(rows - 1 - found.df, 1.0)
    return np.sqrt(np.clip(1 - (1 - found.value / max(rows, 1.0)) * (rows - 1) / left, 0.0, 1.0))


def each_adds(sums: Array, *, binary: bool) -> ChiSquare:
    """How much two columns tell of the loss together beyond either of them, for sums of shape (3, r, c) of their cells.

    Within the slices of the first column the loss is compared between those of the second, and the other way round; the
    weaker of the two statistics is returned, so that a strong column alone, or a copy of it, tells nothing.
    """
    sides = [heterogeneity(part, binary=binary) for part in (sums, np.swapaxes(sums, 1, 2))]
    totals = [ChiSquare(one.value.sum(), one.df.sum()) for one in sides]
    return min(totals, key=lambda one: float(one.beyond_chance))
