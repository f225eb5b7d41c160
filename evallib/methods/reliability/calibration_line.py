"""Intercept and slope of the outcome on the forecast's log-odds: 0 and 1 for a calibrated model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit, logit

from evallib.core.intervals import Z

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evallib.core.forecast import Forecast

GROUPS = 5000
STEPS = 50
HALVINGS = 20


@dataclass(frozen=True)
class CalibrationLine:
    """log-odds of the outcome = intercept + slope × log-odds of the forecast, and the slope's 95 % interval."""

    intercept: float
    slope: float
    lower: float
    upper: float


ROUNDING = 1e-13
"""The part of a loss that its rounding may be."""

UNDEFINED = CalibrationLine(np.nan, np.nan, np.nan, np.nan)


def calibration_line(forecast: Forecast) -> CalibrationLine:
    """The maximum-likelihood line. A slope below 1 means over-confident, above 1 under-confident.

    Forecasts of exactly 0 or 1 have no log-odds and are left out, as R's val.prob does. More than 5,000 distinct
    forecasts are grouped with their neighbours, which moves the line by less than its sixth digit. NaN with one
    outcome only, with one distinct forecast, or where the forecast separates the outcomes. Source: Cox 1958.
    """
    x, positive, total = _grouped(forecast)
    if len(x) < 2 or not 0 < positive.sum() < total.sum():
        return UNDEFINED
    scale = forecast.effective / float(forecast.blocks.total.sum())
    fitted = _fit(x, positive * scale, total * scale)
    if fitted is None:
        return UNDEFINED
    (intercept, slope), information = fitted
    half = Z * float(np.sqrt(np.linalg.inv(information)[1, 1]))
    return CalibrationLine(float(intercept), float(slope), float(slope - half), float(slope + half))


def _grouped(forecast: Forecast) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    blocks = forecast.blocks
    inside = (blocks.value > 0) & (blocks.value < 1)
    value, positive, total = blocks.value[inside], blocks.positive[inside], blocks.total[inside]
    if len(value) > GROUPS:
        start = np.linspace(0, len(value), GROUPS, endpoint=False).astype(np.intp)
        weight = np.add.reduceat(total, start)
        value = np.add.reduceat(value * total, start) / weight
        positive, total = np.add.reduceat(positive, start), weight
    return logit(value), positive, total


def _fit(
    x: NDArray[np.float64], positive: NDArray[np.float64], total: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Newton's method with halved steps; None where it does not settle, because the outcomes are separated."""
    design = np.column_stack((np.ones(len(x)), x))
    line = np.array([0.0, 1.0])
    loss = _loss(design @ line, positive, total)
    for _ in range(STEPS):
        chance = expit(design @ line)
        information = design.T @ (design * (total * chance * (1 - chance))[:, None])
        if np.linalg.cond(information) > 1e12:
            return None
        step = np.linalg.solve(information, design.T @ (positive - total * chance))
        for _ in range(HALVINGS):
            tried = _loss(design @ (line + step), positive, total)
            # Next to the solution, a loss that does not fall is one that is rounded.
            if tried <= loss + ROUNDING * abs(loss):
                break
            step /= 2
        line, loss = line + step, tried
        if np.abs(step).max() < 1e-9:
            return line, information
    return None


def _loss(log_odds: NDArray[np.float64], positive: NDArray[np.float64], total: NDArray[np.float64]) -> float:
    return float(total @ np.logaddexp(0, log_odds) - positive @ log_odds)
