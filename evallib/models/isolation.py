"""How well this machine can lock a model in, found out by trying, and which files are accepted there.

A: seccomp and Landlock hold.   B: seccomp alone holds.   C: neither, or Landlock alone; a model's code could leave.
"""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import BaseModel, ValidationError

from evallib.core.errors import BadInput
from evallib.models.limits import LAYERS, Layer, Level, Limits, unsafe_local
from evallib.models.process import WorkerFailure, WorkerProcess

OF_LANDLOCK = frozenset({"read a file", "write a file", "start a program"})
"""The attempts that every version of Landlock stops by itself; seccomp stops all."""

SECONDS = 30.0
MEMORY_MB = 512


@dataclass(frozen=True)
class LayerState:
    """Whether a layer of the kernel holds here, and why not."""

    layer: Layer
    on: bool
    why: str


@dataclass(frozen=True)
class Isolation:
    """The level of isolation, and the layers that it follows from."""

    level: Level
    layers: tuple[LayerState, ...]

    @property
    def why(self) -> str:
        """Why the level is no better; empty on level A."""
        return "; ".join(state.why for state in self.layers if not state.on)


class _Outcome(BaseModel):
    """Which attempts succeeded before and after seccomp locked the worker, and why it did not."""

    before: list[str]
    after: list[str]
    failure: str


_known: dict[tuple[Layer, ...], Isolation] = {}
_lock = threading.Lock()


def find_isolation(layers: tuple[Layer, ...] = LAYERS) -> Isolation:
    """How models are isolated here: a worker without a model tries what it must not be able to do.

    It takes a tenth of a second, once per process. Where the trial itself fails, the level is C until the next call.

    layers: those that are used; fewer only to see that the level follows.
    """
    with _lock:
        if layers not in _known:
            try:
                _known[layers] = _judge(_try(layers), layers)
            except (BadInput, WorkerFailure, ValidationError, OSError) as error:
                why = f"no worker could be tried ({error})"
                return Isolation("C", tuple(LayerState(layer, False, why) for layer in LAYERS))
        return _known[layers]


def accept_code(name: str) -> None:
    """Nothing. Raises `BadInput` where a file that runs code when it is loaded could not be kept in."""
    found = find_isolation()
    if found.level == "C" and not unsafe_local():
        raise BadInput(
            f"{name} is a program, and this server cannot lock it in: {found.why}; save the model as skops or ONNX, or"
            " ask the operator for a kernel with seccomp (on a machine of your own, served to that machine alone,"
            " EVALLIB_UNSAFE_LOCAL=1 accepts it unprotected)."
        )


def unprotected() -> bool:
    """Whether code from model files runs unprotected here: the operator asked for it, and nothing locks it in."""
    return unsafe_local() and find_isolation().level == "C"


def _try(layers: tuple[Layer, ...]) -> _Outcome:
    if sys.platform != "linux":
        raise BadInput(f"{sys.platform} has neither Landlock nor seccomp")
    with TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as server:
        outside = Path(folder, "outside")
        outside.write_text("x")
        worker = WorkerProcess(MEMORY_MB, layers, "probes")
        try:
            worker.await_start(Limits.start_seconds)
            message = {"file": str(outside), "port": server.getsockname()[1]}
            return _Outcome.model_validate_json(worker.ask(message, seconds=SECONDS))
        finally:
            worker.close()


def _judge(outcome: _Outcome, layers: Collection[Layer]) -> Isolation:
    could = {
        "landlock": [attempt for attempt in outcome.before if attempt in OF_LANDLOCK],
        "seccomp": outcome.after,
    }
    states = tuple(_state(layer, could[layer], outcome.failure, layers) for layer in LAYERS)
    landlock, seccomp = (state.on for state in states)
    return Isolation("C" if not seccomp else "A" if landlock else "B", states)


def _state(layer: Layer, could: list[str], failure: str, layers: Collection[Layer]) -> LayerState:
    name = {"landlock": "Landlock", "seccomp": "seccomp"}[layer]
    if not could:
        return LayerState(
            layer, True, f"With {name}, a process that tried could leave in none of the ways that it stops"
        )
    reason = f" ({failure})" if failure and layer == "seccomp" else ""
    off = "is switched off" if layer not in layers else f"does not hold{reason}"
    return LayerState(layer, False, f"{name} {off}: a process that tried could {', '.join(could)}")
