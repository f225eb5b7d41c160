"""What looks faulty about rows and labels, and where the loss gathers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from evallib.core.directions import missed
from evallib.core.finding import Finding, Outcome, Severity
from evallib.core.metrics import METRICS
from evallib.core.wording import false_rate, number
from evallib.methods.rows.suspects import so_many

if TYPE_CHECKING:
    import pandas as pd

    from evallib.methods.rows.compute import RowsResult

CODES = {
    "ROW001": "More labels are confidently contradicted by all models than their probabilities lead to expect",
    "ROW002": "Rows that are equal in all features have different truths, which bounds what any model can reach",
    "ROW003": "A model is worse where a column is missing, beyond noise",
    "ROW004": "Neither rows nor labels look faulty",
    "ROW005": "A small part of the rows has a large part of a model's loss",
}

SIGNIFICANT = 0.05
SURE = 0.001
"""The largest p-value of contradicted labels that counts: models a little too sure are no reason to relabel."""

FEWEST, TIMES = 10, 1.5
"""The fewest contradicted labels, and how many times the expected number, that make an issue."""

MATTERS, NOTABLE, GRAVE = 1.1, 1.2, 1.5
"""How many times the errors of other rows those without a value must have; and what makes that medium, and high."""

SMALL, LARGE = 0.01, 0.05
"""Shares of the rows, or of what can be reached, that are worth a finding, and that make it medium."""

GATHERED = 0.25
ENOUGH = 1_000
"""A hundredth of fewer rows is too few to speak of."""

SHOWN = 3
"""The most columns that are told of each model."""


def find_faulty_rows(result: RowsResult) -> list[Finding]:
    """What the checks found, or that they found nothing; then where the loss gathers."""
    faults = [*_labels(result.labels, result.basis.rows), *_twins(result.ceilings), *_missing(result.missing)]
    return [*(faults or [_nothing(result)]), *_gathered(result.summary)]


def _labels(labels: pd.DataFrame, rows: int) -> Iterator[Finding]:
    n, contradicted, expected = (float(labels[name].sum()) for name in ("n", "contradicted", "expected"))
    p_value = float(so_many(contradicted, expected))
    if contradicted < max(FEWEST, TIMES * expected) or p_value > SURE:
        return
    worst = labels["label"].iloc[(labels["contradicted"] - labels["expected"]).argmax()]
    sentence = (
        f"{contradicted:,.0f} rows are labelled otherwise than all models that give probabilities confidently say, of "
        f"{n:,.0f} on which they are sure; their own probabilities lead to expect {number(expected, '.1f')}. Most of "
        f"the excess is called {worst}. Labels are wrong, or all these models are too sure: have the first rows of "
        f"the list looked at, and relabelled where the label is wrong."
    )
    excess = (contradicted - expected) / rows
    evidence = {"n": n, "contradicted": contradicted, "expected": expected, "p_value": p_value}
    yield Finding("ROW001", Outcome.ISSUE, sentence, _by_share(excess), method="rows", evidence=tuple(evidence.items()))


def _by_share(share: float) -> Severity:
    return Severity.MEDIUM if share >= LARGE else Severity.LOW


def _twins(ceilings: pd.DataFrame) -> Iterator[Finding]:
    for row in ceilings[ceilings["contradicting_groups"] > 0].to_dict("records"):
        metric = METRICS[row["metric"]]
        sentence = (
            f"The truth differs within {row['contradicting_groups']:,} groups of rows that are equal in all "
            f"{row['features']:,} features ({row['contradicting']:,} rows), so that no model of these features can "
            f"reach more than {number(row['ceiling'], '.3f')} in {metric.title} on these rows. Look for a wrong "
            f"label or a missing feature."
        )
        bound = 1 - row["ceiling"]
        outcome = Outcome.ISSUE if bound >= SMALL else Outcome.TIP
        names = ("rows", "groups", "twins", "contradicting_groups", "contradicting", "ceiling")
        evidence = tuple((name, float(row[name])) for name in names)
        yield Finding("ROW002", outcome, sentence, _by_share(bound), method="rows", evidence=evidence)


def _missing(table: pd.DataFrame) -> Iterator[Finding]:
    if table.empty:
        return
    without, given = (missed(table, name) for name in ("value", "other"))
    worse = table.assign(lift=without / given.clip(lower=1e-12), excess=(without - given) * table["n"])
    worse = worse[(worse["q_value"] <= SIGNIFICANT) & (worse["lift"] >= MATTERS)]
    told = worse.sort_values("excess", ascending=False, kind="stable").groupby("model", sort=False).head(SHOWN)
    for row in told.to_dict("records"):
        yield _worse_without({str(name): value for name, value in row.items()})


def _worse_without(row: dict[str, Any]) -> Finding:
    metric = METRICS[row["metric"]]
    said = {name: number(row[name], ".3f") for name in ("value", "lower", "upper", "other")}
    apart = [number(row[name], "+.3f") for name in ("difference", "difference_lower", "difference_upper")]
    sentence = (
        f"{row['model']} is worse where {row['column']} is missing: {metric.title} is {said['value']} "
        f"({said['lower']} to {said['upper']}) on {row['n']:,} rows, against {said['other']} where it is given "
        f"(difference {apart[0]}, {apart[1]} to {apart[2]}; {false_rate(row['q_value'])}). "
        f"Find out why it is missing, and fill it in."
    )
    names = ("n", "share", "value", "lower", "upper", "other", "difference", "p_value", "q_value", "lift")
    severity = Severity.HIGH if row["lift"] >= GRAVE else Severity.MEDIUM if row["lift"] >= NOTABLE else Severity.LOW
    return Finding(
        "ROW003",
        Outcome.ISSUE,
        sentence,
        severity,
        model=row["model"],
        slice=f"{row['column']}: missing",
        method="rows",
        evidence=(("metric", row["metric"]), *((name, float(row[name])) for name in names)),
    )


def _nothing(result: RowsResult) -> Finding:
    """One sentence of what was looked at in vain."""
    looked = []
    if len(result.labels):
        contradicted, expected = (float(result.labels[name].sum()) for name in ("contradicted", "expected"))
        looked.append(
            f"all models confidently contradict {contradicted:,.0f} labels, where their probabilities lead to expect "
            f"{number(expected, '.1f')}"
        )
    if len(result.ceilings):
        looked.append("no rows that are equal in all features differ in their truth")
    if len(result.missing):
        columns = result.missing["column"].nunique()
        looked.append(f"no model is worse where one of {columns:,} columns is missing")
    said = "; ".join(looked) or "there is nothing to compare labels, equal rows or missing values by"
    sentence = f"Neither rows nor labels look faulty: {said}."
    return Finding("ROW004", Outcome.PASSED, sentence, method="rows")


def _gathered(summary: pd.DataFrame) -> Iterator[Finding]:
    measured = summary[(summary["measure"] != "error") & (summary["n"] >= ENOUGH)]
    for row in measured[measured["worst_share"] >= GATHERED].to_dict("records"):
        sentence = (
            f"The worst 1 % of the rows have {100 * row['worst_share']:.0f} % of the {row['measure']} of "
            f"{row['model']}; look at them first."
        )
        evidence = (("worst_share", float(row["worst_share"])), ("n", float(row["n"])))
        yield Finding("ROW005", Outcome.TIP, sentence, model=row["model"], method="rows", evidence=evidence)
