"""Workers that wait for a model, so that opening one does not wait for an interpreter."""

from __future__ import annotations

import threading

from evallib.models.limits import Limits
from evallib.models.process import WorkerProcess


class _Spares:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[tuple[int, WorkerProcess]] = []

    def prepare(self, count: int, memory_mb: int) -> None:
        with self._lock:
            self._waiting = [spare for spare in self._waiting if spare[1].alive]
            missing = count - sum(most == memory_mb for most, _ in self._waiting)
            self._waiting += [(memory_mb, WorkerProcess(memory_mb)) for _ in range(missing)]

    def take(self, memory_mb: int) -> WorkerProcess:
        with self._lock:
            for position, (most, worker) in enumerate(self._waiting):
                if most == memory_mb and worker.alive:
                    del self._waiting[position]
                    return worker
        return WorkerProcess(memory_mb)

    def drop(self) -> None:
        with self._lock:
            for _, worker in self._waiting:
                worker.close()
            self._waiting.clear()


_spares = _Spares()


def prepare_workers(count: int = 1, limits: Limits | None = None) -> None:
    """Nothing, and at once: from about two seconds later on, `count` models open without that delay.

    A worker serves one model, so call this again when one was opened and another one may follow. An idle worker
    holds about 150 MB.
    """
    _spares.prepare(count, (limits or Limits.from_environment()).memory_mb)


def drop_workers() -> None:
    """Nothing; no worker waits for a model any more."""
    _spares.drop()


def take_worker(limits: Limits) -> WorkerProcess:
    """A worker that waits for its model, prepared or started now; it is the caller's to close.

    Raises `WorkerFailure` where it does not start in time.
    """
    worker = _spares.take(limits.memory_mb)
    worker.await_start(limits.start_seconds)
    return worker
