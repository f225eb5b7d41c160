"""Rows -> a model's checked answers, in chunks, with progress."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from evallib.core.errors import BadInput
from evallib.core.evaluation_set import Answers, class_name
from evallib.core.progress import Progress, no_progress
from evallib.models.answers import checked_answers, joined, widths
from evallib.models.binding import Binding, bind
from evallib.models.frames import Column, column_of
from evallib.models.isolated import IsolatedModel, ModelRaised, one_line

if TYPE_CHECKING:
    from evallib.core.evaluation_set import Task
    from evallib.models.formats.loaded import InputType

FIRST_ROWS = 10_000
FEWEST_ROWS = 1_000
MOST_ROWS = 100_000
MOST_CELLS = 20_000_000
"""The most numbers that go in, or come out, at once."""

SECONDS_PER_CHUNK = 1.0
"""What a chunk is meant to take, so that progress is seen and a hanging model is told from a slow one."""


@dataclass(frozen=True, eq=False)
class BoundModel:
    """A model matched to a data set; a `Predictor` for methods that ask again about changed rows."""

    model: IsolatedModel
    binding: Binding

    def predict(self, features: pd.DataFrame) -> Answers:
        """Answers for every row. Raises `BadInput` with one sentence where an answer is unusable."""
        return score(self, features)

    def with_classes(self, classes: Sequence[str]) -> BoundModel:
        """The same, answering in codes of more classes, such as those that another model knows."""
        return replace(self, binding=self.binding.with_classes(classes))


def bind_model(model: IsolatedModel, features: pd.DataFrame, classes: Sequence[str], task: Task) -> BoundModel:
    """The model, matched to data with these features and classes; see `binding.bind` for what is matched and how."""
    return BoundModel(model, bind(model.card, features, classes, task))


def score(bound: BoundModel, features: pd.DataFrame, progress: Progress = no_progress) -> Answers:
    """The model's answers for every row of `features`, in codes of the binding's classes.

    Labels are the classes of the highest probability, unless the model decides otherwise itself. `progress` is also
    called while a chunk is computed; where it raises, the model is closed. Raises `BadInput` where the model fails,
    or where a probability is NaN, outside [0, 1] or part of a row that does not sum to 1.
    """
    columns = _columns(bound.binding, features)
    text = f"Scoring {bound.model.name}"

    def heartbeat() -> None:
        progress(done, len(features), text)

    parts: list[Answers] = []
    done = 0
    for rows in _chunks(len(features), max(len(columns), widths(bound.binding))):
        parts.append(_score_chunk(bound, columns, rows, heartbeat))
        done = rows.stop
        heartbeat()
    return joined(parts, bound.binding)


def _chunks(rows: int, width: int) -> Iterator[range]:
    """Ranges that cover all rows, as long as a chunk that takes `SECONDS_PER_CHUNK` by what the last one took."""
    most = max(1, min(MOST_ROWS, MOST_CELLS // max(width, 1)))
    start, length = 0, min(FIRST_ROWS, most)
    while start < rows:
        began = time.monotonic()
        stop = min(start + length, rows)
        yield range(start, stop)
        rate = (stop - start) / max(time.monotonic() - began, 1e-6)
        start, length = stop, min(most, max(FEWEST_ROWS, int(rate * SECONDS_PER_CHUNK)))


def _score_chunk(
    bound: BoundModel, columns: Mapping[str, Column], rows: range, heartbeat: Callable[[], None]
) -> Answers:
    try:
        numbers, names = bound.model.answer(columns, rows, bound.binding.give, widths(bound.binding), heartbeat)
    except ModelRaised as error:
        column = _column_of_text(error.text, columns, rows)
        if column is None:
            raise
        name = bound.binding.columns[column[0]]
        raise BadInput(
            f'{bound.model.name} takes numbers in the column "{name}", which holds text such as "{column[1]}".'
        ) from None
    return checked_answers(bound.model.name, bound.binding, numbers, names, rows)


def _column_of_text(error: str, columns: Mapping[str, Column], rows: range) -> tuple[str, str] | None:
    """The feature that holds the text which a model could not take for a number, and that text."""
    found = re.search(r"could not convert string to float: '(.*?)'", error)
    if found is None:
        return None
    for feature, column in columns.items():
        if not isinstance(column, np.ndarray):
            values = column[rows.start : rows.stop].unique().to_pylist()
            if found[1] in values:
                return feature, found[1]
    return None


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
