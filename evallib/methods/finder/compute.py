"""The failing slices among all crossings of the columns: found on one half of the rows, judged on the other."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import pandas as pd
from pydantic import Field

from evallib.core.beam import narrowed
from evallib.core.crossings import CodedRows, Conditions, Crossings
from evallib.core.directions import is_worse
from evallib.core.errors import NotApplicable
from evallib.core.halves import searched_half
from evallib.core.intervals import detectable
from evallib.core.multiplicity import q_values
from evallib.core.params import Params
from evallib.core.partitions import partitions
from evallib.core.result import Basis, Result, columns
from evallib.core.slice_scores import MOST_CLASSES
from evallib.core.slice_search import Search, Told
from evallib.core.slices import Partition
from evallib.methods.finder.judged_leads import JudgedLeads
from evallib.methods.finder.searched import FinderMetric, searched_metric
from evallib.methods.finder.shared_rows import SHARED_COLUMNS, shared_rows
from evallib.methods.finder.target import REST, Target, targets

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from evallib.core.evaluation_set import EvaluationSet
    from evallib.core.progress import Progress

MOST_CELLS, MOST_CROSSED = 3_000_000, 20_000
"""The most combinations of values, and of columns, that are counted; with more, fewer columns are crossed."""

ALL_CROSSED = 3
"""The most columns of which all combinations are looked at."""

AND = " and "
"""Between the conditions of a slice."""

COLUMNS = (
    *("model", "against", "metric", "among", "slice", "rule", "conditions", "n", "share", "value", "lower", "upper"),
    *("other", "difference", "difference_lower", "difference_upper", "p_value", "q_value", "detectable"),
    *("baseline", "baseline_value", "lead", "lead_lower", "lead_upper", "found_n", "found_difference", "found_p"),
)
SIBLING_COLUMNS = ("model", "against", "slice", "sibling", "rule", "found_n", "shared", "standing_out")
MOST_SIBLINGS = 20
"""The most siblings that are kept of a slice, those that stand out most."""


class FinderParams(Params):
    """Which slices are looked at, by which metric, and how many of them are told."""

    metric: FinderMetric = Field(
        "automatic",
        title="Metric",
        description="What is worse in a slice. Automatic: accuracy, or the absolute error of a regression.",
    )
    depth: int = Field(
        3,
        ge=1,
        le=5,
        title="Columns",
        description="The most columns that make a slice together. Up to three (fewer where there are very many) all "
        "combinations are looked at; beyond that those that narrow the worst ones.",
    )
    support: float = Field(
        0.005, ge=0.001, le=0.1, title="Smallest share", description="The part of the rows that a slice must have."
    )
    minimum: int = Field(30, ge=2, le=100_000, title="Fewest rows", description="The rows that a slice must have.")
    bins: int = Field(5, ge=2, le=20, title="Bins", description="Equal-count bins of a number of more than ten values.")
    most: int = Field(10, ge=1, le=50, title="Slices", description="The most slices that are told of each model.")


@dataclass(frozen=True, eq=False)
class FinderResult(Result):
    """The slices that were found, and what was looked at.

    slices: those of a model in the order in which they stand out. against is "the rest" of the rows, or another model
        on the rows of the slice. among says which rows the metric rests on and count, nothing where these are all. n,
        share, value, other and the difference (value - other) with its interval and p-value are of the half of the
        rows that was not searched; q_value is the false discovery rate over this table; detectable is the difference
        that so many rows would have shown four times out of five; baseline is what does best in the slice of the zero
        rule, the label distribution, the mean or the median of all rows and the systems in use, as far as the model
        beats them beyond noise on all rows, else of all these; lead is by how much the model is better there, above 0
        also of a loss. found_n, found_difference and found_p are of the
        half that was searched, and look too grave.
    siblings: slices that stand out too, but have two thirds of their rows or more (shared) in a slice that is told;
        found_n is of the half that was searched, standing_out by how many standard errors they do so there.
    shared: every two slices of a model against the same. n is how many rows are in both, of all that count, on both
        halves; smaller is the rows of the smaller slice, shared the part of these that n is.
    looked: searched and judged are the rows of the halves; slices is how many were compared, of up to depth
        columns; of up to all_crossed columns these were all that there are.
    skipped: columns that no slices were made of, and why.
    """

    slices: Annotated[pd.DataFrame, columns(*COLUMNS)]
    siblings: Annotated[pd.DataFrame, columns(*SIBLING_COLUMNS)]
    shared: Annotated[pd.DataFrame, columns(*SHARED_COLUMNS)]
    looked: Annotated[
        pd.DataFrame,
        columns(
            "model",
            "against",
            "metric",
            "among",
            "searched",
            "judged",
            "columns",
            "depth",
            "all_crossed",
            "slices",
            "found",
            "confirmed",
        ),
    ]
    skipped: Annotated[pd.DataFrame, columns("column", "reason")]


def compute_finder(data: EvaluationSet, params: FinderParams, progress: Progress) -> FinderResult:
    """The slices of up to `depth` columns in which each model fails, and in which it is worse than the reference.

    Raises `NotApplicable` without labels or numbers to judge, and without a column to slice by.
    """
    metric = searched_metric(data, params.metric)
    wanted = targets(data, metric)
    if not wanted and data.predictions:
        raise NotApplicable(
            f"With more than {MOST_CLASSES} classes, {metric.title} says little about a slice. Choose another metric."
        )
    if not wanted:
        raise NotApplicable("The slice finder compares answers with the truth; no model gives any.")
    divided = list(partitions(data, params.bins))
    sliced = [one for one in divided if isinstance(one, Partition)]
    if not sliced:
        raise NotApplicable("No column of the data divides its rows into slices.")
    half = searched_half(data)
    slices: list[dict[str, Any]] = []
    siblings: list[dict[str, Any]] = []
    shared: list[dict[str, Any]] = []
    looked: list[dict[str, Any]] = []
    for place, target in enumerate(wanted):
        progress(place, len(wanted), f"Searching slices of {target.model}")
        hunt = Hunt(target, sliced, half, params)
        slices += hunt.told
        siblings += hunt.siblings
        shared += hunt.shared
        looked.append(hunt.looked)
    table = pd.DataFrame(slices, columns=[name for name in COLUMNS if name != "q_value"])
    table = table.assign(q_value=q_values(table["p_value"].astype(float)))[list(COLUMNS)]
    return FinderResult(
        Basis.of(data),
        slices=table,
        siblings=pd.DataFrame(siblings, columns=list(SIBLING_COLUMNS)),
        shared=pd.DataFrame(shared, columns=list(SHARED_COLUMNS)),
        looked=_with_confirmed(pd.DataFrame(looked), table),
        skipped=pd.DataFrame(
            [one for one in divided if isinstance(one, tuple)], columns=["column", "reason"], dtype=str
        ),
    )


def confirmed(slices: pd.DataFrame, rate: float = 0.05) -> pd.Series:
    """True where a slice is worse on the half that was not searched, at a false discovery rate of at most `rate`."""
    return is_worse(slices) & (slices["q_value"] <= rate)


def _with_confirmed(looked: pd.DataFrame, slices: pd.DataFrame) -> pd.DataFrame:
    keys = ["model", "against"]
    sure = slices[confirmed(slices)].groupby(keys).size().rename("confirmed")
    return looked.join(sure, on=keys).fillna({"confirmed": 0}).astype({"confirmed": int})


class Hunt:
    """The search for the slices of one target, and what became of them."""

    def __init__(
        self, target: Target, sliced: Sequence[Partition], half: NDArray[np.bool_], params: FinderParams
    ) -> None:
        self._target, self._sliced, self._half = target, sliced, half
        searched = half & target.counted
        state, losses = target.states(searched)
        rows = CodedRows.of(sliced, state, len(losses))
        depth, deepest = affordable(rows.sizes, min(params.depth, ALL_CROSSED)), min(params.depth, len(sliced))
        minimum = max(params.minimum, math.ceil(params.support * np.count_nonzero(searched)))
        crossings = rows.crossings(depth, minimum)
        search = Search(rows, losses, minimum, target.other is not None)
        for _ in range(depth, deepest):
            crossings = narrowed(search, crossings)
        found = search.found(crossings, params.most)
        every = [crossings.conditions(one.place) for one in found]
        slices = [self._slice(conditions) for conditions in every]
        self.told = list(self._tell(every, slices))
        self.shared = list(shared_rows(target, slices))
        self.siblings = list(self._siblings(search, crossings, found))
        self.looked = {
            "model": target.model,
            "against": target.against,
            "metric": target.metric.key,
            "among": target.among,
            "searched": int(np.count_nonzero(searched)),
            "judged": int(np.count_nonzero(target.counted & ~half)),
            "columns": len(sliced),
            "depth": deepest,
            "all_crossed": depth,
            "slices": len(crossings),
            "found": len(found),
        }

    def _named(self, conditions: Conditions) -> tuple[str, str]:
        """The name of a crossing, and the rule that selects its rows."""
        parts = [(self._sliced[column], value) for column, value in conditions]
        rules = [one.rules[value] for one, value in parts]
        name = AND.join(f"{one.column}: {one.names[value]}" for one, value in parts)
        return name, AND.join(rules) if all(rules) else ""

    def _slice(self, conditions: Conditions) -> Partition:
        """The rows outside and inside a crossing."""
        inside = np.logical_and.reduce([self._sliced[column].codes == value for column, value in conditions])
        return Partition.of("found slice", inside.astype(np.uint8), [(REST, ""), self._named(conditions)])

    def _siblings(self, search: Search, crossings: Crossings, found: list[Told]) -> Iterator[dict[str, Any]]:
        for one in found:
            name, _ = self._named(crossings.conditions(one.place))
            standing_out = search.above(crossings.counts[[place for place, _ in one.siblings]])
            for (place, shared), errors in zip(one.siblings[:MOST_SIBLINGS], standing_out, strict=False):
                sibling, rule = self._named(crossings.conditions(place))
                yield {
                    "model": self._target.model,
                    "against": self._target.against,
                    "slice": name,
                    "sibling": sibling,
                    "rule": rule,
                    "found_n": int(crossings.counts[place].sum()),
                    "shared": shared,
                    "standing_out": float(errors),
                }

    def _tell(self, found: list[Conditions], slices: list[Partition]) -> Iterator[dict[str, Any]]:
        target = self._target
        leads = JudgedLeads(target.data, target.metric, target.model, ~self._half)
        halves = target.judged(slices, ~self._half), target.judged(slices, self._half)
        for conditions, one, (values, gap), (found_values, found_gap) in zip(found, slices, *halves, strict=True):
            yield {
                "model": target.model,
                "against": target.against,
                "metric": target.metric.key,
                "among": target.among,
                "slice": one.names[1],
                "rule": one.rules[1],
                "conditions": len(conditions),
                **values,
                "n": int(values["n"]),
                "difference": gap.value,
                "difference_lower": gap.lower,
                "difference_upper": gap.upper,
                "p_value": gap.p_value,
                "detectable": float(detectable(gap.lower, gap.upper)),
                **leads.of(one),
                "found_n": int(found_values["n"]),
                "found_difference": found_gap.value,
                "found_p": found_gap.p_value,
            }


def affordable(sizes: Sequence[int], depth: int) -> int:
    """How many columns are crossed at most, so that not too many combinations are counted."""
    while depth > 1 and (_combinations(sizes, depth) > MOST_CELLS or math.comb(len(sizes), depth) > MOST_CROSSED):
        depth -= 1
    return depth


def _combinations(sizes: Sequence[int], depth: int) -> int:
    """The elementary symmetric polynomial of the sizes: how many combinations of values `depth` columns have."""
    sums = [1] + [0] * depth
    for size in sizes:
        for order in range(depth, 0, -1):
            sums[order] += sums[order - 1] * size
    return sums[depth]
