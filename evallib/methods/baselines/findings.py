"""Models that do not beat what they have to beat, and those that do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from evallib.core.finding import Finding, Outcome, Severity
from evallib.core.prior import EVALUATION
from evallib.core.wording import interval, number
from evallib.methods.baselines.contest import SPOKEN

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping

    import pandas as pd

    from evallib.methods.baselines.compute import BaselinesResult

CODES = {
    "BAS001": "A model does not beat a baseline beyond noise",
    "BAS002": "A model beats every baseline beyond noise",
    "BAS003": "The human or the existing solution is better than a model beyond noise",
    "BAS004": "The shares of the classes come from the evaluation rows, since the training set is not known",
}

GRAVE = {"random", "zero rule"}
"""The kinds of baselines that a model which is worth anything beats."""

IN_USE = {"human", "existing"}


def find_unbeaten(result: BaselinesResult) -> list[Finding]:
    """Per model: the baselines that it does not beat on the metric that decides, or that it beats them all."""
    found: list[Finding] = []
    values = result.scores.set_index(["model", "metric"])["value"]
    for model, rows in result.beats[result.beats["decides"]].groupby("model", sort=False):
        lost = rows[(rows["verdict"] == "worse") & rows["kind"].isin(IN_USE)]
        unbeaten = rows[(rows["verdict"] != "better") & ~rows.index.isin(lost.index)]
        for row in lost.to_dict("records"):
            who = f"{row['baseline']} ({SPOKEN.get(row['kind'], row['kind'])})"
            sentence = f"{who} is better than {model} beyond noise: {_numbers(row, values)}."
            found.append(_finding("BAS003", Outcome.ISSUE, sentence, row, Severity.HIGH))
        grave = unbeaten["kind"].isin(GRAVE)
        found += _unbeaten(unbeaten[grave], values, Severity.HIGH)
        found += _unbeaten(unbeaten[~grave], values, Severity.MEDIUM)
        if lost.empty and unbeaten.empty:
            found.append(_beats_all(rows, values))
    return found + list(_prior_unknown(result))


def _unbeaten(rows: pd.DataFrame, values: pd.Series, severity: Severity) -> Iterator[Finding]:
    """One finding on all the baselines of one gravity; its numbers are those of the hardest to beat."""
    if rows.empty:
        return
    hardest = _hardest(rows)
    others = [str(name) for name in rows["baseline"] if name != hardest["baseline"]]
    also = f"; neither does it beat {' or '.join(others)}" if others else ""
    verb = "is worse than" if hardest["verdict"] == "worse" else "does not beat"
    sentence = f"{hardest['model']} {verb} {hardest['baseline']} beyond noise: {_numbers(hardest, values)}{also}."
    yield _finding("BAS001", Outcome.ISSUE, sentence, hardest, severity)


def _beats_all(rows: pd.DataFrame, values: pd.Series) -> Finding:
    hardest = _hardest(rows)
    sentence = (
        f"{hardest['model']} beats {'its baseline' if len(rows) == 1 else f'all {len(rows)} baselines'} beyond noise; "
        f"the hardest is {hardest['baseline']}: {_numbers(hardest, values)}."
    )
    return _finding("BAS002", Outcome.PASSED, sentence, hardest)


def _hardest(rows: pd.DataFrame) -> dict[Hashable, Any]:
    """The row of the baseline that is ahead by most, or behind by least."""
    lead = rows["difference"].where(rows["higher_is_better"], -rows["difference"])
    hardest: dict[Hashable, Any] = rows.iloc[int(lead.to_numpy().argmin())].to_dict()
    return hardest


def _prior_unknown(result: BaselinesResult) -> Iterator[Finding]:
    if not (result.baselines["source"] == EVALUATION).any():
        return
    what = "shares of the classes" if (result.baselines["kind"] == "random").any() else "mean and the median"
    sentence = (
        f"The {what} that the baselines use come from the evaluation rows, since no training set is given; where the "
        "training data differ from these rows, baselines made of them would be weaker."
    )
    yield Finding("BAS004", Outcome.TIP, sentence, Severity.LOW, method="baselines")


def _numbers(row: Mapping[Hashable, Any], values: pd.Series) -> str:
    one, two = (values[name, row["metric"]] for name in (row["model"], row["baseline"]))
    return f"{row['title']} {number(one)} against {number(two)}, difference {interval(row)} on {row['n']:,} rows"


def _finding(
    code: str, outcome: Outcome, sentence: str, row: Mapping[Hashable, Any], severity: Severity = Severity.MEDIUM
) -> Finding:
    names = ("baseline", "metric", "difference", "lower", "upper", "p_value", "n")
    evidence = tuple((name, row[name]) for name in names)
    return Finding(code, outcome, sentence, severity, str(row["model"]), method="baselines", evidence=evidence)
