"""The system calls that a locked process may make, by number and, where that matters, by argument.

They read and write what is already open, compute in threads, keep time and end; nothing that takes a path, an address
or the number of another process is among them. `fstat` is called under a name that also takes paths in some versions
of libc, and is refused there: nothing in a model's worker needs it. Who reads a data file may open files as well;
which, Landlock says.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

CLONE_THREAD = 0x0001_0000
CLONE_NEW_NAMESPACES = 0x7E02_0000
PROT_EXEC = 0x4

O_CLOEXEC, O_NONBLOCK = 0x8_0000, 0x800

F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC, F_GET_SEALS = 0, 1, 2, 3, 4, 1030, 1034
"""The commands of fcntl that do not name another process, as F_SETOWN does."""

TCGETS, FIONCLEX, FIOCLEX = 0x5401, 0x5450, 0x5451

FORGET_OR_PREFER_PAGES = (0, 1, 2, 3, 4, 8, 14, 15, 16, 20)
"""The advice on memory that concerns this process alone, from MADV_NORMAL to MADV_COLD."""


@dataclass(frozen=True)
class Check:
    """What one argument of a call must be: `value & mask` is one of `allowed`. Arguments are looked at as 32-bit words.

    word: 2 × the position of the argument, and 1 more for its upper half.
    """

    word: int
    allowed: tuple[int, ...]
    mask: int = 0xFFFF_FFFF


def checked() -> dict[str, tuple[Check, ...]]:
    """The calls that are allowed with certain arguments only; all checks of a call must hold."""
    to_this_process = (Check(0, (os.getpid(),)),)
    not_executable = (Check(4, (0,), PROT_EXEC),)
    return {
        "clone": (Check(0, (CLONE_THREAD,), CLONE_THREAD | CLONE_NEW_NAMESPACES),),
        "fcntl": (Check(2, (F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC, F_GET_SEALS)),),
        "ioctl": (Check(2, (TCGETS, FIONCLEX, FIOCLEX)),),
        "kill": to_this_process,
        "madvise": (Check(4, FORGET_OR_PREFER_PAGES),),
        "mmap": not_executable,
        "mprotect": not_executable,
        "pipe2": (Check(2, (0,), ~(O_CLOEXEC | O_NONBLOCK) & 0xFFFF_FFFF),),
        # Its own limits may be read: no process, and no new limit.
        "prlimit64": (Check(0, (0,)), Check(4, (0,)), Check(5, (0,))),
        "tgkill": to_this_process,
    }


Numbers = tuple[int | None, int | None]
"""The numbers of a call on x86_64 and on aarch64, as in the kernel's unistd.h; None where there is no such call."""

NUMBERS: Mapping[str, Numbers] = {
    "read": (0, 63),
    "write": (1, 64),
    "close": (3, 57),
    "fstat": (5, 80),
    "poll": (7, None),
    "lseek": (8, 62),
    "mmap": (9, 222),
    "mprotect": (10, 226),
    "munmap": (11, 215),
    "brk": (12, 214),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "ioctl": (16, 29),
    "pread64": (17, 67),
    "pwrite64": (18, 68),
    "readv": (19, 65),
    "writev": (20, 66),
    "select": (23, None),
    "sched_yield": (24, 124),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "dup": (32, 23),
    "dup2": (33, None),
    "nanosleep": (35, 101),
    "getpid": (39, 172),
    "sendto": (44, 206),
    "recvfrom": (45, 207),
    "recvmsg": (47, 212),
    "clone": (56, 220),
    "exit": (60, 93),
    "kill": (62, 129),
    "uname": (63, 160),
    "fcntl": (72, 25),
    "getcwd": (79, 17),
    "gettimeofday": (96, 169),
    "getrlimit": (97, 163),
    "getrusage": (98, 165),
    "sysinfo": (99, 179),
    "times": (100, 153),
    "getuid": (102, 174),
    "getgid": (104, 176),
    "geteuid": (107, 175),
    "getegid": (108, 177),
    "getppid": (110, 173),
    "getpgrp": (111, None),
    "getsid": (124, 156),
    "sigaltstack": (131, 132),
    "gettid": (186, 178),
    "time": (201, None),
    "futex": (202, 98),
    "sched_getaffinity": (204, 123),
    "restart_syscall": (219, 128),
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "clock_nanosleep": (230, 115),
    "exit_group": (231, 94),
    "tgkill": (234, 131),
    "pselect6": (270, 72),
    "ppoll": (271, 73),
    "set_robust_list": (273, 99),
    "dup3": (292, 24),
    "pipe2": (293, 59),
    "preadv": (295, 69),
    "pwritev": (296, 70),
    "prlimit64": (302, 261),
    "getcpu": (309, 168),
    "getrandom": (318, 278),
    "membarrier": (324, 283),
    "rseq": (334, 293),
}
"""The calls of a process that opens nothing."""

WITH_FILES: Mapping[str, Numbers] = {
    **NUMBERS,
    "open": (2, None),
    "stat": (4, None),
    "lstat": (6, None),
    "access": (21, None),
    "ftruncate": (77, 46),
    "rename": (82, None),
    "unlink": (87, None),
    "readlink": (89, None),
    "statfs": (137, 43),
    "fstatfs": (138, 44),
    "getdents64": (217, 61),
    "fadvise64": (221, 223),
    "openat": (257, 56),
    "newfstatat": (262, 79),
    "unlinkat": (263, 35),
    "renameat": (264, 38),
    "readlinkat": (267, 78),
    "faccessat": (269, 48),
    "fallocate": (285, 47),
    "renameat2": (316, 276),
    "statx": (332, 291),
}
"""The calls of a process that also reads and writes files; it changes no rights, owners, times, links or folders."""

FIRST_UNKNOWN = 435
"""clone3. It and all that came after it are answered as by a kernel that has no such call, so that libc falls back."""
