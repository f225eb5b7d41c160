"""Payloads tried: in a plain process without any layer, and in the worker of a model."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from payload import BROKEN, SUCCESS_BY_EXIT, Payload, write_loading, write_shell
from stage import VARIABLE, Stage

from evallib.core.errors import BadInput
from evallib.models import IsolatedModel, Limits, bind_model, open_model

LIMITS = Limits(memory_mb=700, seconds=20)

EVERY_ATTACK = "EVERY_ATTACK"

THOROUGH = pytest.mark.skipif(EVERY_ATTACK not in os.environ, reason="Set EVERY_ATTACK=1; together they take minutes.")
"""For what an attack in the default run tries in nearly the same way."""


@dataclass(frozen=True)
class Outcome:
    """How a payload went: what it reported (None where its process ended), and the parent's sentence."""

    reported: float | None
    sentence: str = ""

    @property
    def succeeded(self) -> bool:
        return self.reported == 1.0 or f"(exit code {SUCCESS_BY_EXIT})" in self.sentence

    @property
    def refused(self) -> bool:
        return self.reported is not None and BROKEN < self.reported < 0

    @property
    def broken(self) -> str:
        """What is wrong with the payload itself, which then proves nothing."""
        mistake = re.search(r"(Name|Syntax|Type|Attribute|Import|Module\w+|Key|Value|Runtime)Error.*", self.sentence)
        return mistake[0] if mistake else ("" if self.reported != BROKEN else "it raised")

    @property
    def why(self) -> str:
        if self.reported is None:
            return self.sentence
        return os.strerror(int(-self.reported)) if self.reported < 0 else "it had no effect"


def in_the_open(payload: Payload, stage: Stage, descriptors: tuple[int, ...]) -> Outcome:
    """The outcome in a plain process of the same interpreter, which nothing confines."""
    program = payload.program(stage.description()) + "\nprint(report())"
    done = subprocess.run(
        [sys.executable, "-I", "-c", program],
        env={**os.environ, VARIABLE: "x"},
        cwd="/",
        pass_fds=descriptors,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        start_new_session=True,
        check=False,
    )
    if done.returncode == 0:
        return Outcome(float(done.stdout.split()[-1]))
    return Outcome(None, f"(exit code {done.returncode}) {done.stderr[-300:]}")


class Shell:
    """A model that tries programs when it is asked, in a new worker whenever its worker has ended."""

    def __init__(self, folder: Path) -> None:
        self._path = write_shell(folder / "shell.pkl")
        self._model: IsolatedModel | None = None

    def run(self, program: str) -> Outcome:
        rows = pd.DataFrame({"program": [program]})
        if self._model is None or not self._model._worker.alive:
            self.close()
            self._model = open_model(self._path, "M", LIMITS)
        try:
            return Outcome(float(bind_model(self._model, rows, (), "regression").predict(rows).value[0]))
        except BadInput as error:
            return Outcome(None, str(error))

    @property
    def pid(self) -> int:
        return self._model.pid if self._model is not None else 0

    def close(self) -> None:
        if self._model is not None:
            self._model.close()
            self._model = None


def on_loading(programs: list[str], path: Path, begin: Callable[[], None]) -> list[Outcome]:
    """The outcomes of programs that a model file runs one after the other while it is loaded.

    begin: called when the file is written and not yet opened.
    """
    rows = pd.DataFrame({"a": range(len(programs))})
    write_loading(programs, path)
    begin()
    try:
        with open_model(path, "M", LIMITS) as model:
            reports = bind_model(model, rows, (), "regression").predict(rows).value
    except BadInput as error:
        return [Outcome(None, str(error))] * len(programs)
    return [Outcome(float(report)) for report in reports]


def strays(known: set[int]) -> list[int]:
    """The processes with the command line of a worker of this process that are not among the known ones."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if b"from evallib.models.worker import main" in b"".join(words) and str(os.getpid()).encode() in words:
                found.append(int(folder.name))
    return [pid for pid in found if pid not in known]
