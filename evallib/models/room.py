"""The memory of all models at once, where the operator bounds it: who comes when it is taken waits for the others.

It is counted in units, each a byte of one file that processes lock: the kernel gives back what a dead process held.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import struct
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from evallib.core.errors import BadInput, Cancelled
from evallib.models.limits import MODELS_MEMORY, Limits

UNIT_MB = 128
LEAST_MB = 512
"""Less than this is no memory to run a model in."""

TICK = 0.1
"""Seconds between two looks at whether others have left."""

COUNTER = 1 << 30
"""The byte that is locked by who is taking units, so that two who wait never hold half of what both need."""

SET_LOCK = 37
"""F_OFD_SETLK: a lock of an open file, which other threads of this process must wait for as well."""


class Room:
    """Memory for some models, until it is closed or nobody holds it any more. `limits` are those of each model."""

    def __init__(self, limits: Limits, units: int, stopped: Callable[[], bool]) -> None:
        self.limits = limits
        self._file = _Locks() if units else None
        if self._file is not None:
            try:
                self._file.take(units, limits.total_mb // UNIT_MB, stopped)
            except BaseException:
                self.close()
                raise

    def close(self) -> None:
        """Nothing; others may have the memory."""
        if self._file is not None:
            self._file.close()


def take_room(models: int, limits: Limits, stopped: Callable[[], bool] = lambda: False) -> Room:
    """Room for so many models at once, each with less memory than `limits` give it where all would not fit.

    Waits while other models have it; raises `Cancelled` as soon as `stopped` is true, and `BadInput` where there would
    never be enough.
    """
    if not limits.total_mb or not models:
        return Room(limits, 0, stopped)
    each = min(limits.memory_mb, limits.total_mb // models // UNIT_MB * UNIT_MB)
    if each < min(LEAST_MB, limits.memory_mb):
        raise BadInput(
            f"{models:,} models at once need {models * LEAST_MB:,} MB of memory, and this server has"
            f" {limits.total_mb:,} MB for them; use fewer models or raise {MODELS_MEMORY}."
        )
    return Room(replace(limits, memory_mb=each), -(-each // UNIT_MB) * models, stopped)


class _Locks:
    """The file that processes of one user lock, opened by one who wants units of it."""

    def __init__(self) -> None:
        path = Path(tempfile.gettempdir(), f"evallib-models-{os.getuid()}")
        wrong = BadInput(f"{path} is not a file of this user; remove it, or set TMPDIR to a folder of your own.")
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError:
            raise wrong from None
        self._file = os.fdopen(descriptor, "r+b")
        found = os.fstat(descriptor)
        if found.st_uid != os.getuid() or not stat.S_ISREG(found.st_mode):
            self.close()
            raise wrong

    def take(self, units: int, total: int, stopped: Callable[[], bool]) -> None:
        """Nothing, once so many of `total` units are locked."""
        self._wait(lambda: self._lock(COUNTER), stopped)
        held: set[int] = set()

        def take_more() -> bool:
            for unit in set(range(total)) - held:
                if len(held) < units and self._lock(unit):
                    held.add(unit)
            return len(held) >= units

        self._wait(take_more, stopped)
        self._set(COUNTER, fcntl.F_UNLCK)

    def _wait(self, done: Callable[[], bool], stopped: Callable[[], bool]) -> None:
        while not done():
            if stopped():
                raise Cancelled("Cancelled.")
            time.sleep(TICK)

    def _lock(self, byte: int) -> bool:
        with suppress(BlockingIOError):
            self._set(byte, fcntl.F_WRLCK)
            return True
        return False

    def _set(self, byte: int, kind: int) -> None:
        try:
            fcntl.fcntl(self._file, SET_LOCK, struct.pack("hhqqi0q", kind, os.SEEK_SET, byte, 1, 0))
        except OSError as error:
            if error.errno == errno.EACCES:
                raise BlockingIOError from None
            raise

    def close(self) -> None:
        self._file.close()
