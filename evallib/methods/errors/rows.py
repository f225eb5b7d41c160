"""What one model gets wrong on some of the rows, and its sums and rates in any groups of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from evallib.core.evidence import Evidence
from evallib.core.linearization import effective_size
from evallib.core.metrics import METRICS, Metric
from evallib.core.slice_scores import MEANS, SlicedModel, measured
from evallib.core.slice_tallies import LossTally
from evallib.core.unpaired import Gap, Quantity, bounded_gap, means_gap, proportions_gap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from evallib.core.evaluation_set import EvaluationSet
    from evallib.core.slices import Partition

    Array = NDArray[np.float64]

ERROR_RATE, ABSOLUTE = "share of wrong answers", "mean absolute error"
"""What the error of some rows is, of a classification and of a regression."""

HIGHEST = 0.99
"""Absolute errors above this quantile count as it does where errors are searched, so that a few rows decide nothing."""


@dataclass(frozen=True, eq=False)
class ErrorRows:
    """The errors of a model on m rows that it answered, those without an error first.

    evidence: of these rows.    loss: (m,) 1 where it is wrong and 0 where it is right; the absolute error of a
    regression.    codes: the slice of every row by each column, (m,) each.    weight: (m,), or None for all equal.
    """

    evidence: Evidence
    loss: Array
    codes: tuple[NDArray[np.uint8], ...]
    weight: Array | None

    @classmethod
    def of(
        cls, data: EvaluationSet, model: str, columns: Sequence[Partition], rows: NDArray[np.bool_] | None = None
    ) -> ErrorRows:
        """Those of the rows that `rows` (n,) marks; of all without it."""
        evidence = Evidence(data, model, rows)
        places = np.flatnonzero(evidence.counts)
        value = MEANS[error_metric(data).key](data, model)
        loss = value if data.task == "regression" else 1.0 - value
        wrong = loss[places] > 0
        places = np.concatenate((places[~wrong], places[wrong]))
        codes = tuple(one.codes.take(places) for one in columns)
        return cls(evidence, loss[places], codes, None if data.weight is None else data.weight[places])

    def __len__(self) -> int:
        return len(self.loss)

    @property
    def metric(self) -> Metric:
        """Whose intervals and tests the error has: accuracy, of which an error rate is the complement, or the MAE."""
        return error_metric(self.evidence.data)

    @property
    def binary(self) -> bool:
        """True where a row is either right or wrong."""
        return self.metric.bounded

    @property
    def measure(self) -> str:
        """What the error of some rows is."""
        return ERROR_RATE if self.binary else ABSOLUTE

    @cached_property
    def right(self) -> int:
        """How many rows are without an error."""
        return len(self) - int(np.count_nonzero(self.loss))

    @cached_property
    def searched_loss(self) -> Array:
        """(m,) the loss as it is searched: without the length of its upper tail."""
        if self.binary or not len(self):
            return self.loss
        return np.minimum(self.loss, np.quantile(self.loss, HIGHEST))

    @cached_property
    def inflation(self) -> float:
        """The design effect of rows in clusters; at least 1."""
        return SlicedModel(self.evidence).inflation(self.metric) if len(self) else 1.0

    @cached_property
    def size(self) -> float:
        """How many independent rows of equal weight are worth as much as these."""
        return (float(len(self)) if self.weight is None else effective_size(self.weight)) / self.inflation

    def sums(self, places: NDArray[np.intp], size: int, *, searched: bool = False) -> Array:
        """(7, size) of the rows in each place: their number, and the sums of w, w², w v, w² v, w² v² and w v².

        w are the weights, v the losses; `searched` says that these are the searched ones.
        """
        if self.weight is None:
            return self._plain_sums(places, size, *(self._searched_powers if searched else self._powers))
        loss, weight = self.searched_loss if searched else self.loss, self.weight
        once = weight * loss
        parts = (weight, weight**2, once, weight * once, once**2, once * loss)
        return np.stack((np.bincount(places, minlength=size), *(np.bincount(places, part, size) for part in parts)))

    @cached_property
    def _powers(self) -> tuple[Array, Array]:
        """The losses of the rows with an error, and their squares."""
        return self.loss[self.right :], self.loss[self.right :] ** 2

    @cached_property
    def _searched_powers(self) -> tuple[Array, Array]:
        return self.searched_loss[self.right :], self.searched_loss[self.right :] ** 2

    def _plain_sums(self, places: NDArray[np.intp], size: int, *powers: Array) -> Array:
        wrong, n = places[self.right :], np.bincount(places, minlength=size).astype(float)
        if self.binary:
            once = square = np.bincount(wrong, minlength=size).astype(float)
        else:
            once, square = (np.bincount(wrong, part, size) for part in powers)
        return np.stack((n, n, n, once, once, square, square))

    def effective(self, sums: Array) -> Array:
        """(3, …) effective rows, and the sums of their loss and of its square, for sums (7, …) of all the rows."""
        total = 1.0 if self.weight is None else float(self.weight.sum()) / effective_size(self.weight)
        return sums[[1, 3, 6]] / (max(total, 1e-300) * self.inflation)

    def judged(self, places: NDArray[np.intp], size: int, groups: NDArray[np.bool_] | None = None) -> Judged:
        """The errors in every place, below `size`; in groups (G, size) of places where these are given."""
        sums = self.sums(places, size)
        total = sums.sum(axis=1, keepdims=True)
        return Judged(self, sums if groups is None else sums @ groups.T.astype(float), total)

    def quantity(self, sums: Array) -> Quantity:
        """The error with its limits for (7, S) sums."""
        found = LossTally(self.evidence, 0.0, self.loss).sliced(self.metric, sums[1:6].T)
        return measured(self.metric, found, sums[0], self.inflation)


@dataclass(frozen=True, eq=False)
class Judged:
    """The errors in S sets of rows.

    sums: (7, S) as `ErrorRows.sums` makes them.
    total: (7, 1) the same of all rows.
    """

    rows: ErrorRows
    sums: Array
    total: Array

    @cached_property
    def error(self) -> Quantity:
        """(S,) the error rate, or the mean absolute error."""
        return self.rows.quantity(self.sums)

    @cached_property
    def rest(self) -> Quantity:
        """(S,) the same on all other rows."""
        return self.rows.quantity(self.total - self.sums)

    @cached_property
    def overall(self) -> float:
        """The error of all rows; NaN where there are none."""
        return float(self.total[3, 0] / self.total[1, 0]) if self.total[1, 0] > 0 else np.nan

    @cached_property
    def gap(self) -> Gap:
        """(S,) the error minus that of the rest, tested as on all other pages about slices."""
        if not self.rows.binary:
            return means_gap(self.error, self.rest)
        plain = self.rows.weight is None and self.rows.evidence.data.cluster is None
        return (proportions_gap if plain else bounded_gap)(self.error, self.rest)

    def measures(self) -> dict[str, Array]:
        """The columns of a table: rows and their share of all, the error and its share of all errors, and the lift."""
        with np.errstate(divide="ignore", invalid="ignore"):
            shares = {name: self.sums[place] / self.total[place] for name, place in (("share", 1), ("error_share", 3))}
            lifts = {name: value / self.overall for name, value in self._limits("lift").items()}
        return {"n": self.sums[0].astype(np.int64), **shares, **self._limits("error"), **lifts}

    def _limits(self, name: str) -> dict[str, Array]:
        lower, upper = ("lower", "upper") if name == "error" else (f"{name}_lower", f"{name}_upper")
        return {name: self.error.value, lower: self.error.lower, upper: self.error.upper}


def error_metric(data: EvaluationSet) -> Metric:
    """The metric that the errors of a task belong to."""
    return METRICS["mae" if data.task == "regression" else "accuracy"]
