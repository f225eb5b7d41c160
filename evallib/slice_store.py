"""The saved sets of slices: one small file each, below the workspace, under a name of ours."""

from __future__ import annotations

import contextlib
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from evallib.core.errors import BadInput
from evallib.disk import check_room
from evallib.files import write_text, writing
from evallib.slice_set import SliceSet

ID = re.compile(r"[0-9a-f]{32}")
MOST_SETS = 200


@dataclass(frozen=True)
class StoredSet:
    """A set, and the id under which it is kept."""

    id: str
    content: SliceSet


class SliceStore:
    """The sets in the files of one folder, no two of one name; a damaged file spoils nothing but itself."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def all(self) -> list[StoredSet]:
        """Every set, by its name."""
        found = [one for path in self.folder.glob("*.json") if (one := _read(path)) is not None]
        return sorted(found, key=lambda one: one.content.name.casefold())

    def get(self, set_id: str) -> SliceSet:
        """The set with this id. Raises `BadInput` where there is none."""
        found = _read(self._path(set_id))
        if found is None:
            raise BadInput("This set of slices is no longer there; somebody has deleted it.")
        return found.content

    def add(self, content: SliceSet) -> str:
        """The id of a new set. Raises `BadInput` where its name is taken, or there is no room for more."""
        with writing(self.folder):
            if len(self.all()) >= MOST_SETS:
                raise BadInput(f"There are {MOST_SETS} sets of slices already; delete one first.")
            return self._keep(uuid.uuid4().hex, content)

    def change(self, set_id: str, change: Callable[[SliceSet], SliceSet]) -> None:
        """Keep what the change makes of a set as it is now. Raises `BadInput` as `get`, `add` and the change do."""
        with writing(self.folder):
            self._keep(set_id, change(self.get(set_id)))

    def delete(self, set_id: str) -> None:
        """Remove a set. Raises `BadInput` where there is none."""
        self.get(set_id)
        with contextlib.suppress(FileNotFoundError):
            self._path(set_id).unlink()

    def _keep(self, set_id: str, content: SliceSet) -> str:
        names = {one.content.name.casefold() for one in self.all() if one.id != set_id}
        if content.name.casefold() in names:
            raise BadInput(f"There is a set “{content.name}” already; choose another name.")
        check_room(self.folder.parent)
        write_text(self._path(set_id), content.model_dump_json(indent=1))
        return set_id

    def _path(self, set_id: str) -> Path:
        if not ID.fullmatch(set_id):
            raise BadInput("There is no such set of slices.")
        return self.folder / f"{set_id}.json"


def _read(path: Path) -> StoredSet | None:
    try:
        return StoredSet(path.stem, SliceSet.model_validate_json(path.read_bytes()))
    except (OSError, ValidationError, BadInput):
        return None
