"""All systems and baselines on one set of rows, measured metric by metric."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from evallib.core.estimates import Measured, difference
from evallib.core.evidence import Evidence
from evallib.core.metrics import METRICS
from evallib.methods.baselines.guess import Expected, expect

if TYPE_CHECKING:
    from collections.abc import Mapping

    from evallib.core.evaluation_set import EvaluationSet
    from evallib.core.metrics import Metric
    from evallib.core.prior import Guess, Origin

Rows = list[dict[str, object]]

SPOKEN = {"existing": "existing solution"}
"""How a kind of system is called in a sentence, where its name alone is no noun."""


@dataclass(frozen=True, eq=False)
class Contest:
    """data: the set with the answers of every system, and of the baselines that answer row by row.

    kinds: what each system is.   guesses: the baselines that look at no row.   origins: of what is no model.
    """

    data: EvaluationSet
    kinds: Mapping[str, str]
    guesses: Mapping[str, Guess]
    origins: Mapping[str, Origin]
    _evidence: dict[tuple[str, str], Evidence] = field(default_factory=dict)

    def measure(self) -> tuple[Rows, Rows]:
        """The scores of every system, and the differences of every model to every baseline."""
        scores: dict[str, Rows] = {name: [] for name in self.kinds}
        beats: dict[str, Rows] = {name: [] for name, kind in self.kinds.items() if kind == "model"}
        for metric in METRICS.values():
            if self.data.task not in metric.tasks or metric.signed:
                continue
            # One metric at a time: the influences of all systems on it are (n,) each, and are dropped with it.
            measured = {name: one for name in self.kinds if (one := self._measure(metric, name)) is not None}
            for name, one in measured.items():
                scores[name].append(self._score(name, one))
            for model in beats.keys() & measured.keys():
                beats[model] += [self._beat(measured, model, name) for name in measured if name not in beats]
        return [row for rows in scores.values() for row in rows], [row for rows in beats.values() for row in rows]

    def described(self) -> Rows:
        """What each baseline is and does."""
        return [
            {"model": name, "kind": self.kinds[name], "source": origin.source, "about": origin.about}
            for name, origin in self.origins.items()
        ]

    def _measure(self, metric: Metric, name: str) -> Measured | None:
        """The metric of a system on the rows it answered; None where it has none."""
        guess = self.guesses.get(name)
        if guess is not None and (guess.ranks or metric.needs != "label"):
            return expect(metric, guess, self._all_rows())
        if metric.why_not(self.data, name) is not None:
            return None
        return Measured.of(metric, self._on(name))

    def _all_rows(self) -> Evidence:
        """Evidence on every row, from a baseline that answers all of them."""
        return self._on(next(name for name, guess in self.guesses.items() if not guess.ranks))

    def _on(self, name: str, other: str = "") -> Evidence:
        """The rows that a system answered, or those of them that another one answered too."""
        if (name, other) not in self._evidence:
            rows = self.data.predictions[other].answered if other else None
            self._evidence[name, other] = Evidence(self.data, name, rows)
        return self._evidence[name, other]

    def _pair(self, one: Measured, two: Measured, name: str) -> tuple[Measured, Measured]:
        """Both on the rows that both answered; a guess answers every row."""
        model, metric = one.evidence.model, one.metric
        if isinstance(two, Expected):
            whole = bool(one.evidence.counts.all())
            return one, two if whole else expect(metric, self.guesses[name], one.evidence)
        if np.array_equal(one.evidence.counts, two.evidence.counts):
            return one, two
        return Measured.of(metric, self._on(model, name)), Measured.of(metric, self._on(name, model))

    def _score(self, name: str, one: Measured) -> dict[str, object]:
        found = one.estimate()
        random = isinstance(one, Expected) and self.kinds[name] == "random"
        lower, upper = one.draws() if isinstance(one, Expected) and random else (found.lower, found.upper)
        return {
            "model": name,
            "kind": self.kinds[name],
            "metric": one.metric.key,
            "title": one.metric.title,
            "value": found.value,
            "sd": one.sd if isinstance(one, Expected) and random else np.nan,
            "lower": lower,
            "upper": upper,
            "n": found.n,
            "higher_is_better": one.metric.higher_is_better,
        }

    def _beat(self, measured: Mapping[str, Measured], model: str, baseline: str) -> dict[str, object]:
        metric = measured[model].metric
        found = difference(*self._pair(measured[model], measured[baseline], baseline))
        return {
            "model": model,
            "baseline": baseline,
            "kind": self.kinds[baseline],
            "metric": metric.key,
            "title": metric.title,
            "difference": found.value,
            "lower": found.lower,
            "upper": found.upper,
            "p_value": found.p_value,
            "n": found.n,
            "higher_is_better": metric.higher_is_better,
            "decides": False,
            "verdict": found.verdict(higher_is_better=metric.higher_is_better),
        }
