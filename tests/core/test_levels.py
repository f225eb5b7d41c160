"""Numbers in levels: each value its own where there are few, else levels that differ little within."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evallib.core.levels import SMALLEST, levels


def within(values, level):
    return sum(((values[level == one] - values[level == one].mean()) ** 2).sum() for one in np.unique(level))


def test_few_values_have_a_level_each():
    assert levels(np.array([3.0, -1.0, 3.0, 7.5]), 3).tolist() == [1, 0, 1, 2]
    assert levels(np.array([]), 8).tolist() == []


def test_the_first_cut_is_the_best_of_all():
    """0, 1, 2 and 10, 11: of the four cuts the one between 2 and 10 leaves the least squares, 2 + 0.5."""
    values = np.array([10.0, 0.0, 2.0, 11.0, 1.0])
    assert levels(values, 2).tolist() == [1, 0, 0, 1, 0]
    assert within(values, levels(values, 2)) == 2.5


@given(st.integers(0, 1000), st.integers(2, 8))
@settings(max_examples=40, deadline=None)
def test_higher_values_have_higher_levels_and_equal_ones_the_same(seed, most):
    values = np.random.default_rng(seed).lognormal(size=400).round(1)
    level = levels(values, most)
    order = np.argsort(values, kind="stable")
    assert (np.diff(level[order]) >= 0).all()
    assert len(np.unique(level)) <= most
    assert all(len(np.unique(level[values == value])) == 1 for value in np.unique(values))
    shuffled = np.random.default_rng(1).permutation(400)
    assert levels(values[shuffled], most).tolist() == level[shuffled].tolist()


@pytest.mark.parametrize("draw", ["normal", "exponential", "standard_cauchy"])
def test_levels_are_as_good_as_equal_counts_and_no_level_is_tiny(draw):
    values = getattr(np.random.default_rng(0), draw)(size=20_000)
    level = levels(values, 8)
    counts = np.bincount(level)
    assert counts.min() >= SMALLEST * len(values)
    assert within(values, level) < within(values, np.argsort(np.argsort(values)) * 8 // len(values))


def test_a_rare_value_that_weighs_much_has_a_level_of_its_own():
    values = np.random.default_rng(0).normal(size=10_000)
    values[:100] = 50
    level = levels(values, 4)
    assert np.flatnonzero(level == level.max()).tolist() == list(range(100))
