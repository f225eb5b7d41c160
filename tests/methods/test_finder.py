"""The slice finder: what was planted is found and held, and what chance made is not."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics as sklearn

from evallib.core.errors import NotApplicable
from evallib.core.estimates import compare
from evallib.core.evaluation_set import Columns, EvaluationSet, Predictions, Role
from evallib.core.evidence import Evidence
from evallib.core.finding import Outcome, Severity
from evallib.core.halves import searched_half
from evallib.core.intervals import mcnemar_mid_p
from evallib.core.metrics import METRICS
from evallib.core.multiplicity import q_values
from evallib.core.progress import no_progress
from evallib.core.rules import parse_rule
from evallib.drawing.colours import colours_of
from evallib.methods.finder import METHOD
from evallib.methods.finder.compute import FinderParams, affordable, compute_finder, confirmed
from evallib.methods.finder.findings import find_failing_slices
from evallib.methods.finder.searched import row_losses

PLANTED = {"shop: x", "kind: b"}


def made(n=6000, seed=0, bad=0.25, **changed):
    """Two models that are wrong in a tenth of the rows; "new" more often where shop is x and kind is b."""
    random = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "y": random.integers(0, 2, n),
            "shop": random.choice(list("xyz"), n, p=[0.2, 0.4, 0.4]),
            "kind": random.choice(list("abc"), n),
            "age": random.normal(40, 10, n).round(1),
        }
    )
    inside = ((table["shop"] == "x") & (table["kind"] == "b")).to_numpy()
    y = table["y"].to_numpy(np.int32)
    predictions = {}
    for name, role in (("old", Role.INCUMBENT), ("new", Role.CANDIDATE)):
        wrong = random.random(n) < 0.1 + (bad * inside if name == "new" else 0.0)
        predictions[name] = Predictions(np.where(wrong, 1 - y, y).astype(np.int32), name=name, role=role)
    data = EvaluationSet("binary", y, table, Columns("y"), predictions, ("no", "yes"))
    return replace(data, **changed)


def found_in(data, **params):
    return compute_finder(data, FinderParams(**params), no_progress)


def conditions(text):
    return set(text.split(" and "))


@pytest.mark.parametrize("against", ["the rest", "old"])
def test_what_was_planted_stands_first_and_holds(against):
    result = found_in(made())
    rows = result.slices.query("model == 'new' and against == @against")
    assert conditions(rows["slice"].iloc[0]) == PLANTED
    assert confirmed(rows).tolist() == [True] + [False] * (len(rows) - 1)
    assert rows["q_value"].iloc[0] < 1e-6
    assert not confirmed(result.slices.query("model == 'old'")).any()


def test_its_numbers_are_those_of_the_half_that_was_not_searched():
    data = made()
    row = found_in(data).slices.query("model == 'new' and against == 'the rest'").iloc[0]
    inside, judged = parse_rule(row["rule"], list(data.table.columns)).mask(data.table), ~searched_half(data)
    right = data.predictions["new"].label == data.y
    assert row["n"] == (inside & judged).sum()
    assert row["found_n"] == (inside & ~judged).sum()
    assert row["share"] == pytest.approx((inside & judged).sum() / judged.sum())
    assert row["value"] == pytest.approx(right[inside & judged].mean())
    assert row["other"] == pytest.approx(right[~inside & judged].mean())
    assert row["difference"] == pytest.approx(row["value"] - row["other"])
    assert row["found_difference"] == pytest.approx(right[inside & ~judged].mean() - right[~inside & ~judged].mean())
    table = [[right[rows].sum(), (~right[rows]).sum()] for rows in (inside & judged, ~inside & judged)]
    assert row["p_value"] == pytest.approx(stats.chi2_contingency(table, correction=False).pvalue, rel=1e-9)
    assert row["detectable"] == pytest.approx(
        2.8016 / (2 * 1.95996) * (row["difference_upper"] - row["difference_lower"]), rel=1e-4
    )


def test_against_another_model_the_rows_are_paired():
    data = made()
    row = found_in(data).slices.query("model == 'new' and against == 'old'").iloc[0]
    judged = parse_rule(row["rule"], list(data.table.columns)).mask(data.table) & ~searched_half(data)
    new, old = (data.predictions[name].label[judged] == data.y[judged] for name in ("new", "old"))
    assert row["difference"] == pytest.approx(new.mean() - old.mean())
    assert row["other"] == pytest.approx(old.mean())
    assert row["p_value"] == pytest.approx(mcnemar_mid_p((new & ~old).sum(), (old & ~new).sum()))


def test_the_false_discovery_rate_is_over_the_whole_table():
    slices = found_in(made(bad=0.1)).slices
    assert len(slices) > 1
    np.testing.assert_allclose(slices["q_value"], q_values(slices["p_value"]))


def test_chance_makes_slices_stand_out_but_they_do_not_hold():
    """At 5 %, of 40 sets without a failing slice one or two may tell of one; 8 or more happen once in 1,000 times."""
    told = stood_out = 0
    for seed in range(40):
        result = found_in(made(800, seed, bad=0.0), support=0.02)
        stood_out += len(result.slices)
        told += confirmed(result.slices).any()
    assert stood_out > 20
    assert told < 8


def test_a_slice_is_told_of_its_largest_part_and_overlaps_only_once():
    data = made(12_000)
    copied = data.table.assign(shop_too=data.table["shop"].str.upper(), nothing="same")
    result = found_in(replace(data, table=copied))
    rows = result.slices[confirmed(result.slices) & (result.slices["against"] == "the rest")]
    assert len(rows) == 1
    assert rows["conditions"].tolist() == [2]
    assert "nothing" in set(result.skipped["column"])


def test_the_order_of_the_rows_changes_nothing():
    data = made()
    order = np.random.default_rng(1).permutation(len(data))
    turned = replace(
        data,
        y=data.y[order],
        table=data.table.iloc[order].reset_index(drop=True),
        predictions={name: replace(one, label=one.label[order]) for name, one in data.predictions.items()},
    )
    pd.testing.assert_frame_equal(found_in(data).slices, found_in(turned).slices)


def test_equal_weights_change_nothing_but_how_it_is_tested():
    data = made()
    plain, weighted = found_in(data).slices, found_in(replace(data, weight=np.full(len(data), 3.0))).slices
    assert plain["slice"].tolist() == weighted["slice"].tolist()
    for name in ("n", "share", "value", "other", "difference"):
        np.testing.assert_allclose(plain[name], weighted[name])


def test_rows_of_a_group_stay_together():
    data = made()
    group = np.repeat(np.arange(len(data) // 4), 4)
    grouped = replace(data, table=data.table.assign(person=group), columns=Columns("y", group="person"))
    half = searched_half(grouped)
    assert (half.reshape(-1, 4).sum(axis=1) % 4 == 0).all()
    assert half.sum() == len(data) // 2
    assert not found_in(grouped).slices.empty


def test_withheld_answers_do_not_count():
    data = made()
    label = data.predictions["new"].label.copy()
    label[data.table["kind"] == "b"] = -1
    withheld = replace(data, predictions=data.predictions | {"new": replace(data.predictions["new"], label=label)})
    result = found_in(withheld)
    looked = result.looked.set_index(["model", "against"])
    answered = (label >= 0).sum()
    assert looked.loc[("new", "the rest"), ["searched", "judged"]].sum() == answered
    assert looked.loc[("old", "the rest"), ["searched", "judged"]].sum() == len(data)
    assert not result.slices.query("model == 'new'")["slice"].str.contains("kind: b").any()


def test_a_regression_is_judged_by_its_absolute_error():
    random = np.random.default_rng(0)
    n = 6000
    table = pd.DataFrame(
        {"y": random.normal(size=n), "shop": random.choice(list("xyz"), n), "age": random.normal(size=n)}
    )
    wide = np.where(table["shop"] == "x", 2.0, 1.0)
    value = table["y"].to_numpy() + wide * random.normal(size=n)
    data = EvaluationSet(
        "regression", table["y"].to_numpy(), table, Columns("y"), {"m": Predictions(value=value, name="m")}
    )
    first = found_in(data).slices.iloc[0]
    assert (first["slice"], first["metric"]) == ("shop: x", "mae")
    assert first["difference"] == pytest.approx(np.sqrt(2 / np.pi), rel=0.1)
    assert find_failing_slices(found_in(data))[0].severity is Severity.HIGH


@pytest.mark.parametrize("right", [True, False])
def test_a_model_that_is_always_right_or_wrong_has_no_failing_slice(right):
    data = made()
    label = (data.y if right else 1 - data.y).astype(np.int32)
    result = found_in(replace(data, predictions={"m": Predictions(label, name="m")}))
    assert result.slices.empty
    (finding,) = find_failing_slices(result)
    assert finding.outcome is Outcome.PASSED
    assert METHOD.displays(result, colours_of(["m"]))[0].key == "looked"


def test_ten_rows_and_nothing_to_slice_by():
    assert found_in(made(10)).slices.empty
    data = made(100)
    with pytest.raises(NotApplicable, match="No column"):
        found_in(replace(data, table=data.table[["y"]]))


def test_findings_tell_what_held():
    result = found_in(made())
    findings = find_failing_slices(result)
    assert [(one.code, one.model) for one in findings] == [("FND001", "new"), ("FND002", "new"), ("FND003", "old")]
    assert "shop == 'x'" in findings[0].sentence
    assert "rows that were not searched" in findings[0].sentence
    assert "of old on the same rows" in findings[1].sentence


def test_the_chart_draws_the_table():
    result = found_in(made())
    charts = [one for one in METHOD.displays(result, colours_of(["old", "new"])) if one.chart is not None]
    assert sum(len(one.table) for one in charts) == len(result.slices)
    for display in charts:
        traces = display.chart.traces
        assert sorted(x for trace in traces[:2] for x in trace["x"]) == sorted(display.table["difference"])
        assert list(traces[2]["x"]) == display.table["found_difference"].tolist()
        assert display.figure is not None
        assert "among" not in display.table
        for trace in traces[:2]:
            assert all(" to " in text and text.startswith("<br>lead over ") for *_, text in trace["customdata"])


def test_the_chart_says_which_rows_count():
    result = found_in(made(9000, bad=0.4), metric="recall")
    display = METHOD.displays(result, colours_of(["old", "new"]))[0]
    assert display.caption.endswith("Only rows of yes count.")
    assert set(display.table["among"]) == {"rows of yes"}
    assert {text for trace in display.chart.traces[:2] for *_, text in trace["customdata"]} == {""}


def test_so_many_columns_are_crossed_as_can_be_counted():
    assert affordable([10] * 20, 3) == 3
    assert affordable([20] * 100, 3) == 2
    assert affordable([20] * 1000, 3) == 1
    assert affordable([2] * 120, 3) == 2
    assert affordable([20], 3) == 3


def test_slices_of_four_columns_are_found_below_the_worst_of_three():
    random = np.random.default_rng(3)
    table = pd.DataFrame({f"c{k}": random.choice(["a", "b"], 8_000) for k in range(6)})
    inside = (table[["c0", "c1", "c2", "c3"]] == "a").all(axis=1).to_numpy()
    y = random.integers(0, 2, len(table)).astype(np.int32)
    label = np.where(random.random(len(table)) < 0.05 + 0.6 * inside, 1 - y, y).astype(np.int32)
    data = EvaluationSet("binary", y, table, Columns("y"), {"m": Predictions(label, name="m")}, ("0", "1"))
    rule = "c0 == 'a' and c1 == 'a' and c2 == 'a' and c3 == 'a'"
    result = compute_finder(data, FinderParams(depth=4), no_progress)
    assert result.slices["rule"].iloc[0] == rule
    assert result.looked[["depth", "all_crossed"]].iloc[0].tolist() == [4, 3]
    assert rule not in set(compute_finder(data, FinderParams(depth=3), no_progress).slices["rule"])


SCORES = {
    "accuracy": sklearn.accuracy_score,
    "balanced_accuracy": sklearn.balanced_accuracy_score,
    "precision": sklearn.precision_score,
    "recall": sklearn.recall_score,
    "specificity": lambda y, label, **given: sklearn.recall_score(y, label, pos_label=0, **given),
    "f1": sklearn.f1_score,
}
RESTS_ON = {
    "precision": lambda y, label: label == 1,
    "recall": lambda y, label: y == 1,
    "specificity": lambda y, label: y == 0,
    "f1": lambda y, label: (y == 1) | (label == 1),
}


def forecasting(n=6000, seed=0, bad=0.25, **changed):
    """`made`, with probabilities that are 0.1 to 0.4 away from the label."""
    data, random = made(n, seed, bad), np.random.default_rng(seed + 1)
    sure = {name: np.abs((one.label == 0) - random.uniform(0.6, 0.9, n)) for name, one in data.predictions.items()}
    return replace(
        data,
        predictions={name: replace(one, probability=sure[name]) for name, one in data.predictions.items()},
        **changed,
    )


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("key", [*SCORES, "log_loss", "brier"])
def test_any_metric_finds_what_was_planted(key, weighted):
    weight = np.random.default_rng(5).choice([0.5, 1.0, 3.0], 9000) if weighted else None
    data = forecasting(9000, bad=0.4, weight=weight)
    result = found_in(data, metric=key)
    for against in ("the rest", "old"):
        rows = result.slices[(result.slices["model"] == "new") & (result.slices["against"] == against)]
        assert set(rows["metric"]) == {key}
        assert conditions(rows["slice"].iloc[0]) == PLANTED
        assert confirmed(rows).iloc[0]
    assert not confirmed(result.slices.query("model == 'old'")).any()


@pytest.mark.parametrize("key", SCORES)
def test_a_metric_is_confirmed_by_itself_on_the_rows_that_it_rests_on(key):
    data = made(9000, bad=0.4)
    row = found_in(data, metric=key).slices.query("model == 'new' and against == 'the rest'").iloc[0]
    label = data.predictions["new"].label
    counts = RESTS_ON.get(key, lambda y, label: np.ones(len(y), bool))(data.y, label)
    inside, judged = parse_rule(row["rule"], list(data.table.columns)).mask(data.table), ~searched_half(data)
    for name, rows in (("value", inside & judged), ("other", ~inside & judged)):
        assert row[name] == pytest.approx(SCORES[key](data.y[rows], label[rows]), rel=1e-12)
    assert row["n"] == (inside & judged & counts).sum()
    assert row["found_n"] == (inside & ~judged & counts).sum()
    assert bool(row["among"]) == (key in RESTS_ON)


@pytest.mark.parametrize("key", ["precision", "recall", "f1", "balanced_accuracy", "log_loss"])
def test_against_another_model_any_metric_is_paired(key):
    data = forecasting(9000, bad=0.4)
    row = found_in(data, metric=key).slices.query("model == 'new' and against == 'old'").iloc[0]
    judged = parse_rule(row["rule"], list(data.table.columns)).mask(data.table) & ~searched_half(data)
    expected = compare(METRICS[key], data.take(judged), "new", "old")
    told = row[["difference", "difference_lower", "difference_upper", "p_value"]].astype(float).tolist()
    assert told == pytest.approx([expected.value, expected.lower, expected.upper, expected.p_value], rel=1e-9)


@given(st.integers(0, 1000), st.sampled_from([*SCORES, "log_loss", "brier"]), st.booleans())
@settings(max_examples=60, deadline=None)
def test_what_is_searched_is_what_the_metric_lacks(seed, key, weighted):
    """On any rows the ratio of the sums is the loss, or 1 minus the score; of a balanced accuracy, on all rows 0."""
    random = np.random.default_rng(seed)
    weight = random.choice([0.2, 1.0, 9.0], 120) if weighted else None
    data = forecasting(120, seed, weight=weight)
    rows = row_losses(METRICS[key], [Evidence(data, "new")])
    chosen = np.ones(120, bool) if key == "balanced_accuracy" else random.random(120) < 0.4
    w = np.ones(120) if weight is None else weight
    found = (w * rows.numerator)[chosen].sum() / (w * rows.denominator)[chosen].sum()
    y, label, p = data.y[chosen], data.predictions["new"].label[chosen], data.predictions["new"].probability[chosen]
    if key == "log_loss":
        expected = sklearn.log_loss(y, p, sample_weight=w[chosen], labels=[0, 1])
    elif key == "brier":
        expected = np.average((p - y) ** 2, weights=w[chosen])
    elif key == "balanced_accuracy":
        expected = 0.0
    else:
        expected = 1 - SCORES[key](y, label, sample_weight=w[chosen])
    assert found == pytest.approx(expected, rel=1e-12, abs=1e-12)


def test_rows_that_weigh_much_decide_what_is_found():
    """Errors gather where shop is y by number, and where shop is x by weight."""
    data = made(8000, bad=0.0)
    shop, random = data.table["shop"].to_numpy(), np.random.default_rng(9)
    weight = np.where(random.random(8000) < 0.3, 10.0, 1.0)
    lift = np.where(shop == "y", np.where(weight == 1, 0.2, 0.0), np.where((shop == "x") & (weight == 10), 0.3, 0.0))
    label = np.where(random.random(8000) < 0.1 + lift, 1 - data.y, data.y).astype(np.int32)
    data = replace(data, predictions={"m": Predictions(label, name="m")})
    assert found_in(data).slices["slice"].iloc[0] == "shop: y"
    assert found_in(replace(data, weight=weight)).slices["slice"].iloc[0] == "shop: x"


@pytest.mark.parametrize("key", ["automatic", "rmse"])
def test_heavy_tails_hide_no_slice_and_make_none(key):
    random = np.random.default_rng(0)
    n = 8000
    table = pd.DataFrame({"shop": random.choice(list("wxyz"), n), "kind": random.choice(list("abc"), n)})
    table["y"] = random.normal(size=n)
    error = random.standard_t(3, n) * np.where(table["shop"] == "x", 2.0, 1.0)
    data = EvaluationSet(
        "regression",
        table["y"].to_numpy(),
        table,
        Columns("y"),
        {"m": Predictions(value=table["y"].to_numpy() + error, name="m")},
    )
    slices = found_in(data, metric=key).slices
    assert slices["slice"][confirmed(slices)].tolist() == ["shop: x"]
    assert slices["value"].iloc[0] > 1.5 * slices["other"].iloc[0]


def test_macro_f1_of_several_classes():
    random = np.random.default_rng(4)
    n = 9000
    table = pd.DataFrame({"y": random.integers(0, 4, n), "shop": random.choice(list("xyz"), n)})
    y = table["y"].to_numpy(np.int32)
    wrong = random.random(n) < np.where((table["shop"] == "x") & (y == 2), 0.6, 0.1)
    models = {
        "m": Predictions(np.where(wrong, (y + 1) % 4, y).astype(np.int32), name="m"),
        "old": Predictions(np.where(random.random(n) < 0.1, 0, y).astype(np.int32), name="old", role=Role.INCUMBENT),
    }
    data = EvaluationSet("multiclass", y, table, Columns("y"), models, tuple("abcd"))
    for key in ("macro_f1", "balanced_accuracy"):
        slices = found_in(data, metric=key).slices.query("model == 'm'")
        assert slices["slice"][confirmed(slices)].tolist() == ["shop: x", "shop: x"]
    with pytest.raises(NotApplicable, match="not defined for a multiclass task"):
        found_in(data, metric="recall")


def test_very_many_classes_have_no_average_in_a_slice():
    random = np.random.default_rng(0)
    table = pd.DataFrame({"y": random.integers(0, 40, 1000), "c": random.choice(list("ab"), 1000)})
    y, names = table["y"].to_numpy(np.int32), tuple(map(str, range(40)))
    data = EvaluationSet("multiclass", y, table, Columns("y"), {"m": Predictions(y[::-1].copy(), name="m")}, names)
    with pytest.raises(NotApplicable, match="more than 30 classes, Macro F1 says little"):
        found_in(data, metric="macro_f1")
    assert found_in(data).looked["metric"].tolist() == ["accuracy"]
    with pytest.raises(NotApplicable, match="no model gives any"):
        found_in(replace(data, predictions={}))


def test_a_metric_is_only_searched_of_models_that_have_it():
    data = forecasting()
    plain = replace(data.predictions["old"], probability=None)
    result = found_in(replace(data, predictions=data.predictions | {"old": plain}), metric="log_loss")
    assert result.looked[["model", "against"]].to_numpy().tolist() == [["new", "the rest"]]
    with pytest.raises(NotApplicable, match="without probabilities"):
        found_in(made(), metric="brier")


def test_one_class_and_silence_have_nothing_to_search():
    data = made(400)
    silent = Predictions(np.full(400, -1, np.int32), name="silent")
    never = Predictions(np.zeros(400, np.int32), name="never")
    for key in SCORES:
        result = found_in(replace(data, predictions={"silent": silent}), metric=key)
        assert result.slices.empty
        assert result.looked["searched"].tolist() == [0]
        alone = replace(data, y=np.zeros(400, np.int32), predictions={"never": never})
        assert found_in(alone, metric=key).slices.empty


def test_sentences_follow_the_metric():
    recall = find_failing_slices(found_in(made(9000, bad=0.4), metric="recall"))
    assert "Recall is" in recall[0].sentence
    assert "unsearched rows of yes, against" in recall[0].sentence
    precision = find_failing_slices(found_in(made(9000, bad=0.4), metric="precision"))
    assert "unsearched rows that new calls yes, against" in precision[0].sentence
    assert "unsearched rows that new or old calls yes" in precision[1].sentence
    loss = find_failing_slices(found_in(forecasting(), metric="log_loss"))
    assert "Log loss is" in loss[0].sentence
    assert dict(loss[0].evidence)["difference"] > 0
    assert "rows that were not searched" in loss[0].sentence
    quiet = [one for one in recall if one.code == "FND003"]
    assert all("rows of yes of the other" in one.sentence or "none stands out" in one.sentence for one in quiet)
    assert quiet


@pytest.mark.parametrize("key", ["accuracy", "log_loss"])
def test_leads_over_the_best_baseline_are_those_of_the_rows_that_were_not_searched(key):
    data = forecasting(9000, bad=0.5)
    row = found_in(data, metric=key).slices.query("model == 'new' and against == 'the rest'").iloc[0]
    y = data.y[parse_rule(row["rule"], list(data.table.columns)).mask(data.table) & ~searched_half(data)]
    share = data.y.mean()
    if key == "log_loss":
        name, value = "Zero rule", sklearn.log_loss(y, np.full(len(y), share))
    else:
        by_chance = y.mean() * share + (1 - y.mean()) * (1 - share)
        constant = (y == (share > 0.5)).mean()
        name = "Zero rule" if constant > by_chance else "Random, by label distribution"
        value = max(constant, by_chance)
    assert (row["baseline"], row["baseline_value"]) == (name, pytest.approx(value, rel=1e-12))
    assert row["lead"] == pytest.approx((row["value"] - value) * (-1 if key == "log_loss" else 1))
    assert row["lead_lower"] < row["lead"] < row["lead_upper"]


def test_of_f1_all_rows_of_a_slice_count_for_its_baseline():
    data = forecasting(9000, bad=0.5)
    row = found_in(data, metric="f1").slices.query("model == 'new' and against == 'the rest'").iloc[0]
    y = data.y[parse_rule(row["rule"], list(data.table.columns)).mask(data.table) & ~searched_half(data)]
    share = data.y.mean()
    zero = 2 * y.mean() / (1 + y.mean()) if share > 0.5 else -1
    assert row["baseline_value"] == pytest.approx(max(2 * y.mean() * share / (y.mean() + share), zero), rel=1e-12)
    assert set(found_in(data, metric="recall").slices["baseline"]) == {""}
