"""Models from pickle and joblib files, compressed or not, also those that cloudpickle and dill wrote.

Loading one runs code from the file.
"""

from __future__ import annotations

import contextlib
import importlib
import mmap
import os
import sys
from collections.abc import Sequence
from typing import Any, BinaryIO

import joblib
import sklearn

from evallib.models.detection import COMPRESSIONS
from evallib.models.formats.estimator import Estimator, VersionsNoted
from evallib.models.formats.extras import EXTRAS, about_missing
from evallib.models.formats.inputs import BOOSTER_LIBRARIES, library_of
from evallib.models.formats.loaded import LoadedModel, Refused

BOOSTERS = {
    ("xgboost", "Booster"): "XGBoostModel",
    ("lightgbm", "Booster"): "LightGBMModel",
    ("catboost", "CatBoost"): "CatBoostModel",
}
"""By library and base class, the class of our module that asks such an object, which is no estimator."""


def load_pickle(descriptor: int) -> LoadedModel:
    """The estimator in the file. Raises `Refused` where it needs code that is not installed or is no estimator."""
    with os.fdopen(descriptor, "rb") as file:
        import_libraries(descriptor)
        return read_pickle(file)


def import_libraries(descriptor: int) -> None:
    """Nothing; those optional libraries that the pickle names are imported, and all of them where it is compressed.

    Nothing of the file is run or unpacked for that.
    """
    with mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ) as content:
        compressed = content[:8].startswith(COMPRESSIONS)
        named = [name for name in EXTRAS if compressed or content.find(name.encode()) >= 0]
    for name in named:
        with contextlib.suppress(ImportError, Refused):
            importlib.import_module(BOOSTER_LIBRARIES.get(name, name))


def read_pickle(file: BinaryIO) -> LoadedModel:
    """The estimator in an open file; see `load_pickle`."""
    try:
        with VersionsNoted() as versions:
            model = joblib.load(file)
    except ModuleNotFoundError as error:
        raise Refused(_missing(str(error.name), versions.found)) from None
    except AttributeError as error:
        raise Refused(f"needs code that is not installed here ({error})") from None
    return _booster(model) or Estimator(model, versions.found)


def _booster(model: Any) -> LoadedModel | None:
    for kind in type(model).__mro__:
        ours = BOOSTERS.get((kind.__module__.partition(".")[0], kind.__name__))
        if ours:
            loaded: LoadedModel = getattr(importlib.import_module(BOOSTER_LIBRARIES[library_of(model)]), ours)(model)
            return loaded
    return None


def _missing(module: str, versions: Sequence[str]) -> str:
    library = module.partition(".")[0]
    if library not in sys.modules and (library in EXTRAS or not module.rpartition(".")[2].startswith("_")):
        return about_missing(module)
    again = "save it again with the version that is installed here, or export it as ONNX"
    if versions:
        return f"was saved with scikit-learn {versions[0]}, which {sklearn.__version__} cannot read; {again}"
    return f"asks for {module}, an inner part of another version of its library; {again}"
