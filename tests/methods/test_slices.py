import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.metrics import accuracy_score, f1_score, log_loss

from evallib.core.errors import BadInput, NotApplicable
from evallib.core.estimates import compare
from evallib.core.evaluation_set import Columns, EvaluationSet, Predictions, Role
from evallib.core.finding import Outcome
from evallib.core.metrics import METRICS
from evallib.core.multiplicity import q_values
from evallib.core.progress import no_progress
from evallib.core.rules import parse_rule
from evallib.drawing.colours import colours_of
from evallib.methods.slices import METHOD
from evallib.methods.slices.compute import SlicesParams, SlicesResult, compute_slices
from evallib.methods.slices.findings import find_bad_slices

ROLES = {"old": Role.INCUMBENT}


def answers(name: str, label: np.ndarray, probability: np.ndarray | None = None) -> Predictions:
    return Predictions(label.astype(np.int32), probability, name=name, role=ROLES.get(name, Role.CANDIDATE))


def made(n: int = 3000, seed: int = 0, bad: float = 0.0) -> EvaluationSet:
    """Two models of like quality; "new" is wrong more often where the shop is x, "old" everywhere else alike."""
    rng = np.random.default_rng(seed)
    shop = rng.choice(["x", "y", "z"], n, p=[0.1, 0.5, 0.4])
    y = rng.integers(0, 2, n).astype(np.int32)
    models = {}
    for name in ("old", "new"):
        wrong = rng.random(n) < 0.2 + bad * ((shop == "x") if name == "new" else 0.0)
        said = np.where(wrong, 1 - y, y)
        p = np.clip(np.where(said == 1, 0.75, 0.25) + rng.uniform(-0.2, 0.2, n), 0, 1).round(2)
        models[name] = answers(name, said, p)
    table = pd.DataFrame(
        {
            "y": y,
            "shop": pd.Categorical(shop),
            "age": np.where(rng.random(n) < 0.05, np.nan, rng.integers(18, 90, n)),
            "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 300, n), unit="D"),
            "note": [f"note {k}" for k in range(n)],
        }
    )
    return EvaluationSet("binary", y, table, Columns("y"), models, ("no", "yes"))


DATA = made(bad=0.4)
RESULT = compute_slices(DATA, SlicesParams(rules=("age < 30 and shop == 'x'",), answers=True), no_progress)


def row(table: pd.DataFrame, **where: str) -> pd.Series:
    found = table
    for name, value in where.items():
        found = found[found[name] == value]
    assert len(found) == 1
    return found.iloc[0]


def test_by_hand():
    # Of 40 rows a has 3 of 10 right, b 24 of 30; 27 of 40 in all.
    y = np.ones(40, np.int32)
    said = np.concatenate((np.repeat([1, 0], [3, 7]), np.repeat([1, 0], [24, 6])))
    table = pd.DataFrame({"y": y, "side": ["a"] * 10 + ["b"] * 30})
    data = EvaluationSet("binary", y, table, Columns("y"), {"m": answers("m", said)}, ("no", "yes"))
    found = row(compute_slices(data, SlicesParams(minimum=10), no_progress).slices, metric="accuracy", slice="a")
    assert found["n"] == 10
    assert found["share"] == pytest.approx(10 / 40)
    assert found["value"] == pytest.approx(3 / 10)
    assert found["rest"] == pytest.approx(24 / 30)
    assert found["difference"] == pytest.approx(3 / 10 - 24 / 30)
    assert found["lift"] == pytest.approx((7 / 10) / (13 / 40))
    assert found["loss_share"] == pytest.approx(7 / 13)
    assert found["rule"] == "side == 'a'"


@pytest.mark.parametrize("model", ["old", "new"])
def test_values_agree_with_pandas_and_scikit_learn(model):
    said = DATA.predictions[model]
    frame = DATA.table.assign(label=said.label, p=said.probability)
    references = {
        "accuracy": lambda part: accuracy_score(part["y"], part["label"]),
        "f1": lambda part: f1_score(part["y"], part["label"]),
        "log_loss": lambda part: log_loss(part["y"], part["p"]),
    }
    for (key, expected), (shop, part) in (
        (one, two) for one in references.items() for two in frame.groupby("shop", observed=True)
    ):
        found = row(RESULT.slices, model=model, metric=key, column="shop", slice=shop)
        assert found["value"] == pytest.approx(expected(part))
        assert found["rest"] == pytest.approx(expected(frame[frame["shop"] != shop]))
        assert found["n"] == len(part)


def test_rules_select_the_rows_that_were_counted():
    unique = RESULT.slices.query("made_of != 'answers'").drop_duplicates(["column", "slice"])
    assert {"shop", "age", "day", "own rule", "y"} == set(unique["column"])
    for found in unique.to_dict("records"):
        assert parse_rule(found["rule"], DATA.table.columns).mask(DATA.table).sum() == found["n"]


def test_missing_is_a_slice():
    found = row(RESULT.slices, model="new", metric="accuracy", column="age", slice="missing")
    assert found["n"] == DATA.table["age"].isna().sum()


def test_own_rule_shows_what_it_selects_alone():
    found = RESULT.slices[RESULT.slices["column"] == "own rule"]
    assert set(found["slice"]) == {"age < 30 and shop == 'x'"}
    assert len(found) == RESULT.slices.groupby("model")["metric"].nunique().sum()


def test_pairs_are_paired():
    rows = (DATA.table["shop"] == "x").to_numpy()
    for key in ("accuracy", "f1", "roc_auc", "brier"):
        found = row(RESULT.pairs, metric=key, column="shop", slice="x")
        expected = compare(METRICS[key], DATA.take(rows), "new", "old")
        assert (found["model"], found["reference"]) == ("new", "old")
        assert found[["difference", "lower", "upper", "p_value"]].tolist() == pytest.approx(
            [expected.value, expected.lower, expected.upper, expected.p_value]
        )
        assert found["difference"] == pytest.approx(found["value"] - found["reference_value"])


def test_overall_is_the_comparison_on_all_rows():
    found = row(RESULT.overall, metric="accuracy")
    expected = compare(METRICS["accuracy"], DATA, "new", "old")
    assert found["difference"] == pytest.approx(expected.value)
    assert found["p_value"] == pytest.approx(expected.p_value)


def test_false_discovery_rate_covers_everything_that_was_tested():
    for table in (RESULT.slices, RESULT.pairs):
        assert table["q_value"].to_numpy() == pytest.approx(q_values(table["p_value"]), nan_ok=True)
        assert (table["q_value"].isna() == table["p_value"].isna()).all()


def test_small_slices_are_shown_but_not_tested():
    strict = compute_slices(DATA, SlicesParams(minimum=400), no_progress)
    small = strict.slices[strict.slices["n"] < 400]
    assert len(small)
    assert small["p_value"].isna().all()
    assert small["value"].notna().any()


def test_skipped_columns_say_why():
    assert RESULT.skipped["column"].tolist() == ["note"]
    assert "as an identifier has" in RESULT.skipped["reason"].iloc[0]
    found = [one for one in find_bad_slices(RESULT) if one.code == "SLI004"]
    assert len(found) == 1
    assert found[0].outcome == Outcome.TIP


def same(one: SlicesResult, two: SlicesResult) -> None:
    keys = ["model", "metric", "column", "slice"]
    for table, too in ((one.slices, two.slices), (one.pairs, two.pairs)):
        pd.testing.assert_frame_equal(
            table.sort_values(keys, ignore_index=True), too.sort_values(keys, ignore_index=True), check_exact=False
        )


def test_order_of_rows_changes_nothing():
    order = np.random.default_rng(1).permutation(len(DATA))
    same(
        compute_slices(DATA.take(order), SlicesParams(), no_progress), compute_slices(DATA, SlicesParams(), no_progress)
    )


def test_scale_of_weights_changes_nothing():
    weight = np.random.default_rng(1).random(len(DATA)) + 0.1
    one, two = (replace(DATA, weight=weight * scale) for scale in (1, 1000))
    same(compute_slices(one, SlicesParams(), no_progress), compute_slices(two, SlicesParams(), no_progress))


def test_names_of_models_change_nothing():
    renamed = {{"old": "zeta", "new": "alpha"}[name]: answers for name, answers in DATA.predictions.items()}
    renamed = {name: replace(answers, name=name) for name, answers in renamed.items()}
    found = compute_slices(replace(DATA, predictions=renamed), SlicesParams(), no_progress)
    assert found.pairs["difference"].tolist() == pytest.approx(
        compute_slices(DATA, SlicesParams(), no_progress).pairs["difference"].tolist(), nan_ok=True
    )


def codes(result: SlicesResult, model: str) -> list[str]:
    return [one.code for one in find_bad_slices(result) if one.model == model]


def test_a_planted_bad_slice_is_found_first():
    found = [one for one in find_bad_slices(RESULT) if one.code == "SLI001"]
    assert found[0].model == "new"
    assert found[0].slice == "shop == 'x'"
    assert found[0].outcome == Outcome.ISSUE
    evidence = dict(found[0].evidence)
    assert evidence["value"] < evidence["rest"]
    for name in ("value", "rest"):
        assert f"{evidence[name]:.3f}" in found[0].sentence
    assert not any(one.model == "old" for one in found)


def test_a_hidden_loss_to_the_incumbent_is_found():
    data = made(bad=0.4)
    # On the other shops the candidate repairs what the incumbent got wrong, so that it is better overall.
    new, old = data.predictions["new"], data.predictions["old"]
    repaired = np.where((data.table["shop"] == "x").to_numpy() | (np.arange(len(data)) % 3 > 0), new.label, data.y)
    both = {"old": answers("old", old.label), "new": answers("new", repaired)}
    result = compute_slices(replace(data, predictions=both), SlicesParams(), no_progress)
    assert row(result.overall, metric="accuracy")["difference"] > 0
    found = [one for one in find_bad_slices(result) if one.code == "SLI002"]
    assert [one.slice for one in found] == ["shop == 'x'"]
    assert "not worse than old overall" in found[0].sentence


def test_a_candidate_that_is_worse_everywhere_hides_nothing():
    data = made()
    flipped = np.where(np.random.default_rng(5).random(len(data)) < 0.3, 1 - data.y, data.y)
    both = {"old": answers("old", data.y), "new": answers("new", flipped)}
    result = compute_slices(replace(data, predictions=both), SlicesParams(), no_progress)
    assert "SLI002" not in codes(result, "new")


def test_like_slices_pass():
    result = compute_slices(made(seed=3), SlicesParams(), no_progress)
    assert codes(result, "new") == ["SLI003"]
    sentence = next(one.sentence for one in find_bad_slices(result) if one.code == "SLI003")
    tested = result.slices[result.slices["p_value"].notna()].drop_duplicates(["column", "slice"])
    assert f"{len(tested)} slices" in sentence


def test_noise_alone_is_seldom_a_finding():
    flagged = [codes(compute_slices(made(800, seed=seed), SlicesParams(), no_progress), "new") for seed in range(20)]
    assert sum("SLI001" in found for found in flagged) <= 3


def test_ten_rows_are_too_few():
    result = compute_slices(made(10), SlicesParams(), no_progress)
    assert codes(result, "new") == ["SLI005"]


def test_several_classes_and_values():
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"y": rng.integers(0, 30, 900), "c": rng.choice(list("ab"), 900)})
    y = table["y"].to_numpy().astype(np.int32)
    p = rng.dirichlet(np.ones(30), 900)
    data = EvaluationSet(
        "multiclass",
        y,
        table,
        Columns("y"),
        {"m": answers("m", p.argmax(axis=1), p)},
        tuple(f"class {k}" for k in range(30)),
    )
    found = compute_slices(data, SlicesParams(), no_progress).slices
    assert set(found["metric"]) == {"accuracy", "balanced_accuracy", "macro_f1", "log_loss", "brier"}
    values = EvaluationSet("regression", y + 0.0, table, Columns("y"), {"m": Predictions(value=y + p[:, 0], name="m")})
    found = compute_slices(values, SlicesParams(), no_progress).slices
    mae = row(found, metric="mae", column="c", slice="a")
    assert mae["value"] == pytest.approx(p[(table["c"] == "a").to_numpy(), 0].mean())


def test_a_model_that_withheld_everywhere_has_no_values():
    silent = Predictions(np.full(len(DATA), -1, np.int32), name="silent")
    result = compute_slices(
        replace(DATA, predictions=DATA.predictions | {"silent": silent}), SlicesParams(), no_progress
    )
    found = result.slices[result.slices["model"] == "silent"]
    assert (found["n"] == 0).all()
    assert found["value"].isna().all()
    assert codes(result, "silent") == ["SLI005"]


def test_a_bad_rule_is_refused():
    with pytest.raises(BadInput, match=re.escape("no column 'agee'; the nearest is age")):
        compute_slices(DATA, SlicesParams(rules=("agee < 3",)), no_progress)


def test_not_applicable():
    assert METHOD.why_not(replace(DATA, predictions={})) is not None
    with pytest.raises(NotApplicable, match="No model"):
        compute_slices(replace(DATA, predictions={}), SlicesParams(), no_progress)
    with pytest.raises(NotApplicable, match="no rows"):
        compute_slices(DATA.take(np.zeros(len(DATA), bool)), SlicesParams(), no_progress)
    with pytest.raises(NotApplicable, match="No column"):
        compute_slices(replace(DATA, table=DATA.table[["y", "note"]]), SlicesParams(), no_progress)


def test_result_survives_a_file(tmp_path):
    for name, table in RESULT.tables().items():
        table.to_parquet(tmp_path / name)
        pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / name), table)


COLOURS = colours_of(["old", "new"])


def looks(**view) -> dict[str, object]:
    return {one.key: one for one in METHOD.look(RESULT, METHOD.view(**view), COLOURS)}


def test_figures_draw_the_tables():
    drawn = looks(metric="accuracy", column="shop", minimum=1)
    assert list(drawn) == ["worst", "difference", "heat", "columns", "side_by_side"]
    worst = drawn["worst"]
    table = worst.table[worst.table["model"] == "new"]
    dots = next(trace for trace in worst.figure.data if trace.name == "new")
    assert list(dots.x) == table["value"].tolist()
    assert dots.error_x.array.tolist() == pytest.approx((table["upper"] - table["value"]).tolist())
    assert dots.marker.color == COLOURS["new"]
    assert worst.figure.layout.yaxis.ticktext[0] == "shop: x"
    difference = drawn["difference"]
    points = sorted(float(x) for trace in difference.figure.data for x in trace.x)
    assert points == sorted(difference.table["difference"])
    heat = drawn["heat"]
    assert sorted(np.ravel(heat.figure.data[0].z)) == pytest.approx(sorted(heat.table["noise"]))


def test_turned_pairs_have_turned_signs():
    one = looks(first="new", second="old", metric="f1", sort="column", minimum=1)["difference"].table
    two = looks(first="old", second="new", metric="f1", sort="column", minimum=1)["difference"].table
    assert one["difference"].tolist() == pytest.approx((-two["difference"]).tolist())
    assert one["lower"].tolist() == pytest.approx((-two["upper"]).tolist())


def test_view_filters_and_sorts():
    table = looks(metric="accuracy", sort="most rows")["worst"].table
    order = table.drop_duplicates(["column", "slice"])["n"].tolist()
    assert order == sorted(order, reverse=True)
    assert set(looks(column="day")["columns"].table["column"]) == {"day"}
    assert looks(minimum=10**6)["worst"].table.empty


def test_one_model_has_no_pair():
    alone = RESULT.only(["new"])
    drawn = METHOD.look(alone, METHOD.view(), COLOURS)
    assert [one.key for one in drawn] == ["worst", "columns", "time", "side_by_side"]
    assert "apart" not in drawn[-1].table
    assert METHOD.look(RESULT.only([]), METHOD.view(), COLOURS) == []


def test_names_are_shown_as_text():
    table = DATA.table.rename(columns={"shop": "<b>shop</b>"})
    result = compute_slices(replace(DATA, table=table), SlicesParams(), no_progress)
    worst = METHOD.look(result, METHOD.view(column="<b>shop</b>"), COLOURS)[0]
    assert all(name.startswith("&lt;b&gt;shop") for name in worst.figure.layout.yaxis.ticktext)
    assert all(one[0].startswith("&lt;b&gt;shop") for one in worst.figure.data[0].customdata)


def test_displays_are_the_tables():
    drawn = {one.key: one.table for one in METHOD.displays(RESULT, COLOURS)}
    assert drawn["slices"] is RESULT.slices
    assert drawn["pairs"] is RESULT.pairs
    assert [one.key for one in METHOD.displays(RESULT.only(["new"]), COLOURS)] == [
        "slices",
        "pairs",
        "leads",
        "drift",
        "skipped",
    ]


def test_the_candidate_is_looked_at_first_whatever_came_first():
    vendor = replace(DATA.predictions["old"], name="vendor", role=Role.EXISTING)
    found = compute_slices(
        replace(DATA, predictions={"vendor": vendor} | DATA.predictions), SlicesParams(), no_progress
    )
    assert list(dict.fromkeys(found.pairs["model"])) == ["new", "vendor"]


def test_what_a_slice_could_have_shown_has_a_power_of_80_percent():
    found = RESULT.slices.dropna(subset=["detectable"])
    stderr = (found["difference_upper"] - found["difference_lower"]) / (2 * stats.norm.ppf(0.975))
    power = stats.norm.sf(stats.norm.ppf(0.975) - found["detectable"] / stderr)
    assert power == pytest.approx(np.full(len(found), 0.8))
    assert {"detectable"} <= set(RESULT.pairs)


def test_small_slices_do_not_come_first_by_chance():
    """One slice of many rows is bad by 20 points; both rows of another are wrong by chance."""
    random = np.random.default_rng(5)
    shop = np.concatenate((np.repeat("tiny", 2), np.repeat("bad", 2_000), random.choice(list("abcdefgh"), 8_000)))
    y = random.integers(0, 2, len(shop)).astype(np.int32)
    wrong = random.random(len(shop)) < np.where(shop == "bad", 0.3, 0.1)
    wrong[:2] = True
    table = pd.DataFrame({"y": y, "shop": shop})
    models = {"m": answers("m", np.where(wrong, 1 - y, y))}
    data = EvaluationSet("binary", y, table, Columns("y"), models, ("no", "yes"))
    result = compute_slices(data, SlicesParams(), no_progress)
    shown = METHOD.look(result, METHOD.view(metric="accuracy", minimum=1), {})[0].table
    assert shown["slice"].iloc[0] == "bad"
    found = shown.set_index("slice")
    assert found.loc["tiny", "difference"] < found.loc["bad", "difference"]
    assert abs(found.loc["tiny", "shrunk"]) < abs(found.loc["bad", "shrunk"])


def drifting(change: float, seed: int = 0, n: int = 6_000) -> SlicesResult:
    """A model that is right in 0.9 of the rows at first and `change` more at the end of ten months."""
    random = np.random.default_rng(seed)
    day = np.sort(random.integers(0, 300, n))
    y = random.integers(0, 2, n).astype(np.int32)
    right = random.random(n) < 0.9 + change * day / 299
    table = pd.DataFrame({"y": y, "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(day, unit="D")})
    models = {"m": answers("m", np.where(right, y, 1 - y))}
    return compute_slices(
        EvaluationSet("binary", y, table, Columns("y"), models, ("no", "yes")), SlicesParams(), no_progress
    )


def test_a_model_that_gets_worse_from_month_to_month_is_told():
    result = drifting(-0.2)
    found = row(result.drift, metric="accuracy")
    assert (found["begin"], found["end"], found["periods"], found["n"]) == ("2024-01", "2024-10", 10, 6_000)
    assert found["slope"] == pytest.approx(-0.2 / 9.8, abs=0.004)
    assert found["first"] == pytest.approx(0.89, abs=0.02)
    assert found["last"] == pytest.approx(0.71, abs=0.02)
    (told,) = [one for one in find_bad_slices(result) if one.code == "SLI006"]
    assert told.sentence.startswith("m gets worse over the 10 periods of day: ")
    time = next(one for one in METHOD.look(result, METHOD.view(metric="accuracy"), COLOURS) if one.key == "time")
    dots, line = time.figure.data
    months = result.slices.query("metric == 'accuracy' and column == 'day'")
    assert list(dots.x) == months["slice"].tolist()
    assert list(dots.y) == months["value"].tolist()
    assert list(line.y) == [found["first"], found["last"]]


@pytest.mark.parametrize("change", [0.0, 0.08])
def test_a_model_that_stays_as_good_or_gets_better_is_not(change):
    assert not [one for one in find_bad_slices(drifting(change)) if one.code == "SLI006"]


def test_three_periods_make_no_trend():
    day = np.repeat(["2024-01-01", "2024-01-02", "2024-01-03"], 50)
    y = np.tile([0, 1], 75).astype(np.int32)
    table = pd.DataFrame({"y": y, "day": pd.to_datetime(day)})
    data = EvaluationSet("binary", y, table, Columns("y"), {"m": answers("m", y)}, ("no", "yes"))
    assert compute_slices(data, SlicesParams(), no_progress).drift.empty


def test_every_slice_stands_on_one_line_with_both_models():
    display = looks(metric="accuracy", minimum=1)["side_by_side"]
    table = display.table.set_index(["column", "slice"])
    slices = RESULT.slices.query("metric == 'accuracy' and made_of == 'data'")
    assert len(table) == len(slices) / 2
    assert table.index.is_unique
    for place in (("shop", "x"), ("day", "2024-03")):
        for model in ("new", "old"):
            one = row(slices, model=model, column=place[0], slice=place[1])
            assert table.loc[place, f"value of {model}"] == one["value"]
        assert table.loc[place, "difference"] == row(slices, model="new", column=place[0], slice=place[1])["difference"]
        pair = row(RESULT.pairs, metric="accuracy", column=place[0], slice=place[1])
        found = table.loc[place, ["apart", "apart_lower", "apart_upper", "apart_q_value"]].tolist()
        assert found == pair[["difference", "lower", "upper", "q_value"]].tolist()
    assert display.bars == {"share": 1.0, "value of new": 1.0, "value of old": 1.0}
    assert looks(metric="log_loss")["side_by_side"].bars == {"share": 1.0}


NAMED = compute_slices(
    DATA,
    SlicesParams(
        rules=(
            "age >= 80",
            "Shops / Far: shop == 'x'",
            "Shops / Near / Old: age > 60 and shop != 'x'",
            "Young: age < 30",
        )
    ),
    no_progress,
)


def test_a_rule_with_a_name_is_called_by_it_and_selects_the_same():
    bare = compute_slices(DATA, SlicesParams(rules=("shop == 'x'",)), no_progress)
    mine = row(NAMED.slices, model="new", metric="accuracy", slice="Shops / Far")
    assert (mine["column"], mine["rule"]) == ("own rule", "shop == 'x'")
    assert mine["value"] == row(bare.slices, model="new", metric="accuracy", column="own rule")["value"]
    told = [finding.sentence for finding in find_bad_slices(NAMED)]
    assert any(sentence.startswith("new is worse where shop == 'x' (“Shops / Far”): ") for sentence in told)


def test_own_slices_come_first_with_their_folders():
    view = METHOD.view(metric="accuracy", minimum=1)
    table = {one.key: one for one in METHOD.look(NAMED, view, colours_of(DATA.predictions))}["side_by_side"].table
    assert table["column"].head(4).tolist() == ["own rule"] * 4
    assert "own rule" not in table["column"].tail(-4).tolist()
    assert dict(zip(table["slice"].head(4), table["folder"].head(4), strict=True)) == {
        "age >= 80": "",
        "Shops / Far": "Shops",
        "Shops / Near / Old": "Shops / Near",
        "Young": "",
    }
    assert set(table["folder"].tail(-4)) == {""}


@pytest.mark.parametrize(
    ("folder", "names"),
    [("Shops", {"Shops / Far", "Shops / Near / Old"}), ("Shops / Near", {"Shops / Near / Old"}), ("Shop", set())],
)
def test_a_folder_shows_what_lies_in_it(folder, names):
    view = METHOD.view(metric="accuracy", minimum=1, folder=folder)
    displays = METHOD.look(NAMED, view, colours_of(DATA.predictions))
    assert set({one.key: one for one in displays}["side_by_side"].table["slice"]) == names


def test_two_slices_of_one_name_are_refused():
    with pytest.raises(BadInput, match="Two slices are called “A”"):
        compute_slices(DATA, SlicesParams(rules=("A: age < 30", "A: age > 30")), no_progress)


def test_a_cell_of_the_heat_map_leads_to_its_rows():
    table = looks(metric="accuracy")["heat"].table
    for cell in table.to_dict("records"):
        assert parse_rule(cell["rule"], DATA.table.columns).mask(DATA.table).sum() == cell["n"]


def test_leads_are_over_the_best_baseline_that_is_beaten_on_all_rows():
    """The candidate beats the zero rule overall but not the incumbent, and where the shop is x it beats neither."""
    found = row(RESULT.slices, model="new", metric="log_loss", column="shop", slice="x")
    inside = (DATA.table["shop"] == "x").to_numpy()
    share = DATA.y.mean()
    of_shares = log_loss(DATA.y[inside], np.full(inside.sum(), share))
    assert found["baseline"] == "Zero rule"
    assert found["baseline_value"] == pytest.approx(of_shares, rel=1e-12)
    assert found["lead"] == pytest.approx(of_shares - found["value"], rel=1e-12)
    p = DATA.predictions["new"].probability[inside]
    apart = -np.log(np.where(DATA.y[inside] == 1, share, 1 - share)) + np.log(np.where(DATA.y[inside] == 1, p, 1 - p))
    lower, upper = stats.t.interval(0.95, inside.sum() - 1, apart.mean(), stats.sem(apart))
    assert [found["lead_lower"], found["lead_upper"]] == pytest.approx([lower, upper], rel=1e-9)
    overall = RESULT.leads.query("model == 'new' and metric == 'log_loss'").set_index("baseline")
    assert overall.loc["Zero rule", "lower"] > 0 > overall.loc["old", "upper"]
    stderr = (upper - lower) / (2 * stats.norm.ppf(0.975))
    expected = 2 * stats.norm.sf(abs(found["lead"] - overall.loc["Zero rule", "lead"]) / stderr)
    assert found["lead_p_value"] == pytest.approx(expected, rel=1e-6)
    assert RESULT.slices["lead_q_value"].to_numpy() == pytest.approx(
        q_values(RESULT.slices["lead_p_value"]), nan_ok=True
    )


def test_a_slice_that_does_not_beat_a_baseline_is_told():
    found, own = (one for one in find_bad_slices(RESULT) if one.code == "SLI007")
    assert (found.model, found.slice, found.outcome) == ("new", "shop == 'x'", Outcome.ISSUE)
    assert own.slice == "age < 30 and shop == 'x'"
    assert found.sentence.startswith("new is worse than Zero rule beyond noise where shop == 'x': Log loss is ")
    evidence = dict(found.evidence)
    assert evidence["lead_upper"] < 0 < evidence["lead_overall"]


def test_a_slice_of_few_rows_is_no_finding_for_having_no_sure_lead():
    """Where the lead is the same in every slice, one that is too small to show it is not told."""
    for seed in range(10):
        result = compute_slices(made(600, seed=seed), SlicesParams(), no_progress)
        assert (result.slices["lead_lower"] <= 0).any()
        assert "SLI007" not in {one.code for one in find_bad_slices(result)}


def test_a_slice_of_one_class_gains_nothing_from_a_model():
    """Where nearly all outcomes are alike, the zero rule is as right as a model that is as good as elsewhere."""
    random = np.random.default_rng(3)
    shop = random.choice(list("xyz"), 6000)
    y = (random.random(6000) < np.where(shop == "x", 0.02, 0.5)).astype(np.int32)
    label = np.where(random.random(6000) < np.where(shop == "x", 0.03, 0.1), 1 - y, y)
    table = pd.DataFrame({"y": y, "shop": shop})
    data = EvaluationSet("binary", y, table, Columns("y"), {"m": answers("m", label)}, ("no", "yes"))
    result = compute_slices(data, SlicesParams(), no_progress)
    (found,) = [one for one in find_bad_slices(result) if one.code == "SLI007"]
    assert found.slice == "shop == 'x'"
    assert dict(found.evidence)["metric"] == "accuracy"
    assert dict(found.evidence)["lead_lower"] <= 0


def test_with_very_many_classes_no_baseline_is_told():
    random = np.random.default_rng(0)
    table = pd.DataFrame({"y": random.integers(0, 40, 1200), "c": random.choice(list("ab"), 1200)})
    y, p = table["y"].to_numpy(np.int32), random.dirichlet(np.ones(40), 1200)
    names = tuple(f"class {k}" for k in range(40))
    models = {"m": answers("m", p.argmax(axis=1), p)}
    result = compute_slices(
        EvaluationSet("multiclass", y, table, Columns("y"), models, names), SlicesParams(), no_progress
    )
    assert set(result.slices["metric"]) == {"accuracy", "log_loss", "brier"}
    assert set(result.slices["baseline"]) == {""}
    assert result.slices["lead"].isna().all()
    assert result.leads.empty
    assert METHOD.look(result, METHOD.view(), {})[-1].table["lead"].isna().all()


def test_what_is_judged_makes_slices_that_are_not_tested_against_the_rest():
    judged = RESULT.slices[RESULT.slices["made_of"] != "data"]
    assert set(judged["made_of"]) == {"truth", "answers"}
    assert judged[["p_value", "lead_p_value"]].isna().all(axis=None)
    no = row(judged, model="new", metric="accuracy", column="y", slice="0")
    assert no["value"] == pytest.approx((DATA.predictions["new"].label[DATA.y == 0] == 0).mean())
    pair = row(RESULT.pairs, model="new", metric="accuracy", column="y", slice="0")
    assert pair["p_value"] == pytest.approx(compare(METRICS["accuracy"], DATA.take(DATA.y == 0), "new", "old").p_value)
    assert RESULT.pairs[RESULT.pairs["column"] == "confidence of new"]["p_value"].isna().all()


def test_what_is_judged_is_shown_when_it_is_asked_for():
    columns = {looks(metric="accuracy")["side_by_side"].table["column"].iloc[place] for place in range(5)}
    assert columns <= {"shop", "age", "day", "own rule"}
    asked = looks(metric="accuracy", made_of="truth and answers")["side_by_side"].table
    assert set(asked["column"]) == {
        "y",
        *(f"{about} of {name}" for about in ("label", "confidence") for name in ROLES | {"new": 0}),
    }


def test_without_being_asked_for_truth_and_answers_are_left_out():
    found = compute_slices(DATA, SlicesParams(), no_progress)
    assert set(found.slices["made_of"]) == {"data"}
    view = METHOD.view(metric="accuracy", made_of="truth and answers")
    table = {one.key: one for one in METHOD.look(found, view, COLOURS)}["side_by_side"].table
    assert set(table["column"]) == {"shop", "age", "day"}


def test_weights_that_are_all_in_a_slice_leave_nothing_to_the_rest():
    """Sums of weights minus themselves are not 0 but for rounding; recall of a class that is not there is undefined."""
    weight = np.random.default_rng(0).random(len(DATA)) + 0.1
    found = compute_slices(replace(DATA, weight=weight), SlicesParams(answers=True), no_progress).slices
    rest = found.query("column == 'y' and slice == '1' and metric == 'recall'")["rest"]
    assert rest.isna().all()
