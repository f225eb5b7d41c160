"""The kernel's seccomp: a process keeps a short list of system calls, for all of its threads and for good.

Everything else is refused with EPERM, so that a library which only tried falls back. To be called once every shared
library is loaded: no memory can become code any more. Structures and numbers as in linux/seccomp.h,
linux/bpf_common.h and linux/audit.h.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
from collections.abc import Mapping, Sequence

from evallib.sandbox.syscalls import FIRST_UNKNOWN, NUMBERS, Check, Numbers, checked

ARCHITECTURES = {"x86_64": (0xC000_003E, 317), "aarch64": (0xC000_00B7, 277)}
"""As the kernel names them to a filter, and their number of the system call seccomp; in the order of `NUMBERS`."""

SET_FILTER, ASK_ACTION, ALL_THREADS = 1, 2, 1

KILL_PROCESS, ERRNO, ALLOW = 0x8000_0000, 0x0005_0000, 0x7FFF_0000
EPERM, ENOSYS = 1, 38

LOAD, AND, JUMP_IF_EQUAL, JUMP_IF_AT_LEAST, RETURN = 0x20, 0x54, 0x15, 0x35, 0x06

NUMBER, ARCHITECTURE, ARGUMENTS = 0, 4, 16
"""Where a filter finds what is called."""

X32 = 0x4000_0000
"""From here on, the numbers of x86_64's other calling convention."""

Step = tuple[int, int, int, int]
"""One instruction of the filter: what to do, how many to skip if true and if false, and with which number."""

REFUSE: Step = (RETURN, 0, 0, ERRNO | EPERM)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_char_p))


def available() -> bool:
    """Whether this kernel takes filters, and this processor is one of those whose system calls are listed."""
    answer = ctypes.c_uint32(ERRNO)
    return platform.machine() in ARCHITECTURES and _call(ASK_ACTION, 0, ctypes.byref(answer)) == 0


def lock(calls: Mapping[str, Numbers] = NUMBERS) -> None:
    """Nothing; from now on no thread of this process makes a system call that is not on the list.

    Raises `OSError` where the kernel refuses. Needs no_new_privs.
    """
    steps = filter_steps(platform.machine(), calls)
    code = b"".join(struct.pack("HBBI", *step) for step in steps)
    result = _call(SET_FILTER, ALL_THREADS, ctypes.byref(_Program(len(steps), code)))
    if result:  # Above 0 it is the number of a thread that could not be locked.
        error = ctypes.get_errno() if result < 0 else EPERM
        raise OSError(error, os.strerror(error))


def _call(operation: int, flags: int, argument: object) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    number = ctypes.c_long(ARCHITECTURES[platform.machine()][1])
    return int(libc.syscall(number, operation, flags, argument))


def filter_steps(machine: str, calls: Mapping[str, Numbers] = NUMBERS) -> list[Step]:
    """The filter as a list of instructions; `kill` and `tgkill` are allowed to the process that asks, for itself."""
    column = list(ARCHITECTURES).index(machine)
    checks = checked()
    steps: list[Step] = [
        (LOAD, 0, 0, ARCHITECTURE),
        (JUMP_IF_EQUAL, 1, 0, ARCHITECTURES[machine][0]),
        (RETURN, 0, 0, KILL_PROCESS),
        (LOAD, 0, 0, NUMBER),
        (JUMP_IF_AT_LEAST, 0, 1, X32),
        (RETURN, 0, 0, KILL_PROCESS),
        (JUMP_IF_AT_LEAST, 0, 1, FIRST_UNKNOWN),
        (RETURN, 0, 0, ERRNO | ENOSYS),
    ]
    for name, numbers in calls.items():
        number = numbers[column]
        if number is not None:
            steps += _allow(number, checks.get(name, ()))
    return [*steps, REFUSE]


def _allow(number: int, checks: Sequence[Check]) -> list[Step]:
    steps = [step for check in checks for step in _hold(check)]
    steps.append((RETURN, 0, 0, ALLOW))
    return [(JUMP_IF_EQUAL, 0, len(steps), number), *steps]


def _hold(check: Check) -> list[Step]:
    """Instructions that refuse the call unless the check holds, and else go on behind them."""
    count = len(check.allowed)
    return [
        (LOAD, 0, 0, ARGUMENTS + 4 * check.word),
        (AND, 0, 0, check.mask),
        *((JUMP_IF_EQUAL, count - position, 0, value) for position, value in enumerate(check.allowed)),
        REFUSE,
    ]
