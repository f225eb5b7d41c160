import gc
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from made_sets import drawn, drawn_classes, drawn_values
from scipy import stats
from sklearn import metrics as reference

from evallib.core.errors import NotApplicable
from evallib.core.estimates import compare, estimate
from evallib.core.evaluation_set import Columns, EvaluationSet, Predictions
from evallib.core.intervals import wilson
from evallib.core.metrics import METRICS
from evallib.core.multiplicity import q_values
from evallib.core.partitions import _OF_TABLES, column_partitions, partitions
from evallib.core.rules import parse_rule
from evallib.core.slice_pairs import JoinedPairs, PairScores, SlicedPair
from evallib.core.slice_scores import JoinedScores, PartitionScores, SlicedModel
from evallib.core.slices import Partition, partition, rule_partition
from evallib.core.unpaired import Quantity, bounded_gap, means_gap, proportions_gap, proportions_p

RNG = np.random.default_rng(0)


def counts(found: Partition) -> dict[str, int]:
    return dict(zip(found.names, np.bincount(found.codes).tolist(), strict=True))


def column(values, name="x", **more) -> pd.Series:
    return pd.Series(values, name=name, **more)


MANY = {
    "normal": RNG.normal(size=400),
    "with missing": np.where(RNG.random(400) < 0.2, np.nan, RNG.gamma(1, 1e6, 400)),
    "counts": RNG.integers(0, 100, 400),
    "mostly zero": np.where(RNG.random(400) < 0.92, 0, RNG.integers(1, 99999, 400)),
    "tiny": RNG.random(400) * 1e-9,
    "large": RNG.integers(10**15, 10**16, 400),
    "infinite": np.where(RNG.random(400) < 0.1, np.inf, RNG.normal(size=400)),
    "few": RNG.integers(0, 5, 400),
    "flag": RNG.random(400) < 0.5,
    "maybe": pd.array(RNG.choice([True, False, None], 400), dtype="boolean"),
    "text": RNG.choice(["it's", "b`c", "", None], 400),
    "category": pd.Categorical(RNG.choice(["z", "a"], 400), categories=["z", "unused", "a"]),
    "numbered": pd.Categorical(RNG.choice([3, 1], 400)),
    "many": [f"v{min(int(k), 60)}" for k in RNG.geometric(0.1, 400)],
    "days": pd.Timestamp("2024-01-01") + pd.to_timedelta(RNG.integers(0, 15, 400), unit="D"),
    "months": pd.Timestamp("2024-01-15 10:00") + pd.to_timedelta(RNG.integers(0, 300, 400), unit="D"),
    "quarters": pd.Timestamp("2020-01-01") + pd.to_timedelta(RNG.integers(0, 1500, 400), unit="D"),
    "years": pd.to_datetime(RNG.choice(["1990-05-01", "2005-01-01", None], 400)),
    "decades": pd.to_datetime(RNG.choice(["1890-05-01", "2005-01-01"], 400)),
}


@pytest.mark.parametrize("name", list(MANY))
def test_rule_of_each_slice_selects_its_rows(name):
    table = pd.DataFrame({"a column": MANY[name]})
    found = partition(table["a column"])
    assert len(set(found.names)) == len(found) >= 2
    for code, rule in enumerate(found.rules):
        chosen = parse_rule(rule, ["a column"]).mask(table)
        assert (chosen == (found.codes == code)).all(), rule
        assert chosen.any()


@pytest.mark.parametrize("name", list(MANY))
def test_order_of_rows_does_not_matter(name):
    values = column(MANY[name])
    order = RNG.permutation(len(values))
    found, shuffled = partition(values), partition(values.iloc[order])
    assert found.names == shuffled.names
    assert (found.codes[order] == shuffled.codes).all()


def test_values_in_their_order_with_missing_last():
    assert counts(partition(column(["b", "a", None, "b"]))) == {"a": 1, "b": 2, "missing": 1}
    assert counts(partition(column([3.0, 1.0, np.nan, 1.0]))) == {"1": 2, "3": 1, "missing": 1}
    sizes = pd.Categorical(["L", "S", "L"], categories=["S", "M", "L"], ordered=True)
    assert counts(partition(column(sizes))) == {"S": 1, "L": 2}


def test_a_value_called_missing_keeps_apart_from_what_is_missing():
    assert counts(partition(column(["missing", None, "missing", "x"]))) == {"missing": 2, "x": 1, "missing (2)": 1}


def test_bins_hold_equal_counts_and_have_readable_edges():
    found = partition(column(np.arange(1, 101)), bins=4)
    assert counts(found) == {"≤ 25": 25, "25 – 50": 25, "50 – 75": 25, "> 75": 25}
    assert found.rules[1] == "25 < x <= 50"
    assert partition(column(np.linspace(0, 1, 1001)), bins=2).names == ("≤ 0.5", "> 0.5")
    edges = partition(column(RNG.normal(50, 10, 1000)), bins=5).names[1:-1]
    assert all(len(end) <= 4 for edge in edges for end in edge.split(" – "))


def test_ties_stay_together():
    assert counts(partition(column([0] * 92 + list(range(1, 30))))) == {"≤ 0": 92, "0 – 5": 5, "> 5": 24}
    assert counts(partition(column([0] * 292 + list(range(1, 30))))) == {"≤ 0": 292, "> 0": 29}


def test_rare_values_are_one_slice():
    values = ["a"] * 50 + ["b"] * 30 + [f"v{k}" for k in range(10)]
    found = partition(column(values), most=2)
    assert counts(found) == {"a": 50, "b": 30, "10 other values": 10}
    assert found.rules[2] == "x not in ['a', 'b']"


def test_periods_of_dates():
    days = pd.to_datetime(["2024-02-28", "2024-03-01", "2024-03-01"])
    assert counts(partition(column(days))) == {"2024-02-28": 1, "2024-03-01": 2}
    # A Sunday, the Monday after it, and a Wednesday.
    weeks = pd.to_datetime(["2024-03-03", "2024-03-04", "2024-04-03"])
    assert counts(partition(column(weeks))) == {
        "week of 2024-02-26": 1,
        "week of 2024-03-04": 1,
        "week of 2024-04-01": 1,
    }
    months = pd.to_datetime(["2024-01-31", "2024-03-01", "2024-12-31"])
    assert counts(partition(column(months))) == {"2024-01": 1, "2024-03": 1, "2024-12": 1}
    quarters = pd.to_datetime(["2020-05-01", "2023-12-31"])
    assert counts(partition(column(quarters))) == {"2020 Q2": 1, "2023 Q4": 1}
    assert counts(partition(column(pd.to_datetime(["1890-05-01", "2005-01-01"])))) == {
        "1890 – 1899": 1,
        "2000 – 2009": 1,
    }


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ([1, 1, 1], "single value"),
        ([None, None], "single value"),
        ([np.nan] * 4, "single value"),
        (pd.to_datetime([None, None]), "single value"),
        ([f"user {k}" for k in range(100)], "100 different values in 100 rows"),
        ([f"{k % 40} " + "word " * 15 for k in range(100)], "prose"),
        ([f"u{k % 900}" for k in range(2000)], "none of them frequent"),
    ],
)
def test_what_cannot_be_sliced_says_why(values, why):
    with pytest.raises(NotApplicable, match=f"x .*{why}"):
        partition(column(values))


def sliceable(table: pd.DataFrame, **more) -> EvaluationSet:
    y = np.tile([0, 1, 1, 0], len(table) // 4).astype(np.int32)
    answers = Predictions(np.roll(y, 1), np.linspace(0, 1, len(y)), name="m")
    table = table.assign(y=y, w=1.0, key=[f"k{place}" for place in range(len(y))])
    return EvaluationSet("binary", y, table, Columns("y", weight="w", id="key", **more), {"m": answers}, ("no", "yes"))


def test_target_weight_identifier_and_copies_are_left_out():
    n = 40
    table = pd.DataFrame({"kept": np.arange(n), "text": [f"t{k}" for k in range(n)]})
    data = sliceable(table)
    label = data.predictions["m"].label
    extra = data.table.assign(
        said=np.where(label == 1, "yes", "no"),
        truth_again=data.y == 1,
        p=data.predictions["m"].probability.round(7),
        not_p=1 - data.predictions["m"].probability,
        nearly=np.where(np.arange(n) == 0, 1 - label, label),
    )
    found = list(partitions(replace(data, table=extra)))
    assert [one.column for one in found if isinstance(one, Partition)] == ["kept", "nearly"]
    assert dict(one for one in found if isinstance(one, tuple)) == {
        "text": "text has 40 different values in 40 rows, as an identifier has.",
        "said": "said repeats the answers of m.",
        "truth_again": "truth_again repeats the target.",
        "p": "p repeats the probabilities of m.",
        "not_p": "not_p repeats the probabilities of m.",
    }


def test_copies_in_a_regression_are_left_out():
    data = drawn_values(50)
    table = data.table.assign(said=data.predictions["a"].value, twin=data.y, kept=np.arange(50) % 3)
    found = list(partitions(replace(data, table=table.drop(columns="group"))))
    assert [one.column for one in found if isinstance(one, Partition)] == ["kept"]


def test_rule_makes_two_slices():
    table = pd.DataFrame({"x": [1, 2, 3, None]})
    found = rule_partition(parse_rule("x > 1", ["x"]), table)
    assert found.own
    assert found.names[1] == "x > 1"
    assert found.codes.tolist() == [0, 1, 1, 0]


SETS = {
    "binary": drawn(400, digits=2),
    "weighted": drawn(400, weighted=True, seed=1),
    "classes": drawn_classes(500),
    "weighted classes": drawn_classes(500, weighted=True, seed=3),
    "values": drawn_values(300),
    "weighted values": drawn_values(300, weighted=True),
}
CUT = Partition.of("c", RNG.integers(0, 4, 500), [(str(k), "") for k in range(4)])


def cut(data: EvaluationSet) -> Partition:
    return replace(CUT, codes=CUT.codes[: len(data)])


def withholding(data: EvaluationSet, what: str) -> EvaluationSet:
    if what == "all":
        return data
    chance = {name: np.random.default_rng(place).random(len(data)) < 0.3 for place, name in enumerate("ab", 9)}
    withheld = chance if what == "some" else dict.fromkeys("ab", data.y == data.y.max())
    changed = {}
    for name, answers in data.predictions.items():
        out = withheld[name]
        probability, label, value = answers.probability, answers.label, answers.value
        if probability is not None:
            probability = probability.copy()
            probability[out] = np.nan
        changed[name] = replace(
            answers,
            label=None if label is None else np.where(out, -1, label).astype(np.int32),
            probability=probability,
            value=None if value is None else np.where(out, np.nan, value),
        )
    return replace(data, predictions=changed)


@pytest.mark.parametrize("kind", list(SETS))
@pytest.mark.parametrize("answered", ["all", "some", "one class"])
def test_slices_and_rest_equal_the_metric_on_their_rows(kind, answered):
    data = withholding(SETS[kind], answered)
    found = cut(data)
    scores = SlicedModel.of(data, "a").by(found)
    for metric in scores.model.metrics:
        measured = scores.scores(metric)
        assert measured.overall == pytest.approx(estimate(metric, data, "a").value, nan_ok=True), metric.key
        for code in range(len(found)):
            for side, rows in ((measured.slices, found.codes == code), (measured.rest, found.codes != code)):
                expected = estimate(metric, data.take(rows), "a")
                got = [part[code] for part in side[:4]]
                assert got == pytest.approx(
                    [expected.value, expected.lower, expected.upper, expected.stderr], abs=1e-9, nan_ok=True
                ), metric.key


@pytest.mark.parametrize("kind", list(SETS))
@pytest.mark.parametrize("answered", ["all", "some", "one class"])
def test_pairs_equal_the_comparison_on_their_rows(kind, answered):
    data = withholding(SETS[kind], answered)
    found = cut(data)
    scores = SlicedPair.of(data, SlicedModel.of(data, "a"), SlicedModel.of(data, "b")).by(found)
    for metric in scores.pair.metrics:
        gap = scores.gap(metric)
        for code in range(len(found)):
            expected = compare(metric, data.take(found.codes == code), "a", "b")
            assert [part[code] for part in gap] == pytest.approx(
                [expected.value, expected.lower, expected.upper, expected.p_value], abs=1e-8, nan_ok=True
            ), metric.key
            assert scores.n[code] == expected.n


def test_a_model_against_itself_differs_nowhere():
    data = SETS["weighted"]
    data = replace(data, predictions={"a": data.predictions["a"], "b": replace(data.predictions["a"], name="b")})
    scores = SlicedPair.of(data, SlicedModel.of(data, "a"), SlicedModel.of(data, "b")).by(cut(data))
    for metric in scores.pair.metrics:
        gap = scores.gap(metric)
        assert (gap.value == 0).all()
        assert gap.p_value == pytest.approx(1.0)


def test_values_agree_with_scikit_learn():
    data = SETS["binary"]
    found = cut(data)
    scores = SlicedModel.of(data, "a").by(found)
    answers = data.predictions["a"]
    references = {
        "accuracy": lambda rows: reference.accuracy_score(data.y[rows], answers.label[rows]),
        "precision": lambda rows: reference.precision_score(data.y[rows], answers.label[rows]),
        "recall": lambda rows: reference.recall_score(data.y[rows], answers.label[rows]),
        "f1": lambda rows: reference.f1_score(data.y[rows], answers.label[rows]),
        "balanced_accuracy": lambda rows: reference.balanced_accuracy_score(data.y[rows], answers.label[rows]),
        "roc_auc": lambda rows: reference.roc_auc_score(data.y[rows], answers.probability[rows]),
        "log_loss": lambda rows: reference.log_loss(data.y[rows], answers.probability[rows]),
        "brier": lambda rows: reference.brier_score_loss(data.y[rows], answers.probability[rows]),
    }
    for key, expected in references.items():
        value = scores.scores(METRICS[key]).slices.value
        assert value == pytest.approx([expected(found.codes == code) for code in range(len(found))]), key


def test_auc_of_many_distinct_scores_is_close():
    data = drawn(20_000)
    found = Partition.of("c", RNG.integers(0, 3, len(data)), [(str(k), "") for k in range(3)])
    value = SlicedModel.of(data, "a").by(found).scores(METRICS["roc_auc"]).slices.value
    p = data.predictions["a"].probability
    exact = [reference.roc_auc_score(data.y[found.codes == code], p[found.codes == code]) for code in range(3)]
    assert value == pytest.approx(exact, abs=2e-4)


def test_an_auc_of_one_class_is_undefined():
    data = SETS["binary"]
    by_truth = Partition.of("c", data.y.astype(np.intp), [("no", ""), ("yes", "")])
    measured = SlicedModel.of(data, "a").by(by_truth).scores(METRICS["roc_auc"])
    assert np.isnan(measured.slices.value).all()
    assert np.isnan(measured.gap.p_value).all()


def test_weight_scale_changes_nothing():
    data = SETS["weighted"]
    scaled = replace(data, weight=data.weight * 7)
    for metric in (METRICS["f1"], METRICS["roc_auc"], METRICS["log_loss"]):
        one, two = (SlicedModel.of(each, "a").by(cut(data)).scores(metric) for each in (data, scaled))
        for part, too in zip((*one.slices, *one.gap), (*two.slices, *two.gap), strict=True):
            assert part == pytest.approx(too)


def test_rows_in_clusters_widen_every_slice():
    alone = drawn(300)
    codes = cut(alone).codes
    tripled = alone.take(np.repeat(np.arange(300), 3))
    tripled = replace(
        tripled, table=tripled.table.assign(group=np.repeat(np.arange(300), 3)), columns=Columns("y", group="group")
    )
    thrice = replace(CUT, codes=np.repeat(codes, 3))
    for metric in (METRICS["accuracy"], METRICS["roc_auc"], METRICS["brier"]):
        one = SlicedModel.of(alone, "a").by(cut(alone)).scores(metric).slices
        three = SlicedModel.of(tripled, "a").by(thrice).scores(metric).slices
        assert three.value == pytest.approx(one.value)
        assert three.stderr == pytest.approx(one.stderr)
        assert three.lower == pytest.approx(one.lower)


def test_share_follows_the_weights():
    data = SETS["weighted"]
    found = cut(data)
    expected = pd.Series(data.weight).groupby(found.codes).sum() / data.weight.sum()
    assert SlicedModel.of(data, "a").by(found).share == pytest.approx(expected.to_numpy())


def test_q_values_by_hand():
    # 0.01 * 4 / 1, 0.02 * 4 / 2, 0.03 * 4 / 3, 0.5 * 4 / 4, each no larger than those behind it.
    assert q_values([0.02, 0.5, np.nan, 0.01, 0.03]) == pytest.approx([0.04, 0.5, np.nan, 0.04, 0.04], nan_ok=True)
    assert np.isnan(q_values([np.nan])).all()


def test_rare_counts_are_tested_exactly():
    hits, n, other, m = (np.array([value], float) for value in (1, 40, 30, 200))
    pooled, rows = hits + other, n + m
    exact = stats.fisher_exact([[1, 39], [30, 170]], alternative="less").pvalue
    assert proportions_p(hits, n, other, m) == pytest.approx([2 * exact])
    assert (pooled / rows)[0] == 31 / 240


def test_common_counts_are_tested_by_score():
    p = proportions_p(*(np.array([value], float) for value in (273, 350, 289, 350)))
    z = (273 / 350 - 289 / 350) / np.sqrt(562 / 700 * 138 / 700 * (2 / 350))
    assert p == pytest.approx([2 * stats.norm.cdf(z)])


def test_newcombe_interval_by_its_paper():
    # Newcombe 1998, table II, method 10: 56/70 against 48/80 is 0.2 (0.0524 to 0.3339).
    first, second = (
        Quantity(
            np.array([k / n]), *(np.atleast_1d(x) for x in wilson([k / n], [n])), np.zeros(1), np.array([float(n)])
        )
        for k, n in ((56, 70), (48, 80))
    )
    gap = proportions_gap(first, second)
    assert (gap.value[0], gap.lower[0], gap.upper[0]) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)
    assert bounded_gap(first, second).p_value[0] < 0.05


def test_means_are_compared_by_welch():
    one, two = RNG.normal(0, 1, 20), RNG.normal(0.5, 3, 35)
    sides = [
        Quantity(*(np.array([value]) for value in (x.mean(), 0, 0, x.std(ddof=1) / np.sqrt(len(x)), len(x))))
        for x in (one, two)
    ]
    gap = means_gap(*sides)
    expected = stats.ttest_ind(one, two, equal_var=False)
    limits = expected.confidence_interval()
    assert gap.p_value[0] == pytest.approx(expected.pvalue)
    assert (gap.lower[0], gap.upper[0]) == pytest.approx((limits.low, limits.high))


def test_means_without_spread_are_not_tested():
    sides = [Quantity(*(np.array(x) for x in ([1.0, 1.0], [1.0, 1.0], [1.0, 1.0], [0.0, 0.0], [9.0, 9.0])))] * 2
    moved = sides[1]._replace(value=np.array([1.0, 2.0]))
    assert means_gap(sides[0], moved).p_value == pytest.approx([1.0, np.nan], nan_ok=True)


def test_joined_partitions_have_the_scores_of_each():
    for data in (SETS["binary"], withholding(SETS["weighted classes"], "some"), SETS["values"]):
        other = Partition.of("d", RNG.integers(0, 3, len(data)), [(str(k), "") for k in range(3)])
        pair = SlicedPair.of(data, SlicedModel.of(data, "a"), SlicedModel.of(data, "b"))
        alone = []
        for found in (cut(data), other):
            alone.append(PairScores(pair, PartitionScores(pair.first, found), PartitionScores(pair.second, found)))
            alone[-1].add_up()
        scores = [JoinedScores([getattr(part, side) for part in alone]) for side in ("first", "second")]
        together = JoinedPairs(alone, *scores)
        for metric in pair.metrics:
            expected = [np.concatenate(parts) for parts in zip(*(part.gap(metric) for part in alone), strict=True)]
            for found, wanted in zip(together.gap(metric), expected, strict=True):
                assert found == pytest.approx(wanted, nan_ok=True)
            measured, each = scores[0].scores(metric), [part.first.scores(metric) for part in alone]
            assert measured.rest.value == pytest.approx(np.concatenate([one.rest.value for one in each]), nan_ok=True)
            assert measured.slices.upper == pytest.approx(
                np.concatenate([one.slices.upper for one in each]), nan_ok=True
            )
            assert measured.overall == pytest.approx(each[1].overall, nan_ok=True)


def test_many_classes_are_compared_by_means_over_rows():
    data = drawn_classes(1500, k=40)
    found = Partition.of("c", RNG.integers(0, 3, 1500), [(str(k), "") for k in range(3)])
    pair = SlicedPair.of(data, SlicedModel.of(data, "a"), SlicedModel.of(data, "b"))
    assert [metric.key for metric in pair.metrics] == ["accuracy", "log_loss", "brier"]
    metric = METRICS["accuracy"]
    measured, gap = pair.first.by(found).scores(metric), pair.by(found).gap(metric)
    for code in range(3):
        rows = data.take(found.codes == code)
        expected, paired = estimate(metric, rows, "a"), compare(metric, rows, "a", "b")
        assert measured.slices.lower[code] == pytest.approx(expected.lower)
        assert measured.slices.upper[code] == pytest.approx(expected.upper)
        assert gap.value[code] == pytest.approx(paired.value)
        assert gap.p_value[code] == pytest.approx(paired.p_value, abs=0.02)


def test_what_was_found_is_kept_for_the_same_set():
    data = sliceable(pd.DataFrame({"x": np.arange(400), "c": list("abcd") * 100, "u": [f"u{k}" for k in range(400)]}))
    first, again = list(partitions(data)), list(partitions(data))
    for one, two in zip(first, again, strict=True):
        if isinstance(one, tuple):
            assert one == two
            continue
        assert (one.names, one.rules) == (two.names, two.rules)
        assert two.codes.dtype == np.uint8
        assert (one.codes == two.codes).all()


def test_a_columns_slices_are_kept_as_long_as_its_table_lives():
    table = pd.DataFrame({"c": list("abcd") * 100})
    found, place = column_partitions(table, "c"), id(table)
    assert column_partitions(table, "c") is found
    assert column_partitions(table, "c", most=2) is not found
    assert place in _OF_TABLES
    del table
    gc.collect()
    assert place not in _OF_TABLES


def test_a_column_that_cannot_be_sliced_is_refused_every_time():
    table = pd.DataFrame({"one": [1] * 100})
    for _ in range(2):
        with pytest.raises(NotApplicable, match="one has a single value"):
            column_partitions(table, "one")
