from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit
from sklearn.calibration import calibration_curve
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss

from evallib.core.errors import NotApplicable
from evallib.core.evaluation_set import WITHHELD, Columns, EvaluationSet, Predictions, Role
from evallib.core.finding import Outcome, Severity
from evallib.core.forecast import Forecast
from evallib.core.intervals import wilson
from evallib.core.progress import no_progress
from evallib.drawing.colours import colours_of
from evallib.methods.reliability import METHOD
from evallib.methods.reliability.binned import bin_forecast, edges_of
from evallib.methods.reliability.comparison import compare_calibration
from evallib.methods.reliability.compute import ReliabilityParams, ReliabilityResult, compute_reliability
from evallib.methods.reliability.figures import ReliabilityView
from evallib.methods.reliability.findings import find_miscalibration
from evallib.methods.reliability.null_level import null_level

INCUMBENT = {"old": Role.INCUMBENT}


def binary(
    y: Sequence[int] | np.ndarray, models: Mapping[str, Any], roles: Mapping[str, Role] = INCUMBENT, **more: Any
) -> EvaluationSet:
    predictions = {}
    for name, given_probability in models.items():
        p = np.array(given_probability, float)
        label = np.where(np.isnan(p), WITHHELD, p >= 0.5).astype(np.int32)
        predictions[name] = Predictions(label, p, name=name, role=roles.get(name, Role.CANDIDATE))
    table = more.pop("table", pd.DataFrame({"y": np.array(y)}))
    columns = more.pop("columns", Columns("y"))
    return EvaluationSet("binary", np.array(y, np.int32), table, columns, predictions, ("no", "yes"), **more)


def several(y: np.ndarray, probability: np.ndarray, **more: Any) -> EvaluationSet:
    withheld = np.isnan(probability).any(axis=1)
    label = np.where(withheld, WITHHELD, np.nan_to_num(probability).argmax(axis=1)).astype(np.int32)
    classes = tuple(f"class {place}" for place in range(probability.shape[1]))
    answers = {"A": Predictions(label, probability, name="A")}
    return EvaluationSet(
        "multiclass", y.astype(np.int32), pd.DataFrame({"y": y}), Columns("y"), answers, classes, **more
    )


def calibrated(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    p = rng.beta(1.2, 2.5, n)
    return p, (rng.random(n) < p).astype(np.int32)


def forecast(p: np.ndarray, y: np.ndarray, weight: np.ndarray | None = None) -> Forecast:
    return Forecast(p, y.astype(bool), weight, None, np.ones(len(p), bool))


def compute(data: EvaluationSet, bins: int = 15) -> ReliabilityResult:
    return compute_reliability(data, ReliabilityParams(bins=bins), no_progress)


def rows(table: pd.DataFrame, **chosen: str) -> pd.DataFrame:
    for name, value in chosen.items():
        table = table[table[name] == value]
    return table.reset_index(drop=True)


class TestByHand:
    DATA = binary([0, 0, 1, 0, 1, 1], {"A": [0.1, 0.2, 0.2, 0.6, 0.6, 0.9]})

    def test_bins_are_closed_on_the_right(self) -> None:
        bins = rows(compute(self.DATA, bins=5).bins, binning="equal-width")
        assert list(bins["bin"]) == [0, 2, 4]
        assert list(bins["n"]) == [3, 2, 1]
        assert list(bins["mean_predicted"]) == pytest.approx([(0.1 + 0.2 + 0.2) / 3, 0.6, 0.9])
        assert list(bins["rate_observed"]) == pytest.approx([1 / 3, 1 / 2, 1])
        assert list(bins["share"]) == pytest.approx([3 / 6, 2 / 6, 1 / 6])
        lower, upper = wilson([1 / 3, 1 / 2, 1], [3, 2, 1])
        assert list(bins["lower"]) == pytest.approx(list(lower))
        assert list(bins["upper"]) == pytest.approx(list(upper))

    def test_errors_add_up_the_gaps(self) -> None:
        errors = rows(compute(self.DATA, bins=5).errors, binning="equal-width").iloc[0]
        gaps = [1 / 3 - 0.5 / 3, 0.1, 0.1]
        assert errors["ece"] == pytest.approx(gaps[0] * 3 / 6 + gaps[1] * 2 / 6 + gaps[2] * 1 / 6)
        assert errors["mce"] == pytest.approx(gaps[0])
        assert errors["bins"] == 3

    def test_few_distinct_values_have_a_point_each(self) -> None:
        bins = rows(compute(self.DATA, bins=2).bins, binning="equal-count")
        assert list(bins["mean_predicted"]) == pytest.approx([0.1, 0.2, 0.6, 0.9])
        assert list(bins["rate_observed"]) == [0, 0.5, 0.5, 1]

    def test_the_summary(self) -> None:
        summary = compute(self.DATA).summary.iloc[0]
        assert summary["event"] == "yes"
        assert summary["mean_predicted"] == pytest.approx(2.6 / 6)
        assert summary["rate_observed"] == pytest.approx(3 / 6)
        brier = (0.1**2 + 0.2**2 + 0.8**2 + 0.6**2 + 0.4**2 + 0.1**2) / 6
        assert summary["brier"] == pytest.approx(brier)
        assert summary["uncertainty"] == pytest.approx(1 / 4)
        recalibrated = (0 + 4 * 1 / 4 + 0) / 6
        assert summary["miscalibration"] == pytest.approx(brier - recalibrated)
        assert summary["discrimination"] == pytest.approx(1 / 4 - recalibrated)

    def test_isotonic_steps_pool_what_does_not_rise(self) -> None:
        steps = compute(self.DATA).isotonic
        assert list(steps["rate"]) == [0, 0.5, 1]
        assert list(steps["lowest"]) == [0.1, 0.2, 0.9]
        assert list(steps["highest"]) == [0.1, 0.6, 0.9]
        assert list(steps["n"]) == [1, 4, 1]

    def test_the_histogram_counts_every_row(self) -> None:
        histogram = compute(self.DATA).histogram
        assert len(histogram) == 50
        counted = histogram[histogram["n"] > 0]
        assert list(counted["upper_edge"]) == pytest.approx([0.1, 0.2, 0.6, 0.9])
        assert list(counted["share"]) == pytest.approx([1 / 6, 2 / 6, 2 / 6, 1 / 6])

    def test_weights_move_means_and_rates(self) -> None:
        data = binary([0, 1, 1], {"A": [0.2, 0.4, 0.9]}, weight=np.array([1.0, 3.0, 4.0]))
        bins = rows(compute(data, bins=2).bins, binning="equal-width")
        assert list(bins["mean_predicted"]) == pytest.approx([(0.2 + 3 * 0.4) / 4, 0.9])
        assert list(bins["rate_observed"]) == pytest.approx([3 / 4, 1])
        assert list(bins["share"]) == pytest.approx([1 / 2, 1 / 2])
        assert rows(compute(data, bins=2).errors, binning="equal-width")["ece"][0] == pytest.approx(
            1 / 2 * (3 / 4 - 1.4 / 4) + 1 / 2 * 0.1
        )


def test_a_constant_forecast_has_one_bin_and_the_full_gap() -> None:
    y = np.array([1] * 30 + [0] * 70)
    result = compute(binary(y, {"A": np.full(100, 0.8)}))
    assert list(result.errors["bins"]) == [1, 1]
    assert list(result.errors["ece"]) == pytest.approx([0.5, 0.5])
    assert result.summary["distinct"][0] == 1
    assert np.isnan(result.summary["slope"][0])


def test_multiclass_confidence_and_one_class_against_the_rest_differ() -> None:
    probability = np.array([[0.7, 0.2, 0.1], [0.3, 0.6, 0.1], [0.2, 0.2, 0.6]])
    summary = compute(several(np.array([0, 0, 2]), probability, positive=0)).summary
    assert list(summary["aspect"]) == ["confidence", "event"]
    assert list(summary["event"]) == ["right", "class 0"]
    assert list(summary["mean_predicted"]) == pytest.approx([(0.7 + 0.6 + 0.6) / 3, (0.7 + 0.3 + 0.2) / 3])
    assert list(summary["rate_observed"]) == pytest.approx([2 / 3, 2 / 3])


class TestAgainstLibraries:
    @pytest.mark.parametrize(("binning", "strategy"), [("equal-width", "uniform"), ("equal-count", "quantile")])
    def test_bins_are_those_of_scikit_learn(self, binning: str, strategy: str) -> None:
        p, y = calibrated(997)
        bins = rows(compute(binary(y, {"A": p}), bins=10).bins, binning=binning)
        observed, predicted = calibration_curve(y, p, n_bins=10, strategy=strategy)
        assert list(bins["rate_observed"]) == pytest.approx(list(observed))
        assert list(bins["mean_predicted"]) == pytest.approx(list(predicted))

    def test_the_brier_score_is_that_of_scikit_learn(self) -> None:
        p, y = calibrated(500)
        weight = np.random.default_rng(1).exponential(1, 500)
        plain, weighted = compute(binary(y, {"A": p})), compute(binary(y, {"A": p}, weight=weight))
        assert plain.summary["brier"][0] == pytest.approx(brier_score_loss(y, p))
        assert weighted.summary["brier"][0] == pytest.approx(brier_score_loss(y, p, sample_weight=weight))

    def test_the_parts_follow_from_scikit_learns_isotonic_fit(self) -> None:
        p, y = calibrated(800)
        p = np.round(p, 2)
        weight = np.random.default_rng(2).integers(1, 4, 800).astype(float)
        fitted = IsotonicRegression().fit(p, y, weight).predict(p)
        summary = compute(binary(y, {"A": p}, weight=weight)).summary.iloc[0]
        recalibrated = np.average((fitted - y) ** 2, weights=weight)
        assert summary["miscalibration"] == pytest.approx(summary["brier"] - recalibrated)
        assert summary["discrimination"] == pytest.approx(summary["uncertainty"] - recalibrated)

    @pytest.mark.parametrize("n", [400, 20_000])
    def test_the_line_is_an_unpenalised_logistic_regression(self, n: int) -> None:
        p, y = calibrated(n)
        tilted = expit(0.3 + 1.6 * logit(p))
        fit = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(logit(tilted)[:, None], y)
        summary = compute(binary(y, {"A": tilted})).summary.iloc[0]
        assert summary["slope"] == pytest.approx(fit.coef_[0, 0], abs=2e-5)
        assert summary["intercept"] == pytest.approx(fit.intercept_[0], abs=2e-5)
        assert summary["slope_lower"] < 1 / 1.6 < summary["slope_upper"]

    def test_the_null_level_is_that_of_outcomes_drawn_row_by_row(self) -> None:
        p, y = calibrated(250)
        binned = bin_forecast(forecast(p, y), edges_of(forecast(p, y), "equal-count", 15))
        rng = np.random.default_rng(5)
        drawn = []
        for _ in range(1500):
            outcome = forecast(p, rng.random(250) < p)
            drawn.append(bin_forecast(outcome, edges_of(outcome, "equal-count", 15)).ece)
        level = null_level(binned)
        assert level.ece_mean == pytest.approx(np.mean(drawn), rel=0.03)
        assert level.ece_upper == pytest.approx(np.quantile(drawn, 0.95), rel=0.05)


class TestProperties:
    @settings(max_examples=25, deadline=None)
    @given(st.integers(1, 80), st.integers(0, 1000), st.sampled_from([1, 2, 8]))
    @example(n=43, seed=184, decimals=2)
    @example(n=18, seed=401, decimals=8)
    def test_row_order_and_weight_scale_change_nothing(self, n: int, seed: int, decimals: int) -> None:
        rng = np.random.default_rng(seed)
        p, y, weight = np.round(rng.random(n), decimals), rng.integers(0, 2, n), rng.integers(1, 5, n).astype(float)
        order = rng.permutation(n)
        one = compute(binary(y, {"A": p}, weight=weight))
        other = compute(binary(y[order], {"A": p[order]}, weight=7 * weight[order]))
        for name, table in one.tables().items():
            pd.testing.assert_frame_equal(table, other.tables()[name], rtol=1e-7, atol=1e-9)

    @settings(max_examples=25, deadline=None)
    @given(st.integers(1, 80), st.integers(0, 1000))
    def test_bins_hold_every_row_once_and_the_parts_add_up(self, n: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        p, y = np.round(rng.random(n), 2), rng.integers(0, 2, n)
        result = compute(binary(y, {"A": p}))
        for _, bins in result.bins.groupby("binning"):
            assert bins["n"].sum() == n
            assert bins["share"].sum() == pytest.approx(1)
            assert bins["share"] @ bins["mean_predicted"] == pytest.approx(p.mean())
            assert bins["share"] @ bins["rate_observed"] == pytest.approx(y.mean())
            assert ((bins["lower"] <= bins["rate_observed"]) & (bins["rate_observed"] <= bins["upper"])).all()
        part = result.summary.iloc[0]
        assert part["brier"] == pytest.approx(part["miscalibration"] - part["discrimination"] + part["uncertainty"])
        assert (result.errors["ece"] <= result.errors["mce"] + 1e-12).all()

    def test_whole_weights_are_repeated_rows_in_equal_width_bins(self) -> None:
        p, y = calibrated(60)
        times = np.random.default_rng(3).integers(1, 4, 60)
        weighted = compute(binary(y, {"A": p}, weight=times.astype(float)))
        repeated = compute(binary(np.repeat(y, times), {"A": np.repeat(p, times)}))
        shown = ["mean_predicted", "rate_observed", "share"]
        one, other = (rows(result.bins, binning="equal-width")[shown] for result in (weighted, repeated))
        pd.testing.assert_frame_equal(one, other)
        shown = ["brier", "miscalibration", "discrimination", "intercept", "slope"]
        pd.testing.assert_frame_equal(weighted.summary[shown], repeated.summary[shown], rtol=1e-6)

    def test_equal_weights_are_no_weights(self) -> None:
        p, y = calibrated(90)
        plain, weighted = compute(binary(y, {"A": p})), compute(binary(y, {"A": p}, weight=np.full(90, 0.25)))
        for name, table in plain.tables().items():
            pd.testing.assert_frame_equal(table, weighted.tables()[name])

    def test_names_and_neighbours_of_a_model_change_nothing(self) -> None:
        p, y = calibrated(90)
        alone, renamed = compute(binary(y, {"A": p})), compute(binary(y, {"Z": p**2, "B": p})).only(["B"])
        for name in ("bins", "errors", "summary"):
            one, other = (result.tables()[name].drop(columns="model") for result in (alone, renamed))
            pd.testing.assert_frame_equal(one, other.reset_index(drop=True))


class TestWithheldAndGroups:
    def test_withheld_rows_are_left_out_per_model(self) -> None:
        p, y = calibrated(40)
        gaps = np.where(np.arange(40) < 15, np.nan, p)
        result = compute(binary(y, {"A": gaps, "B": p}))
        alone = compute(binary(y[15:], {"A": p[15:]}))
        pd.testing.assert_frame_equal(rows(result.bins, model="A"), alone.bins)
        assert list(result.summary["n"]) == [25, 40]

    def test_a_model_that_withheld_every_row_is_left_out(self) -> None:
        p, y = calibrated(10)
        result = compute(binary(y, {"A": np.full(10, np.nan), "B": p}))
        assert set(result.summary["model"]) == {"B"}

    def test_withheld_rows_of_several_classes(self) -> None:
        probability = np.array([[0.7, 0.2, 0.1], [np.nan] * 3, [0.2, 0.2, 0.6]])
        assert list(compute(several(np.array([0, 1, 2]), probability)).summary["n"]) == [2, 2]

    def test_rows_copied_within_their_group_tell_nothing_new(self) -> None:
        p, y = calibrated(120)
        table = pd.DataFrame({"y": np.repeat(y, 4), "user": np.repeat(np.arange(120), 4)})
        copied = compute(
            binary(table["y"].to_numpy(), {"A": np.repeat(p, 4)}, table=table, columns=Columns("y", group="user")),
            bins=8,
        )
        single = compute(binary(y, {"A": p}), bins=8)
        one, other = (rows(result.bins, binning="equal-width") for result in (copied, single))
        inside = other["rate_observed"].between(0.001, 0.999)
        assert list(one["lower"][inside]) == pytest.approx(list(other["lower"][inside]))
        one, other = (rows(result.errors, binning="equal-width") for result in (copied, single))
        assert one["null_upper"][0] == pytest.approx(other["null_upper"][0])


class TestEdges:
    def test_one_class_only(self) -> None:
        result = compute(binary(np.ones(300, int), {"A": np.linspace(0.5, 1, 300)}))
        summary = result.summary.iloc[0]
        assert summary["rate_observed"] == 1
        assert summary["uncertainty"] == summary["discrimination"] == 0
        assert np.isnan(summary["slope"])
        assert find_miscalibration(result)[0].code == "CAL001"

    def test_ten_rows(self) -> None:
        p, y = calibrated(10)
        result = compute(binary(y, {"A": p}))
        assert find_miscalibration(result)[0].code == "CAL003"

    def test_thirty_classes_with_some_never_seen(self) -> None:
        rng = np.random.default_rng(0)
        probability = rng.dirichlet(np.ones(30), 300)
        result = compute(several(rng.integers(0, 20, 300), probability, positive=25))
        assert rows(result.summary, aspect="event")["rate_observed"][0] == 0
        assert len(find_miscalibration(result)) == 1

    def test_probabilities_of_exactly_zero_and_one(self) -> None:
        summary = compute(binary([0, 0, 1, 1, 0, 1], {"A": [0, 0, 1, 1, 0.4, 0.6]})).summary.iloc[0]
        assert summary["brier"] == pytest.approx((0.4**2 + 0.4**2) / 6)
        assert np.isnan(summary["slope"])

    def test_separated_outcomes_have_no_line(self) -> None:
        p = np.linspace(0.1, 0.9, 40)
        assert np.isnan(compute(binary(p > 0.5, {"A": p})).summary["slope"][0])

    def test_labels_alone_are_not_applicable(self) -> None:
        answers = {"A": Predictions(np.array([0, 1], np.int32), name="A")}
        data = EvaluationSet(
            "binary", np.array([0, 1], np.int32), pd.DataFrame({"y": [0, 1]}), Columns("y"), answers, ("a", "b")
        )
        assert METHOD.why_not(data) == "None of the models gives predicted probabilities."
        with pytest.raises(NotApplicable, match="No model gives"):
            compute(data)


class TestFindings:
    def test_an_over_confident_model_is_an_issue_with_its_numbers(self) -> None:
        p, y = calibrated(4000)
        result = compute(binary(y, {"A": expit(2.5 * (logit(p) + 0.8) - 0.8)}))
        (found,) = find_miscalibration(result)
        errors = rows(result.errors, binning="equal-count").iloc[0]
        assert (found.code, found.outcome, found.severity, found.model) == (
            "CAL001",
            Outcome.ISSUE,
            Severity.HIGH,
            "A",
        )
        assert "over-confident" in found.sentence
        assert f"{errors['ece']:.3f}" in found.sentence
        assert f"{errors['null_upper']:.3f}" in found.sentence
        assert "4,000 rows" in found.sentence

    def test_the_other_directions_are_told_apart(self) -> None:
        p, y = calibrated(4000)
        models = {"timid": expit(0.4 * logit(p) - 0.4), "high": np.clip(p + 0.1, 0, 1), "low": np.clip(p - 0.1, 0, 1)}
        found = {one.model: one.sentence for one in find_miscalibration(compute(binary(y, models)))}
        assert "under-confident" in found["timid"]
        assert "probabilities are too high" in found["high"]
        assert "probabilities are too low" in found["low"]

    def test_confidence_is_judged_for_several_classes(self) -> None:
        rng = np.random.default_rng(0)
        probability = rng.dirichlet([0.2] * 4, 1000)
        (found,) = find_miscalibration(compute(several(rng.integers(0, 4, 1000), probability)))
        assert found.code == "CAL001"
        assert "over-confident" in found.sentence
        assert "right in" in found.sentence

    def test_a_calibrated_model_passes_when_there_are_rows_enough(self) -> None:
        p, y = calibrated(20_000)
        assert [one.code for one in find_miscalibration(compute(binary(y, {"A": p})))] == ["CAL002"]
        assert [one.code for one in find_miscalibration(compute(binary(y[:120], {"A": p[:120]})))] == ["CAL003"]

    def test_rare_events_need_more_rows(self) -> None:
        rng = np.random.default_rng(0)
        p = rng.beta(1, 199, 1500)
        y = (rng.random(1500) < p).astype(int)
        assert [one.code for one in find_miscalibration(compute(binary(y, {"A": p})))] == ["CAL003"]

    def test_a_candidate_worse_calibrated_than_the_incumbent_is_an_issue(self) -> None:
        p, y = calibrated(3000)
        data = binary(y, {"new": expit(2 * logit(p)), "old": p})
        found = {one.code: one for one in find_miscalibration(compute(data)) if one.model == "new"}
        assert found["CAL004"].outcome is Outcome.ISSUE
        assert "than old beyond noise" in found["CAL004"].sentence
        reverse = binary(y, {"new": p, "old": expit(2 * logit(p))})
        assert "CAL004" not in {one.code for one in find_miscalibration(compute(reverse))}

    def test_without_an_incumbent_nothing_is_compared(self) -> None:
        p, y = calibrated(50)
        result = compute(binary(y, {"A": p, "B": p**2}))
        assert len(result.comparison) == 0
        assert all(one.code in METHOD.codes for one in find_miscalibration(result))


def test_calibrated_models_are_called_calibrated_95_times_of_100() -> None:
    flagged = 0
    for seed in range(300):
        p, y = calibrated(200, seed)
        one = forecast(p, y)
        flagged += null_level(bin_forecast(one, edges_of(one, "equal-count", 15))).p_value < 0.05
    assert 300 * 0.05 - 3 * np.sqrt(300 * 0.05 * 0.95) <= flagged <= 300 * 0.05 + 3 * np.sqrt(300 * 0.05 * 0.95)


class TestComparison:
    def test_noise_is_subtracted_by_hand(self) -> None:
        p, y = np.repeat([0.2, 0.7], 10), np.array([1] * 3 + [0] * 7 + [1] * 5 + [0] * 5)
        found = compare_calibration(forecast(p, y), forecast(p, y), 15)
        expected = 0.5 * (0.1**2 - 0.3 * 0.7 / 9) + 0.5 * (0.2**2 - 0.5 * 0.5 / 9)
        assert found.first == found.second == pytest.approx(expected)
        assert (found.difference, found.p_value, found.n) == (0, 1, 20)

    def test_only_common_rows_count(self) -> None:
        p, y = calibrated(200)
        answered = np.arange(200) < 150
        partial = forecast(p**2, y).take(answered)
        found, alone = (
            compare_calibration(partial, forecast(p, y), 10),
            compare_calibration(forecast(p[:150] ** 2, y[:150]), forecast(p[:150], y[:150]), 10),
        )
        assert vars(found) == pytest.approx(vars(alone))

    def test_nothing_in_common_is_undefined(self) -> None:
        p, y = calibrated(20)
        first = np.arange(20) < 10
        found = compare_calibration(forecast(p, y).take(first), forecast(p, y).take(~first), 5)
        assert found.n == 0
        assert np.isnan(found.p_value)

    def test_equally_wrong_models_are_seldom_told_apart(self) -> None:
        worse = 0
        for seed in range(150):
            p, y = calibrated(400, seed)
            sharp, blunt = expit(1.5 * logit(p)), expit(logit(p) / 1.5)
            worse += compare_calibration(forecast(sharp, y), forecast(blunt, y), 15).lower > 0
        assert worse <= 150 * 0.05 + 3


class TestDisplays:
    P, Y = calibrated(300)
    DATA = binary(Y, {"<b>A</b>": P, "old": P**1.3})
    COLOURS = colours_of(DATA.predictions)

    def test_the_diagram_draws_the_table(self) -> None:
        result = compute(self.DATA)
        diagram, errors = METHOD.look(result, METHOD.view(), self.COLOURS)  # type: ignore[misc]
        first = next(trace for trace in diagram.figure.data if trace.name == "&lt;b&gt;A&lt;/b&gt;")
        table = rows(diagram.table, model="<b>A</b>")
        assert list(first.x) == list(table["mean_predicted"])
        assert list(first.y) == list(table["rate_observed"])
        assert first.line.color == self.COLOURS["<b>A</b>"]
        assert "<b>A</b>" not in str(errors.figure.data)
        assert set(diagram.table["binning"]) == {"equal-count"}

    @pytest.mark.parametrize("binning", ["equal-count", "equal-width", "isotonic"])
    def test_every_view_has_a_line_and_a_histogram_per_model(self, binning: Any) -> None:
        diagram, _ = METHOD.look(compute(self.DATA), ReliabilityView(binning=binning), self.COLOURS)  # type: ignore[misc]
        kinds = [trace.type for trace in diagram.figure.data]
        assert kinds.count("scatter") == 3
        assert kinds.count("bar") == 2
        assert diagram.figure.to_json()

    def test_a_choice_for_several_classes_does_not_disturb_two(self) -> None:
        result = compute(self.DATA)
        for aspect in ("confidence", "event"):
            diagram, _ = METHOD.look(result, ReliabilityView(aspect=aspect), self.COLOURS)  # type: ignore[misc]
            assert set(diagram.table["aspect"]) == {"event"}

    def test_the_other_displays(self) -> None:
        parts, comparison = METHOD.displays(compute(self.DATA), self.COLOURS)
        assert len(parts.figure.data) == len(parts.table) == 2
        assert list(comparison.table["incumbent"]) == ["old"]

    def test_a_choice_of_models_draws_only_those(self) -> None:
        result = compute(self.DATA).only(["old"])
        for display in [*METHOD.look(result, METHOD.view(), self.COLOURS), *METHOD.displays(result, self.COLOURS)]:  # type: ignore[misc]
            assert set(display.table["model"]) <= {"old"}


def test_the_tables_survive_parquet(tmp_path: Any) -> None:
    p, y = calibrated(100)
    result = compute(binary(y, {"A": p}))
    found = {}
    for name, table in result.tables().items():
        table.to_parquet(tmp_path / name, index=False)
        found[name] = pd.read_parquet(tmp_path / name)
        pd.testing.assert_frame_equal(found[name], table)
    assert find_miscalibration(ReliabilityResult.from_tables(result.basis, found)) == find_miscalibration(result)
