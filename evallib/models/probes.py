"""What a worker tries, to find out what it is kept from: each attempt is harmless, and most would succeed unconfined.

Runs in a worker that gets no model: first with Landlock alone, then with seccomp as well.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Collection
from pathlib import Path

from evallib.models.protocol import receive, send
from evallib.sandbox.confinement import lock


def serve(channel: socket.socket, layers: Collection[str]) -> None:
    """Nothing; the parent was told which attempts succeeded before and after the lock, and why it did not close."""
    message, _ = receive(channel)
    attempts = _attempts(Path(message["file"]), message["port"])
    before = [name for name, attempt in attempts.items() if _succeeds(attempt)]
    failure = ""
    try:
        lock(layers)
    except OSError as error:
        failure = str(error.strerror)
    after = [name for name, attempt in attempts.items() if _succeeds(attempt)]
    send(channel, {"before": before, "after": after, "failure": failure})


def _attempts(outside: Path, port: int) -> dict[str, Callable[[], object]]:
    """By what they do, in the words of a sentence about a process that could do it."""
    return {
        "read a file": outside.read_bytes,
        "write a file": lambda: outside.with_suffix(".written").touch(),
        "connect to a server": lambda: socket.create_connection(("127.0.0.1", port), 5).close(),
        "start a program": _start_program,
        "fork": _fork,
        "signal its parent": lambda: os.kill(os.getppid(), 0),
        "look for a file": outside.stat,
    }


def _start_program() -> None:
    program = [sys.executable, "-I", "-S", "-c", ""]
    child = os.posix_spawn(sys.executable, program, {})
    if os.waitpid(child, 0)[1]:
        raise OSError


def _fork() -> None:
    child = os.fork()
    if not child:
        os._exit(0)
    os.waitpid(child, 0)


def _succeeds(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except OSError:
        return False
    return True
