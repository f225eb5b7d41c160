"""What uploads leave behind: never used, no longer used, or begun when the server ended."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Collection, Iterator
from pathlib import Path

from evallib.workspace import META, Workspace

HOUR = 3600.0

ID = re.compile(r"[0-9a-f]{32}")

PLANS = ("data/*/*.yaml", "runs/*/*.yaml", "runs/*/run.json")
"""Below the workspace, what says which models are still meant: drafts, and runs that wait, go on, or have ended."""


def tidy(workspace: Workspace, older_than: float = 24 * HOUR) -> int:
    """How many files and folders were removed: those that nobody took or finished for so many seconds.

    0 seconds is for the start of a server, whose uploads have all ended.
    """
    latest = time.time() - older_than
    return _remove([path for path in _unused(workspace) if _changed(path) <= latest])


def forget(workspace: Workspace, brought: Collection[Path]) -> int:
    """How many of these files and folders were removed: those that nothing refers to any more.

    brought: uploads, and folders of stored models. Data sets stay, for their address may be known to somebody.
    """
    return _remove([path for path in _unused(workspace) if path in brought]) if brought else 0


def _remove(paths: Collection[Path]) -> int:
    for path in paths:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return len(paths)


def _unused(workspace: Workspace) -> Iterator[Path]:
    """Uploads that nothing has read, folders of files that were never kept, and models that no plan names any more."""
    yield from workspace.incoming.iterdir()
    for kind in ("data", "models"):
        yield from (entry for entry in (workspace.home / kind).iterdir() if not (entry / META).is_file())
    named = {found for kind in PLANS for path in workspace.home.glob(kind) for found in ID.findall(_text(path))}
    stored = (entry for entry in (workspace.home / "models").iterdir() if (entry / META).is_file())
    yield from (entry for entry in stored if entry.name not in named)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ""


def _changed(path: Path) -> float:
    try:
        return path.lstat().st_mtime
    except FileNotFoundError:
        return float("inf")
