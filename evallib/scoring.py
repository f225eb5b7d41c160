"""The systems of a plan that can be asked: models, each opened in a worker of its own, and endpoints."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from types import TracebackType
from typing import TYPE_CHECKING, Self

import pandas as pd

from evallib.core.at_once import Joint
from evallib.core.evaluation_set import Columns, Predictions, Task
from evallib.core.progress import Progress, no_progress
from evallib.data import Labelled, System
from evallib.endpoints import BoundEndpoint, EndpointModel
from evallib.models import BoundModel, IsolatedModel, Limits, Room, bind_model, open_model, prepare_workers, take_room
from evallib.workspace import sha256

if TYPE_CHECKING:
    from pathlib import Path

    from evallib.core.evaluation_set import Predictor
    from evallib.own_model import OwnBoundModel, OwnModel

    Bound = BoundModel | OwnBoundModel | BoundEndpoint

TICK = 0.1
"""Seconds between two looks at whether the user wants to stop."""


@dataclass(frozen=True, eq=False)
class Opened:
    """A model in its worker, and the hash of its file."""

    model: IsolatedModel
    sha256: str


class Models:
    """The models of an evaluation, alive until the context ends. They start to open when this is made.

    `own` are estimators of this process, by the name of their system; all others are files or endpoints.
    Raises `BadInput` for an endpoint that may not be asked.
    """

    def __init__(self, systems: Sequence[System], own: Mapping[str, OwnModel] | None = None) -> None:
        self._own = own or {}
        self._systems = {system.name: system for system in systems}
        self.endpoints = {one.name: EndpointModel(one.name, one.endpoint) for one in systems if one.endpoint}
        files = {system.name: system.model for system in systems if system.model and system.name not in self._own}
        self._closed = threading.Event()
        asked = len(files) + len(self._own) + len(self.endpoints)
        self._threads = ThreadPoolExecutor(max(1, asked), "scoring")
        self._room = self._threads.submit(_take_room, len(files), self._closed)
        self._opening = {name: self._threads.submit(_open, name, path, self._room) for name, path in files.items()}

    def have_opened(self) -> bool:
        """True once all models have opened or failed to."""
        return all(one.done() for one in self._opening.values())

    def await_opened(self, progress: Progress) -> None:
        """Nothing, once all models have opened or failed to; meanwhile `progress` is called, which may raise."""
        while wait(self._opening.values(), timeout=TICK).not_done:
            progress(0, 1, "Opening the models" if self._room.done() else "Waiting for memory that other models have")

    def opened(self) -> dict[str, Opened]:
        """Every model file, once all have opened. Raises `BadInput` for the first that cannot be."""
        return {name: future.result() for name, future in self._opening.items()}

    def sha256(self, name: str) -> str | None:
        """The hash of a model's file; None for an estimator of this process."""
        return self._opening[name].result().sha256 if name in self._opening else None

    def bind(self, rows: Labelled) -> tuple[Labelled, dict[str, Bound]]:
        """Every model matched to the rows, whose classes now include those that only a model knows, after their own."""
        bound = self.bound_to(rows.table, rows.columns, rows.classes, rows.task)
        classes = tuple(dict.fromkeys((*rows.classes, *(c for one in bound.values() for c in one.binding.classes))))
        task: Task = "multiclass" if rows.task == "binary" and len(classes) > 2 else rows.task
        bound = {name: one.with_classes(classes) for name, one in bound.items()}
        return replace(rows, classes=classes, task=task), bound

    def bound_to(self, table: pd.DataFrame, columns: Columns, classes: Sequence[str], task: Task) -> dict[str, Bound]:
        """Every model matched to columns and classes; of the table only names, types and gaps are looked at."""
        said = {name: system.classes for name, system in self._systems.items()}
        usable = pd.DataFrame({name: table[name] for name in table.columns if name != columns.target}, copy=False)
        bound: dict[str, Bound] = {
            name: bind_model(opened.model, usable, classes, task, said[name], columns.features)
            for name, opened in self.opened().items()
        }
        for name, own in self._own.items():
            bound[name] = own.bind(usable, classes, task, said[name], columns.features)
        features = usable[list(columns.features)]
        return bound | {name: one.bind(features, classes, task) for name, one in self.endpoints.items()}

    def score(
        self, bound: Mapping[str, Bound], table: pd.DataFrame, progress: Progress = no_progress
    ) -> dict[str, Future[Predictions]]:
        """The predictions of every model on the rows of `table`, all being made at once."""
        joint = Joint(progress, len(bound))

        def ask(name: str, one: Bound) -> Predictions:
            return Predictions(**vars(one.predict(table, joint.share(name))), name=name, role=self._systems[name].role)

        return {name: self._threads.submit(ask, name, one) for name, one in bound.items()}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()

    def release(self) -> None:
        """Nothing; meanwhile the workers end, for which nobody need wait."""
        threading.Thread(target=self.close, name="release").start()

    def close(self) -> None:
        """Nothing; the workers and the memory that they held are gone."""
        self._closed.set()
        for future in self._opening.values():
            if not future.cancel() and future.exception() is None:
                future.result().model.close()
        for endpoint in self.endpoints.values():
            endpoint.caller.close()
        if not self._room.cancel() and self._room.exception() is None:
            self._room.result().close()
        self._threads.shutdown(cancel_futures=True)


def repeatable(bound: Mapping[str, Bound]) -> dict[str, Predictor]:
    """Those that methods may ask again about changed rows: not endpoints, each call of which may cost something."""
    return {name: one for name, one in bound.items() if not isinstance(one, BoundEndpoint)}


def _take_room(models: int, closed: threading.Event) -> Room:
    room = take_room(models, Limits.from_environment(), closed.is_set)
    # A worker takes a second or two to start, and every model needs one.
    prepare_workers(models, room.limits)
    return room


def _open(name: str, path: Path, room: Future[Room]) -> Opened:
    return Opened(open_model(path, name, room=room.result()), sha256(path))
