"""How much of the disk the workspace may take."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from evallib.core.errors import BadInput

VARIABLE = "EVALLIB_MAX_DISK_MB"
DEFAULT_MB = 100_000
SPARE_BYTES = 1 << 30
"""What is left free on the disk, for runs that are being written."""


def check_room(folder: Path) -> None:
    """Raise `BadInput` where the folder holds as much as EVALLIB_MAX_DISK_MB allows, or the disk is nearly full."""
    allowed = _allowed_mb()
    if sum(_sizes(folder)) >= allowed << 20:
        raise BadInput(
            f"The {allowed:,} MB for uploads and evaluations on this server are used up; ask the operator to delete "
            f"old ones or to raise {VARIABLE}."
        )
    if shutil.disk_usage(folder).free < SPARE_BYTES:
        raise BadInput("The disk of this server is full; ask the operator to make room.")


def _allowed_mb() -> int:
    text = os.environ.get(VARIABLE) or str(DEFAULT_MB)
    if not text.isdecimal() or int(text) == 0:
        raise BadInput(f"The environment variable {VARIABLE} is {text!r}; it must be a whole number above 0.")
    return int(text)


def _sizes(folder: Path | str) -> Iterator[int]:
    """The bytes of every file below the folder; links are not followed."""
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    yield from _sizes(entry.path)
                else:
                    yield entry.stat(follow_symlinks=False).st_size
    except FileNotFoundError:
        return
