"""Crossings against counting them one by one."""

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evallib.core.covering import MOST_CELLS, covering
from evallib.core.crossings import CodedRows
from evallib.core.slices import Partition
from evallib.core.tabulation import tabulate


def columns_of(codes, sizes):
    return [
        Partition("c", column.astype(np.uint8), tuple(map(str, range(size))), ("",) * size)
        for column, size in zip(codes, sizes, strict=True)
    ]


def counted_one_by_one(codes, sizes, state, states, depth, minimum):
    """{((column, value), …): rows by state} of every slice with enough rows."""
    found = {}
    for order in range(1, depth + 1):
        for columns in combinations(range(len(sizes)), order):
            for values in product(*(range(sizes[column]) for column in columns)):
                inside = np.logical_and.reduce([codes[c] == v for c, v in zip(columns, values, strict=True)])
                if inside.sum() >= minimum:
                    found[tuple(zip(columns, values, strict=True))] = np.bincount(
                        state[inside], minlength=states
                    ).tolist()
    return found


def slices_of(found):
    return [found.conditions(place) for place in range(len(found))]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(1, 5), min_size=1, max_size=6),
    st.integers(1, 3),
    st.integers(1, 4),
    st.integers(1, 6),
    st.integers(1, 300),
    st.integers(0, 2**32 - 1),
)
def test_every_slice_is_found_once_with_its_rows(sizes, depth, states, minimum, n, seed):
    random = np.random.default_rng(seed)
    codes, state = [random.integers(0, size, n) for size in sizes], random.integers(-1, states, n)
    found = CodedRows.of(columns_of(codes, sizes), state, states).crossings(depth, minimum)
    codes, state = [column[state >= 0] for column in codes], state[state >= 0]
    expected = counted_one_by_one(codes, sizes, state, states, min(depth, len(sizes)), minimum)
    slices = slices_of(found)
    assert slices == sorted(expected, key=lambda one: (len(one), [c for c, _ in one], [v for _, v in one]))
    assert found.counts.tolist() == [expected[one] for one in slices]
    everything = counted_one_by_one(codes, sizes, state, states, min(depth, len(sizes)), 0)
    everything[()] = np.bincount(state, minlength=states).tolist()
    for one, without in zip(slices, found.without, strict=True):
        for place in range(len(without)):
            rest = one[:place] + one[place + 1 :]
            assert without[place].tolist() == (everything[rest] if place < len(one) else [0] * states)


def test_many_rows_are_counted_in_several_blocks():
    random = np.random.default_rng(0)
    codes = random.integers(0, 3, (2, 20_001)).astype(np.uint8)
    counts = tabulate(codes, [1, 0], [3, 3], [0, 5_000, 5_000, 20_001])
    assert counts.shape == (3, 9)
    assert counts[1].sum() == 0
    assert counts[2, 2 * 3 + 1] == np.count_nonzero((codes[1, 5_000:] == 2) & (codes[0, 5_000:] == 1))


def test_what_two_bytes_cannot_tell_apart_is_refused():
    tabulate(np.zeros((2, 1), np.uint8), [0, 1], [256, 256], [0, 1])
    with pytest.raises(ValueError, match="65,792 combinations"):
        tabulate(np.zeros((2, 1), np.uint8), [0, 1], [257, 256], [0, 1])
    with pytest.raises(ValueError, match="has 257 slices, more than 256"):
        Partition.of("c", np.arange(257), [(str(place), "") for place in range(257)])


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_a_covering_has_all_columns_together_in_tables_that_fit(depth):
    sizes = [2, 20, 3, 18, 5, 16, 7, 40, 5, 5, 1, 12]
    found = covering(tuple(sizes), depth)
    together = {one for columns in found for one in combinations(columns, depth)}
    assert together == set(combinations(range(len(sizes)), depth))
    assert all(list(columns) == sorted(set(columns)) for columns in found)
    assert all(np.prod([sizes[c] for c in columns]) <= MOST_CELLS or len(columns) == depth for columns in found)
    assert len(found) < len(together) / (1 if depth == 1 else 3)
