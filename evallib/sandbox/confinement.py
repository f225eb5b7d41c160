"""What a process takes from itself before it reads what strangers made; first the two steps of a model's worker."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import sys
import sysconfig
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
)
"""What Python and its libraries read besides themselves: shared libraries, time zones, chance."""

MACHINE_FILES = (
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/self/maps",
    "/sys/devices/system/cpu",
    "/sys/fs/cgroup",
)
"""Where libraries that are imported only now find out how many cores there are, and how much memory."""


def confine(parent: int, memory_mb: int, layers: Collection[str]) -> None:
    """Nothing; from now on this process ends with `parent`, and its memory, descriptors and files are bounded.

    It has no rights beyond its user's, and can write no file. Where the kernel has Landlock, it can only open Python's
    own files, and connect to nothing.
    To be called before the first import that starts threads.
    """
    end_before(parent)
    limit(resource.RLIMIT_AS, (memory_mb + ADDRESSES_MB) << 20)
    limit(resource.RLIMIT_FSIZE, 0)
    limit(resource.RLIMIT_CORE, 0)
    limit(resource.RLIMIT_NOFILE, 256)
    gain_no_privileges()
    _drop_capabilities()
    if "landlock" in layers and landlock.version():
        landlock.keep_only([*python_files(), *map(Path, MACHINE_FILES)])


def lock(layers: Collection[str]) -> None:
    """Nothing; from now on, where the kernel has seccomp, this process opens nothing and reaches nobody.

    To be called once everything is imported, and before the first byte of a model is read. Raises `OSError` where the
    kernel has seccomp and refuses.
    """
    if "seccomp" in layers and seccomp.available():
        seccomp.lock()


def end_before(parent: int) -> None:
    """Nothing; from now on this process ends with `parent`, and before others where the machine runs out of memory."""
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        raise SystemExit("The parent is gone.")
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def limit(kind: int, most: int) -> None:
    """Nothing; a resource is bounded, or keeps a bound that is lower."""
    _, hard = resource.getrlimit(kind)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (most, most))


def gain_no_privileges() -> None:
    """Nothing; no program that this process starts has more rights than it has, which Landlock and seccomp ask for."""
    _prctl(PR_SET_NO_NEW_PRIVS, 1)


def python_files() -> Iterator[Path]:
    """Where Python, its packages and this one lie; not a folder around this one that is no package folder of Python.

    Such a folder, of a working copy, may hold anything.
    """
    package = Path(__file__).parents[1]
    installed = package.parent == Path(sysconfig.get_path("purelib"))
    yield package
    yield from map(Path, SYSTEM_FILES)
    for entry in (sys.prefix, sys.base_prefix, sys.executable, *sys.path):
        if entry and (installed or not package.is_relative_to(entry)):
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
