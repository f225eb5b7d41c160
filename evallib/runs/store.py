"""Every run below one folder: list, open, create, delete."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from evallib.core.errors import BadInput
from evallib.core.finding import Outcome
from evallib.runs.record import RunRecord, State
from evallib.runs.run import INTERRUPTED, Run
from evallib.runs.writer import RUN_FILE, RunWriter

ID = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9a-f]{8}")
"""When the run was made, in UTC, and what tells it from others of the same second."""


def new_run_id() -> str:
    """An id that no run has; later ones sort after earlier ones."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{uuid.uuid4().hex[:8]}"


def created(run_id: str) -> datetime:
    """When the run of this id was made."""
    return datetime.strptime(run_id[:15], "%Y%m%d-%H%M%S").replace(tzinfo=UTC)


class RunStore:
    """The runs in the folders below one folder; a damaged one spoils nothing but itself."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def create(self, run_id: str | None = None) -> Path:
        """The folder of a new run that waits to be computed by `evaluate`."""
        folder = self.folder_of(run_id or new_run_id())
        folder.mkdir(mode=0o700, parents=True)
        RunWriter(folder, RunRecord()).note(state="waiting")
        return folder

    def ids(self) -> Sequence[str]:
        """The ids of all runs, newest first."""
        if not self.folder.is_dir():
            return []
        with os.scandir(self.folder) as entries:
            return sorted((entry.name for entry in entries if ID.fullmatch(entry.name)), reverse=True)

    def has(self, run_id: str) -> bool:
        """Whether there is a run with this id."""
        return ID.fullmatch(run_id) is not None and (self.folder / run_id).is_dir()

    def get(self, run_id: str) -> Run:
        """The run with this id. Raises `BadInput` where there is none, or where it is damaged."""
        folder = self.folder_of(run_id)
        if not folder.is_dir():
            raise BadInput(f"There is no run {run_id}; it may have been deleted.")
        return Run.open(folder)

    def changed(self, run_id: str) -> float:
        """When the run last changed, in seconds since 1970; 0 where there is none."""
        try:
            return (self.folder_of(run_id) / RUN_FILE).stat().st_mtime
        except OSError:
            return 0.0

    def give_up_waiting(self) -> None:
        """Say of every run that waits that it has failed: for the start of a server, whose queue is empty."""
        for run_id in self.ids():
            with contextlib.suppress(BadInput):
                if self.get(run_id).state == "waiting":
                    self.end(run_id, "failed", INTERRUPTED)

    def end(self, run_id: str, state: State, reason: str) -> None:
        """Say how a run ended whose process can no longer do so, such as one that was cancelled."""
        run = self.get(run_id)
        RunWriter(run.folder, run.details).note(state=state, reason=reason)

    def delete(self, run_id: str) -> None:
        """Remove the run from the disk; nothing where there is none."""
        folder = self.folder_of(run_id)
        shutil.rmtree(folder, ignore_errors=True)
        if folder.exists():
            raise BadInput(f"The run {run_id} cannot be deleted; check the permissions of {self.folder}.")

    def list(self) -> pd.DataFrame:
        """One row per run, newest first: id, name, created, state, reason, rows, models, issues.

        A run that cannot be read is listed as failed, with the reason.
        """
        columns = ["id", "name", "created", "state", "reason", "rows", "models", "issues"]
        return pd.DataFrame([self._row(run_id) for run_id in self.ids()], columns=columns)

    def _row(self, run_id: str) -> dict[str, Any]:
        row = {"id": run_id, "created": created(run_id)}
        try:
            run = self.get(run_id)
        except BadInput as error:
            return row | {"name": run_id, "state": "failed", "reason": str(error), "rows": 0, "models": "", "issues": 0}
        return row | {
            "name": run.name,
            "state": run.state,
            "reason": run.reason,
            "rows": run.details.rows,
            "models": ", ".join(run.models),
            "issues": sum(one.outcome is Outcome.ISSUE for one in run.found()),
        }

    def folder_of(self, run_id: str) -> Path:
        """The folder that a run of this id has, or would have. Raises `BadInput` for what is no id."""
        if not ID.fullmatch(run_id):
            raise BadInput("A run's id looks like 20260131-235959-0123abcd.")
        return self.folder / run_id
