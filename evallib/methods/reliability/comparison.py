"""Whether one model is worse calibrated than another on the same rows, beyond noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from evallib.core.binning import bin_of
from evallib.core.intervals import Z
from evallib.methods.reliability.binned import bin_forecast, edges_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evallib.core.forecast import Forecast


@dataclass(frozen=True)
class CalibrationDifference:
    """Squared calibration errors of two models on n common rows: the first's, the second's, first minus second."""

    n: int
    first: float
    second: float
    difference: float
    lower: float
    upper: float
    p_value: float


@dataclass(frozen=True, eq=False)
class _SquaredError:
    """The debiased mean squared gap and (n,) influences on it."""

    value: float
    influence: NDArray[np.float64]


def compare_calibration(first: Forecast, second: Forecast, bins: int) -> CalibrationDifference:
    """The paired difference of the debiased mean squared gaps of equal-count bins, with a normal 95 % interval.

    Squares, because their bias can be removed: the plug-in ECE of a calibrated model is above 0 at every size, and
    more so for the one that spreads its forecasts. Source: Kumar, Liang, Ma 2019 (the debiased estimator).
    """
    first, second = first.take(second.kept), second.take(first.kept)
    n = len(first)
    if n == 0:
        return CalibrationDifference(0, *[np.nan] * 6)
    one, two = _squared_error(first, bins), _squared_error(second, bins)
    value = one.value - two.value
    stderr = first.standard_error(one.influence - two.influence)
    p_value = float(2 * special.ndtr(-abs(value) / stderr)) if stderr > 0 else 1.0
    return CalibrationDifference(n, one.value, two.value, value, value - Z * stderr, value + Z * stderr, p_value)


def _squared_error(forecast: Forecast, bins: int) -> _SquaredError:
    edges = edges_of(forecast, "equal-count", bins)
    binned = bin_forecast(forecast, edges)
    several = binned.effective >= 2
    noise = np.where(
        several,
        binned.stderr**2 * binned.effective / np.where(several, binned.effective - 1, 1),
        binned.predicted * (1 - binned.predicted),
    )
    value = float(binned.share @ (binned.gap**2 - noise))
    gap = np.zeros(len(edges) - 1)
    gap[binned.place] = binned.gap
    of_row = gap[bin_of(forecast.probability, edges)]
    influence = of_row * (2 * (forecast.probability - forecast.outcome) - of_row)
    influence = influence - np.average(influence, weights=forecast.weight)
    influence *= 1 / len(forecast) if forecast.weight is None else forecast.weight / forecast.weight.sum()
    return _SquaredError(value, influence)
