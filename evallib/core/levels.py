"""Numbers in a few levels that differ as little as can be within."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

GLANCE = 4096
"""Values looked at before all are, to see that there are more than a few different ones."""

CUTS = 256
"""The most places at which a level is tried to be divided."""

SMALLEST = 0.005
"""The part of the values that a level has at least, so that a few huge ones do not take all levels."""


def levels(values: Array, most: int) -> NDArray[np.intp]:
    """(n,) the level of each value, from the lowest 0 up to less than `most`; each value its own where there are few.

    Of more values, the level is divided again and again whose division leaves the least squares within, as a regression
    tree divides them. Equal values stay together. Source: Fisher 1958, JASA 53; Breiman et al. 1984, chapter 8.
    """
    distinct = _few_values(values, most)
    if distinct is not None:
        return np.searchsorted(distinct, values)
    ordered = np.sort(values)
    sums = np.concatenate(([0.0], np.cumsum(ordered - ordered.mean())))
    bounds, found = [0, len(ordered)], {(0, len(ordered)): _best_cut(ordered, sums, 0, len(ordered))}
    for _ in range(most - 1):
        best = max(found.values(), key=lambda cut: cut.gain)
        if best.gain <= 0:
            break
        bounds = sorted([*bounds, best.place])
        found = {
            between: found[between] if between in found else _best_cut(ordered, sums, *between)
            for between in pairwise(bounds)
        }
    return np.searchsorted(ordered[bounds[1:-1]], values, side="right")


class _Cut(NamedTuple):
    """Where a level is divided, and by how much less the squares within its parts are."""

    gain: float
    place: int


def _best_cut(ordered: Array, sums: Array, start: int, stop: int) -> _Cut:
    least = max(int(SMALLEST * len(ordered)), 1)
    tried = np.linspace(start + least, max(stop - least, start + least), CUTS).astype(np.intp)
    places = np.unique(np.searchsorted(ordered, ordered[np.minimum(tried, stop - 1)], side="left"))
    places = places[(places >= start + least) & (places <= stop - least)]
    if not len(places):
        return _Cut(0.0, start)
    left, right = sums[places] - sums[start], sums[stop] - sums[places]
    gain = left**2 / (places - start) + right**2 / (stop - places) - (left + right) ** 2 / (stop - start)
    best = int(gain.argmax())
    return _Cut(float(gain[best]), int(places[best]))


def _few_values(values: Array, most: int) -> Array | None:
    """The distinct values in ascending order, or None where there are more than `most`."""
    for rows in (values[:GLANCE], values):
        distinct = pd.unique(rows)
        if len(distinct) > most:
            return None
    return np.sort(distinct)
