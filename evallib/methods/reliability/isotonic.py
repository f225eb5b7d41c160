"""The isotonic calibration curve, and the Brier score as miscalibration - discrimination + uncertainty (CORP)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evallib.core.tie_blocks import TieBlocks


@dataclass(frozen=True, eq=False)
class IsotonicCurve:
    """The steps of the curve: from the lowest to the highest forecast of each, its rows, weight and observed rate."""

    lowest: NDArray[np.float64]
    highest: NDArray[np.float64]
    n: NDArray[np.intp]
    weight: NDArray[np.float64]
    rate: NDArray[np.float64]


@dataclass(frozen=True)
class Decomposition:
    """brier = miscalibration - discrimination + uncertainty, exactly; the first two are never negative."""

    brier: float
    miscalibration: float
    discrimination: float
    uncertainty: float


def isotonic_curve(blocks: TieBlocks) -> IsotonicCurve:
    """The non-decreasing curve of the event on the forecast that is closest to the data, ties pooled.

    Source: Dimitriadis, Gneiting, Jordan 2021, PNAS 118(8).
    """
    edges = blocks.pooled()
    weight = np.add.reduceat(blocks.total, edges[:-1])
    return IsotonicCurve(
        blocks.value[edges[:-1]],
        blocks.value[edges[1:] - 1],
        np.diff(blocks.start[edges]),
        weight,
        np.add.reduceat(blocks.positive, edges[:-1]) / weight,
    )


def decompose(blocks: TieBlocks, curve: IsotonicCurve) -> Decomposition:
    """The Brier score of the forecast and its three parts, from the score of the isotonic curve's own forecast."""
    total = float(blocks.total.sum())
    brier = float(blocks.total @ blocks.value**2 + blocks.positive @ (1 - 2 * blocks.value)) / total
    recalibrated = float(curve.weight @ (curve.rate * (1 - curve.rate))) / total
    rate = float(blocks.positive.sum()) / total
    uncertainty = rate * (1 - rate)
    return Decomposition(brier, max(brier - recalibrated, 0.0), max(uncertainty - recalibrated, 0.0), uncertainty)
