"""What an object from a pickle or skops file is: an estimator, or a booster of a library of its own."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

from evallib.models.formats.estimator import Estimator
from evallib.models.formats.extras import BOOSTER_LIBRARIES
from evallib.models.formats.loaded import LoadedModel

BOOSTERS = {
    ("xgboost", "Booster"): "XGBoostModel",
    ("lightgbm", "Booster"): "LightGBMModel",
    ("catboost", "CatBoost"): "CatBoostModel",
}
"""By library and base class, the class of our module that asks such an object."""


def loaded_model(model: Any, other_versions: Sequence[str]) -> LoadedModel:
    """The model that the object is. Raises `Refused` where it is none."""
    for kind in type(model).__mro__:
        library = kind.__module__.partition(".")[0]
        if (library, kind.__name__) in BOOSTERS:
            module = importlib.import_module(BOOSTER_LIBRARIES[library])
            loaded: LoadedModel = getattr(module, BOOSTERS[library, kind.__name__])(model)
            return loaded
    return Estimator(model, other_versions)
