"""How a process that computes evaluations gets its memory."""

from __future__ import annotations

import contextlib
import ctypes

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
"""Names and numbers of glibc's malloc.h."""

SETTINGS = {M_TRIM_THRESHOLD: 256 << 20, M_MMAP_THRESHOLD: 32 << 20, M_ARENA_MAX: 1}


def keep_freed_memory() -> None:
    """Nothing; freed memory is kept for the next array, up to 256 MB, and shared by all threads.

    The methods use many arrays of a few MB for a moment. Asking the system for each anew took a tenth of their time.
    Does nothing where the C library is not glibc.
    """
    with contextlib.suppress(AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        for setting, value in SETTINGS.items():
            mallopt(setting, value)
