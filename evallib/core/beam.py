"""Slices of more columns than all crossings have: those that stand out most, each narrowed by one condition more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from evallib.core.crossings import Conditions, Crossings
from evallib.core.slice_search import CONSIDERED, STANDS_OUT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from evallib.core.slice_search import Search

WIDTH = 60
"""How many slices are narrowed, those that stand out most."""


def narrowed(search: Search, crossings: Crossings) -> Crossings:
    """The crossings, and some of one column more: below the `WIDTH` best of the widest, what stands out within them.

    This is a beam search: a slice none of whose parents stands out is not found. Source: Lowerre 1976, The Harpy
    Speech Recognition System; for subgroups Atzmueller 2015, WIREs Data Mining and Knowledge Discovery 5.
    """
    widest = np.flatnonzero(crossings.columns[:, -1] >= 0)
    standing_out = search.standing_out(crossings.take(widest))
    best = widest[np.lexsort((widest, -standing_out))[:WIDTH]]
    found: dict[Conditions, NDArray[np.int64]] = {}
    for place in best[: np.count_nonzero(standing_out > 0)]:
        found |= _within(search, crossings.conditions(place))
    every = sorted(found)
    above = search.above(np.stack([found[one] for one in every])) if every else np.zeros(0)
    kept = sorted(every[place] for place in np.argsort(-above, kind="stable")[:CONSIDERED])
    return crossings.joined(search.rows.of_conditions(kept, crossings.columns.shape[1] + 1))


def _within(search: Search, conditions: Conditions) -> Iterator[tuple[Conditions, NDArray[np.int64]]]:
    """The slices of one condition more that have enough rows and stand out within a slice, with their counts."""
    rows = search.rows
    inside = np.flatnonzero(rows.inside(conditions))
    state, states = rows.state(inside), len(search.losses)
    whole = np.bincount(state, minlength=states)
    for column, size in enumerate(rows.sizes):
        if any(column == taken for taken, _ in conditions):
            continue
        places = rows.codes[column].take(inside) * np.intp(states) + state
        counts = np.bincount(places, minlength=size * states).reshape(size, states)
        out = search.losses.excess(counts, whole) >= STANDS_OUT
        for value in np.flatnonzero(out & (counts.sum(axis=1) >= search.minimum)).tolist():
            yield tuple(sorted((*conditions, (column, value)))), counts[value]
