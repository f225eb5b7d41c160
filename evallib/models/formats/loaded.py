"""What every loaded model can do, whatever its format."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
import pandas as pd

from evallib.core.evaluation_set import WITHHELD, class_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

Give = Literal["probabilities", "labels", "values"]
"""What a model can be asked for."""

InputType = Literal["text", "number"]

MOST_CLASSES = 10_000

SEVERAL_TARGETS = "predicts several targets at once; save one model per target"


class Refused(Exception):
    """The file, or an answer, is nothing to work with; the message goes on after the model's name."""


@dataclass(frozen=True)
class Description:
    """What a model says of itself.

    gives: what it can be asked for, best first; more than one where only the task can tell (a bare `predict`).
    classes: the names of its classes in the order of its probabilities; empty where it does not tell.
    coded: True where its classes are the codes 0 to k - 1 that stand for names which the file does not have.
    own_labels: True where its label is not the class of the highest probability; the code of its label then stands
        in one more column after the probabilities.
    features: the names of the columns it takes, in its order; empty where it has none.
    n_features: how many columns it takes, where it tells.
    types: of some features, what their values are.
    categorical: the features that it takes as pandas categories.
    no_gaps: the features in which it takes no missing value, as far as it tells.
    takes_text: True where it takes one column of texts.
    libraries: (name, version in the file, version here) of those that matter to its answers; "" where unknown.
    """

    kind: str
    gives: tuple[Give, ...]
    classes: tuple[str, ...] = ()
    coded: bool = False
    own_labels: bool = False
    features: tuple[str, ...] = ()
    n_features: int | None = None
    types: dict[str, InputType] = field(default_factory=dict)
    categorical: tuple[str, ...] = ()
    no_gaps: tuple[str, ...] = ()
    takes_text: bool = False
    libraries: tuple[tuple[str, str, str], ...] = ()
    warnings: tuple[str, ...] = ()


def codes(count: int) -> tuple[str, ...]:
    """The names "0", "1", … of so many classes or columns that have no others."""
    return tuple(str(code) for code in range(count))


def about_goal(goal: str) -> str:
    """What is said of a model that was trained to answer something else than a class or a value."""
    return (
        f'was trained for "{goal}", whose answers are no probabilities of classes and no values of a target; only'
        " classifiers and regressions can be evaluated"
    )


class LoadedModel(Protocol):
    """A model in memory."""

    description: Description

    def answer(self, rows: pd.DataFrame, give: Give) -> Answer:
        """What the model says of every row. Raises `Refused`, or whatever the model's own code raises."""


@dataclass(frozen=True, eq=False)
class Answer:
    """(n, columns) numbers; where these are codes of labels, the names that they stand for."""

    numbers: NDArray[np.float64]
    names: tuple[str, ...] = ()


def number_answer(numbers: object, rows: int, what: str) -> Answer:
    """The numbers as (rows, columns). Raises `Refused` where they are no numbers or of another shape."""
    try:
        array = np.asarray(numbers, dtype=np.float64)
    except (TypeError, ValueError):
        raise Refused(f"gives something else than numbers as {what}") from None
    if array.ndim not in (1, 2) or len(array) != rows:
        raise Refused(f"gives {what} of shape {array.shape} for {rows:,} rows")
    return Answer(array.reshape(rows, -1))


def label_answer(labels: object, rows: int) -> Answer:
    """(rows, 1) codes of the labels, `WITHHELD` for a missing one. Raises `Refused` where they are no labels."""
    array = np.asarray(labels)
    if array.ndim == 2 and len(array) == rows and array.shape[1] > 1:
        raise Refused(SEVERAL_TARGETS)
    if array.shape not in ((rows,), (rows, 1)):
        raise Refused(f"gives labels of shape {array.shape} for {rows:,} rows")
    codes, values = pd.factorize(array.ravel(), use_na_sentinel=True)
    if len(values) > MOST_CLASSES:
        raise Refused(f"gives {len(values):,} different labels for {rows:,} rows")
    numbers = np.where(codes < 0, WITHHELD, codes).astype(np.float64)
    return Answer(numbers.reshape(rows, 1), tuple(class_name(value) for value in values))
