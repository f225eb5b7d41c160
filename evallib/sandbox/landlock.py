"""The kernel's Landlock: a process gives up files, network and signals, for itself and all that it starts, for good.

Runs in the worker only, before its first further thread: a rule set holds for the calling thread and its children.
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


def keep_only_reading(readable: Iterable[Path]) -> None:
    """Nothing; from now on this process opens nothing but files beneath `readable`, and those for reading only.

    It also loses TCP from version 4 on, and abstract sockets and signals to others from version 6 on. Raises `OSError`
    where the kernel has no Landlock, or refuses. Needs no_new_privs.
    """
    known = version()
    ruleset = _Ruleset(
        (1 << max((bits for since, bits in FILE_RIGHTS.items() if since <= known), default=0)) - 1,
        TCP_BIND_AND_CONNECT if known >= TCP_SINCE else 0,
        ABSTRACT_SOCKETS_AND_SIGNALS if known >= SCOPES_SINCE else 0,
    )
    rules = _checked(_call(CREATE_RULESET, ctypes.byref(ruleset), ctypes.sizeof(ruleset), 0))
    try:
        for path in readable:
            _allow_reading(rules, path)
        _checked(_call(RESTRICT_SELF, rules, 0))
    finally:
        os.close(rules)


def _allow_reading(rules: int, path: Path) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        rule = _Beneath(READ_FILE | READ_DIR if path.is_dir() else READ_FILE, descriptor)
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
