"""A scikit-learn estimator, or anything that behaves like one, as a loaded model."""

from __future__ import annotations

import warnings
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import sklearn
from sklearn.base import is_clusterer, is_outlier_detector, is_regressor
from sklearn.exceptions import InconsistentVersionWarning
from sklearn.model_selection import FixedThresholdClassifier, TunedThresholdClassifierCV
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC, NuSVC

from evallib.core.evaluation_set import class_name
from evallib.models.formats.inputs import Inputs, inputs_of, library_of
from evallib.models.formats.loaded import (
    SEVERAL_TARGETS,
    Answer,
    Description,
    Give,
    Refused,
    label_answer,
    number_answer,
)
from evallib.models.formats.quantiles import about_quantile, quantile_of

if TYPE_CHECKING:
    from collections.abc import Sequence

LABELS_OF_THEIR_OWN = (FixedThresholdClassifier, TunedThresholdClassifierCV, SVC, NuSVC)
"""Classifiers whose label may differ from the class of the highest probability."""


class VersionsNoted:
    """A context that notes the versions of scikit-learn which the estimators loaded in it were saved with."""

    def __init__(self) -> None:
        self.found: tuple[str, ...] = ()

    def __enter__(self) -> VersionsNoted:
        self._catch = warnings.catch_warnings(record=True, action="always")
        self._caught = self._catch.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._catch.__exit__(kind, error, trace)
        messages = [caught.message for caught in self._caught or ()]
        self.found = tuple(
            sorted({str(m.original_sklearn_version) for m in messages if isinstance(m, InconsistentVersionWarning)})
        )


class Estimator:
    """The loaded model that an estimator is."""

    def __init__(self, model: Any, other_versions: Sequence[str]) -> None:
        self._model = model
        self._inputs = inputs_of(model)
        self.description = _describe(model, self._inputs, other_versions)

    def answer(self, rows: pd.DataFrame, give: Give) -> Answer:
        """The model's probabilities (and its own label, where that may differ), labels or values of every row."""
        given = self._inputs.arrange(rows)
        if give == "labels":
            return label_answer(self._model.predict(given), len(rows))
        if give == "values":
            answer = number_answer(self._model.predict(given), len(rows), "predictions")
            if answer.numbers.shape[1] > 1:
                raise Refused(SEVERAL_TARGETS)
            return answer
        answer = number_answer(self._model.predict_proba(given), len(rows), "probabilities")
        return self._with_labels(answer, self._model.predict(given)) if self.description.own_labels else answer

    def _with_labels(self, answer: Answer, labels: Any) -> Answer:
        codes = pd.Index(self._model.classes_).get_indexer(pd.Index(np.asarray(labels)))
        return Answer(np.column_stack([answer.numbers, codes.astype(np.float64)]))


def _describe(model: Any, inputs: Inputs, other_versions: Sequence[str]) -> Description:
    gives = _gives(model)
    classes: Sequence[Any] = getattr(model, "classes_", ()) if gives[0] != "values" else ()
    last = _last(model)
    several = (len(classes) and np.ndim(classes[0])) or getattr(last, "n_outputs_", 1) > 1
    if several or getattr(last, "multilabel_", False):
        raise Refused(SEVERAL_TARGETS)
    quantile = quantile_of(last) if gives[0] == "values" else None
    return Description(
        kind=_kind(model),
        gives=gives,
        classes=tuple(class_name(value) for value in classes),
        # XGBoost's classifiers can be trained on such codes only.
        coded=gives[0] != "values" and library_of(last) == "xgboost",
        own_labels=gives == ("probabilities",) and isinstance(last, LABELS_OF_THEIR_OWN),
        **inputs.described(),
        libraries=tuple(("scikit-learn", version, sklearn.__version__) for version in other_versions),
        warnings=(*map(_about_version, other_versions), *(() if quantile is None else (about_quantile(quantile),))),
    )


def _about_version(version: str) -> str:
    return f"was saved with scikit-learn {version} and runs on {sklearn.__version__}, so its predictions may differ"


def _gives(model: Any) -> tuple[Give, ...]:
    if isinstance(model, type) or not (hasattr(model, "predict") or hasattr(model, "predict_proba")):
        raise Refused(
            f"holds {_article(model)}, not a model with predict or predict_proba; save the fitted model itself"
        )
    if type(_last(model)).__name__.endswith("Ranker"):
        raise Refused("ranks rows; only classifiers and regressions can be evaluated")
    if hasattr(model, "__sklearn_tags__"):
        if is_clusterer(model) or is_outlier_detector(model):
            raise Refused("finds clusters or outliers; only classifiers and regressions can be evaluated")
        if is_regressor(model):
            return ("values",)
    if hasattr(model, "predict_proba"):
        return ("probabilities",)
    return ("labels",) if hasattr(model, "classes_") else ("values", "labels")


def _article(model: Any) -> str:
    name = model.__name__ if isinstance(model, type) else type(model).__name__
    return f"{'an' if name[0] in 'AEIOUaeiou' else 'a'} {name}"


def _last(model: Any) -> Any:
    return _last(model.steps[-1][1]) if isinstance(model, Pipeline) else getattr(model, "best_estimator_", model)


def _kind(model: Any) -> str:
    if isinstance(model, Pipeline):
        return " → ".join(_kind(step) for _, step in model.steps)
    return model if isinstance(model, str) else type(model).__name__
