import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from sklearn.isotonic import IsotonicRegression

from evallib.core.tie_blocks import TieBlocks

scores = npst.arrays(np.float64, st.integers(1, 50), elements=st.sampled_from([0.0, -0.0, 0.1, 0.5, 0.7, 1.0]))


def test_rows_of_one_score_are_counted_together() -> None:
    blocks = TieBlocks.of(np.array([0.5, 0.2, 0.5, 1.0]), np.array([True, False, False, True]))
    assert list(blocks.value) == [0.2, 0.5, 1.0]
    assert list(blocks.total) == [1, 2, 1]
    assert list(blocks.positive) == [0, 1, 1]


def test_weights_are_added_up() -> None:
    blocks = TieBlocks.of(np.array([0.5, 0.2, 0.5]), np.array([True, False, False]), np.array([2.0, 3.0, 0.5]))
    assert list(blocks.total) == [3, 2.5]
    assert list(blocks.positive) == [0, 2]


def test_no_rows_have_no_blocks() -> None:
    blocks = TieBlocks.of(np.zeros(0), np.zeros(0, bool))
    assert len(blocks) == 0
    assert list(blocks.positive) == list(blocks.total) == []
    assert list(blocks.pooled()) == [0]


@given(scores, st.randoms(use_true_random=False))
def test_the_packed_sort_finds_what_a_plain_sort_finds(score: np.ndarray, random: object) -> None:
    event = np.array([random.random() < 0.5 for _ in score])  # type: ignore[attr-defined]
    packed, plain = TieBlocks.of(score, event), TieBlocks.of(score, event, np.ones(len(score)))
    assert list(packed.value) == list(plain.value) == sorted(set(score.tolist()))
    assert list(packed.positive) == list(plain.positive) == [event[score == value].sum() for value in plain.value]
    assert list(packed.total) == list(plain.total)


def test_neighbouring_floats_stay_apart() -> None:
    lower, upper = 0.3, float(np.nextafter(0.3, 1))
    blocks = TieBlocks.of(np.array([upper, lower, 1e-300, 0.0]), np.array([True, False, True, False]))
    assert list(blocks.value) == [0.0, 1e-300, lower, upper]
    assert list(blocks.positive) == [0, 1, 0, 1]


def test_pooled_steps_are_those_of_scikit_learns_isotonic_curve() -> None:
    rng = np.random.default_rng(3)
    score = np.round(rng.random(400), 2)
    event = rng.random(400) < score
    blocks = TieBlocks.of(score, event)
    edges = blocks.pooled()
    rate = np.add.reduceat(blocks.positive, edges[:-1]) / np.add.reduceat(blocks.total, edges[:-1])
    curve = IsotonicRegression().fit(score, event).predict(blocks.value)
    assert np.repeat(rate, np.diff(edges)) == pytest.approx(curve)
    assert (np.diff(rate) > 0).all()
