"""Several tasks that are done at once, in threads: what came of them, and their progress as one."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from concurrent.futures import FIRST_EXCEPTION, Future, wait
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from evallib.core.progress import Progress

Done = TypeVar("Done")


def gathered(tasks: Mapping[str, Future[Done]]) -> dict[str, Done]:
    """What came of every task, once all are done. Raises what the first task that failed raised, at once."""
    wait(tasks.values(), return_when=FIRST_EXCEPTION)
    failed = next((task for task in tasks.values() if task.done() and task.exception()), None)
    if failed is not None:
        failed.result()
    return {name: task.result() for name, task in tasks.items()}


class Joint:
    """The progress of several tasks, reported as one."""

    def __init__(self, progress: Progress, tasks: int) -> None:
        self._progress = progress
        self._tasks = tasks
        self._done: dict[str, float] = {}
        self._lock = threading.Lock()

    def share(self, task: str) -> Progress:
        """The progress of one task."""

        def report(done: float, total: float, text: str) -> None:
            with self._lock:
                self._done[task] = done / total if total else 1.0
                self._progress(sum(self._done.values()), self._tasks, text)

        return report
