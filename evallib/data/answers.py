"""The answers of a system that stand in columns of the data: labels, values or probabilities, checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from evallib.core.errors import BadInput
from evallib.core.evaluation_set import WITHHELD, Answers
from evallib.data.classes import named_class
from evallib.data.coding import class_codes, listed, numbers, recode
from evallib.data.export import plain
from evallib.data.labels import Labelled
from evallib.data.roles import check_column
from evallib.data.source import System

if TYPE_CHECKING:
    from numpy.typing import NDArray

SUM_TOLERANCE = 0.01
"""How far the probabilities of a row may be from adding up to 1 before they are refused; rounding alone does that."""

RANGE_TOLERANCE = 1e-6
"""How far a probability may be outside 0 to 1, or a sum from 1, by the arithmetic of whoever wrote it."""


@dataclass(frozen=True, eq=False)
class ColumnAnswers(Answers):
    """The answers in columns of the data; `note` says in a sentence what was changed in them, if anything."""

    note: str = ""


def answers_from_columns(labelled: Labelled, table: pd.DataFrame, system: System) -> ColumnAnswers:
    """What `system` answers to the rows of `labelled`, from its columns in `table`; an empty cell is withheld.

    One probability column of a binary task holds the probability of the positive class, two hold those of both classes.
    The label is the class with a probability above 0.5, of several classes the one with the largest.
    Raises `BadInput` for columns that are not there, labels that are no class, and probabilities that are infinite,
    outside 0 to 1, given for some classes only, or do not add up to 1.
    """
    for column in system.columns:
        check_column(table, column, labelled.name, f"answers of {plain(system.name)}")
        if column == labelled.columns.target:
            raise BadInput(
                f"{plain(system.name)} answers with the target {plain(column)} itself; choose another column."
            )
    if system.label is not None:
        answers = _labels(labelled, table[system.label], system)
    elif labelled.task == "regression":
        raise BadInput(f"{plain(system.name)} gives probabilities, but the task is a regression; give a label column.")
    else:
        answers = _probabilities(labelled, table, system)
    _check_answered(answers, system, labelled)
    return answers


def _labels(labelled: Labelled, column: pd.Series[Any], system: System) -> ColumnAnswers:
    if labelled.task == "regression":
        return ColumnAnswers(value=numbers(column, labelled.name, "a regression needs"))
    codes, names = class_codes(column)
    unknown = [name for name in names if name not in labelled.classes]
    if unknown:
        raise BadInput(
            f"Column {plain(column.name)} of {plain(labelled.name)} holds {listed(unknown)}, which is no class of "
            f"{plain(labelled.columns.target)} ({listed(labelled.classes)}); write it alike, or leave the cell empty "
            f"where {plain(system.name)} gave no answer."
        )
    return ColumnAnswers(label=recode(codes, names, labelled.classes))


def _probabilities(labelled: Labelled, table: pd.DataFrame, system: System) -> ColumnAnswers:
    columns = system.columns
    values = np.column_stack([_probability(table[column], labelled.name) for column in columns])
    if labelled.task == "binary" and len(columns) == 1:
        return _binary(values[:, 0])
    order = _column_of_classes(columns, labelled, system)
    values, note = _adding_up(values[:, order], columns, labelled.name, system)
    if labelled.task == "binary":
        return _binary(values[:, 1], note)
    withheld = np.isnan(values[:, 0])
    label = np.where(withheld, WITHHELD, np.where(np.isnan(values), -1.0, values).argmax(axis=1)).astype(np.int32)
    return ColumnAnswers(label=label, probability=values, note=note)


def _binary(probability: NDArray[np.float64], note: str = "") -> ColumnAnswers:
    label = np.where(np.isnan(probability), WITHHELD, probability > 0.5).astype(np.int32)
    return ColumnAnswers(label=label, probability=np.ascontiguousarray(probability), note=note)


def _probability(column: pd.Series[Any], name: str) -> NDArray[np.float64]:
    values = numbers(column, name, "a probability needs")
    wrong = (values < -RANGE_TOLERANCE) | (values > 1 + RANGE_TOLERANCE)
    if wrong.any():
        row = int(wrong.argmax())
        raise BadInput(
            f"Column {plain(column.name)} of {plain(name)} holds {values[row]:g} in row {row + 1:,}, which is no "
            f"probability ({wrong.sum():,} values are outside 0 to 1); divide percentages by 100, turn scores into "
            "probabilities, or use the column as labels."
        )
    return np.clip(values, 0.0, 1.0)


def _column_of_classes(columns: Sequence[str], labelled: Labelled, system: System) -> list[int]:
    """The position of the column of every class: by name where names tell, else in the order of the classes."""
    classes = labelled.classes
    if len(columns) != len(classes):
        raise BadInput(
            f"{plain(system.name)} has {len(columns)} probability columns where {plain(labelled.columns.target)} of "
            f"{plain(labelled.name)} has {len(classes)} classes ({listed(classes)}); name one column per class, "
            "and the training file where the data lacks a class."
        )
    named = [named_class(column, classes) for column in columns]
    if set(named) == set(classes):
        return [named.index(name) for name in classes]
    if len(set(named) - {None}) > 1:
        absent = [name for name in classes if name not in named]
        raise BadInput(
            f"The probability columns of {plain(system.name)} ({listed(columns)}) name some classes but not "
            f"{listed(absent)}; name one column per class."
        )
    return list(range(len(classes)))


def _adding_up(
    values: NDArray[np.float64], columns: Sequence[str], name: str, system: System
) -> tuple[NDArray[np.float64], str]:
    """The probabilities scaled to add up to 1 in every row, and a sentence where that changed anything to speak of."""
    absent = np.isnan(values)
    some = absent.any(axis=1) & ~absent.all(axis=1)
    if some.any():
        raise BadInput(
            f"The probabilities of {plain(system.name)} in {plain(name)} are given for some classes only in "
            f"{some.sum():,} rows, first in row {int(some.argmax()) + 1:,}; fill in all of {listed(columns)} or none."
        )
    total = values.sum(axis=1)
    away = np.abs(total - 1.0)
    wrong = away > SUM_TOLERANCE + RANGE_TOLERANCE
    if wrong.any():
        row = int(wrong.argmax())
        raise BadInput(
            f"The probabilities of {plain(system.name)} in {plain(name)} add up to {total[row]:.4g} instead of 1 in "
            f"row {row + 1:,} ({wrong.sum():,} such rows); give the columns of all classes, not only {listed(columns)}."
        )
    scaled = int((away > RANGE_TOLERANCE).sum())
    note = f"The probabilities of {plain(system.name)} were scaled to add up to 1 in {scaled:,} rows." if scaled else ""
    return values / total[:, None], note


def _check_answered(answers: Answers, system: System, labelled: Labelled) -> None:
    given = answers.value if answers.label is None else np.where(answers.label == WITHHELD, np.nan, 0.0)
    if given is None or np.isnan(given).all():
        raise BadInput(
            f"The answers of {plain(system.name)} in {plain(labelled.name)} are empty in every row "
            f"({listed(system.columns)}); choose another column."
        )
