"""Slices by what is judged."""

import numpy as np
import pandas as pd
import pytest

from evallib.core.answer_slices import answer_partitions
from evallib.core.evaluation_set import Columns, EvaluationSet, Predictions
from evallib.core.rules import parse_rule
from evallib.core.slices import Partition

Y = np.array([0, 0, 0, 1, 1, 1, 1, 0], np.int32)
SAID = np.array([0, 1, 0, 1, 1, -1, 0, 0], np.int32)
SURE = np.array([0.1, 0.6, 0.3, 0.9, 0.8, np.nan, 0.4, 0.2])


def divided(data: EvaluationSet) -> dict[str, Partition]:
    return {one.column: one for one in answer_partitions(data, 3, 20)}


def counts(one: Partition) -> dict[str, float]:
    return dict(zip(one.names, one.sizes, strict=True))


def binary(target: list[object]) -> EvaluationSet:
    table = pd.DataFrame({"y": target, "x": range(8)})
    answers = {
        "one": Predictions(SAID, SURE, name="one"),
        "two": Predictions(np.zeros(8, np.int32), name="two"),
    }
    return EvaluationSet("binary", Y, table, Columns("y"), answers, ("no", "yes"))


def test_truth_answers_and_confidence_divide_the_rows():
    found = divided(binary([("no", "yes")[code] for code in Y]))
    assert list(found) == ["y", "label of one", "confidence of one"], "two says the same of every row"
    assert counts(found["y"]) == {"no": 4, "yes": 4}
    assert counts(found["label of one"]) == {"no": 4, "yes": 3, "missing": 1}
    sure = np.maximum(SURE, 1 - SURE)
    assert counts(found["confidence of one"])["missing"] == 1
    bins = found["confidence of one"].codes[~np.isnan(sure)]
    assert (np.diff(bins[np.argsort(sure[~np.isnan(sure)])].astype(int)) >= 0).all()
    assert [one.made_of for one in found.values()] == ["truth", "answers", "answers"]


@pytest.mark.parametrize("values", [("no", "yes"), (0, 1), (False, True), (2.5, 7.5)])
def test_rules_of_classes_choose_their_rows_whatever_the_target_holds(values):
    data = binary([values[code] for code in Y])
    one = divided(data)["y"]
    for code, rule in enumerate(one.rules):
        assert parse_rule(rule, ["y", "x"]).mask(data.table).tolist() == (one.codes == code).tolist()
    assert set(divided(data)["label of one"].rules) == {""}


def test_many_numbered_classes_are_classes_and_no_bins():
    y = np.arange(60, dtype=np.int32) % 30
    names = tuple(str(number) for number in range(30))
    table = pd.DataFrame({"y": y + 0, "x": range(60)})
    data = EvaluationSet("multiclass", y, table, Columns("y"), {"m": Predictions(y, name="m")}, names)
    found = {one.column: one for one in answer_partitions(data, 3, 40)}
    assert counts(found["y"]) == dict.fromkeys(names, 2.0)
    assert set(found["y"].rules) == {""}


def test_a_regression_is_divided_by_its_target_and_its_predictions():
    y = np.linspace(0, 100, 60)
    table = pd.DataFrame({"y": y})
    data = EvaluationSet("regression", y, table, Columns("y"), {"m": Predictions(value=y[::-1], name="m")})
    found = divided(data)
    assert list(found) == ["y", "prediction of m"]
    assert [len(one) for one in found.values()] == [3, 3]
    assert (found["y"].codes[:20] == 0).all()
    assert (found["prediction of m"].codes[:18] == 2).all()


def test_one_class_alone_divides_nothing():
    data = EvaluationSet(
        "binary",
        np.zeros(4, np.int32),
        pd.DataFrame({"y": ["no"] * 4}),
        Columns("y"),
        {"m": Predictions(np.zeros(4, np.int32), name="m")},
        ("no", "yes"),
    )
    assert not divided(data)
