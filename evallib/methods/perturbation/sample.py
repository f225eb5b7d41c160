"""The rows that are perturbed: all of them, or a sample that mirrors the target."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from evallib.core.errors import NotApplicable
from evallib.core.method import NEEDS

if TYPE_CHECKING:
    from evallib.core.evaluation_set import EvaluationSet


def stratified_sample(data: EvaluationSet, rows: int, seed: int) -> EvaluationSet:
    """At most `rows` rows with the systems that can re-predict; every class keeps its share to within one row.

    Rows are put in the order of their target, equal ones at random, and every (n / rows)-th is taken; of a regression
    this keeps the distribution of the target. Source: systematic sampling from a sorted list, Cochran 1977, chapter 8.

    Raises `NotApplicable` where no system can re-predict.
    """
    asked = {name: answers for name, answers in data.predictions.items() if name in data.models}
    if not asked:
        raise NotApplicable(NEEDS["models"])
    judged = replace(data, predictions=asked)
    if len(data) <= rows:
        return judged
    order = np.lexsort((np.random.default_rng(seed).random(len(data)), data.y))
    places = ((np.arange(rows) + 0.5) * len(data) / rows).astype(np.intp)
    return judged.take(np.sort(order[places]), sampled=True)
