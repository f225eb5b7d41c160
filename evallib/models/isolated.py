"""A model file, opened in a worker process of its own."""

from __future__ import annotations

import importlib.util
import os
import threading
import weakref
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from evallib.core.errors import BadInput
from evallib.models.card import AnswerHead, Complaint, ModelCard, Reply, one_line
from evallib.models.detection import DATA_ONLY, open_model_file
from evallib.models.formats.extras import LIBRARIES
from evallib.models.formats.loaded import Give
from evallib.models.frames import Shipment, read_answers, room_for_answers
from evallib.models.isolation import accept_code
from evallib.models.limits import Limits
from evallib.models.process import MOST_THREADS, WorkerFailure, WorkerProcess
from evallib.models.processors import PROCESSORS
from evallib.models.room import Room, take_room
from evallib.models.spares import take_worker, worker_waits

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


MOST_TWIN_MB = 1024
"""A model that takes more memory is kept once only."""

OPENING_PREPARED, OPENING = 2.0, 4.0
"""Seconds of work for which it pays to open a model once more, in a prepared worker and in one yet to start."""


class ModelRaised(BadInput):
    """The model's own code raised; its process goes on. `text` is what it raised, `doing` what it was asked."""

    def __init__(self, name: str, doing: str, text: str) -> None:
        super().__init__(f"{name} failed {doing}: {text}")
        self.text = text


class IsolatedModel:
    """A loaded model: a process, and the card of what is known of it. Safe to use from several threads.

    A process that ends by itself is replaced by a new one, once. `pace` is at how many rows a second it, or it and its
    twins, answered when it was last asked for many; 0 before. Raises `BadInput` with one sentence where the file is
    no usable model, takes too long or needs too much.
    """

    def __init__(self, path: Path, name: str, limits: Limits, file_name: str | None, room: Room | None) -> None:
        self.name = name
        self.pace = 0.0
        self._file_name = file_name or path.name
        self._lock = threading.Lock()
        self._worker: WorkerProcess | None = None
        self._room: Room | None = None
        self._closed = self._replaced = False
        self._libraries: list[str] = []
        self._twins: dict[int, IsolatedModel] = {}
        self._opening_twin = threading.Lock()
        self._file, self._format = open_model_file(path, file_name)
        self._close_file = weakref.finalize(self, os.close, self._file)
        try:
            if self._format not in DATA_ONLY:
                accept_code(self._file_name)
            if room is None:
                self._room = room = take_room(1, limits)
            self._limits = room.limits
            self.card = self._card()
        except BaseException:
            self.close()
            raise

    def _card(self) -> ModelCard:
        description = self._surviving(self._load, self._load, "to load").description
        if description is None:
            self._fail(WorkerFailure("nonsense"), "to load")
        return ModelCard.of(description, self.name, self._format)

    def _load(self) -> Reply:
        """What a new worker says of the file; one more is started for each library that it turns out to need."""
        self._worker = self._start()
        self._pid = self._worker.pid
        os.lseek(self._file, 0, os.SEEK_SET)
        reply = self._reply({"format": self._format, "libraries": self._libraries}, (self._file,))
        library = reply.complaint.library if reply.complaint else ""
        if library in LIBRARIES and library not in self._libraries and importlib.util.find_spec(library):
            self._worker.close()
            self._libraries.append(library)
            return self._load()
        return reply

    def _start(self) -> WorkerProcess:
        try:
            return take_worker(self._limits)
        except WorkerFailure as failure:
            why = failure.detail or f"it took longer than {self._limits.start_seconds:g} s"
            raise BadInput(f"{self.name} was not opened, as its process did not start: {one_line(why)}.") from None

    def answer(
        self,
        shipment: Shipment,
        give: Give,
        most_columns: int,
        **calls: Callable[[], None],
    ) -> tuple[NDArray[np.float64], tuple[str, ...]]:
        """(rows, at most `most_columns`) numbers, unchecked, and the names that codes of labels stand for.

        calls: `meanwhile` and `heartbeat`, see `WorkerProcess.ask`; where one of them raises, the model is closed.
        """
        rows = shipment.rows
        doing = f"for rows {rows.start + 1:,} to {rows.stop:,}"
        with self._lock:
            if self._closed:
                raise BadInput(f"{self.name} is closed, because it failed before or was cancelled; open it again.")
            room = room_for_answers(len(rows), most_columns)
            threads = PROCESSORS.share
            message = {"layout": shipment.layout, "give": give, "most_columns": most_columns, "threads": threads}

            def ask() -> Reply:
                return self._reply(message, (shipment.memory.descriptor, room), **calls)

            def load_and_ask() -> Reply:
                loaded = self._load()
                return loaded if loaded.complaint else ask()

            try:
                head = self._surviving(ask, load_and_ask, doing).answer
                if head is None:
                    self._fail(WorkerFailure("nonsense"), doing)
                shipment.returned = not head.keeps_rows
                return self._read(head, room, len(rows), most_columns), head.names
            finally:
                os.close(room)

    def _read(self, head: AnswerHead, room: int, rows: int, most_columns: int) -> NDArray[np.float64]:
        if not 1 <= head.columns <= most_columns:
            raise BadInput(
                f"{self.name} gives {head.columns} numbers per row where {most_columns} "
                f"{'is' if most_columns == 1 else 'are'} expected."
            )
        return read_answers(room, rows, head.columns)

    def _surviving(self, work: Callable[[], Reply], again: Callable[[], Reply], doing: str) -> Reply:
        """The reply to `work`; to `again` where the worker ended over it, for the first time."""
        try:
            try:
                reply = work()
            except WorkerFailure as failure:
                if failure.reason != "ended" or self._replaced or self._closed:
                    raise
                self._replaced = True
                reply = again()
        except WorkerFailure as failure:
            self._fail(failure, doing)
        except BaseException:
            if self._worker is not None and not self._worker.alive:
                self.close()
            raise
        if reply.complaint is not None:
            self._complain(reply.complaint, doing)
        return reply

    def _reply(self, message: Mapping[str, Any], descriptors: Sequence[int], **calls: Callable[[], None]) -> Reply:
        if self._closed or self._worker is None:
            raise WorkerFailure("ended")
        return Reply.read(self._worker.ask(message, descriptors, seconds=self._limits.seconds, **calls))

    def _complain(self, complaint: Complaint, doing: str) -> NoReturn:
        if complaint.kind == "memory":
            self._fail(WorkerFailure("memory"), doing)
        text = one_line(complaint.text)
        if complaint.kind == "raised":
            raise ModelRaised(self.name, doing, text)
        raise BadInput(f"{self.name} {text}.")

    def _fail(self, failure: WorkerFailure, doing: str) -> NoReturn:
        self.close()
        limits = self._limits
        raise BadInput(
            {
                "time": f"{self.name} took longer than {limits.seconds:g} s {doing}; use a faster model or raise"
                " EVALLIB_MODEL_SECONDS.",
                "memory": f"{self.name} needed more than {limits.memory_mb:,} MB of memory {doing}; use a smaller model"
                " or raise EVALLIB_MODEL_MEMORY_MB.",
                "threads": f"{self.name} started more than {MOST_THREADS} threads {doing}; let it compute in"
                " fewer, as with n_jobs=1.",
                "ended": f"{self.name} ended its own process ({failure.detail}) when asked {doing}; the file may be"
                " damaged, or its code stops Python.",
                "nonsense": f"{self.name} gave no readable answer when asked {doing}.",
            }[failure.reason]
        ) from None

    @property
    def pid(self) -> int:
        """The number of the process that the model runs in, or last ran in."""
        return self._pid

    def twin_is_worth(self, seconds: float) -> bool:
        """Whether work that takes so many seconds is done sooner if another process of this model is opened for it."""
        if self._worker is None or self._limits.total_mb or self._worker.resident_mb > MOST_TWIN_MB:
            return False
        return seconds > (OPENING_PREPARED if worker_waits(self._limits) else OPENING)

    def twin(self, place: int) -> IsolatedModel:
        """The same model in another process, opened when it is first asked for, and closed with this one.

        Raises `BadInput`.
        """
        with self._opening_twin:
            if place not in self._twins:
                path = Path(f"/proc/self/fd/{self._file}")
                self._twins[place] = IsolatedModel(path, self.name, self._limits, self._file_name, None)
            if self._closed:
                self.close()
            return self._twins[place]

    def close(self) -> None:
        """Nothing; the model's process is gone, and those of its twins."""
        self._closed = True
        for twin in list(self._twins.values()):
            twin.close()
        if self._worker is not None:
            self._worker.close()
        self._close_file()
        if self._room is not None:
            self._room.close()

    def __enter__(self) -> IsolatedModel:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_model(
    path: str | Path,
    name: str | None = None,
    limits: Limits | None = None,
    *,
    file_name: str | None = None,
    room: Room | None = None,
) -> IsolatedModel:
    """The model in the file, loaded in a worker process; its name is the file's where none is given.

    file_name: what the user calls the file, where it lies under another name.
    room: memory that was taken for this model and others together, with its limits; else it waits for its own.

    Use it as a context, or close it. Raises `BadInput` with one sentence.
    """
    path = Path(path)
    return IsolatedModel(path, name or path.stem, limits or Limits.from_environment(), file_name, room)
