"""The process that reads one upload: bounded before it looks at a byte, and gone when it has answered.

python -m evallib.reader PARENT
in   {"file": ..., "name": ..., "folder": ..., "limits": {...}}
out  {"step": 0}, {"step": 1}, ..., and at last {"done": true} or {"refused": "One sentence."}
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from evallib.core.errors import BadInput
from evallib.data import Limits, profile_table, read_table, write_arrow
from evallib.data.formats.file import DataFile
from evallib.files import write_tables
from evallib.ingestion import TABLE

PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38
"""Numbers of Linux's prctl.h."""


def main(parent: int, request: dict[str, Any]) -> None:
    """Read the file into the folder, and say how it went."""
    file = DataFile(Path(request["file"]), request["name"], Limits(**request["limits"]))
    say = _own_stdout()
    bound(parent, file)
    try:
        _read(file, Path(request["folder"]), say)
        say({"done": True})
    except BadInput as error:
        say({"refused": str(error)})
    except MemoryError:
        say({"refused": str(file.too_large())})


def bound(parent: int, file: DataFile) -> None:
    """Nothing; from now on this process ends with the one that started it, and its memory is bounded.

    A file that is mapped into memory takes addresses and no memory, so that it has as many as it needs.
    """
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        raise SystemExit("Whoever wanted this file is gone.")
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    os.umask(0o077)
    # Where the machine runs out of memory, it is this process that goes, not the server.
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    most = file.limits.read_memory_mb << 20
    with contextlib.suppress(OSError):
        most += file.path.stat().st_size
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _read(file: DataFile, folder: Path, say: Callable[[dict[str, Any]], None]) -> None:
    say({"step": 0})
    table = read_table(file.path, file.limits, file.name)
    say({"step": 1})
    profile = profile_table(table)
    say({"step": 2})
    write_tables(folder, profile.tables())
    write_arrow(table, folder / TABLE)


def _own_stdout() -> Callable[[dict[str, Any]], None]:
    """What says a message; print() and C libraries write to stderr from now on."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    sys.stdout = sys.stderr

    def say(message: dict[str, Any]) -> None:
        answers.write(json.dumps(message) + "\n")
        answers.flush()

    return say


if __name__ == "__main__":
    asked = sys.stdin.readline()
    if asked:
        main(int(sys.argv[1]), json.loads(asked))
