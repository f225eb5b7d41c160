"""Intervals and tests for rates: published examples, independent solutions, coverage."""

import numpy as np
import pytest
from scipy import optimize, stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import proportion_confint

from evallib.core.intervals import Z, binomial, mcnemar_mid_p, score_interval, tango, wilson
from evallib.core.multiplicity import q_values


@pytest.mark.parametrize(("k", "n"), [(0, 10), (3, 10), (10, 10), (81, 263), (999, 1000)])
def test_wilson_is_that_of_statsmodels(k, n):
    lower, upper = wilson(k / n, n)
    assert (lower, upper) == pytest.approx(proportion_confint(k, n, method="wilson"), abs=1e-12)


def test_wilson_at_the_ends_and_without_rows():
    lower, upper = wilson([0, 1, 0.5, np.nan], [10, 10, 0, 10])
    assert lower[:2] == pytest.approx([0, 10 / (10 + Z**2)])
    assert upper[:2] == pytest.approx([Z**2 / (10 + Z**2), 1])
    assert np.isnan(lower[2:]).all()
    assert np.isnan(upper[2:]).all()


def test_wilson_holds_its_exact_coverage_where_wald_fails():
    # The exact coverage of n = 20, p = 0.95 and n = 50, p = 0.99; the Wald interval has 0.64 and 0.39.
    for n, p, expected in ((20, 0.95, 0.925), (50, 0.99, 0.911)):
        k = np.arange(n + 1)
        lower, upper = wilson(k / n, n)
        covered = (lower <= p) & (p <= upper)
        assert stats.binom.pmf(k, n, p)[covered].sum() == pytest.approx(expected, abs=5e-4)


def test_the_score_interval_of_a_plain_rate_is_wilsons():
    rate, n = 0.9, 40
    found = score_interval(rate, np.sqrt(rate * (1 - rate) / n), 7)
    assert np.array(found) == pytest.approx(np.array(wilson(rate, n)))


def test_the_score_interval_without_spread_rests_on_the_support():
    assert np.array(score_interval(1.0, 0.0, 12)) == pytest.approx(np.array(wilson(1.0, 12)))
    assert np.array(score_interval(1 - 1e-16, 1e-17, 12)) == pytest.approx(np.array(wilson(1.0, 12)))


def test_tango_on_published_tables():
    # Airway hyper-responsiveness before and after stem cell transplantation (Bentur 2009; Fagerland et al. 2014).
    assert tango(1, 7, 21) == pytest.approx((-0.517, -0.026), abs=5e-4)


@pytest.mark.parametrize(("b", "c", "n"), [(12, 2, 50), (40, 20, 160), (0, 1, 44), (3, 3, 10), (5, 0, 9)])
def test_tango_inverts_the_score_test(b, c, n):
    def statistic(delta):
        """The score statistic with the shares of discordant pairs that are most likely under this difference."""

        def minus_log_likelihood(share_second):
            share_first = share_second + delta
            parts = ((b, share_first), (c, share_second), (n - b - c, 1 - share_first - share_second))
            return -sum(count * np.log(max(share, 1e-300)) for count, share in parts if count)

        low, high = max(0.0, -delta), (1 - delta) / 2
        share = optimize.minimize_scalar(
            minus_log_likelihood, bounds=(low, high), method="bounded", options={"xatol": 1e-13}
        ).x
        return abs(b - c - n * delta) / np.sqrt(n * (2 * share + delta - delta**2))

    for limit in tango(b, c, n):
        assert statistic(limit) == pytest.approx(Z, rel=1e-4)


def test_tango_without_discordant_pairs_keeps_a_width():
    half = Z**2 / (30 + Z**2)
    assert tango(0, 0, 30) == pytest.approx((-half, half))


def test_tango_at_its_ends_and_without_pairs():
    assert tango(14, 0, 14).upper == 1
    assert tango(14, 0, 14).lower > 0
    assert np.isnan(tango(0, 0, 0)).all()


def test_tango_turns_with_the_order_of_the_two():
    lower, upper = tango(9, 4, 60)
    assert tango(4, 9, 60) == pytest.approx((-upper, -lower))


def test_mcnemar_mid_p_by_hand():
    # 1 against 7 discordant: P(X <= 1) = (1 + 8) / 256 and P(X = 1) = 8 / 256, X ~ Bin(8, 1/2).
    assert mcnemar_mid_p(1, 7) == pytest.approx(2 * (1 + 8) / 256 - 8 / 256)
    assert mcnemar_mid_p(1, 7) == mcnemar_mid_p(7, 1)
    assert mcnemar_mid_p(0, 0) == 1
    assert mcnemar_mid_p(4, 4) == pytest.approx(1)


@pytest.mark.parametrize(("b", "c"), [(1, 7), (10, 25), (300, 340)])
def test_mcnemar_mid_p_is_the_exact_p_less_half_the_observed_outcomes(b, c):
    exact = mcnemar([[0, b], [c, 0]], exact=True).pvalue
    assert mcnemar_mid_p(b, c) == pytest.approx(exact - stats.binom.pmf(b, b + c, 0.5))


@pytest.mark.parametrize(("n", "rate"), [(0, 0.3), (1, 0.0), (7, 1.0), (40, 0.5), (100_000, 0.001)])
def test_the_binomial_distribution_is_scipys(n, rate):
    k = np.arange(min(n, 300) + 1)
    np.testing.assert_allclose(binomial(k, n, rate), stats.binom.pmf(k, n, rate), rtol=1e-9, atol=1e-300)


@pytest.mark.parametrize("seed", range(5))
def test_q_values_are_scipys(seed):
    p = np.random.default_rng(seed).random(50).round(1) ** 3
    np.testing.assert_allclose(q_values(p), stats.false_discovery_control(p), rtol=1e-12)
    np.testing.assert_array_equal(np.isnan(q_values([0.5, np.nan])), [False, True])
    assert len(q_values([])) == 0
