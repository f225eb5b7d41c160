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

MOST_COMBINATIONS = 1 << 16
"""What the two bytes of a row's place can tell apart."""

AT_ONCE = 4096
"""Rows whose places are worked out before they are counted; the places stay in the fastest cache."""


def tabulate(codes: Codes, columns: Sequence[int], sizes: Sequence[int], bounds: Sequence[int]) -> Counts:
    """(states, *sizes) counts of the rows with each combination of values of some columns, by the state of the rows.

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
    return counts.reshape(-1, *sizes)


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
