"""Sums by slice against adding up row by row, by NumPy and by compiled loops."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from evallib.core import row_sums
from evallib.core.row_sums import Influence, count_by, moments_by, moments_in, squares_by, weigh_by

S, C = 3, 4


@st.composite
def rows(draw):
    """Slices, cells, other cells, values, weights and which rows count, of up to thirty rows."""
    n = draw(st.integers(0, 30))
    numbers = st.floats(-10, 10, allow_subnormal=False)
    return (
        draw(arrays.arrays(np.uint8, n, elements=st.integers(0, S - 1))),
        draw(arrays.arrays(np.uint16, n, elements=st.integers(0, C - 1))),
        draw(arrays.arrays(np.uint16, n, elements=st.integers(0, C - 1))),
        draw(arrays.arrays(np.float64, n, elements=numbers)),
        draw(arrays.arrays(np.float64, n, elements=st.floats(0, 5, allow_subnormal=False))),
        draw(arrays.arrays(np.bool_, n)),
    )


@pytest.fixture(params=["numpy", "compiled"])
def way(request):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(row_sums, "MANY", 10**9 if request.param == "numpy" else 0)
        yield request.param


def by_slice(slices, *parts):
    """(S, parts) sums, one row after another."""
    sums = np.zeros((S, len(parts)))
    for row, place in enumerate(slices):
        sums[place] += [part[row] for part in parts]
    return sums


@pytest.mark.usefixtures("way")
class TestSums:
    @given(rows())
    @settings(max_examples=50, deadline=None)
    def test_counts(self, drawn):
        slices, cells, _, _, _, counted = drawn
        for which in (None, counted):
            expected = np.zeros((S, C))
            for row, place in enumerate(slices):
                expected[place, cells[row]] += 1 if which is None else which[row]
            np.testing.assert_array_equal(count_by(slices, cells, (S, C), which), expected)

    @given(rows())
    @settings(max_examples=50, deadline=None)
    def test_weights(self, drawn):
        slices, cells, _, _, weight, _ = drawn
        expected = np.zeros((2, S, C))
        for row, place in enumerate(slices):
            expected[:, place, cells[row]] += weight[row], weight[row] ** 2
        np.testing.assert_allclose(weigh_by(slices, cells, (S, C), weight), expected)

    @given(rows())
    @settings(max_examples=50, deadline=None)
    def test_moments(self, drawn):
        slices, _, _, values, weight, _ = drawn
        for given_weight, w in ((None, np.ones(len(slices))), (weight, weight)):
            expected = by_slice(slices, w * values, w**2 * values, (w * values) ** 2)
            np.testing.assert_allclose(moments_by(slices, S, values, given_weight), expected, atol=1e-9)

    @given(rows())
    @settings(max_examples=50, deadline=None)
    def test_moments_by_cell_add_up_to_those_by_slice(self, drawn):
        slices, cells, _, values, weight, _ = drawn
        for given_weight, w in ((None, np.ones(len(slices))), (weight, weight)):
            found = moments_in(slices, cells, (S, C), values, given_weight)
            np.testing.assert_allclose(found.sum(axis=1), moments_by(slices, S, values, given_weight), atol=1e-9)
            chosen = np.where(cells == 1, w * values, 0.0)
            np.testing.assert_allclose(found[:, 1, 0], by_slice(slices, chosen)[:, 0], atol=1e-9)

    @given(rows())
    @settings(max_examples=50, deadline=None)
    def test_squares_of_influences(self, drawn):
        slices, cells, others, _, weight, counted = drawn
        tables = np.random.default_rng(0)
        sides = [tables.normal(size=(S, C)) for _ in range(2)]
        wholes = [tables.normal(size=C) for _ in range(2)]
        for weights in ((None, None), (weight, weight), (None, counted.astype(float))):
            one, two = (
                Influence(side, whole, cell, w)
                for side, whole, cell, w in zip(sides, wholes, (cells, others), weights, strict=True)
            )
            w, w_too = (np.ones(len(slices)) if each is None else each for each in weights)
            inside = w * sides[0][slices, cells] - w_too * sides[1][slices, others]
            whole = w * wholes[0][cells] - w_too * wholes[1][others]
            expected = by_slice(slices, inside**2, whole**2, inside * whole)
            np.testing.assert_allclose(squares_by(slices, one, two), expected, atol=1e-9)


def test_both_ways_add_up_the_same_sums_of_many_rows():
    random = np.random.default_rng(1)
    n = row_sums.MANY
    slices, cells = random.integers(0, S, n).astype(np.uint8), random.integers(0, C, n).astype(np.uint16)
    values = random.normal(size=n)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(row_sums, "MANY", n + 1)
        by_numpy = _sums(slices, cells, values)
    compiled = _sums(slices, cells, values)
    np.testing.assert_array_equal(by_numpy[0], compiled[0])
    for one, two in zip(by_numpy[1:], compiled[1:], strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-12, atol=1e-9)


def _sums(slices, cells, values):
    weight = np.abs(values)
    moments = [moments_in(slices, cells, (S, C), values, given) for given in (None, weight)]
    return count_by(slices, cells, (S, C)), moments_by(slices, S, values, None), *moments
