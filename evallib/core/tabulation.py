"""How often each combination of values occurs."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from evallib.core.compiled import compiled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Codes = NDArray[np.uint8]
    Places = NDArray[np.uint16]
    Counts = NDArray[np.int32]
    Values = NDArray[np.int16]
    Picked = tuple[Values, Counts, Counts]

MOST_COMBINATIONS = 1 << 16
"""What the two bytes of a row's place can tell apart."""

AT_ONCE = 4096
"""Rows whose places are worked out before they are counted; the places stay in the fastest cache."""


def tabulate(codes: Codes, columns: Sequence[int], sizes: Sequence[int], bounds: Sequence[int]) -> Counts:
    """(states, cells) counts of the rows with each combination of values of some columns, by the state of the rows.

    codes: (m, n) all columns; those of `columns` are below the `sizes` of these.
    bounds: (states + 1,) the rows from bounds[s] up to bounds[s + 1] are in state s.
    Raises `ValueError` for more than 65,536 combinations.
    """
    if math.prod(sizes) > MOST_COMBINATIONS:
        raise ValueError(f"{math.prod(sizes):,} combinations of values are more than {MOST_COMBINATIONS:,}.")
    steps = np.array([math.prod(sizes[place + 1 :]) for place in range(len(sizes))], dtype=np.uint16)
    counts = np.zeros((len(bounds) - 1, math.prod(sizes)), dtype=np.int32)
    for state, (start, stop) in enumerate(pairwise(bounds)):
        _count(codes[:, start:stop], np.array(columns), steps, counts[state])
    return counts


@compiled
def _count(codes: Codes, columns: NDArray[np.intp], steps: Places, counts: Counts) -> None:
    place = np.empty(AT_ONCE, dtype=np.uint16)
    for start in range(0, codes.shape[1], AT_ONCE):
        rows = min(AT_ONCE, codes.shape[1] - start)
        place[:rows] = 0
        for number in range(len(columns)):
            values, step = codes[columns[number], start : start + rows], steps[number]
            for row in range(rows):
                # Every step in two bytes, so that one instruction works on many rows.
                place[row] = np.uint16(place[row] + np.uint16(np.uint16(values[row]) * step))
        for row in range(rows):
            counts[place[row]] += 1


@compiled
def project(counts: Counts, sizes: NDArray[np.intp], kept: NDArray[np.bool_]) -> Counts:
    """(states, cells) counts by the columns that are kept (columns,), from those by all; sizes: (columns,)."""
    steps, cells = np.zeros(len(sizes), np.intp), 1
    for column in range(len(sizes) - 1, -1, -1):
        if kept[column]:
            steps[column] = cells
            cells *= sizes[column]
    sums = np.zeros((len(counts), cells), np.int32)
    digits, place = np.zeros(len(sizes), np.intp), 0
    for cell in range(counts.shape[1]):
        for state in range(len(counts)):
            sums[state, place] += counts[state, cell]
        # The next cell: the last digit goes up by one, and where it is the highest, so does the one before it.
        for column in range(len(sizes) - 1, -1, -1):
            digits[column] += 1
            place += steps[column]
            if digits[column] < sizes[column]:
                break
            place -= sizes[column] * steps[column]
            digits[column] = 0
    return sums


@compiled
def dropped(counts: Counts, sizes: NDArray[np.intp]) -> Counts:
    """(columns, cells, states) sums of (states, cells) counts over each column, in the cells of its first value."""
    states, cells = counts.shape
    sums, step = np.zeros((len(sizes), cells, states), np.int32), cells
    for column in range(len(sizes)):
        step //= sizes[column]
        digit, left = 0, step
        for cell in range(cells):
            for state in range(states):
                sums[column, cell - digit * step, state] += counts[state, cell]
            left -= 1
            if left == 0:
                digit, left = (digit + 1) % sizes[column], step
    return sums


@compiled
def pick(counts: Counts, without: Counts, sizes: NDArray[np.intp], depth: int, minimum: int) -> Picked:
    """Of the L cells of (states, cells) counts that have at least `minimum` rows: values, counts and counts without.

    Their values (L, depth), -1 behind the last column's, their counts (L, states), and the counts of what is left of
    each when its first, second, … column is dropped (L, depth, states), which `without` has as `dropped` makes them.
    """
    (states, cells), order = counts.shape, len(sizes)
    places = np.flatnonzero(counts.sum(axis=0) >= minimum)
    values, kept = np.full((len(places), depth), -1, np.int16), np.empty((len(places), states), np.int32)
    left = np.zeros((len(places), depth, states), np.int32)
    for row in range(len(places)):
        step = cells
        for state in range(states):
            kept[row, state] = counts[state, places[row]]
        for column in range(order):
            step //= sizes[column]
            digit = places[row] // step % sizes[column]
            values[row, column] = digit
            for state in range(states):
                left[row, column, state] = without[column, places[row] - digit * step, state]
    return values, kept, left
