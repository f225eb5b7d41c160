"""Models from pickle and joblib files, compressed or not, also those that cloudpickle and dill wrote.

Loading one runs code from the file.
"""

from __future__ import annotations

import importlib
import io
import mmap
import os
import sys
from collections.abc import Sequence
from typing import Any, BinaryIO

import joblib
import sklearn

from evallib.models.formats.estimator import VersionsNoted
from evallib.models.formats.extras import LIBRARIES, about_missing
from evallib.models.formats.loaded import LoadedModel, Refused
from evallib.models.formats.objects import loaded_model

DILL = b"dill._dill"


def read_pickle(file: BinaryIO) -> LoadedModel:
    """The estimator in the file. Raises `Refused` where it needs code that is not installed or is no estimator."""
    load = _load_with_dill if _written_by_dill(file) else joblib.load
    try:
        with VersionsNoted() as versions:
            model = load(file)
    except ModuleNotFoundError as error:
        raise Refused(_missing(str(error.name), versions.found)) from None
    except AttributeError as error:
        raise Refused(f"needs code that is not installed here ({error})") from None
    return loaded_model(model, versions.found)


def _written_by_dill(file: BinaryIO) -> bool:
    """Whether it names things that only dill can find."""
    if isinstance(file, io.BytesIO):
        return DILL in file.getvalue()
    # A locked worker cannot look up how long a file is.
    length = file.seek(0, os.SEEK_END)
    file.seek(0)
    with mmap.mmap(file.fileno(), length, access=mmap.ACCESS_READ) as content:
        return content.find(DILL) >= 0


def _load_with_dill(file: BinaryIO) -> Any:
    return importlib.import_module("dill").load(file, ignore=True)


def _missing(module: str, versions: Sequence[str]) -> str:
    library = module.partition(".")[0]
    if library not in sys.modules and (library in LIBRARIES or not module.rpartition(".")[2].startswith("_")):
        return about_missing(module)
    again = "save it again with the version that is installed here, or export it as ONNX"
    if versions:
        return f"was saved with scikit-learn {versions[0]}, which {sklearn.__version__} cannot read; {again}"
    return f"asks for {module}, an inner part of another version of its library; {again}"
