"""Loops over rows as machine code that leaves other threads alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from typing import Any, ParamSpec, TypeVar

Arguments = ParamSpec("Arguments")
Given = TypeVar("Given")


def compiled(loop: Callable[Arguments, Given]) -> Callable[Arguments, Given]:
    """The loop, compiled when it is first called.

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
    def run(*arguments: Arguments.args, **named: Arguments.kwargs) -> Given:
        return made()(*arguments, **named)  # type: ignore[no-any-return]

    return run
