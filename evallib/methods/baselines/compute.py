"""Every model beside what it has to beat: random guessing, the zero rule, a simple heuristic, a human, what exists."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Self

import numpy as np
import pandas as pd
from pydantic import Field

from evallib.core.errors import NotApplicable
from evallib.core.evaluation_set import Role
from evallib.core.metric_choice import MetricKey, chosen_metric
from evallib.core.params import Params
from evallib.core.prior import Origin, constant_label, constants, free_name, guesses
from evallib.core.result import Basis, Result, columns
from evallib.core.typed_table import typed_table
from evallib.methods.baselines.contest import SPOKEN, Contest
from evallib.methods.baselines.heuristic import given_rule, learned_rule

if TYPE_CHECKING:
    from collections.abc import Collection

    from evallib.core.evaluation_set import EvaluationSet
    from evallib.core.progress import Progress

KINDS = {
    **dict.fromkeys(("value", "sd", "difference", "lower", "upper", "p_value"), "float64"),
    "n": "int64",
    **dict.fromkeys(("higher_is_better", "decides"), "bool"),
}
"""The types of the columns that are no text, also where a table has no row."""

SYSTEMS = {Role.CANDIDATE: "model", Role.INCUMBENT: "model", Role.BASELINE: "baseline"}
"""What kind of thing a system of the data is; a human and an existing solution are called what they are."""

MADE = ("random", "zero rule", "heuristic")
"""The kinds of baselines that are made here, and are shown whatever systems are chosen."""


class BaselinesParams(Params):
    """The heuristic to beat, and the metric on which it counts."""

    rule: str = Field(
        "",
        title="Heuristic",
        description="A rule over the columns, such as capital_gain > 5000: the rows that it chooses are called "
        "positive. Empty: the best split of the rows by one feature.",
        json_schema_extra={"widget": "rule"},
    )
    metric: MetricKey = Field(
        "automatic",
        title="Deciding metric",
        description="Automatic: ROC AUC where every model gives probabilities, else accuracy; RMSE for a regression.",
    )


@dataclass(frozen=True, eq=False)
class BaselinesResult(Result):
    """scores: a row per system and metric. The limits of a random baseline are those of 95 % of its draws.

    beats: a row per model, baseline and metric that both have; decides marks the one that counts for this pair.
    baselines: what each baseline does, and where its numbers come from.
    """

    scores: Annotated[
        pd.DataFrame,
        columns("model", "kind", "metric", "title", "value", "sd", "lower", "upper", "n", "higher_is_better"),
    ]
    beats: Annotated[
        pd.DataFrame,
        columns(
            *("model", "baseline", "kind", "metric", "title", "difference", "lower", "upper", "p_value", "n"),
            *("higher_is_better", "decides", "verdict"),
        ),
    ]
    baselines: Annotated[pd.DataFrame, columns("model", "kind", "source", "about")]

    def only(self, models: Collection[str]) -> Self:
        """The same result with some of the systems; the baselines that were made here stay."""
        made = self.baselines.loc[self.baselines["kind"].isin(MADE), "model"]
        return super().only([*models, *made])


def compute_baselines(data: EvaluationSet, params: BaselinesParams, progress: Progress) -> BaselinesResult:
    """The scores of all systems and baselines, and which of them each model beats beyond noise."""
    if len(data) == 0:
        raise NotApplicable("There are no rows to measure a baseline on.")
    deciding = chosen_metric(data, params.metric)
    progress(0, 3, "Learning a simple heuristic")
    contest = _contest(data, params.rule)
    progress(1, 3, "Measuring baselines")
    scores, beats = contest.measure()
    progress(2, 3, "Comparing")
    return BaselinesResult(
        Basis.of(data),
        _table("scores", scores),
        _decided(_table("beats", beats), deciding.key),
        _table("baselines", contest.described()),
    )


def _contest(data: EvaluationSet, rule: str) -> Contest:
    """All systems of the data and the baselines made for it, under names of their own."""
    kinds = {name: SYSTEMS.get(said.role, str(said.role)) for name, said in data.predictions.items()}
    given = "What the {} answered, as the data have it."
    origins = {
        name: Origin("given", given.format(SPOKEN.get(kind, kind))) for name, kind in kinds.items() if kind != "model"
    }
    predictions, random = dict(data.predictions), {}
    for guess, origin in [] if data.task == "regression" else guesses(data):
        name = free_name(guess.name, kinds)
        random[name] = replace(guess, name=name)
        kinds[name], origins[name] = "random" if guess.ranks else "zero rule", origin
        if not guess.ranks:
            predictions[name] = constant_label(data, random[name])
    for said, origin in constants(data) if data.task == "regression" else []:
        name = free_name(said.name, kinds)
        predictions[name], kinds[name], origins[name] = replace(said, name=name), "zero rule", origin
    name = free_name("Heuristic", kinds)
    heuristic = given_rule(data, name, rule) if rule.strip() else learned_rule(data, name)
    if heuristic is not None:
        predictions[name], kinds[name] = heuristic.answers, "heuristic"
        origins[name] = Origin("given" if rule.strip() else "evaluation rows, cross-fitted", heuristic.about)
    return Contest(replace(data, predictions=predictions), kinds, random, origins)


def _decided(beats: pd.DataFrame, deciding: str) -> pd.DataFrame:
    """The table with the metric that counts marked for each pair: the deciding one, else the first that both have."""
    order = np.where(beats["verdict"] == "undefined", 2, np.where(beats["metric"] == deciding, 0, 1))
    first = beats.assign(order=order).sort_values("order", kind="stable").groupby(["model", "baseline"], sort=False)
    return beats.assign(decides=beats.index.isin(first.head(1).index) & (order < 2))[list(beats.columns)]


def _table(name: str, rows: list[dict[str, object]]) -> pd.DataFrame:
    return typed_table(rows, BaselinesResult.schemas()[name].columns, KINDS, otherwise="str")
