"""XGBoost models from JSON and UBJSON files."""

from __future__ import annotations

import json
from typing import Any, BinaryIO

import numpy as np
import pandas as pd
import pyarrow as pa
from scipy.special import softmax

from evallib.models.formats.extras import required
from evallib.models.formats.inputs import Inputs
from evallib.models.formats.levels import Levels
from evallib.models.formats.loaded import (
    SEVERAL_TARGETS,
    Answer,
    Description,
    Give,
    LoadedModel,
    Refused,
    about_goal,
    codes,
    number_answer,
)
from evallib.models.formats.quantiles import about_quantile

xgboost: Any = required("xgboost")


def read_xgboost(file: BinaryIO) -> LoadedModel:
    """The booster in the file. Raises `Refused` where it is neither a classifier nor a regression."""
    booster = xgboost.Booster()
    try:
        booster.load_model(bytearray(file.read()))
    except (xgboost.core.XGBoostError, ValueError):
        raise Refused(f"is damaged, or was saved by an XGBoost that {xgboost.__version__} cannot read") from None
    return XGBoostModel(booster)


class XGBoostModel:
    """The loaded model that a booster of XGBoost is."""

    def __init__(self, booster: Any) -> None:
        self._booster = booster
        self._inputs = inputs_of_xgboost(booster)
        learner = json.loads(booster.save_config())["learner"]
        self._goal = learner["objective"]["name"]
        self.description = _describe(learner, self._inputs)

    def answer(self, rows: pd.DataFrame, give: Give) -> Answer:
        """The booster's probabilities or values of every row."""
        matrix = xgboost.DMatrix(self._inputs.arrange(rows), enable_categorical=True)
        by_margin = self._goal == "multi:softmax"
        given = self._booster.predict(matrix, output_margin=by_margin, iteration_range=self._rounds())
        return number_answer(softmax(given, axis=1) if by_margin else given, len(rows), give)

    def _rounds(self) -> tuple[int, int]:
        """Up to the best round where the scikit-learn interface saved the file, as that does; else all of them."""
        if self._booster.attr("scikit_learn") is None or self._booster.attr("best_iteration") is None:
            return (0, 0)
        return (0, int(self._booster.attr("best_iteration")) + 1)


def _describe(learner: dict[str, Any], inputs: Inputs) -> Description:
    goal = learner["objective"]["name"]
    count = {"binary:logistic": 2, "multi:softprob": int(learner["learner_model_param"]["num_class"])}
    count["multi:softmax"] = count["multi:softprob"]
    if goal not in count and not goal.startswith(("reg:", "count:")):
        raise Refused(about_goal(goal))
    return Description(
        kind=f"XGBoost {learner['gradient_booster']['name']} ({goal})",
        gives=("probabilities",) if goal in count else ("values",),
        classes=codes(count.get(goal, 0)),
        coded=goal in count,
        warnings=_about_target(learner),
        **inputs.described(),
    )


def _about_target(learner: dict[str, Any]) -> tuple[str, ...]:
    """What a reader must know of what it predicts. Raises `Refused` for several targets, or quantiles of one."""
    if learner["objective"]["name"] == "reg:quantileerror":
        levels = learner["objective"]["quantile_loss_param"]["quantile_alpha"]
        return (about_quantile(json.loads(levels) if isinstance(levels, str) else levels),)
    if int(learner["learner_model_param"]["num_target"]) > 1:
        raise Refused(SEVERAL_TARGETS)
    return ()


def inputs_of_xgboost(booster: Any) -> Inputs:
    """The columns that a booster takes, and the categories that it was trained on.

    Raises `Refused` where a column holds codes of categories that the file does not name: up to XGBoost 3.0, and where
    it was trained on codes.
    """
    names = tuple(booster.feature_names or ())
    kinds = booster.feature_types or ()
    stored = booster.get_categories(export_to_arrow=True).to_arrow() if "c" in kinds else ()
    levels: dict[str, pd.Index[Any]] = {}
    for (name, categories), kind in zip(stored, kinds, strict=False):
        if kind == "c":
            if categories is None or not names:
                raise Refused(
                    f"takes codes of categories in the column {name}, and the file does not tell which category each"
                    " stands for; train it on a pandas table with category columns, with XGBoost 3.1 or newer"
                )
            levels[name] = _categories(name, categories)
    return Inputs.of_booster(names, booster.num_features(), Levels(levels))


def _categories(column: str, stored: Any) -> pd.Index[Any]:
    """The categories of a column. Raises `Refused` where they are lost.

    XGBoost 3.2 counts letters where it cuts a text of bytes, so what follows a letter of two bytes is shifted.
    """
    if pa.types.is_string(stored.type) and not stored.buffers()[2].to_pybytes().isascii():
        raise Refused(
            f'was trained on categories with letters beyond ASCII in the column "{column}", whose names XGBoost loses;'
            " encode them before XGBoost, for example with an OrdinalEncoder in a pipeline"
        )
    categories: pd.Index[Any] = pd.Index(stored.to_pandas())
    return categories


def inputs_of_estimator(model: Any) -> Inputs:
    """The columns that a fitted estimator of XGBoost takes; see `inputs_of_xgboost`.

    Raises `Refused` where it predicts several targets as well, which the estimator itself does not tell.
    """
    booster = model.get_booster()
    _about_target(json.loads(booster.save_config())["learner"])
    return inputs_of_xgboost(booster)


def _warm_up() -> None:
    """Nothing; whatever XGBoost and pandas import or look up at their first prediction is there."""
    rows = pd.DataFrame({"a": [0.0, 1.0], "b": pd.Categorical(["x", "y"])})
    matrix = xgboost.DMatrix(rows, np.array([0.0, 1.0]), enable_categorical=True)
    booster = xgboost.train({"max_depth": 1}, matrix, 1)
    XGBoostModel(xgboost.Booster(model_file=booster.save_raw())).answer(rows, "values")


_warm_up()
