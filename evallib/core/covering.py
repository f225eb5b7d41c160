"""Which columns are counted together, so that few passes over the rows count the crossings of all of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import combinations

MOST_CELLS = 1 << 14
"""The cells of a table whose counts stay in a processor's own cache while rows are added."""

Columns = tuple[int, ...]


@lru_cache(64)
def covering(sizes: Columns, depth: int, most_cells: int = MOST_CELLS) -> tuple[Columns, ...]:
    """Sets of columns, in ascending order each, of which every `depth` columns are together in at least one.

    sizes: how many values each column has. A set has at most `most_cells` combinations of values, unless it is of just
    `depth` columns. The largest combinations come first, each joined by the columns that bring the most new ones for
    the cells that they cost; a greedy cover, which is no smallest one.
    """
    open_ones = set(combinations(range(len(sizes)), depth))
    found = []
    for largest in sorted(open_ones, key=lambda columns: -_cells(sizes, columns)):
        if largest not in open_ones:
            continue
        together = largest
        while (wider := _widened(together, sizes, open_ones, most_cells)) is not None:
            together = wider
        open_ones.difference_update(combinations(together, depth))
        found.append(together)
    return tuple(found)


def _widened(together: Columns, sizes: Sequence[int], open_ones: set[Columns], most_cells: int) -> Columns | None:
    """The set with one column more, the one that pays best; None where none brings anything that there is room for."""
    depth, cells = len(next(iter(open_ones))), _cells(sizes, together)
    best, best_pay = None, 0.0
    for column, size in enumerate(sizes):
        if column in together or cells * size > most_cells:
            continue
        new = sum(tuple(sorted((*others, column))) in open_ones for others in combinations(together, depth - 1))
        pay = new / math.log(size + 1)
        if pay > best_pay:
            best, best_pay = column, pay
    return None if best is None else tuple(sorted((*together, best)))


def _cells(sizes: Sequence[int], columns: Iterable[int]) -> int:
    return math.prod(sizes[column] for column in columns)
