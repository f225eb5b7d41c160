"""The target becomes codes or values; whatever is wrong with it is said in one sentence."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from evallib.core.errors import BadInput
from evallib.core.evaluation_set import Role
from evallib.data import DataSource, System, class_names, label_rows, label_training
from evallib.data.classes import in_order, named_class, positive_class


def source(target: str = "y", **roles: Any) -> DataSource:
    return DataSource(path="loans.csv", target=target, **roles)


def rows(values: list[Any], **columns: list[Any]) -> pd.DataFrame:
    return pd.DataFrame({"y": values, **columns})


def refusal(table: pd.DataFrame, **roles: Any) -> str:
    with pytest.raises(BadInput) as caught:
        label_rows(table, source(**roles))
    return str(caught.value)


@pytest.mark.parametrize(("values", "classes"), [
    ([0, 1, 1], ("0", "1")),
    ([1.0, 0.0, 1.0], ("0", "1")),
    ([True, False, True], ("False", "True")),
    (["yes", "no", "yes"], ("no", "yes")),
    ([">50K", "<=50K", ">50K"], ("<=50K", ">50K")),
    (["ham", "spam", "spam"], ("ham", "spam")),
    (["good", "bad", "bad"], ("good", "bad")),
    (["survived", "died", "died"], ("died", "survived")),
    (["High", "High", "Low"], ("High", "Low")),
    (["Low", "Low", "High"], ("Low", "High")),
    (["a", "b"], ("a", "b")),
    ([1, 2, 2], ("2", "1")),
])  # fmt: skip
def test_the_positive_class_of_two_has_code_1(values: list[Any], classes: tuple[str, ...]) -> None:
    for column in (values, pd.Categorical(values)):
        labelled = label_rows(pd.DataFrame({"y": column}), source())
        assert (labelled.task, labelled.classes, labelled.positive) == ("binary", classes, 1)
        assert labelled.y.dtype == np.int32
        assert [classes[code] for code in labelled.y] == [class_names(pd.Series([value]))[0] for value in values]


def test_the_positive_class_can_be_chosen() -> None:
    table = rows(["yes", "no", "no"])
    labelled = label_rows(table, source(positive="no"))
    assert (labelled.classes, labelled.positive, labelled.y.tolist()) == (("yes", "no"), 1, [0, 1, 1])
    assert label_rows(table, source(positive=True)).classes == ("no", "yes")
    assert label_rows(rows([0, 1]), source(positive=0)).classes == ("1", "0")
    assert label_rows(rows(["Bad", "good"]), source(positive="bad")).classes == ("good", "Bad")
    three = label_rows(rows(["a", "b", "c", "c"]), source(positive="a"))
    assert (three.classes, three.positive) == (("a", "b", "c"), 0)
    assert label_rows(rows(["a", "b", "c", "c"]), source()).positive == 2


@pytest.mark.parametrize(("values", "task"), [
    ([1, 2, 3], "multiclass"),
    ([1.0, 2.0, 3.0], "multiclass"),
    ([1.5, 2.0, 3.0], "regression"),
    (list(range(21)), "regression"),
    (list(range(20)), "multiclass"),
    ([0, 1], "binary"),
    ([0.25, 0.5], "binary"),
    (["a", "b", "c"], "multiclass"),
])  # fmt: skip
def test_the_task_is_guessed_from_the_values(values: list[Any], task: str) -> None:
    assert label_rows(rows(values), source()).task == task


def test_classes_are_in_natural_order() -> None:
    labelled = label_rows(rows([10, 9, 2]), source())
    assert labelled.classes == ("2", "9", "10")
    assert labelled.y.tolist() == [2, 1, 0]
    assert in_order(["item 10", "item 9", "b", "2", "10", "1.5"]) == ("1.5", "2", "10", "b", "item 9", "item 10")


def test_one_class_spelled_in_several_types_is_one() -> None:
    mixed = pd.DataFrame({"y": pd.Series([1, "1", 1.0, "0", 0], dtype=object)})
    labelled = label_rows(mixed, source())
    assert labelled.classes == ("0", "1")
    assert labelled.y.tolist() == [1, 1, 1, 0, 0]


def test_classes_that_only_others_know() -> None:
    labelled = label_rows(rows(["b", "c"]), source(task="multiclass"), known=("a", "b"))
    assert labelled.classes == ("a", "b", "c")
    assert labelled.y.tolist() == [1, 2]
    assert label_rows(rows(["b", "c"]), source(), known=("a",)).classes == ("b", "c")


def test_a_regression_keeps_its_values() -> None:
    labelled = label_rows(rows([1, 2, 4]), source(task="regression"))
    assert (labelled.y.dtype, labelled.y.tolist(), labelled.classes) == (np.float64, [1.0, 2.0, 4.0], ())


def test_roles_of_columns() -> None:
    table = rows([0, 1], a=[1, 2], w=[1, 2], t=[3, 4], i=[5, 6], g=[7, 8], s=["x", "y"], e=[0, 0], p=[0.1, 0.2])
    labelled = label_rows(
        table, source(weight="w", time="t", id="i", group="g", sensitive="s", exclude=["e"]), answers=["p"]
    )
    assert labelled.columns.features == ("a", "t", "g", "s")
    assert (labelled.columns.sensitive, labelled.columns.weight, labelled.columns.id) == (("s",), "w", "i")
    assert labelled.weight is not None
    assert labelled.weight.tolist() == [1.0, 2.0]
    assert labelled.name == "loans.csv"


@pytest.mark.parametrize("role", ["weight", "time", "id", "group", "sensitive", "exclude"])
def test_a_column_that_is_not_there(role: str) -> None:
    says = refusal(rows([0, 1], income=[1, 2]), **{role: "incme"})
    assert "loans.csv has no column 'incme'" in says
    assert says.endswith("did you mean income?")


@pytest.mark.parametrize(("values", "roles", "says"), [
    ([0, 1], {"target": "label"}, "loans.csv has no column 'label' for the target; it has y"),
    ([None, "a", "b"], {}, "The target y of loans.csv is missing in 1 of 3 rows, first in row 1; fill it in"),
    ([None, None], {}, "The target y of loans.csv is empty"),
    (["a", "a"], {}, "The target y of loans.csv is 'a' in every row"),
    ([1.5, 1.5], {"task": "regression"}, "is '1.5' in every row"),
    ([1, 2, 3], {"task": "binary"}, "has 3 classes (1, 2, 3) where a binary task has two; choose multiclass"),
    ([f"v{n}" for n in range(201)], {}, "has 201 distinct values where at most 200 classes"),
    (["1", "2", "x"], {"task": "regression"}, "Column y of loans.csv holds 'x' in row 3; a regression needs finite"),
    ([1.0, np.inf, 2.0], {"task": "regression"}, "Column y of loans.csv holds 'inf' in row 2"),
    (pd.to_datetime(["2024-01-01", "2024-01-02"]), {"task": "regression"}, "holds dates; a regression needs numbers"),
    (["a", "b"], {"positive": "c"}, "has no class 'c' to be the positive one; it has a, b"),
])  # fmt: skip
def test_bad_targets(values: list[Any], roles: dict[str, Any], says: str) -> None:
    assert says in refusal(rows(values), **roles)


@pytest.mark.parametrize(("weights", "says"), [
    ([1, -1, 0, -2], "The weight w of loans.csv is negative in 2 rows, first in row 2"),
    ([1, 1, None, 1], "The weight w of loans.csv is missing in 1 rows, first in row 3"),
    ([0, 0, 0, 0], "The weight w of loans.csv is 0 in every row"),
    (["1", "x", "2", "3"], "Column w of loans.csv holds 'x' in row 2; a weight needs finite numbers"),
])  # fmt: skip
def test_bad_weights(weights: list[Any], says: str) -> None:
    assert says in refusal(rows([0, 1, 0, 1], w=weights), weight="w")


def test_values_are_quoted_as_plain_text() -> None:
    says = refusal(rows(["<b>\u202ea</b>", "<b>\u202ea</b>"]))
    assert "'<b>a</b>' in every row" in says


def test_training_labels_are_coded_alike() -> None:
    labelled = label_rows(rows(["yes", "no"]), source())
    assert label_training(rows(["no", None, "yes"]), labelled, "train.csv").tolist() == [0, 1]
    with pytest.raises(BadInput, match=r"The target y of train\.csv has maybe, which loans\.csv has not \(no, yes\)"):
        label_training(rows(["no", "maybe"]), labelled, "train.csv")
    with pytest.raises(BadInput, match=r"train\.csv has no column 'y' for the target"):
        label_training(pd.DataFrame({"x": [1]}), labelled, "train.csv")
    regression = label_rows(rows([1.5, 2.5]), source(task="regression"))
    assert label_training(rows([3, None]), regression, "train.csv").tolist() == [3.0]


def test_a_column_named_after_a_class() -> None:
    classes = ["F", "VF", "M"]
    assert [named_class(column, classes) for column in ("p_VF", "VF", "F (%)", "prob.M", "MF", "x")] == [
        "VF", "VF", "F", "M", None, None,
    ]  # fmt: skip
    assert named_class("p_a b", ["a", "a b"]) == "a b"


def test_the_event_of_two_classes() -> None:
    assert positive_class({"denied": 1, "approved": 9}) == "denied"
    assert positive_class({"denied": 9, "approved": 1}) == "denied"
    assert positive_class({"B": 5, "A": 5}) == "B"


def test_sources_and_systems_are_strict() -> None:
    assert source(sensitive="sex", positive=1).model_dump()["sensitive"] == ("sex",)
    assert source(positive=1.0).positive == "1"
    assert System(name="a", probability="p").columns == ("p",)
    assert System(name="a", probability=["p", "q"]).columns == ("p", "q")
    assert System(name="a", label="p", role="human").role is Role.HUMAN
    assert System(name="a", model="m.skops").columns == ()
    for wrong in ({}, {"label": "a", "model": "m"}, {"probability": []}, {"label": "a", "extra": 1}):
        with pytest.raises(ValidationError):
            System(name="a", **wrong)
    with pytest.raises(ValidationError):
        source(extra=1)
