"""Sums over rows by the slice they are in: counts, weights, moments of a loss, influences on a ranking.

slices: (n,) uint8, the slice of every row, below S.      cells: (n,) uint16, what else the rows are told apart by.
weight: (n,) float64, or None where every row counts once.

Every sum is written twice: by NumPy, and as a loop in `row_loops` that takes a third of the time where there are so
many rows that this is worth the compiler's time and memory.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from evallib.core import row_loops

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Slices = NDArray[np.uint8]
    Cells = NDArray[np.uint16]

MANY = 400_000
"""Rows from which on the loops are compiled."""


def count_by(slices: Slices, cells: Cells, shape: tuple[int, int], counted: NDArray[np.bool_] | None = None) -> Array:
    """(S, C) rows of every slice and cell.    counted: (n,) which rows count, all where None."""
    if len(slices) < MANY:
        places = _places(slices, cells, shape)
        counts = np.bincount(places if counted is None else places[counted], minlength=shape[0] * shape[1])
        return counts.reshape(shape).astype(np.float64)
    sums = np.zeros(shape, dtype=np.int32)
    row_loops.count(slices, cells, np.ones(0, np.bool_) if counted is None else counted, sums)
    return sums.astype(np.float64)


def weigh_by(slices: Slices, cells: Cells, shape: tuple[int, int], weight: Array) -> Array:
    """(2, S, C) sums of weights and of squared weights by slice and cell."""
    if len(slices) < MANY:
        places, size = _places(slices, cells, shape), shape[0] * shape[1]
        return np.stack([np.bincount(places, part, size).reshape(shape) for part in (weight, weight**2)])
    sums = np.zeros((2, *shape))
    row_loops.weigh(slices, cells, weight, sums)
    return sums


def moments_by(slices: Slices, size: int, values: Array, weight: Array | None) -> Array:
    """(S, 3) sums of w v, w² v and w² v² by slice."""
    if len(slices) < MANY:
        return _moments(slices, size, values, weight)
    once = values if weight is None else weight * values
    sums = np.zeros((size, 3))
    row_loops.add_moments(slices, once, np.ones(0) if weight is None else weight, sums)
    return sums


def moments_in(slices: Slices, cells: Cells, shape: tuple[int, int], values: Array, weight: Array | None) -> Array:
    """(S, C, 3) sums of w v, w² v and w² v² by slice and cell."""
    if len(slices) < MANY:
        return _moments(_places(slices, cells, shape), math.prod(shape), values, weight).reshape(*shape, 3)
    once = values if weight is None else weight * values
    sums = np.zeros((math.prod(shape), 3))
    row_loops.add_moments_of_cells(slices, cells, shape[1], (once, np.ones(0) if weight is None else weight, sums))
    return sums.reshape(*shape, 3)


def _moments(places: NDArray[np.integer], size: int, values: Array, weight: Array | None) -> Array:
    once = values if weight is None else weight * values
    first, square = (np.bincount(places, part, size) for part in (once, once**2))
    return np.stack((first, first if weight is None else np.bincount(places, weight * once, size), square), axis=1)


class Influence(NamedTuple):
    """What a row adds to a ranking, looked up by the row's cell: inside (S, C) its slice, and on the whole (C,)."""

    inside: Array
    whole: Array
    cells: Cells
    weight: Array | None

    def of(self, slices: Slices) -> tuple[Array, Array]:
        """(n,) what every row adds inside, and on the whole."""
        weight = 1.0 if self.weight is None else self.weight
        places = _places(slices, self.cells, self.inside.shape)
        return weight * self.inside.ravel().take(places), weight * self.whole.take(self.cells)


def squares_by(slices: Slices, one: Influence, two: Influence) -> Array:
    """(S, 3) sums of i², w² and i w by slice; i and w are one minus two, inside and on the whole."""
    size = len(one.inside)
    if len(slices) < MANY:
        inside, whole = (first - second for first, second in zip(one.of(slices), two.of(slices), strict=True))
        return np.stack([np.bincount(slices, part, size) for part in (inside**2, whole**2, inside * whole)], axis=1)
    sums = np.zeros((size, 3))
    sides = [(*side[:3], np.ones(0) if side.weight is None else side.weight) for side in (one, two)]
    row_loops.square(slices, sides[0], sides[1], sums)
    return sums


def _places(slices: Slices, cells: Cells, shape: tuple[int, ...]) -> NDArray[np.intp]:
    """(n,) places in a flattened table of slices and cells."""
    places = slices.astype(np.intp)
    places *= shape[1]
    places += cells
    return places
