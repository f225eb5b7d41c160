"""How a quantity moves from one period to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import special

from evallib.core.intervals import Z

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


class Trend(NamedTuple):
    """A straight line through the values of periods: its change per period with 95 % limits, and its ends."""

    slope: float
    lower: float
    upper: float
    p_value: float
    first: float
    last: float


def trend(value: Array, stderr: Array) -> Trend:
    """The line through (T,) values in periods 0, 1, …, each weighted by 1 / stderr²; T at least 2, no stderr 0.

    The standard errors are taken as known (fixed-effect meta-regression): for rates this is Cochran's and Armitage's
    test for a trend. Source: Armitage 1955, Biometrics 11; Hedges and Olkin 1985, Statistical Methods for
    Meta-Analysis.
    """
    weight, at = 1 / stderr**2, np.arange(len(value), dtype=float)
    middle, mean = (float(weight @ part / weight.sum()) for part in (at, value))
    spread = float(weight @ (at - middle) ** 2)
    slope = float(weight @ ((at - middle) * (value - mean))) / spread
    half = Z / np.sqrt(spread)
    p_value = float(2 * special.ndtr(-abs(slope) * np.sqrt(spread)))
    first, last = (mean + slope * (end - middle) for end in (at[0], at[-1]))
    return Trend(slope, slope - half, slope + half, p_value, float(first), float(last))
