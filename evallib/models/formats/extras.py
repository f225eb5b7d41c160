"""Libraries that only some models need, and which are not installed with evallib."""

from __future__ import annotations

import contextlib
import importlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from typing import Any

from evallib.models.formats.loaded import Refused

EXTRAS = ("xgboost", "lightgbm", "catboost", "cloudpickle", "dill")
"""Modules that a pickle may need too, each named like the extra of evallib that installs it."""

NETWORKS = ("torch", "keras")
"""The same for the formats of neural networks."""

BOOSTER_LIBRARIES = {
    library: f"evallib.models.formats.{library}_file" for library in ("xgboost", "lightgbm", "catboost")
}
"""Our module for each gradient booster that keeps what it takes in a way of its own."""


def required(module: str) -> Any:
    """The library. Raises `Refused` with the line that installs it where it is missing."""
    try:
        with writable_places():
            return importlib.import_module(module)
    except ImportError:
        raise Refused(about_missing(module)) from None


def about_missing(module: str) -> str:
    """What is said of a model that needs a module which is not installed."""
    library = module.partition(".")[0]
    if library not in (*EXTRAS, *NETWORKS):
        return f"needs the Python library {module}, which is not installed here"
    return (
        f"needs the Python library {library}, which is not installed here; install it with"
        f" pip install 'evallib[{library}]'"
    )


def import_all(libraries: Iterable[str]) -> None:
    """Nothing; those of the optional libraries that are installed are imported, with what they need to predict.

    One that fails is left to the model that needs it, if it does.
    """
    for name in libraries:
        with contextlib.suppress(Exception), writable_places():
            importlib.import_module(BOOSTER_LIBRARIES.get(name, name))


@contextlib.contextmanager
def writable_places() -> Iterator[None]:
    """A context with a null device and a temporary folder for dill, which asks for both at its import.

    A worker may write no file; nothing is written to these either.
    """
    descriptor = os.memfd_create("null")
    usual = os.devnull, tempfile.tempdir
    os.devnull, tempfile.tempdir = f"/proc/self/fd/{descriptor}", "/"
    try:
        yield
    finally:
        os.devnull, tempfile.tempdir = usual
        os.close(descriptor)
