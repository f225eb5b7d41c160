"""Every comparison by the strata of every column: who is ahead overall, who in the strata, and at an equal mix."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Annotated, Literal, Self

import pandas as pd
from pydantic import Field

from evallib.core.errors import BadInput, NotApplicable
from evallib.core.evaluation_set import EvaluationSet
from evallib.core.params import Params
from evallib.core.partitions import partitions
from evallib.core.progress import Progress
from evallib.core.result import Basis, Result, columns
from evallib.core.slices import MISSING, Partition
from evallib.methods.reversals.comparison import Comparison
from evallib.methods.reversals.kinds import Kind
from evallib.methods.reversals.outcomes import Outcome, group_comparisons
from evallib.methods.reversals.systems import system_comparisons
from evallib.methods.reversals.tables import SCAN_COLUMNS, STRATA_COLUMNS, Scanned, scan_table, strata_table
from evallib.methods.reversals.verdict import judge

MOST_GROUP_COLUMNS = 10
"""Columns whose values are compared without being asked for."""

MOST_CELLS = 60
"""Two columns together are strata where they make at most so many."""


class ReversalsParams(Params):
    """What is compared, and by which strata."""

    groups: tuple[str, ...] = Field(
        (),
        title="Groups",
        description="Columns whose values are compared by their outcome. None: the sensitive ones and the group, and "
        "every column of two values.",
        json_schema_extra={"widget": "columns"},
    )
    against: Literal["the rest", "each other"] = Field(
        "the rest", title="More than two groups", description="Each against all others, or each pair."
    )
    most_groups: int = Field(5, ge=2, le=20, title="Most groups", description="A column of more values is no group.")
    minimum: int = Field(
        10, ge=2, le=10_000, title="Rows per side", description="A slice in which a side has fewer is left out."
    )
    bins: int = Field(5, ge=2, le=20, title="Bins", description="Equal-count bins of a number of more than ten values.")
    pairs: bool = Field(
        False, title="Pairs of columns", description="Also look at the slices that two columns make together."
    )


@dataclass(frozen=True, eq=False)
class ReversalsResult(Result):
    """What was scanned, the surest reversals first, and the strata behind it.

    scan: first, second are systems, or values of the column `group`; differences are first - second over the compared
        strata; adjusted_difference with lower, upper at an equal mix of strata; rate_effect + mix_effect is the overall
        difference; q_value is the false discovery rate of the mix effect over the whole scan; ahead, behind count
        the strata with the overall sign, and with the other.
    strata: one row per stratum of every row of the scan, by `place`; compared is False where a side has too few rows.
    skipped: columns that were left out, and why.
    """

    scan: Annotated[pd.DataFrame, columns(*SCAN_COLUMNS)]
    strata: Annotated[pd.DataFrame, columns(*STRATA_COLUMNS)]
    skipped: Annotated[pd.DataFrame, columns("column", "reason")]

    def only(self, models: object) -> Self:
        """The same result without comparisons of systems that are not among these; outcomes of groups stay."""
        names = list(models)  # type: ignore[call-overload]
        about_rows = self.scan["group"] != ""
        kept = self.scan[about_rows | (self.scan["first"].isin(names) & self.scan["second"].isin(names))]
        return replace(self, scan=kept, strata=self.strata[self.strata["place"].isin(kept["place"])])


def compute_reversals(data: EvaluationSet, params: ReversalsParams, progress: Progress) -> ReversalsResult:
    """The scan of systems against systems and of groups against groups, by every column.

    Raises `NotApplicable` where no two sides or no column to divide them by are found.
    """
    groups, left_out = _groups(data, params)
    compared = _comparisons(data, groups, params)
    scanned: list[Scanned] = []
    for place, by in enumerate(_strata(data, params) if compared else ()):
        progress(min(place, data.table.shape[1]), data.table.shape[1], "Looking for reversals")
        scanned += [_scan(comparison, by, params.minimum) for comparison in compared if _apart(comparison, by)]
    if not scanned:
        raise NotApplicable("There are no two systems or groups, with a column to divide their rows by.")
    scan, order = scan_table(scanned)
    return ReversalsResult(
        Basis.of(data),
        scan=scan,
        strata=strata_table([scanned[place] for place in order]),
        skipped=pd.DataFrame(left_out, columns=["column", "reason"], dtype=str),
    )


def _groups(data: EvaluationSet, params: ReversalsParams) -> tuple[list[Partition], list[tuple[str, str]]]:
    """The columns whose values are compared, and the columns that are left out, with the reason."""
    unknown = [name for name in params.groups if name not in data.table.columns]
    if unknown:
        raise BadInput(f"There is no column {unknown[0]!r} whose values could be compared; choose another one.")
    asked = params.groups or (*data.columns.sensitive, *filter(None, [data.columns.group]))
    chosen, others, left_out = [], [], []
    for one in partitions(data, params.bins):
        if isinstance(one, tuple):
            left_out.append(one)
            continue
        values = len(one) - (MISSING in one.names)
        if one.column in asked and values <= params.most_groups:
            chosen.append(one)
        elif one.column in asked:
            left_out.append((one.column, f"{one.column} has {values} groups, too many to compare."))
        elif values == 2 and not params.groups and one.column in data.table.columns:
            others.append(one)
    return chosen + others[: max(MOST_GROUP_COLUMNS - len(chosen), 0)], left_out


def _comparisons(data: EvaluationSet, groups: list[Partition], params: ReversalsParams) -> list[Comparison]:
    compared = list(system_comparisons(data))
    outcome = Outcome(data)
    for column in groups:
        compared += group_comparisons(outcome, column, params.against, params.minimum)
    return compared


def _strata(data: EvaluationSet, params: ReversalsParams) -> Iterator[Partition]:
    found = (one for one in partitions(data, params.bins) if isinstance(one, Partition))
    if not params.pairs:
        yield from found
        return
    columns = list(found)
    yield from columns
    yield from filter(None, (_crossed(one, two) for one, two in combinations(columns, 2)))


CROSS = " × "


def _apart(comparison: Comparison, by: Partition) -> bool:
    """False where the strata are made of the groups themselves."""
    return comparison.group not in by.column.split(CROSS)


def _crossed(one: Partition, two: Partition) -> Partition | None:
    """The strata that two columns make together."""
    if len(one) * len(two) > MOST_CELLS:
        return None
    slices = [
        (f"{name}{CROSS}{too}", f"{rule} and {rule_too}" if rule and rule_too else "")
        for name, rule in zip(one.names, one.rules, strict=True)
        for too, rule_too in zip(two.names, two.rules, strict=True)
    ]
    return Partition.of(f"{one.column}{CROSS}{two.column}", one.codes * len(two) + two.codes, slices)


def _scan(comparison: Comparison, by: Partition, minimum: int) -> Scanned:
    stratified = comparison.by(by, minimum)
    verdict = None if stratified.contrast is None else judge(stratified.contrast)
    if verdict is not None and not comparison.reversible:
        if verdict.kind in {Kind.STRICT, Kind.WEAK, Kind.PARTIAL} or abs(verdict.mix_effect) > 1e-9:
            raise AssertionError(f"{comparison.metric} is a mean over common rows and cannot reverse by {by.column}.")
        if verdict.kind.flagged:
            verdict = replace(verdict, kind=Kind.CONSISTENT)
    return Scanned(comparison, replace(by, codes=by.codes[:0]), stratified, verdict)
