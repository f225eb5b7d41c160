"""Rates of one table and of arrays of tables, by hand."""

import numpy as np
import pytest

from evallib.core.confusion import Confusion

RATES = ("accuracy", "precision", "recall", "specificity", "f1", "balanced_accuracy", "positive_rate")


def table(tp, fp, fn, tn):
    return Confusion(*(np.asarray(count, float) for count in (tp, fp, fn, tn)))


def test_rates_by_hand():
    found = table(3, 1, 2, 4)
    expected = (7 / 10, 3 / 4, 3 / 5, 4 / 5, 6 / 9, (3 / 5 + 4 / 5) / 2, 4 / 10)
    assert [float(getattr(found, rate)) for rate in RATES] == pytest.approx(expected)
    assert found.n == 10


def test_rates_of_many_tables_are_those_of_each():
    many = table([3, 0, 5], [1, 0, 2], [2, 4, 0], [4, 6, 1])
    for rate in RATES:
        alone = [float(getattr(table(*row), rate)) for row in ((3, 1, 2, 4), (0, 0, 4, 6), (5, 2, 0, 1))]
        np.testing.assert_allclose(getattr(many, rate), alone)


@pytest.mark.parametrize(
    ("counts", "undefined"),
    [
        ((0, 0, 4, 6), {"precision", "f1"}),
        ((0, 3, 0, 6), {"recall", "f1", "balanced_accuracy"}),
        ((4, 0, 1, 0), {"specificity", "balanced_accuracy"}),
        ((0, 0, 0, 0), set(RATES)),
    ],
    ids=["never positive", "no event", "only events", "no row"],
)
def test_a_rate_without_a_denominator_is_undefined_and_not_0(counts, undefined):
    found = table(*counts)
    assert {rate for rate in RATES if np.isnan(getattr(found, rate))} == undefined
