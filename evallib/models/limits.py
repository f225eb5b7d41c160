"""How much a model may use, and what the operator of a server can change about it."""

from __future__ import annotations

import os
from dataclasses import dataclass

from evallib.core.errors import BadInput


@dataclass(frozen=True)
class Limits:
    """What one model may use.

    memory_mb: resident memory of its process in MB.
    seconds: time to load, and time for each answer to at most `scoring.MOST_ROWS` rows.
    start_seconds: time for an empty worker to start.
    """

    memory_mb: int = 4096
    seconds: float = 120.0
    start_seconds: float = 60.0

    @classmethod
    def from_environment(cls) -> Limits:
        """The limits that EVALLIB_MODEL_MEMORY_MB and EVALLIB_MODEL_SECONDS set, else the defaults."""
        return cls(
            memory_mb=int(_number("EVALLIB_MODEL_MEMORY_MB", cls.memory_mb)),
            seconds=_number("EVALLIB_MODEL_SECONDS", cls.seconds),
        )


def pickle_allowed() -> bool:
    """Whether pickle and joblib files are accepted; EVALLIB_ALLOW_PICKLE=0 switches them off."""
    return os.environ.get("EVALLIB_ALLOW_PICKLE", "1").strip().lower() not in {"0", "false", "no"}


def _number(variable: str, default: float) -> float:
    text = os.environ.get(variable, "")
    try:
        number = float(text) if text else default
    except ValueError:
        number = -1.0
    if not 0 < number < float("inf"):
        raise BadInput(f"The environment variable {variable} must be a number above 0; it is {text!r}.")
    return number
