"""Every metric by hand, against scikit-learn, and at the edges where it does not exist."""

import numpy as np
import pytest
from made_sets import build, drawn, drawn_classes, drawn_values, forecast, labels, scores
from sklearn import metrics as reference

from evallib.core.evaluation_set import Predictions
from evallib.core.evidence import Evidence
from evallib.core.metrics import METRICS, main_metric, metrics_for, row_weights

BINARY = {
    "accuracy": lambda y, label, p, w: reference.accuracy_score(y, label, sample_weight=w),
    "balanced_accuracy": lambda y, label, p, w: reference.balanced_accuracy_score(y, label, sample_weight=w),
    "precision": lambda y, label, p, w: reference.precision_score(y, label, sample_weight=w),
    "recall": lambda y, label, p, w: reference.recall_score(y, label, sample_weight=w),
    "specificity": lambda y, label, p, w: reference.recall_score(y, label, pos_label=0, sample_weight=w),
    "f1": lambda y, label, p, w: reference.f1_score(y, label, sample_weight=w),
    "roc_auc": lambda y, label, p, w: reference.roc_auc_score(y, p, sample_weight=w),
    "average_precision": lambda y, label, p, w: reference.average_precision_score(y, p, sample_weight=w),
    "log_loss": lambda y, label, p, w: reference.log_loss(y, p, sample_weight=w),
    "brier": lambda y, label, p, w: reference.brier_score_loss(y, p, sample_weight=w),
}


def one_against_rest_auc(y, p, w):
    return np.mean([reference.roc_auc_score(y == code, p[:, code], sample_weight=w) for code in np.unique(y)])


MULTICLASS = {
    "accuracy": BINARY["accuracy"],
    "balanced_accuracy": BINARY["balanced_accuracy"],
    "macro_f1": lambda y, label, p, w: reference.f1_score(y, label, average="macro", sample_weight=w),
    "roc_auc": lambda y, label, p, w: one_against_rest_auc(y, p, w),
    "log_loss": lambda y, label, p, w: reference.log_loss(y, p, labels=range(p.shape[1]), sample_weight=w),
    "brier": lambda y, label, p, w: np.average(((p - np.eye(p.shape[1])[y]) ** 2).sum(axis=1), weights=w),
}
REGRESSION = {
    "mae": lambda y, value, w: reference.mean_absolute_error(y, value, sample_weight=w),
    "rmse": lambda y, value, w: reference.root_mean_squared_error(y, value, sample_weight=w),
    "r2": lambda y, value, w: reference.r2_score(y, value, sample_weight=w),
    "bias": lambda y, value, w: np.average(value - y, weights=w),
}


def value(data, key, model="a"):
    return METRICS[key].linearize(data, model).value


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("digits", [None, 1], ids=["distinct", "ties"])
@pytest.mark.parametrize("key", BINARY)
def test_binary_metrics_are_those_of_scikit_learn(key, digits, weighted):
    data = drawn(700, digits=digits, weighted=weighted)
    said = data.predictions["a"]
    assert value(data, key) == pytest.approx(BINARY[key](data.y, said.label, said.probability, data.weight), rel=1e-12)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("k", [3, 30])
@pytest.mark.parametrize("key", MULTICLASS)
def test_multiclass_metrics_are_those_of_scikit_learn(key, k, weighted):
    data = drawn_classes(1500, k, weighted=weighted)
    said = data.predictions["a"]
    expected = MULTICLASS[key](data.y, said.label, said.probability, data.weight)
    assert value(data, key) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("key", REGRESSION)
def test_regression_metrics_are_those_of_scikit_learn(key, weighted):
    data = drawn_values(300, weighted=weighted)
    assert value(data, key) == pytest.approx(
        REGRESSION[key](data.y, data.predictions["a"].value, data.weight), rel=1e-12
    )


def test_every_metric_has_a_reference_test():
    assert set(METRICS) == {*BINARY, *MULTICLASS, *REGRESSION}


def test_label_metrics_by_hand():
    # TP 3, FN 2, FP 1, TN 4.
    data = labels([1] * 5 + [0] * 5, [1, 1, 1, 0, 0, 1, 0, 0, 0, 0])
    expected = {
        "accuracy": (3 + 4) / 10,
        "balanced_accuracy": (3 / 5 + 4 / 5) / 2,
        "precision": 3 / (3 + 1),
        "recall": 3 / (3 + 2),
        "specificity": 4 / (4 + 1),
        "f1": 2 * 3 / (2 * 3 + 1 + 2),
    }
    assert {key: value(data, key, "model") for key in expected} == pytest.approx(expected)


def test_the_other_class_as_positive_by_hand():
    data = labels([1] * 5 + [0] * 5, [1, 1, 1, 0, 0, 1, 0, 0, 0, 0], positive=0)
    expected = {"precision": 4 / (4 + 2), "recall": 4 / 5, "specificity": 3 / 5, "f1": 2 * 4 / (2 * 4 + 1 + 2)}
    assert {key: value(data, key, "model") for key in expected} == pytest.approx(expected)


def test_ranking_metrics_by_hand():
    # Of 2 x 3 pairs: 0.9 is above all three, 0.4 is above 0.1 and 0.2 and tied with 0.4.
    data = scores([1, 0, 1, 0, 0], [0.9, 0.4, 0.4, 0.2, 0.1])
    assert value(data, "roc_auc", "model") == pytest.approx((3 + 2 + 0.5) / 6)
    # Precision is 1 at 0.9, and 2 of 3 at 0.4.
    assert value(data, "average_precision", "model") == pytest.approx((1 + 2 / 3) / 2)


def test_loss_metrics_by_hand():
    data = scores([1, 0], [0.8, 0.4])
    assert value(data, "log_loss", "model") == pytest.approx((-np.log(0.8) - np.log(0.6)) / 2)
    assert value(data, "brier", "model") == pytest.approx((0.2**2 + 0.4**2) / 2)


def test_a_certain_error_has_the_log_loss_of_the_clipped_probability():
    assert value(scores([1], [0.0]), "log_loss", "model") == pytest.approx(-np.log(2.0**-52))


def test_tiny_probabilities_stay_apart_when_the_other_class_is_positive():
    # 1 - 1e-20 and 1 - 2e-20 are both 1.0.
    data = scores([0, 1], [1e-20, 2e-20], positive=0)
    assert value(data, "roc_auc", "model") == 1.0


@pytest.mark.parametrize("key", ["roc_auc", "log_loss", "brier", "accuracy", "balanced_accuracy"])
def test_what_does_not_depend_on_the_positive_class_stays_when_it_changes(key):
    data = drawn(200)
    assert value(data.with_positive("no"), key) == pytest.approx(value(data, key))


def test_metrics_without_a_denominator_are_undefined():
    never = labels([1, 1, 0, 0], [0, 0, 0, 0])
    assert np.isnan(value(never, "precision", "model"))
    assert np.isnan(value(never, "f1", "model"))
    assert value(never, "recall", "model") == 0
    no_event = labels([0, 0, 0], [1, 0, 0])
    assert np.isnan(value(no_event, "recall", "model"))
    assert np.isnan(value(no_event, "f1", "model"))
    assert value(no_event, "precision", "model") == 0


@pytest.mark.parametrize(("truth", "auc", "ap"), [([1, 1, 1], np.nan, 1.0), ([0, 0, 0], np.nan, np.nan)])
def test_ranking_metrics_with_one_class_only(truth, auc, ap):
    data = scores(truth, [0.1, 0.5, 0.9])
    found = [value(data, key, "model") for key in ("roc_auc", "average_precision")]
    np.testing.assert_equal(found, [auc, ap])


@pytest.mark.parametrize("key", [*BINARY])
def test_binary_metrics_are_undefined_where_everything_is_withheld(key):
    data = scores([0, 1, 1], [np.nan] * 3)
    assert np.isnan(value(data, key, "model"))


def test_withheld_rows_do_not_count():
    p = np.array([0.9, np.nan, 0.2, 0.7, np.nan, 0.4])
    y = np.array([1, 0, 0, 0, 1, 1])
    whole, kept = scores(y, p), scores(y[~np.isnan(p)], p[~np.isnan(p)])
    for key in BINARY:
        assert value(whole, key, "model") == pytest.approx(value(kept, key, "model")), key


def test_a_class_of_which_every_row_is_withheld_is_left_out_of_the_average():
    data = labels([0, 0, 1, 2, 2], [0, 0, 1, -1, -1], classes=("a", "b", "c"))
    assert value(data, "balanced_accuracy", "model") == 1.0
    assert value(data, "macro_f1", "model") == 1.0


def test_a_class_that_is_predicted_but_never_occurs_counts_in_macro_f1():
    data = labels([0, 0, 1], [0, 2, 1], classes=("a", "b", "c"))
    assert value(data, "macro_f1", "model") == pytest.approx((2 / 3 + 1 + 0) / 3)


def test_r2_is_undefined_for_a_constant_truth():
    data = build(np.full(7, 0.1), {"a": Predictions(value=np.arange(7.0), name="a")}, task="regression")
    assert np.isnan(value(data, "r2"))


@pytest.mark.parametrize("key", [key for key, metric in METRICS.items() if metric.ratios and not metric.finish])
def test_ratios_per_row_add_up_to_the_metric(key):
    made = {"binary": drawn, "multiclass": drawn_classes, "regression": drawn_values}
    data = made[METRICS[key].tasks[0]](400, weighted=True)
    weight = row_weights(data, "a")
    parts = [weight @ rows.numerator / (weight @ rows.denominator) for rows in METRICS[key].ratios(data, "a")]
    assert value(data, key) == pytest.approx(np.mean(parts))


def test_metrics_share_the_evidence_of_a_model():
    data = drawn(100)
    evidence = Evidence(data, "a")
    for metric in metrics_for(data, "a"):
        assert metric.on(evidence).value == metric.linearize(data, "a").value


def test_metrics_of_a_model_that_gives_labels_only():
    data = labels([0, 1], [0, 1])
    assert {metric.needs for metric in metrics_for(data, "model")} == {"label"}
    assert METRICS["log_loss"].why_not(data, "model") == "model gives labels without probabilities."
    assert METRICS["mae"].why_not(data, "model") == "MAE is not defined for a binary task."


def test_the_main_metric():
    both = scores([0, 1], [0.2, 0.7])
    assert main_metric(both).key == "roc_auc"
    human = Predictions(np.array([0, 1], np.int32), name="human")
    mixed = build(both.y, {"model": forecast(np.array([0.2, 0.7])), "human": human})
    assert main_metric(mixed).key == "accuracy"
    assert main_metric(drawn_values(3)).key == "rmse"


def test_arrows():
    assert [METRICS[key].arrow for key in ("accuracy", "log_loss", "bias")] == ["↑", "↓", "→ 0"]
