"""CatBoost models from cbm files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
import pandas as pd

from evallib.core.evaluation_set import class_name
from evallib.models.formats.extras import required
from evallib.models.formats.inputs import Inputs
from evallib.models.formats.levels import as_numbers
from evallib.models.formats.loaded import (
    SEVERAL_TARGETS,
    Answer,
    Description,
    Give,
    InputType,
    LoadedModel,
    Refused,
    about_goal,
    codes,
    label_answer,
    number_answer,
)
from evallib.models.formats.quantiles import about_quantile

catboost: Any = required("catboost")

GIVES: dict[str, Give] = {
    **dict.fromkeys(("Logloss", "CrossEntropy", "MultiClass"), "probabilities"),
    # Its answers for one class do not know of those for the others: they sum to more or less than 1.
    "MultiClassOneVsAll": "labels",
    **dict.fromkeys(("RMSE", "MAE", "Quantile", "LogLinQuantile", "Poisson", "MAPE", "Lq", "Huber"), "values"),
    **dict.fromkeys(("Expectile", "Tweedie", "LogCosh"), "values"),
}
"""What a model that was trained for this loss can be asked for."""

OF_SEVERAL = ("MultiRMSE", "MultiRMSEWithMissingValues", "MultiLogloss", "MultiCrossEntropy")
"""The losses of models that predict several targets."""

EXPONENTS = ("Poisson", "Tweedie", "LogLinQuantile")
"""The losses of models whose sum of leaves is the logarithm of the target."""


def read_catboost(file: BinaryIO) -> LoadedModel:
    """The model in the file. Raises `Refused` where it is neither a classifier nor a regression."""
    model, content = catboost.CatBoost(), file.read()
    damaged = Refused(f"is damaged, or was saved by a CatBoost that {catboost.__version__} cannot read")
    if _ends_early(content):
        raise damaged
    try:
        model.load_model(blob=content)
    except catboost.CatBoostError:
        raise damaged from None
    return CatBoostModel(model)


def _ends_early(content: bytes) -> bool:
    """Whether the file ends before its model does: CatBoost would read on in whatever lies behind it in memory.

    A file begins with four letters and, in the next four bytes, the length of the model.
    """
    return len(content) < 8 + int.from_bytes(content[4:8], "little")


class CatBoostModel:
    """The loaded model that a model of CatBoost is, from its own file or from a pickle."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._inputs = inputs_of_estimator(model)
        self._loss = str(model.get_all_params().get("loss_function", "a loss of its own")).partition(":")
        self.description = self._describe()

    def _describe(self) -> Description:
        loss, _, options = self._loss
        if loss in OF_SEVERAL:
            raise Refused(SEVERAL_TARGETS)
        if loss == "MultiQuantile":
            about_quantile(_alpha(options))
        if loss not in GIVES:
            raise Refused(about_goal(loss))
        classes = tuple(class_name(value) for value in self._model.classes_)
        if GIVES[loss] != "values" and not classes:
            classes = codes(2)
        return Description(
            kind=f"CatBoost ({loss})",
            gives=(GIVES[loss],),
            classes=classes,
            coded=bool(classes) and classes == codes(len(classes)),
            warnings=(about_quantile(_alpha(options)),) if "Quantile" in loss else (),
            **self._inputs.described(),
        )

    def answer(self, rows: pd.DataFrame, give: Give) -> Answer:
        """The model's probabilities, labels or values of every row."""
        given = self._inputs.arrange(rows)
        if give == "labels":
            return label_answer(self._model.predict(given, prediction_type="Class"), len(rows))
        values = "Exponent" if self._loss[0] in EXPONENTS else "RawFormulaVal"
        wanted = "Probability" if give == "probabilities" else values
        return number_answer(self._model.predict(given, prediction_type=wanted), len(rows), give)


@dataclass(frozen=True)
class CatBoostInputs(Inputs):
    """The columns that a model takes; `strings` are the places of its categories and texts."""

    strings: tuple[int, ...] = ()

    def arrange(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The rows as CatBoost takes them: categories and texts as strings, all else as numbers."""
        names = [str(name) for name in rows]
        texts = {names[place]: _strings(rows[names[place]]) for place in self.strings}
        arranged = as_numbers(rows.assign(**texts), but=texts)
        return arranged if self.names else arranged.set_axis(range(len(names)), axis=1)


def inputs_of_estimator(model: Any) -> CatBoostInputs:
    """The columns that a fitted model of CatBoost takes. Raises `Refused` where one holds embeddings."""
    if model.get_embedding_feature_indices():
        raise Refused("takes columns of embeddings; only numbers, categories and texts can be given to it")
    names = tuple(model.feature_names_)
    texts = tuple(model.get_text_feature_indices())
    strings = (*model.get_cat_feature_indices(), *texts)
    if names == codes(len(names)):
        return CatBoostInputs(count=len(names), strings=strings)
    types: dict[str, InputType] = {name: "number" for place, name in enumerate(names) if place not in strings}
    types.update({names[place]: "text" for place in texts})
    no_gaps = tuple(names[place] for place in strings)
    return CatBoostInputs(names, len(names), types, no_gaps=no_gaps, strings=strings)


def _strings(column: pd.Series[Any]) -> pd.Series[Any]:
    if column.isna().any():
        raise Refused(f'takes no missing values in the column "{column.name}"; fill them as when it was trained')
    places, values = pd.factorize(column)
    if pd.api.types.is_float_dtype(values) and any(value % 1 for value in values):
        raise Refused(f'takes categories in the column "{column.name}", which holds fractions')
    return pd.Series(np.array([_category(value) for value in values], object)[places], index=column.index)


def _category(value: object) -> str:
    """The text that CatBoost makes of a category: 1 and 0 are True and False to it."""
    return class_name(int(value) if isinstance(value, bool | np.bool_) else value)


def _alpha(options: str) -> list[float]:
    """The quantiles in options such as "alpha=0.1,0.9;delta=1"; CatBoost's default is the median."""
    given = dict(option.partition("=")[::2] for option in options.split(";"))
    return [float(level) for level in given.get("alpha", "0.5").split(",")]


def _warm_up() -> None:
    """Nothing; whatever CatBoost and pandas import or look up when they first see a table is there.

    Training a model would do more, but it reads the state of the process, which a worker may not.
    """
    rows = pd.DataFrame({"a": [0.0, 1.0], "b": ["x", "y"]})
    catboost.Pool(rows.assign(b=_strings(rows["b"])), cat_features=["b"])


_warm_up()
