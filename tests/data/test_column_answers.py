"""Columns of labels, values and probabilities become the answers of a system, or one sentence that says why not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from evallib.core.errors import BadInput
from evallib.core.evaluation_set import WITHHELD, Answers, Role
from evallib.data import (
    DataSource,
    Labelled,
    System,
    answers_from_columns,
    as_predictions,
    evaluation_set,
    label_rows,
)

BINARY = pd.DataFrame({"y": ["no", "yes", "no", "yes"]})
SEVERAL = pd.DataFrame({"y": ["F", "M", "VF", "F"]})
VALUES = pd.DataFrame({"y": [1.5, 2.0, 4.0, 8.0]})


def labelled(table: pd.DataFrame) -> Labelled:
    return label_rows(table, DataSource(path="calls.csv", target="y"))


def answered(table: pd.DataFrame, system: dict[str, Any], **columns: Any) -> Any:
    return answers_from_columns(labelled(table), table.assign(**columns), System(name="vendor", **system))


def refusal(table: pd.DataFrame, system: dict[str, Any], **columns: Any) -> str:
    with pytest.raises(BadInput) as caught:
        answered(table, system, **columns)
    return str(caught.value)


def test_labels() -> None:
    given = answered(BINARY, {"label": "said"}, said=["yes", None, "no", "yes"])
    assert given.label.tolist() == [1, WITHHELD, 0, 1]
    assert given.label.dtype == np.int32
    assert (given.probability, given.value, given.note) == (None, None, "")


def test_labels_in_another_type() -> None:
    numbers = pd.DataFrame({"y": [0, 1, 1]})
    assert answered(numbers, {"label": "said"}, said=["1", "0", None]).label.tolist() == [1, 0, WITHHELD]
    assert answered(numbers, {"label": "said"}, said=[1.0, np.nan, 0.0]).label.tolist() == [1, WITHHELD, 0]
    assert answered(numbers, {"label": "said"}, said=pd.Categorical(["1", None, "0"])).label.tolist() == [1, -1, 0]


def test_values_of_a_regression() -> None:
    given = answered(VALUES, {"label": "said"}, said=[1, np.nan, 3.5, 8])
    np.testing.assert_array_equal(given.value, [1.0, np.nan, 3.5, 8.0])
    assert given.label is None


def test_the_probability_of_the_positive_class() -> None:
    given = answered(BINARY, {"probability": "p"}, p=[0.5, 0.51, np.nan, 1.0])
    np.testing.assert_array_equal(given.probability, [0.5, 0.51, np.nan, 1.0])
    assert given.label.tolist() == [0, 1, WITHHELD, 1]


def test_the_probabilities_of_both_classes_are_told_by_their_names() -> None:
    columns = {"p_yes": [0.2, 0.7, 0.1, 0.6], "p_no": [0.8, 0.3, 0.9, 0.4]}
    for order in (["p_yes", "p_no"], ["p_no", "p_yes"]):
        given = answered(BINARY, {"probability": order}, **columns)
        np.testing.assert_allclose(given.probability, columns["p_yes"])


def test_several_classes_are_matched_by_name() -> None:
    columns = {"p_VF": [0.1, 0.2, 0.7, np.nan], "p_F": [0.6, 0.3, 0.2, np.nan], "p_M": [0.3, 0.5, 0.1, np.nan]}
    given = answered(SEVERAL, {"probability": ["p_VF", "p_F", "p_M"]}, **columns)
    assert labelled(SEVERAL).classes == ("F", "M", "VF")
    np.testing.assert_allclose(given.probability, np.column_stack([columns[name] for name in ("p_F", "p_M", "p_VF")]))
    assert given.label.tolist() == [0, 1, 2, WITHHELD]
    for names in (("VF", "F", "M"), ("VF.prob", "F.prob", "M.prob")):
        renamed = dict(zip(names, columns.values(), strict=True))
        again = answered(SEVERAL, {"probability": list(names)}, **renamed)
        np.testing.assert_array_equal(again.probability, given.probability)


def test_columns_without_class_names_are_in_the_order_of_the_classes() -> None:
    given = answered(SEVERAL, {"probability": ["c", "a", "b"]}, c=[0.6] * 4, a=[0.3] * 4, b=[0.1] * 4)
    np.testing.assert_allclose(given.probability[0], [0.6, 0.3, 0.1])


def test_rounded_probabilities_are_scaled_and_that_is_remembered() -> None:
    given = answered(
        SEVERAL, {"probability": ["c", "a", "b"]}, c=[0.33, 0.5, 0.5, 1], a=[0.33, 0.5, 0.25, 0], b=[0.33, 0, 0.25, 0]
    )
    np.testing.assert_allclose(given.probability.sum(axis=1), 1.0, rtol=1e-15)
    np.testing.assert_allclose(given.probability[0], 1 / 3)
    assert given.note == "The probabilities of vendor were scaled to add up to 1 in 1 rows."


def test_arithmetic_at_the_borders_is_forgiven() -> None:
    given = answered(BINARY, {"probability": "p"}, p=[-1e-9, 1 + 1e-9, 0, 1])
    assert given.probability.tolist() == [0, 1, 0, 1]


@pytest.mark.parametrize(("values", "says"), [
    ([0.1, 1.2, 0.3, -1], "p of calls.csv holds 1.2 in row 2, which is no probability (2 values are outside 0 to 1)"),
    ([55, 12, 99, 3], "divide percentages by 100"),
    ([0.1, np.inf, 0.3, 0.4], "Column p of calls.csv holds 'inf' in row 2; a probability needs finite numbers"),
    (["0.1", "high", "0.2", "0.3"], "Column p of calls.csv holds 'high' in row 2"),
    ([np.nan] * 4, "The answers of vendor in calls.csv are empty in every row (p)"),
])  # fmt: skip
def test_bad_probabilities(values: list[Any], says: str) -> None:
    assert says in refusal(BINARY, {"probability": "p"}, p=values)


def test_bad_probabilities_of_several_classes() -> None:
    def says(**columns: list[float]) -> str:
        return refusal(SEVERAL, {"probability": list(columns)}, **columns)

    thirds = [0.3, 0.3, 0.3, 0.3]
    assert "add up to 0.9 instead of 1 in row 1 (4 such rows)" in says(a=thirds, b=thirds, c=thirds)
    assert "are given for some classes only in 1 rows, first in row 2" in says(
        a=[1, np.nan, 1, 1], b=[0, 1, 0, 0], c=[0, 0, 0, 0]
    )
    assert "vendor has 2 probability columns where y of calls.csv has 3 classes (F, M, VF)" in says(
        p_F=thirds, p_M=thirds
    )
    assert "name some classes but not VF" in says(p_F=thirds, p_M=thirds, p_S=thirds)


def test_bad_labels() -> None:
    says = refusal(BINARY, {"label": "said"}, said=["yes", "maybe", "no", "<i>"])
    assert "Column said of calls.csv holds maybe, <i>, which is no class of y (no, yes)" in says
    assert "leave the cell empty where vendor gave no answer" in says
    assert "are empty in every row" in refusal(BINARY, {"label": "said"}, said=[None] * 4)
    assert "are empty in every row" in refusal(VALUES, {"label": "said"}, said=[np.nan] * 4)
    assert "holds 'x' in row 1; a regression needs finite numbers" in refusal(VALUES, {"label": "s"}, s=["x", 1, 2, 3])


def test_columns_that_cannot_be_answers() -> None:
    assert "calls.csv has no column 'sad' for the answers of vendor; did you mean said?" in refusal(
        BINARY, {"label": "sad"}, said=["yes"] * 4
    )
    assert "vendor answers with the target y itself" in refusal(BINARY, {"label": "y"})
    assert "the task is a regression; give a label column" in refusal(VALUES, {"probability": "p"}, p=[0.1] * 4)


def test_the_evaluation_set_holds_everything() -> None:
    table = BINARY.assign(said=["yes", None, "no", "yes"], p=[0.1, 0.9, 0.2, 0.6], w=[1, 2, 3, 4], x=[1, 2, 3, 4])
    source = DataSource(path="calls.csv", target="y", weight="w", sensitive=("x",))
    rows = label_rows(table, source, answers=("said", "p"))
    systems = [System(name="doctor", role=Role.HUMAN, label="said"), System(name="model", probability="p")]
    given = [as_predictions(answers_from_columns(rows, table, system), system) for system in systems]
    data = evaluation_set(rows, given, training_y=np.array([0, 1], np.int32))
    assert list(data.predictions) == ["doctor", "model"]
    assert data.predictions["doctor"].role is Role.HUMAN
    assert data.incumbent == "doctor"
    assert data.columns.features == ("x",)
    assert data.event.tolist() == [False, True, False, True]
    assert data.predictions["doctor"].answered.tolist() == [True, False, True, True]
    assert data.weight is not None
    assert data.weight.tolist() == [1, 2, 3, 4]


def test_nobody_need_have_answered() -> None:
    data = evaluation_set(labelled(BINARY))
    assert data.predictions == {}
    assert len(data) == 4
    assert data.incumbent is None


def test_the_fingerprint_sees_everything() -> None:
    rows = labelled(BINARY)
    system = System(name="model", probability="p")
    table = BINARY.assign(p=[0.1, 0.9, 0.2, 0.6])
    one = as_predictions(answers_from_columns(rows, table, system), system)
    assert one.probability is not None
    other = replace(one, probability=one.probability + 1e-12)
    sets = [
        evaluation_set(rows),
        evaluation_set(rows, [one]),
        evaluation_set(rows, [other]),
        evaluation_set(rows, [replace(one, name="other")]),
        evaluation_set(rows, [replace(one, role=Role.HUMAN)]),
        evaluation_set(rows, [one], training_y=np.array([0, 1], np.int32)),
        evaluation_set(label_rows(BINARY.iloc[::-1], DataSource(path="calls.csv", target="y"))),
        evaluation_set(label_rows(BINARY, DataSource(path="calls.csv", target="y", positive="no"))),
    ]
    assert len({data.fingerprint for data in sets}) == len(sets)
    assert evaluation_set(labelled(BINARY.copy()), [one]).fingerprint == sets[1].fingerprint


def test_what_does_not_fit_together() -> None:
    rows = labelled(BINARY)
    one = as_predictions(Answers(label=np.array([0, 1, 0, 1], np.int32)), System(name="a", label="x"))
    with pytest.raises(BadInput, match="Two systems are named 'a'"):
        evaluation_set(rows, [one, one])
    with pytest.raises(BadInput, match="The predictions of a has 2 rows where the data has 4"):
        evaluation_set(rows, [one.take(np.array([0, 1]))])
