"""Models from pickle and joblib files, compressed or not. Loading one runs code from the file."""

from __future__ import annotations

import os

import joblib

from evallib.models.formats.estimator import Estimator, VersionsNoted
from evallib.models.formats.loaded import LoadedModel, Refused


def load_pickle(descriptor: int) -> LoadedModel:
    """The estimator in the file. Raises `Refused` where it needs code that is not installed or is no estimator."""
    try:
        with os.fdopen(descriptor, "rb") as file, VersionsNoted() as versions:
            model = joblib.load(file)
    except ModuleNotFoundError as error:
        raise Refused(f"needs the Python library {error.name}, which is not installed here") from None
    except AttributeError as error:
        raise Refused(f"needs code that is not installed here ({error})") from None
    return Estimator(model, versions.found)
