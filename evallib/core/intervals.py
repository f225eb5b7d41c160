"""Intervals and tests for rates: Wilson, Tango's score interval of a paired difference, McNemar's mid-p."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

CONFIDENCE = 0.95
Z = float(special.ndtri(0.5 + CONFIDENCE / 2))
"""The normal quantile of a two-sided 95 % interval."""

POWER = float(special.ndtri(0.8))
"""The normal quantile of 80 % power."""

ROUNDING = 1e-12
"""A standard error below this is 0 but for the rounding of sums."""


class Interval(NamedTuple):
    """A lower and an upper limit; NaN where there is nothing to say."""

    lower: float
    upper: float


def implied_stderr(lower: NDArray[np.float64], upper: NDArray[np.float64]) -> NDArray[np.float64]:
    """The standard errors of which 95 % limits are so far apart."""
    return np.asarray((upper - lower) / (2 * Z))


def detectable(lower: NDArray[np.float64], upper: NDArray[np.float64]) -> NDArray[np.float64]:
    """The differences that would have been significant at 5 % four times out of five, given their 95 % limits."""
    return np.asarray((Z + POWER) * implied_stderr(lower, upper))


def wilson(rate: ArrayLike, n: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lower and upper limits of Wilson's 95 % score interval for rates of n trials (any shape; n may be fractional).

    NaN where n is 0 or the rate is NaN. Source: Wilson 1927; Brown, Cai, DasGupta 2001.
    """
    rate, n = np.broadcast_arrays(np.clip(np.asarray(rate, float), 0, 1), np.asarray(n, float))
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = (rate + Z**2 / (2 * n)) / (1 + Z**2 / n)
        half = Z / (1 + Z**2 / n) * np.sqrt(rate * (1 - rate) / n + Z**2 / (4 * n**2))
    empty = ~(n > 0)
    # The limits at 0 and 1 are exact; floating point would leave them off by an epsilon.
    lower = np.where(empty, np.nan, np.where(rate == 0, 0.0, np.clip(centre - half, 0, 1)))
    upper = np.where(empty, np.nan, np.where(rate == 1, 1.0, np.clip(centre + half, 0, 1)))
    return lower, upper


def score_interval(
    value: ArrayLike, stderr: ArrayLike, support: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """95 % limits of a quantity between 0 and 1 with a known standard error: Wilson's, at its effective sample size.

    The effective size is value (1 - value) / stderr², which is n for an unweighted rate, and shrinks or grows with
    weights, clusters, and for F1 or AUC with how the rows enter. Where the standard error is 0 (all right, or all
    wrong) it is `support`, the number of rows that the value rests on. Source: Korn and Graubard 1998 (effective
    sample sizes); Wilson 1927.
    """
    value, stderr, support = np.broadcast_arrays(
        np.asarray(value, float), np.asarray(stderr, float), np.asarray(support, float)
    )
    known = stderr > ROUNDING
    with np.errstate(divide="ignore", invalid="ignore"):
        effective = value * (1 - value) / stderr**2
    return wilson(value, np.where(known, effective, support))


def tango(only_first: float, only_second: float, n: float) -> Interval:
    """95 % score interval of the difference of two paired rates, (only_first - only_second) / n.

    only_first: pairs in which the first succeeded and the second failed; only_second: the other way round; n: all
    pairs. NaN where n is 0. Source: Tango 1998, Statistics in Medicine 17.
    """
    lower, upper = tango_limits(*(np.array([count], float) for count in (only_first, only_second, n)))
    return Interval(float(lower[0]), float(upper[0]))


def tango_limits(
    only_first: NDArray[np.float64], only_second: NDArray[np.float64], n: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """`tango` of many tables at once: lower and upper limits, in arrays of the same shape."""
    empty, n = n <= 0, np.maximum(n, 1e-300)

    def outside(delta: NDArray[np.float64]) -> NDArray[np.bool_]:
        b = (2 * n - only_first + only_second) * delta - only_first - only_second
        c = -only_second * delta * (1 - delta)
        share_second = (np.sqrt(np.maximum(b * b - 8 * n * c, 0.0)) - b) / (4 * n)
        variance = n * (2 * share_second + delta * (1 - delta))
        return np.asarray((only_first - only_second - n * delta) ** 2 > Z**2 * variance)

    difference = np.where(empty, np.nan, (only_first - only_second) / n)
    # Bisection, because at the difference itself statistic and variance may both be 0; to one part in 10^15.
    beyond = np.stack((np.full_like(difference, -1.0), np.full_like(difference, 1.0)))
    inside = np.where(outside(beyond), difference, beyond)
    for _ in range(50):
        middle = (inside + beyond) / 2
        out = outside(middle)
        inside, beyond = np.where(out, inside, middle), np.where(out, middle, beyond)
    lower, upper = np.where(empty, np.nan, beyond)
    return lower, upper


def binomial(successes: ArrayLike, n: ArrayLike, rate: float) -> NDArray[np.float64]:
    """The probability of so many successes in n trials (any shape)."""
    successes, n = np.asarray(successes, float), np.asarray(n, float)
    ways = -np.log1p(n) - special.betaln(n - successes + 1, successes + 1)
    return np.asarray(np.exp(ways + special.xlogy(successes, rate) + special.xlog1py(n - successes, -rate)))


def mcnemar_mid_p(only_first: float, only_second: float) -> float:
    """Two-sided mid-p value of McNemar's test of equal discordant counts; 1 where there are none.

    Source: Fagerland, Lydersen, Laake 2013, BMC Medical Research Methodology 13:91.
    """
    return float(mcnemar_mid_ps(np.array([only_first], float), np.array([only_second], float))[0])


def mcnemar_mid_ps(only_first: NDArray[np.float64], only_second: NDArray[np.float64]) -> NDArray[np.float64]:
    """`mcnemar_mid_p` of many tables at once, in an array of the same shape."""
    smaller, both = np.minimum(only_first, only_second), only_first + only_second
    exact = 2 * special.bdtr(np.floor(smaller), both.astype(np.int64), 0.5)
    middle = exact - binomial(smaller, both, 0.5)
    return np.where(both == 0, 1.0, np.minimum(middle, 1.0))
