import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from evallib.core.trends import trend


def test_by_hand():
    """Three periods with equal errors of 0.1: the slope is (0.9 - 0.5) / 2, its error 0.1 / sqrt(2)."""
    found = trend(np.array([0.5, 0.6, 0.9]), np.full(3, 0.1))
    assert found.slope == pytest.approx(0.2)
    assert found.upper - found.slope == pytest.approx(1.959964 * 0.1 / np.sqrt(2))
    assert found.p_value == pytest.approx(2 * stats.norm.sf(0.2 / (0.1 / np.sqrt(2))))
    assert (found.first, found.last) == pytest.approx((2 / 3 - 0.2, 2 / 3 + 0.2))


def test_against_weighted_least_squares():
    random = np.random.default_rng(0)
    value, stderr = random.normal(size=12), random.uniform(0.1, 1, 12)
    fitted = sm.WLS(value, sm.add_constant(np.arange(12)), 1 / stderr**2).fit(cov_type="fixed scale")
    found = trend(value, stderr)
    assert found.slope == pytest.approx(fitted.params[1])
    assert [found.lower, found.upper] == pytest.approx(fitted.conf_int()[1])
    assert found.p_value == pytest.approx(fitted.pvalues[1])
    assert [found.first, found.last] == pytest.approx(fitted.fittedvalues[[0, -1]])


def test_false_alarms_are_as_rare_as_said():
    random = np.random.default_rng(1)
    stderr = random.uniform(0.1, 1, 8)
    p = [trend(random.normal(0, stderr), stderr).p_value for _ in range(2000)]
    assert np.mean(np.array(p) <= 0.05) == pytest.approx(0.05, abs=0.015)
