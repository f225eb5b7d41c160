"""An upload is read in a process of its own, so that no file takes more than its share, or anybody else, along."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from evallib.core.errors import BadInput
from evallib.core.progress import Progress, no_progress
from evallib.data import Limits, checked_shape, plain

TABLE = "table.arrow"
"""The file of a folder that the table is written to."""

START = "import sys; sys.path.insert(0, sys.argv[1]); from evallib.reader import serve; serve(int(sys.argv[2]))"

COMMAND = [sys.executable, "-I", "-B", "-c", START, str(Path(__file__).parents[1])]
"""Isolated, for the current folder may hold anything, and what Python may import the reader may read."""

STEPS = ("Reading", "Looking at every column", "Writing")
"""What the reader does one after another; it says the number of the step that it begins."""

KEPT = ("PATH", "LANG", "LC_ALL", "TZ")
"""The variables of the environment that the reader needs; others may hold secrets, and stay here."""

SPARING = {
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
    "MALLOC_ARENA_MAX": "2",
    "OPENBLAS_NUM_THREADS": "1",
}
"""Address space is counted, so none is reserved that is not used. No thread begins before the lock."""

TICK = 0.1
"""Seconds between two looks at whether the reading was cancelled or takes too long."""

LONGEST = 1 << 20
"""Bytes that a reader may say."""


@dataclass(frozen=True)
class Ingestion:
    """A file to read: where it lies, what its user calls it, and the folder for the table and its profile."""

    file: Path
    name: str
    folder: Path


def ingest_apart(wanted: Ingestion, progress: Progress = no_progress, limits: Limits | None = None) -> dict[str, int]:
    """The numbers of rows and columns of the table, which then lies in the folder with its profile.

    The reader ends with this call, and with the thread that makes it. Raises `BadInput` with one sentence for
    everything that is wrong with the file, also where it breaks its reader or uses up its memory or its time.
    """
    limits = limits or Limits.from_environment()
    deadline = time.monotonic() + limits.read_seconds
    step = 0
    with _reader(wanted, limits) as process:
        for said in _heard(process):
            step = int(said.get("step", step))
            progress(step, len(STEPS), f"{STEPS[step]} {wanted.name}" if step == 0 else STEPS[step])
            if "refused" in said:
                raise BadInput(said["refused"])
            if "done" in said:
                rows, columns = checked_shape(wanted.folder / TABLE)
                return {"rows": rows, "columns": columns}
            if time.monotonic() > deadline:
                took = f"takes longer than {limits.read_seconds:,} seconds to read; save it as Parquet"
                raise _over(wanted, "read_seconds", took)
        raise _broken(wanted, limits, process.wait())


@contextlib.contextmanager
def _reader(wanted: Ingestion, limits: Limits) -> Iterator[subprocess.Popen[bytes]]:
    request = {"file": str(wanted.file), "name": wanted.name, "folder": str(wanted.folder), "limits": asdict(limits)}
    process = _spares.take()
    with process:
        try:
            # One that has broken already says so by its exit code.
            with contextlib.suppress(BrokenPipeError):
                process.stdin.write(json.dumps(request).encode() + b"\n")  # type: ignore[union-attr]
            yield process
        finally:
            process.kill()


class _Spares:
    """A reader that waits for its file, so that no upload waits for an interpreter."""

    def __init__(self) -> None:
        self._waiting: subprocess.Popen[bytes] | None = None

    def prepare(self) -> None:
        if self._waiting is None or self._waiting.poll() is not None:
            self._waiting = self._start()

    def take(self) -> subprocess.Popen[bytes]:
        spare, self._waiting = self._waiting, None
        return spare if spare is not None and spare.poll() is None else self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [*COMMAND, str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            env={name: os.environ[name] for name in KEPT if name in os.environ} | SPARING,
        )


_spares = _Spares()


def prepare_reader() -> None:
    """Nothing, and at once: from about a second later on, the next file is read without that delay.

    For a thread that reads uploads until the process ends: the reader ends with the thread that started it. One that
    waits holds about 130 MB.
    """
    _spares.prepare()


def _heard(process: subprocess.Popen[bytes]) -> Iterator[dict[str, Any]]:
    """What the reader says, line by line; an empty message whenever it has said nothing for a moment."""
    output = process.stdout.fileno()  # type: ignore[union-attr]
    poll = select.poll()
    poll.register(output, select.POLLIN)
    heard, length = b"", 0
    while length < LONGEST:
        if not poll.poll(TICK * 1000):
            yield {}
            continue
        part = os.read(output, 1 << 16)
        if not part:
            return
        length += len(part)
        *lines, heard = (heard + part).split(b"\n")
        yield from map(json.loads, lines)


def _broken(wanted: Ingestion, limits: Limits, code: int) -> BadInput | RuntimeError:
    """The error for a reader that ended without an answer, by a signal or by an error of ours."""
    if code >= 0:
        return RuntimeError(f"The reader of an upload ended with exit code {code}; its error stands above.")
    return _over(
        wanted,
        "read_memory_mb",
        f"broke the process that read it ({signal.Signals(-code).name}): it is damaged, or needs more than "
        f"{limits.read_memory_mb:,} MB; export it again as CSV",
    )


def _over(wanted: Ingestion, field: str, reason: str) -> BadInput:
    return BadInput(
        f"{plain(wanted.name)} {reason}, take a sample of the rows, leave out columns, "
        f"or ask the operator to raise {Limits.variable(field)}."
    )
