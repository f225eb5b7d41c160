"""Numbers of a worker checked and put into the order of the data's classes; expected values written out."""

import numpy as np
import pytest

from evallib.core.errors import BadInput
from evallib.models.answers import checked_answers
from evallib.models.binding import Binding


def binding(classes=("no", "yes"), known=None, task="binary", give="probabilities", renamed=None):
    return Binding({}, {}, give, task, classes, classes if known is None else known, renamed or {})


def answers(numbers, names=(), start=0, **matched):
    numbers = np.asarray(numbers, float)
    return checked_answers("M", binding(**matched), numbers, names, range(start, start + len(numbers)))


def test_a_binary_probability_is_that_of_class_one_whatever_the_order_of_the_model():
    given = answers([[0.8, 0.2], [0.5, 0.5]], known=("yes", "no"))
    assert list(given.probability) == [0.8, 0.5]
    assert list(given.label) == [1, 1], "a tie goes to the model's first class"


def test_one_number_per_row_is_the_probability_of_class_one():
    given = answers([[0.2], [0.9]])
    assert list(given.probability) == [0.2, 0.9]
    assert list(given.label) == [0, 1]


def test_classes_that_the_model_does_not_know_get_zero():
    given = answers([[0.3, 0.7]], classes=("a", "b", "c"), known=("c", "a"), task="multiclass")
    assert given.probability.tolist() == [[0.7, 0.0, 0.3]]
    assert list(given.label) == [0]


def test_the_label_of_the_model_itself_counts():
    given = answers([[0.8, 0.2, 1.0], [0.8, 0.2, 0.0]])
    assert list(given.label) == [1, 0]
    assert list(given.probability) == [0.2, 0.2]


def test_labels_are_codes_of_their_names():
    given = answers([[0.0], [1.0], [-1.0]], names=("yes", "no"), give="labels")
    assert list(given.label) == [1, 0, -1]
    renamed = {"0": "no", "1": "yes"}
    assert list(answers([[0.0], [1.0]], names=("1", "0"), give="labels", renamed=renamed).label) == [1, 0]
    with pytest.raises(BadInput, match='M answers "perhaps", which is no class of the target'):
        answers([[0.0]], names=("perhaps",), give="labels")
    with pytest.raises(BadInput, match="no readable label in row 1;"):
        answers([[5.0]], names=("yes", "no"), give="labels")


def test_rounding_is_forgiven_and_clipped():
    given = answers([[1.0 + 5e-7, -5e-7], [0.9995, 0.0]])
    assert given.probability.tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("row", "trouble"),
    [
        ([np.nan, 0.5], "gives NaN or infinity as a probability"),
        ([1.1, -0.1], "gives a probability outside 0 to 1"),
        ([0.6, 0.6], "gives probabilities that do not sum to 1"),
    ],
)
def test_impossible_probabilities_name_their_row(row, trouble):
    with pytest.raises(BadInput, match=f"^M {trouble} in row 1,002; its predictions cannot be evaluated.$"):
        answers([[0.5, 0.5], row], start=1_000)
    with pytest.raises(BadInput, match=f"^M {trouble} in row 1 and in 1 more of the rows to 2;"):
        answers([row, row])


def test_values_must_be_finite():
    assert list(answers([[1.5]], give="values", task="regression", classes=()).value) == [1.5]
    with pytest.raises(BadInput, match="predicts NaN or infinity in row 2;"):
        answers([[1.5], [np.inf]], give="values", task="regression", classes=())


def test_a_wrong_number_of_probabilities_is_refused():
    with pytest.raises(BadInput, match="gives 1 probabilities per row for 3 classes"):
        answers([[1.0]], classes=("a", "b", "c"), task="multiclass")
