"""Results hold the tables that they declare; parameters refuse what they do not declare; findings have an order."""

from dataclasses import dataclass, replace
from typing import Annotated

import pandas as pd
import pytest
from made_sets import drawn
from pydantic import Field, ValidationError

from evallib.core.finding import Finding, Outcome, Severity
from evallib.core.params import Params, View
from evallib.core.result import Basis, Result, columns


@dataclass(frozen=True, eq=False)
class Toy(Result):
    scores: Annotated[pd.DataFrame, columns("model", "value")]
    bins: Annotated[pd.DataFrame, columns("bin", "n")]


class Knobs(Params):
    bins: int = Field(default=15, ge=2, le=100, title="Bins")


SCORES = pd.DataFrame({"model": ["a", "b"], "value": [0.1, 0.2]})
BINS = pd.DataFrame({"bin": [0], "n": [3]})


def test_a_result_has_the_tables_that_it_declares():
    found = Toy(Basis(3, 3), SCORES, BINS)
    assert list(found.tables()) == ["scores", "bins"]
    assert found.schemas()["scores"].columns == ("model", "value")
    again = Toy.from_tables(found.basis, found.tables())
    assert again.tables()["scores"] is SCORES


@pytest.mark.parametrize("wrong", [SCORES[["value", "model"]], SCORES[["model"]], SCORES.assign(more=1)])
def test_other_columns_than_declared_are_refused(wrong):
    with pytest.raises(TypeError, match=r"Toy\.scores has columns"):
        Toy(Basis(3, 3), wrong, BINS)


def test_some_models_only():
    found = Toy(Basis(3, 3), SCORES, BINS).only(["b"])
    assert list(found.scores["model"]) == ["b"]
    assert found.bins is BINS


def test_the_basis_in_words():
    assert str(Basis(1200, 1200)) == "all 1,200 rows"
    assert str(Basis(20_000, 1_000_000, sampled=True)) == "20,000 of 1,000,000 rows, sampled"
    assert str(Basis(7, 10, where="age > 30")) == "7 of 10 rows, where age > 30"
    filtered = drawn(6).take(drawn(6).event, where="y is yes")
    assert Basis.of(filtered) == Basis(len(filtered), 6, where="y is yes")


def test_parameters_are_strict_and_frozen():
    with pytest.raises(ValidationError):
        Knobs(bins=1)
    with pytest.raises(ValidationError):
        Knobs(bin=3)
    with pytest.raises(ValidationError):
        Knobs().bins = 3
    assert Knobs.model_json_schema()["properties"]["bins"]["title"] == "Bins"
    assert issubclass(View, Params)


def test_findings_are_read_worst_first():
    tip = Finding("AAA001", Outcome.TIP, "A tip.", Severity.HIGH)
    low = Finding("AAA002", Outcome.ISSUE, "An issue.", Severity.LOW)
    high = replace(low, severity=Severity.HIGH)
    passed = replace(tip, outcome=Outcome.PASSED)
    assert sorted([passed, tip, low, high], key=lambda one: one.rank) == [high, low, tip, passed]
