"""How the worker and its parent speak: a length, a JSON object, and descriptors that travel with it."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Mapping, Sequence
from typing import Any

LENGTH = struct.Struct("!I")
"""The head of a message: the number of bytes that follow."""

LONGEST = 8 << 20
"""The longest message in bytes; a longer one is taken for a lie."""

MOST_DESCRIPTORS = 2

READY = {"ready": True}
"""What a worker says when it waits for a model."""


def send(channel: socket.socket, message: Mapping[str, Any], descriptors: Sequence[int] = ()) -> None:
    """Nothing; the message is sent, and copies of the descriptors with it."""
    body = json.dumps(message).encode()
    data = LENGTH.pack(len(body)) + body
    sent = socket.send_fds(channel, [data], list(descriptors)) if descriptors else channel.send(data)
    if sent < len(data):  # Even nothing cannot be sent to a worker that has answered and ended in the meantime.
        channel.sendall(data[sent:])


def receive(channel: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """The next message and the descriptors that came with it; waits for as long as it takes.

    For the worker's side alone, which trusts its parent. Raises `EOFError` where the parent hung up.
    """
    data, descriptors, _, _ = socket.recv_fds(channel, 1 << 16, MOST_DESCRIPTORS)
    while len(data) < LENGTH.size or len(data) < LENGTH.size + LENGTH.unpack_from(data)[0]:
        more = channel.recv(1 << 16)
        if not more:
            raise EOFError
        data += more
    message: dict[str, Any] = json.loads(data[LENGTH.size :])
    return message, descriptors
