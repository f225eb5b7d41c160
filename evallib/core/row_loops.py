"""The loops over rows behind `row_sums`; the arguments are as there, and an empty array stands for None."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evallib.core.compiled import compiled

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Slices = NDArray[np.uint8]
    Cells = NDArray[np.uint16]
    Side = tuple[Array, Array, Cells, Array]


@compiled
def count(slices: Slices, cells: Cells, counted: NDArray[np.bool_], sums: NDArray[np.int32]) -> None:
    """Add to (S, C)."""
    if len(counted):
        for row in range(len(slices)):
            sums[slices[row], cells[row]] += counted[row]
    else:
        for row in range(len(slices)):
            sums[slices[row], cells[row]] += 1


@compiled
def weigh(slices: Slices, cells: Cells, weight: Array, sums: Array) -> None:
    """Add to (2, S, C)."""
    for row in range(len(slices)):
        sums[0, slices[row], cells[row]] += weight[row]
        sums[1, slices[row], cells[row]] += weight[row] ** 2


@compiled
def add_moments(slices: Slices, once: Array, weight: Array, sums: Array) -> None:
    """Add to (S, 3); once are the values times their weights."""
    for row in range(len(slices)):
        sums[slices[row], 0] += once[row]
        sums[slices[row], 2] += once[row] ** 2
    if len(weight):
        for row in range(len(slices)):
            sums[slices[row], 1] += weight[row] * once[row]
    else:
        sums[:, 1] = sums[:, 0]


@compiled
def add_moments_of_cells(slices: Slices, cells: Cells, many: int, moments: tuple[Array, Array, Array]) -> None:
    """Add to (S x C, 3), where C is `many`; moments: the values times their weights, the weights, and the sums."""
    once, weight, sums = moments
    for row in range(len(slices)):
        place = slices[row] * many + cells[row]
        sums[place, 0] += once[row]
        sums[place, 2] += once[row] ** 2
        if len(weight):
            sums[place, 1] += weight[row] * once[row]
    if not len(weight):
        sums[:, 1] = sums[:, 0]


@compiled
def square(slices: Slices, one: Side, two: Side, sums: Array) -> None:
    """Add to (S, 3); a side is an inside, a whole, cells and a weight."""
    inside, whole, cells, weight = one
    inside_too, whole_too, cells_too, weight_too = two
    for row in range(len(slices)):
        times = weight[row] if len(weight) else 1.0
        times_too = weight_too[row] if len(weight_too) else 1.0
        here = times * inside[slices[row], cells[row]] - times_too * inside_too[slices[row], cells_too[row]]
        everywhere = times * whole[cells[row]] - times_too * whole_too[cells_too[row]]
        sums[slices[row], 0] += here**2
        sums[slices[row], 1] += everywhere**2
        sums[slices[row], 2] += here * everywhere
