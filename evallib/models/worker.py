"""The worker process from its first line: it confines itself before anything that it does not know is imported."""

from __future__ import annotations

import importlib
import socket

from evallib.models.protocol import READY, send
from evallib.models.semaphores import use_thread_semaphores
from evallib.sandbox.confinement import confine


def main(channel: str, parent: str, memory_mb: str, layers: str, work: str) -> None:
    """Nothing; serves the parent at the other end of the channel until it hangs up.

    work: the module whose `serve` does it.
    """
    line = socket.socket(fileno=int(channel))
    try:
        confine(int(parent), int(memory_mb), layers.split())
        use_thread_semaphores()
        # Imported only now: numpy starts threads, and the confinement must be there before them.
        serve = importlib.import_module(f"evallib.models.{work}").serve
    except Exception as error:
        send(line, {"failed": f"{type(error).__name__}: {error}"})
        raise
    send(line, READY)
    serve(line, layers.split())
