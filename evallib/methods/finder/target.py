"""What a model is held against: its own answers on the other rows, or another model's on the same ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from evallib.core.evidence import Evidence
from evallib.core.metrics import METRICS, Metric
from evallib.core.slice_pairs import SlicedPair
from evallib.core.slice_scores import MEANS, SlicedModel
from evallib.core.unpaired import Gap

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evallib.core.evaluation_set import EvaluationSet
    from evallib.core.slices import Partition

    Array = NDArray[np.float64]

REST = "the rest"
LEVELS = 8
"""A loss of more than so many different values is searched in so many levels, each with its mean."""


@dataclass(frozen=True, eq=False)
class Target:
    """A model, and another one on the same rows; None where slices are compared with the rest of the rows."""

    data: EvaluationSet
    model: str
    other: str | None

    @property
    def against(self) -> str:
        """What stands on the other side of a difference."""
        return self.other or REST

    @property
    def metric(self) -> Metric:
        """The mean over rows that a slice is judged by: accuracy, or the absolute error of a regression."""
        return METRICS["mae" if self.data.task == "regression" else "accuracy"]

    @cached_property
    def answered(self) -> NDArray[np.bool_]:
        """(n,) True where every model of the target answered."""
        named = [self.model] if self.other is None else [self.model, self.other]
        return np.asarray(np.logical_and.reduce([self.data.predictions[name].answered for name in named]))

    def levels(self) -> tuple[NDArray[np.intp], Array]:
        """(n,) the level of every row's loss, and the (levels,) losses; what gathers in a failing slice."""
        loss = self._loss(self.model)
        if self.other is not None:
            loss = loss - self._loss(self.other)
        values, level = np.unique(loss, return_inverse=True)
        if len(values) > LEVELS:
            edges = np.quantile(loss[self.answered], np.arange(1, LEVELS) / LEVELS)
            level = np.searchsorted(edges, loss, side="right")
            counted = level[self.answered]
            rows = np.bincount(counted, minlength=LEVELS)
            values = np.bincount(counted, loss[self.answered], LEVELS) / np.maximum(rows, 1)
        return level.ravel(), values

    def _loss(self, model: str) -> Array:
        value = np.where(self.data.predictions[model].answered, MEANS[self.metric.key](self.data, model), 0.0)
        return 1.0 - value if self.metric.higher_is_better else value

    def judged(self, found: list[Partition], rows: NDArray[np.bool_]) -> Iterator[tuple[dict[str, float], Gap]]:
        """The metric in the second slice of each partition among some rows, what it is held against, and their gap."""
        rows = rows & self.answered
        first = SlicedModel(Evidence(self.data, self.model, rows))
        pair = None if self.other is None else SlicedPair(first, SlicedModel(Evidence(self.data, self.other, rows)))
        for one in found:
            scores = first.by(one)
            measured = scores.scores(self.metric)
            values = {"n": scores.n[1], "share": scores.share[1]}
            values |= {name: getattr(measured.slices, name)[1] for name in ("value", "lower", "upper")}
            gap, other = measured.gap, measured.rest.value
            if pair is not None:
                paired = pair.by(one)
                gap, other = paired.gap(self.metric), paired.values(self.metric)[1]
            yield values | {"other": other[1]}, Gap(*(part[1] for part in gap))


def targets(data: EvaluationSet) -> list[Target]:
    """Every model against the rest of the rows, and every one but the reference against the reference too."""
    reference = data.incumbent or next(iter(data.predictions))
    every = [
        Target(data, name, other)
        for name in data.predictions
        for other in ([None] if name == reference else [None, reference])
    ]
    return [target for target in every if target.metric.why_not(data, target.model) is None]
