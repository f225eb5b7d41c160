"""The beam against counting one by one, and slices of more columns than all crossings have."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evallib.core.beam import narrowed
from evallib.core.crossings import CodedRows
from evallib.core.slice_search import STANDS_OUT, Search
from evallib.core.slices import Partition
from evallib.core.state_losses import StateLosses

LOSS = StateLosses.equal(np.array([0.0, 1.0]))


def rows_of(codes, sizes, state):
    columns = [
        Partition("c", column.astype(np.uint8), tuple(map(str, range(size))), ("",) * size)
        for column, size in zip(codes, sizes, strict=True)
    ]
    return CodedRows.of(columns, state, 2)


def planted(n, conditions, lift, seed=0):
    random = np.random.default_rng(seed)
    sizes = [2, 3, 2, 3, 2, 4, 2, 3]
    codes = np.array([random.integers(0, size, n) for size in sizes])
    inside = np.logical_and.reduce([codes[column] == value for column, value in conditions])
    return codes, sizes, (random.random(n) < 0.1 + lift * inside).astype(int)


@pytest.mark.parametrize("crossed", [1, 2, 3])
def test_a_slice_of_four_columns_is_found_below_all_crossings_of_fewer(crossed):
    conditions = ((0, 1), (2, 0), (4, 1), (6, 0))
    codes, sizes, state = planted(20_000, conditions, 0.5)
    rows = rows_of(codes, sizes, state)
    search = Search(rows, LOSS, 100)
    crossings = rows.crossings(crossed, 100)
    for _ in range(crossed, 4):
        crossings = narrowed(search, crossings)
    assert crossings.conditions(search.found(crossings, 10)[0].place) == conditions


@given(st.integers(0, 1000))
@settings(max_examples=25, deadline=None)
def test_every_slice_is_counted_as_one_by_one(seed):
    codes, sizes, state = planted(300, ((0, 1), (1, 2), (2, 0)), 0.6, seed)
    rows = rows_of(codes, sizes, state)
    search = Search(rows, LOSS, 10)
    before = rows.crossings(2, 10)
    after = narrowed(search, before)
    assert [after.conditions(place) for place in range(len(before))] == list(map(before.conditions, range(len(before))))
    assert len({after.conditions(place) for place in range(len(after))}) == len(after)

    def counted(conditions):
        inside = np.logical_and.reduce([np.ones(300, bool), *(codes[c] == v for c, v in conditions)])
        return np.bincount(state[inside], minlength=2).tolist()

    for place in range(len(before), len(after)):
        conditions = after.conditions(place)
        assert len(conditions) == 3
        assert after.counts[place].tolist() == counted(conditions)
        for dropped in range(3):
            rest = conditions[:dropped] + conditions[dropped + 1 :]
            assert after.without[place, dropped].tolist() == counted(rest)


def test_below_the_best_all_that_stands_out_is_there():
    codes, sizes, state = planted(2_000, ((0, 1), (1, 2), (2, 0)), 0.6)
    rows = rows_of(codes, sizes, state)
    search = Search(rows, LOSS, 20)
    every, all_of_two = rows.crossings(3, 20), rows.crossings(2, 20)
    widest = [place for place in range(len(all_of_two)) if len(all_of_two.conditions(place)) == 2]
    out = search.standing_out(all_of_two)
    parents = {all_of_two.conditions(place): all_of_two.counts[place] for place in widest if out[place] > 0}
    expected = set()
    for place in range(len(every)):
        one = every.conditions(place)
        for dropped in range(len(one) if len(one) == 3 else 0):
            parent = parents.get(one[:dropped] + one[dropped + 1 :])
            if parent is not None and LOSS.excess(every.counts[place], parent) >= STANDS_OUT:
                expected.add(one)
    after = narrowed(search, all_of_two)
    assert {after.conditions(place) for place in range(len(all_of_two), len(after))} == expected
    assert expected


def test_where_nothing_stands_out_nothing_is_narrowed():
    codes = np.array(list(product(range(2), repeat=3)) * 50).T
    rows = rows_of(codes, [2, 2, 2], np.zeros(400, int))
    before = rows.crossings(2, 10)
    after = narrowed(Search(rows, LOSS, 10), before)
    assert len(after) == len(before)
    assert after.columns.shape[1] == 3
