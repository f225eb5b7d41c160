"""Semaphores of threads in place of those of processes. Runs in the worker only."""

from __future__ import annotations

import importlib
import threading
from multiprocessing import synchronize
from typing import Any


class ThreadSemaphore:
    """What `_multiprocessing.SemLock` offers, for the threads of one process."""

    SEM_VALUE_MAX: int = synchronize.SEM_VALUE_MAX  # type: ignore[attr-defined]
    name = None
    handle = 0

    def __init__(self, kind: int, value: int, *_: Any, **__: Any) -> None:
        recursive = kind == synchronize.RECURSIVE_MUTEX  # type: ignore[attr-defined]
        self._semaphore: Any = threading.RLock() if recursive else threading.Semaphore(value)
        self.release = self._semaphore.release

    def acquire(self, block: bool = True, timeout: float | None = None) -> bool:
        """Whether the semaphore was acquired, within `timeout` seconds where one is given."""
        if timeout is not None and block:
            return bool(self._semaphore.acquire(timeout=max(timeout, 0.0)))
        return bool(self._semaphore.acquire(block))

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


def use_thread_semaphores() -> None:
    """Nothing; from now on no semaphore of this process needs a file.

    joblib tries to create one when it is imported and, refused, falls back to one core for good; and so would every
    model that computes in several threads.
    """
    importlib.import_module("_multiprocessing").SemLock = ThreadSemaphore  # type: ignore[attr-defined]
