"""The folder that a command writes its results to: all of them at once, or nothing."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from evallib.core.errors import BadInput

WRITTEN = {
    "run.json",
    "evaluation.yaml",
    "predictions.arrow",
    "tables",
    "preview",
    "variations",
    "data.arrow",
    "models",
}
"""What a run consists of; a folder that holds anything else is never replaced."""


@contextmanager
def replacing(out: Path) -> Iterator[Path]:
    """A temporary folder beside `out` to write to. At the end it takes its place; on an error it vanishes.

    `out` may be absent, empty, or an older run, which is replaced. Raises `BadInput` for every other folder.
    """
    out = out.absolute()
    check_replaceable(out)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    except OSError as error:
        raise BadInput(f"{out} cannot be written: {error.strerror}; choose another folder.") from error
    try:
        yield beside
        if out.exists():
            shutil.rmtree(out)
        beside.rename(out)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def check_replaceable(out: Path) -> None:
    """Raise `BadInput` where something other than a run would be lost."""
    if not out.exists():
        return
    if not out.is_dir():
        raise BadInput(f"{out} is a file; give a folder for the results.")
    content = {entry.name for entry in out.iterdir()}
    foreign = sorted(content - WRITTEN)
    if foreign or (content and "run.json" not in content):
        held = foreign[0] if foreign else sorted(content)[0]
        raise BadInput(f"{out} holds {held}, which is no part of a run; give an empty or a new folder.")
