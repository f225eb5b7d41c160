"""The processors of the machine, shared among the models that compute at the moment."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import contextmanager

import joblib


class Processors:
    """Who computes, and how many threads are each one's share. Safe to use from several threads."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._lock = threading.Lock()
        self._busy: Counter[Hashable] = Counter()

    @contextmanager
    def used_by(self, process: Hashable) -> Iterator[None]:
        """While this lasts, `process` is one of those that compute, however often it is told."""
        with self._lock:
            self._busy[process] += 1
        try:
            yield
        finally:
            with self._lock:
                self._busy[process] -= 1
                self._busy += Counter()

    @property
    def idle(self) -> int:
        """How many processors nobody uses."""
        return max(0, self._count - len(self._busy))

    @property
    def share(self) -> int:
        """The threads in which each of those that compute may do so; at least 1."""
        return max(1, self._count // max(1, len(self._busy)))


PROCESSORS = Processors(joblib.cpu_count())
"""Those of this machine, or of the part of it that this process may use."""
