from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from toy import TOY, ToyResult, find_toy

from evallib.core.method import Method
from evallib.core.result import Basis
from evallib.methods import METHODS
from evallib.runs import MethodRecord, RunRecord
from evallib.runs.writer import RunWriter

PLAN = {"version": 1, "name": "Loans", "data": {"path": "loans.csv", "target": "paid"}}


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> Method:
    """The toy method, alone in the registry."""
    monkeypatch.setattr("evallib.methods.METHODS", METHODS)
    for key in list(METHODS):
        monkeypatch.delitem(METHODS, key)
    monkeypatch.setitem(METHODS, "toy", TOY)
    return TOY


@pytest.fixture
def result() -> ToyResult:
    return ToyResult(Basis(3, 4), pd.DataFrame({"model": ["a", "b"], "n": [3, 3], "share": [0.25, 0.75]}))


@pytest.fixture
def write_run(toy: Method, result: ToyResult) -> Callable[[Path], RunWriter]:
    """Writes a finished run with one result into a folder."""

    def write(folder: Path) -> RunWriter:
        folder.mkdir(parents=True, exist_ok=True)
        writer = RunWriter(folder, RunRecord(plan=PLAN))
        record = MethodRecord(
            outcome="issue",
            params={"factor": 1, "fail": ""},
            basis=result.basis,
            findings=[replace(finding, method="toy") for finding in find_toy(result)],
            seconds=0.5,
        )
        writer.note_method("toy", record, result.tables())
        writer.note(
            state="done",
            task="binary",
            classes=("no", "yes"),
            positive="yes",
            rows=3,
            systems=[{"name": "a", "role": "candidate"}, {"name": "b", "role": "human"}],
        )
        return writer

    return write
