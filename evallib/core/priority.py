"""Who gets the processors first: the pages, then what is computed for them, then the models that are asked."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

COMPUTING, MODELS = 5, 10
"""Niceness of the processes that compute and of those that models run in; that of the server is 0."""


def lower_priority(pid: int, niceness: int) -> None:
    """Nothing; the process gives way to others of a lower niceness. It leads a session of its own.

    Linux may share the processors by sessions, whose niceness it then takes instead of the processes' own.
    """
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, niceness)
        Path(f"/proc/{pid}/autogroup").write_text(str(niceness), encoding="ascii")
