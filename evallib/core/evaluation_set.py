"""The one object that every method reads: labels, predictions of every model, features, weights and roles."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
import pandas as pd

from evallib.core.errors import BadInput, NotApplicable
from evallib.core.ranking import descending, score_groups

if TYPE_CHECKING:
    from numpy.typing import NDArray

Task = Literal["binary", "multiclass", "regression"]
TASKS: tuple[Task, ...] = ("binary", "multiclass", "regression")

WITHHELD = -1
"""The label code of a row on which a model, or a human, gave no answer."""


class Role(StrEnum):
    """What a system is to the decision at hand. A human, an existing solution and a model are treated alike."""

    CANDIDATE = "candidate"
    INCUMBENT = "incumbent"
    HUMAN = "human"
    EXISTING = "existing"
    BASELINE = "baseline"


class Predictor(Protocol):
    """A model that can be asked again about changed rows."""

    def predict(self, features: pd.DataFrame) -> Answers:
        """Answers for every row of `features` (the set's feature columns, in any number of rows)."""


@dataclass(frozen=True, eq=False)
class Answers:
    """What a model says about n rows.

    label: (n,) int32 class codes with `WITHHELD` where it gave none; None for a regression.
    probability: (n,) float64 probability of class 1 of a binary task; (n, k) of a multiclass task, rows summing to 1,
        NaN rows where withheld; None where the model gives labels only.
    value: (n,) float64 prediction of a regression, NaN where withheld; None for a classification.
    """

    label: NDArray[np.int32] | None = None
    probability: NDArray[np.float64] | None = None
    value: NDArray[np.float64] | None = None

    def take(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> Answers:
        """The answers of some rows, chosen by a mask or by positions."""
        label, probability, value = (
            None if array is None else array[rows] for array in (self.label, self.probability, self.value)
        )
        return Answers(label, probability, value)  # type: ignore[arg-type]


@dataclass(frozen=True, eq=False)
class Predictions(Answers):
    """The answers of one named system on the rows of an evaluation set, and its role."""

    name: str = ""
    role: Role = Role.CANDIDATE

    def take(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> Predictions:
        """The predictions of some rows, chosen by a mask or by positions."""
        return Predictions(**vars(super().take(rows)), name=self.name, role=self.role)

    @cached_property
    def answered(self) -> NDArray[np.bool_]:
        """(n,) True where the system gave an answer."""
        if self.value is not None:
            return ~np.isnan(self.value)
        if self.label is None:
            raise ValueError(f"{self.name} has neither labels nor values.")
        return np.asarray(self.label != WITHHELD)

    @cached_property
    def order(self) -> NDArray[np.intp]:
        """(n,) the rows from the highest probability of class 1 of a binary task to the lowest; withheld ones as 0."""
        return descending(self._score)

    @cached_property
    def score_groups(self) -> tuple[NDArray[np.uint16], int]:
        """The rows by their probability of class 1 of a binary task, in groups; see `ranking.score_groups`."""
        return score_groups(self._score, self.order)

    @property
    def _score(self) -> NDArray[np.float64]:
        if self.probability is None:
            raise ValueError(f"{self.name} gives labels without probabilities.")
        return np.nan_to_num(self.probability)


@dataclass(frozen=True)
class Columns:
    """The roles of the columns of the data."""

    target: str
    features: tuple[str, ...] = ()
    sensitive: tuple[str, ...] = ()
    weight: str | None = None
    time: str | None = None
    id: str | None = None
    group: str | None = None


@dataclass(frozen=True, eq=False)
class EvaluationSet:
    """Labelled rows and what every system says about them; frozen, and never modified.

    y: (n,) int32 codes into `classes`, or (n,) float64 values of a regression.
    classes: the class names in the order of the codes; empty for a regression.
    positive: the code of the class that counts as the event (a binary task, or one class against the rest).
    table: every column of the data, one row per row of y; also those that are no features.
    weight: (n,) non-negative row weights, or None for all equal.
    models: the systems that can re-predict, by name.
    training_y: labels of the training set in the same coding, where it is known.
    fingerprint: identifies the content; equal content has equal fingerprints.
    total_rows: how many rows the data had before a sample or a filter was taken.
    """

    task: Task
    y: NDArray[np.int32] | NDArray[np.float64]
    table: pd.DataFrame
    columns: Columns
    predictions: Mapping[str, Predictions]
    classes: tuple[str, ...] = ()
    positive: int = 1
    weight: NDArray[np.float64] | None = None
    models: Mapping[str, Predictor] = field(default_factory=dict)
    training_y: NDArray[np.int32] | NDArray[np.float64] | None = None
    fingerprint: str = ""
    total_rows: int = -1
    sampled: bool = False
    where: str = ""

    def __post_init__(self) -> None:
        if self.total_rows < 0:
            object.__setattr__(self, "total_rows", len(self.y))
        for name, length in self._lengths():
            if length != len(self.y):
                raise BadInput(f"{name} has {length:,} rows where the data has {len(self.y):,}.")
        if self.task != "regression" and not 0 <= self.positive < len(self.classes):
            raise BadInput(f"The positive class must be one of {', '.join(self.classes)}.")

    def _lengths(self) -> Iterable[tuple[str, int]]:
        yield "The table", len(self.table)
        if self.weight is not None:
            yield "The weight", len(self.weight)
        for name, answers in self.predictions.items():
            yield f"The predictions of {name}", len(answers.answered)

    def __len__(self) -> int:
        return len(self.y)

    @property
    def features(self) -> pd.DataFrame:
        """The columns that a model may see."""
        return self.table[list(self.columns.features)]

    @property
    def positive_name(self) -> str:
        """The name of the positive class."""
        return self.classes[self.positive]

    @cached_property
    def event(self) -> NDArray[np.bool_]:
        """(n,) True where the row is of the positive class."""
        return np.asarray(self.y == self.positive)

    def event_probability(self, model: str) -> NDArray[np.float64]:
        """(n,) the model's probability of the positive class; NaN where withheld.

        Raises `NotApplicable` where the model gives no probabilities.
        """
        probability = self.predictions[model].probability
        if probability is None:
            raise NotApplicable(f"{model} gives labels without probabilities.")
        if probability.ndim == 2:
            return np.asarray(probability[:, self.positive])
        return probability if self.positive == 1 else 1.0 - probability

    def event_label(self, model: str) -> NDArray[np.bool_]:
        """(n,) True where the model's label is the positive class; False where it withheld."""
        return np.asarray(self.predictions[model].label == self.positive)

    @cached_property
    def cluster(self) -> NDArray[np.intp] | None:
        """(n,) codes of the rows' groups, a row without one being alone; None where the data names no group."""
        if self.columns.group is None:
            return None
        code, groups = self.table[self.columns.group].factorize()
        alone = code < 0
        code[alone] = len(groups) + np.arange(np.count_nonzero(alone))
        return code

    @property
    def incumbent(self) -> str | None:
        """What a candidate is compared with: the incumbent, else the existing solution, else the human."""
        for role in (Role.INCUMBENT, Role.EXISTING, Role.HUMAN):
            for name, answers in self.predictions.items():
                if answers.role == role:
                    return name
        return None

    def with_probabilities(self) -> list[str]:
        """The names of the models that give probabilities."""
        return [name for name, answers in self.predictions.items() if answers.probability is not None]

    def with_positive(self, name: str) -> EvaluationSet:
        """The same rows with another class as the event."""
        if name not in self.classes:
            raise BadInput(f"There is no class {name!r}; the classes are {', '.join(self.classes)}.")
        return replace(self, positive=self.classes.index(name))

    def take(
        self, rows: NDArray[np.bool_] | NDArray[np.intp], *, where: str = "", sampled: bool = False
    ) -> EvaluationSet:
        """A new set of some rows (mask or positions); `where` names a filter, `sampled` says that chance chose them."""
        chosen = hashlib.blake2b(np.ascontiguousarray(rows).tobytes(), digest_size=8).hexdigest()
        return replace(
            self,
            y=self.y[rows],
            table=self.table.iloc[rows if rows.dtype != bool else np.flatnonzero(rows)],
            predictions={name: answers.take(rows) for name, answers in self.predictions.items()},
            weight=None if self.weight is None else self.weight[rows],
            fingerprint=f"{self.fingerprint}/{chosen}",
            sampled=self.sampled or sampled,
            where=where or self.where,
        )


def class_name(value: object) -> str:
    """The name of a class value as users read it: 1.0 and numpy's 1 are "1", True is "True"."""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    if isinstance(value, np.generic):
        return str(value.item())
    return str(value)
