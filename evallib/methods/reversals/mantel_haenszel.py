"""Two groups' rates across strata of 2 x 2 tables: the pooled difference, and tests of it and of its being the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


class Tables(NamedTuple):
    """(S,) counts of S strata: hits and rows of the first and of the second group."""

    hits: Array
    n: Array
    other_hits: Array
    other_n: Array

    @property
    def rows(self) -> Array:
        """(S,) rows of both groups."""
        return self.n + self.other_n

    def only(self, kept: NDArray[np.bool_]) -> Tables:
        """Some of the strata."""
        return Tables(*(part[kept] for part in self))


def risk_difference(tables: Tables) -> tuple[float, float]:
    """The Mantel-Haenszel difference of rates, first minus second, and its standard error.

    Source: Greenland and Robins 1985, Biometrics 41; Sato 1989, Biometrics 45 (the variance, valid for many thin
    strata and for few thick ones).
    """
    x, n, y, m = tables
    rows = tables.rows
    below = float((n * m / rows).sum())
    value = float(((x * m - y * n) / rows).sum()) / below
    p = ((n**2 * y - m**2 * x + n * m * (m - n) / 2) / rows**2).sum()
    q = ((x * (m - y) + y * (n - x)) / (2 * rows)).sum()
    return value, float(np.sqrt(max(value * p + q, 0.0))) / below


def cochran_p(tables: Tables) -> float:
    """The p-value of no difference in any stratum: Cochran-Mantel-Haenszel without continuity correction.

    NaN where no stratum has both outcomes. Source: Mantel and Haenszel 1959.
    """
    x, n, y, m = tables
    rows, hits = tables.rows, x + y
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.nansum(n * m * hits * (rows - hits) / (rows**2 * (rows - 1)))
    if variance <= 0:
        return np.nan
    return float(special.chdtrc(1, (x - n * hits / rows).sum() ** 2 / variance))


def odds_ratio(tables: Tables) -> float:
    """The Mantel-Haenszel odds ratio; NaN where it is 0 or infinite."""
    x, n, y, m = tables
    above, below = float((x * (m - y) / tables.rows).sum()), float((y * (n - x) / tables.rows).sum())
    return above / below if above > 0 and below > 0 else np.nan


def breslow_day_p(tables: Tables) -> float:
    """The p-value of one odds ratio in all strata, with Tarone's correction.

    Strata without hits, or with hits only, say nothing and are left out; NaN where fewer than two are left. Source:
    Breslow and Day 1980; Tarone 1985, Biometrika 72.
    """
    hits = tables.hits + tables.other_hits
    tables = tables.only((hits > 0) & (hits < tables.rows))
    ratio = odds_ratio(tables)
    if len(tables.n) < 2 or np.isnan(ratio):
        return np.nan
    x, n, y, m = tables
    hits = x + y
    expected = _expected_hits(ratio, n, m, hits)
    variance = 1 / (1 / expected + 1 / (hits - expected) + 1 / (n - expected) + 1 / (m - hits + expected))
    statistic = ((x - expected) ** 2 / variance).sum() - (x - expected).sum() ** 2 / variance.sum()
    return float(special.chdtrc(len(n) - 1, statistic))


def _expected_hits(ratio: float, n: Array, m: Array, hits: Array) -> Array:
    """(S,) hits of the first group that the margins and a common odds ratio imply: the root within the margins."""
    if np.isclose(ratio, 1, rtol=1e-12):
        return np.asarray(n * hits / (n + m))
    a, b, c = 1 - ratio, m - hits + ratio * (n + hits), -ratio * n * hits
    root = np.sqrt(b * b - 4 * a * c)
    candidates = np.stack(((-b + root) / (2 * a), (-b - root) / (2 * a)))
    lowest, highest = np.maximum(0, hits - m), np.minimum(n, hits)
    inside = (candidates >= lowest - 1e-9) & (candidates <= highest + 1e-9)
    return np.asarray(np.where(inside[0], candidates[0], candidates[1]))
