"""What the metrics of one model are computed from, each piece computed once however many metrics ask for it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from evallib.core.linearization import dot, effective_size
from evallib.core.losses import probability_of
from evallib.core.ranking import Ranking
from evallib.core.row_sums import count_by, weigh_by

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from evallib.core.evaluation_set import EvaluationSet


@dataclass(frozen=True, eq=False)
class Evidence:
    """The rows that a model answered, or those of them that `rows` (n,) marks, and what follows from them.

    All arrays keep the n rows of the data; a row that does not count has weight 0.
    """

    data: EvaluationSet
    model: str
    rows: NDArray[np.bool_] | None = None

    @cached_property
    def counts(self) -> NDArray[np.bool_]:
        """(n,) True where the row counts."""
        answered = self.data.predictions[self.model].answered
        return answered if self.rows is None else answered & self.rows

    @cached_property
    def n(self) -> int:
        """How many rows count."""
        return int(np.count_nonzero(self.counts))

    @property
    def all_count(self) -> bool:
        """Whether every row of the data counts."""
        return self.n == len(self.data)

    @cached_property
    def weight(self) -> NDArray[np.float64]:
        """(n,) the rows' weights, 0 where they do not count."""
        if self.data.weight is None and self.all_count:
            return np.broadcast_to(1.0, len(self.data))
        return np.where(self.counts, 1.0 if self.data.weight is None else self.data.weight, 0.0)

    @cached_property
    def label(self) -> NDArray[np.int32]:
        """(n,) the model's labels."""
        label = self.data.predictions[self.model].label
        if label is None:
            raise ValueError(f"{self.model} gives no labels.")
        return label

    @cached_property
    def truth(self) -> NDArray[np.uint16]:
        """(n,) the true classes, in two bytes."""
        return self.data.y.astype(np.uint16)

    @cached_property
    def cell(self) -> NDArray[np.unsignedinteger]:
        """(n,) truth x k + label: the row's place in the flattened confusion matrix; any place where withheld."""
        return self._place((len(self.data.classes),) * 2, self.data.y, np.maximum(self.label, 0))

    @staticmethod
    def _place(shape: tuple[int, ...], *codes: NDArray[np.generic]) -> NDArray[np.unsignedinteger]:
        """(n,) the place in a flattened table of this shape, in as few bytes as it needs."""
        kind = np.min_scalar_type(math.prod(shape))
        place = codes[0].astype(kind)
        for size, code in zip(shape[1:], codes[1:], strict=True):
            place *= kind.type(size)
            place += code.astype(kind)
        return place

    @cached_property
    def confusion(self) -> NDArray[np.float64]:
        """(k, k) sums of weights, truth in rows and label in columns."""
        return self._per_cell(None if self.data.weight is None else self.weight)

    @cached_property
    def squares(self) -> NDArray[np.float64]:
        """(k, k) sums of squared weights, truth in rows and label in columns."""
        return self.confusion if self.data.weight is None else self._per_cell(self.weight**2)

    def _per_cell(self, values: NDArray[np.float64] | None) -> NDArray[np.float64]:
        k = len(self.data.classes)
        return self._sum_by(self.cell, k * k, values).reshape(k, k)

    def _sum_by(
        self, places: NDArray[np.unsignedinteger], size: int, values: NDArray[np.float64] | None = None
    ) -> NDArray[np.float64]:
        """(size,) sums of `values` (1 where None) over the rows that count, unweighted; places (n,) are below size."""
        if values is not None:
            counted = values if self.all_count else np.where(self.counts, values, 0.0)
            return np.bincount(places, counted, size).astype(np.float64, copy=False)
        counted_places = places if self.all_count else places[self.counts]
        return np.bincount(counted_places, minlength=size).astype(np.float64)

    def cells_by(
        self, slices: NDArray[np.uint8], cells: NDArray[np.uint16], shape: tuple[int, int]
    ) -> NDArray[np.float64]:
        """(2, S, C) sums of weights and of squared weights by slice and cell; without weights both are the counts."""
        if self.data.weight is not None:
            return weigh_by(slices, cells, shape, self.weight)
        counts = count_by(slices, cells, shape, None if self.all_count else self.counts)
        return np.broadcast_to(counts, (2, *shape))

    def cell_with(self, other: Evidence) -> NDArray[np.unsignedinteger]:
        """(n,) the row's place in a flattened (k, k, k) table of truth, this model's label and the other's."""
        labels = (np.maximum(one.label, 0) for one in (self, other))
        return self._place((len(self.data.classes),) * 3, self.data.y, *labels)

    def beside(self, other: Evidence) -> NDArray[np.float64]:
        """(k, k, k) sums of squared weights by truth, this model's label and the other's, on rows of which both count.

        The counts of the rows, where they have no weights.
        """
        if other not in self._beside:
            k = len(self.data.classes)
            values = (
                None if other.all_count and self.data.weight is None else np.where(other.counts, self.weight**2, 0.0)
            )
            self._beside[other] = self._sum_by(self.cell_with(other), k**3, values).reshape(k, k, k)
        return self._beside[other]

    @cached_property
    def _beside(self) -> WeakKeyDictionary[Evidence, NDArray[np.float64]]:
        return WeakKeyDictionary()

    def spread(self, table: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n,) the entry of a (k, k) table that is the row's, times its weight."""
        return self.weight * table.ravel().take(self.cell)

    def rankings(self) -> Iterator[Ranking]:
        """The ranking by the probability of the event; of each class that occurs, one by one, for a multiclass task."""
        probability = probability_of(self.data, self.model)
        if probability.ndim == 1:
            yield self._ranking
            return
        present = np.bincount(self.data.y[self.weight > 0].astype(np.intp), minlength=len(self.data.classes))
        for code in np.flatnonzero(present):
            yield Ranking.of(self.data.y == code, np.nan_to_num(probability[:, code]), self.weight)

    @cached_property
    def _ranking(self) -> Ranking:
        score, order = np.nan_to_num(probability_of(self.data, self.model)), self.data.predictions[self.model].order
        if self.data.positive == 1:
            return Ranking.of(self.data.event, score, self.weight, order)
        # Minus p ranks the rows as 1 - p does, and keeps apart the tiny probabilities that 1 - p rounds to 1.
        return Ranking.of(self.data.event, -score, self.weight, order[::-1])

    @cached_property
    def clusters(self) -> float:
        """How many independent pieces of evidence there are: clusters that count, or rows where there are none."""
        cluster = self.data.cluster
        counted = self.counts if self.data.weight is None else self.weight > 0
        if cluster is None:
            return float(np.count_nonzero(counted))
        return float(np.count_nonzero(np.bincount(cluster[counted])))

    @cached_property
    def design(self) -> float:
        """The effective number of clusters per effective row; 1 without clusters, 1 / m with m equal rows in each."""
        if self.data.cluster is None or self.n == 0:
            return 1.0
        return effective_size(self._per_cluster(self.weight)) / effective_size(self.weight)

    def stderr(self, influence: NDArray[np.float64]) -> float:
        """The standard error that (n,) influences imply; those of one cluster are added up first."""
        total = self._per_cluster(influence)
        return float(np.sqrt(dot(total, total)))

    def _per_cluster(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        cluster = self.data.cluster
        return values if cluster is None else np.bincount(cluster, values).astype(np.float64, copy=False)

    def stderr_of_cells(self, derivative: NDArray[np.float64]) -> float:
        """The standard error of a metric with this (k, k) derivative by the weight of a row in each cell."""
        if self.data.cluster is None:
            return float(np.sqrt((self.squares * derivative**2).sum()))
        return self.stderr(self.spread(derivative))

    def size_of_cells(self, cells: NDArray[np.bool_]) -> float:
        """The effective number of rows in some cells of the confusion matrix."""
        squares = float(self.squares[cells].sum())
        return float(self.confusion[cells].sum()) ** 2 / squares if squares > 0 else 0.0
