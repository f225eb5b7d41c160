"""Whether a loss differs between groups: against scipy, by hand, and in simulations."""

import numpy as np
import pytest
from scipy import stats

from evallib.core.heterogeneity import ChiSquare, each_adds, heterogeneity, strength


def sums(codes, loss, size):
    return np.stack([np.bincount(codes, part, size) for part in (np.ones(len(codes)), loss, loss**2)])


def drawn(n=2000, size=4, seed=0, lift=0.0):
    random = np.random.default_rng(seed)
    codes = random.integers(0, size, n)
    return codes, (random.random(n) < 0.2 + lift * (codes == 0)).astype(float)


def test_for_right_and_wrong_it_is_pearsons_chi_square_and_cramers_v():
    codes, wrong = drawn(lift=0.1)
    table = np.array([np.bincount(codes[wrong == side], minlength=4) for side in (0, 1)])
    expected, found = stats.chi2_contingency(table, correction=False), heterogeneity(sums(codes, wrong, 4), binary=True)
    assert found.value == pytest.approx(expected.statistic)
    assert found.df == expected.dof == 3
    assert found.p_value == pytest.approx(expected.pvalue)
    v = stats.contingency.association(table, method="cramer", correction=False)
    assert strength(ChiSquare(found.value, np.array(0.0)), 2000) == pytest.approx(v)
    assert strength(found, 2000) ** 2 == pytest.approx(1 - (1 - v**2) * 1999 / 1996)


def test_for_other_losses_it_is_the_share_of_the_variance():
    codes, _ = drawn()
    loss = np.random.default_rng(1).exponential(1 + (codes == 1))
    found, f = heterogeneity(sums(codes, loss, 4), binary=False), stats.f_oneway(*(loss[codes == k] for k in range(4)))
    explained = 3 * f.statistic / (3 * f.statistic + 1996)
    assert found.value == pytest.approx(2000 * explained)
    assert found.df == 3


def test_small_groups_count_together():
    """Two groups with 2.5 and 3 expected wrong rows are one of 5.5; alone, either would be none."""
    n, once = np.array([100.0, 25.0, 30.0]), np.array([10.0, 3.0, 2.5])
    found = heterogeneity(np.stack((n, once, once)), binary=True)
    mean = 15.5 / 155
    between = [(10 - 100 * mean) ** 2 / 100, (5.5 - 55 * mean) ** 2 / 55]
    assert found.value == pytest.approx(sum(between) / (mean * (1 - mean)))
    assert found.df == 1


@pytest.mark.parametrize("rate", [0.0, 1.0])
def test_without_errors_or_without_right_rows_there_is_nothing_to_compare(rate):
    n = np.array([50.0, 50.0])
    found = heterogeneity(np.stack((n, rate * n, rate * n)), binary=True)
    assert (float(found.df), float(found.p_value), float(found.beyond_chance)) == (0, 1, 0)
    assert strength(found, 100) == 0
    nothing = heterogeneity(np.zeros((3, 2)), binary=True)
    assert float(nothing.p_value) == 1


@pytest.mark.parametrize("df", [1, 5, 40])
def test_beyond_chance_is_the_normal_quantile_of_the_p_value(df):
    for p in (0.3, 0.01, 1e-6, 1e-200):
        value = stats.chi2.isf(p, df)
        found = ChiSquare(np.array(value), np.array(df)).beyond_chance
        assert found == pytest.approx(stats.norm.isf(p), rel=1e-6)


@pytest.mark.parametrize("df", [1, 5, 40, 400])
def test_beyond_chance_goes_on_where_p_values_end(df):
    """Steps of one in the root of the statistic are steps of about one of the quantile, with no jump between."""
    values = np.arange(30.0, 60.0) ** 2 + df
    steps = np.diff(ChiSquare(values, np.full(30, df)).beyond_chance)
    assert (steps > 0.7).all()
    assert (steps < 1.1).all()
    assert (np.abs(np.diff(steps)) < 0.01).all()


def test_a_copy_or_a_useless_column_adds_nothing_and_a_crossing_does():
    random = np.random.default_rng(0)
    a, b = random.integers(0, 3, (2, 20_000))
    strong = (random.random(20_000) < 0.1 + 0.2 * (a == 0)).astype(float)
    crossed = (random.random(20_000) < 0.1 + 0.2 * ((a == 0) & (b == 0))).astype(float)
    for other, loss, adds in ((a, strong, False), (b, strong, False), (b, crossed, True)):
        found = each_adds(sums(a * 3 + other, loss, 9).reshape(3, 3, 3), binary=True)
        assert (found.p_value < 1e-4) == adds


def test_rare_errors_in_many_small_groups_make_no_discovery():
    """2,000 tests at 1 %: 20 are expected, 36 or more happen once in 1,000 times."""
    random, told = np.random.default_rng(0), 0
    for _ in range(2000):
        codes = np.minimum(random.geometric(0.25, 400) - 1, 19)
        told += heterogeneity(sums(codes, (random.random(400) < 0.05).astype(float), 20), binary=True).p_value < 0.01
    assert told < 36
