"""Shrunk differences: by hand, in simulation, and at the edges."""

import numpy as np
import pytest

from evallib.core.shrinkage import shrunk


def test_by_hand():
    """Sum d²/s² = 9 + 1 + 4 = 14 for three slices: tau² = (14 - 3) / (100 + 100 + 25) = 0.0489."""
    difference, stderr = np.array([0.3, -0.1, 0.4]), np.array([0.1, 0.1, 0.2])
    tau = 11 / 225
    assert shrunk(difference, stderr) == pytest.approx(difference * tau / (tau + stderr**2))


def test_noise_alone_is_drawn_to_nothing():
    assert shrunk(np.array([0.1, -0.1, 0.05]), np.array([0.2, 0.2, 0.2])) == pytest.approx([0, 0, 0])


def test_nearer_to_the_truth_than_what_was_measured():
    random = np.random.default_rng(0)
    stderr = random.uniform(0.01, 0.1, 400)
    truth = random.normal(0, 0.05, 400)
    measured = truth + random.normal(0, stderr)
    gain = np.square(measured - truth).mean() / np.square(shrunk(measured, stderr) - truth).mean()
    best = np.square(measured * 0.05**2 / (0.05**2 + stderr**2) - truth).mean()
    assert gain > 1.3
    assert np.square(shrunk(measured, stderr) - truth).mean() == pytest.approx(best, rel=0.05)


def test_edges():
    assert shrunk(np.array([]), np.array([])).size == 0
    assert shrunk(np.array([0.2]), np.array([0.0])) == pytest.approx([0.2])
    found = shrunk(np.array([0.5, np.nan, 0.4]), np.array([0.1, 0.1, np.nan]))
    assert np.isnan(found).tolist() == [False, True, True]
    large_and_small = shrunk(np.array([0.1, 0.2]), np.array([0.01, 0.2]))
    assert large_and_small[0] > large_and_small[1]
