"""The worker process from its first line: it confines itself before anything that it does not know is imported."""

from __future__ import annotations

import socket

from evallib.models.confinement import confine


def main(channel: str, parent: str, memory_mb: str) -> None:
    """Nothing; serves the parent at the other end of the channel until it hangs up."""
    confine(int(parent), int(memory_mb))
    # Imported only now: numpy starts threads, and a confinement must be there before them.
    from evallib.models.serving import serve  # noqa: PLC0415

    serve(socket.socket(fileno=int(channel)))
