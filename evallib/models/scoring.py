"""Rows -> a model's checked answers, in chunks, with progress."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from evallib.core.errors import BadInput
from evallib.core.evaluation_set import Answers, class_name
from evallib.core.progress import Progress, no_progress
from evallib.models.answers import checked_answers, joined, widths
from evallib.models.binding import Binding, bind
from evallib.models.card import one_line
from evallib.models.chunks import FIRST_ROWS, Chunks
from evallib.models.crew import Crew
from evallib.models.frames import Column, Shipment, column_of
from evallib.models.isolated import IsolatedModel, ModelRaised

if TYPE_CHECKING:
    from evallib.core.evaluation_set import Task
    from evallib.models.formats.loaded import InputType


@dataclass(frozen=True, eq=False)
class BoundModel:
    """A model matched to a data set; a `Predictor` for methods that ask again about changed rows."""

    model: IsolatedModel
    binding: Binding

    def predict(self, features: pd.DataFrame, progress: Progress = no_progress) -> Answers:
        """Answers for every row. Raises `BadInput` with one sentence where an answer is unusable."""
        return score(self, features, progress)

    def with_classes(self, classes: Sequence[str]) -> BoundModel:
        """The same, answering in codes of more classes, such as those that another model knows."""
        return replace(self, binding=self.binding.with_classes(classes))


def bind_model(
    model: IsolatedModel,
    table: pd.DataFrame,
    classes: Sequence[str],
    task: Task,
    said: Sequence[str] = (),
    features: Sequence[str] | None = None,
) -> BoundModel:
    """The model, matched to a table with these columns and classes; see `binding.bind` for what is matched and how."""
    return BoundModel(model, bind(model.card, table, classes, task, said, features))


def score(bound: BoundModel, features: pd.DataFrame, progress: Progress = no_progress) -> Answers:
    """The model's answers for every row of `features`, in codes of the binding's classes.

    Labels are the classes of the highest probability, unless the model decides otherwise itself. `progress` is also
    called while a chunk is computed; where it raises, the model is closed. Raises `BadInput` where the model fails,
    or where a probability is NaN, outside [0, 1] or part of a row that does not sum to 1.
    """
    columns = _columns(bound.binding, features)
    rows = Chunks(columns, len(features), widths(bound.binding), bound.model.pace)
    parts: dict[int, Answers] = {}

    def tell() -> None:
        progress(rows.answered, len(features), f"Scoring {bound.model.name}")

    def answer(process: IsolatedModel, heartbeat: Callable[[], None], after_each: Callable[[], None]) -> None:
        one, waiting = replace(bound, model=process), deque(rows.take())

        def prepare() -> None:
            # Before the pace is known, a chunk would be a small one, and each costs some models 25 ms.
            if rows.pace and not waiting:
                waiting.extend(rows.take())

        while waiting:
            shipment = waiting.popleft()
            parts[shipment.rows.start] = _answers(one, shipment, heartbeat=heartbeat, meanwhile=prepare)
            rows.note(shipment)
            prepare()
            after_each()

    try:
        Crew(bound.model, answer).run(rows, tell)
    except ModelRaised as error:
        raise _explained(error, bound, columns) from None
    if len(features) >= FIRST_ROWS:
        bound.model.pace = rows.pace
    return joined([parts[start] for start in sorted(parts)], bound.binding)


def _answers(bound: BoundModel, shipment: Shipment, **calls: Callable[[], None]) -> Answers:
    binding = bound.binding
    numbers, names = bound.model.answer(shipment, binding.give, widths(binding), **calls)
    return checked_answers(bound.model.name, binding, numbers, names, shipment.rows)


def _explained(error: ModelRaised, bound: BoundModel, columns: Mapping[str, Column]) -> BadInput:
    """The error in terms of the data, where it is about text in a column of numbers; else the error itself."""
    found = re.search(r"could not convert string to float: '(.*?)'", error.text)
    texts = {name: column for name, column in columns.items() if not isinstance(column, np.ndarray)} if found else {}
    for feature, column in texts.items():
        if found and found[1] in column.unique().to_pylist():
            return BadInput(
                f'{bound.model.name} takes numbers in the column "{bound.binding.columns[feature]}", which holds text'
                f' such as "{found[1]}".'
            )
    return error


def _columns(binding: Binding, features: pd.DataFrame) -> dict[str, Column]:
    """The columns that the model takes, under its names for them."""
    return {
        feature: column_of(_converted(features[name], binding.conversions.get(feature)))
        for feature, name in binding.columns.items()
    }


def _converted(column: pd.Series[Any], kind: InputType | None) -> pd.Series[Any]:
    if kind is None:
        return column
    by_value = column.astype("category").cat
    if kind == "text":
        return by_value.rename_categories([class_name(value) for value in by_value.categories])
    numbers = pd.to_numeric(by_value.categories.to_series(), errors="coerce").to_numpy(dtype=np.float64)
    if np.isnan(numbers).any():
        text = one_line(str(by_value.categories[np.isnan(numbers)][0]))
        raise BadInput(f'The model takes numbers in the column "{column.name}", which holds text such as "{text}".')
    return pd.Series(np.append(numbers, np.nan)[by_value.codes.to_numpy()], name=column.name)
