"""The folders below EVALLIB_HOME: uploads, runs, sets of slices. Names that users give are only ever shown."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, Self

from evallib.core.errors import BadInput
from evallib.core.progress import Progress, no_progress
from evallib.data import plain
from evallib.disk import check_room
from evallib.files import write_text
from evallib.ingestion import TABLE, Ingestion, ingest_apart
from evallib.plan import EvaluationPlan

Kind = Literal["data", "models"]

ID = re.compile(r"[0-9a-f]{32}")
META = "meta.json"
LONGEST_NAME = 200


@dataclass(frozen=True)
class Stored:
    """A file that a user brought.

    name: what the user calls it, text for display only.     path: where it lies, under a name of our own.
    added: when, in ISO 8601.                                details: what was found out about it, as plain data.
    """

    id: str
    name: str
    path: Path
    added: str
    details: dict[str, Any]


class Workspace:
    """Folders that only this user of the system may enter."""

    def __init__(self, home: Path) -> None:
        self.home = home.absolute()
        self.runs = self.home / "runs"
        self.incoming = self.home / "incoming"
        self.slices = self.home / "slices"
        for folder in (self.home, self.runs, self.incoming, self.slices, self.home / "data", self.home / "models"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    @classmethod
    def from_environment(cls) -> Self:
        """The workspace in EVALLIB_HOME, by default `.evallib` below the current directory."""
        return cls(Path(os.environ.get("EVALLIB_HOME") or ".evallib"))

    def check_room(self) -> None:
        """Raise `BadInput` where the disk, or the part of it that the operator allows, is used up."""
        check_room(self.home)

    def stored(self, kind: Kind) -> list[Stored]:
        """Everything of a kind, newest first; what is damaged is left out."""
        folders = (entry for entry in (self.home / kind).iterdir() if ID.fullmatch(entry.name))
        found = [one for folder in folders if (one := _read(folder)) is not None]
        return sorted(found, key=lambda one: one.added, reverse=True)

    def get(self, kind: Kind, stored_id: str) -> Stored:
        """The file with this id. Raises `BadInput` where there is none."""
        found = _read(self.home / kind / stored_id) if ID.fullmatch(stored_id) else None
        if found is None:
            raise BadInput("This file is no longer there; upload it again.")
        return found

    def delete(self, kind: Kind, stored_id: str) -> None:
        """Remove the file and what was found out about it."""
        shutil.rmtree(self.get(kind, stored_id).path.parent, ignore_errors=True)

    def ingest(self, file: Path, name: str, progress: Progress = no_progress) -> Stored:
        """Read an uploaded table and keep it with the tables of its profile.

        Raises `BadInput` with one sentence where the file is no table; nothing is kept then.
        """
        name = _shown(name)

        def fill(folder: Path) -> dict[str, Any]:
            return ingest_apart(Ingestion(file, name, folder), progress)

        return self._keep("data", name, TABLE, fill)

    def keep_model(self, file: Path, name: str) -> Stored:
        """Keep a copy of an uploaded model file, unread."""
        name = _shown(name)
        target = f"model{_suffix(name)}"

        def fill(folder: Path) -> dict[str, Any]:
            shutil.copyfile(file, folder / target)
            return {"sha256": sha256(folder / target), "bytes": (folder / target).stat().st_size}

        return self._keep("models", name, target, fill)

    def note(self, kind: Kind, stored_id: str, /, **details: Any) -> Stored:
        """Keep something more that was found out about a file."""
        stored = self.get(kind, stored_id)
        changed = replace(stored, details=stored.details | details)
        _write(changed)
        return changed

    def _keep(self, kind: Kind, name: str, target: str, fill: Callable[[Path], dict[str, Any]]) -> Stored:
        stored_id = uuid.uuid4().hex
        folder = self.home / kind / stored_id
        folder.mkdir(mode=0o700)
        try:
            details = fill(folder)
            stored = Stored(stored_id, name, folder / target, datetime.now(UTC).isoformat(), details)
            _write(stored)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return stored

    def localised(self, plan: EvaluationPlan, own: Collection[str]) -> EvaluationPlan:
        """The plan of an opened evaluation.yaml, every file in it replaced by the newest stored one of that name.

        own: the ids of the stored files that are looked at, so that a plan can never reach what somebody else brought.
        Raises `BadInput` for the first file that is missing.
        """
        return _with_files(plan, lambda kind, path: self._newest(kind, path, own))

    def _newest(self, kind: Kind, path: Path, own: Collection[str]) -> Path:
        for stored in self.stored(kind):
            if stored.id in own and stored.name == path.name:
                return stored.path
        raise BadInput(f"{path.name} is needed for this evaluation; upload it first, then open the plan again.")


def portable_plan(plan: EvaluationPlan) -> EvaluationPlan:
    """The plan with every stored file under the name that its owner knows, for an evaluation.yaml to hand out."""
    return _with_files(plan, lambda _, path: Path(display_name(path)))


def display_name(path: Path) -> str:
    """What the user calls the file: the name that it was brought under, or its own where the user put it there."""
    stored = _read(path.parent) if ID.fullmatch(path.parent.name) else None
    return stored.name if stored is not None else path.name


def is_ingested(path: Path) -> bool:
    """True for a table that `Workspace.ingest` wrote."""
    return path.name == TABLE and _read(path.parent) is not None


def sha256(path: Path) -> str:
    """The hash of a file's content, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _with_files(plan: EvaluationPlan, place: Callable[[Kind, Path], Path]) -> EvaluationPlan:
    data = plan.data
    changed: dict[str, Path] = {"path": place("data", data.path)}
    if data.training is not None:
        changed["training"] = place("data", data.training)
    systems = tuple(
        system if system.model is None else system.model_copy(update={"model": place("models", system.model)})
        for system in plan.systems
    )
    return plan.model_copy(update={"data": data.model_copy(update=changed), "systems": systems})


def _shown(name: str) -> str:
    """The name without folders and control characters, short enough to show."""
    return plain(name.replace("\\", "/").rsplit("/", 1)[-1], LONGEST_NAME) or "unnamed"


def _suffix(name: str) -> str:
    """The ending of the name where it is a plain one, for the format's sake."""
    found = re.search(r"\.[A-Za-z0-9]{1,10}$", name)
    return found[0].lower() if found else ""


def _read(folder: Path) -> Stored | None:
    try:
        meta = json.loads((folder / META).read_text(encoding="utf-8"))
        stored = Stored(folder.name, meta["name"], folder / meta["file"], meta["added"], meta["details"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return stored if stored.path.parent == folder and stored.path.is_file() else None


def _write(stored: Stored) -> None:
    meta = {"name": stored.name, "file": stored.path.name, "added": stored.added, "details": stored.details}
    write_text(stored.path.parent / META, json.dumps(meta, indent=1, ensure_ascii=False, allow_nan=False))
