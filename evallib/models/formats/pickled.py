"""Models from pickle and joblib files, compressed or not. Loading one runs code from the file."""

from __future__ import annotations

import os
from collections.abc import Sequence

import joblib
import sklearn

from evallib.models.formats.estimator import Estimator, VersionsNoted
from evallib.models.formats.loaded import LoadedModel, Refused


def load_pickle(descriptor: int) -> LoadedModel:
    """The estimator in the file. Raises `Refused` where it needs code that is not installed or is no estimator."""
    try:
        with os.fdopen(descriptor, "rb") as file, VersionsNoted() as versions:
            model = joblib.load(file)
    except ModuleNotFoundError as error:
        raise Refused(_missing(str(error.name), versions.found)) from None
    except AttributeError as error:
        raise Refused(f"needs code that is not installed here ({error})") from None
    return Estimator(model, versions.found)


def _missing(module: str, versions: Sequence[str]) -> str:
    if not module.rpartition(".")[2].startswith("_"):
        return f"needs the Python library {module}, which is not installed here"
    again = "save it again with the version that is installed here, or export it as ONNX"
    if versions:
        return f"was saved with scikit-learn {versions[0]}, which {sklearn.__version__} cannot read; {again}"
    return f"asks for {module}, an inner part of another version of its library; {again}"
