"""The search for slices, by hand and against scipy."""

import numpy as np
import pytest
from scipy import stats

from evallib.core.crossings import CodedRows
from evallib.core.slice_search import Search
from evallib.core.slices import Partition
from evallib.core.state_losses import StateLosses

ERROR = StateLosses.equal(np.array([0.0, 1.0]))
APART = StateLosses.equal(np.array([-1.0, 0.0, 1.0]))


def test_the_excess_by_hand():
    """8 of 20 rows wrong in the slice, 12 of 80 outside: (0.4 - 0.15) / sqrt(0.2 x 0.8 x (1/20 + 1/80)) = 2.5."""
    assert ERROR.excess(np.array([12, 8]), np.array([80, 20])) == pytest.approx(2.5)


def test_the_excess_is_the_score_test_of_two_proportions():
    inside, outside = np.array([33, 7]), np.array([160, 12])
    chi2 = stats.chi2_contingency([inside, outside], correction=False).statistic
    assert ERROR.excess(inside, inside + outside) ** 2 == pytest.approx(chi2)


@pytest.mark.parametrize(("counts", "whole"), [([0, 0], [5, 5]), ([5, 5], [5, 5]), ([3, 0], [9, 0]), ([0, 3], [0, 9])])
def test_there_is_no_excess_without_rows_or_without_a_difference_to_see(counts, whole):
    assert ERROR.excess(np.array(counts), np.array(whole)) == 0


def test_the_difference_of_two_models_is_mcnemars_statistic():
    """6 rows that only the first has wrong and 2 that only the second: (6 - 2) / sqrt(8)."""
    assert APART.above_zero(np.array([2, 90, 6])) == pytest.approx(4 / np.sqrt(8))
    assert APART.above_zero(np.array([0, 90, 0])) == 0


def coded(*columns, state):
    made = [
        Partition(
            f"c{place}", np.array(codes, np.uint8), tuple(map(str, range(max(codes) + 1))), ("",) * (max(codes) + 1)
        )
        for place, codes in enumerate(columns)
    ]
    return CodedRows.of(made, np.array(state), 2)


def test_the_second_slice_is_what_the_first_leaves_over():
    """Errors gather where c0 is 1 and, apart from that, where c1 is 1; c2 repeats c0."""
    random = np.random.default_rng(0)
    c0, c1 = random.integers(0, 2, 4000), random.integers(0, 3, 4000)
    state = random.random(4000) < 0.05 + 0.4 * c0 + 0.2 * (c1 == 1)
    rows = coded(c0, c1, c0, state=state.astype(int))
    crossings = rows.crossings(1, 10)
    found = Search(rows, ERROR, 10).found(crossings, 5)
    assert [(crossings.columns[one, 0], crossings.values[one, 0]) for one, _ in found] == [(0, 1), (1, 1)]
    (sibling,) = found[0].siblings
    assert crossings.conditions(sibling.place) == ((2, 1),)
    assert sibling.shared == 1.0
    assert found[1].siblings == ()


def test_siblings_are_what_stands_out_in_the_same_rows():
    """Errors gather where c0 is 1; nine tenths of the rows where c1 is 1 are among these, and half of those of c2."""
    random = np.random.default_rng(2)
    c0 = random.integers(0, 2, 4000)
    c1, c2 = (np.where(random.random(4000) < share, c0, 1 - c0) for share in (0.9, 0.5))
    rows = coded(c0, c1, c2, state=(random.random(4000) < 0.05 + 0.4 * c0).astype(int))
    crossings = rows.crossings(1, 10)
    ((place, siblings),) = Search(rows, ERROR, 10).found(crossings, 5)
    assert crossings.conditions(place) == ((0, 1),)
    assert [crossings.conditions(one.place) for one in siblings] == [((1, 1),)]
    assert siblings[0].shared == np.mean(c0[c1 == 1])


def test_a_slice_must_add_something_to_what_it_is_a_part_of():
    random = np.random.default_rng(1)
    c0, c1 = random.integers(0, 2, 4000), random.integers(0, 3, 4000)
    rows = coded(c0, c1, state=(random.random(4000) < 0.05 + 0.4 * c0).astype(int))
    crossings = rows.crossings(2, 10)
    (found,) = Search(rows, ERROR, 10).found(crossings, 5)
    assert crossings.columns[found.place].tolist() == [0, -1]


def test_nothing_is_found_among_no_rows_or_too_few():
    rows = coded([0, 1], [0, 1], state=[0, 1])
    assert Search(rows, ERROR, 2).found(rows.crossings(2, 1), 5) == []
    assert Search(rows, ERROR, 2).found(rows.crossings(2, 3), 5) == []
