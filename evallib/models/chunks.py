"""The rows of a table in chunks that take a model about a second each, handed out to whoever answers for them."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping

import numpy as np

from evallib.models.frames import Column, SharedMemory, Shipment

FIRST_ROWS = 10_000
FEWEST_ROWS = 1_000
MOST_ROWS = 30_000
MOST_ROWS_OF_NUMBERS = 100_000
"""Text takes more memory in a model than numbers, of which every chunk costs some milliseconds."""

MOST_CELLS = 20_000_000
"""The most numbers that go in, or come out, at once."""

SECONDS_PER_CHUNK = 1.0
"""What a chunk is meant to take, so that progress is seen and a hanging model is told from a slow one."""


class Chunks:
    """Shipments of all rows, each handed out once. Safe to use from several threads.

    Memory in which rows were answered is used again: a good third of what writing rows costs is the first touch of
    new memory. It is the model's own, and ends with this: rows of another task or model never lie in it.

    answered: how many rows have been answered.     width: the most numbers that a model gives for a row.
    known_pace: at how many rows a second the model answered before; 0 where it did not.
    """

    def __init__(self, columns: Mapping[str, Column], rows: int, width: int, known_pace: float = 0.0) -> None:
        self._columns = columns
        self._rows = rows
        numbers = all(isinstance(column, np.ndarray) for column in columns.values())
        most = MOST_ROWS_OF_NUMBERS if numbers else MOST_ROWS
        self._most = max(1, min(most, MOST_CELLS // max(width, len(columns), 1)))
        self._known_pace = known_pace
        self._began = time.monotonic()
        self._lock = threading.Lock()
        self._given = 0
        self._free: list[SharedMemory] = []
        self._first: tuple[int, float] | None = None
        self.answered = 0

    def take(self) -> list[Shipment]:
        """The next shipment; none where all rows have been handed out."""
        with self._lock:
            start = self._given
            self._given = stop = min(self._rows, start + min(self._most, max(FEWEST_ROWS, self._rows_per_chunk())))
            memory = self._free.pop() if self._free else None
        return [Shipment(self._columns, range(start, stop), memory)] if start < stop else []

    def _rows_per_chunk(self) -> int:
        return int(self.pace * SECONDS_PER_CHUNK) or FIRST_ROWS

    @property
    def pace(self) -> float:
        """Rows a second of all who answer; the known one before the first answer, 0 where there is none."""
        if not self.answered:
            return self._known_pace
        return self.answered / (time.monotonic() - self._began)

    def note(self, shipment: Shipment) -> None:
        """Count the rows of a shipment as answered; others may lie in its memory from now on, where it was returned."""
        with self._lock:
            if shipment.returned:
                self._free.append(shipment.memory)
            self.answered += len(shipment.rows)
            self._first = self._first or (self.answered, time.monotonic())

    @property
    def all_answered(self) -> bool:
        """Whether nothing is left to do."""
        return self.answered == self._rows

    def withdraw(self) -> None:
        """Hand out no more."""
        with self._lock:
            self._given = self._rows

    def seconds_left(self) -> float:
        """How long the rows not handed out yet will take at the pace since the first answer, which may have waited.

        0 before there is a second one.
        """
        rows, since = self._first or (0, 0.0)
        if self.answered == rows:
            return 0.0
        return (self._rows - self._given) / (self.answered - rows) * (time.monotonic() - since)
