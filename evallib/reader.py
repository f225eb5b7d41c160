"""The process that reads one upload: bounded and locked before it looks at a byte, and gone when it has answered.

in   {"file": ..., "name": ..., "folder": ..., "limits": {...}}
out  {"step": 0}, {"step": 1}, ..., and at last {"done": true} or {"refused": "One sentence."}
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from evallib.core.errors import BadInput
from evallib.data import Limits, profile_table, read_table, write_arrow
from evallib.data.formats.file import DataFile
from evallib.error_log import log_as_json
from evallib.files import write_tables
from evallib.ingestion import TABLE
from evallib.sandbox import landlock, seccomp
from evallib.sandbox.confinement import end_before, gain_no_privileges, limit, python_files
from evallib.sandbox.syscalls import WITH_FILES


def serve(parent: int) -> None:
    """Nothing; waits for a request, and reads the file that it names."""
    log_as_json()
    asked = sys.stdin.readline()
    if asked:
        main(parent, json.loads(asked))


def main(parent: int, request: dict[str, Any]) -> None:
    """Read the file into the folder, and say how it went."""
    file, folder = (
        DataFile(Path(request["file"]), request["name"], Limits(**request["limits"])),
        Path(request["folder"]),
    )
    say = _own_stdout()
    bound(parent, file)
    lock(file.path, folder)
    try:
        _read(file, folder, say)
        say({"done": True})
    except BadInput as error:
        say({"refused": str(error)})
    except MemoryError:
        say({"refused": str(file.too_large())})


def bound(parent: int, file: DataFile) -> None:
    """Nothing; from now on this process ends with the one that started it, and its memory is bounded.

    A file that is mapped into memory takes addresses and no memory, so that it has as many as it needs.
    """
    end_before(parent)
    os.umask(0o077)
    most = file.limits.read_memory_mb << 20
    with contextlib.suppress(OSError):
        most += file.path.stat().st_size
    limit(resource.RLIMIT_AS, most)
    limit(resource.RLIMIT_CORE, 0)


def lock(file: Path, folder: Path) -> None:
    """Nothing; from now on this process reads the file alone, writes into the folder alone, and reaches nobody.

    Each layer holds where the kernel has it: Landlock bounds the files, seccomp takes network, programs and other
    processes. Where it has neither, the file is read all the same, for a data file holds no code.
    """
    gain_no_privileges()
    if landlock.version():
        landlock.keep_only([*python_files(), file], [folder])
    if seccomp.available():
        seccomp.lock(WITH_FILES)


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
