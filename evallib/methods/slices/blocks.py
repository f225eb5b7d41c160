"""Blocks of rows of the tables: one model, one metric, one column, an entry per slice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from evallib.core.slice_pairs import SlicedPair
from evallib.core.slice_scores import SlicedModel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evallib.core.evaluation_set import EvaluationSet
    from evallib.core.metrics import Metric
    from evallib.core.slices import Partition

    Array = NDArray[np.float64]

SLICE_COLUMNS = (
    "model",
    "metric",
    "column",
    "slice",
    "rule",
    "n",
    "share",
    "value",
    "lower",
    "upper",
    "rest",
    "difference",
    "difference_lower",
    "difference_upper",
    "p_value",
    "q_value",
    "lift",
    "loss_share",
)
PAIR_COLUMNS = (
    "model",
    "reference",
    "metric",
    "column",
    "slice",
    "rule",
    "n",
    "value",
    "reference_value",
    "difference",
    "lower",
    "upper",
    "p_value",
    "q_value",
)


@dataclass(frozen=True)
class Contender:
    """A model with what it is compared with on the same slices, if anything."""

    name: str
    model: SlicedModel
    reference: str = ""
    pair: SlicedPair | None = None

    @classmethod
    def all_of(cls, data: EvaluationSet) -> list[Contender]:
        """Every model; each is compared with the incumbent, or with the first model where there is none."""
        models = {name: SlicedModel.of(data, name) for name in data.predictions}
        reference = data.incumbent or next(iter(models))
        return [
            cls(name, model)
            if name == reference
            else cls(name, model, reference, SlicedPair.of(data, model, models[reference]))
            for name, model in models.items()
        ]


def slice_blocks(contenders: Sequence[Contender], found: Partition, minimum: int) -> Iterator[dict[str, Any]]:
    """A block per model and metric: the slices of a partition against the rest."""
    shown = _shown(found)
    for contender in contenders:
        scores = contender.model.by(found)
        tested = np.minimum(scores.n, scores.n.sum() - scores.n) >= minimum
        for metric in contender.model.metrics:
            measured = scores.scores(metric)
            value, gap = measured.slices.value, measured.gap
            lift = _lift(metric, value, measured.overall)
            block = {
                "n": scores.n.astype(np.int64),
                "share": scores.share,
                "value": value,
                "lower": measured.slices.lower,
                "upper": measured.slices.upper,
                "rest": measured.rest.value,
                "difference": gap.value,
                "difference_lower": gap.lower,
                "difference_upper": gap.upper,
                "p_value": np.where(tested, gap.p_value, np.nan),
                "q_value": np.full(len(value), np.nan),
                "lift": lift,
                "loss_share": lift * scores.share if metric.row_mean else np.full(len(value), np.nan),
            }
            names = {"model": contender.name, "metric": metric.key, "column": found.column}
            yield names | _named(found, shown) | {name: part[shown] for name, part in block.items()}


def pair_blocks(contenders: Sequence[Contender], found: Partition, minimum: int) -> Iterator[dict[str, Any]]:
    """A block per model that has a reference, and metric: the paired difference in the slices of a partition."""
    shown = _shown(found)
    for contender in contenders:
        if contender.pair is None:
            continue
        scores = contender.pair.by(found)
        for metric in contender.pair.metrics:
            gap = scores.gap(metric)
            value, reference_value = scores.values(metric)
            block = {
                "n": scores.n.astype(np.int64),
                "value": value,
                "reference_value": reference_value,
                "difference": gap.value,
                "lower": gap.lower,
                "upper": gap.upper,
                "p_value": np.where(scores.n >= minimum, gap.p_value, np.nan),
                "q_value": np.full(len(gap.value), np.nan),
            }
            names = {"model": contender.name, "reference": contender.reference, "metric": metric.key}
            yield (
                names
                | {"column": found.column}
                | _named(found, shown)
                | {name: part[shown] for name, part in block.items()}
            )


def _shown(found: Partition) -> NDArray[np.bool_]:
    """All slices; of the two that a rule makes, the one that it selects."""
    return np.arange(len(found)) > 0 if found.own else np.ones(len(found), dtype=bool)


def _named(found: Partition, shown: NDArray[np.bool_]) -> dict[str, Any]:
    names, rules = (np.array(texts, dtype=object)[shown] for texts in (found.names, found.rules))
    return {"slice": names, "rule": rules}


def _lift(metric: Metric, value: Array, overall: float) -> Array:
    """How many times the error of all rows: the loss, or what a score lacks to 1."""
    missed, of_all = (1 - value, 1 - overall) if metric.higher_is_better else (value, overall)
    return np.asarray(missed / of_all if of_all > 0 else np.full(len(value), np.nan))
