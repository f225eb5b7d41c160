"""What a model is held against: its own answers on the other rows, or another model's on the same ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from evallib.core.evidence import Evidence
from evallib.core.slice_pairs import SlicedPair
from evallib.core.slice_scores import SlicedModel, slice_metrics
from evallib.core.state_losses import StateLosses, state_losses
from evallib.core.unpaired import Gap
from evallib.methods.finder.searched import row_losses, rows_that_count

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evallib.core.evaluation_set import EvaluationSet
    from evallib.core.linearization import Ratio
    from evallib.core.metrics import Metric
    from evallib.core.slices import Partition

    Array = NDArray[np.float64]

REST = "the rest"


@dataclass(frozen=True, eq=False)
class Target:
    """A model by one metric, and another model on the same rows; None where slices are compared with the rest."""

    data: EvaluationSet
    metric: Metric
    model: str
    other: str | None

    @property
    def against(self) -> str:
        """What stands on the other side of a difference."""
        return self.other or REST

    @property
    def among(self) -> str:
        """Which rows count, in words; nothing where all do that were answered."""
        return rows_that_count(
            self.metric, self.data, self.model if self.other is None else f"{self.model} or {self.other}"
        )

    @property
    def _models(self) -> list[str]:
        return [self.model] if self.other is None else [self.model, self.other]

    @cached_property
    def _answered(self) -> NDArray[np.bool_]:
        """(n,) True where every model of the target answered."""
        return np.asarray(np.logical_and.reduce([self.data.predictions[name].answered for name in self._models]))

    @cached_property
    def _losses(self) -> Ratio:
        return row_losses(self.metric, [Evidence(self.data, name, self._answered) for name in self._models])

    @cached_property
    def counted(self) -> NDArray[np.bool_]:
        """(n,) True for the rows that the metric rests on."""
        return np.asarray(self._answered & (self._losses.denominator > 0))

    def states(self, rows: NDArray[np.bool_]) -> tuple[NDArray[np.intp], StateLosses]:
        """(n,) the state of some rows, -1 of the others, and what the states add to the loss that gathers in slices."""
        weight = None if self.data.weight is None else self.data.weight[rows]
        found, losses = state_losses(self._losses.numerator[rows], self._losses.denominator[rows], weight)
        state = np.full(len(rows), -1, dtype=np.intp)
        state[rows] = found
        return state, losses

    def judged(self, found: list[Partition], rows: NDArray[np.bool_]) -> Iterator[tuple[dict[str, float], Gap]]:
        """The metric in the second slice of each partition among some rows, what it is held against, and their gap."""
        rows = rows & self.counted
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


def targets(data: EvaluationSet, metric: Metric) -> list[Target]:
    """Every model against the rest of the rows, and every one but the reference against the reference too."""
    able = [name for name in data.predictions if metric in slice_metrics(data, name)]
    reference = data.incumbent or next(iter(data.predictions), None)
    return [
        Target(data, metric, name, other)
        for name in able
        for other in ([None] if name == reference or reference not in able else [None, reference])
    ]
