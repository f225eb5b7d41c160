"""Reversals, the surest first; those that may be chance as tips; and slices that pay for a better total."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from evallib.core.finding import Finding, Outcome, Severity
from evallib.core.metrics import METRICS
from evallib.methods.reversals.kinds import Grade, Kind

if TYPE_CHECKING:
    import pandas as pd

    from evallib.methods.reversals.compute import ReversalsResult

CODES = {
    "REV001": "All slices contradict the overall difference (strict or weak reversal)",
    "REV002": "At an equal mix of slices the overall difference turns round (partial reversal)",
    "REV003": "A difference in all slices is masked overall, or the other way round",
    "REV004": "A system is better overall and worse beyond noise in a slice (trade-off, no reversal)",
    "REV005": "No reversal",
}
CODE_OF = {
    str(Kind.STRICT): "REV001",
    str(Kind.WEAK): "REV001",
    str(Kind.PARTIAL): "REV002",
    str(Kind.MASKED): "REV003",
}
SIGNIFICANT = 0.05
SHOWN, TIPS = 5, 3
"""The most reversals that are told, and the most that may be chance."""

SAID = {
    str(Grade.SUPPORTED): "Both differences are significant.",
    str(Grade.MODERATE): "The differences alone are not both significant, but that adjusting moves them is.",
    str(Grade.WEAK): "It may be chance: adjusting moves the difference by no more than noise.",
}


def find_reversals(result: ReversalsResult) -> list[Finding]:
    """Every kind of reversal by its code, one of each column; how many comparisons were scanned stands in each."""
    scan = result.scan
    flagged = scan[scan["kind"].isin(list(CODE_OF))].drop_duplicates(
        ["situation", "group", "first", "second", "column"]
    )
    chance = flagged["grade"] == str(Grade.WEAK)
    found = [_reversal(row, scan) for row in _rows(flagged[~chance].head(SHOWN))]
    tips = [_reversal(row, scan) for row in _rows(flagged[chance].head(TIPS))]
    found += list(_trade_offs(result))
    if found:
        return [*found, *tips]
    return [Finding("REV005", Outcome.PASSED, _none(scan), method="reversals"), *tips]


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def _reversal(row: dict[str, Any], scan: pd.DataFrame) -> Finding:
    scanned = f"{len(scan):,} comparison{'' if len(scan) == 1 else 's'} scanned"
    return Finding(
        CODE_OF[row["kind"]],
        Outcome.TIP if row["grade"] == str(Grade.WEAK) else Outcome.ISSUE,
        f"{row['kind'].capitalize()}. {row['sentence']} {SAID[row['grade']]} ({scanned})",
        Severity.HIGH if row["grade"] == str(Grade.SUPPORTED) else Severity.MEDIUM,
        slice=row["column"],
        method="reversals",
        evidence=tuple((name, _plain(row[name])) for name in EVIDENCE),
    )


EVIDENCE = (
    "situation",
    "first",
    "second",
    "metric",
    "grade",
    "strata",
    "ahead",
    "behind",
    "overall_difference",
    "adjusted_difference",
    "lower",
    "upper",
    "p_overall",
    "p_adjusted",
    "q_value",
    "rate_effect",
    "mix_effect",
)


def _plain(value: Any) -> float | str:
    return value if isinstance(value, str) else float(value)


def _trade_offs(result: ReversalsResult) -> Iterator[Finding]:
    """Of every pair of systems and column, the first metric by which the one that is ahead overall loses a stratum."""
    systems = result.scan[(result.scan["kind"] == str(Kind.CROSSING)) & (result.scan["group"] == "")]
    sure = systems[systems["p_overall"] <= SIGNIFICANT]
    strata = result.strata.merge(sure[["place", "overall_difference"]], on="place")
    lost = strata[(strata["difference"] * strata["overall_difference"] < 0) & (strata["q_value"] <= SIGNIFICANT)]
    told = sure[sure["place"].isin(lost["place"])].drop_duplicates(["situation", "first", "second", "column"])
    for row in _rows(told.head(SHOWN)):
        higher = METRICS[row["metric"]].higher_is_better
        ahead = row["first"] if (row["overall_difference"] > 0) == higher else row["second"]
        yield Finding(
            "REV004",
            Outcome.ISSUE,
            f"Trade-off, no reversal. {row['sentence']} The loss is beyond noise.",
            Severity.MEDIUM,
            model=ahead,
            slice=row["column"],
            method="reversals",
            evidence=tuple((name, _plain(row[name])) for name in EVIDENCE),
        )


def _none(scan: pd.DataFrame) -> str:
    evaluable = scan[scan["kind"] != str(Kind.NOT_EVALUABLE)]
    return (
        f"No reversal beyond chance: {len(evaluable):,} comparisons by {evaluable['column'].nunique():,} columns tell "
        f"the same overall and at an equal mix of slices."
    )
