"""What the rows alone decide, laid bit by bit while models are opened and asked."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cached_property, partial
from typing import TYPE_CHECKING

from evallib.core.errors import NotApplicable
from evallib.core.partitions import column_partitions
from evallib.data import column_kinds, fingerprint

if TYPE_CHECKING:
    import pandas as pd

    from evallib.data.kinds import Kind

KIND_ROWS = 20_000
"""Rows, evenly spread, on which the kinds of the columns are judged."""


class Groundwork:
    """The fingerprint and the kinds of a table's columns, and the slices by some of them; each is found once.

    table: as it was read.    sliced: the columns of `rows`, which methods look at, that they will divide the rows by.
    """

    def __init__(self, table: pd.DataFrame, rows: pd.DataFrame, sliced: Iterable[str]) -> None:
        self._table = table
        self._steps: deque[Callable[[], object]] = deque(
            [lambda: self.fingerprint, lambda: self.kinds, *(partial(_slice, rows, name) for name in sliced)]
        )

    def lay_until(self, done: Callable[[], bool]) -> None:
        """Nothing, once something else is done or all of this is."""
        while self._steps and not done():
            self._steps.popleft()()

    @cached_property
    def fingerprint(self) -> str:
        """What tells the table from others."""
        return fingerprint(self._table)

    @cached_property
    def kinds(self) -> dict[str, Kind]:
        """The kind of every column."""
        return column_kinds(self._table.iloc[:: max(1, len(self._table) // KIND_ROWS)])


def _slice(rows: pd.DataFrame, name: str) -> None:
    with suppress(NotApplicable):
        column_partitions(rows, name)
