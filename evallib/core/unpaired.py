"""Two quantities measured on different rows: the interval of their difference and its p-value, in whole arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special

from evallib.core.intervals import ROUNDING, Z

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

ENOUGH = 10.0
"""Two proportions whose four expected counts reach this are compared by the score test, others by Fisher's."""


class Quantity(NamedTuple):
    """Values with their 95 % limits, their standard errors and the number of independent rows behind them."""

    value: Array
    lower: Array
    upper: Array
    stderr: Array
    n: Array


class Gap(NamedTuple):
    """First minus second with its 95 % limits and two-sided p-value; NaN where one side is undefined."""

    value: Array
    lower: Array
    upper: Array
    p_value: Array


def proportions_gap(first: Quantity, second: Quantity) -> Gap:
    """The difference of two proportions among `n` unweighted rows each.

    Newcombe's interval; p by the score test (pooled variance), or Fisher's exact test with the smaller tail doubled
    where an expected count is small. Source: Newcombe 1998, Statistics in Medicine 17 (method 10).
    """
    return bounded_gap(first, second)._replace(
        p_value=proportions_p(first.value * first.n, first.n, second.value * second.n, second.n)
    )


def proportions_p(hits: Array, n: Array, other_hits: Array, other_n: Array) -> Array:
    """Two-sided p-value of equal proportions; NaN where a side has no rows."""
    hits, n, other_hits, other_n = (np.rint(np.nan_to_num(x)) for x in (hits, n, other_hits, other_n))
    rows, right = n + other_n, hits + other_hits
    with np.errstate(divide="ignore", invalid="ignore"):
        pooled = right / rows
        stderr = np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / other_n))
        z = np.where(stderr > 0, (hits / n - other_hits / other_n) / stderr, 0.0)
    p = 2 * special.ndtr(-np.abs(z))
    rare = np.minimum(n, other_n) * np.minimum(right, rows - right) / np.maximum(rows, 1) < ENOUGH
    if rare.any():
        p[rare] = _fisher(hits[rare], n[rare], right[rare], rows[rare])
    return np.where((n > 0) & (other_n > 0), p, np.nan)


def _fisher(hits: Array, n: Array, right: Array, rows: Array) -> Array:
    from scipy import stats  # noqa: PLC0415 - 30 MB and 0.2 s, for slices with few rows

    at_most = stats.hypergeom.cdf(hits, rows, right, n)
    at_least = stats.hypergeom.sf(hits - 1, rows, right, n)
    return np.asarray(np.minimum(2 * np.minimum(at_most, at_least), 1.0))


def bounded_gap(first: Quantity, second: Quantity, correlation: Array | float = 0.0) -> Gap:
    """The difference of two quantities between 0 and 1, from the distances to their own limits.

    correlation: of the two values, where they were measured on common rows. The p-value is the one that the limit
    towards 0 implies. Source: Zou and Donner 2008, Statistics in Medicine 27; Altman and Bland 2011, BMJ 343.
    """
    value = first.value - second.value
    below = _distance(first.value - first.lower, second.upper - second.value, correlation)
    above = _distance(first.upper - first.value, second.value - second.lower, correlation)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(value == 0, 0.0, Z * np.abs(value) / np.where(value > 0, below, above))
    limits = np.maximum(value - below, -1.0), np.minimum(value + above, 1.0)
    return Gap(value, *limits, 2 * special.ndtr(-z))


def _distance(a: Array, b: Array, correlation: Array | float) -> Array:
    return np.asarray(np.sqrt(np.maximum(a * a + b * b - 2 * correlation * a * b, 0.0)))


def means_gap(first: Quantity, second: Quantity) -> Gap:
    """The difference of two means: Welch's t; p is NaN where neither side varies and they differ."""
    value, variance, other = first.value - second.value, first.stderr**2, second.stderr**2
    stderr = np.sqrt(variance + other)
    with np.errstate(divide="ignore", invalid="ignore"):
        df = (variance + other) ** 2 / (variance**2 / (first.n - 1) + other**2 / (second.n - 1))
        half = special.stdtrit(np.maximum(df, 1), 0.975) * stderr
        p = 2 * special.stdtr(np.maximum(df, 1), -np.abs(value) / stderr)
    flat = stderr <= ROUNDING * np.maximum(np.abs(first.value), 1)
    half = np.where(flat, 0.0, half)
    return Gap(value, value - half, value + half, np.where(flat, np.where(value == 0, 1.0, np.nan), p))
