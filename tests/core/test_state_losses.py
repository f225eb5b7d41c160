"""How far a slice stands out, against the plain computation row by row."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evallib.core.state_losses import MOST_STATES, StateLosses, state_losses


def counted(state, rows, states):
    return np.bincount(state[rows], minlength=states)


def plain(frame, inside):
    """The score test of a ratio of weighted sums in a slice of the rows, the sums made row by row."""
    above, below = frame["w"] * frame["above"], frame["w"] * frame["below"]
    ratio, share = above.sum() / below.sum(), below[inside].sum() / below.sum()
    spread = ((above - ratio * below) ** 2).sum() / (below**2).sum()
    squares = (1 - share) ** 2 * (below[inside] ** 2).sum() + share**2 * (below[~inside] ** 2).sum()
    return (above[inside].sum() - ratio * below[inside].sum()) / np.sqrt(spread * squares)


def drawn(seed, n=200):
    """Losses of a few values over denominators of 1 and 2, three weights, and a slice."""
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "above": random.choice([0.0, 1.0], n),
            "below": random.choice([1.0, 2.0], n),
            "w": random.choice([0.5, 1.0, 40.0], n),
        }
    )
    return frame, random.random(n) < 0.3


@given(st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_weights_and_ratios_are_those_of_the_rows(seed):
    frame, inside = drawn(seed)
    above, below, weight = (frame[name].to_numpy() for name in ("above", "below", "w"))
    state, losses = state_losses(above, below, weight)
    counts, whole = counted(state, inside, len(losses)), counted(state, slice(None), len(losses))
    assert losses.excess(counts, whole) == pytest.approx(plain(frame, inside), rel=1e-12, abs=1e-12)
    signed = above - 0.5
    state, losses = state_losses(signed, below, weight)
    expected = (weight * signed)[inside].sum() / np.sqrt(((weight * signed)[inside] ** 2).sum())
    assert losses.above_zero(counted(state, inside, len(losses))) == pytest.approx(expected, rel=1e-12, abs=1e-12)


@given(st.integers(0, 10_000), st.sampled_from([1e-9, 0.3, 7.0, 1e12]))
@settings(max_examples=60, deadline=None)
def test_equal_weights_change_nothing(seed, weight):
    frame, inside = drawn(seed)
    above, below = frame["above"].to_numpy(), frame["below"].to_numpy()
    found = []
    for weights in (None, np.full(len(frame), weight)):
        state, losses = state_losses(above, below, weights)
        counts, whole = counted(state, inside, len(losses)), counted(state, slice(None), len(losses))
        found.append([losses.excess(counts, whole), losses.above_zero(counts), *state])
    np.testing.assert_allclose(found[0], found[1], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("above", [0.0, 1.0, 0.1])
@pytest.mark.parametrize("weighted", [True, False])
def test_where_all_rows_are_alike_nothing_stands_out(above, weighted):
    random = np.random.default_rng(0)
    weight = random.choice([0.1, 0.7, 3.0], 90) if weighted else None
    state, losses = state_losses(np.full(90, above), np.ones(90), weight)
    inside = random.random(90) < 0.5
    assert losses.excess(counted(state, inside, len(losses)), counted(state, slice(None), len(losses))) == 0


def test_a_row_that_weighs_much_counts_so():
    """9 right rows of weight 1 and a wrong one of weight 10 in either half, but one half has a wrong one more."""
    loss, weight = np.tile([0.0] * 9 + [1.0], 2), np.tile([1.0] * 9 + [10.0], 2)
    loss[0] = 1.0
    state, losses = state_losses(loss, np.ones(20), weight)
    first = np.arange(20) < 10
    assert len(losses) == 3
    z = losses.excess(counted(state, first, 3), counted(state, slice(None), 3))
    # (11 / 19 - 21 / 38) x 19 = 0.5; the other numbers as `plain` has them.
    frame = pd.DataFrame({"above": loss, "below": 1.0, "w": weight})
    assert z == pytest.approx(plain(frame, first))
    assert z < state_losses(loss, np.ones(20))[1].excess(np.array([8, 2]), np.array([17, 3]))


def test_many_losses_and_weights_are_few_states_that_tell_nearly_the_same():
    found = []
    for seed in range(10):
        random = np.random.default_rng(seed)
        loss, weight, inside = (
            random.exponential(size=20_000),
            random.lognormal(size=20_000),
            random.random(20_000) < 0.1,
        )
        loss[inside] *= 1.2
        state, losses = state_losses(loss, np.ones(20_000), weight)
        assert len(losses) <= MOST_STATES
        frame = pd.DataFrame({"above": loss, "below": 1.0, "w": weight})
        z = losses.excess(counted(state, inside, len(losses)), counted(state, slice(None), len(losses)))
        found.append([float(z), plain(frame, inside)])
    in_states, by_row = np.mean(found, axis=0)
    assert 0.9 * by_row < in_states < 1.02 * by_row


def test_no_rows_make_one_state():
    state, losses = state_losses(np.empty(0), np.empty(0), np.empty(0))
    assert (len(state), len(losses)) == (0, 1)
    assert StateLosses.equal(np.array([0.0, 1.0])).excess(np.zeros(2, int), np.zeros(2, int)) == 0
