"""Which columns are perturbed how, one by one and all together, and which are left alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from evallib.methods.perturbation.batch import ALL
from evallib.methods.perturbation.perturbations import Perturbation, spread
from evallib.methods.perturbation.perturbations.base import is_date, is_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evallib.core.evaluation_set import EvaluationSet


@dataclass(frozen=True)
class Step:
    """One perturbation of one column, or of all that it fits (`column` is then `ALL`)."""

    kind: Perturbation
    column: str
    targets: tuple[str, ...]


def plan_steps(sample: EvaluationSet, kinds: Sequence[Perturbation], one_by_one: int) -> list[Step]:
    """Per kind: every fitting feature together, then alone where it is among the first `one_by_one` of the data."""
    free = [name for name in sample.columns.features if _left_alone(sample, name) is None]
    first = set(free[:one_by_one])
    steps = []
    for kind in kinds:
        fitting = tuple(name for name in free if kind.fits(sample.table[name]))
        if fitting:
            steps.append(Step(kind, ALL, fitting))
        steps += [Step(kind, name, (name,)) for name in fitting if name in first]
    return steps


def take_stock(sample: EvaluationSet, steps: Sequence[Step]) -> pd.DataFrame:
    """A row per feature: the kinds that change it, whether one by one too, its spread, or why it is left alone."""
    return pd.DataFrame([_stock_of(sample, steps, name) for name in sample.columns.features])


def _stock_of(sample: EvaluationSet, steps: Sequence[Step], name: str) -> dict[str, object]:
    column = sample.table[name]
    kinds = [step.kind.key for step in steps if step.column == ALL and name in step.targets]
    reason = "" if kinds else _left_alone(sample, name) or "holds a single value, or none"
    return {
        "column": name,
        "changed_by": ", ".join(kinds),
        "alone": any(step.column == name for step in steps),
        "spread": spread(column) if is_number(column) else np.nan,
        "left_alone": reason,
    }


def _left_alone(sample: EvaluationSet, name: str) -> str | None:
    roles = sample.columns
    if name in {roles.id, roles.group}:
        return "names the row or its group"
    if name == roles.time or is_date(sample.table[name]):
        return "is a date or time"
    return None
