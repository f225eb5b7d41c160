"""Intervals and paired differences: against the bootstrap and textbooks, in simulations, and under transformations."""

from dataclasses import replace

import numpy as np
import pytest
from made_sets import build, drawn, drawn_classes, drawn_values, forecast, labels, scores
from scipy import special, stats

from evallib.core.estimates import Measured, compare, difference, estimate, standard_error
from evallib.core.evaluation_set import EvaluationSet, Predictions
from evallib.core.evidence import Evidence
from evallib.core.intervals import Z, mcnemar_mid_p, tango, wilson
from evallib.core.metrics import METRICS

MADE = {"binary": drawn, "multiclass": drawn_classes, "regression": drawn_values}
CASES = [(key, task) for key, metric in METRICS.items() for task in metric.tasks]


def numbers(found):
    return np.array([found.value, found.lower, found.upper, getattr(found, "stderr", getattr(found, "p_value", 0))])


@pytest.mark.parametrize(("key", "task"), CASES)
def test_standard_errors_are_those_of_the_bootstrap(key, task):
    data, metric = MADE[task](400, seed=4), METRICS[key]
    random = np.random.default_rng(0)
    draws = []
    for _ in range(250):
        # A bootstrap sample is the same rows with multinomial weights.
        again = replace(data, weight=random.multinomial(400, np.full(400, 1 / 400)).astype(float))
        draws.append([metric.linearize(again, name).value for name in "ab"])
    one, two = np.array(draws).T
    assert estimate(metric, data, "a").stderr == pytest.approx(one.std(), rel=0.15)
    influences = [metric.linearize(data, name).influence for name in "ab"]
    assert standard_error(influences[0] - influences[1], data) == pytest.approx((one - two).std(), rel=0.15)


def test_a_rate_has_wilsons_interval():
    data = labels([1] * 10, [1] * 9 + [0])
    found = estimate(METRICS["accuracy"], data, "model")
    assert (found.lower, found.upper) == pytest.approx(tuple(float(limit) for limit in wilson(0.9, 10)))
    assert found.stderr == pytest.approx(np.sqrt(0.9 * 0.1 / 10))
    assert found.n == 10


def test_f1_has_wilsons_interval_on_the_scale_of_the_jaccard_index():
    # TP 6, FP 1, FN 3: the Jaccard index is 6 of 10.
    data = labels([1] * 9 + [0] * 5, [1] * 6 + [0] * 3 + [1] + [0] * 4)
    found = estimate(METRICS["f1"], data, "model")
    limits = [2 * float(limit) / (1 + float(limit)) for limit in wilson(0.6, 10)]
    assert (found.lower, found.upper) == pytest.approx(limits)


def test_balanced_accuracy_adds_the_squares_of_two_wilson_intervals():
    # Recall 5 of 5 and 90 of 100: the few rows of the first class are why the lower limit is low.
    data = labels([1] * 5 + [0] * 100, [1] * 5 + [0] * 90 + [1] * 10)
    found = estimate(METRICS["balanced_accuracy"], data, "model")
    few, many = wilson(1.0, 5), wilson(0.9, 100)
    below = np.hypot(1.0 - few[0], 0.9 - many[0]) / 2
    above = np.hypot(few[1] - 1.0, many[1] - 0.9) / 2
    assert (found.lower, found.upper) == pytest.approx((0.95 - below, 0.95 + above))


def test_a_mean_has_students_interval():
    data = drawn_values(12)
    gap = data.predictions["a"].value - data.y
    found = estimate(METRICS["bias"], data, "a")
    expected = stats.t.interval(0.95, 11, gap.mean(), gap.std(ddof=1) / np.sqrt(12))
    assert (found.lower, found.upper) == pytest.approx(expected)


def test_a_loss_has_students_interval_on_the_logarithmic_scale():
    data = drawn_values(12)
    loss = np.abs(data.predictions["a"].value - data.y)
    found = estimate(METRICS["mae"], data, "a")
    half = stats.t.ppf(0.975, 11) * loss.std(ddof=1) / np.sqrt(12) / loss.mean()
    assert (found.lower, found.upper) == pytest.approx((loss.mean() * np.exp(-half), loss.mean() * np.exp(half)))


def test_r2_stays_below_one():
    data = build(np.arange(6.0), {"a": Predictions(value=np.arange(6.0) + 0.4, name="a")}, task="regression")
    found = estimate(METRICS["r2"], data, "a")
    assert found.lower <= found.value <= found.upper < 1


@pytest.mark.parametrize("key", ["roc_auc", "average_precision", "f1", "precision", "accuracy"])
def test_a_perfect_model_on_ten_rows_is_not_certain(key):
    data = scores([1] * 5 + [0] * 5, [0.9] * 5 + [0.1] * 5)
    found = estimate(METRICS[key], data, "model")
    assert found.upper == 1
    assert 0.4 < found.lower < 0.8


def test_perfect_with_weights_is_not_certain_either():
    data = scores([1] * 5 + [0] * 5, [0.9, 0.8, 0.7, 0.6, 0.55, 0.4, 0.3, 0.2, 0.1, 0.05])
    weighted = replace(data, weight=np.linspace(0.1, 0.7, 10))
    assert estimate(METRICS["roc_auc"], weighted, "model").lower < 0.8


@pytest.mark.parametrize("key", ["roc_auc", "f1", "log_loss", "accuracy", "balanced_accuracy"])
def test_no_answer_no_interval(key):
    found = estimate(METRICS[key], scores([0, 1, 1], [np.nan] * 3), "model")
    assert np.isnan([found.value, found.lower, found.upper, found.stderr]).all()
    assert found.n == 0


def test_one_row_has_no_spread_of_a_mean():
    found = estimate(METRICS["brier"], scores([1], [0.4]), "model")
    assert found.value == pytest.approx(0.36)
    assert np.isnan([found.lower, found.upper, found.stderr]).all()


def repeated(data, times):
    """Every row `times` times, with its number as the group."""
    rows = np.repeat(np.arange(len(data)), times)
    again = data.take(rows)
    table = again.table.assign(group=rows)
    return replace(again, table=table, columns=replace(data.columns, group="group"))


@pytest.mark.parametrize(("key", "task"), CASES)
def test_repeating_rows_within_clusters_tells_nothing_new(key, task):
    data, metric = MADE[task](60), METRICS[key]
    once, thrice = estimate(metric, data, "a"), estimate(metric, repeated(data, 3), "a")
    assert (thrice.value, thrice.stderr) == pytest.approx((once.value, once.stderr))
    assert (thrice.lower, thrice.upper) == pytest.approx((once.lower, once.upper), rel=0.03)


def test_a_perfect_model_on_few_clusters_is_not_certain():
    data = scores([1] * 5 + [0] * 5, [0.9] * 5 + [0.1] * 5)
    once, often = (estimate(METRICS["roc_auc"], some, "model") for some in (data, repeated(data, 50)))
    assert often.lower == pytest.approx(once.lower, abs=0.08)
    assert often.lower < once.lower


def test_few_clusters_widen_the_interval():
    # Ten rows in each of five groups, right or wrong together: five pieces of evidence, not fifty.
    group = np.repeat(np.arange(5), 10)
    data = labels(np.ones(50, int), np.repeat([1, 1, 1, 1, 0], 10), group=group)
    found = estimate(METRICS["accuracy"], data, "model")
    five = labels([1] * 5, [1, 1, 1, 1, 0])
    alone = estimate(METRICS["accuracy"], five, "model")
    assert found.stderr == pytest.approx(alone.stderr)
    assert found.lower < alone.lower


def test_a_row_without_a_group_is_alone():
    data = drawn(50)
    table = data.table.assign(group=[None] * 50)
    lonely = replace(data, table=table, columns=replace(data.columns, group="group"))
    for key in ("accuracy", "roc_auc", "log_loss"):
        assert numbers(estimate(METRICS[key], lonely, "a")) == pytest.approx(numbers(estimate(METRICS[key], data, "a")))


@pytest.mark.parametrize(("key", "task"), CASES)
def test_the_scale_of_the_weights_changes_nothing(key, task):
    data, metric = MADE[task](120, weighted=True), METRICS[key]
    larger = replace(data, weight=data.weight * 1000)
    assert numbers(estimate(metric, larger, "a")) == pytest.approx(numbers(estimate(metric, data, "a")))
    assert numbers(compare(metric, larger, "a", "b")) == pytest.approx(numbers(compare(metric, data, "a", "b")))


@pytest.mark.parametrize(("key", "task"), CASES)
def test_the_order_of_the_rows_changes_nothing(key, task):
    data, metric = MADE[task](120), METRICS[key]
    shuffled = data.take(np.random.default_rng(1).permutation(120))
    assert numbers(estimate(metric, shuffled, "a")) == pytest.approx(numbers(estimate(metric, data, "a")))
    assert numbers(compare(metric, shuffled, "a", "b")) == pytest.approx(numbers(compare(metric, data, "a", "b")))


def relabelled(data: EvaluationSet, order: list[int]) -> EvaluationSet:
    """The same set with its classes coded in another order."""
    code = np.argsort(order).astype(np.int32)

    def recoded(said):
        probability = said.probability
        if probability is not None:
            probability = probability[:, order] if probability.ndim == 2 else 1 - probability
        return replace(said, label=code[said.label], probability=probability)

    predictions = {name: recoded(said) for name, said in data.predictions.items()}
    classes = tuple(data.classes[old] for old in order)
    return replace(
        data, y=code[data.y], predictions=predictions, classes=classes, positive=classes.index(data.positive_name)
    )


@pytest.mark.parametrize(("key", "task"), [case for case in CASES if case[1] != "regression"])
def test_the_order_of_the_classes_changes_nothing(key, task):
    data, metric = MADE[task](120), METRICS[key]
    other = relabelled(data, [1, 0] if task == "binary" else [2, 0, 3, 1])
    assert numbers(estimate(metric, other, "a")) == pytest.approx(numbers(estimate(metric, data, "a")))
    assert numbers(compare(metric, other, "a", "b")) == pytest.approx(numbers(compare(metric, data, "a", "b")))


def test_accuracy_differs_by_tango_and_mcnemar():
    # 2 rows that only a gets right, 6 that only b does, 12 that both do.
    truth, a, b = [1] * 20, [1] * 14 + [0] * 6, [0] * 2 + [1] * 18
    data = labels(truth, {"a": a, "b": b})
    found = compare(METRICS["accuracy"], data, "a", "b")
    assert (found.value, found.p_value, found.n) == (pytest.approx((2 - 6) / 20), mcnemar_mid_p(2, 6), 20)
    assert (found.lower, found.upper) == pytest.approx(tango(2, 6, 20))


@pytest.mark.parametrize(("key", "event"), [("recall", 1), ("specificity", 0)])
def test_recall_and_specificity_are_paired_shares_of_one_class(key, event):
    data = drawn(300)
    rows = data.y == event
    right, too = (data.predictions[name].label[rows] == event for name in "ab")
    only, only_too = (right & ~too).sum(), (too & ~right).sum()
    found = compare(METRICS[key], data, "a", "b")
    assert found.value == pytest.approx((only - only_too) / rows.sum())
    assert (found.lower, found.upper) == pytest.approx(tango(only, only_too, rows.sum()))
    assert found.n == 300


def test_weighted_accuracy_leaves_tango_for_the_influences():
    data = drawn(5000)
    plain = compare(METRICS["accuracy"], data, "a", "b")
    unit = compare(METRICS["accuracy"], replace(data, weight=np.full(5000, 2.0)), "a", "b")
    assert numbers(unit)[:3] == pytest.approx(numbers(plain)[:3], abs=1e-3)


def test_the_difference_of_two_aucs_tends_to_delongs():
    data = drawn(4000)
    found = compare(METRICS["roc_auc"], data, "a", "b")
    influence = [METRICS["roc_auc"].linearize(data, name).influence for name in "ab"]
    stderr = standard_error(influence[0] - influence[1], data)
    assert (found.upper - found.lower) / 2 == pytest.approx(Z * stderr, rel=0.02)
    assert found.p_value == pytest.approx(2 * special.ndtr(-found.value / stderr), rel=0.25)


def test_the_difference_of_two_losses_is_students_paired_t():
    data = drawn(30)
    one, two = ((data.predictions[name].probability - data.y) ** 2 for name in "ab")
    found, expected = compare(METRICS["brier"], data, "a", "b"), stats.ttest_rel(one, two)
    interval = expected.confidence_interval(0.95)
    assert numbers(found) == pytest.approx([np.mean(one - two), interval.low, interval.high, expected.pvalue])


@pytest.mark.parametrize(("key", "task"), CASES)
def test_a_model_does_not_differ_from_itself(key, task):
    data = MADE[task](80)
    twin = replace(data, predictions=dict.fromkeys("ab", data.predictions["a"]))
    found = compare(METRICS[key], twin, "a", "b")
    assert (found.value, found.p_value) == (0, 1)
    assert found.lower <= 0 <= found.upper


@pytest.mark.parametrize(("key", "task"), CASES)
def test_the_difference_turns_with_the_order_of_the_two(key, task):
    data = MADE[task](150)
    one, two = compare(METRICS[key], data, "a", "b"), compare(METRICS[key], data, "b", "a")
    assert (two.value, two.lower, two.upper) == pytest.approx((-one.value, -one.upper, -one.lower))
    assert two.p_value == pytest.approx(one.p_value)


# Tango's interval and McNemar's mid-p, of proportions, are two tests.
@pytest.mark.parametrize(("key", "task"), [case for case in CASES if not METRICS[case[0]].proportion])
def test_the_p_value_is_below_5_percent_where_the_interval_leaves_out_0(key, task):
    for seed in range(8):
        found = compare(METRICS[key], MADE[task](150, seed=seed), "a", "b")
        assert (found.p_value < 0.05) == (found.lower > 0 or found.upper < 0)


def test_rows_that_one_of_two_did_not_answer_are_left_out_and_counted():
    p = {"a": [0.9, np.nan, 0.2, 0.7, 0.6, 0.3], "b": [0.8, 0.6, np.nan, np.nan, 0.1, 0.4]}
    y = np.array([1, 0, 0, 0, 1, 1])
    data, common = scores(y, p), np.array([True, False, False, False, True, True])
    for key in ("accuracy", "log_loss", "recall", "average_precision"):
        found = compare(METRICS[key], data, "a", "b")
        expected = compare(METRICS[key], data.take(common), "a", "b")
        assert (found.n, found.only_first, found.only_second) == (3, 2, 1)
        assert numbers(found) == pytest.approx(numbers(expected)), key


def test_two_models_without_a_common_row():
    data = scores([1, 0], {"a": [0.9, np.nan], "b": [np.nan, 0.2]})
    for key in ("accuracy", "roc_auc", "brier"):
        found = compare(METRICS[key], data, "a", "b")
        assert np.isnan(numbers(found)).all()
        assert (found.n, found.only_first, found.only_second) == (0, 1, 1)


def test_what_was_measured_once_gives_the_same_difference():
    data = drawn(200)
    evidence = {name: Evidence(data, name) for name in "ab"}
    for key in ("roc_auc", "f1", "accuracy", "log_loss"):
        one, two = (Measured.of(METRICS[key], evidence[name]) for name in "ab")
        assert difference(one, two) == compare(METRICS[key], data, "a", "b")
        assert one.estimate() == estimate(METRICS[key], data, "a")


def simulated(n, random, separation, rate):
    """n rows of a known binormal population, with two correlated forecasts."""
    y = (random.random(n) < rate).astype(np.int32)
    shared, predictions = random.normal(size=n), {}
    for name, distance in zip("ab", separation, strict=True):
        p = special.ndtr(0.7 * shared + np.sqrt(0.51) * random.normal(size=n) + distance * (y - 0.5))
        predictions[name] = forecast(p, name)
    return build(y, predictions)


def population(separation, rate):
    """What the metrics of a forecast are in the population, where labels are cut at half way."""
    right = special.ndtr(separation / 2)
    tp, fp = rate * right, (1 - rate) * (1 - right)
    return {
        "accuracy": right,
        "balanced_accuracy": right,
        "f1": 2 * tp / (tp + fp + rate),
        "roc_auc": special.ndtr(separation / np.sqrt(2)),
    }


@pytest.mark.parametrize(
    ("separation", "rate", "n"), [((1.0, 0.5), 0.3, 60), ((3.5, 3.0), 0.3, 100), ((5.0, 4.0), 0.5, 60)]
)
def test_intervals_cover_what_they_promise(separation, rate, n):
    truth, other = (population(one, rate) for one in separation)
    random, rounds = np.random.default_rng(11), 300
    covered = dict.fromkeys(truth, 0)
    covered_gap = dict.fromkeys(truth, 0)
    for _ in range(rounds):
        data = simulated(n, random, separation, rate)
        for key in truth:
            found, gap = estimate(METRICS[key], data, "a"), compare(METRICS[key], data, "a", "b")
            covered[key] += found.lower <= truth[key] <= found.upper
            covered_gap[key] += gap.lower <= truth[key] - other[key] <= gap.upper
    # 300 draws at 95 % have a standard deviation of 1.3 points; score intervals of few rows vary by a few more.
    assert min(covered.values()) / rounds > 0.905, covered
    assert min(covered_gap.values()) / rounds > 0.915, covered_gap
