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


def project(counts: Counts, sizes: NDArray[np.intp], kept: NDArray[np.bool_]) -> Counts:
    """(states, cells) counts by the columns that are kept (columns,), from those by all; sizes: (columns,)."""
    if kept.all():
        return counts
    steps = np.zeros(len(sizes), dtype=np.intp)
    steps[kept] = np.cumprod(np.append(1, sizes[kept][:0:-1]))[::-1]
    sums = np.zeros((len(counts), math.prod(sizes[kept].tolist())), dtype=np.int32)
    _add_up(counts, sizes, steps, sums)
    return sums


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
def _add_up(counts: Counts, sizes: NDArray[np.intp], steps: NDArray[np.intp], sums: Counts) -> None:
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


def pick(counts: Counts, sizes: NDArray[np.intp], minimum: int) -> tuple[Values, Counts, Counts]:
    """Of the L cells of (states, cells) counts that have at least `minimum` rows: values, counts and counts without.

    Their values (L, columns), their counts (L, states), and the counts of what is left of each when its first, second,
    … column is dropped (L, columns, states).
    """
    states, cells = counts.shape
    digits, first = np.empty((cells, len(sizes)), np.int16), np.empty((cells, len(sizes)), np.int32)
    sums = np.zeros((len(sizes), cells, states), np.int32)
    _drop(counts, sizes, digits, first, sums)
    places = np.flatnonzero(counts.sum(axis=0) >= minimum)
    without = np.empty((len(places), len(sizes), states), np.int32)
    for column in range(len(sizes)):
        without[:, column] = sums[column][first[places, column]]
    return digits[places], counts.T[places], without


@compiled
def _drop(counts: Counts, sizes: NDArray[np.intp], digits: Values, first: Counts, sums: Counts) -> None:
    step = counts.shape[1]
    for column in range(len(sizes)):
        step //= sizes[column]
        digit, left = 0, step
        for cell in range(counts.shape[1]):
            # The cell with this digit 0 stands for the column dropped.
            digits[cell, column], first[cell, column] = digit, cell - digit * step
            for state in range(len(counts)):
                sums[column, first[cell, column], state] += counts[state, cell]
            left -= 1
            if left == 0:
                digit, left = (digit + 1) % sizes[column], step
