"""A run that is being computed: its folder grows, and whoever reads it meanwhile finds every file whole."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evallib.files import write_tables, write_text
from evallib.runs.record import MethodRecord, RunRecord, VariationRecord

if TYPE_CHECKING:
    import pandas as pd

RUN_FILE, VARIATION_FILE = "run.json", "variation.json"


class RunWriter:
    """The only writer of a run's folder. `record` is what run.json says; it is written anew at every change.

    Several threads may write at once.
    """

    def __init__(self, folder: Path, record: RunRecord) -> None:
        self.folder = folder
        self.record = record
        self._lock = threading.RLock()

    def note(self, **changes: Any) -> None:
        """Change fields of the record and write it."""
        with self._lock:
            self.record = RunRecord.model_validate(dict(self.record) | changes)
            write_text(self.folder / RUN_FILE, self.record.model_dump_json(indent=1))

    def note_method(self, key: str, method: MethodRecord, tables: Mapping[str, pd.DataFrame]) -> None:
        """Write the tables of a method, then its part of the record."""
        write_tables(self.folder / method.folder, tables, prefix=f"{key}.")
        with self._lock:
            self.note(methods=self.record.methods | {key: method})


def write_variation(folder: Path, record: VariationRecord, tables: Mapping[str, pd.DataFrame]) -> None:
    """Write the tables of a variation below the run's `folder`, then its record, which makes it exist."""
    target = folder / record.folder
    write_tables(target, tables, prefix=f"{record.variation.method}.")
    write_text(target / VARIATION_FILE, record.model_dump_json(indent=1))
