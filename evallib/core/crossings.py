"""Crossings: the slices that values of several columns make together, all of them, with how many rows are in each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

import numpy as np

from evallib.core.covering import MOST_CELLS, Columns, covering
from evallib.core.tabulation import dropped, pick, project, tabulate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evallib.core.slices import Partition
    from evallib.core.tabulation import Counts, Picked

Conditions = tuple[tuple[int, int], ...]
"""What selects the rows of a slice: columns in ascending order, each with the code of its value."""

ROWS_PER_CELL = 64
"""Rows for which a table has a cell more."""


@dataclass(frozen=True, eq=False)
class Crossings:
    """L slices, each of a value of one to `depth` columns: by how many these are, then in the order of the columns.

    columns: (L, depth) the places of its columns in ascending order, -1 behind the last one.
    values: (L, depth) the code of each column's value, -1 behind the last one.
    counts: (L, states) its rows in each state.
    without: (L, depth, states) the rows of the slice that is left when its first, second, … condition is dropped; all
        rows where that was the only one, and zeros where there is none.
    """

    columns: NDArray[np.int16]
    values: NDArray[np.int16]
    counts: Counts
    without: Counts

    def __len__(self) -> int:
        return len(self.columns)

    def conditions(self, place: int) -> Conditions:
        """What selects the rows of a slice."""
        pairs = zip(self.columns[place].tolist(), self.values[place].tolist(), strict=True)
        return tuple((column, value) for column, value in pairs if column >= 0)

    def take(self, places: NDArray[np.intp]) -> Crossings:
        """Some of the slices."""
        return Crossings(self.columns[places], self.values[places], self.counts[places], self.without[places])

    def joined(self, wider: Crossings) -> Crossings:
        """These and others of more columns, one after the other."""
        more = wider.columns.shape[1] - self.columns.shape[1]
        columns, values = (
            np.pad(part, ((0, 0), (0, more)), constant_values=-1) for part in (self.columns, self.values)
        )
        return Crossings(
            np.concatenate((columns, wider.columns)),
            np.concatenate((values, wider.values)),
            np.concatenate((self.counts, wider.counts)),
            np.concatenate((np.pad(self.without, ((0, 0), (0, more), (0, 0))), wider.without)),
        )


@dataclass(frozen=True, eq=False)
class CodedRows:
    """Rows as codes of values, sorted by the state they are in.

    codes: (m, n), each below the size of its column.    bounds: (states + 1,) where each state begins.
    """

    codes: NDArray[np.uint8]
    sizes: tuple[int, ...]
    bounds: tuple[int, ...]

    @classmethod
    def of(cls, columns: Sequence[Partition], state: NDArray[np.integer], states: int) -> CodedRows:
        """The rows of some columns whose state (n,) is not negative; it is below `states`."""
        order = np.argsort(state, kind="stable")[np.count_nonzero(state < 0) :]
        codes = np.empty((len(columns), len(order)), dtype=np.uint8)
        for place, column in enumerate(columns):
            np.take(column.codes, order, out=codes[place])
        begins = np.searchsorted(state[order], np.arange(states + 1))
        return cls(codes, tuple(len(column) for column in columns), tuple(begins.tolist()))

    def crossings(self, depth: int, minimum: int) -> Crossings:
        """All slices of at most `depth` columns with at least `minimum` rows."""
        depth = min(depth, len(self.sizes))
        found: dict[Columns, Picked] = {}
        for together, crossed in self._passes(depth):
            found |= self._of_set(depth, minimum, together, crossed)
        every = [columns for order in range(1, depth + 1) for columns in combinations(range(len(self.sizes)), order)]
        values, counts, without = (np.concatenate(parts) for parts in zip(*(found[one] for one in every), strict=True))
        named = np.array([[*columns, *[-1] * (depth - len(columns))] for columns in every], dtype=np.int16)
        return Crossings(np.repeat(named, [len(found[one][0]) for one in every], axis=0), values, counts, without)

    @property
    def _most_cells(self) -> int:
        """The size of the tables that pays: to add up a table's cells costs as much as to pass over the rows again."""
        return int(np.clip(self.codes.shape[1] // ROWS_PER_CELL, MOST_CELLS // 8, MOST_CELLS))

    def inside(self, conditions: Conditions) -> NDArray[np.bool_]:
        """(n,) True for the rows that fulfil all conditions; for all rows where there is none."""
        rows = np.ones(self.codes.shape[1], dtype=np.bool_)
        for column, value in conditions:
            rows &= self.codes[column] == value
        return rows

    def state(self, rows: NDArray[np.intp]) -> NDArray[np.intp]:
        """The state of some rows, given by their places."""
        return np.searchsorted(self.bounds[1:-1], rows, side="right")

    def of_conditions(self, every: Sequence[Conditions], depth: int) -> Crossings:
        """The slices with these conditions, `depth` each, counted one by one."""
        pairs = np.array(every, dtype=np.int16).reshape(len(every), depth, 2)
        counts = np.array([self._count(one) for one in every], dtype=np.int32)
        without = np.array(
            [self._count((*one[:place], *one[place + 1 :])) for one in every for place in range(depth)], dtype=np.int32
        )
        states = len(self.bounds) - 1
        return Crossings(pairs[:, :, 0], pairs[:, :, 1], counts.reshape(-1, states), without.reshape(-1, depth, states))

    def _count(self, conditions: Conditions) -> list[int]:
        """The rows that fulfil all conditions, by their state."""
        inside = self.inside(conditions)
        return [int(np.count_nonzero(inside[start:stop])) for start, stop in pairwise(self.bounds)]

    def _passes(self, depth: int) -> Iterator[tuple[Columns, list[Columns]]]:
        """Which columns are counted in one pass, and which crossings are taken from it, each from one pass only."""
        taken: set[Columns] = set()
        for together in covering(self.sizes, depth, self._most_cells):
            crossed = [
                one for order in range(1, depth + 1) for one in combinations(together, order) if one not in taken
            ]
            taken.update(crossed)
            yield together, crossed

    def _of_set(self, depth: int, minimum: int, together: Columns, crossed: list[Columns]) -> dict[Columns, Picked]:
        sizes = np.array([self.sizes[column] for column in together])
        counts = tabulate(self.codes, together, sizes.tolist(), self.bounds)
        found = {}
        for one in crossed:
            kept = np.array([column in one for column in together])
            crossed_counts = counts if kept.all() else project(counts, sizes, kept)
            without = dropped(crossed_counts, sizes[kept])
            found[one] = pick(crossed_counts, without, sizes[kept], depth, minimum)
        return found
