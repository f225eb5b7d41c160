"""Workers that wait for a model, so that opening one does not wait for an interpreter."""

from __future__ import annotations

import threading

from evallib.models.limits import Layer, Limits
from evallib.models.process import WorkerProcess

Kind = tuple[int, tuple[Layer, ...]]
"""What a worker is started with and cannot change: its memory in MB, and what locks it in."""


class _Spares:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[tuple[Kind, WorkerProcess]] = []

    def prepare(self, count: int, kind: Kind) -> None:
        with self._lock:
            self._waiting = [spare for spare in self._waiting if spare[1].alive]
            missing = count - sum(its == kind for its, _ in self._waiting)
            self._waiting += [(kind, WorkerProcess(*kind)) for _ in range(missing)]

    def take(self, kind: Kind) -> WorkerProcess:
        with self._lock:
            for position, (its, worker) in enumerate(self._waiting):
                if its == kind and worker.alive:
                    del self._waiting[position]
                    return worker
        return WorkerProcess(*kind)

    def has(self, kind: Kind) -> bool:
        with self._lock:
            return any(its == kind and worker.alive for its, worker in self._waiting)

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
    limits = limits or Limits.from_environment()
    _spares.prepare(count, (limits.memory_mb, limits.layers))


def drop_workers() -> None:
    """Nothing; no worker waits for a model any more."""
    _spares.drop()


def worker_waits(limits: Limits) -> bool:
    """Whether a worker has been prepared that `take_worker` would give."""
    return _spares.has((limits.memory_mb, limits.layers))


def take_worker(limits: Limits) -> WorkerProcess:
    """A worker that waits for its model, prepared or started now; it is the caller's to close.

    Raises `WorkerFailure` where it does not start in time.
    """
    worker = _spares.take((limits.memory_mb, limits.layers))
    worker.await_start(limits.start_seconds)
    return worker
