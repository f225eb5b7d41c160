"""An estimator or a function of the caller's own process, asked right there: what is theirs needs no isolation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from evallib.core.errors import BadInput
from evallib.core.progress import Progress, no_progress
from evallib.models.answers import checked_answers
from evallib.models.binding import Binding, bind
from evallib.models.card import ModelCard
from evallib.models.formats.loaded import Answer, Description, Give, LoadedModel, Refused, label_answer, number_answer
from evallib.models.formats.objects import loaded_model

if TYPE_CHECKING:
    from evallib.core.evaluation_set import Answers, Task


class OwnModel:
    """A loaded model under the name of its system."""

    def __init__(self, name: str, loaded: LoadedModel) -> None:
        self.name = name
        self._loaded = loaded
        self.card = ModelCard.of(loaded.description, name, "pickle")

    @classmethod
    def of_estimator(cls, name: str, estimator: Any) -> OwnModel:
        """An estimator, what behaves like one, or a booster. Raises `BadInput` where it is no fitted model."""
        try:
            return cls(name, loaded_model(estimator, ()))
        except Refused as error:
            raise BadInput(f"{name} {error}.") from error

    def bind(
        self,
        table: pd.DataFrame,
        classes: Sequence[str],
        task: Task,
        said: Sequence[str] = (),
        features: Sequence[str] | None = None,
    ) -> OwnBoundModel:
        """The model matched to a table with these columns and classes; see `binding.bind`."""
        return OwnBoundModel(self, bind(self.card, table, classes, task, said, features))

    def answer(self, rows: pd.DataFrame, binding: Binding) -> Answers:
        """What it says of every row. Raises `BadInput` with what it raised."""
        try:
            answer = self._loaded.answer(rows, binding.give)
        except Refused as error:
            raise BadInput(f"{self.name} {error}.") from error
        except Exception as error:
            raise BadInput(f"{self.name} failed: {type(error).__name__}: {error}") from error
        return checked_answers(self.name, binding, answer.numbers, answer.names, range(len(rows)))


class Function:
    """A function of a table of features as a loaded model; it gives probabilities, or else labels or values."""

    def __init__(self, function: Callable[[pd.DataFrame], Any], *, probabilities: bool) -> None:
        self._function = function
        name = getattr(function, "__name__", type(function).__name__)
        self.description = Description(kind=name, gives=("probabilities",) if probabilities else ("values", "labels"))

    def answer(self, rows: pd.DataFrame, give: Give) -> Answer:
        """What the function returns for the rows: (n,) of the second of two classes or (n, k), or (n,) answers."""
        said = self._function(rows)
        if give == "labels":
            return label_answer(said, len(rows))
        return number_answer(said, len(rows), "predictions" if give == "values" else give)


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
