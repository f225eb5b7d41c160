"""How much a model may use, and what the operator of a server can change about it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Literal

from evallib.core.errors import BadInput

UNSAFE_LOCAL = "EVALLIB_UNSAFE_LOCAL"
MODELS_MEMORY = "EVALLIB_MODELS_MEMORY_MB"

Layer = Literal["landlock", "seccomp"]

Level = Literal["A", "B", "C"]
"""How well a machine can lock models in, from two layers that hold to none; see `isolation`."""

LAYERS: tuple[Layer, ...] = ("landlock", "seccomp")
"""The layers of the kernel that a worker locks itself in with, in the order in which it does."""


@dataclass(frozen=True)
class Limits:
    """What one model may use.

    memory_mb: resident memory of its process in MB.
    seconds: time to load, and time for each answer to at most `chunks.MOST_ROWS_OF_NUMBERS` rows.
    start_seconds: time for an empty worker to start. It computes for two, and gives way to all that is not a model.
    total_mb: memory of all models at once, also those of other processes with this setting; 0 where it is not bounded.
    layers: those of the kernel that lock the worker in; fewer only to see what a layer is good for.
    """

    memory_mb: int = 4096
    seconds: float = 120.0
    start_seconds: float = 120.0
    total_mb: int = 0
    layers: tuple[Layer, ...] = LAYERS

    @classmethod
    def from_environment(cls) -> Limits:
        """The limits that the environment sets (the variables are in the README), else the defaults."""
        return cls(
            total_mb=int(_number(MODELS_MEMORY, 0)) if os.environ.get(MODELS_MEMORY) else 0,
            memory_mb=int(_number("EVALLIB_MODEL_MEMORY_MB", cls.memory_mb)),
            seconds=_number("EVALLIB_MODEL_SECONDS", cls.seconds),
        )


def pickle_allowed() -> bool:
    """Whether pickle and joblib files are accepted; EVALLIB_ALLOW_PICKLE=0 switches them off."""
    return os.environ.get("EVALLIB_ALLOW_PICKLE", "1").strip().lower() not in {"0", "false", "no"}


def unsafe_local() -> bool:
    """Whether EVALLIB_UNSAFE_LOCAL=1 accepts files that run code where nothing can lock them in.

    For a person's own machine: a server that others can reach takes the variable away from its processes.
    """
    return os.environ.get(UNSAFE_LOCAL, "").strip().lower() in {"1", "true", "yes"}


def _number(variable: str, default: float) -> float:
    text = os.environ.get(variable, "")
    try:
        number = float(text) if text else default
    except ValueError:
        number = -1.0
    if not 0 < number < float("inf"):
        raise BadInput(f"The environment variable {variable} must be a number above 0; it is {text!r}.")
    return number
