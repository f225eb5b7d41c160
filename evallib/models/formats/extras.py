"""Libraries that only some models need: which they are, how each is imported, and what is said where it is missing."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from evallib.models.formats.loaded import Refused

BOOSTER_LIBRARIES = {
    library: f"evallib.models.formats.{library}_file" for library in ("xgboost", "lightgbm", "catboost")
}
"""Our module for each gradient booster that keeps what it takes in a way of its own."""

LIBRARIES: dict[str, tuple[str, ...]] = {
    **{library: (module,) for library, module in BOOSTER_LIBRARIES.items()},
    "category_encoders": ("category_encoders",),
    "cloudpickle": ("cloudpickle",),
    "dill": ("dill",),
    "imblearn": ("imblearn.combine", "imblearn.ensemble", "imblearn.over_sampling", "imblearn.under_sampling"),
    "statsmodels": ("statsmodels.api",),
}
"""Libraries that the model in a file may ask for, and the modules that are imported then: for a booster, ours.

They are imported for the files that need them alone. A name that is not here is never imported for a file.
"""

WITH_EXTRA = LIBRARIES.keys() - {"category_encoders", "statsmodels"} | {"torch", "keras"}
"""Those that an extra of evallib installs, which has the same name."""


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
    if library not in WITH_EXTRA:
        return f"needs the Python library {module}, which is not installed here"
    pip = ".venv/bin/pip" if Path(sys.prefix).name == ".venv" else "pip"
    return (
        f"needs the Python library {library}, which is not installed here; install it with"
        f" {pip} install 'evallib[{library}]'"
    )


def import_libraries(names: Iterable[str]) -> None:
    """Nothing; those of `LIBRARIES` are imported. Raises `ImportError` or `Refused` for one that is not installed."""
    for name in names:
        with writable_places():
            for module in LIBRARIES[name]:
                importlib.import_module(module)


def library_asked_for(error: BaseException | None) -> str:
    """The one of `LIBRARIES` whose absence is what went wrong; "" for other errors and libraries."""
    while error is not None:
        library = str(error.name).partition(".")[0] if isinstance(error, ModuleNotFoundError) else ""
        if library in LIBRARIES:
            return library
        error = error.__cause__ or error.__context__
    return ""


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
