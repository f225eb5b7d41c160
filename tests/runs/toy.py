"""A method small enough to check by eye, for the tests of everything around methods."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import pandas as pd
from pydantic import Field

from evallib.core.errors import NotApplicable
from evallib.core.evaluation_set import EvaluationSet
from evallib.core.finding import Finding, Outcome
from evallib.core.method import Method
from evallib.core.params import Params
from evallib.core.progress import Progress
from evallib.core.result import Basis, Result, columns


class ToyParams(Params):
    factor: Annotated[int, Field(ge=1, title="Factor")] = 1
    fail: Annotated[str, Field(title="Fail")] = ""


@dataclass(frozen=True, eq=False)
class ToyResult(Result):
    share: Annotated[pd.DataFrame, columns("model", "n", "share")]


def compute_toy(data: EvaluationSet, params: ToyParams, progress: Progress) -> ToyResult:
    """factor times the share of positive rows, for every model."""
    if params.fail == "not applicable":
        raise NotApplicable("The toy does not apply.")
    if params.fail:
        raise ValueError(params.fail)
    progress(1, 1, "Toying")
    share = params.factor * float(data.event.mean())
    rows = [{"model": name, "n": len(data), "share": share} for name in data.predictions]
    return ToyResult(Basis.of(data), pd.DataFrame(rows, columns=["model", "n", "share"]))


def find_toy(result: ToyResult) -> list[Finding]:
    share = result.share["share"].max()
    outcome = Outcome.ISSUE if share > 0.5 else Outcome.PASSED
    return [
        Finding("TOY001", outcome, f"The share is {share:.2f}.", evidence=(("share", share), ("none", float("nan"))))
    ]


TOY = Method(
    key="toy",
    section="trust",
    title="Toy",
    icon=":material/toys:",
    question="How many?",
    help="",
    codes={"TOY001": "The share of positive rows."},
    params=ToyParams,
    result=ToyResult,
    compute=compute_toy,
    findings=find_toy,
    displays=lambda result, colours: [],
)


def toy_with(**changes: Any) -> Method:
    return Method(**(vars(TOY) | changes))
