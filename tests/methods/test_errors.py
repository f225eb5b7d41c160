"""Error analysis: what was planted is found and measured on other rows, and chance makes no finding."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.tree import DecisionTreeClassifier

from evallib.core.errors import NotApplicable
from evallib.core.evaluation_set import Columns, EvaluationSet, Predictions, Role
from evallib.core.finding import Outcome, Severity
from evallib.core.halves import searched_half
from evallib.core.intervals import wilson
from evallib.core.multiplicity import q_values
from evallib.core.progress import no_progress
from evallib.core.rules import parse_rule
from evallib.drawing.colours import colours_of
from evallib.methods.errors import METHOD
from evallib.methods.errors.compute import ErrorsParams, compute_errors, confirmed
from evallib.methods.errors.findings import find_gathered_errors
from evallib.methods.errors.growing import best_part
from evallib.methods.errors.pairs import CROSSED
from evallib.methods.errors.view import ErrorsView, chosen_cells

PLANTED = {"shop == 'x'", "age > 48.5"}


def made(n=6000, seed=0, bad=0.4, rate=0.1, **changed):
    """Two models that are wrong in a tenth of the rows; "new" more often where shop is x and age high."""
    random = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "y": random.integers(0, 2, n),
            "shop": random.choice(list("xyz"), n, p=[0.3, 0.4, 0.3]),
            "kind": random.choice(list("abc"), n),
            "age": random.normal(40, 10, n).round(1),
        }
    )
    inside = ((table["shop"] == "x") & (table["age"] > 48.5)).to_numpy()
    y, predictions = table["y"].to_numpy(np.int32), {}
    for name, role in (("old", Role.INCUMBENT), ("new", Role.CANDIDATE)):
        wrong = random.random(n) < rate + (bad * inside if name == "new" else 0.0)
        predictions[name] = Predictions(np.where(wrong, 1 - y, y).astype(np.int32), name=name, role=role)
    data = EvaluationSet("binary", y, table, Columns("y"), predictions, ("no", "yes"))
    return replace(data, **changed)


def regression(n=4000, seed=0, shift=0.0):
    random = np.random.default_rng(seed)
    table = pd.DataFrame({"shop": random.choice(list("xyz"), n), "age": random.normal(size=n)})
    y = random.normal(size=n) + shift
    value = y + np.where(table["shop"] == "x", 2.0, 1.0) * random.normal(size=n)
    return EvaluationSet("regression", y, table.assign(y=y), Columns("y"), {"m": Predictions(value=value, name="m")})


def looked_at(data, **params):
    return compute_errors(data, ErrorsParams(**params), no_progress)


def only_one(data, label, name="m"):
    return replace(data, predictions={name: Predictions(np.asarray(label, np.int32), name=name)})


def chosen_by(rule, data):
    return parse_rule(rule, list(data.table.columns)).mask(data.table)


@pytest.mark.parametrize("n", [2000, 6000, 30_000])
def test_what_was_planted_is_a_leaf_and_holds(n):
    result = looked_at(made(n, bad=0.5))
    tree = result.tree.query("model == 'new'")
    worst = tree[tree["leaf"]].sort_values("lift").iloc[-1]
    conditions = set(worst["rule"].split(" and "))
    assert len(conditions) == 2
    assert "shop == 'x'" in conditions
    # The edge of a bin lies near to 48.5, the 80 % quantile of the ages.
    edge = next(one for one in conditions if one.startswith("age > "))
    assert float(edge.removeprefix("age > ")) == pytest.approx(48.5, abs=1)
    assert confirmed(tree)[worst.name]
    assert worst["error"] == pytest.approx(0.6, abs=0.2)


def test_its_numbers_are_those_of_the_half_that_was_not_searched():
    data = made()
    result, judged = looked_at(data), ~searched_half(data)
    for row in result.tree.query("model == 'new' and parent >= 0").to_dict("records"):
        inside = chosen_by(row["rule"], data)
        wrong = data.predictions["new"].label != data.y
        assert row["n"] == (inside & judged).sum()
        assert row["share"] == pytest.approx((inside & judged).sum() / judged.sum())
        assert row["error"] == pytest.approx(wrong[inside & judged].mean())
        assert row["error_share"] == pytest.approx(wrong[inside & judged].sum() / wrong[judged].sum())
        assert row["lift"] == pytest.approx(wrong[inside & judged].mean() / wrong[judged].mean())
        assert row["rest"] == pytest.approx(wrong[~inside & judged].mean())
        assert (row["lower"], row["upper"]) == pytest.approx(tuple(map(float, wilson(row["error"], row["n"]))))
        assert row["found_n"] == (inside & ~judged).sum()
        assert row["found_error"] == pytest.approx(wrong[inside & ~judged].mean())
        table = [[wrong[rows].sum(), (~wrong[rows]).sum()] for rows in (inside & judged, ~inside & judged)]
        assert row["p_value"] == pytest.approx(stats.chi2_contingency(table, correction=False).pvalue, rel=1e-6)
    np.testing.assert_allclose(result.tree["q_value"], q_values(result.tree["p_value"]))


def test_leaves_divide_the_rows_and_their_errors():
    leaves = looked_at(made(bad=0.5)).tree.query("leaf").groupby("model")
    for name in ("share", "error_share"):
        np.testing.assert_allclose(leaves[name].sum(), 1)


def test_a_division_is_that_of_a_regression_tree():
    """The best threshold, and the best set of values, of 40 simulated nodes; scikit-learn looks at the same ones."""
    random = np.random.default_rng(0)
    for _ in range(40):
        codes = random.integers(0, 6, 500)
        wrong = (random.random(500) < random.random(6)[codes]).astype(int)
        sums = np.stack([np.bincount(codes, weights=part, minlength=6) for part in (np.ones(500), wrong, wrong)])
        ordered = best_part(sums, [np.arange(6)], 1, 6)
        by_mean = best_part(sums, [np.argsort(sums[1] / sums[0])], 1, 6)
        for part, feature in ((ordered, codes), (by_mean, (sums[1] / sums[0])[codes])):
            stump = DecisionTreeClassifier(max_depth=1).fit(feature[:, None], wrong)
            other = stump.apply(feature[:, None]) == 2
            assert (part[codes] == other).all() or (part[codes] != other).all()
            assert wrong[part[codes]].mean() > wrong[~part[codes]].mean()


def test_few_values_are_on_one_side_of_a_division():
    """Five of ten values are bad; with at most four on a side, the four with the most errors are taken."""
    n, wrong = np.full(10, 100.0), np.array([50.0, 49, 48, 47, 46, 5, 4, 3, 2, 1])
    for most, higher in ((5, 5), (4, 4)):
        part = best_part(np.stack((n, wrong, wrong)), [np.arange(10)], 1, most)
        assert part.tolist() == [place < higher for place in range(10)]
    assert best_part(np.stack((n, wrong, wrong)), [np.arange(10)], 501, 5) is None


def test_a_leaf_has_enough_rows_where_it_was_found():
    result = looked_at(made(20_000, bad=0.5), depth=4, minimum=100, support=0.02)
    assert (result.tree["found_n"] >= 200).all()
    assert result.tree["depth"].max() <= 4


def test_missing_goes_with_the_side_that_it_is_like():
    data = made(8000, bad=0.0)
    random = np.random.default_rng(1)
    age = data.table["age"].mask(random.random(8000) < 0.2)
    wrong = random.random(8000) < np.where(age.isna() | (age > 48), 0.4, 0.05)
    label = np.where(wrong, 1 - data.y, data.y)
    tree = looked_at(only_one(replace(data, table=data.table.assign(age=age)), label)).tree
    first = tree.iloc[1]
    assert first["rule"].startswith("(age > 4")
    assert first["rule"].endswith(" or missing(age))")
    assert first["error"] > 0.35


def test_the_contrast_is_cramers_v_over_all_rows():
    data = made()
    result = looked_at(data)
    wrong = data.predictions["new"].label != data.y
    row = result.contrast.query("model == 'new' and column == 'shop'").iloc[0]
    table = pd.crosstab(data.table["shop"], wrong)
    v = stats.contingency.association(table, method="cramer")
    assert row["effect"] == pytest.approx(np.sqrt(1 - (1 - v**2) * 5999 / 5997))
    assert row["p_value"] == pytest.approx(stats.chi2_contingency(table, correction=False).pvalue)
    assert (row["n"], row["slices"]) == (6000, 3)
    np.testing.assert_allclose(result.contrast["q_value"], q_values(result.contrast["p_value"]))
    assert result.contrast.query("model == 'new'")["effect"].is_monotonic_decreasing


def test_slices_with_more_errors_are_found_on_one_half_and_measured_on_the_other():
    data = made()
    result, judged = looked_at(data), ~searched_half(data)
    values = result.values.query("model == 'new'")
    assert set(values["column"].head(2)) == {"shop", "age"}
    wrong = data.predictions["new"].label != data.y
    for row in values.to_dict("records"):
        inside = chosen_by(row["rule"], data)
        assert row["lift"] == pytest.approx(wrong[inside & judged].mean() / wrong[judged].mean())
        assert row["found_lift"] == pytest.approx(wrong[inside & ~judged].mean() / wrong[~judged].mean())
        limits = np.array(wilson(wrong[inside & judged].mean(), row["n"])) / wrong[judged].mean()
        assert (row["lift_lower"], row["lift_upper"]) == pytest.approx(tuple(limits))


def test_the_pair_that_adds_most_stands_first_and_its_cells_are_measured():
    data = made()
    result, judged = looked_at(data), ~searched_half(data)
    first = result.pairs.query("model == 'new'").iloc[0]
    assert {first["first"], first["second"]} == {"shop", "age"}
    assert first["q_value"] < 1e-6
    assert (result.pairs.query("model == 'old'")["q_value"] > 0.01).all()
    wrong = data.predictions["new"].label != data.y
    cells = chosen_cells(result, ErrorsView(model="new"), "new")
    assert len(cells) == 15
    assert cells["n"].sum() == judged.sum()
    for row in cells.to_dict("records"):
        inside = chosen_by(row["rule"], data) & judged
        assert row["error"] == pytest.approx(wrong[inside].mean())
        assert (row["lower"], row["upper"]) == pytest.approx(tuple(map(float, wilson(row["error"], row["n"]))))


def test_a_pair_can_be_asked_for_either_way_round():
    result = looked_at(made())
    one = chosen_cells(result, ErrorsView(first="kind", second="age"), "new")
    two = chosen_cells(result, ErrorsView(first="age", second="kind"), "new")
    assert (one["first"].iloc[0], two["first"].iloc[0]) == ("kind", "age")
    assert one["error"].tolist() == two["error"].tolist()
    near = chosen_cells(result, ErrorsView(first="kind", second="nowhere"), "new")
    assert near["first"].iloc[0] == "kind"


def test_chance_makes_no_finding():
    """At 5 %, of 40 sets two may tell of a leaf, if their trees divided anything; 8 or more once in 1,000 times."""
    told = columns = 0
    for seed in range(40):
        findings = find_gathered_errors(looked_at(made(1000, seed, bad=0.0), support=0.02))
        told += any(one.code == "ERR001" for one in findings)
        columns += any(one.code == "ERR003" for one in findings)
    assert told < 4
    assert columns < 8


def test_the_order_of_the_rows_changes_nothing():
    data = made()
    order = np.random.default_rng(1).permutation(len(data))
    turned = replace(
        data,
        y=data.y[order],
        table=data.table.iloc[order].reset_index(drop=True),
        predictions={name: replace(one, label=one.label[order]) for name, one in data.predictions.items()},
    )
    one, two = looked_at(data), looked_at(turned)
    for name, table in one.tables().items():
        pd.testing.assert_frame_equal(table, two.tables()[name])


def test_one_model_more_changes_no_rate():
    data = made()
    data = replace(data, table=data.table.assign(unlike=np.random.default_rng(2).normal(size=len(data))))
    alone = looked_at(replace(data, predictions={"new": data.predictions["new"]}))
    both = looked_at(data)
    for name in ("tree", "cells", "contrast"):
        mine = both.tables()[name].query("model == 'new'").reset_index(drop=True)
        pd.testing.assert_frame_equal(
            mine.drop(columns="q_value", errors="ignore"),
            alone.tables()[name].drop(columns="q_value", errors="ignore"),
        )


def test_equal_weights_change_nothing_but_how_it_is_tested():
    data = made()
    plain, weighted = looked_at(data), looked_at(replace(data, weight=np.full(len(data), 3.0)))
    assert plain.tree["rule"].tolist() == weighted.tree["rule"].tolist()
    for name in ("n", "share", "error_share", "error", "lift", "rest"):
        np.testing.assert_allclose(plain.tree[name], weighted.tree[name])
    for name in ("effect", "p_value"):
        np.testing.assert_allclose(plain.contrast[name], weighted.contrast[name])


def test_weights_count_in_every_rate():
    data = made()
    weight = np.random.default_rng(3).random(len(data)) + 0.2
    result, judged = looked_at(replace(data, weight=weight)), ~searched_half(data)
    wrong = data.predictions["new"].label != data.y
    for row in result.tree.query("model == 'new' and parent >= 0").to_dict("records"):
        inside = chosen_by(row["rule"], data) & judged
        assert row["error"] == pytest.approx(np.average(wrong[inside], weights=weight[inside]))
        assert row["share"] == pytest.approx(weight[inside].sum() / weight[judged].sum())
        assert row["error_share"] == pytest.approx((weight * wrong)[inside].sum() / (weight * wrong)[judged].sum())


def test_copied_rows_of_a_group_are_no_more_evidence():
    data = made(1500)
    once, places = looked_at(data), np.repeat(np.arange(1500), 4)
    copied = replace(
        data,
        y=data.y[places],
        table=data.table.iloc[places].assign(person=places.astype(str)).reset_index(drop=True),
        columns=Columns("y", group="person"),
        predictions={name: replace(one, label=one.label[places]) for name, one in data.predictions.items()},
    )
    grouped = looked_at(copied)
    assert not any(confirmed(one.tree[one.tree["model"] == "old"]).any() for one in (once, grouped))
    by_column = [result.contrast.set_index(["model", "column"])["p_value"] for result in (once, grouped)]
    np.testing.assert_allclose(np.log(by_column[1][by_column[0].index]), np.log(by_column[0]), rtol=0.2, atol=0.02)


def test_withheld_answers_do_not_count():
    data = made()
    label = data.predictions["new"].label.copy()
    label[data.table["kind"] == "b"] = -1
    result = looked_at(
        replace(data, predictions=data.predictions | {"new": replace(data.predictions["new"], label=label)})
    )
    looked = result.looked.set_index("model")
    assert looked.loc["new", ["searched", "measured"]].sum() == (label >= 0).sum()
    assert looked.loc["old", ["searched", "measured"]].sum() == len(data)
    cells = result.cells.query("model == 'new'")
    assert not cells["rule"].str.contains("kind == 'b'").any()


def test_a_regression_is_judged_by_its_absolute_error():
    data = regression()
    result, judged = looked_at(data), ~searched_half(data)
    first, error = result.tree.iloc[1], np.abs(data.predictions["m"].value - data.y)
    inside = chosen_by(first["rule"], data) & judged
    assert first["rule"] == "shop == 'x'"
    assert first["error"] == pytest.approx(error[inside].mean())
    assert first["error_share"] == pytest.approx(error[inside].sum() / error[judged].sum())
    assert first["lower"] < first["error"] < first["upper"]
    row = result.contrast.iloc[0]
    clipped = np.minimum(error, np.quantile(error, 0.99))
    f = stats.f_oneway(*(clipped[data.table["shop"] == one] for one in "xyz")).statistic
    explained = 2 * f / (2 * f + 3997)
    assert (row["column"], row["effect"]) == ("shop", pytest.approx(np.sqrt(1 - (1 - explained) * 3999 / 3997)))
    finding = find_gathered_errors(result)[0]
    assert (finding.code, finding.severity, finding.slice) == ("ERR001", Severity.HIGH, "shop == 'x'")
    assert "mean absolute error" in finding.sentence


def test_a_few_huge_errors_of_a_regression_decide_nothing():
    data = regression()
    value = data.predictions["m"].value.copy()
    value[np.flatnonzero(data.table["age"] > 0.8)[:12]] += 1000
    result = looked_at(replace(data, predictions={"m": Predictions(value=value, name="m")}))
    assert result.tree["rule"].iloc[1] == "shop == 'x'"


def test_more_than_two_classes():
    random = np.random.default_rng(0)
    y = random.integers(0, 4, 4000).astype(np.int32)
    table = pd.DataFrame({"y": y, "shop": random.choice(list("xyz"), 4000)})
    wrong = random.random(4000) < np.where(table["shop"] == "x", 0.4, 0.1)
    data = EvaluationSet("multiclass", y, table, Columns("y"), {}, tuple("abcd"))
    result = looked_at(only_one(data, np.where(wrong, (y + 1) % 4, y)))
    assert result.tree["rule"].tolist() == ["", "shop == 'x'", "shop != 'x'"]
    assert confirmed(result.tree).tolist() == [False, True, False]
    assert result.pairs.empty
    assert result.cells.empty


@pytest.mark.parametrize("right", [True, False])
@pytest.mark.parametrize("n", [10, 500])
def test_a_model_that_is_always_right_or_wrong_has_no_tree(n, right):
    data = made(n)
    result = looked_at(only_one(data, data.y if right else 1 - data.y))
    assert result.tree["error"].tolist() == [0.0 if right else 1.0]
    assert result.values.empty
    (finding,) = find_gathered_errors(result)
    assert finding.outcome is Outcome.PASSED
    drawn(result)


@pytest.mark.parametrize("n", [1, 2, 10])
def test_few_rows(n):
    data = made(n)
    data = replace(data, table=data.table.assign(kind=["a", "b"][: min(n, 2)] * max(n // 2, 1)))
    if n == 1:
        with pytest.raises(NotApplicable, match="No column"):
            looked_at(data)
        return
    result = looked_at(data)
    assert len(result.tree) == 2
    drawn(result)


def test_nothing_to_slice_by_and_nobody_who_answers():
    data = made(100)
    with pytest.raises(NotApplicable, match="No column"):
        looked_at(replace(data, table=data.table[["y"]]))
    with pytest.raises(NotApplicable, match="no model gives any"):
        looked_at(only_one(data, np.full(100, -1)))


def test_one_column_has_no_pair():
    data = made(1000)
    result = looked_at(replace(data, table=data.table[["y", "shop"]]))
    assert result.pairs.empty
    assert next(one.key for one in METHOD.look(result, ErrorsView(), colours_of(["old", "new"]))) == "tree"
    drawn(result)


def test_gaps_and_many_columns():
    data = made(1000)
    random = np.random.default_rng(0)
    many = {f"c{place}": random.choice(list("abc"), 1000) for place in range(150)}
    empty = pd.Series([None] * 1000, dtype="float64")
    table = data.table.assign(**many, empty=empty, half=data.table["age"].mask(random.random(1000) < 0.5))
    result = looked_at(replace(data, table=table))
    assert result.looked["columns"].tolist() == [154, 154]
    assert result.looked["crossed"].tolist() == [CROSSED, CROSSED]
    assert len(result.pairs) == 2 * CROSSED * (CROSSED - 1) // 2
    assert set(result.skipped["column"]) == {"empty"}
    drawn(result)


def test_a_part_of_the_rows():
    data = made()
    part = data.take((data.table["kind"] == "a").to_numpy(), where="kind == 'a'")
    result = looked_at(part)
    assert "kind" in set(result.skipped["column"])
    assert result.basis.where == "kind == 'a'"
    assert result.looked["measured"].iloc[0] == len(part) // 2


def test_findings_tell_what_held_and_what_can_be_done():
    findings = find_gathered_errors(looked_at(made(12_000)))
    assert [(one.code, one.model) for one in findings] == [("ERR001", "new"), ("ERR002", "old"), ("ERR003", "new")]
    assert "shop == 'x'" in findings[0].sentence
    assert "of its errors in" in findings[0].sentence
    assert "a person could check" in findings[0].sentence
    assert findings[0].severity is Severity.HIGH
    mild = find_gathered_errors(looked_at(made(40_000, bad=0.08)))
    assert "a person could" not in next(one for one in mild if one.code == "ERR001").sentence


def drawn(result, view=None):
    models = list(dict.fromkeys(result.tree["model"]))
    every = [
        *METHOD.displays(result, colours_of(models)),
        *METHOD.look(result, view or ErrorsView(), colours_of(models)),
    ]
    for one in every:
        assert one.chart is None or (one.figure is not None and one.chart.to_json())
    return {one.key: one for one in every}


def test_the_charts_draw_the_tables():
    result = looked_at(made())
    shown = drawn(result, ErrorsView(model="new"))
    boxes = shown["tree"].chart
    assert shown["tree"].table["node"].tolist() == list(range(len(boxes.traces[0]["x"])))
    for texts in (boxes.layout["annotations"], boxes.layout["meta"]["narrow"]["layout"]["annotations"]):
        assert len(texts) == len(shown["tree"].table)
        assert "all rows" in texts[0]["text"]
    values = shown["values"]
    assert sorted(x for trace in values.chart.traces for x in trace["x"]) == sorted(values.table["lift"])
    heat = shown["heat"]
    cells = np.stack([trace["z"] for trace in heat.chart.traces[:2]])
    assert sorted(cells[~np.isnan(cells)]) == sorted(heat.table.query("n >= 10")["error"])
    bars = shown["contrast"]
    assert sorted(x for trace in bars.chart.traces for x in trace["x"]) == sorted(bars.table["effect"])


def test_only_the_chosen_models_are_drawn():
    result = looked_at(made())
    shown = drawn(result.only(["new"]), ErrorsView(model="old"))
    assert set(shown["tree"].table["model"]) == {"new"}
    assert len(shown["contrast"].chart.traces) == 1
    assert set(drawn(result.only([]))) <= {"skipped"}


def test_a_box_is_below_what_it_is_a_part_of():
    tree = looked_at(made(30_000), depth=4).tree.query("model == 'new'").reset_index(drop=True)
    for row in tree[tree["parent"] >= 0].to_dict("records"):
        parent = tree.iloc[row["parent"]]
        assert row["depth"] == parent["depth"] + 1
        assert row["n"] < parent["n"]
        assert not parent["leaf"]


def test_names_and_values_of_any_kind_stay_text():
    data = made(4000, bad=0.5)
    names = {"shop": "<b>shop</b> and `co`", "age": "age (years)", "kind": "missing"}
    values = {"x": "<script>", "y": "it's", "z": ""}
    table = data.table.assign(shop=data.table["shop"].map(values)).rename(columns=names)
    odd = replace(data, table=table)
    result = looked_at(odd)
    for row in result.tree.query("parent >= 0").to_dict("records"):
        assert chosen_by(row["rule"], odd).sum() == row["n"] + row["found_n"]
    shown = drawn(result, ErrorsView(model="new"))
    for key in ("tree", "values", "heat", "contrast"):
        assert b"<script>" not in shown[key].chart.to_json()
        assert b"<b>shop" not in shown[key].chart.to_json()
