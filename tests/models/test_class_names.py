"""What a model calls its classes, matched to what the data call theirs. The cards are written by hand."""

import pandas as pd
import pytest

from evallib.core.errors import BadInput
from evallib.models import ModelCard
from evallib.models.binding import bind
from evallib.models.class_names import match_classes

YES_NO = ("no", "yes")
CODES = ("0", "1")


def card(classes=CODES, **facts):
    given = {"kind": "Model", "gives": ("probabilities",), "classes": classes, "name": "M", "format": "pickle"}
    return ModelCard(**{**given, **facts})


def refused(model, classes=YES_NO, said=()):
    with pytest.raises(BadInput) as caught:
        match_classes(model, classes, said)
    return str(caught.value)


@pytest.mark.parametrize(
    ("classes", "in_order"),
    [
        (("no", "yes"), ("no", "yes")),
        (("good", "bad"), ("bad", "good")),
        ((">50K", "<=50K"), ("<=50K", ">50K")),
        (("2", "10"), ("2", "10")),
        (("b", "B"), ("B", "b")),
    ],
)
def test_codes_stand_for_the_classes_in_the_order_of_label_encoder(classes, in_order):
    """Whichever class is the positive one, and so the last of two in the data."""
    for order in (classes, classes[::-1]):
        named = match_classes(card(), order)
        assert named.in_order == in_order
        assert named.renamed == {"0": in_order[0], "1": in_order[1]}


def test_the_order_is_that_of_scikit_learn():
    from sklearn.preprocessing import LabelEncoder  # noqa: PLC0415

    names = ["item 9", "item 10", "Zebra", "apple", "Äpfel", "10", "9"]
    codes = tuple(str(code) for code in range(len(names)))
    named = match_classes(card(codes), tuple(names[::-1]))
    assert named.in_order == tuple(LabelEncoder().fit(names).classes_)


def test_the_mapping_is_told():
    assert match_classes(card(), YES_NO).told == (
        "M knows its classes by their codes alone; they were taken for 0 = no, 1 = yes: the order in which LabelEncoder"
        ' puts them (its setting "classes" can name another).',
    )
    seven = match_classes(card(tuple("0123456")), tuple("abcdefg"))
    assert "0 = a, 1 = b, 2 = c, 3 = d, 4 = e and 2 more: the order" in seven.told[0]


def test_the_user_may_say_another_order():
    named = match_classes(card(), YES_NO, ("yes", "no"))
    assert (named.in_order, named.renamed) == (("yes", "no"), {"0": "yes", "1": "no"})
    assert named.told == ('M answers 0 = yes, 1 = no, as its setting "classes" says.',)


def test_the_user_may_say_what_the_model_s_own_names_are_to_the_data():
    named = match_classes(card(("n", "j")), YES_NO, ("no", "yes"))
    assert named.renamed == {"n": "no", "j": "yes"}
    assert match_classes(card(YES_NO), YES_NO, YES_NO).told == ()


def test_the_user_may_name_the_classes_of_a_model_that_names_none():
    named = match_classes(card(()), YES_NO, ("yes", "no"))
    assert (named.in_order, named.renamed) == (("yes", "no"), {"0": "yes", "1": "no"})


def test_labels_in_codes_are_told_apart_where_the_user_says_how():
    features = pd.DataFrame({"a": [1.0]})
    unnamed = card((), gives=("values", "labels"))
    assert bind(unnamed, features, YES_NO, "binary").renamed == {}
    assert bind(unnamed, features, YES_NO, "binary", ("yes", "no")).renamed == {"0": "yes", "1": "no"}


@pytest.mark.parametrize("said", [("False", "True"), ("NO", "Yes")])
def test_a_name_may_be_as_yaml_reads_it_or_in_another_case(said):
    assert match_classes(card(), YES_NO, said).in_order == YES_NO


def test_what_is_said_must_fit_the_model_and_the_data():
    assert refused(card(), said=("no", "maybe", "yes")) == (
        'M knows 2 classes, "0" and "1", and its setting "classes" names 3, "no", "maybe" and "yes"; name as many, in'
        " the model's order."
    )
    assert refused(card(), said=("no", "jes")) == (
        'The setting "classes" of M names "jes", which is no class of the target ("no" and "yes"); write the classes as'
        " the target has them."
    )


def test_the_user_may_name_a_class_of_which_the_data_have_no_row():
    named = match_classes(card(("0", "1", "2")), YES_NO, ("maybe", "no", "yes"))
    assert named.in_order == ("maybe", "no", "yes")
    assert named.told[-1] == 'M also knows the class "maybe", of which the data have no row.'


def test_more_or_fewer_codes_than_classes_are_refused():
    assert refused(card(("0", "1", "2"))) == (
        'M knows its 3 classes by the codes "0", "1" and "2" alone, and the target holds 2, "no" and "yes"; list what'
        ' each code stands for in its setting "classes".'
    )


def test_codes_that_the_data_hold_are_their_own_names():
    assert match_classes(card(("0", "1", "2")), ("0", "2")).renamed == {}
    shifted = match_classes(card(("0", "1", "2")), ("1", "2", "3"))
    assert (shifted.in_order, shifted.renamed) == (("0", "1", "2"), {})


def test_the_codes_of_a_booster_are_no_names_even_where_the_data_hold_some():
    shifted = match_classes(card(("0", "1", "2"), coded=True), ("1", "2", "3"))
    assert shifted.in_order == ("1", "2", "3")
    assert match_classes(card(coded=True), ("1", "-1")).in_order == ("-1", "1")
    assert match_classes(card(("0", "1", "2"), coded=True), ("0", "2")).renamed == {}


def test_true_and_false_are_one_and_zero():
    named = match_classes(card(), ("False", "True"))
    assert named.in_order == ("False", "True")
    assert named.told == ('M answers "0", which was taken for "False".', 'M answers "1", which was taken for "True".')
    assert match_classes(card(coded=True), ("True", "False")).in_order == ("False", "True")
    assert match_classes(card(("False", "True")), ("0", "1", "2")).in_order == ("0", "1")
    assert not match_classes(card(("0", "True")), CODES).renamed


def test_no_class_in_common_is_refused():
    assert refused(card(("n", "j"))) == (
        'M answers "n" and "j", and the target holds "no" and "yes": they have no class in common; write the target as'
        ' the model was trained on it, or list the target\'s names for them in its setting "classes".'
    )


def test_other_numbers_than_codes_are_no_codes():
    assert "no class in common" in refused(card(("1", "2")))
    assert "no class in common" in refused(card(("1", "0")))


def test_a_class_that_the_model_does_not_know():
    told = match_classes(card(YES_NO), ("maybe", "no", "yes")).told
    assert 'M does not know the class "maybe" of the data: it gives it probability 0' in told[-1]


def test_unnamed_classes_are_taken_in_the_order_of_the_data():
    named = match_classes(card(()), YES_NO)
    assert named.in_order == YES_NO
    assert named.told[-1].startswith("M does not name its classes;")
