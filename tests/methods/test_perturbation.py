"""Perturbation: known-answer models, what each perturbation does to a column, failures, findings and charts."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from evallib.core.errors import BadInput, Cancelled, NotApplicable
from evallib.core.evaluation_set import WITHHELD, Answers, Columns, EvaluationSet, Predictions, Role
from evallib.core.finding import Outcome, Severity
from evallib.core.progress import no_progress
from evallib.methods.perturbation import METHOD
from evallib.methods.perturbation.batch import ALL, Batch
from evallib.methods.perturbation.compute import PerturbationParams, PerturbationResult, compute_perturbation
from evallib.methods.perturbation.figures import (
    PerturbationView,
    look_at_perturbation,
    perturbation_displays,
    worst_column,
)
from evallib.methods.perturbation.findings import CODES, find_fragility
from evallib.methods.perturbation.perturbations import PERTURBATIONS, Kind, spread
from evallib.methods.perturbation.ranking import first_crossing
from evallib.methods.perturbation.sample import stratified_sample

CLASSES = ("no", "yes")
COLOURS = {"A": "#0072B2", "B": "#D55E00"}
NOISE, MISSING, SWAP = (PERTURBATIONS[key] for key in ("noise", "missing", "swap"))


class Model:
    """A model that is a function of the rows; it counts the rows that it was asked about."""

    def __init__(self, answer):
        self.answer, self.asked = answer, []

    def predict(self, features):
        self.asked.append(features)
        return self.answer(features)


def labels(said):
    return Answers(label=np.asarray(said).astype(np.int32))


def scores(probability):
    probability = np.asarray(probability, float)
    return Answers((probability >= 0.5).astype(np.int32), probability)


def values(value):
    return Answers(value=np.asarray(value, float))


def is_red(rows):
    return labels(rows["colour"] == "red")


def above_zero(rows):
    return labels(rows["x"] > 0)


def evaluation(table, y, answers, task="binary", classes=CLASSES, roles=None, **columns):
    """An evaluation set of functions, which are asked once for the clean predictions."""
    models = {name: Model(answer) for name, answer in answers.items()}
    predictions = {}
    for name, model in models.items():
        found = model.predict(table)
        predictions[name] = Predictions(
            found.label, found.probability, found.value, name=name, role=(roles or {}).get(name, Role.CANDIDATE)
        )
        model.asked.clear()
    features = columns.pop("features", tuple(table.columns))
    kind = np.float64 if task == "regression" else np.int32
    return EvaluationSet(
        task,
        np.asarray(y).astype(kind),
        table.assign(y=y),
        Columns("y", features, **columns),
        predictions,
        () if task == "regression" else classes,
        models=models,
        fingerprint="f",
    )


def colours(n=400, seed=0):
    chance = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "colour": pd.Categorical(chance.choice(["red", "blue"], n), categories=["blue", "green", "red"]),
            "x": chance.normal(size=n),
            "count": chance.integers(0, 30, n),
        }
    )


def two_models(roles=None):
    """A reads the colour, and is right wherever the colour is; B reads x, and is right in 9 of 10 rows."""
    table = colours()
    y = (table["colour"] == "red").astype(int)
    wrong = np.arange(len(table)) % 10 == 0
    table["x"] = np.where(y == 1, 1.0, -1.0) * np.where(wrong, -1, 1)
    return evaluation(table, y, {"A": is_red, "B": above_zero}, roles=roles)


def compute(data, **params):
    return compute_perturbation(data, PerturbationParams(**params), no_progress)


def curve(result, column, kind, model="A"):
    curves = result.curves
    chosen = curves[(curves["model"] == model) & (curves["kind"] == kind) & (curves["column"] == column)]
    return chosen.set_index("severity")


# ---- known answers


def test_a_model_of_one_category_is_always_wrong_where_every_one_of_two_is_swapped():
    result = compute(two_models(), kinds=("swap",))
    swapped = curve(result, "colour", "swap")
    assert swapped.loc[0.0, ["value", "change", "flip_rate"]].tolist() == [1.0, 0.0, 0.0]
    assert swapped.loc[1.0, ["value", "change", "flip_rate"]].tolist() == [0.0, -1.0, 1.0]
    np.testing.assert_allclose(swapped["value"], 1 - swapped["flip_rate"], rtol=1e-12)
    assert (np.diff(swapped["flip_rate"]) > 0).all()
    for severity in (0.1, 0.25, 0.5, 0.75):
        standard_error = np.sqrt(severity * (1 - severity) / 400)
        assert swapped.loc[severity, "flip_rate"] == pytest.approx(severity, abs=4 * standard_error)


def test_wilson_and_tango_intervals_of_a_swap_by_hand():
    swapped = curve(compute(two_models(), kinds=("swap",)), "colour", "swap").loc[1.0]
    z2 = 1.959963984540054**2
    assert swapped["flip_lower"] == pytest.approx(400 / (400 + z2))
    assert swapped["upper"] == pytest.approx(z2 / (400 + z2))
    assert swapped["change_upper"] == pytest.approx(-(400 - z2) / (400 + z2))


def test_a_column_that_the_model_ignores_changes_nothing():
    result = compute(two_models())
    for kind, column in (("noise", "x"), ("noise", "count"), ("missing", "x"), ("missing", "count")):
        ignored = curve(result, column, kind)
        assert (ignored["value"] == 1.0).all()
        assert (ignored[["change", "flip_rate"]] == 0.0).all(axis=None)
    ignored = curve(result, "colour", "swap", model="B")
    assert (ignored["value"] == 0.9).all()
    assert (ignored["flip_rate"] == 0.0).all()


def test_a_linear_model_moves_by_its_slope_times_the_noise():
    chance = np.random.default_rng(1)
    # The two far rows keep the noise of all others unclipped, and weigh nothing.
    x = np.concatenate([chance.normal(size=998), [-1000.0, 1000.0]])
    data = evaluation(
        pd.DataFrame({"x": x}), 3 * x + 2, {"A": lambda rows: values(3 * rows["x"] + 2)}, task="regression"
    )
    data = replace(data, weight=(np.abs(x) < 500).astype(float))
    noisy = curve(compute(data, kinds=("noise",)), "x", "noise")
    moved = [3 * np.abs(NOISE.apply(data.table["x"], s, 0) - x)[:998].mean() for s in noisy.index]
    np.testing.assert_allclose(noisy["mean_change"], moved)
    np.testing.assert_allclose(noisy["value"], noisy["value"][1.0] * noisy.index.to_numpy(), rtol=1e-9, atol=1e-12)
    assert noisy["value"][1.0] == pytest.approx(3 * spread(data.table["x"]), rel=4 / np.sqrt(2 * 998))
    assert noisy["flip_rate"].isna().all()
    assert set(noisy["metric"]) == {"rmse"}


def test_probabilities_move_by_half_the_sum_over_the_classes():
    table = pd.DataFrame({"colour": ["red", "blue", "green"] * 20})
    codes = {"red": 0, "blue": 1, "green": 2}

    def answer(rows):
        label = rows["colour"].map(codes).to_numpy()
        probability = np.full((len(rows), 3), 0.1)
        probability[np.arange(len(rows)), label] = 0.8
        return Answers(label.astype(np.int32), probability)

    data = evaluation(table, table["colour"].map(codes), {"A": answer}, "multiclass", ("red", "blue", "green"))
    swapped = curve(compute(data, metric="accuracy"), "colour", "swap")
    assert swapped.loc[1.0, "flip_rate"] == 1.0
    assert swapped.loc[1.0, "value"] == 0.0
    assert swapped.loc[1.0, "mean_change"] == pytest.approx((0.7 + 0.7) / 2)
    assert swapped.loc[0.0, "mean_change_lower"] == 0.0
    assert curve(compute(data, kinds=("swap",)), "colour", "swap")["metric"].unique() == ["roc_auc"]


def test_severity_0_is_the_identity_and_asks_nobody():
    data = two_models()
    result = compute(data)
    clean = result.curves[result.curves["severity"] == 0.0]
    assert len(clean) == len(result.curves) / 6
    unmoved = ["change", "change_lower", "change_upper", "flip_rate", "flip_lower", "flip_upper"]
    assert (clean[unmoved] == 0.0).all(axis=None)
    for kind in PERTURBATIONS.values():
        column = data.table["colour"]
        assert kind.apply(column, 0.0, 0) is column
    assert len(data.models["A"].asked) == 3 + 4 + 2


def test_every_answer_is_the_one_of_its_own_row():
    chance = np.random.default_rng(3)
    table = pd.DataFrame({"x": chance.normal(size=50), "colour": chance.choice(["a", "b", "c"], 50), "k": range(50)})

    def answer(rows):
        letters = rows["colour"].astype(str).map({"a": 1.0, "b": 2.0, "c": 3.0, "nan": 9.0})
        return values(rows["x"].fillna(100) * 1000 + letters * 7 + rows["k"].fillna(-5))

    clean = answer(table)
    for kind, targets in ((NOISE, ["x", "k"]), (MISSING, ["x", "colour", "k"]), (SWAP, ["colour"])):
        severities = [0.1, 0.5, 1.0]
        found = Batch(table, kind, targets, severities, seed=4).ask(Model(answer), clean)
        for severity, asked in zip(severities, found, strict=True):
            changed = table.assign(**{name: kind.apply(table[name], severity, 4) for name in targets})
            np.testing.assert_allclose(asked.value, answer(changed).value)


def test_a_row_is_asked_about_once_however_many_severities_change_it_alike():
    data = two_models()
    compute(data, kinds=("swap",), severities=(0.25, 0.5, 1.0))
    assert [len(rows) for rows in data.models["A"].asked] == [400, 400]
    both = compute(data, kinds=("missing",))
    assert both.failures.empty
    assert len(data.models["B"].asked[-1]) == 400


# ---- the perturbations themselves


def test_noise_is_in_units_of_the_spread_and_stays_within_the_range():
    x = pd.Series(np.random.default_rng(0).normal(50, 10, 20_000), name="x")
    shift = NOISE.apply(x, 0.1, 0) - x
    assert shift.std() == pytest.approx(0.1 * spread(x), rel=0.03)
    strong = NOISE.apply(x, 1.0, 0)
    assert (strong.min(), strong.max()) == (x.min(), x.max())
    inside = (strong > x.min()) & (strong < x.max()) & (x + shift > x.min()) & (x + shift < x.max())
    np.testing.assert_allclose((strong - x)[inside], 10 * shift[inside])


def test_the_spread_is_the_standard_deviation_of_the_clipped_values():
    x = pd.Series([*range(1, 100), 10**9], dtype=float)
    low, high = np.percentile(x, [1, 99])
    assert (low, high) == (1.99, pytest.approx(99 + 0.01 * (10**9 - 99)))
    assert spread(pd.Series([0.0] * 999 + [5.0])) == pytest.approx(5 * np.sqrt(0.001 * 0.999))
    assert spread(pd.Series([4.0, 4.0])) == spread(pd.Series([np.nan, np.nan])) == 0.0
    assert spread(pd.Series([1.0, np.nan, np.inf, 3.0])) == pytest.approx(np.clip([1, 3], 1.02, 2.98).std())


@pytest.mark.parametrize("dtype", ["int64", "int8", "uint32", "float32", "float64", "Int64", "Float64"])
def test_noise_keeps_the_type_of_the_column(dtype):
    x = pd.Series([1, 5, 9, 20, 7] * 20, dtype=dtype, name="x")
    noisy = NOISE.apply(x, 0.5, 0)
    assert noisy.dtype == x.dtype
    assert not noisy.equals(x)
    assert noisy.between(1, 20).all()
    if "float" in dtype.lower():
        assert (noisy % 1 != 0).any()


def test_noise_leaves_missing_and_infinite_values_alone():
    x = pd.Series([1.0, np.nan, np.inf, 3.0, -np.inf, 2.0], name="x")
    noisy = NOISE.apply(x, 1.0, 0)
    assert noisy[[1, 2, 4]].equals(x[[1, 2, 4]])
    whole = pd.Series([1, None, 30, 4], dtype="Int64", name="x")
    assert NOISE.apply(whole, 1.0, 0).isna().tolist() == [False, True, False, False]


def test_values_go_missing_at_their_rate_whatever_they_are():
    x = pd.Series(np.arange(10_000), name="x")
    holed = MISSING.apply(x, 0.25, 0)
    assert holed.isna().mean() == pytest.approx(0.25, abs=4 * np.sqrt(0.25 * 0.75 / 10_000))
    assert holed.dropna().equals(x[holed.notna()].astype(float))
    assert x[holed.isna()].mean() == pytest.approx(4999.5, abs=4 * 2887 / np.sqrt(2500))
    assert (holed.isna() <= MISSING.apply(x, 0.5, 0).isna()).all()
    assert MISSING.apply(x, 1.0, 0).isna().all()


@pytest.mark.parametrize(
    ("column", "dtype"),
    [
        (pd.Series([1, 2, 3]), "float64"),
        (pd.Series([1, 2, 3], dtype="Int64"), "Int64"),
        (pd.Series([1.5, 2, 3], dtype="float32"), "float32"),
        (pd.Series([True, False, True]), "object"),
        (pd.Series(["a", "b", "c"]), "str"),
        (pd.Series(["a", "b", "c"], dtype=pd.CategoricalDtype(["c", "b", "a", "z"])), pd.CategoricalDtype([*"cbaz"])),
        (pd.Series(["a", 1, True], dtype=object), "object"),
    ],
)
def test_missing_values_keep_the_type_that_a_reader_would_give(column, dtype):
    holed = MISSING.apply(column.rename("x"), 1.0, 0)
    assert holed.dtype == dtype
    assert holed.isna().all()


@pytest.mark.parametrize(
    "column",
    [
        pd.Series(["a", "b", "a", "c"] * 50),
        pd.Series(["a", "b", "a", "c"] * 50, dtype="category"),
        pd.Series([1, 2, 1, 3] * 50, dtype="category"),
        pd.Series([True, False, True, True] * 50),
        pd.Series(["a", 1, None, True] * 50, dtype=object),
        pd.Series(["a", None, "a", "c"] * 50, dtype=pd.CategoricalDtype([*"zca"], ordered=True)),
    ],
)
def test_a_swap_gives_another_value_of_the_column_in_its_own_type(column):
    swapped = SWAP.apply(column.rename("x"), 1.0, 0)
    assert swapped.dtype == column.dtype
    known = column.notna()
    assert (swapped.isna() == column.isna()).all()
    assert (swapped[known].astype(object) != column[known].astype(object)).all()
    assert set(swapped[known]) <= set(column[known])


def test_the_other_category_is_drawn_as_often_as_it_occurs():
    column = pd.Series(["a"] * 6000 + ["b"] * 3000 + ["c"] * 1000, name="x")
    swapped = SWAP.apply(column, 1.0, 0)
    shares = pd.crosstab(column, swapped, normalize="index")
    assert shares.loc["a", "b"] == pytest.approx(3 / 4, abs=4 * np.sqrt(3 / 16 / 6000))
    assert shares.loc["b", "a"] == pytest.approx(6 / 7, abs=4 * np.sqrt(6 / 49 / 3000))
    assert shares.loc["c", "b"] == pytest.approx(3 / 9, abs=4 * np.sqrt(18 / 81 / 1000))
    assert np.diag(shares).tolist() == [0, 0, 0]


def test_booleans_are_negated():
    column = pd.Series([True, False, False, True], name="x")
    assert SWAP.apply(column, 1.0, 0).tolist() == [False, True, True, False]


@pytest.mark.parametrize(
    ("column", "fitting"),
    [
        (pd.Series([1.0, 2.0]), {"noise", "missing"}),
        (pd.Series([1, 2]), {"noise", "missing"}),
        (pd.Series([3.0, 3.0]), {"missing"}),
        (pd.Series([2**60, 5]), {"missing"}),
        (pd.Series([True, False]), {"swap", "missing"}),
        (pd.Series(["a", "b"]), {"swap", "missing"}),
        (pd.Series([1, 2], dtype="category"), {"swap", "missing"}),
        (pd.Series(["a", "a"]), {"missing"}),
        (pd.Series([None, None], dtype=float), set()),
        (pd.to_datetime(pd.Series(["2020-01-01", "2020-01-02"])), set()),
        (pd.to_timedelta(pd.Series(["1 day", "2 days"])), set()),
        (pd.Series(pd.period_range("2020", periods=2, freq="M")), set()),
    ],
)
def test_which_perturbations_fit_a_column(column, fitting):
    assert {key for key, kind in PERTURBATIONS.items() if kind.fits(column)} == fitting


def test_the_catalogue_and_the_parameter_name_the_same_kinds():
    assert tuple(PERTURBATIONS) == Kind.__args__
    for kind in PERTURBATIONS.values():
        assert kind.title and kind.unit and kind.full and kind.refusal


# ---- the same for everybody, and again


def test_the_same_seed_gives_the_same_tables_and_another_seed_others():
    first, second, other = (compute(two_models(), rows=100, seed=seed).tables() for seed in (5, 5, 6))
    for name, table in first.items():
        pd.testing.assert_frame_equal(table, second[name])
    assert not first["curves"].equals(other["curves"])


def test_neither_the_order_of_columns_nor_other_kinds_nor_other_models_matter():
    data = two_models()
    whole = compute(data).curves.set_index(["model", "kind", "column", "severity"]).sort_index()
    turned = replace(data, columns=replace(data.columns, features=data.columns.features[::-1]))
    pd.testing.assert_frame_equal(
        compute(turned).curves.set_index(["model", "kind", "column", "severity"]).sort_index(), whole
    )
    alone = replace(data, predictions={"B": data.predictions["B"]}, models={"B": data.models["B"]})
    single = compute(alone, kinds=("swap",)).curves.set_index(["model", "kind", "column", "severity"])
    pd.testing.assert_frame_equal(single, whole.loc[single.index])


def test_the_scale_of_the_weights_does_not_matter():
    data = two_models()
    weight = np.random.default_rng(0).uniform(1, 3, len(data))
    one, ten = (compute(replace(data, weight=weight * scale)).curves for scale in (1, 10))
    pd.testing.assert_frame_equal(one, ten)
    assert not one["value"].equals(compute(data).curves["value"])


def test_all_models_answer_the_same_rows():
    data = two_models()
    compute(data, kinds=("noise",), severities=(0.5,))
    for one, other in zip(data.models["A"].asked, data.models["B"].asked, strict=True):
        pd.testing.assert_frame_equal(one, other)


def test_the_sample_keeps_the_share_of_every_class():
    y = np.repeat([0, 1, 2], [700, 290, 10])
    table = pd.DataFrame({"x": np.arange(1000.0)})
    data = evaluation(table, y, {"A": lambda rows: labels(np.zeros(len(rows)))}, "multiclass", ("a", "b", "c"))
    sample = stratified_sample(data, 100, seed=3)
    assert np.bincount(sample.y).tolist() == [70, 29, 1]
    assert sample.table["x"].is_monotonic_increasing
    assert stratified_sample(data, 1000, seed=3).sampled is False
    result = compute(data, rows=100)
    assert str(result.basis) == "100 of 1,000 rows, sampled"
    assert set(result.curves["n"]) == {100}
    assert not np.array_equal(sample.table["x"], stratified_sample(data, 100, seed=4).table["x"])


def test_the_sample_of_a_regression_keeps_the_distribution():
    y = np.random.default_rng(0).permutation(np.arange(1000.0))
    data = evaluation(pd.DataFrame({"x": y}), y, {"A": lambda rows: values(rows["x"])}, "regression")
    assert np.sort(stratified_sample(data, 10, 0).y).tolist() == [50.0 + 100 * i for i in range(10)]


# ---- data of every kind


def test_only_features_that_fit_are_changed_and_the_table_says_why_others_are_not():
    table = colours(60).assign(
        when=pd.date_range("2020-01-01", periods=60),
        day=np.arange(60),
        customer=np.arange(60) // 2,
        key=[f"k{i}" for i in range(60)],
        same="s",
        empty=np.nan,
        note="n",
    )
    features = tuple(name for name in table.columns if name != "note")
    data = evaluation(
        table, table["x"] > 0, {"A": above_zero}, features=features, id="key", group="customer", time="day"
    )
    result = compute(data)
    told = result.features.set_index("column")
    assert told["changed_by"].to_dict() == {
        "colour": "missing, swap",
        "x": "noise, missing",
        "count": "noise, missing",
        "when": "",
        "day": "",
        "customer": "",
        "key": "",
        "same": "missing",
        "empty": "",
    }
    assert told.loc["when", "left_alone"] == told.loc["day", "left_alone"] == "is a date or time"
    assert told.loc["key", "left_alone"] == told.loc["customer", "left_alone"] == "names the row or its group"
    assert told.loc["empty", "left_alone"] == "holds a single value, or none"
    assert told.loc["x", "spread"] == spread(table["x"])
    asked = data.models["A"].asked[0]
    assert tuple(asked.columns) == features
    assert asked["colour"].dtype == table["colour"].dtype
    assert asked["count"].dtype == table["count"].dtype


def test_one_by_one_takes_the_first_columns_and_all_together_takes_all():
    chance = np.random.default_rng(0)
    table = pd.DataFrame(chance.normal(size=(80, 30)), columns=[f"c{i}" for i in range(30)])
    data = evaluation(table, table["c29"] > 0, {"A": lambda rows: labels(rows["c29"] > 0)})
    result = compute(data, kinds=("noise",), one_by_one=3)
    assert list(result.curves["column"].unique()) == [ALL, "c0", "c1", "c2"]
    assert curve(result, ALL, "noise").loc[1.0, "value"] < 0.9
    assert result.features["alone"].sum() == 3


def test_text_and_mixed_data():
    table = pd.DataFrame(
        {"text": [f"word {i}" for i in range(60)], "mixed": [1, "one", None] * 20, "flag": [True, False] * 30}
    )
    data = evaluation(table, table["flag"], {"A": lambda rows: labels(rows["flag"] == True)})  # noqa: E712
    result = compute(data)
    assert curve(result, "flag", "swap").loc[1.0, "value"] == 0.0
    assert curve(result, "flag", "missing").loc[1.0, "value"] == 0.5
    assert set(result.curves["kind"]) == {"missing", "swap"}
    assert result.failures.empty


def test_a_model_that_withholds_is_measured_on_what_it_answers_both_times():
    table = pd.DataFrame({"colour": ["red", "blue"] * 50, "x": np.arange(100.0)})

    def answer(rows):
        return labels(np.where(rows["x"] < 20, WITHHELD, rows["colour"] == "red"))

    result = compute(evaluation(table, table["colour"] == "red", {"A": answer}), kinds=("swap",))
    assert set(result.curves["n"]) == {80}
    assert result.failures.empty


def test_clusters_widen_the_intervals():
    table = colours(200).assign(customer=np.repeat(np.arange(20), 10))
    table["colour"] = np.where(np.repeat(np.arange(20) % 2, 10) == 1, "red", "blue")
    y = np.repeat(np.random.default_rng(0).integers(0, 2, 20), 10)
    plain = curve(compute(evaluation(table, y, {"A": is_red}), kinds=("swap",)), "colour", "swap")
    grouped = curve(compute(evaluation(table, y, {"A": is_red}, group="customer"), kinds=("swap",)), "colour", "swap")
    assert (grouped["value"] == plain["value"]).all()
    # Swapping every colour keeps the rows of a customer alike; swapping some makes them independent.
    width, plain_width = (curves["upper"] - curves["lower"] for curves in (grouped, plain))
    assert (width > 2 * plain_width)[[0.0, 1.0]].all()


# ---- models that cannot


def refusing(rows):
    if rows["x"].isna().any():
        raise ValueError("Input contains NaN.\nRead the manual.")
    return above_zero(rows)


def test_a_model_that_raises_on_missing_values_is_a_finding_and_not_a_broken_result():
    table = colours()
    data = evaluation(table, table["x"] > 0, {"A": refusing, "B": above_zero})
    result = compute(data)
    failed = result.failures
    assert set(failed["model"]) == {"A"}
    assert set(failed["column"]) == {ALL, "x"}
    assert set(failed["kind"]) == {"missing"}
    expected = "does not accept missing values: 100 % of rows failed (ValueError: Input contains NaN.)"
    assert set(failed["sentence"]) == {expected}
    assert curve(result, "x", "missing").index.tolist() == [0.0]
    assert curve(result, "x", "missing", "B").index.tolist() == [0.0, 0.1, 0.25, 0.5, 0.75, 1.0]
    assert curve(result, "count", "missing")["change"].eq(0).all()
    refusals = [finding for finding in find_fragility(result) if finding.code == "PER003"]
    assert [finding.sentence for finding in refusals] == [f"A {expected}, at severity 0.1."]
    assert refusals[0].severity == Severity.HIGH
    ends = result.breaking.set_index(["model", "kind"])["breaking"]
    assert ends["A", "missing"] == 0.1
    displays = {display.key: display for display in perturbation_displays(result, COLOURS)}
    assert len(displays) == 3 + 5
    assert displays["together_missing"].caption.endswith("No line, as it gave no answers: A.")
    assert "No line" not in displays["together_noise"].caption
    assert look_at_perturbation(result, PerturbationView(kind="missing", column="x"), COLOURS)


def test_nan_answers_are_counted_as_failed_rows():
    x = np.random.default_rng(0).normal(size=500)
    data = evaluation(pd.DataFrame({"x": x}), 2 * x, {"A": lambda rows: values(2 * rows["x"])}, task="regression")
    result = compute(data, kinds=("missing",))
    together = curve(result, ALL, "missing")
    assert together.index.tolist() == [0.0, 0.1, 0.25, 0.5, 0.75]
    assert (together["value"] == 0.0).all()
    failed = result.failures[result.failures["column"] == ALL].set_index("severity")
    np.testing.assert_allclose(failed["failed"][:4] * 500, 500 - together["n"][1:])
    assert failed.loc[1.0, "sentence"] == "does not accept missing values: 100 % of rows failed"


def test_probabilities_that_are_not_finite_are_no_answers():
    table = pd.DataFrame({"x": np.random.default_rng(0).normal(size=300)})
    data = evaluation(table, table["x"] > 0, {"A": lambda rows: scores(1 / (1 + np.exp(-rows["x"])))})
    result = compute(data, kinds=("missing",), severities=(0.5,))
    assert result.failures["failed"].between(0.4, 0.6).all()
    assert curve(result, "x", "missing").loc[0.5, "value"] == 1.0


def test_where_one_severity_fails_the_others_are_still_measured():
    table = pd.DataFrame({"x": np.random.default_rng(0).normal(size=200)})
    x = table["x"]
    largest = [np.abs(NOISE.apply(x, severity, 0) - x).max() for severity in (0.1, 0.5, 1.0)]

    def answer(rows):
        known = np.sort(x.to_numpy())
        place = np.clip(np.searchsorted(known, rows["x"]), 1, len(known) - 1)
        away = np.minimum(np.abs(rows["x"] - known[place]), np.abs(rows["x"] - known[place - 1]))
        if len(rows) > 200 or away.max() > 0.3:
            raise RuntimeError
        return above_zero(rows)

    assert largest[0] < largest[1] < largest[2]
    data = evaluation(table, x > 0, {"A": answer})
    result = compute(data, kinds=("noise",), severities=(0.1, 0.2))
    assert curve(result, "x", "noise").index.tolist() == [0.0, 0.1, 0.2]
    assert result.failures.empty


def test_a_model_that_can_do_nothing_but_the_clean_rows():
    def answer(rows):
        if len(rows) != 50 or rows["x"].isna().any() or rows["x"].sum() != 50:
            raise BadInput("The model A failed.")
        return labels(np.ones(50))

    table = pd.DataFrame({"x": [0.0, 2.0] * 25})
    result = compute(evaluation(table, [1, 0] * 25, {"A": answer}))
    assert set(result.curves["severity"]) == {0.0}
    assert set(result.failures["failed"]) == {1.0}
    assert "The model A failed." in result.failures["sentence"].iloc[0]
    assert {finding.code for finding in find_fragility(result)} == {"PER003"}
    assert perturbation_displays(result, COLOURS)
    assert look_at_perturbation(result, PerturbationView(), COLOURS)


def test_cancelling_stops_at_once():
    def stop(done, total, text):
        raise Cancelled

    with pytest.raises(Cancelled):
        compute_perturbation(two_models(), PerturbationParams(), stop)
    data = two_models()

    def cancelled(rows):
        raise Cancelled

    data.models["A"].answer = cancelled
    with pytest.raises(Cancelled):
        compute(data)


def test_progress_is_told_for_every_step_and_model():
    told = []
    compute_perturbation(two_models(), PerturbationParams(kinds=("swap",)), lambda *step: told.append(step))
    assert told == [
        (0, 4, "Category swaps, all together: asking A"),
        (1, 4, "Category swaps, all together: asking B"),
        (2, 4, "Category swaps, colour: asking A"),
        (3, 4, "Category swaps, colour: asking B"),
        (4, 4, "Perturbation: comparing the models"),
    ]


def test_it_does_not_apply_without_models_or_without_columns_to_change():
    data = replace(two_models(), models={})
    assert (
        METHOD.why_not(data) == "Only predictions were given; this method asks a model again, so it needs a model file."
    )
    with pytest.raises(NotApplicable, match="needs a model file"):
        compute(data)
    dates = pd.DataFrame({"when": pd.date_range("2020-01-01", periods=20)})
    with pytest.raises(NotApplicable, match="No feature can be perturbed"):
        compute(evaluation(dates, [0, 1] * 10, {"A": lambda rows: labels(np.ones(len(rows)))}))


def test_systems_that_cannot_be_asked_again_are_left_out():
    data = two_models()
    human = Predictions(data.y, name="human", role=Role.HUMAN)
    result = compute(replace(data, predictions=dict(data.predictions) | {"human": human}))
    assert set(result.curves["model"]) == {"A", "B"}


@pytest.mark.parametrize(
    "params",
    [
        {"severities": (0.0,)},
        {"severities": (0.5, 1.5)},
        {"severities": (-0.5, 0.5)},
        {"kinds": ()},
        {"metric": "bias"},
    ],
)
def test_parameters_are_checked(params):
    with pytest.raises(ValidationError):
        PerturbationParams(**params)


def test_severities_are_sorted_and_start_with_0():
    assert PerturbationParams(severities=("1", "0.5", "0.5")).severities == (0.0, 0.5, 1.0)


def test_a_metric_that_a_model_does_not_have_is_bad_input():
    with pytest.raises(BadInput, match="ROC AUC cannot be measured: A gives labels without probabilities"):
        compute(two_models(), metric="roc_auc")
    with pytest.raises(BadInput, match="RMSE is not defined for a binary task"):
        compute(two_models(), metric="rmse")
    assert set(compute(two_models(), metric="f1", kinds=("swap",)).curves["metric"]) == {"f1"}


# ---- ranking, breaking points, findings


def test_the_breaking_point_is_where_the_straight_line_meets_the_floor():
    severity = pd.Series([0.0, 0.1, 0.5, 1.0])
    assert first_crossing(severity, pd.Series([0.05, 0.04, -0.04, -0.5])) == pytest.approx(0.1 + 0.4 * 0.5)
    assert np.isnan(first_crossing(severity, pd.Series([0.05, 0.04, 0.02, 0.0])))
    assert first_crossing(severity, pd.Series([0.0, -0.1, 0.2, -0.1])) == 0.0
    result = compute(two_models(), kinds=("swap",))
    ends = result.breaking.set_index("model")
    assert ends.loc["A", "floor"] == pytest.approx(0.95)
    fallen = curve(result, ALL, "swap")["value"][0.1]
    assert ends.loc["A", "breaking"] == pytest.approx(0.1 * (1 - 0.95) / (1 - fallen))
    assert ends.loc["A", "first_drop"] == 0.1
    assert np.isnan(ends.loc["B", "breaking"]) and np.isnan(ends.loc["B", "first_drop"])


def test_errors_grow_where_lower_is_better():
    x = np.random.default_rng(0).normal(size=300)
    data = evaluation(
        pd.DataFrame({"x": x}), x + 0.1 * np.sin(50 * x), {"A": lambda rows: values(rows["x"])}, "regression"
    )
    result = compute(data, kinds=("noise",), allowed_loss=0.5)
    row = result.breaking.iloc[0]
    assert row["floor"] == pytest.approx(1.5 * row["clean"])
    assert 0 < row["breaking"] < 0.25
    assert [finding.code for finding in find_fragility(result)] == ["PER001"]
    at = result.curves[(result.curves["column"] == "x")]
    assert worst_column(at, 0.4) == "x"


def test_ranks_follow_the_values_and_ties_share_the_better_rank():
    result = compute(two_models(), kinds=("swap",))
    ranks = result.ranking.set_index(["severity", "model"])["rank"]
    assert (ranks[0.0, "A"], ranks[0.0, "B"]) == (1, 2)
    assert (ranks[1.0, "A"], ranks[1.0, "B"]) == (2, 1)


def test_contests_are_paired_differences_and_how_far_they_moved():
    row = compute(two_models(), kinds=("swap",)).contests.set_index("severity").loc[1.0]
    assert (row["model"], row["other"], row["n"]) == ("A", "B", 400)
    assert row["clean_difference"] == pytest.approx(1.0 - 0.9)
    assert row["difference"] == pytest.approx(0.0 - 0.9)
    assert row["moved"] == pytest.approx(-1.0)
    # A loses every row and B none, so that the move is the same in every row.
    assert row["moved_lower"] == pytest.approx(-1.0) == row["moved_upper"]


def test_fragile_and_robust_models_are_told_apart():
    findings = find_fragility(compute(two_models({"B": Role.INCUMBENT}), kinds=("swap",)))
    by_code = {finding.code: finding for finding in findings}
    assert set(by_code) == {"PER001", "PER002", "PER004", "PER005"}
    fall = by_code["PER001"]
    assert (fall.model, fall.outcome) == ("A", Outcome.ISSUE)
    assert "Accuracy 1 on clean rows" in fall.sentence
    assert "alone it breaks on colour (−0." in fall.sentence
    assert (by_code["PER004"].model, by_code["PER004"].outcome) == ("B", Outcome.PASSED)
    assert by_code["PER004"].sentence.endswith("it never reaches 0.855.")
    overtaken = by_code["PER002"]
    assert (overtaken.model, overtaken.outcome) == ("A", Outcome.ISSUE)
    assert "B overtakes A at severity 0.25" in overtaken.sentence
    assert (by_code["PER005"].model, by_code["PER005"].outcome) == ("A", Outcome.ISSUE)
    assert "B never does (to 0.855)" in by_code["PER005"].sentence
    assert set(by_code) <= set(CODES)


def test_an_incumbent_that_breaks_first_is_no_finding_against_the_candidate():
    findings = find_fragility(compute(two_models({"A": Role.INCUMBENT}), kinds=("swap",)))
    assert "PER005" not in {finding.code for finding in findings}


def test_models_that_keep_their_order_pass():
    findings = find_fragility(compute(two_models(), kinds=("noise",), severities=(0.1,)))
    assert {finding.code: finding.outcome for finding in findings} == {"PER004": "passed", "PER002": "passed"}


def test_a_small_but_certain_fall_is_a_tip():
    chance = np.random.default_rng(0)
    table = pd.DataFrame({"x": chance.normal(size=5000)})
    data = evaluation(table, table["x"] > 0, {"A": above_zero})
    findings = find_fragility(compute(data, kinds=("noise",), severities=(0.01, 0.05)))
    assert [(finding.code, finding.outcome, finding.severity) for finding in findings] == [
        ("PER001", Outcome.TIP, Severity.LOW)
    ]


# ---- what is drawn and written


def test_charts_draw_the_tables():
    data = two_models()
    renamed = {"A": "<b>A</b>", "B": "B"}
    predictions = {renamed[name]: replace(found, name=renamed[name]) for name, found in data.predictions.items()}
    models = {renamed[name]: model for name, model in data.models.items()}
    result = compute(replace(data, predictions=predictions, models=models))
    colour = {"<b>A</b>": "#0072B2", "B": "#D55E00"}
    displays = {display.key: display for display in perturbation_displays(result, colour)}
    assert list(displays) == [
        *("together_noise", "together_missing", "together_swap"),
        *("ranking", "breaking", "contests", "features"),
    ]
    line = displays["together_swap"].figure.data[1]
    assert line.name == "&lt;b&gt;A&lt;/b&gt;"
    assert line.line.color == "#0072B2"
    drawn = curve(result, ALL, "swap", "<b>A</b>")
    np.testing.assert_allclose(line.y, drawn["value"])
    np.testing.assert_allclose(line.x, drawn.index)
    assert all(
        trace.hovertemplate or trace.hoverinfo == "skip"
        for d in displays.values()
        if d.figure
        for trace in d.figure.data
    )
    assert all(display.alt for display in displays.values() if display.figure)


def test_the_view_chooses_the_kind_the_severity_and_the_column():
    result = compute(two_models())
    columns, metric, answers = look_at_perturbation(result, PerturbationView(kind="missing", severity=0.7), COLOURS)
    assert "severity 0.75" in columns.title
    assert set(columns.table["column"]) == {"colour", "x", "count"}
    assert set(metric.table["column"]) == {"colour"}, "a red row without a colour is called blue, B loses less"
    assert answers.title == "Answers that change with colour"
    _, metric, _ = look_at_perturbation(result, PerturbationView(kind="noise", column="count"), COLOURS)
    assert set(metric.table["column"]) == {"count"}
    bars = columns.figure.data
    assert [trace.name for trace in bars] == ["A", "B"]
    costs = columns.table[columns.table["model"] == "A"].set_index("column")["change"]
    np.testing.assert_allclose(bars[0].x, costs[["colour", "x", "count"]])
    assert look_at_perturbation(compute(two_models(), kinds=("swap",)), PerturbationView(kind="noise"), COLOURS) == []


def test_many_long_names_are_cut_and_kept_in_the_table():
    chance = np.random.default_rng(0)
    names = [f"<i>a very long name of a column, number {i}</i>" for i in range(40)]
    table = pd.DataFrame(chance.normal(size=(60, 40)), columns=names)
    data = evaluation(table, table[names[0]] > 0, {"A": lambda rows: labels(rows[names[0]] > 0)})
    columns = look_at_perturbation(compute(data, kinds=("noise",), one_by_one=40), PerturbationView(), COLOURS)[0]
    assert len(columns.table) == 40
    assert len(columns.figure.data[0].y) == 25
    assert "The 25 that cost most." in columns.caption
    assert columns.figure.layout.yaxis.ticktext[0] == "&lt;i&gt;a very long…, number 0&lt;/i&gt;"


def test_tables_survive_being_written_and_read():
    for data in (two_models(), replace(two_models(), models={"B": two_models().models["B"]})):
        result = compute(data, kinds=("swap",))
        read = {}
        for name, table in result.tables().items():
            file = io.BytesIO()
            table.to_parquet(file)
            read[name] = pd.read_parquet(file)
        again = PerturbationResult.from_tables(result.basis, read)
        assert find_fragility(again) == find_fragility(result)
        assert len(perturbation_displays(again, COLOURS)) == len(perturbation_displays(result, COLOURS))
        assert set(again.only(["B"]).curves["model"]) == {"B"}
        assert find_fragility(again.only(["B"]))


def test_the_card():
    assert METHOD.needs == "models"
    assert METHOD.long
    for part in ("## What it answers", "## How to read it", "## When it misleads", "## Reference"):
        assert part in METHOD.help
