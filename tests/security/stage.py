"""The place where payloads are tried: a folder, sockets on this machine alone, and a process to be hurt."""

from __future__ import annotations

import _ctypes
import contextlib
import ctypes
import hashlib
import os
import platform
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

SECRET = b"what nobody but its owner may read"

VARIABLE = "ATTACKS_SECRET"
"""The variable of this process's environment that no model may see."""

OWN_SECRET = ctypes.create_string_buffer(SECRET)
"""A secret in the memory of the process that opens the models."""

VICTIM = f"""
import ctypes, time
memory = ctypes.create_string_buffer({SECRET!r})
print(ctypes.addressof(memory), flush=True)
while True:
    time.sleep(0.05)
    if memory.value != {SECRET!r}:
        raise SystemExit(1)
"""


class Victim:
    """A process of the same user that waits; it ends when its memory is changed."""

    def __init__(self) -> None:
        self._process = subprocess.Popen([sys.executable, "-I", "-S", "-c", VICTIM], stdout=subprocess.PIPE, text=True)
        self.pid = self._process.pid
        self.address = int(self._process.stdout.readline())

    def hurt(self, patience: float = 0.0) -> bool:
        """Whether it ended, within so many seconds: an end needs a moment, and so does a look at the memory."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(patience)
        return self._process.returncode is not None

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


class Stage:
    """A folder with files to be read or changed, four listening sockets, and a victim; all belong to this test.

    facts: what else a payload is told.
    """

    def __init__(self, folder: Path, victim: Victim, facts: dict[str, Any]) -> None:
        self.folder = folder
        self._victim = victim
        self._facts = facts
        _fill(folder)
        self._sockets = {
            "port": _listening(socket.AF_INET, ("127.0.0.1", 0)),
            "udp": _bound(socket.AF_INET, ("127.0.0.1", 0)),
            "unix": _listening(socket.AF_UNIX, str(folder / "unix")),
            "datagrams": _bound(socket.AF_UNIX, str(folder / "datagrams")),
            "abstract": _listening(socket.AF_UNIX, f"\0{folder}"),
        }
        self.begin()

    def begin(self) -> None:
        """Nothing; from now on every change counts."""
        self._before = fingerprint(self.folder)

    def description(self) -> dict[str, Any]:
        """What a payload knows of the stage: more than an attacker would."""
        return {
            "folder": str(self.folder),
            "secret": SECRET,
            "variable": VARIABLE,
            "port": self._sockets["port"].getsockname()[1],
            "udp": self._sockets["udp"].getsockname()[1],
            "parent": os.getpid(),
            "parent_address": ctypes.addressof(OWN_SECRET),
            "victim": self._victim.pid,
            "victim_address": self._victim.address,
            "python": sys.executable,
            "machine": platform.machine(),
            **self._facts,
        }

    def harm(self, patience: float = 0.0) -> list[str]:
        """What happened to the stage since it began; the victim may take so many seconds to feel it."""
        found = [f"{what} got something" for what, one in self._sockets.items() if _got_something(one)]
        if self._victim.hurt(patience):
            found.append("the victim ended")
        if fingerprint(self.folder) != self._before:
            found.append("files changed")
        return found

    def close(self) -> None:
        for one in self._sockets.values():
            one.close()


def _fill(folder: Path) -> None:
    for name in ("uploads", "empty"):
        (folder / name).mkdir(parents=True)
    for name in ("secret.txt", "log.txt", "secrets.toml", "uploads/other.pkl"):
        (folder / name).write_bytes(SECRET)
    (folder / "link").symlink_to("secret.txt")
    (folder / "planted.py").write_text("ran = True\n")
    (folder / "script").write_text("#!/bin/sh\nexit 42\n")
    (folder / "script").chmod(0o755)
    shutil.copy(_ctypes.__file__, folder / "library.so")


def fingerprint(folder: Path) -> str:
    """A hash of all that can be changed about the files beneath the folder."""
    parts = []
    for path in sorted((folder, *folder.rglob("*"))):
        facts = path.lstat()
        content = path.read_bytes() if path.is_file() else b""
        attributes = sorted((n, os.getxattr(path, n, follow_symlinks=False)) for n in _attributes(path))
        who = (facts.st_mode, facts.st_uid, facts.st_gid, facts.st_size, facts.st_mtime_ns, facts.st_nlink)
        parts.append((str(path), who, content, attributes))
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _attributes(path: Path) -> list[str]:
    with contextlib.suppress(OSError):
        return os.listxattr(path, follow_symlinks=False)
    return []


def _listening(family: int, address: Any) -> socket.socket:
    one = socket.socket(family, socket.SOCK_STREAM)
    one.bind(address)
    one.listen()
    one.setblocking(False)
    return one


def _bound(family: int, address: Any) -> socket.socket:
    one = socket.socket(family, socket.SOCK_DGRAM)
    one.bind(address)
    one.setblocking(False)
    return one


def _got_something(one: socket.socket) -> bool:
    with contextlib.suppress(BlockingIOError):
        if one.type == socket.SOCK_DGRAM:
            one.recv(10)
        else:
            one.accept()[0].close()
        return True
    return False
