"""What uploads leave behind when they are never used, or when the server ends in the middle of one."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from evallib.workspace import META, Workspace

HOUR = 3600.0


def tidy(workspace: Workspace, older_than: float = 24 * HOUR) -> int:
    """How many files and folders were removed: those that nobody took or finished for so many seconds.

    0 seconds is for the start of a server, whose uploads have all ended.
    """
    latest = time.time() - older_than
    left = [path for path in _unused(workspace) if _changed(path) <= latest]
    for path in left:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return len(left)


def _unused(workspace: Workspace) -> Iterator[Path]:
    """Uploads that nothing has read, and the folders of files that were never kept."""
    yield from workspace.incoming.iterdir()
    for kind in ("data", "models"):
        yield from (entry for entry in (workspace.home / kind).iterdir() if not (entry / META).is_file())


def _changed(path: Path) -> float:
    try:
        return path.lstat().st_mtime
    except FileNotFoundError:
        return float("inf")
