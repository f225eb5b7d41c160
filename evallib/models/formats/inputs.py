"""What a fitted scikit-learn model takes: which columns, in which order, of which type."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.model_selection import FixedThresholdClassifier, TunedThresholdClassifierCV
from sklearn.model_selection._search import BaseSearchCV
from sklearn.pipeline import FeatureUnion, Pipeline

from evallib.models.formats.extras import BOOSTER_LIBRARIES
from evallib.models.formats.levels import Levels
from evallib.models.formats.loaded import InputType

WRAPPERS: dict[Any, str] = {
    BaseSearchCV: "best_estimator_",
    FixedThresholdClassifier: "estimator_",
    TunedThresholdClassifierCV: "estimator_",
    TransformedTargetRegressor: "regressor_",
}
"""Where those that pass their rows on as they are keep the model that gets them."""

BOOSTERS = (HistGradientBoostingClassifier, HistGradientBoostingRegressor)


@dataclass(frozen=True)
class Inputs:
    """The columns that a model takes.

    names: in the model's order, or empty where it was trained without names.
    count: how many, or None where the model does not tell.
    types: of those columns where it is known for sure, what their values are.
    categorical: those that must have pandas' category type.
    takes_text: True where the model takes one column of texts instead of a table.
    no_gaps: those that may have no missing value.
    levels: of a gradient booster with its own list of categories, those of each column that has them.
    """

    names: tuple[str, ...] = ()
    count: int | None = None
    types: dict[str, InputType] = field(default_factory=dict)
    categorical: tuple[str, ...] = ()
    takes_text: bool = False
    no_gaps: tuple[str, ...] = ()
    levels: Levels | None = None

    @classmethod
    def of_booster(cls, names: tuple[str, ...], count: int, levels: Levels) -> Inputs:
        """Those of a gradient booster: numbers in all columns but those with categories."""
        types: dict[str, InputType] = dict.fromkeys(names, "number")
        for name in levels.of:
            del types[name]
        return cls(names, count, {**types, **levels.types()}, levels=levels)

    def described(self) -> dict[str, Any]:
        """What a model's `Description` tells of them."""
        return {
            "features": self.names,
            "n_features": self.count,
            "types": self.types,
            "categorical": self.categorical,
            "no_gaps": self.no_gaps,
            "takes_text": self.takes_text,
        }

    def arrange(self, rows: pd.DataFrame) -> Any:
        """The rows as the model takes them: a table, a matrix where it knows no names, or texts ("" for none)."""
        if self.takes_text:
            texts = rows.iloc[:, 0]
            return texts.where(texts.notna(), "")
        if self.levels is not None:
            rows = self.levels.set_on(rows)
        return rows.to_numpy(copy=True) if self.count is not None and not self.names else rows


def inputs_of(model: Any) -> Inputs:
    """What the model takes, as far as it tells."""
    first = _first(model)
    if _reads_texts(first):
        return Inputs(count=1, takes_text=True)
    library = library_of(first)
    if library in BOOSTER_LIBRARIES:
        of_booster: Inputs = importlib.import_module(BOOSTER_LIBRARIES[library]).inputs_of_estimator(first)
        return of_booster
    count = getattr(model, "n_features_in_", None)
    names = tuple(str(name) for name in getattr(model, "feature_names_in_", ()))
    if not names:
        return Inputs(count=None if count is None else int(count))
    types = _types(first, names)
    texts: tuple[str, ...] = ()
    if isinstance(first, ColumnTransformer):
        texts = _text_columns(first, names)
        names = _used_columns(first, names)
    return Inputs(names, len(names), types, _categorical(first, names), no_gaps=texts)


def library_of(model: Any) -> str:
    """The name of the package that a model's class comes from."""
    return type(model).__module__.partition(".")[0]


def _first(model: Any) -> Any:
    """The part of a model that the rows reach first, through searches, thresholds and pipelines."""
    for kind, inner in WRAPPERS.items():
        if isinstance(model, kind):
            return _first(getattr(model, inner))
    if isinstance(model, CalibratedClassifierCV):
        return _first(model.calibrated_classifiers_[0].estimator)
    if not isinstance(model, Pipeline):
        return model
    # Those that choose rows for the training let all others pass.
    return _first(next(step for _, step in model.steps if not hasattr(step, "fit_resample")))


def _reads_texts(step: Any) -> bool:
    """Whether it takes texts instead of a table: it counts or hashes their words, or joins others that do."""
    if isinstance(step, FeatureUnion):
        return all(_reads_texts(_first(part)) for _, part in step.transformer_list)
    return hasattr(step, "build_analyzer")


def _text_columns(transformer: ColumnTransformer, names: Sequence[str]) -> tuple[str, ...]:
    """The columns in which it reads texts; a missing one is none."""
    texts = [positions for step, positions in _branches(transformer) if _reads_texts(_first(step))]
    return tuple(names[position] for positions in texts for position in positions)


def _used_columns(transformer: ColumnTransformer, names: tuple[str, ...]) -> tuple[str, ...]:
    """The columns that are not dropped: the data need not have the others."""
    used = {position for step, positions in _branches(transformer) if step != "drop" for position in positions}
    return tuple(name for position, name in enumerate(names) if position in used)


def _branches(transformer: ColumnTransformer) -> list[tuple[Any, list[int]]]:
    positions = transformer._transformer_to_input_indices
    return [(step, positions.get(name, [])) for name, step, _ in transformer.transformers_]


def _types(step: Any, names: Sequence[str]) -> dict[str, InputType]:
    """The types of those of `names` that `step` saw and remembers; encoders and imputers do."""
    if isinstance(step, ColumnTransformer):
        parts = [_types(inner, [names[i] for i in positions]) for inner, positions in _branches(step)]
        return {name: kind for part in parts for name, kind in part.items()}
    if isinstance(step, Pipeline):
        first, *rest = (inner for _, inner in step.steps)
        return _types(first, names) or (_types(rest[0], names) if rest and _keeps_columns(first) else {})
    if _reads_texts(step):
        return dict.fromkeys(names, "text")
    if isinstance(step, BOOSTERS) and step.is_categorical_ is not None:
        return _types(step._preprocessor, names)
    seen = getattr(step, "categories_", None) or _fill_values(step)
    if len(seen) != len(names):
        return {}
    kinds = [_type_of(np.asarray(values)) for values in seen]
    return {name: kind for name, kind in zip(names, kinds, strict=True) if kind}


def _keeps_columns(step: Any) -> bool:
    return isinstance(step, SimpleImputer)


def _fill_values(step: Any) -> list[Any]:
    return [[value] for value in step.statistics_] if isinstance(step, SimpleImputer) else []


def _type_of(values: np.ndarray[Any, Any]) -> InputType | None:
    if values.dtype.kind in "iuf":
        return "number"
    known = [value for value in values if not pd.isna(value)]
    return "text" if known and all(isinstance(value, str) for value in known) else None


def _categorical(first: Any, names: tuple[str, ...]) -> tuple[str, ...]:
    """The columns that gradient boosting knows as categories by their type in the training data."""
    if not isinstance(first, BOOSTERS) or first.is_categorical_ is None or not _by_type(first):
        return ()
    return tuple(name for name, known in zip(names, first.is_categorical_, strict=True) if known)


def _by_type(booster: Any) -> bool:
    return isinstance(booster.categorical_features, str) and booster.categorical_features == "from_dtype"
