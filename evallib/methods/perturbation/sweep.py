"""Every model asked about every perturbation at every severity, and what was observed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evallib.core.evaluation_set import Answers
from evallib.methods.perturbation.batch import ALL, Asked, Batch
from evallib.methods.perturbation.effect import Effect, identity, measure

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from evallib.core.evaluation_set import EvaluationSet, Predictions
    from evallib.core.metrics import Metric
    from evallib.core.progress import Progress
    from evallib.methods.perturbation.stock import Step


@dataclass(frozen=True, eq=False)
class Observation:
    """What became of one model at one severity of one step.

    effect: None where the model answered none of the rows.    failed: the share of rows it answered clean but not now.
    reason: what it raised, or "".    answers: kept where all columns were perturbed together, to compare models.
    """

    step: Step
    model: str
    severity: float
    effect: Effect | None
    failed: float = 0.0
    reason: str = ""
    answers: Answers | None = None


def sweep(
    sample: EvaluationSet,
    metric: Metric,
    steps: Sequence[Step],
    severities: Sequence[float],
    *,
    seed: int,
    progress: Progress,
) -> Iterator[Observation]:
    """Observations of every step, model and severity; `severities` starts with 0, which asks no model."""
    features = sample.features.reset_index(drop=True)
    unchanged = {name: identity(metric, sample, clean) for name, clean in sample.predictions.items()}
    stages = len(steps) * len(unchanged)
    for place, step in enumerate(steps):
        batch = Batch(features, step.kind, step.targets, severities[1:], seed)
        for turn, (model, clean) in enumerate(sample.predictions.items()):
            progress(place * len(unchanged) + turn, stages, f"{step.kind.title}, {step.column}: asking {model}")
            yield Observation(step, model, 0.0, unchanged[model])
            answers = batch.ask(sample.models[model], clean)
            for severity, asked in zip(batch.severities, answers, strict=True):
                yield _observed(sample, metric, step, clean, severity, asked)
    progress(stages, stages, "Perturbation: comparing the models")


def _observed(
    sample: EvaluationSet, metric: Metric, step: Step, clean: Predictions, severity: float, asked: Asked
) -> Observation:
    if isinstance(asked, str):
        return Observation(step, clean.name, severity, None, failed=1.0, reason=asked)
    effect = measure(metric, sample, clean, asked)
    kept = asked if step.column == ALL else None
    failed = 1 - effect.n / max(int(np.count_nonzero(clean.answered)), 1)
    return Observation(step, clean.name, severity, effect if effect.n else None, failed, answers=kept)
