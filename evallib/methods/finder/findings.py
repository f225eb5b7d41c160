"""The slices that held on the other half of the rows, and what was looked at in vain."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from evallib.core.directions import missed
from evallib.core.finding import Finding, Outcome, Severity
from evallib.core.metrics import METRICS
from evallib.core.wording import false_rate, number
from evallib.methods.finder.compute import confirmed
from evallib.methods.finder.target import REST

if TYPE_CHECKING:
    from evallib.methods.finder.compute import FinderResult

CODES = {
    "FND001": "A slice of several columns where a model is worse than on the rest, found on one half of the rows and "
    "held on the other",
    "FND002": "A slice where a model is worse than the reference, found on one half of the rows and held on the other",
    "FND003": "No slice that was found on one half of the rows held on the other",
}

TOLD = 5
"""The most slices that are told of a model; the table has all."""

NOTABLE, GRAVE = 1.2, 1.5
"""How many times the error on the other side makes an issue medium, and high."""


def find_failing_slices(result: FinderResult) -> list[Finding]:
    """The first slices of every model that held, or that none did."""
    slices = result.slices.assign(
        lift=missed(result.slices, "value") / missed(result.slices, "other").clip(lower=1e-12)
    )
    sure = slices[confirmed(slices)]
    told = [_failing(row) for row in sure.groupby(["model", "against"], sort=False).head(TOLD).to_dict("records")]
    return [*told, *_nothing(result)]


def _failing(row: dict[Any, Any]) -> Finding:
    metric = METRICS[row["metric"]]
    against = "on the rest" if row["against"] == REST else f"of {row['against']} on the same rows"
    sentence = (
        f"{row['model']} is worse where {row['rule'] or row['slice']}: {metric.title} is {number(row['value'], '.3f')} "
        f"({number(row['lower'], '.3f')} to {number(row['upper'], '.3f')}) on {row['n']:,} {_rows(row)}, "
        f"against {number(row['other'], '.3f')} {against} (difference {number(row['difference'], '+.3f')}, "
        f"{number(row['difference_lower'], '+.3f')} to {number(row['difference_upper'], '+.3f')}; "
        f"{false_rate(row['q_value'])})."
    )
    names = ("n", "share", "value", "lower", "upper", "other", "difference", "p_value", "q_value", "found_difference")
    return Finding(
        "FND001" if row["against"] == REST else "FND002",
        Outcome.ISSUE,
        sentence,
        _severity(row["lift"]),
        model=row["model"],
        slice=row["rule"] or row["slice"],
        method="finder",
        evidence=(("metric", row["metric"]), *((name, float(row[name])) for name in names)),
    )


def _rows(row: dict[Any, Any]) -> str:
    """Which rows the numbers are of."""
    return f"unsearched {row['among']}" if row["among"] else "rows that were not searched"


def _severity(lift: float) -> Severity:
    """By how many times the loss of the other side is made, or what a score lacks to 1."""
    return Severity.HIGH if lift >= GRAVE else Severity.MEDIUM if lift >= NOTABLE else Severity.LOW


def _nothing(result: FinderResult) -> Iterator[Finding]:
    for row in result.looked[result.looked["confirmed"] == 0].to_dict("records"):
        against = "than on the rest" if row["against"] == REST else f"than {row['against']}"
        stood_out = (
            f"{row['found']:,} stood out on the half that was searched, and none of them held on the {row['judged']:,} "
            f"{row['among'] or 'rows'} of the other"
            if row["found"]
            else "none stands out"
        )
        whole = "" if row["all_crossed"] == row["depth"] else f" (all of up to {row['all_crossed']})"
        sentence = (
            f"Of {row['slices']:,} slices of up to {row['depth']} of {row['columns']} columns{whole}, {stood_out}: "
            f"{row['model']} is nowhere worse {against} beyond noise."
        )
        yield Finding("FND003", Outcome.PASSED, sentence, model=row["model"], method="finder")
