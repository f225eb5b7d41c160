"""A data set that was brought: its file, its profile, and what is guessed from that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from evallib.core.result import Basis
from evallib.data import TableProfile, guess_source, guess_systems
from evallib.files import read_tables
from ui.services import workspace

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from evallib.data import DataSource, System
    from evallib.workspace import Stored


@dataclass(frozen=True, eq=False)
class Dataset:
    """A stored table and its profile; the table itself stays on disk."""

    stored: Stored
    profile: TableProfile

    @property
    def id(self) -> str:
        """What the address calls it."""
        return self.stored.id

    @property
    def name(self) -> str:
        """What its owner calls it."""
        return self.stored.name

    @property
    def rows(self) -> int:
        """The number of rows."""
        return self.profile.basis.rows

    @property
    def draft(self) -> Path:
        """Where the evaluation that is being put together is kept."""
        return self.stored.path.parent / "draft.yaml"

    @property
    def columns(self) -> list[str]:
        """The names of the columns, in order."""
        return [str(name) for name in self.profile.columns["column"]]

    @property
    def warnings(self) -> list[str]:
        """What is odd, in sentences."""
        return [str(text) for text in self.profile.warnings["warning"]]

    def guess(self, target: str | None = None) -> DataSource:
        """What the columns are probably for."""
        return guess_source(self.profile, self.stored.path, target)

    def guess_systems(self, target: str) -> Sequence[System]:
        """The columns that probably hold somebody's answers."""
        return guess_systems(self.profile, target)

    def classes(self, target: str) -> list[str]:
        """The values of the target, as names."""
        return sorted(self.profile.counts(target))


@st.cache_resource(max_entries=64, show_spinner=False)
def dataset(data_id: str) -> Dataset:
    """The data set with this id. Raises `BadInput` where there is none."""
    stored = workspace().get("data", data_id)
    tables = read_tables(stored.path.parent, list(TableProfile.schemas()))
    rows = int(stored.details["rows"])
    return Dataset(stored, TableProfile.from_tables(Basis(rows, rows), tables))
