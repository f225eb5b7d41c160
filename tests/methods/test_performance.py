"""The headline tables, the paired differences, the verdict, and the charts drawn from them."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from made_sets import build, drawn, drawn_classes, drawn_values, forecast, labels
from sklearn.metrics import confusion_matrix

from evallib.core.errors import BadInput, NotApplicable
from evallib.core.estimates import compare, estimate
from evallib.core.evaluation_set import Predictions, Role
from evallib.core.finding import Outcome, Severity
from evallib.core.metrics import METRICS, metrics_for
from evallib.core.progress import no_progress
from evallib.drawing.colours import colours_of
from evallib.methods.performance import METHOD
from evallib.methods.performance.compute import PerformanceParams, compute_performance
from evallib.methods.performance.findings import find_differences

MADE = {"binary": drawn, "multiclass": drawn_classes, "regression": drawn_values}


def computed(data, **params):
    return compute_performance(data, PerformanceParams(**params), no_progress)


def with_roles(data, **roles):
    predictions = {name: replace(said, role=roles.get(name, said.role)) for name, said in data.predictions.items()}
    return replace(data, predictions=predictions)


def codes(result):
    return [finding.code for finding in find_differences(result)]


def withholding(data, model, rows):
    """The same set, in which a binary model gives no answer on some rows."""
    said = data.predictions[model]
    silent = forecast(np.where(rows, np.nan, said.probability), model, said.role)
    return replace(data, predictions={**data.predictions, model: silent})


@pytest.mark.parametrize("task", MADE)
def test_metrics_are_the_estimates_of_the_core(task):
    data = MADE[task](200)
    found = computed(data).metrics
    expected = [(name, metric.key) for name in "ab" for metric in metrics_for(data, name)]
    assert list(zip(found["model"], found["metric"], strict=True)) == expected
    for row in found.to_dict("records"):
        one = estimate(METRICS[row["metric"]], data, row["model"])
        assert (row["value"], row["lower"], row["upper"], row["n"]) == (one.value, one.lower, one.upper, one.n)


@pytest.mark.parametrize("task", MADE)
def test_differences_are_those_of_the_core(task):
    data = with_roles(MADE[task](200), b=Role.INCUMBENT)
    found = computed(data).differences
    assert set(found["model"]) == {"a"}
    assert set(found["reference"]) == {"b"}
    assert "bias" not in set(found["metric"])
    for row in found.to_dict("records"):
        one = compare(METRICS[row["metric"]], data, "a", "b")
        assert (row["difference"], row["lower"], row["upper"], row["p_value"]) == (
            one.value,
            one.lower,
            one.upper,
            one.p_value,
        )


def test_differences_are_on_the_rows_that_both_answered():
    data = withholding(withholding(drawn(300), "a", np.arange(300) < 40), "b", np.arange(300) >= 290)
    found = computed(with_roles(data, b=Role.INCUMBENT))
    differences = found.differences.set_index("metric")
    assert (differences["n"] == 250).all()
    assert (differences["rows_only_model"] == 10).all()
    assert (differences["rows_only_reference"] == 40).all()
    for key in ("roc_auc", "f1", "accuracy"):
        expected = compare(METRICS[key], data, "a", "b")
        assert differences.loc[key, "difference"] == pytest.approx(expected.value)
        assert differences.loc[key, "upper"] == pytest.approx(expected.upper)
    assert dict(found.metrics.groupby("model")["n"].first()) == {"a": 260, "b": 290}
    (other_rows,) = [one for one in find_differences(found) if one.code == "PRF004"]
    assert "compared on the 250 rows that both answered" in other_rows.sentence


def test_systems_without_a_common_row_are_not_compared():
    half = np.arange(200) < 100
    data = with_roles(withholding(withholding(drawn(200), "a", half), "b", ~half), b=Role.INCUMBENT)
    found = computed(data)
    assert set(found.differences["verdict"]) == {"undefined"}
    assert codes(found) == ["PRF004"]
    assert "no row in common" in find_differences(found)[0].sentence


def test_the_verdict_by_hand():
    # 10 rows that only a gets right, none that only b does: McNemar's p is 2 / 2^10 less half.
    truth = np.ones(40, np.int32)
    data = with_roles(labels(truth, {"a": truth, "b": np.arange(40) >= 10}), b=Role.INCUMBENT)
    row = computed(data).differences.set_index("metric").loc["accuracy"]
    assert row["difference"] == 0.25
    assert row["p_value"] == pytest.approx(2 / 2**10 - 1 / 2**10)
    assert row["verdict"] == "better"
    assert codes(computed(data))[0] == "PRF002"
    assert codes(computed(with_roles(data, a=Role.INCUMBENT, b=Role.CANDIDATE)))[0] == "PRF001"


def test_worse_and_better_turn_with_the_direction_of_the_metric():
    data = with_roles(drawn(400), b=Role.INCUMBENT)
    found = computed(data).differences.set_index("metric")
    assert found.loc["log_loss", "difference"] < 0
    assert found.loc["log_loss", "verdict"] == found.loc["roc_auc", "verdict"] == "better"


def test_a_worse_candidate_is_a_grave_issue_with_its_numbers():
    data = with_roles(drawn(400), a=Role.INCUMBENT)
    worse = next(one for one in find_differences(computed(data)) if one.code == "PRF001")
    row = computed(data).differences.set_index("metric").loc["roc_auc"]
    assert (worse.outcome, worse.severity, worse.model) == (Outcome.ISSUE, Severity.HIGH, "b")
    assert f"{row['difference']:+.3g}".replace("-", "−") in worse.sentence
    assert dict(worse.evidence)["difference"] == row["difference"]


def test_no_difference_says_how_small_a_one_would_have_been_seen():
    data = with_roles(drawn(60, separation=(1.0, 1.0)), b=Role.INCUMBENT)
    found = computed(data)
    row = found.differences.set_index("metric").loc["roc_auc"]
    same = next(one for one in find_differences(found) if one.code == "PRF003")
    assert same.outcome is Outcome.TIP
    assert f"{2.8 * (row['upper'] - row['lower']) / (2 * 1.959964):.2g} would have been seen" in same.sentence


def test_two_candidates_are_compared_without_an_issue():
    found = find_differences(computed(drawn(400)))
    assert [(one.code, one.outcome) for one in found if one.code != "PRF005"] == [("PRF006", Outcome.TIP)]


def test_a_better_ranking_with_worse_probabilities_is_a_trade_off():
    data = drawn(1500, separation=(2.0, 1.0))
    sharp = data.predictions["a"].probability ** 20
    data = replace(data, predictions={"a": forecast(sharp, "a"), "b": data.predictions["b"]})
    found = find_differences(computed(with_roles(data, b=Role.INCUMBENT)))
    assert [one.code for one in found] == ["PRF002", "PRF005"]
    assert found[1].outcome is Outcome.ISSUE
    assert "Log loss is worse" in found[1].sentence


def test_one_sure_metric_among_many_unsure_ones_is_no_trade_off_by_chance():
    # Two models that differ in nothing: over many data sets, trade-offs are as rare as the discovery rate.
    alarms = sum("PRF005" in codes(computed(drawn(120, seed, separation=(1.0, 1.0)))) for seed in range(40))
    assert alarms <= 6


def test_the_reference():
    data = drawn(50)
    human = Predictions(data.y.copy(), name="human", role=Role.HUMAN)
    three = replace(data, predictions={**data.predictions, "human": human})
    assert set(computed(three).differences["reference"]) == {"human"}
    assert set(computed(three, reference="b").differences["reference"]) == {"b"}
    assert set(computed(data).differences["reference"]) == {"a"}
    with pytest.raises(BadInput, match="no model 'c' to compare with; the models are a, b"):
        computed(data, reference="c")


def test_one_model_alone_has_no_differences():
    data = drawn(50)
    found = computed(replace(data, predictions={"a": data.predictions["a"]}))
    assert found.differences.empty
    assert find_differences(found) == []
    assert len(METHOD.displays(found, {"a": "#000000"})) == 3


def test_the_deciding_metric():
    data = with_roles(drawn(200), b=Role.INCUMBENT)
    found = computed(data, metric="f1")
    assert set(found.metrics.loc[found.metrics["decides"], "metric"]) == {"f1"}
    assert set(found.differences.loc[found.differences["decides"], "metric"]) == {"f1"}
    with pytest.raises(NotApplicable, match="RMSE is not defined for a binary task"):
        computed(data, metric="rmse")


def test_accuracy_decides_where_the_reference_gives_labels_only():
    data = drawn(200)
    human = Predictions(data.y.copy(), name="human", role=Role.HUMAN)
    data = replace(data, predictions={"a": data.predictions["a"], "human": human})
    found = computed(data, metric="roc_auc").differences
    assert set(found.loc[found["decides"], "metric"]) == {"accuracy"}


@pytest.mark.parametrize("k", [2, 30])
def test_confusion_matrices_are_those_of_scikit_learn(k):
    data = drawn(400) if k == 2 else drawn_classes(2000, k)
    cells = computed(data).confusion
    assert (cells["n"] > 0).all()
    for name in "ab":
        matrix = confusion_matrix(data.y, data.predictions[name].label, labels=range(k))
        assert cells.loc[cells["model"] == name, "n"].sum() == len(data)
        for row in cells[cells["model"] == name].to_dict("records"):
            truth, said = data.classes.index(row["truth"]), data.classes.index(row["predicted"])
            assert row["n"] == matrix[truth, said]
            assert row["share"] == pytest.approx(matrix[truth, said] / matrix[truth].sum())


def test_confusion_counts_rows_and_weighs_shares_and_leaves_out_withheld():
    data = labels([1, 1, 1, 0], [1, 0, -1, 0], weight=[3.0, 1.0, 5.0, 2.0])
    cells = computed(data).confusion.set_index(["truth", "predicted"])
    assert dict(cells["n"]) == {("no", "no"): 1, ("yes", "no"): 1, ("yes", "yes"): 1}
    assert cells["share"].to_dict() == pytest.approx({("no", "no"): 1, ("yes", "no"): 1 / 4, ("yes", "yes"): 3 / 4})


def test_everything_withheld_is_undefined_and_raises_nothing():
    data = with_roles(withholding(drawn(30), "a", np.ones(30, bool)), b=Role.INCUMBENT)
    found = computed(data)
    assert found.metrics.loc[found.metrics["model"] == "a", "value"].isna().all()
    METHOD.displays(found, colours_of("ab"))


@pytest.mark.parametrize("task", MADE)
def test_relabelled_models_and_shuffled_rows_change_nothing(task):
    data = MADE[task](150)
    random = np.random.default_rng(0)
    renamed = replace(data, predictions={{"a": "y", "b": "x"}[name]: said for name, said in data.predictions.items()})
    one, two = computed(data), computed(renamed.take(random.permutation(150)))
    for name in ("metrics", "differences"):
        numbers = getattr(one, name).select_dtypes("number")
        pd.testing.assert_frame_equal(numbers, getattr(two, name).select_dtypes("number"))


@pytest.mark.parametrize("task", MADE)
def test_the_figures_draw_the_tables(task):
    data = with_roles(MADE[task](200), b=Role.INCUMBENT)
    found = computed(data)
    displays = {one.key: one for one in METHOD.displays(found, colours_of(data.predictions))}
    assert {"headline", "metrics", "differences"} <= set(displays)
    dots = [trace for trace in displays["metrics"].figure.data if trace.mode == "markers"]
    assert sorted(x for trace in dots for x in trace.x) == pytest.approx(sorted(found.metrics["value"]))
    assert dots[0].marker.color == (colours_of("ab")["a"], colours_of("ab")["b"])
    gaps = [trace for trace in displays["differences"].figure.data if trace.mode == "markers"]
    turned = found.differences["difference"] * np.where(found.differences["higher_is_better"], 1, -1)
    assert sorted(x for trace in gaps for x in trace.x) == pytest.approx(sorted(turned))
    assert ("confusion_1" in displays) == (task != "regression")


def test_the_headline_has_a_column_per_metric_the_deciding_one_first():
    data = drawn(100)
    human = Predictions(data.y.copy(), name="human", role=Role.HUMAN)
    found = computed(replace(data, predictions={**data.predictions, "human": human}), metric="f1")
    table = METHOD.displays(found, {})[0].table
    assert list(table.columns[:4]) == ["model", "role", "f1", "accuracy"]
    assert list(table["model"]) == ["a", "b", "human"]
    assert table.set_index("model").loc["human", "roc_auc"] == "—"
    one = estimate(METRICS["f1"], data, "a")
    assert table.set_index("model").loc["a", "f1"] == f"{one.value:.4g} ({one.lower:.4g} to {one.upper:.4g})"


def test_the_heat_map_holds_the_shares():
    data = labels([1, 1, 1, 0], [1, 0, 1, 0])
    figure = METHOD.displays(computed(data), {})[-1].figure
    np.testing.assert_allclose(figure.data[0].z, [[1, 0], [1 / 3, 2 / 3]])


def test_many_classes_get_a_list_of_confusions():
    data = drawn_classes(3000, 50)
    shown = METHOD.displays(computed(data), colours_of(data.predictions))[-1]
    assert shown.figure is None
    assert (shown.table["truth"] != shown.table["predicted"]).all()
    assert shown.table["n"].is_monotonic_decreasing


def test_names_are_shown_as_text():
    data = drawn(60)
    name = "<b>evil</b> & a very long name that goes on"
    data = build(data.y, {name: data.predictions["a"], "1": data.predictions["b"]}, classes=("<i>no</i>", "2"))
    figures = [one.figure for one in METHOD.displays(computed(data), colours_of([name, "1"])) if one.figure]
    drawn_text = " ".join(str(figure.to_dict()) for figure in figures)
    assert "&lt;b&gt;evil&lt;/b&gt;" in drawn_text
    assert all("<b>evil" not in str(trace.customdata) for figure in figures for trace in figure.data)
    assert all("<i>" not in str(trace.customdata) for figure in figures for trace in figure.data)


def test_some_models_only_and_none():
    data = with_roles(drawn(80), b=Role.INCUMBENT)
    found = computed(data)
    assert set(found.only(["a"]).metrics["model"]) == {"a"}
    METHOD.displays(found.only(["a"]), colours_of("ab"))
    METHOD.displays(found.only(["b"]), colours_of("ab"))
    assert METHOD.displays(found.only([]), {}) == []


def test_tables_have_plain_columns():
    for made in MADE.values():
        for table in computed(made(40)).tables().values():
            kinds = {str(kind) for kind in table.dtypes}
            assert kinds <= {"str", "float64", "int64", "bool"}, table.dtypes


def test_it_applies_to_every_task_with_predictions():
    assert METHOD.why_not(drawn(3)) is None
    assert METHOD.why_not(replace(drawn(3), predictions={})) == "No model and no column of predictions was given."
