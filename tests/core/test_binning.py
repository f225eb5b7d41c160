import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from evallib.core.binning import bin_bounds, bin_of, distinct_edges, equal_count_edges, equal_width_edges

probabilities = npst.arrays(np.float64, st.integers(1, 60), elements=st.floats(0, 1, width=32))


@pytest.mark.parametrize("bins", [2, 5, 10, 15, 20, 100])
def test_a_decimal_lies_on_its_edge_and_belongs_to_the_bin_below(bins: int) -> None:
    edges = equal_width_edges(bins)
    for tenth in range(1, 10):
        if (tenth * bins) % 10 == 0:
            place = tenth * bins // 10
            assert bin_of(np.array([float(f"0.{tenth}")]), edges)[0] == place - 1


def test_the_first_bin_includes_zero_and_the_last_one() -> None:
    assert list(bin_of(np.array([0.0, 1.0, 0.1, 0.1000001]), equal_width_edges(10))) == [0, 9, 0, 1]


def test_a_rounding_error_does_not_move_a_value_across_an_edge() -> None:
    assert 1 - 0.7 > 0.3
    assert list(bin_of(np.array([0.3, 1 - 0.7]), equal_width_edges(10))) == [2, 2]


def test_equal_count_edges_are_numpys_percentiles() -> None:
    values = np.random.default_rng(0).random(101)
    assert equal_count_edges(values, 4) == pytest.approx(np.percentile(values, [0, 25, 50, 75, 100]))


def test_ties_stay_together_and_duplicate_edges_are_merged() -> None:
    values = np.array([0.1] * 2 + [0.2] * 5 + [0.9] * 4)
    edges = equal_count_edges(values, 5)
    assert list(edges) == [0.1, 0.2, 0.9]
    assert list(np.bincount(bin_of(values, edges))) == [7, 4]


def test_a_frequent_lowest_value_is_not_mixed_with_what_is_above() -> None:
    values = np.array([0.1] * 95 + [0.9] * 5)
    edges = equal_count_edges(values, 10)
    assert list(edges) == [0.1, 0.1, 0.9]
    assert list(np.bincount(bin_of(values, edges))) == [95, 5]


def test_a_constant_has_one_bin() -> None:
    edges = equal_count_edges(np.full(50, 0.3), 15)
    assert list(edges) == [0.3, 0.3]
    assert set(bin_of(np.full(50, 0.3), edges)) == {0}


def test_every_distinct_value_gets_its_own_bin() -> None:
    values = np.array([0.1, 0.4, 0.9])
    assert list(bin_of(values, distinct_edges(values))) == [0, 1, 2]


@given(probabilities, st.integers(2, 20), st.booleans())
def test_bounds_of_sorted_values_and_bins_of_single_values_agree(
    values: np.ndarray, bins: int, equal_count: bool
) -> None:
    edges = equal_count_edges(values, bins) if equal_count else equal_width_edges(bins)
    bounds = bin_bounds(np.sort(values), edges)
    counts = np.bincount(bin_of(values, edges), minlength=len(edges) - 1)
    assert list(np.diff(bounds)) == list(counts)
    assert counts.sum() == len(values)


@given(probabilities, st.integers(2, 20))
def test_every_value_lies_within_the_edges_of_its_bin(values: np.ndarray, bins: int) -> None:
    edges = equal_width_edges(bins)
    place = bin_of(values, edges)
    first = place == 0
    assert ((values > edges[place]) | first).all()
    assert (values <= edges[place + 1] + 1e-12).all()
