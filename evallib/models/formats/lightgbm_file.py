"""LightGBM models from their text files."""

from __future__ import annotations

import re
from typing import Any, BinaryIO

import numpy as np
import pandas as pd

from evallib.models.formats.extras import required
from evallib.models.formats.inputs import Inputs
from evallib.models.formats.levels import Levels
from evallib.models.formats.loaded import (
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

lightgbm: Any = required("lightgbm")

REGRESSIONS = {
    *("regression", "regression_l1", "huber", "fair", "poisson", "quantile", "mape", "gamma", "tweedie"),
    *("cross_entropy", "cross_entropy_lambda"),
}
"""The objectives whose predictions are values of the target."""


def read_lightgbm(file: BinaryIO) -> LoadedModel:
    """The booster in the file. Raises `Refused` where it is neither a classifier nor a regression."""
    try:
        booster = lightgbm.Booster(model_str=file.read().decode())
    except (lightgbm.basic.LightGBMError, ValueError):
        raise Refused(f"is damaged, or was saved by a LightGBM that {lightgbm.__version__} cannot read") from None
    return LightGBMModel(booster)


class LightGBMModel:
    """The loaded model that a booster of LightGBM is."""

    def __init__(self, booster: Any) -> None:
        self._booster = booster
        text = booster.model_to_string(num_iteration=1)
        self._inputs = inputs_of_lightgbm(booster)
        self.description = _describe(booster, text, self._inputs)

    def answer(self, rows: pd.DataFrame, give: Give) -> Answer:
        """The booster's probabilities, values or codes of labels of every row."""
        given = self._booster.predict(self._inputs.arrange(rows))
        if give == "labels":
            return Answer(given.argmax(axis=1).astype(np.float64).reshape(-1, 1), self.description.classes)
        return number_answer(given, len(rows), give)


def _describe(booster: Any, text: str, inputs: Inputs) -> Description:
    goal = (_header(text, "objective").split() or ["an objective of its own"])[0]
    count = {"binary": 2, "multiclass": booster.num_model_per_iteration()}
    # Its answers for one class do not know of those for the others: they sum to more or less than 1.
    count["multiclassova"] = count["multiclass"]
    if goal not in count and goal not in REGRESSIONS:
        raise Refused(about_goal(goal))
    gives: Give = "values" if goal in REGRESSIONS else "labels" if goal == "multiclassova" else "probabilities"
    return Description(
        kind=f"LightGBM ({goal})",
        gives=(gives,),
        classes=codes(count.get(goal, 0)),
        coded=goal in count,
        warnings=(about_quantile(_parameter(text, "alpha")),) if goal == "quantile" else (),
        **inputs.described(),
    )


def inputs_of_lightgbm(booster: Any) -> Inputs:
    """The columns that a booster takes, and the categories of those that were pandas categories in training.

    Columns that were declared as categories by their codes take these codes, which are numbers. Raises `Refused` where
    the file does not tell which columns the categories belong to.
    """
    names = tuple(booster.feature_name())
    stored = booster.pandas_categorical or ()
    levels: dict[str, pd.Index[Any]] = {}
    if stored:
        declared = _parameter(booster.model_to_string(num_iteration=1), "categorical_feature")
        places = [int(place) for place in declared.split(",") if place]
        if len(places) != len(stored):
            raise Refused(
                f"was trained on {len(stored)} columns of categories, and the file does not tell which of its columns"
                " these are; train it without ordered categories and without the option categorical_feature"
            )
        levels = {names[place]: pd.Index(values) for place, values in zip(sorted(places), stored, strict=True)}
    unnamed = names == tuple(f"Column_{place}" for place in range(len(names)))
    return Inputs.of_booster(() if unnamed else names, len(names), Levels(levels, takes_others=True))


def inputs_of_estimator(model: Any) -> Inputs:
    """The columns that a fitted estimator of LightGBM takes; see `inputs_of_lightgbm`."""
    return inputs_of_lightgbm(model.booster_)


def _header(text: str, name: str) -> str:
    found = re.search(rf"^{name}=(.*)$", text, re.MULTILINE)
    return found[1].strip() if found else ""


def _parameter(text: str, name: str) -> str:
    found = re.search(rf"^\[{name}: (.*)\]$", text, re.MULTILINE)
    return found[1].strip() if found else ""


def _warm_up() -> None:
    """Nothing; whatever LightGBM and pandas import or look up at their first prediction is there."""
    rows = pd.DataFrame({"a": [0.0, 1.0] * 5, "b": pd.Categorical(["x", "y"] * 5)})
    options = {"verbose": -1, "min_data_in_leaf": 1, "min_data_in_bin": 1}
    booster = lightgbm.train(options, lightgbm.Dataset(rows, np.array([0.0, 1.0] * 5)), 1)
    LightGBMModel(lightgbm.Booster(model_str=booster.model_to_string())).answer(rows, "values")


_warm_up()
