"""A forecast in bins: what was predicted and what came in each, and what the gaps add up to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from evallib.core.binning import bin_bounds, bin_of, distinct_edges, equal_count_edges, equal_width_edges
from evallib.core.intervals import score_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evallib.core.forecast import Forecast

Binning = Literal["equal-count", "equal-width"]
BINNINGS: tuple[Binning, ...] = ("equal-count", "equal-width")
FEW_VALUES = 20
"""A forecast with at most so many distinct values has one equal-count bin for each of them."""


@dataclass(frozen=True, eq=False)
class BinnedForecast:
    """Arrays over the k bins that hold rows.

    place: of the bin among all, empty ones included.    lower_edge, upper_edge: the bins are (lower, upper].
    n: rows.    share: of the weight; sums to 1.
    predicted, observed: weighted means.    stderr: of observed.
    effective: how many independent rows of equal weight are worth as much; n without weights and groups.
    """

    place: NDArray[np.intp]
    lower_edge: NDArray[np.float64]
    upper_edge: NDArray[np.float64]
    n: NDArray[np.intp]
    share: NDArray[np.float64]
    predicted: NDArray[np.float64]
    observed: NDArray[np.float64]
    stderr: NDArray[np.float64]
    effective: NDArray[np.float64]

    @property
    def gap(self) -> NDArray[np.float64]:
        """(k,) predicted minus observed."""
        return self.predicted - self.observed

    @property
    def ece(self) -> float:
        """Expected calibration error: the mean of the absolute gaps, weighted by the bins' shares."""
        return float(self.share @ np.abs(self.gap))

    @property
    def mce(self) -> float:
        """Maximum calibration error: the largest absolute gap."""
        return float(np.abs(self.gap).max())

    def limits(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """95 % score limits of the observed rates: Wilson's for unweighted rows."""
        return score_interval(self.observed, self.stderr, self.effective)


def edges_of(forecast: Forecast, binning: Binning, bins: int) -> NDArray[np.float64]:
    """The edges of the bins, equal-count ones by the number of rows."""
    if binning == "equal-width":
        return equal_width_edges(bins)
    blocks = forecast.blocks
    return distinct_edges(blocks.value) if len(blocks) <= FEW_VALUES else equal_count_edges(blocks.score, bins)


def bin_forecast(forecast: Forecast, edges: NDArray[np.float64]) -> BinnedForecast:
    """The forecast in the bins of these edges, without the empty ones."""
    blocks = forecast.blocks
    bounds = blocks.start[bin_bounds(blocks.value, edges)]
    full = np.flatnonzero(np.diff(bounds))
    start = bounds[full]

    def sums(values: NDArray[np.generic]) -> NDArray[np.float64]:
        return np.add.reduceat(values, start, dtype=np.float64)

    n = np.diff(bounds)[full]
    weight = np.ones(len(forecast)) if blocks.weight is None else blocks.weight
    total, squares, squares_of_events = sums(weight), sums(weight**2), sums(weight**2 * blocks.event)
    predicted, observed = sums(blocks.score * weight) / total, sums(weight * blocks.event) / total
    design = _design_effect(forecast, edges, full, observed)
    variance = (squares_of_events * (1 - 2 * observed) + squares * observed**2) / total**2
    return BinnedForecast(
        full,
        edges[full],
        edges[full + 1],
        n,
        total / total.sum(),
        predicted,
        observed,
        np.sqrt(np.maximum(variance, 0) * design),
        total**2 / squares / design,
    )


def _design_effect(
    forecast: Forecast, edges: NDArray[np.float64], full: NDArray[np.intp], observed: NDArray[np.float64]
) -> float:
    """How much more variable the rates are because the rows of one group move together, over all bins."""
    if forecast.cluster is None:
        return 1.0
    rate = np.zeros(len(edges) - 1)
    rate[full] = observed
    return forecast.design_effect(forecast.outcome - rate[bin_of(forecast.probability, edges)])
