"""Two systems by a metric: on the rows that both answered, or each on its own rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evallib.core.evidence import Evidence
from evallib.core.metrics import METRICS, Metric
from evallib.core.slice_scores import PartitionScores, SlicedModel
from evallib.core.slice_tallies import LabelTally, LossTally
from evallib.methods.reversals.answered import Answered, Together, cell_influences, row_influences
from evallib.methods.reversals.comparison import Comparison, Situation, Stratified, enough
from evallib.methods.reversals.contrast import Contrast, contrast_of_influences, contrast_of_means

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evallib.core.evaluation_set import EvaluationSet
    from evallib.core.slices import Partition

SAME_ROWS = ("accuracy", "precision", "f1", "balanced_accuracy", "macro_f1", "roc_auc")
"""On the same rows: the metrics that can reverse, and accuracy, which can only trade one stratum for another."""

DIFFERENT_ROWS = ("accuracy", "precision", "recall", "f1", "macro_f1", "roc_auc", "log_loss", "mae")


@dataclass(frozen=True, eq=False)
class Contest:
    """Two systems by one metric."""

    one: SlicedModel
    two: SlicedModel
    together: Together
    of: Metric

    def by(self, strata: Partition, minimum: int) -> Stratified:
        """The metric of both systems by the strata."""
        scores = [model.by(strata) for model in (self.one, self.two)]
        behind = [np.nan_to_num(score.sliced(self.of).part_support).min(axis=1) for score in scores]
        compared = enough(behind[0], behind[1], minimum)
        contrast = self._contrast(scores[0], scores[1], compared) if compared.sum() > 1 else None
        return Stratified(compared, scores[0].n, scores[1].n, contrast)

    def _contrast(self, first: PartitionScores, second: PartitionScores, compared: NDArray[np.bool_]) -> Contrast:
        one, two = (Answered.of(scores, self.of, compared) for scores in (first, second))
        inflation = max(model.inflation(self.of) for model in (self.one, self.two))
        data = self.one.evidence.data
        if isinstance(one.tally, LossTally):
            return contrast_of_means(one.sums(), two.sums(), rate=False, counted=False, inflation=inflation)
        counted = data.weight is None and data.cluster is None
        if self.of.key == "accuracy" and counted and self.together.apart:
            return contrast_of_means(one.sums(), two.sums(), rate=True, counted=True)
        if isinstance(one.tally, LabelTally):
            influences = cell_influences(one, two, self.together.squares(first.partition)[compared])
        else:
            influences = row_influences(first, second, self.of, compared)
        return contrast_of_influences(one.side(inflation), two.side(inflation), influences, inflation)


def system_comparisons(data: EvaluationSet) -> Iterator[Comparison]:
    """Every system against the incumbent, or the first one where there is none, by each metric that can tell more."""
    if not data.predictions:
        return
    models = {name: SlicedModel.of(data, name) for name in data.predictions}
    reference = data.incumbent or next(iter(models))
    for name, model in models.items():
        if name != reference:
            yield from _of_pair(data, model, models[reference])


def _of_pair(data: EvaluationSet, one: SlicedModel, two: SlicedModel) -> Iterator[Comparison]:
    both = one.evidence.counts & two.evidence.counts
    same = (one.evidence.counts == two.evidence.counts).all()
    if not same:
        yield from _by(Situation.DIFFERENT_ROWS, DIFFERENT_ROWS, one, two)
        one, two = (SlicedModel(Evidence(data, model.evidence.model, both)) for model in (one, two))
    if both.any():
        yield from _by(Situation.SAME_ROWS, SAME_ROWS, one, two)


def _by(situation: Situation, keys: Sequence[str], one: SlicedModel, two: SlicedModel) -> Iterator[Comparison]:
    common = {metric.key for metric in one.metrics} & {metric.key for metric in two.metrics}
    if situation == Situation.SAME_ROWS:
        # Means of losses are compared as of different rows, which would forget that these are the same.
        common = {key for key in common if not isinstance(one.tally(METRICS[key]), LossTally)}
    together = Together(one.evidence, two.evidence)
    for metric in (METRICS[key] for key in keys if key in common):
        yield Comparison(
            situation,
            one.evidence.model,
            two.evidence.model,
            metric.key,
            Contest(one, two, together, metric).by,
            higher_is_better=metric.higher_is_better,
            reversible=not (situation == Situation.SAME_ROWS and metric.row_mean),
            note=_note(situation, one.evidence, two.evidence),
        )


def _note(situation: Situation, one: Evidence, two: Evidence) -> str:
    if situation == Situation.SAME_ROWS:
        return f"on the {one.n:,} rows that both answered"
    common = np.count_nonzero(one.counts & two.counts)
    return f"each on the rows it answered: {one.model} {one.n:,}, {two.model} {two.n:,}, {common:,} of them common"
