"""Slices where a model is worse than elsewhere, or a candidate than the incumbent, and what was left out."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from evallib.core.directions import ONE_SIDED, is_worse, missed
from evallib.core.finding import Finding, Outcome, Severity
from evallib.core.metrics import METRICS
from evallib.core.slices import OWN
from evallib.core.wording import false_rate, number

if TYPE_CHECKING:
    from evallib.methods.slices.compute import SlicesResult

CODES = {
    "SLI001": "A slice where a model is worse than on the rest, beyond noise",
    "SLI002": "A slice where a candidate is worse than the incumbent beyond noise, though not worse overall",
    "SLI003": "No slice is worse beyond noise",
    "SLI004": "Columns that no slices were made of",
    "SLI005": "Too few rows to test any slice",
    "SLI006": "A metric that gets worse from period to period, beyond noise",
    "SLI007": "A slice where a model does not beat the best baseline beyond noise, though it does overall",
}

SIGNIFICANT = 0.05
MATTERS = 1.1
"""A slice with less than 1.1 times the error of all rows is no finding, however certain."""
NOTABLE, GRAVE = 1.2, 1.5
LONGEST_RULE = 160
SHOWN = 3
"""The most slices that are told of each model, one of each column."""


def find_bad_slices(result: SlicesResult) -> list[Finding]:
    """The worst slices of every model, by the excess of errors that lies in them, and what was looked at in vain."""
    found = [*_worse_than_rest(_two_sided(result.slices)), *_worse_than_reference(result), *_without_lead(result)]
    return [*found, *_nothing(result, {one.model for one in found}), *_drifting(result.drift), *_left_out(result)]


def _worse_than_rest(slices: pd.DataFrame) -> Iterator[Finding]:
    worse = slices[is_worse(slices) & (slices["q_value"] <= SIGNIFICANT) & (slices["lift"] >= MATTERS)]
    worse = worse.assign(excess=(worse["lift"] - 1) * worse["share"])
    for row in _worst(worse, "excess"):
        metric = METRICS[row["metric"]]
        said = _said(row)
        sentence = (
            f"{row['model']} is worse where {_where(row)}: {metric.title} is {said['value']} ({said['lower']} to "
            f"{said['upper']}) on {row['n']:,} rows, against {said['rest']} on the rest (difference "
            f"{said['difference']}, {said['difference_lower']} to {said['difference_upper']}; "
            f"{false_rate(row['q_value'])})."
        )
        names = ("n", "share", "value", "lower", "upper", "rest", "difference", "p_value", "q_value", "lift")
        yield _finding("SLI001", sentence, row, names, _severity(row["lift"]))


def _worse_than_reference(result: SlicesResult) -> Iterator[Finding]:
    if result.pairs.empty:
        return
    keys = ["model", "reference", "metric"]
    overall = result.overall[[*keys, "difference", "p_value"]]
    pairs = _two_sided(result.pairs).merge(overall, on=keys, suffixes=("", "_overall"))
    hidden = ~(is_worse(pairs, "difference_overall") & (pairs["p_value_overall"] <= SIGNIFICANT))
    pairs = pairs[is_worse(pairs) & (pairs["q_value"] <= SIGNIFICANT) & hidden]
    lacks, reference_lacks = (missed(pairs, name) for name in ("value", "reference_value"))
    pairs = pairs.assign(lift=lacks / reference_lacks.clip(lower=1e-12), excess=(lacks - reference_lacks) * pairs["n"])
    for row in _worst(pairs[pairs["lift"] >= MATTERS], "excess"):
        metric = METRICS[row["metric"]]
        said = _said(row, signed=("difference", "lower", "upper", "difference_overall"))
        sentence = (
            f"{row['model']} is not worse than {row['reference']} overall, but it is where {_where(row)}: "
            f"{metric.title} is {said['value']} against {said['reference_value']} on the same {row['n']:,} rows "
            f"(difference {said['difference']}, {said['lower']} to {said['upper']}; {false_rate(row['q_value'])}), "
            f"while the difference on all rows is {said['difference_overall']}."
        )
        names = ("n", "value", "reference_value", "difference", "lower", "upper", "p_value", "q_value")
        yield _finding("SLI002", sentence, row, (*names, "difference_overall"), _severity(row["lift"]))


def _without_lead(result: SlicesResult) -> Iterator[Finding]:
    """Slices with no lead that is beyond noise, whose lead falls short of the one on all rows by more than noise."""
    slices = result.slices[(result.slices["lead_lower"] <= 0) & (result.slices["lead_q_value"] <= SIGNIFICANT)]
    if slices.empty:
        return
    keys = ["model", "metric", "baseline"]
    sure = result.leads[(result.leads["lower"] > 0) & (result.leads["p_value"] <= SIGNIFICANT)]
    of_all = dict(zip(sure[keys].itertuples(index=False, name=None), sure["lead"], strict=True))
    overall = [of_all.get(key, np.nan) for key in slices[keys].itertuples(index=False, name=None)]
    slices = slices.assign(lead_overall=overall)
    slices = slices[slices["lead"] < slices["lead_overall"]]
    slices = slices.assign(excess=(slices["lead_overall"] - slices["lead"]) / slices["lead_overall"] * slices["share"])
    for row in _worst(slices, "excess"):
        metric = METRICS[row["metric"]]
        said = _said(row, signed=("lead", "lead_lower", "lead_upper", "lead_overall"))
        verb = "is worse than" if row["lead_upper"] < 0 else "does not beat"
        sentence = (
            f"{row['model']} {verb} {row['baseline']} beyond noise where {_where(row)}: {metric.title} is "
            f"{said['value']} against {said['baseline_value']} on the same {row['n']:,} rows (lead {said['lead']}, "
            f"{said['lead_lower']} to {said['lead_upper']}), while its lead on all rows is {said['lead_overall']} (the "
            f"two leads differ: {false_rate(row['lead_q_value'])})."
        )
        names = ("n", "value", "baseline_value", "lead", "lead_lower", "lead_upper", "lead_p_value", "lead_q_value")
        # Worse than what knows nothing of a row is graver than no better.
        severity = Severity.HIGH if row["lead_upper"] < 0 else Severity.MEDIUM
        yield _finding("SLI007", sentence, row, (*names, "lead_overall"), severity)


def _drifting(drift: pd.DataFrame) -> Iterator[Finding]:
    if drift.empty:
        return
    drift = _two_sided(drift)
    drift = drift.assign(lift=missed(drift, "last") / missed(drift, "first").clip(lower=1e-12))
    worse = drift[is_worse(drift, "slope") & (drift["q_value"] <= SIGNIFICANT) & (drift["lift"] >= MATTERS)]
    for row in _worst(worse, "lift"):
        metric = METRICS[row["metric"]]
        said = _said(row, signed=("slope", "lower", "upper"))
        sentence = (
            f"{row['model']} gets worse over the {row['periods']} periods of {row['column']}: {metric.title} goes from "
            f"{said['first']} to {said['last']}, by {said['slope']} ({said['lower']} to {said['upper']}) a period "
            f"({false_rate(row['q_value'])})."
        )
        names = ("periods", "n", "first", "last", "slope", "lower", "upper", "p_value", "q_value")
        yield _finding("SLI006", sentence, row | {"rule": "", "slice": "over time"}, names, _severity(row["lift"]))


def _two_sided(table: pd.DataFrame) -> pd.DataFrame:
    return table[~table["metric"].isin(ONE_SIDED)]


def _worst(table: pd.DataFrame, by: str) -> Iterator[dict[str, Any]]:
    """The worst slice of every column by its worst metric, for each model the first few columns."""
    first = table.sort_values(by, ascending=False, kind="stable").drop_duplicates(["model", "column"])
    for row in first.groupby("model", sort=False).head(SHOWN).to_dict("records"):
        yield {str(name): value for name, value in row.items()}


def _said(
    row: dict[str, Any], signed: Collection[str] = ("difference", "difference_lower", "difference_upper")
) -> dict[str, str]:
    """The numbers of the row as sentences say them, differences with their sign."""
    return {
        name: number(value, "+.3f" if name in signed else ".3f")
        for name, value in row.items()
        if isinstance(value, float)
    }


def _where(row: dict[str, Any]) -> str:
    """The slice's rule, with the name that a user gave it; the name alone where nobody would read the rule."""
    if 0 < len(row["rule"]) <= LONGEST_RULE:
        named = row["column"] == OWN and row["slice"] != row["rule"]
        return f"{row['rule']} (“{row['slice']}”)" if named else str(row["rule"])
    return f"{row['column']} is in the slice “{row['slice']}”"


def _severity(lift: float) -> Severity:
    return Severity.HIGH if lift >= GRAVE else Severity.MEDIUM if lift >= NOTABLE else Severity.LOW


def _finding(code: str, sentence: str, row: dict[str, Any], names: tuple[str, ...], severity: Severity) -> Finding:
    return Finding(
        code,
        Outcome.ISSUE,
        sentence,
        severity,
        model=row["model"],
        slice=row["rule"] or f"{row['column']}: {row['slice']}",
        method="slices",
        evidence=(("metric", row["metric"]), *((name, float(row[name])) for name in names)),
    )


def _nothing(result: SlicesResult, found: set[str | None]) -> Iterator[Finding]:
    for model, rows in result.slices.groupby("model", sort=False):
        if model in found:
            continue
        tested = rows[rows["p_value"].notna()]
        count = len(tested.drop_duplicates(["column", "slice"]))
        if not count:
            sentence = f"No slice of {model} and its rest have the rows that a test needs."
            yield Finding("SLI005", Outcome.TIP, sentence, model=str(model), method="slices")
            continue
        sentence = (
            f"None of {count:,} slices of {tested['column'].nunique():,} columns is worse for {model} beyond noise, by "
            f"a tenth or more of its errors."
        )
        yield Finding("SLI003", Outcome.PASSED, sentence, model=str(model), method="slices")


def _left_out(result: SlicesResult) -> Iterator[Finding]:
    if result.skipped.empty:
        return
    reasons = " ".join(result.skipped["reason"].head(5))
    more = f" And {len(result.skipped) - 5:,} more." if len(result.skipped) > 5 else ""
    plural = "column has" if len(result.skipped) == 1 else "columns have"
    sentence = f"{len(result.skipped):,} {plural} no slices: {reasons}{more}"
    yield Finding("SLI004", Outcome.TIP, sentence, method="slices")
