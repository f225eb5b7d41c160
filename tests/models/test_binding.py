"""Models matched to data: columns, types and classes. The cards are written by hand."""

import pandas as pd
import pytest

from evallib.core.errors import BadInput
from evallib.models import ModelCard
from evallib.models.binding import bind

DATA = pd.DataFrame({"age": [1, 2], "hours-per-week": [1.0, 2.0], "city": ["Rome", "Oslo"], "flag": [True, False]})
YES_NO = ("no", "yes")


def card(**facts):
    given = {"kind": "Model", "gives": ("probabilities",), "classes": YES_NO, "name": "M", "format": "pickle"}
    return ModelCard(**{**given, **facts})


def refused(model, features=DATA, classes=YES_NO, task="binary"):
    with pytest.raises(BadInput) as caught:
        bind(model, features, classes, task)
    return str(caught.value)


def refused_of(model, features):
    with pytest.raises(BadInput) as caught:
        bind(model, DATA, YES_NO, "binary", features=features)
    return str(caught.value)


def test_columns_come_in_the_order_of_the_model_without_the_others():
    bound = bind(card(features=("city", "age")), DATA, YES_NO, "binary")
    assert list(bound.columns.items()) == [("city", "city"), ("age", "age")]
    assert (bound.classes, bound.give, bound.warnings) == (YES_NO, "probabilities", ())


def test_a_missing_column_is_named_with_the_nearest():
    assert refused(card(features=("age", "citi"))) == (
        'M needs the column "citi" (is it "city"?), which is not among the features of the data; add or rename it.'
    )
    assert refused(card(features=("xxx",))) == (
        'M needs the column "xxx", which is not among the features of the data; add or rename it.'
    )


def test_a_column_that_is_kept_from_models_is_told_of():
    assert refused_of(card(features=("city", "age")), ["age"]) == (
        'M needs "city", set as no feature; take it off that list.'
    )
    assert "1 feature columns" in refused_of(card(n_features=2), ["age"])


def test_many_missing_columns_are_counted():
    sentence = refused(card(features=("Age", *(f"x{i}" for i in range(8)))))
    assert sentence == (
        "M needs 9 columns that are not among the features of the data:"
        ' "Age" (is it "age"?), "x0", "x1", "x2", "x3" and 4 more; add or rename them.'
    )


def test_a_name_that_differs_only_in_signs_is_taken_and_told():
    bound = bind(card(features=("hours_per_week",)), DATA, YES_NO, "binary")
    assert bound.columns == {"hours_per_week": "hours-per-week"}
    assert bound.warnings == ('M got "hours-per-week" for "hours_per_week", whose names differ only in signs.',)


def test_two_names_that_differ_only_in_signs_are_not_guessed_between():
    data = pd.DataFrame({"a-b": [1], "a b": [2]})
    assert "M needs the column" in refused(card(features=("a_b",)), data)


def test_without_names_the_number_of_columns_must_match():
    bound = bind(card(n_features=4), DATA, YES_NO, "binary")
    assert list(bound.columns) == list(DATA)
    assert bound.warnings == (
        "M was trained without column names; it got the feature columns in the order of the data.",
    )
    assert refused(card(n_features=3)) == (
        "M was trained on 3 columns without names, and the data have 4 feature columns; keep exactly those that it was"
        " trained on, in that order."
    )


def test_a_model_that_tells_nothing_gets_every_column():
    assert list(bind(card(), DATA, YES_NO, "binary").columns) == list(DATA)


def test_a_text_model_takes_the_one_text_column():
    assert bind(card(takes_text=True), DATA, YES_NO, "binary").columns == {"city": "city"}
    assert refused(card(takes_text=True), DATA[["age"]]) == (
        "M takes one column of text, and the data have none; keep exactly one text column as a feature."
    )
    two = DATA.assign(job=pd.Categorical(["a", "b"]))
    assert '"city" and "job"; keep exactly one' in refused(card(takes_text=True), two)


def test_values_of_another_type_are_converted_and_told():
    types = {"age": "text", "city": "number", "hours-per-week": "number"}
    bound = bind(card(features=tuple(types), types=types), DATA, YES_NO, "binary")
    assert bound.conversions == {"age": "text", "city": "number"}
    assert bound.warnings == (
        'M was trained on text in the column "age", which holds numbers here; its values were converted.',
        'M was trained on numbers in the column "city", which holds text here; its values were converted.',
    )


def test_a_class_that_only_the_model_knows_makes_a_binary_task_multiclass():
    bound = bind(card(classes=("a", "no", "yes")), DATA, YES_NO, "binary")
    assert (bound.classes, bound.task) == (("no", "yes", "a"), "multiclass")
    assert bound.warnings[-1] == 'M also knows the class "a", of which the data have no row.'
    assert bound.with_classes((*bound.classes, "b")).classes == ("no", "yes", "a", "b")


def test_labels_alone_are_told():
    assert bind(card(gives=("labels",)), DATA, YES_NO, "binary").warnings[-1] == (
        "M gives labels without probabilities: whatever needs these leaves it out."
    )


def test_gaps_that_the_model_does_not_take_are_refused():
    data = DATA.assign(city=["Rome", None], age=[None, 2])
    model = card(features=("age", "city"), no_gaps=("city",))
    assert refused(model, data) == 'M takes no missing values in "city"; fill it as in its training.'
    assert "fill them as in" in refused(card(features=("age", "city"), no_gaps=("age", "city")), data)
    assert bind(model, DATA, YES_NO, "binary").columns


@pytest.mark.parametrize(
    ("gives", "task", "expected"),
    [
        (("values",), "regression", "values"),
        (("values", "labels"), "regression", "values"),
        (("values", "labels"), "binary", "labels"),
        (("values", "probabilities"), "binary", "probabilities"),
        (("labels",), "multiclass", "labels"),
    ],
)
def test_the_task_decides_what_is_asked_for(gives, task, expected):
    assert bind(card(gives=gives), DATA, YES_NO, task).give == expected


def test_a_regression_and_a_classification_do_not_meet():
    assert "predicts numbers, but the target holds classes" in refused(card(gives=("values",)))
    assert "predicts classes, but the target holds numbers" in refused(card(), classes=(), task="regression")


def test_what_the_file_warns_of_is_a_sentence():
    assert bind(card(warnings=("is old",)), DATA, YES_NO, "binary").warnings[0] == "M is old."
