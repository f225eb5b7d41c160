"""Libraries that only some models need, and which are not installed with evallib."""

from __future__ import annotations

import contextlib
import importlib
import mmap
from collections.abc import Iterable
from typing import Any

from evallib.models.detection import COMPRESSIONS
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


def import_libraries(descriptor: int) -> None:
    """Nothing; those of the optional libraries that a file names are imported, and all where it is compressed.

    Nothing of the file is run or unpacked for that.
    """
    with mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ) as content:
        compressed = content[:8].startswith(COMPRESSIONS)
        named = [name for name in EXTRAS if compressed or content.find(name.encode()) >= 0]
    import_all(named)


def import_all(libraries: Iterable[str]) -> None:
    """Nothing; those of the optional libraries that are installed are imported, with what they need to predict."""
    for name in libraries:
        with contextlib.suppress(ImportError, Refused):
            importlib.import_module(BOOSTER_LIBRARIES.get(name, name))
