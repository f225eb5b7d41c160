"""What all sessions of the server share: the workspace on disk and the background processes."""

from __future__ import annotations

import functools

from evallib.runs import RunStore
from evallib.slice_store import SliceStore
from evallib.workspace import Workspace
from ui.jobs import JobPool


@functools.cache
def workspace() -> Workspace:
    """The folders below EVALLIB_HOME."""
    return Workspace.from_environment()


@functools.cache
def run_store() -> RunStore:
    """Every run on disk."""
    return RunStore(workspace().runs)


@functools.cache
def slice_store() -> SliceStore:
    """Every set of slices on disk."""
    return SliceStore(workspace().slices)


@functools.cache
def jobs() -> JobPool:
    """The background processes, started."""
    pool = JobPool()
    pool.start()
    return pool
