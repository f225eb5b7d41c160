"""By how much a model leads over the best baseline in a slice that was found, on the rows that were not searched."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from evallib.core.evidence import Evidence
from evallib.core.leads import Baselines, Lead, best_of
from evallib.core.slice_scores import SlicedModel
from evallib.core.slices import Partition

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evallib.core.evaluation_set import EvaluationSet
    from evallib.core.metrics import Metric


class JudgedLeads:
    """The leads of one model by one metric on some rows, of which all count that the model answered."""

    def __init__(self, data: EvaluationSet, metric: Metric, model: str, rows: NDArray[np.bool_]) -> None:
        self._metric, self._model = metric, model
        self._models = {name: SlicedModel(Evidence(data, name, rows), by_class=True) for name in data.predictions}
        self._baselines = Baselines(data, self._models, {})
        self._all = Partition("", np.zeros(len(data), dtype=np.uint8), ("all",), ("",))

    def of(self, found: Partition) -> dict[str, Any]:
        """The baseline that does best in the second slice, what it scores there, and the lead with its limits.

        Of the baselines that the model beats beyond noise on all these rows; of all where there is none.
        """
        every = self._leads(found)
        best = best_of([one for one in every if one.baseline in self._beaten] or every, self._metric, len(found))
        value, lower, upper, _ = (float(part[1]) for part in best.lead)
        named = {"baseline": str(best.baseline[1]), "baseline_value": float(best.value[1])}
        return named | {"lead": value, "lead_lower": lower, "lead_upper": upper}

    @cached_property
    def _beaten(self) -> set[str]:
        return {one.baseline for one in self._leads(self._all) if one.lead.lower[0] > 0}

    def _leads(self, found: Partition) -> list[Lead]:
        pairs = {
            rival: pair.by(found) for (model, rival), pair in self._baselines.pairs.items() if model == self._model
        }
        return self._baselines.leads(self._metric, self._models[self._model].by(found), pairs)
