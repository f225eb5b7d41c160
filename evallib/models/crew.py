"""The processes that share one task of a model: its own, and more while much is left to do and a processor is idle.

A library's own threads wait for each other at every step, and much of what a pipeline does is done in one thread:
two processes of one thread each answer for the rows of a boosted pipeline 1.8 times as fast as one of two threads.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING

from evallib.core.errors import BadInput
from evallib.models.processors import PROCESSORS

if TYPE_CHECKING:
    from evallib.models.chunks import Chunks
    from evallib.models.isolated import IsolatedModel

    Call = Callable[[], None]
    Work = Callable[[IsolatedModel, Call, Call], None]

MOST_PROCESSES = 4
"""Of one model; the processors of a larger machine are used by the threads of each."""

TICK = 0.05
"""Seconds between two looks at whether the others have finished."""


class Crew:
    """All who do a task of a model. `work` answers chunks until none is handed out.

    It is called with a process, with what to call while that computes, and with what to call after each chunk.
    """

    def __init__(self, model: IsolatedModel, work: Work) -> None:
        self._model = model
        self._work = work
        self._helpers: list[Future[None]] = []
        self._threads = ThreadPoolExecutor(MOST_PROCESSES - 1, "crew")

    def run(self, chunks: Chunks, progress: Callable[[], None]) -> None:
        """Nothing, once all chunks are answered. Raises whatever `progress` or one of the processes raises."""

        def after_each() -> None:
            progress()
            self._check()
            self._grow(chunks.seconds_left())

        try:
            with PROCESSORS.used_by(self._model):
                self._work(self._model, progress, after_each)
            while not chunks.all_answered:
                wait(self._helpers, TICK)
                after_each()
        finally:
            chunks.withdraw()
            self._threads.shutdown(wait=False, cancel_futures=True)

    def _check(self) -> None:
        """Raises what a helper raised."""
        for helper in self._helpers:
            if helper.done():
                helper.result()

    def _grow(self, seconds_left: float) -> None:
        """Let one more process help where a processor is idle and the work left is worth its start."""
        wanted = PROCESSORS.idle and len(self._helpers) < MOST_PROCESSES - 1
        if wanted and self._model.twin_is_worth(seconds_left):
            self._helpers.append(self._threads.submit(self._help, len(self._helpers)))

    def _help(self, place: int) -> None:
        with PROCESSORS.used_by((self._model, place)):
            try:
                twin = self._model.twin(place)
            except BadInput:
                # Without it the task takes longer, and is done all the same.
                return
            self._work(twin, _nothing, _nothing)


def _nothing() -> None:
    pass
