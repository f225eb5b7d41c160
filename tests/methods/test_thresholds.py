from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score, precision_recall_curve, roc_auc_score, roc_curve

from evallib.core.errors import NotApplicable
from evallib.core.evaluation_set import WITHHELD, Columns, EvaluationSet, Predictions, Role
from evallib.core.finding import Outcome
from evallib.core.forecast import Forecast
from evallib.core.intervals import tango, wilson
from evallib.core.progress import no_progress
from evallib.core.ranking import roc_auc
from evallib.core.tie_blocks import TieBlocks
from evallib.drawing.colours import colours_of
from evallib.methods.thresholds import METHOD
from evallib.methods.thresholds.compute import ThresholdsParams, ThresholdsResult, compute_thresholds
from evallib.methods.thresholds.confidence import confidence_curve, rank_quality, risk_areas
from evallib.methods.thresholds.decision import confusion_at, costs_at, kept_at, rates_of
from evallib.methods.thresholds.findings import find_better_thresholds
from evallib.methods.thresholds.held_out import held_out_gains
from evallib.methods.thresholds.moving_figures import ThresholdsView
from evallib.methods.thresholds.sweep import Sweep, hull_of, thinned


def binary(y: Sequence[int] | np.ndarray, models: Mapping[str, Any], **more: Any) -> EvaluationSet:
    predictions = {}
    for name, given_probability in models.items():
        p = np.array(given_probability, float)
        label = np.where(np.isnan(p), WITHHELD, p >= 0.5).astype(np.int32)
        predictions[name] = Predictions(label, p, name=name)
    predictions |= more.pop("others", {})
    table = more.pop("table", pd.DataFrame({"y": np.array(y)}))
    columns = more.pop("columns", Columns("y"))
    return EvaluationSet("binary", np.array(y, np.int32), table, columns, predictions, ("no", "yes"), **more)


def scored(n: int, seed: int = 0, sharpness: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    p = rng.beta(sharpness, 2.5 * sharpness, n)
    return p, (rng.random(n) < p).astype(np.int32)


def forecast(confidence: Any, right: Any, weight: np.ndarray | None = None) -> Forecast:
    confidence = np.array(confidence, float)
    return Forecast(confidence, np.array(right, bool), weight, None, np.ones(len(confidence), bool))


def compute(data: EvaluationSet, current: float = 0.5) -> ThresholdsResult:
    return compute_thresholds(data, ThresholdsParams(current=current), no_progress)


def swept(p: np.ndarray, y: np.ndarray, weight: np.ndarray | None = None) -> tuple[Sweep, TieBlocks]:
    blocks = TieBlocks.of(p, y.astype(bool), weight)
    return Sweep.of(blocks), blocks


def brute_aurc(confidence: np.ndarray, wrong: np.ndarray, seed: int, orders: int) -> float:
    """The prefix mean, averaged over random orders of the tied rows."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(orders):
        order = np.lexsort((rng.random(len(wrong)), -confidence))
        found.append(np.mean(np.cumsum(wrong[order]) / np.arange(1, len(wrong) + 1)))
    return float(np.mean(found))


class TestSweepByHand:
    DATA = binary([0, 1, 0, 1, 1], {"A": [0.1, 0.4, 0.4, 0.7, 0.9]})

    def test_counts_at_every_distinct_threshold(self) -> None:
        result = compute(self.DATA)
        assert list(result.counts["threshold"]) == [0.1, 0.4, 0.7, 0.9]
        assert list(result.counts["tp"]) == [3, 3, 2, 1]
        assert list(result.counts["fp"]) == [2, 1, 0, 0]
        total = result.totals.iloc[0]
        assert (total["event"], total["n"], total["positives"], total["negatives"]) == ("yes", 5, 3, 2)
        assert total["thresholds"] == 4

    @pytest.mark.parametrize(
        ("threshold", "expected"),
        [
            (0.0, (3, 2, 0, 0)),
            (0.1, (3, 2, 0, 0)),
            (0.11, (3, 1, 0, 1)),
            (0.4, (3, 1, 0, 1)),
            (0.41, (2, 0, 1, 2)),
            (0.9, (1, 0, 2, 2)),
            (0.91, (0, 0, 3, 2)),
            (1.0, (0, 0, 3, 2)),
        ],
    )
    def test_the_confusion_matrix_is_exact_between_thresholds_too(
        self, threshold: float, expected: tuple[int, ...]
    ) -> None:
        row = confusion_at(compute(self.DATA), threshold).iloc[0]
        assert tuple(row[["tp", "fp", "fn", "tn"]]) == expected

    def test_a_threshold_with_a_rounding_error_still_counts_the_rows_on_it(self) -> None:
        data = binary([1, 0], {"A": [0.3, 0.1]})
        assert confusion_at(compute(data), 0.1 + 0.2)["tp"][0] == 1

    def test_rates_with_their_intervals(self) -> None:
        rates = rates_of(confusion_at(compute(self.DATA), 0.4), 2, 5).set_index("metric")
        expected = {
            "precision": (3, 4),
            "recall": (3, 3),
            "specificity": (1, 2),
            "accuracy": (4, 5),
            "share called positive": (4, 5),
        }
        for metric, (hits, n) in expected.items():
            assert rates["value"][metric] == pytest.approx(hits / n)
            assert rates["n"][metric] == n
            assert (rates["lower"][metric], rates["upper"][metric]) == pytest.approx(
                tuple(float(limit) for limit in wilson(hits / n, n))
            )
        jaccard = wilson(3 / 4, 4)
        assert rates["value"]["f1"] == pytest.approx(6 / 7)
        assert rates["lower"]["f1"] == pytest.approx(2 * jaccard[0] / (1 + jaccard[0]))
        assert rates["value"]["cost per row"] == pytest.approx(2 * 1 / 5 + 5 * 0 / 5)
        assert 0 < rates["lower"]["cost per row"] < 2 / 5 < rates["upper"]["cost per row"] <= 5

    def test_the_cheapest_threshold(self) -> None:
        result = compute(self.DATA)
        at = confusion_at(result, 0.95)
        equal, dear_fn, dear_fp = (costs_at(result, at, *costs).iloc[0] for costs in ((1, 1), (1, 9), (9, 1)))
        assert equal["cost"] == pytest.approx(1 / 5)
        assert equal["best_threshold"] == 0.7
        assert (dear_fn["best_threshold"], dear_fn["cost"]) == (0.4, pytest.approx(1 / 5))
        assert (dear_fp["best_threshold"], dear_fp["cost"]) == (0.7, pytest.approx(1 / 5))
        assert equal["cost_now"] == pytest.approx(3 / 5)

    def test_of_equally_cheap_thresholds_the_highest(self) -> None:
        result = compute(self.DATA)
        at = confusion_at(result, 0.5)
        assert costs_at(result, at, 0, 0).iloc[0]["best_threshold"] == np.inf
        assert costs_at(result, at, 0, 1).iloc[0]["best_threshold"] == 0.4
        assert costs_at(result, at, 1, 0).iloc[0]["best_threshold"] == np.inf

    def test_no_cost_at_all(self) -> None:
        rates = rates_of(confusion_at(compute(self.DATA), 0.4), 0, 0).set_index("metric")
        assert list(rates.loc["cost per row", ["value", "lower", "upper"]]) == [0, 0, 0]

    def test_weights_are_added_up(self) -> None:
        data = binary([0, 1, 1], {"A": [0.2, 0.4, 0.4]}, weight=np.array([2.0, 0.5, 1.5]))
        result = compute(data)
        assert list(result.counts["tp"]) == [2, 2]
        assert list(result.counts["fp"]) == [2, 0]
        assert (result.totals["n"][0], result.totals["positives"][0], result.totals["negatives"][0]) == (3, 2, 2)

    def test_several_classes_are_the_positive_class_against_the_rest(self) -> None:
        probability = np.array([[0.7, 0.2, 0.1], [0.3, 0.6, 0.1], [0.2, 0.2, 0.6]])
        answers = {"A": Predictions(np.array([0, 1, 2], np.int32), probability, name="A")}
        y = np.array([0, 2, 2], np.int32)
        data = EvaluationSet(
            "multiclass", y, pd.DataFrame({"y": y}), Columns("y"), answers, ("a", "b", "c"), positive=2
        )
        result = compute(data)
        assert list(result.counts["threshold"]) == [0.1, 0.6]
        assert list(result.counts["tp"]) == [2, 1]
        assert result.totals["event"][0] == "c"
        assert list(result.confidence["confidence"]) == [0.6, 0.7]
        assert list(result.confidence["accuracy"]) == [2 / 3, 1]


class TestAgainstScikitLearn:
    @pytest.mark.parametrize("decimals", [1, 3, 16])
    @pytest.mark.parametrize("weighted", [False, True])
    def test_roc_and_precision_recall_curves(self, decimals: int, weighted: bool) -> None:
        p, y = scored(700)
        p = np.round(p, decimals)
        weight = np.random.default_rng(1).exponential(1, 700) if weighted else None
        sweep, _ = swept(p, y, weight)
        fpr, tpr, thresholds = roc_curve(y, p, sample_weight=weight, drop_intermediate=False)
        assert list(sweep.threshold) == list(thresholds[:0:-1])
        assert sweep.tp / sweep.positives == pytest.approx(tpr[:0:-1])
        assert sweep.fp / sweep.negatives == pytest.approx(fpr[:0:-1])
        precision, recall, thresholds = precision_recall_curve(y, p, sample_weight=weight)
        assert list(sweep.threshold) == list(thresholds)
        assert sweep.confusion.precision == pytest.approx(precision[:-1])
        assert sweep.confusion.recall == pytest.approx(recall[:-1])

    def test_the_best_f1_is_the_highest_of_all_thresholds(self) -> None:
        p, y = scored(300)
        every = {t: f1_score(y, p >= t) for t in p}
        optima = compute(binary(y, {"A": p})).optima.set_index("goal")
        assert optima["value"]["f1"] == pytest.approx(max(every.values()))
        assert every[optima["threshold"]["f1"]] == pytest.approx(max(every.values()))

    def test_the_auroc_of_confidence(self) -> None:
        rng = np.random.default_rng(0)
        confidence, weight = np.round(rng.random(500), 2), rng.exponential(1, 500)
        right = rng.random(500) < 0.4 + 0.5 * confidence
        for given_weight in (None, weight):
            found = rank_quality(forecast(confidence, right, given_weight))
            assert found.auroc == pytest.approx(roc_auc_score(right, confidence, sample_weight=given_weight))
            by_row = roc_auc(right, confidence, np.ones(500) if given_weight is None else given_weight)
            stderr = np.sqrt(by_row.influence @ by_row.influence)
            assert found.upper - found.lower == pytest.approx(2 * 1.96 * stderr, rel=0.02)


class TestHull:
    @settings(max_examples=30, deadline=None)
    @given(st.integers(1, 60), st.integers(0, 10_000), st.sampled_from([1, 2, 8]))
    def test_no_threshold_is_cheaper_than_the_best_corner(self, n: int, seed: int, decimals: int) -> None:
        rng = np.random.default_rng(seed)
        p, y = np.round(rng.random(n), decimals), rng.integers(0, 2, n)
        result = compute(binary(y, {"A": p}))
        at = confusion_at(result, 0.5)
        candidates = np.append(np.unique(p), np.inf)
        for costs in ((1, 1), (1, 7), (5, 1), (0, 1), (1, 0), tuple(rng.exponential(1, 2))):
            fp = np.array([((p >= t) & (y == 0)).sum() for t in candidates])
            fn = np.array([((p < t) & (y == 1)).sum() for t in candidates])
            cost = (costs[0] * fp + costs[1] * fn) / n
            found = costs_at(result, at, *costs).iloc[0]
            assert found["cost"] == pytest.approx(cost.min())
            assert cost[candidates == found["best_threshold"]][0] == pytest.approx(cost.min())
            assert found["lower"] <= found["cost"] <= found["upper"]

    @settings(max_examples=40, deadline=None)
    @given(st.integers(2, 60), st.integers(0, 10_000))
    def test_the_best_value_of_each_goal_is_that_of_a_corner(self, n: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        p, y = np.round(rng.random(n), 2), np.append(rng.integers(0, 2, n - 1), 1)
        sweep, blocks = swept(p, y)
        hull = hull_of(sweep, blocks)
        for goal in ("accuracy", "f1"):
            every = np.append(getattr(sweep.confusion, goal), (1 - y.mean()) if goal == "accuracy" else np.nan)
            best = getattr(hull.confusion, goal)[hull.best(goal)]  # type: ignore[arg-type]
            assert best == pytest.approx(np.nanmax(every))

    def test_the_corners_run_from_all_to_none(self) -> None:
        sweep, blocks = swept(*scored(500))
        hull = hull_of(sweep, blocks)
        assert (hull.tp[0], hull.fp[0]) == (sweep.positives, sweep.negatives)
        assert (hull.threshold[-1], hull.tp[-1], hull.fp[-1]) == (np.inf, 0, 0)
        slopes = np.diff(hull.tp) * np.diff(hull.fp, append=0)[: len(hull.tp) - 1]
        assert len(hull.threshold) < 60
        assert (slopes >= 0).all()


class TestThinning:
    def test_curves_keep_their_ends_and_are_exact(self) -> None:
        p, y = scored(30_000)
        result = compute(binary(y, {"A": p}))
        curves = result.curves
        assert 500 < len(curves) <= 1000
        assert curves["threshold"].iloc[0] == p.min()
        assert curves["threshold"].iloc[-2] == p.max()
        assert curves["threshold"].iloc[-1] == np.inf
        some = curves.iloc[:-1:50]
        for _, point in some.iterrows():
            said = p >= point["threshold"]
            assert point["precision"] == pytest.approx((said & (y == 1)).sum() / said.sum())
            assert point["positive_rate"] == pytest.approx(said.mean())
            assert point["balanced_accuracy"] == pytest.approx((said[y == 1].mean() + (~said[y == 0]).mean()) / 2)

    def test_no_long_stretch_of_any_curve_is_left_out(self) -> None:
        sweep, _ = swept(*scored(30_000))
        places = thinned(sweep, 1000)
        for along in (sweep.threshold, sweep.tp / sweep.positives, (sweep.tp + sweep.fp) / 30_000):
            assert np.abs(np.diff(along[places])).max() < 0.02

    def test_few_thresholds_are_all_drawn(self) -> None:
        p, y = scored(100)
        assert len(compute(binary(y, {"A": p})).curves) == 101


class TestConfidence:
    def test_coverage_and_accuracy_by_hand(self) -> None:
        curve = confidence_curve(forecast([0.9, 0.6, 0.6, 0.8], [1, 0, 1, 1]), 100)
        assert list(curve["confidence"]) == [0.6, 0.8, 0.9]
        assert list(curve["n"]) == [4, 2, 1]
        assert list(curve["coverage"]) == [1, 0.5, 0.25]
        assert list(curve["accuracy"]) == [0.75, 1, 1]
        assert list(curve["lower"]) == pytest.approx(list(wilson([0.75, 1, 1], [4, 2, 1])[0]))

    def test_every_thousandth_is_exact(self) -> None:
        rng = np.random.default_rng(0)
        confidence, right = 0.5 + rng.random(20_000) / 2, rng.random(20_000) < 0.8
        curve = confidence_curve(forecast(confidence, right), 2000)
        assert len(curve) <= 2000
        for t in (0.5, 0.6, 0.75, 0.805, 0.999):
            first = curve[curve["confidence"] >= t].iloc[0]
            assert first["n"] == (confidence >= t).sum()
            assert first["accuracy"] == pytest.approx(right[confidence >= t].mean())

    def test_the_look_up_at_a_confidence(self) -> None:
        result = compute(binary([1, 0, 1, 0], {"A": [0.9, 0.3, 0.4, 0.2]}))
        kept = kept_at(result, 0.7).iloc[0]
        assert (kept["n"], kept["withheld"], kept["coverage"], kept["accuracy"]) == (3, 1, 0.75, 1)
        assert kept_at(result, 1 - 0.3).iloc[0]["n"] == 3
        nothing = kept_at(result, 0.95).iloc[0]
        assert (nothing["n"], nothing["withheld"], nothing["coverage"]) == (0, 4, 0)
        assert np.isnan(nothing["accuracy"])

    def test_aurc_is_the_prefix_mean_without_ties(self) -> None:
        wrong = np.array([0.0, 1, 0, 0, 1, 1])
        expected = np.mean([0, 1 / 2, 1 / 3, 1 / 4, 2 / 5, 3 / 6])
        areas = risk_areas(np.ones(6), wrong)
        assert areas.aurc == pytest.approx(expected)
        assert areas.aurc_oracle == pytest.approx(np.mean([0, 0, 0, 1 / 4, 2 / 5, 3 / 6]))

    def test_tied_rows_are_averaged_over_their_orders(self) -> None:
        rng = np.random.default_rng(3)
        confidence = np.round(rng.random(40), 1)
        wrong = (rng.random(40) < 0.4).astype(float)
        blocks = TieBlocks.of(confidence, wrong.astype(bool))
        areas = risk_areas(blocks.total[::-1], blocks.positive[::-1])
        assert areas.aurc == pytest.approx(brute_aurc(confidence, wrong, 0, 4000), abs=2e-3)

    def test_two_tied_rows_by_hand(self) -> None:
        areas = risk_areas(np.array([1.0, 2.0]), np.array([0.0, 1.0]))
        assert areas.aurc == pytest.approx(np.mean([(0 + 1 / 2 + 1 / 3) / 3, (0 + 0 + 1 / 3) / 3]))

    @settings(max_examples=30, deadline=None)
    @given(st.integers(2, 80), st.integers(0, 10_000), st.booleans())
    def test_augrc_is_its_identity_in_accuracy_and_auroc(self, n: int, seed: int, weighted: bool) -> None:
        rng = np.random.default_rng(seed)
        confidence, right = np.round(rng.random(n), 1), rng.random(n) < 0.7
        right[:2] = True, False
        weight = rng.exponential(1, n) if weighted else np.ones(n)
        blocks = TieBlocks.of(confidence, right, weight)
        areas = risk_areas(blocks.total[::-1], blocks.negative[::-1])
        accuracy, auroc = np.average(right, weights=weight), roc_auc_score(right, confidence, sample_weight=weight)
        assert areas.augrc == pytest.approx(accuracy * (1 - accuracy) * (1 - auroc) + (1 - accuracy) ** 2 / 2)
        assert areas.augrc_oracle == pytest.approx((1 - accuracy) ** 2 / 2)
        assert areas.aurc >= areas.aurc_oracle - 1e-12

    def test_all_right_and_all_wrong(self) -> None:
        assert vars(risk_areas(np.ones(3), np.zeros(3))) == dict.fromkeys(
            ("aurc", "aurc_oracle", "augrc", "augrc_oracle"), 0
        )
        assert risk_areas(np.ones(4), np.ones(4)).aurc == pytest.approx(1)
        assert np.isnan(rank_quality(forecast([0.6, 0.7], [1, 1])).auroc)


class TestHeldOut:
    def test_a_gain_is_measured_on_the_other_half(self) -> None:
        p, y = scored(4000)
        blocks = TieBlocks.of(p, y.astype(bool))
        sweep = Sweep.of(blocks)
        accuracy, f1 = held_out_gains(blocks, hull_of(sweep, blocks), 0.9, 4000)
        half = np.random.default_rng(0).random(4000) < 0.5
        judged_p, judged_y = blocks.score[~half], blocks.event[~half]
        assert accuracy["held_out_n"] == len(judged_p)
        chosen, current = judged_p >= accuracy["chosen_threshold"], judged_p >= 0.9
        right, right_now = chosen == judged_y, current == judged_y
        assert accuracy["gain"] == pytest.approx(right.mean() - right_now.mean())
        expected = tango((right & ~right_now).sum(), (~right & right_now).sum(), len(judged_p))
        assert (accuracy["lower"], accuracy["upper"]) == pytest.approx(expected)
        value = f1_score(judged_y, judged_p >= f1["chosen_threshold"])
        assert f1["held_out_value"] == pytest.approx(value)
        assert f1["gain"] == pytest.approx(value - f1_score(judged_y, current))

    def test_the_interval_of_an_f1_gain_is_that_of_the_bootstrap(self) -> None:
        p, y = scored(3000)
        blocks = TieBlocks.of(p, y.astype(bool))
        _, f1 = held_out_gains(blocks, hull_of(Sweep.of(blocks), blocks), 0.5, 3000)
        half = np.random.default_rng(0).random(3000) < 0.5
        p, y = blocks.score[~half], blocks.event[~half]
        rng = np.random.default_rng(1)
        drawn = []
        for _ in range(250):
            rows = rng.integers(0, len(p), len(p))
            drawn.append(f1_score(y[rows], p[rows] >= f1["chosen_threshold"]) - f1_score(y[rows], p[rows] >= 0.5))
        assert f1["upper"] - f1["gain"] == pytest.approx(1.96 * np.std(drawn), rel=0.15)

    def test_a_threshold_fitted_to_noise_gains_nothing_on_the_other_half(self) -> None:
        rng = np.random.default_rng(0)
        gains = []
        for _ in range(60):
            blocks = TieBlocks.of(rng.random(200), rng.random(200) < 0.5)
            accuracy, _ = held_out_gains(blocks, hull_of(Sweep.of(blocks), blocks), 0.5, 200)
            gains.append((accuracy["chosen_value"], accuracy["held_out_value"], float(accuracy["lower"]) > 0))
        chosen, held_out, claimed = np.mean(gains, axis=0)
        assert chosen > 0.54
        assert held_out == pytest.approx(0.5, abs=0.02)
        assert claimed < 0.08

    @pytest.mark.parametrize("y", [[0, 0, 0], [1, 1, 1], [0, 1, 0], [1, 0, 1]])
    def test_a_handful_of_rows_claims_nothing(self, y: list[int]) -> None:
        result = compute(binary(y, {"A": [0.2, 0.6, 0.7]}))
        assert len(result.optima) == 2
        assert not (result.optima["lower"] > 0).any()

    def test_one_row(self) -> None:
        result = compute(binary([1], {"A": [0.2]}))
        assert result.optima.set_index("goal")["value"]["f1"] == 1
        assert find_better_thresholds(result) == []


class TestProperties:
    @settings(max_examples=12, deadline=None)
    @given(st.integers(1, 80), st.integers(0, 1000), st.sampled_from([1, 8]))
    def test_the_order_of_the_rows_changes_nothing(self, n: int, seed: int, decimals: int) -> None:
        rng = np.random.default_rng(seed)
        p, y = np.round(rng.random(n), decimals), rng.integers(0, 2, n)
        order = rng.permutation(n)
        one, other = compute(binary(y, {"A": p})), compute(binary(y[order], {"A": p[order]}))
        for name, table in one.tables().items():
            pd.testing.assert_frame_equal(table, other.tables()[name])

    def test_equal_weights_of_any_size_are_no_weights(self) -> None:
        p, y = scored(200)
        plain, heavy = compute(binary(y, {"A": p})), compute(binary(y, {"A": p}, weight=np.full(200, 5.0)))
        assert list(heavy.counts["tp"]) == list(5 * plain.counts["tp"])
        for name in ("confidence", "selective", "optima"):
            pd.testing.assert_frame_equal(plain.tables()[name], heavy.tables()[name])
        one, other = (rates_of(confusion_at(result, 0.3), 1, 3) for result in (plain, heavy))
        shown = ["metric", "value", "lower", "upper"]
        pd.testing.assert_frame_equal(one[shown], other[shown])

    def test_names_and_neighbours_of_a_model_change_nothing(self) -> None:
        p, y = scored(100)
        alone, renamed = compute(binary(y, {"A": p})), compute(binary(y, {"Z": p**2, "B": p})).only(["B"])
        for name, table in alone.tables().items():
            one, other = (found.drop(columns="model") for found in (table, renamed.tables()[name]))
            pd.testing.assert_frame_equal(one, other.reset_index(drop=True))
        assert confusion_at(renamed, 0.3)["tp"][0] == confusion_at(alone, 0.3)["tp"][0]

    @settings(max_examples=30, deadline=None)
    @given(st.integers(1, 60), st.integers(0, 1000), st.floats(0, 1))
    def test_looked_up_counts_are_those_of_a_plain_comparison(self, n: int, seed: int, threshold: float) -> None:
        rng = np.random.default_rng(seed)
        p, q, y = np.round(rng.random(n), 1), rng.random(n), rng.integers(0, 2, n)
        found = confusion_at(compute(binary(y, {"A": p, "B": q})), threshold).set_index("model")
        for name, score in (("A", p), ("B", q)):
            said = score >= threshold - 1e-9
            expected = [(said & (y == 1)).sum(), (said & (y == 0)).sum(), (~said & (y == 1)).sum()]
            assert list(found.loc[name, ["tp", "fp", "fn"]]) == expected


class TestEdges:
    def test_withheld_rows_are_left_out_per_model(self) -> None:
        p, y = scored(40)
        gaps = np.where(np.arange(40) < 15, np.nan, p)
        result = compute(binary(y, {"A": gaps, "B": p}))
        assert list(result.totals["n"]) == [25, 40]
        alone = compute(binary(y[15:], {"A": p[15:]}))
        for name in ("counts", "hull", "confidence", "optima"):
            one = result.only(["A"]).tables()[name].drop(columns="model")
            pd.testing.assert_frame_equal(one, alone.tables()[name].drop(columns="model"))

    @pytest.mark.parametrize("outcome", [0, 1])
    def test_one_class_only_leaves_undefined_what_is_undefined(self, outcome: int) -> None:
        result = compute(binary([outcome] * 12, {"A": np.linspace(0.1, 0.9, 12)}))
        rates = rates_of(confusion_at(result, 0.5), 1, 1).set_index("metric")["value"]
        assert np.isnan(rates["specificity" if outcome else "recall"])
        assert rates["accuracy"] == pytest.approx(0.5)
        assert costs_at(result, confusion_at(result, 0.5), 1, 1)["cost"][0] == 0
        assert all(one.code in METHOD.codes for one in find_better_thresholds(result))
        for display in METHOD.displays(result, {"A": "#000000"}):
            assert display.figure is None or display.figure.to_json()

    def test_a_constant_forecast(self) -> None:
        result = compute(binary([0, 1, 1, 0, 0], {"A": [0.4] * 5}))
        assert len(result.counts) == 1
        assert list(result.hull["threshold"]) == [0.4, np.inf]
        assert list(result.confidence["coverage"]) == [1]
        assert result.selective["auroc"][0] == 0.5

    def test_precision_of_nothing_called_is_undefined(self) -> None:
        result = compute(binary([0, 1], {"A": [0.2, 0.4]}))
        rates = rates_of(confusion_at(result, 0.9), 1, 1).set_index("metric")
        assert rates.loc["precision", ["value", "lower", "upper"]].isna().all()
        assert np.isnan(rates["value"]["f1"])
        assert rates["value"]["recall"] == 0

    def test_thirty_classes_and_ten_rows(self) -> None:
        rng = np.random.default_rng(0)
        probability = rng.dirichlet(np.ones(30), 10)
        answers = {"A": Predictions(probability.argmax(axis=1).astype(np.int32), probability, name="A")}
        y = rng.integers(0, 30, 10).astype(np.int32)
        names = tuple(f"class {place}" for place in range(30))
        data = EvaluationSet("multiclass", y, pd.DataFrame({"y": y}), Columns("y"), answers, names, positive=29)
        result = compute(data)
        assert result.selective["n"][0] == 10
        assert len(METHOD.look(result, METHOD.view(), {"A": "#000000"})) == 4  # type: ignore[misc]

    def test_labels_alone_are_a_point_beside_the_curves(self) -> None:
        human = Predictions(np.array([1, 1, 0, WITHHELD], np.int32), name="Human", role=Role.HUMAN)
        data = binary([1, 0, 1, 0], {"A": [0.9, 0.2, 0.6, 0.1]}, others={"Human": human})
        result = compute(data)
        row = result.labels.iloc[0]
        assert tuple(row[["n", "positives", "negatives", "tp", "fp"]]) == (3, 2, 1, 1, 1)
        at = confusion_at(result, 0.5).set_index("model")
        assert list(at.loc["Human", ["tp", "fp", "fn", "tn"]]) == [1, 1, 1, 0]
        assert np.isnan(at["threshold"]["Human"])
        assert list(costs_at(result, confusion_at(result, 0.5), 1, 1)["model"]) == ["A"]

    def test_labels_without_any_probability_are_not_applicable(self) -> None:
        human = Predictions(np.array([1, 0], np.int32), name="Human")
        with pytest.raises(NotApplicable, match="No model gives"):
            compute(binary([1, 0], {}, others={"Human": human}))

    def test_groups_widen_the_intervals(self) -> None:
        p, y = scored(100)
        table = pd.DataFrame({"y": np.repeat(y, 4), "user": np.repeat(np.arange(100), 4)})
        copied = binary(table["y"], {"A": np.repeat(p, 4)}, table=table, columns=Columns("y", group="user"))
        one, other = (rates_of(confusion_at(compute(data), 0.3), 1, 1) for data in (copied, binary(y, {"A": p})))
        shown = ["value", "lower", "upper"]
        pd.testing.assert_frame_equal(one[shown], other[shown])
        one, other = (compute(data).selective.iloc[0] for data in (copied, binary(y, {"A": p})))
        assert one["auroc_upper"] - one["auroc_lower"] == pytest.approx(
            other["auroc_upper"] - other["auroc_lower"], rel=1e-6
        )


class TestFindings:
    def test_a_rare_event_has_a_better_threshold_for_f1_but_not_for_accuracy(self) -> None:
        p, y = scored(6000)
        found = [one for one in find_better_thresholds(compute(binary(y, {"A": p}))) if one.code == "THR001"]
        assert [one.outcome for one in found] == [Outcome.TIP]
        assert "F1 of A" in found[0].sentence
        assert "rows that did not choose it" in found[0].sentence

    def test_a_shifted_model_has_a_better_threshold_for_accuracy(self) -> None:
        p, y = scored(6000)
        found = find_better_thresholds(compute(binary(y, {"A": np.clip(p + 0.3, 0, 1)})))
        sentences = [one.sentence for one in found if one.code == "THR001"]
        assert any("accuracy of A" in one and "equal costs" in one for one in sentences)

    def test_the_threshold_in_use_can_be_another_one(self) -> None:
        p, y = scored(6000)
        shifted = binary(y, {"A": np.clip(p + 0.3, 0, 1)})
        for current, goal in ((0.8, "F1 of A"), (0.57, "accuracy of A")):
            (found,) = [one for one in find_better_thresholds(compute(shifted, current)) if one.code == "THR001"]
            assert goal in found.sentence
            assert f"instead of {current}" in found.sentence

    def test_no_better_threshold_passes(self) -> None:
        rng = np.random.default_rng(0)
        p = rng.beta(0.3, 0.3, 5000)
        data = binary(rng.random(5000) < p, {"A": p})
        (found,) = [one for one in find_better_thresholds(compute(data)) if one.code == "THR001"]
        assert found.outcome is Outcome.PASSED
        assert "accuracy or F1" in found.sentence

    def test_withholding_raises_the_accuracy_of_a_good_model(self) -> None:
        p, y = scored(5000)
        data = binary(y, {"A": p})
        (found,) = [one for one in find_better_thresholds(compute(data)) if one.code == "THR002"]
        confidence = np.maximum(p, 1 - p)
        kept = confidence >= dict(found.evidence)["confidence"] - 1e-9
        assert kept.mean() == pytest.approx(0.8, abs=0.01)
        assert dict(found.evidence)["accuracy"] == pytest.approx(((p >= 0.5) == y)[kept].mean())
        assert found.outcome is Outcome.TIP

    def test_confidence_that_ranks_nothing_is_an_issue(self) -> None:
        rng = np.random.default_rng(0)
        p, y = rng.random(2000), rng.integers(0, 2, 2000)
        found = {one.code: one for one in find_better_thresholds(compute(binary(y, {"A": p})))}
        assert found["THR003"].outcome is Outcome.ISSUE
        assert "THR002" not in found

    def test_too_few_errors_to_tell_is_no_issue(self) -> None:
        rng = np.random.default_rng(1)
        p, y = rng.random(20), rng.integers(0, 2, 20)
        found = {one.code: one for one in find_better_thresholds(compute(binary(y, {"A": p})))}
        assert found["THR003"].outcome is Outcome.TIP
        assert "cannot be told" in found["THR003"].sentence

    def test_confidence_that_ranks_errors_passes(self) -> None:
        p, y = scored(2000)
        found = {one.code: one for one in find_better_thresholds(compute(binary(y, {"A": p})))}
        assert found["THR003"].outcome is Outcome.PASSED


class TestDisplays:
    P, Y = scored(400)
    HUMAN = Predictions((P > 0.4).astype(np.int32), name="Human", role=Role.HUMAN)
    DATA = binary(Y, {"<b>A</b>": P, "B": P**1.5}, others={"Human": HUMAN})
    COLOURS = colours_of(DATA.predictions)

    def test_curves_draw_their_table(self) -> None:
        result = compute(self.DATA)
        shown = {display.key: display for display in METHOD.displays(result, self.COLOURS)}
        first = next(trace for trace in shown["roc"].figure.data if trace.name == "&lt;b&gt;A&lt;/b&gt;")
        table = result.curves[result.curves["model"] == "<b>A</b>"]
        assert list(first.y) == list(table["recall"])
        assert list(first.x) == pytest.approx(list(1 - table["specificity"]))
        assert first.line.color == self.COLOURS["<b>A</b>"]
        assert "Human" in [trace.name for trace in shown["precision-recall"].figure.data]
        for display in shown.values():
            assert display.figure is None or "<b>A</b>" not in display.figure.to_json()

    def test_a_slider_leaves_the_big_charts_alone_and_moves_the_small_ones(self) -> None:
        result = compute(self.DATA)
        low, high = (
            METHOD.look(result, ThresholdsView(threshold=t, confidence=c), self.COLOURS)  # type: ignore[misc]
            for t, c in ((0.2, 0.6), (0.8, 0.9))
        )
        big = {display.key for display in METHOD.displays(result, self.COLOURS)}
        for before, after in zip(low, high, strict=True):
            assert before.key not in big
            assert before.figure.to_json() != after.figure.to_json()

    @pytest.mark.parametrize("curve", ["cost", "f1", "specificity", "positive_rate"])
    def test_every_curve_has_a_line_per_model(self, curve: Any) -> None:
        view = ThresholdsView(curve=curve, fn_cost=4)
        display = METHOD.look(compute(self.DATA), view, self.COLOURS)[2]  # type: ignore[misc]
        lines = [trace for trace in display.figure.data if trace.mode == "lines"]
        assert len(lines) == 2
        stars = [trace for trace in display.figure.data if trace.mode == "markers"]
        assert len(stars) == (curve == "cost")
        if stars:
            assert list(stars[0].y) == list(display.table["cost"])

    def test_a_choice_of_models_draws_only_those(self) -> None:
        result = compute(self.DATA).only(["B"])
        for display in [*METHOD.look(result, METHOD.view(), self.COLOURS), *METHOD.displays(result, self.COLOURS)]:  # type: ignore[misc]
            assert set(display.table["model"]) == {"B"}

    def test_only_labels_are_left(self) -> None:
        result = compute(self.DATA).only(["Human"])
        assert find_better_thresholds(result) == []
        for display in [*METHOD.look(result, METHOD.view(), self.COLOURS), *METHOD.displays(result, self.COLOURS)]:  # type: ignore[misc]
            assert display.figure is None or display.figure.to_json()


def test_the_tables_survive_parquet(tmp_path: Any) -> None:
    p, y = scored(100)
    result = compute(binary(y, {"A": p, "B": 1 - p}))
    found = {}
    for name, table in result.tables().items():
        table.to_parquet(tmp_path / name, index=False)
        found[name] = pd.read_parquet(tmp_path / name)
        pd.testing.assert_frame_equal(found[name], table)
    reread = ThresholdsResult.from_tables(result.basis, found)
    assert find_better_thresholds(reread) == find_better_thresholds(result)
    pd.testing.assert_frame_equal(confusion_at(reread.only(["B"]), 0.4), confusion_at(result.only(["B"]), 0.4))
