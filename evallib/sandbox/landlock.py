"""The kernel's Landlock: a process gives up files, network and signals, for itself and all that it starts, for good.

A rule set holds for the calling thread and for what that one starts, so there must be no other thread yet.
Numbers and structures as in linux/landlock.h; the system calls have the same numbers on every architecture.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterable
from pathlib import Path

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
ASK_VERSION = 1
PATH_BENEATH = 1

READ_FILE, READ_DIR = 1 << 2, 1 << 3
WRITE_FILE, REMOVE_FILE, MAKE_FILE, TRUNCATE = 1 << 1, 1 << 5, 1 << 8, 1 << 14
CHANGE = READ_FILE | READ_DIR | WRITE_FILE | REMOVE_FILE | MAKE_FILE | TRUNCATE
"""The rights on a folder in which files may be made, changed, renamed and removed."""

FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 5: 16}
"""From which version on the kernel knows how many rights on files: all of them are given up."""

TCP_BIND_AND_CONNECT, TCP_SINCE = 0b11, 4
ABSTRACT_SOCKETS_AND_SIGNALS, SCOPES_SINCE = 0b11, 6


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("rights", ctypes.c_uint64), ("folder", ctypes.c_int32))


def version() -> int:
    """The version of Landlock that this kernel offers; 0 where it has none."""
    return max(0, _call(CREATE_RULESET, None, 0, ASK_VERSION))


def keep_only(readable: Iterable[Path], changeable: Iterable[Path] = ()) -> None:
    """Nothing; from now on this process reads nothing but files beneath `readable`, and changes those in `changeable`.

    readable: files and folders; those that are missing are passed over.      changeable: folders.
    It also loses TCP from version 4 on, and abstract sockets and signals to others from version 6 on. Raises `OSError`
    where the kernel has no Landlock, or refuses, and `RuntimeError` where a thread would not be held. Needs
    no_new_privs.
    """
    if len(os.listdir("/proc/self/task")) > 1:  # noqa: PTH208 - in a worker as early as this, less is imported
        raise RuntimeError("Landlock would not hold for a thread that was begun before it.")
    known = version()
    files = (1 << max((bits for since, bits in FILE_RIGHTS.items() if since <= known), default=0)) - 1
    ruleset = _Ruleset(
        files,
        TCP_BIND_AND_CONNECT if known >= TCP_SINCE else 0,
        ABSTRACT_SOCKETS_AND_SIGNALS if known >= SCOPES_SINCE else 0,
    )
    rules = _checked(_call(CREATE_RULESET, ctypes.byref(ruleset), ctypes.sizeof(ruleset), 0))
    try:
        for path in readable:
            _allow(rules, path, READ_FILE | READ_DIR)
        for path in changeable:
            _allow(rules, path, CHANGE & files)
        _checked(_call(RESTRICT_SELF, rules, 0))
    finally:
        os.close(rules)


def _allow(rules: int, path: Path, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        rule = _Beneath(rights if path.is_dir() else READ_FILE, descriptor)
        _checked(_call(ADD_RULE, rules, PATH_BENEATH, ctypes.byref(rule), 0))
    finally:
        os.close(descriptor)


def _call(number: int, *arguments: object) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    return int(libc.syscall(ctypes.c_long(number), *arguments))


def _checked(result: int) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result
