"""Where one run of the suite keeps what its tests share: a victim, an inherited file, models, and the controls."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from attack import LIMITS, Outcome, Shell, in_the_open, on_loading, strays
from model_files import within, write_source
from payload import Payload
from stage import SECRET, Stage, Victim

from evallib.models import bind_model, open_model, spares

HONEST = """
class Model:
    def predict(self, rows):
        return rows["a"] * 2
"""

PATIENCE = 0.15
"""Seconds in which a victim feels what was done to it."""


class Arena:
    """Everything around the payloads, kept from the first to the last of them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count()
        self._victim = Victim()
        self._controls: dict[str, tuple[Outcome, list[str]]] = {}
        (folder / "inherited").write_bytes(SECRET)
        self.inherited = os.open(folder / "inherited", os.O_RDONLY)
        os.set_inheritable(self.inherited, True)
        self.shell = Shell(folder)
        self._bystander = open_model(write_source(HONEST, folder / "honest.pkl"), "H", LIMITS)

    @contextlib.contextmanager
    def stage(self, **bounds: Any) -> Iterator[Stage]:
        """A new stage."""
        if self._victim.hurt():
            self._victim.close()
            self._victim = Victim()
        facts = {"inherited": self.inherited, "other_model": self._bystander.pid, **bounds}
        stage = Stage(self._folder / str(next(self._numbers)), self._victim, facts)
        try:
            yield stage
        finally:
            stage.close()

    def prove(self, payload: Payload, **bounds: Any) -> None:
        """Nothing, where the payload succeeds without any layer. Skips the test where this machine is the reason."""
        if payload.name not in self._controls:
            self._controls[payload.name] = self._control(payload, bounds)
        outcome, harm = self._controls[payload.name]
        if payload.needs and not (outcome.succeeded or harm):
            pytest.skip(f"{payload.name} needs {payload.needs}; without any layer: {outcome.why}.")
        assert outcome.succeeded or harm, f"The payload fails without any layer: {outcome.why}"

    def _control(self, payload: Payload, bounds: dict[str, Any]) -> tuple[Outcome, list[str]]:
        with self.stage(**bounds) as stage:
            with (
                (stage.folder / "log.txt").open() as model,
                os.fdopen(os.memfd_create("room", os.MFD_ALLOW_SEALING), "wb") as room,
            ):
                outcome = in_the_open(payload, stage, (self.inherited, model.fileno(), room.fileno()))
            return outcome, stage.harm(patience(payload))

    def ask(self, payload: Payload) -> tuple[Outcome, list[str]]:
        """The outcome and the harm where the model tries the payload when it is asked."""
        with self.stage() as stage:
            outcome = self.shell.run(payload.program(stage.description()))
            # One that the kernel refused has changed nothing in its process, which the next may have.
            if payload.alone and not outcome.refused:
                self.shell.close()
            return outcome, stage.harm(patience(payload))

    def load(self, payloads: list[Payload]) -> tuple[dict[str, Outcome], list[str]]:
        """The outcomes and the harm where a model file tries the payloads when it is loaded."""
        with self.stage() as stage:
            programs = [payload.program(stage.description()) for payload in payloads]
            outcomes = on_loading(programs, stage.folder / "model.pkl", stage.begin)
            harm = stage.harm(PATIENCE)
        return {payload.name: outcome for payload, outcome in zip(payloads, outcomes, strict=True)}, harm

    def check_peace(self) -> None:
        """Nothing; asserts that no process is left over, and that a model of another session goes on answering."""
        assert within(1.0, lambda: not strays(self._known())), "A process was left behind."
        rows = pd.DataFrame({"a": [1.0, 2.0]})
        assert list(bind_model(self._bystander, rows, (), "regression").predict(rows).value) == [2.0, 4.0]

    def _known(self) -> set[int]:
        waiting = {worker.pid for _, worker in spares._spares._waiting}
        return waiting | {self._bystander.pid, self.shell.pid}

    def close(self) -> None:
        self.shell.close()
        self._bystander.close()
        self._victim.close()
        os.close(self.inherited)


def patience(payload: Payload) -> float:
    """How long harm may need to show."""
    return PATIENCE if "victim" in payload.source else 0.0
