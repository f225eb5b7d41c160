"""Two sides in every stratum and over all strata, with what their differences vary by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from evallib.core.intervals import ROUNDING, score_interval
from evallib.core.unpaired import Gap, Quantity, bounded_gap, means_gap, proportions_gap, proportions_p
from evallib.methods.reversals.mantel_haenszel import Tables

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Side:
    """One side of a comparison: (S,) values with their 95 % limits and standard errors, and what they rest on.

    overall: the value over all strata together.    n: (S,) rows.
    mass: (S,) the part of the overall denominator that lies in each stratum, by which the strata are mixed.
    """

    value: Array
    lower: Array
    upper: Array
    stderr: Array
    n: Array
    mass: Array
    overall: float

    @property
    def quantity(self) -> Quantity:
        """The values as measured."""
        return Quantity(self.value, self.lower, self.upper, self.stderr, self.n)

    @property
    def share(self) -> Array:
        """(S,) the mix of strata; adds up to 1."""
        return np.asarray(self.mass / self.mass.sum())


@dataclass(frozen=True, eq=False)
class Contrast:
    """First minus second in S strata.

    gap: (S,) differences with limits and p-values.    variance: (S,) their variances.
    overall_p: p-value of the overall difference, whose variance is overall_variance.
    covariance: (S,) of each stratum's difference with the overall one.
    tables: the counts, where both sides are rates of different, unweighted, independent rows.
    alone: True where no row is on both sides.
    """

    first: Side
    second: Side
    gap: Gap
    variance: Array
    overall_p: float
    overall_variance: float
    covariance: Array
    tables: Tables | None = None
    alone: bool = False

    @property
    def overall(self) -> float:
        """The difference over all strata together."""
        return self.first.overall - self.second.overall


@dataclass(frozen=True, eq=False)
class Sums:
    """What the mean of a value follows from, (S,) each: rows, and sums of w, w², w v, w² v and w² v².

    v is the value minus `centre`, near which sums of squares lose no digits.
    """

    rows: Array
    weight: Array
    square: Array
    once: Array
    square_once: Array
    square_twice: Array
    centre: float = 0.0

    @classmethod
    def of_hits(cls, rows: Array, hits: Array) -> Sums:
        """Counts of unweighted rows and of hits among them."""
        return cls(rows, rows, rows, hits, hits, hits)

    def each(self, change: Callable[[Array], Array]) -> Sums:
        """The same change made to all sums."""
        weights = change(self.rows), change(self.weight), change(self.square)
        values = change(self.once), change(self.square_once), change(self.square_twice)
        return Sums(*weights, *values, self.centre)

    def total(self) -> Sums:
        """The sums over all strata, as a single one."""
        return self.each(lambda part: part.sum(keepdims=True))

    @property
    def mean(self) -> Array:
        """The mean of v."""
        return np.asarray(self.once / self.weight)

    @property
    def spread(self) -> Array:
        """Sum of w² (v - mean)²."""
        mean = self.mean
        return np.maximum(self.square_twice - 2 * mean * self.square_once + mean**2 * self.square, 0.0)

    def quantity(self, rate: bool, inflation: float) -> Quantity:
        """The mean value with its limits: score limits of a rate, Student's t of others."""
        stderr, value = np.sqrt(self.spread * inflation) / self.weight, self.mean + self.centre
        if rate:
            support = self.weight**2 / self.square / inflation
            return Quantity(value, *score_interval(value, stderr, support), stderr, support)
        pieces = np.maximum(self.rows / inflation, 1.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            stderr = stderr * np.sqrt(pieces / (pieces - 1))
        half = special.stdtrit(np.maximum(pieces - 1, 1), 0.975) * stderr
        return Quantity(value, value - half, value + half, stderr, pieces)


def contrast_of_means(first: Sums, second: Sums, *, rate: bool, counted: bool, inflation: float = 1.0) -> Contrast:
    """The contrast of two means of different rows; strata that both sides saw only.

    rate: values are 0 or 1.    counted: rows are unweighted and independent, so that rates can be tested as counts.
    inflation: the design effect of rows in clusters.
    """
    sides = first, second
    by_stratum = [side.quantity(rate, inflation) for side in sides]
    overall = [side.total().quantity(rate, inflation) for side in sides]
    exact = rate and counted
    compare = proportions_gap if exact else bounded_gap if rate else means_gap
    gaps = [compare(*pair) for pair in (by_stratum, overall)]
    parts = [_stratum_terms(side) for side in sides]
    tables = Tables(first.once, first.rows, second.once, second.rows) if exact else None
    made = [
        Side(*by[:4], side.rows, side.weight, float(total.value[0]))
        for side, by, total in zip(sides, by_stratum, overall, strict=True)
    ]
    return Contrast(
        made[0],
        made[1],
        gap=gaps[0],
        variance=inflation * (parts[0][0] + parts[1][0]),
        overall_p=_score_p(tables) if tables is not None else float(gaps[1].p_value[0]),
        overall_variance=inflation * (parts[0][1] + parts[1][1]),
        covariance=inflation * (parts[0][2] + parts[1][2]),
        tables=tables,
        alone=True,
    )


def _stratum_terms(side: Sums) -> tuple[Array, float, Array]:
    """(S,) variance of each mean, the variance of the overall mean, and (S,) their covariances with it."""
    total = side.total()
    off = side.mean - total.mean
    lean = side.square_once - side.mean * side.square
    spread, weight = side.spread, total.weight
    overall = (spread + 2 * off * lean + off**2 * side.square).sum() / weight**2
    return spread / side.weight**2, float(overall[0]), (spread + off * lean) / (side.weight * weight)


def _score_p(tables: Tables) -> float:
    return float(proportions_p(*(part.sum(keepdims=True) for part in tables))[0])


class Influences(NamedTuple):
    """(S,) sums over rows of i², w² and i w: what a row adds to the difference in its stratum (i), and overall (w)."""

    inside: Array
    whole: Array
    across: Array


def contrast_of_influences(first: Side, second: Side, of: Influences, inflation: float = 1.0) -> Contrast:
    """The contrast of any two values between 0 and 1 whose influences are known, on common rows or not."""
    variance, overall_variance = inflation * of.inside, inflation * float(of.whole.sum())
    overall = np.array([first.overall - second.overall])
    product = first.stderr * second.stderr
    with np.errstate(divide="ignore", invalid="ignore"):
        correlation = (first.stderr**2 + second.stderr**2 - variance) / (2 * product)
    return Contrast(
        first,
        second,
        bounded_gap(first.quantity, second.quantity, np.where(product > ROUNDING**2, correlation, 0.0)),
        variance,
        float(normal_p(overall, np.array([overall_variance]))[0]),
        overall_variance,
        inflation * of.across,
    )


def normal_p(value: Array, variance: Array) -> Array:
    """Two-sided p-values; 1 for no difference, NaN for one without variance."""
    with np.errstate(divide="ignore", invalid="ignore"):
        p = 2 * special.ndtr(-np.abs(value) / np.sqrt(variance))
    return np.where(value == 0, 1.0, np.where(variance > 0, p, np.nan))
