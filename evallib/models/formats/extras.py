"""Libraries that only some models need, and which are not installed with evallib."""

from __future__ import annotations

import importlib
from typing import Any

from evallib.models.formats.loaded import Refused

EXTRAS = ("xgboost", "lightgbm", "catboost", "cloudpickle", "dill")
"""Modules that a pickle may need too, each named like the extra of evallib that installs it."""

NETWORKS = ("torch", "keras")
"""The same for the formats of neural networks."""


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
