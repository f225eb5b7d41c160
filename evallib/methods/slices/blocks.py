"""Blocks of rows of the tables: one model, one metric, one column, an entry per slice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from evallib.core.evaluation_set import Role
from evallib.core.intervals import detectable
from evallib.core.leads import Baselines, Lead, best_of
from evallib.core.slice_pairs import JoinedPairs, PairScores, SlicedPair
from evallib.core.slice_scores import JoinedScores, PartitionScores, SlicedModel
from evallib.methods.slices.lead_tests import OverallLeads, lead_p_values

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evallib.core.evaluation_set import EvaluationSet
    from evallib.core.metrics import Metric
    from evallib.core.slices import Partition

    Array = NDArray[np.float64]

Block = dict[str, Any]

SLICE_COLUMNS = (
    "model",
    "metric",
    "column",
    "slice",
    "rule",
    "made_of",
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
    "detectable",
    "shrunk",
    "lift",
    "loss_share",
    "baseline",
    "baseline_value",
    "lead",
    "lead_lower",
    "lead_upper",
    "lead_p_value",
    "lead_q_value",
)
LEAD_COLUMNS = (
    "model",
    "metric",
    "baseline",
    "n",
    "value",
    "baseline_value",
    "lead",
    "lower",
    "upper",
    "p_value",
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
    "detectable",
)


class Contenders:
    """All models, each with what it is compared with on the same slices, if anything, and its baselines."""

    def __init__(self, data: EvaluationSet) -> None:
        self.models = {name: SlicedModel.of(data, name, by_class=True) for name in data.predictions}
        self.reference = data.incumbent or next(iter(self.models))
        # Candidates first: a page looks at the first pair before somebody chooses.
        others = sorted(self.models, key=lambda name: data.predictions[name].role is not Role.CANDIDATE)
        self.pairs = {
            name: SlicedPair.of(data, self.models[name], self.models[self.reference])
            for name in others
            if name != self.reference
        }
        self.baselines = Baselines(
            data, self.models, {(name, self.reference): pair for name, pair in self.pairs.items()}
        )

    @cached_property
    def every_pair(self) -> list[SlicedPair]:
        """The pairs with the reference, and with baselines."""
        return list({id(pair): pair for pair in (*self.pairs.values(), *self.baselines.pairs.values())}.values())

    @cached_property
    def everyone(self) -> list[SlicedModel]:
        """Every model on every set of rows that is looked at."""
        paired = [model for pair in self.every_pair for model in (pair.first, pair.second)]
        return list({id(model): model for model in (*self.models.values(), *paired)}.values())


class Batch:
    """The slices of a few columns: added up column by column, then worked out together.

    overall: the leads over baselines on all rows.
    """

    def __init__(self, contenders: Contenders, minimum: int, overall: OverallLeads) -> None:
        self.contenders, self.minimum, self.overall = contenders, minimum, overall
        self.found: list[Partition] = []
        self.scores: dict[int, list[PartitionScores]] = {id(model): [] for model in contenders.everyone}
        self.pairs: dict[int, list[PairScores]] = {id(pair): [] for pair in contenders.every_pair}

    def add(self, found: Partition) -> None:
        """Make all sums that the slices of a partition need, and forget which row is in which."""
        # Pairs first: the labels of both tell those of each.
        for pair in self.contenders.every_pair:
            self.pairs[id(pair)].append(pair.by(found))
            self.pairs[id(pair)][-1].add_up()
        for model in self.contenders.everyone:
            self.scores[id(model)].append(model.by(found))
            self.scores[id(model)][-1].add_up()
        for parts in self.scores.values():
            parts[-1].let_go()
        self.found.append(replace(found, codes=found.codes[:0]))

    def __len__(self) -> int:
        return sum(len(one) for one in self.found)

    @cached_property
    def shown(self) -> NDArray[np.bool_]:
        """All slices; of the two that a rule makes, the one that it selects."""
        return np.array([place > 0 or not one.own for one in self.found for place in range(len(one))])

    @cached_property
    def names(self) -> Block:
        """Column, slice and rule of what is shown, and what it is made of."""
        texts = {
            "column": [one.column for one in self.found for _ in one.names],
            "slice": [name for one in self.found for name in one.names],
            "rule": [rule for one in self.found for rule in one.rules],
            "made_of": [one.made_of for one in self.found for _ in one.names],
        }
        return {name: np.array(values, dtype=object)[self.shown] for name, values in texts.items()}

    def _made_of(self, *kinds: str) -> NDArray[np.bool_]:
        """True for the slices that are made of one of these, among all slices."""
        return np.array([one.made_of in kinds for one in self.found for _ in one.names])

    @cached_property
    def joined(self) -> dict[int, JoinedScores]:
        """The scores of every model in all slices."""
        return {model: JoinedScores(parts) for model, parts in self.scores.items()}

    @cached_property
    def joined_pairs(self) -> dict[int, JoinedPairs]:
        """The paired differences of every pair in all slices."""
        every = ((pair, self.pairs[id(pair)]) for pair in self.contenders.every_pair)
        return {
            id(pair): JoinedPairs(parts, self.joined[id(pair.first)], self.joined[id(pair.second)])
            for pair, parts in every
        }

    def slices(self) -> Iterator[Block]:
        """A block of rows per model and metric: every slice against the rest of its column."""
        for name, model in self.contenders.models.items():
            for metric in model.metrics:
                block = self._against_rest(self.joined[id(model)], metric) | self._best_lead(name, metric)
                yield {"model": name, "metric": metric.key} | self.names | block

    def _against_rest(self, scores: JoinedScores, metric: Metric) -> Block:
        measured = scores.scores(metric)
        value, gap = measured.slices.value, measured.gap
        lift = _lift(metric, value, measured.overall)
        return self._only_shown(
            {
                "n": scores.n.astype(np.int64),
                "share": scores.share,
                "value": value,
                "lower": measured.slices.lower,
                "upper": measured.slices.upper,
                "rest": measured.rest.value,
                "difference": gap.value,
                "difference_lower": gap.lower,
                "difference_upper": gap.upper,
                "p_value": np.where(self._tested(scores), gap.p_value, np.nan),
                "detectable": detectable(gap.lower, gap.upper),
                "lift": lift,
                "loss_share": lift * scores.share if metric.row_mean else np.full(len(value), np.nan),
            }
        )

    def _tested(self, scores: JoinedScores) -> NDArray[np.bool_]:
        """True for the slices of the data that have enough rows on both sides."""
        return np.asarray((np.minimum(scores.n, scores.rest) >= self.minimum) & self._made_of("data"))

    def _leads(self, model: str, metric: Metric) -> list[Lead]:
        """The leads of a model over each of its baselines."""
        baselines = self.contenders.baselines
        pairs = {rival: self.joined_pairs[id(pair)] for (name, rival), pair in baselines.pairs.items() if name == model}
        return baselines.leads(metric, self.joined[id(self.contenders.models[model])], pairs)

    def _best_lead(self, model: str, metric: Metric) -> Block:
        every, overall = self._leads(model, metric), self.overall.get((model, metric.key), {})
        beaten = [one for one in every if one.baseline in overall and overall[one.baseline].sure]
        best = best_of(beaten or every, metric, len(self))
        value, lower, upper, _ = best.lead
        scores = self.joined[id(self.contenders.models[model])]
        p = np.where(self._tested(scores), lead_p_values(best, overall), np.nan)
        found = {"baseline": best.baseline, "baseline_value": best.value, "lead": value}
        return self._only_shown(found | {"lead_lower": lower, "lead_upper": upper, "lead_p_value": p})

    def leads(self) -> Iterator[Block]:
        """A block of rows per model, metric and baseline: the lead in every slice."""
        for name, model in self.contenders.models.items():
            scores = self.joined[id(model)]
            for metric in model.metrics:
                own = {"n": scores.n.astype(np.int64), "value": scores.sliced(metric).value}
                for one in self._leads(name, metric):
                    lead = dict(zip(("lead", "lower", "upper", "p_value"), one.lead, strict=True))
                    named = {"model": name, "metric": metric.key, "baseline": one.baseline} | self.names
                    yield named | self._only_shown(own | {"baseline_value": one.value} | lead)

    def paired(self) -> Iterator[Block]:
        """A block of rows per model that has a reference, and metric: the paired difference in every slice."""
        for name, pair in self.contenders.pairs.items():
            scores = self.joined_pairs[id(pair)]
            for metric in pair.metrics:
                names = {"model": name, "reference": self.contenders.reference, "metric": metric.key}
                yield names | self.names | self._against_reference(scores, metric)

    def _against_reference(self, scores: JoinedPairs, metric: Metric) -> Block:
        gap, (value, reference) = scores.gap(metric), scores.values(metric)
        tested = (scores.n >= self.minimum) & self._made_of("data", "truth")
        return self._only_shown(
            {
                "n": scores.n.astype(np.int64),
                "value": value,
                "reference_value": reference,
                "difference": gap.value,
                "lower": gap.lower,
                "upper": gap.upper,
                "p_value": np.where(tested, gap.p_value, np.nan),
                "detectable": detectable(gap.lower, gap.upper),
            }
        )

    def _only_shown(self, block: Block) -> Block:
        return {name: part[self.shown] for name, part in block.items()}


def _lift(metric: Metric, value: Array, overall: float) -> Array:
    """How many times the error of all rows: the loss, or what a score lacks to 1."""
    missed, of_all = (1 - value, 1 - overall) if metric.higher_is_better else (value, overall)
    return np.asarray(missed / of_all if of_all > 0 else np.full(len(value), np.nan))
