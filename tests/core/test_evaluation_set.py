"""What an evaluation set holds, refuses, and hands on when rows or the positive class are chosen."""

from dataclasses import FrozenInstanceError, replace

import numpy as np
import pandas as pd
import pytest
from made_sets import build, drawn, drawn_classes, forecast, labels, scores

from evallib.core.errors import BadInput, NotApplicable
from evallib.core.evaluation_set import Answers, Columns, EvaluationSet, Predictions, Role, class_name


def test_lengths_are_checked_and_the_culprit_is_named():
    data = drawn(5)
    with pytest.raises(BadInput, match=r"The weight has 4 rows where the data has 5\."):
        replace(data, weight=np.ones(4))
    with pytest.raises(BadInput, match=r"The table has 3 rows where the data has 5\."):
        replace(data, table=data.table.head(3))
    with pytest.raises(BadInput, match="The predictions of late has 2 rows"):
        replace(data, predictions={"late": forecast(np.array([0.1, 0.2]), "late")})


def test_the_positive_class_is_one_of_the_classes():
    with pytest.raises(BadInput, match="must be one of no, yes"):
        replace(drawn(3), positive=2)
    with pytest.raises(BadInput, match="There is no class 'maybe'; the classes are no, yes"):
        drawn(3).with_positive("maybe")


def test_a_set_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        drawn(3).positive = 0


def test_the_event_follows_the_positive_class():
    data = scores([1, 0, 1], [0.9, 0.3, np.nan])
    other = data.with_positive("no")
    assert (data.positive_name, other.positive_name) == ("yes", "no")
    assert list(data.event) == [True, False, True]
    assert list(other.event) == [False, True, False]
    np.testing.assert_allclose(other.event_probability("model"), [0.1, 0.7, np.nan])
    assert list(data.event_label("model")) == [True, False, False]
    assert list(other.event_label("model")) == [False, True, False]


def test_the_event_probability_of_one_of_many_classes():
    data = drawn_classes(6)
    expected = data.predictions["a"].probability[:, 2]
    np.testing.assert_array_equal(data.with_positive("class 2").event_probability("a"), expected)


def test_labels_alone_have_no_event_probability():
    data = labels([0, 1], [0, 1])
    assert data.with_probabilities() == []
    with pytest.raises(NotApplicable, match="model gives labels without probabilities"):
        data.event_probability("model")


def test_answered():
    assert list(forecast(np.array([0.2, np.nan])).answered) == [True, False]
    assert list(Predictions(value=np.array([np.nan, 3.0]), name="r").answered) == [False, True]
    with pytest.raises(ValueError, match="neither labels nor values"):
        _ = Predictions(name="nothing").answered


def test_taking_rows_takes_them_everywhere():
    data = replace(drawn(6, weighted=True), fingerprint="abc")
    mask = np.array([True, False, True, True, False, False])
    some = data.take(mask, where="x > 1", sampled=True)
    assert (len(some), some.total_rows, some.where, some.sampled) == (3, 6, "x > 1", True)
    np.testing.assert_array_equal(some.y, data.y[mask])
    np.testing.assert_array_equal(some.weight, data.weight[mask])
    np.testing.assert_array_equal(some.predictions["b"].probability, data.predictions["b"].probability[mask])
    pd.testing.assert_frame_equal(some.table, data.table[mask])
    assert some.fingerprint not in {data.fingerprint, data.take(~mask).fingerprint}
    assert len(data) == 6


def test_taking_positions_repeats_and_orders():
    data = drawn(4)
    again = data.take(np.array([3, 0, 0]))
    np.testing.assert_array_equal(again.y, data.y[[3, 0, 0]])
    assert again.predictions["a"].role is data.predictions["a"].role


def test_answers_keep_what_they_have_not():
    some = Answers(value=np.array([1.0, 2.0])).take(np.array([1]))
    assert (some.label, some.probability, list(some.value)) == (None, None, [2.0])


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        ((Role.CANDIDATE, Role.CANDIDATE), None),
        ((Role.HUMAN, Role.CANDIDATE), "first"),
        ((Role.HUMAN, Role.EXISTING), "second"),
        ((Role.EXISTING, Role.INCUMBENT), "second"),
        ((Role.BASELINE, Role.CANDIDATE), None),
    ],
)
def test_the_incumbent(roles, expected):
    p = np.array([0.3, 0.6])
    predictions = {name: forecast(p, name, role) for name, role in zip(("first", "second"), roles, strict=True)}
    assert build(np.array([0, 1], np.int32), predictions).incumbent == expected


def test_clusters():
    table = pd.DataFrame({"y": [0, 1, 0, 1], "user": ["ann", None, "ann", None]})
    data = EvaluationSet("binary", np.array([0, 1, 0, 1], np.int32), table, Columns("y"), {}, ("no", "yes"))
    assert data.cluster is None
    grouped = replace(data, columns=Columns("y", group="user"))
    code = grouped.cluster
    assert code[0] == code[2]
    assert len(set(code)) == 3


def test_features_are_the_columns_that_a_model_may_see():
    data = drawn(3)
    assert list(replace(data, columns=Columns("y", features=("group",))).features) == ["group"]


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (1.0, "1"),
        (np.float64(2.0), "2"),
        (1.5, "1.5"),
        (np.int64(3), "3"),
        (True, "True"),
        ("a", "a"),
        (np.True_, "True"),
    ],
)
def test_class_names_are_read_as_users_write_them(value, name):
    assert class_name(value) == name
