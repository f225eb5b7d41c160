"""Pairs of models on the same perturbed rows: who is ahead, and whether the lead moved from the clean rows."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from evallib.core.estimates import compare, standard_error
from evallib.core.intervals import Z
from evallib.methods.perturbation.effect import together

if TYPE_CHECKING:
    from collections.abc import Mapping

    from evallib.core.evaluation_set import Answers, EvaluationSet
    from evallib.core.metrics import Metric

Sweeps = dict[tuple[str, float], dict[str, "Answers"]]
"""By kind and severity above 0: what each model answers with all columns perturbed together."""


def contests(metric: Metric, sample: EvaluationSet, sweeps: Sweeps) -> list[dict[str, object]]:
    """A row per pair of models, kind and severity, on the rows that both answered clean and perturbed."""
    return [
        {"model": model, "other": other, "kind": kind, "severity": severity, "metric": metric.key}
        | _contest(metric, sample, (model, other), answers)
        for (kind, severity), answers in sweeps.items()
        for model, other in combinations(answers, 2)
    ]


def _contest(
    metric: Metric, sample: EvaluationSet, pair: tuple[str, str], answers: Mapping[str, Answers]
) -> dict[str, float]:
    """The lead of the first over the second on perturbed and on clean rows, and by how much it moved."""
    clean = [sample.predictions[name] for name in pair]
    perturbed = [answers[name] for name in pair]
    common = together(sample, dict(zip(("clean", "clean other", "model", "other"), clean + perturbed, strict=True)))
    if len(common) == 0:
        return dict.fromkeys((*_LEADS, "moved", "moved_lower", "moved_upper"), np.nan) | {"n": 0}
    now, before = compare(metric, common, "model", "other"), compare(metric, common, "clean", "clean other")
    signs = {"model": 1.0, "other": -1.0, "clean": -1.0, "clean other": 1.0}
    influence = sum(sign * metric.linearize(common, name).influence for name, sign in signs.items())
    half = Z * standard_error(np.asarray(influence), common)
    moved = now.value - before.value
    leads = (now.value, now.lower, now.upper, before.value, before.lower, before.upper)
    return (
        dict(zip(_LEADS, leads, strict=True))
        | {"moved": moved, "moved_lower": moved - half, "moved_upper": moved + half}
        | {"n": len(common)}
    )


_LEADS = ("difference", "lower", "upper", "clean_difference", "clean_lower", "clean_upper")
