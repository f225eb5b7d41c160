"""What a model says of every row against its truth: the loss, and the cell of the confusion matrix."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from evallib.core.evaluation_set import class_name
from evallib.core.losses import highest, log_losses, residuals

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evallib.core.evaluation_set import EvaluationSet

    Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Judged:
    """A model on the n rows of the data."""

    data: EvaluationSet
    model: str

    @property
    def measure(self) -> str:
        """What its loss is: log loss where it gives probabilities, else whether the label is wrong; squared error."""
        if self.data.task == "regression":
            return "squared error"
        return "error" if self.data.predictions[self.model].probability is None else "log loss"

    @cached_property
    def answered(self) -> NDArray[np.bool_]:
        """(n,) True where the model gave an answer."""
        return self.data.predictions[self.model].answered

    @cached_property
    def residual(self) -> Array:
        """(n,) prediction minus truth of a regression; 0 where withheld."""
        return residuals(self.data, self.model)

    @cached_property
    def loss(self) -> Array:
        """(n,) the loss of every row; 0 where withheld."""
        if self.data.task == "regression":
            return self.residual**2
        if self.measure == "log loss":
            return log_losses(self.data, self.model)
        return self.wrong.astype(np.float64)

    @cached_property
    def wrong(self) -> NDArray[np.bool_]:
        """(n,) True where another label than the true one is given, or another value than the true one at all."""
        if self.data.task == "regression":
            return np.asarray(self.residual != 0)
        return np.asarray(self.answered & (self.data.predictions[self.model].label != self.data.y))

    @cached_property
    def cell(self) -> NDArray[np.uint16]:
        """(n,) truth x k + label; for a regression 0 where the value is too low, 1 where exact, 2 where too high."""
        if self.data.task == "regression":
            return (np.sign(self.residual) + 1).astype(np.uint16)
        label = np.maximum(self._label, 0)
        return (self.data.y * len(self.data.classes) + label).astype(np.uint16)

    def said(self, rows: NDArray[np.intp]) -> list[str]:
        """The answers to some rows, as texts."""
        if self.data.task == "regression":
            return [f"{value:.6g}" for value in self._value[rows]]
        return [self.data.classes[code] for code in self._label[rows]]

    def confidence(self, rows: NDArray[np.intp]) -> Array:
        """The highest class probability of some rows; NaN without probabilities."""
        probability = self.data.predictions[self.model].probability
        if probability is None:
            return np.full(len(rows), np.nan)
        return highest(probability[rows])

    def apart(self, rows: NDArray[np.intp]) -> Array:
        """How many other models say another label of some rows; how far the farthest one's value is, for a regression.

        Models that withheld do not count.
        """
        found = np.zeros(len(rows))
        for name, answers in self.data.predictions.items():
            if name == self.model:
                continue
            if self.data.task == "regression" and answers.value is not None:
                found = np.fmax(found, np.abs(answers.value[rows] - self._value[rows]))
            elif answers.label is not None:
                found += answers.answered[rows] & (answers.label[rows] != self._label[rows])
        return found

    @property
    def _label(self) -> NDArray[np.int32]:
        label = self.data.predictions[self.model].label
        if label is None:
            raise ValueError(f"{self.model} gives no labels.")
        return label

    @property
    def _value(self) -> Array:
        value = self.data.predictions[self.model].value
        if value is None:
            raise ValueError(f"{self.model} gives no values.")
        return value


def truths(data: EvaluationSet, rows: NDArray[np.intp]) -> list[str]:
    """The truth of some rows, as texts."""
    if data.task == "regression":
        return [class_name(value) for value in data.y[rows]]
    return [data.classes[code] for code in data.y[rows]]


def row_numbers(data: EvaluationSet, rows: NDArray[np.intp]) -> NDArray[np.int64]:
    """The numbers of some rows, counted from 1 in the whole data, also where a filter or a sample chose the rows."""
    index = data.table.index
    return np.asarray(index[rows] if index.dtype.kind == "i" else rows, dtype=np.int64) + 1
