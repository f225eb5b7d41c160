"""Loops over rows as machine code that leaves other threads alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from typing import Any, ParamSpec

Arguments = ParamSpec("Arguments")


def compiled(loop: Callable[Arguments, None]) -> Callable[Arguments, None]:
    """The loop, compiled when it is first called; it adds up into an array that it is given.

    The code is kept on disk where the package's folder or the user's cache can be written, one for every combination
    of types of the arguments. The first call of a process takes a third of a second and 100 MB.
    """

    @cache
    def made() -> Any:
        from numba import njit  # noqa: PLC0415 - what takes the time and the memory

        try:
            return njit(loop, nogil=True, cache=True)
        except RuntimeError:
            return njit(loop, nogil=True)

    @wraps(loop)
    def run(*arguments: Arguments.args, **named: Arguments.kwargs) -> None:
        made()(*arguments, **named)

    return run
