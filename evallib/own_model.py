"""A fitted estimator of the caller's own process, asked right there: an object of theirs needs no isolation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from evallib.core.errors import BadInput
from evallib.core.progress import Progress, no_progress
from evallib.models.answers import checked_answers
from evallib.models.binding import Binding, bind
from evallib.models.card import ModelCard
from evallib.models.formats.estimator import Estimator
from evallib.models.formats.loaded import Refused

if TYPE_CHECKING:
    from evallib.core.evaluation_set import Answers, Task


class OwnModel:
    """A scikit-learn estimator, or what behaves like one. Raises `BadInput` where it is no fitted model."""

    def __init__(self, estimator: Any, name: str) -> None:
        self.name = name
        self.estimator = estimator
        try:
            self._loaded = Estimator(estimator, ())
        except Refused as error:
            raise BadInput(f"{name} {error}.") from error
        self.card = ModelCard.of(self._loaded.description, name, "pickle")

    def bind(self, features: pd.DataFrame, classes: Sequence[str], task: Task) -> OwnBoundModel:
        """The model matched to data with these features and classes."""
        return OwnBoundModel(self, bind(self.card, features, classes, task))

    def answer(self, rows: pd.DataFrame, binding: Binding) -> Answers:
        """What it says of every row. Raises `BadInput` with what it raised."""
        try:
            answer = self._loaded.answer(rows, binding.give)
        except Exception as error:
            raise BadInput(f"{self.name} failed: {type(error).__name__}: {error}") from error
        return checked_answers(self.name, binding, answer.numbers, answer.names, range(len(rows)))


class OwnBoundModel:
    """A `Predictor` that is asked in this process."""

    def __init__(self, model: OwnModel, binding: Binding) -> None:
        self.model = model
        self.binding = binding

    def with_classes(self, classes: Sequence[str]) -> OwnBoundModel:
        """The same, answering in codes of more classes."""
        return OwnBoundModel(self.model, self.binding.with_classes(classes))

    def predict(self, features: pd.DataFrame, progress: Progress = no_progress) -> Answers:  # noqa: ARG002 - all at once
        """Answers for every row; texts reach the estimator as plain objects, as a table read by pandas has them."""
        columns = {feature: _plain(features[column]) for feature, column in self.binding.columns.items()}
        return self.model.answer(pd.DataFrame(columns), self.binding)


def _plain(column: pd.Series[Any]) -> pd.Series[Any]:
    texts = isinstance(column.dtype, pd.CategoricalDtype) or pd.api.types.is_string_dtype(column)
    return column.astype(object) if texts else column
