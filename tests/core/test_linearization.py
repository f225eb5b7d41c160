"""Influences are derivatives, and their squares add up to the variances of the textbooks."""

from dataclasses import replace

import numpy as np
import pytest
from made_sets import drawn, drawn_classes, drawn_values

from evallib.core.metrics import METRICS
from evallib.core.ranking import average_precision, descending, roc_auc

MADE = {"binary": drawn, "multiclass": drawn_classes, "regression": drawn_values}
CASES = [(key, task) for key, metric in METRICS.items() for task in metric.tasks]


@pytest.mark.parametrize(("key", "task"), CASES)
def test_the_influence_is_the_derivative_by_the_weight(key, task):
    data, metric, step = MADE[task](40, weighted=True), METRICS[key], 1e-6
    influence = metric.linearize(data, "a").influence
    for row in range(0, 40, 3):
        moved = []
        for sign in (1, -1):
            weight = data.weight.copy()
            weight[row] += sign * step
            moved.append(metric.linearize(replace(data, weight=weight), "a").value)
        derivative = (moved[0] - moved[1]) / (2 * step)
        assert influence[row] == pytest.approx(derivative * data.weight[row], abs=1e-8)


@pytest.mark.parametrize(("key", "task"), CASES)
def test_influences_add_up_to_zero(key, task):
    # Weights of another scale change nothing.
    influence = METRICS[key].linearize(MADE[task](300, weighted=True), "a").influence
    assert influence.sum() == pytest.approx(0, abs=1e-12)
    assert np.abs(influence).max() > 0


def test_a_mean_has_its_usual_standard_error():
    data = drawn(500)
    loss = (data.predictions["a"].probability - data.y) ** 2
    influence = METRICS["brier"].linearize(data, "a").influence
    assert influence @ influence == pytest.approx(loss.var() / 500)


def components(event, score):
    """DeLong's structural components, from all pairs."""
    pairs = score[event][:, None] - score[~event][None, :]
    wins = (pairs > 0) + 0.5 * (pairs == 0)
    return wins.mean(axis=1), wins.mean(axis=0)


@pytest.mark.parametrize("digits", [None, 1], ids=["distinct", "ties"])
def test_roc_auc_has_delongs_variance(digits):
    data = drawn(200, digits=digits)
    found = METRICS["roc_auc"].linearize(data, "a")
    of_positive, of_negative = components(data.event, data.predictions["a"].probability)
    assert found.value == pytest.approx(of_positive.mean())
    expected = of_positive.var() / len(of_positive) + of_negative.var() / len(of_negative)
    assert found.influence @ found.influence == pytest.approx(expected)


def test_two_aucs_have_delongs_covariance():
    data = drawn(200, digits=2)
    one, two = (METRICS["roc_auc"].linearize(data, name) for name in "ab")
    gaps = [
        first - second
        for first, second in zip(
            components(data.event, data.predictions["a"].probability),
            components(data.event, data.predictions["b"].probability),
            strict=True,
        )
    ]
    expected = sum(gap.var() / len(gap) for gap in gaps)
    apart = one.influence - two.influence
    assert apart @ apart == pytest.approx(expected)


def test_average_precision_from_every_row():
    data = drawn(150, digits=1, weighted=True)
    score, weight, event = data.predictions["a"].probability, data.weight, data.event
    precision = [weight[event & (score >= at)].sum() / weight[score >= at].sum() for at in score[event]]
    expected = np.average(precision, weights=weight[event])
    assert average_precision(event, score, weight).value == pytest.approx(expected)


@pytest.mark.parametrize(
    "score",
    [
        np.random.default_rng(0).random(3000),
        np.random.default_rng(1).normal(size=3000),
        np.random.default_rng(2).random(3000).round(2),
        0.5 + np.random.default_rng(3).random(3000) * 1e-12,
        np.repeat([1e300, -1e300, 0.0, -0.0, 1e-300, -1e-300], 50),
        np.zeros(20),
        np.array([0.3]),
        np.zeros(0),
    ],
    ids=["uniform", "signed", "ties", "equal as 32-bit floats", "extremes", "constant", "one", "none"],
)
def test_descending_sorts_by_the_full_score(score):
    order = descending(score)
    assert sorted(order) == list(range(len(score)))
    assert (np.diff(score[order]) <= 0).all()


@pytest.mark.parametrize("of", [roc_auc, average_precision])
def test_a_row_of_weight_zero_is_as_if_it_were_not_there(of):
    event, score = np.array([True, False, True, False]), np.array([0.9, 0.8, 0.4, 0.1])
    weight = np.array([1.0, 0.0, 2.0, 1.0])
    kept = weight > 0
    found, expected = of(event, score, weight), of(event[kept], score[kept], weight[kept])
    assert found.value == pytest.approx(expected.value)
    assert found.influence[kept] == pytest.approx(expected.influence)
    assert found.influence[1] == 0


@pytest.mark.parametrize("of", [roc_auc, average_precision])
def test_only_the_order_of_the_scores_matters(of):
    data = drawn(300, digits=2)
    p, weight = data.predictions["a"].probability, np.ones(300)
    one, two = of(data.event, p, weight), of(data.event, 5 * p**3 - 7, weight)
    assert one.value == two.value
    assert one.influence == pytest.approx(two.influence)
