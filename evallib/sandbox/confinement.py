"""What a worker takes from itself before it touches a model, in two steps. Runs in the worker only."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import sys
from collections.abc import Collection, Iterator
from pathlib import Path

from evallib.sandbox import landlock, seccomp

PR_SET_PDEATHSIG = 1
PR_SET_NO_NEW_PRIVS = 38

CAPABILITIES_VERSION = 0x2008_0522
"""The third version of linux/capability.h: three sets of 64 bits each."""

ADDRESSES_MB = 6144
"""Address space that an idle worker with its threads may reserve on top of the model's memory; most is never used."""

SYSTEM_FILES = (
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/usr/share/zoneinfo",
    "/lib",
    "/lib64",
    "/etc/ld.so.cache",
    "/dev/null",
    "/dev/urandom",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/self/maps",
    "/sys/devices/system/cpu",
    "/sys/fs/cgroup",
)
"""What Python and its libraries read besides themselves: shared libraries, time zones, the number of cores."""


def confine(parent: int, memory_mb: int, layers: Collection[str]) -> None:
    """Nothing; from now on this process ends with `parent`, and its memory, descriptors and files are bounded.

    It has no rights beyond its user's, and can write no file. Where the kernel has Landlock, it can only open Python's
    own files, and connect to nothing.
    To be called before the first import that starts threads.
    """
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        raise SystemExit("The parent is gone.")
    # Where the machine runs out of memory, it is the model that goes, not the server.
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")
    _limit(resource.RLIMIT_AS, (memory_mb + ADDRESSES_MB) << 20)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NOFILE, 256)
    _prctl(PR_SET_NO_NEW_PRIVS, 1)
    _drop_capabilities()
    if "landlock" in layers and landlock.version():
        landlock.keep_only_reading(_readable())


def lock(layers: Collection[str]) -> None:
    """Nothing; from now on, where the kernel has seccomp, this process opens nothing and reaches nobody.

    To be called once everything is imported, and before the first byte of a model is read. Raises `OSError` where the
    kernel has seccomp and refuses.
    """
    if "seccomp" in layers and seccomp.available():
        seccomp.lock()


def _readable() -> Iterator[Path]:
    """Where Python, its packages and this one lie; not the folder around this one, which may hold anything."""
    package = Path(__file__).parents[1]
    yield package
    yield from (Path(file) for file in SYSTEM_FILES)
    for entry in (sys.prefix, sys.base_prefix, sys.executable, *sys.path):
        if entry and not package.is_relative_to(entry):
            yield Path(entry)


def _drop_capabilities() -> None:
    """Nothing; a worker of root may no more than one of any other user."""
    libc = ctypes.CDLL(None, use_errno=True)
    none = (ctypes.c_uint32 * 6)()
    if libc.capset((ctypes.c_uint32 * 2)(CAPABILITIES_VERSION, 0), none):
        raise OSError(ctypes.get_errno(), "capset")


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, value, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


def _limit(kind: int, most: int) -> None:
    _, hard = resource.getrlimit(kind)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (most, most))
