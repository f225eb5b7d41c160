from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.metrics import precision_score, roc_auc_score
from statsmodels.stats.contingency_tables import StratifiedTable

from evallib.core.errors import BadInput, NotApplicable
from evallib.core.estimates import compare
from evallib.core.evaluation_set import Columns, EvaluationSet, Predictions, Role
from evallib.core.finding import Outcome, Severity
from evallib.core.metrics import METRICS
from evallib.core.multiplicity import q_values
from evallib.core.progress import no_progress
from evallib.drawing.colours import colours_of
from evallib.methods.reversals import METHOD
from evallib.methods.reversals.comparison import Situation
from evallib.methods.reversals.compute import ReversalsParams, ReversalsResult, compute_reversals
from evallib.methods.reversals.findings import find_reversals
from evallib.methods.reversals.kinds import Grade, Kind, kind_of
from evallib.methods.reversals.mantel_haenszel import (
    Tables,
    breslow_day_p,
    cochran_p,
    odds_ratio,
    risk_difference,
)

KIDNEY = {
    ("open", "small"): (81, 87),
    ("open", "large"): (192, 263),
    ("pcnl", "small"): (234, 270),
    ("pcnl", "large"): (55, 80),
}
"""Charig, Webb, Payne, Wickham 1986, BMJ 292: successes and patients by treatment and size of the stones."""

BERKELEY = {
    ("men", "A"): (512, 825),
    ("men", "B"): (353, 560),
    ("men", "C"): (120, 325),
    ("men", "D"): (138, 417),
    ("men", "E"): (53, 191),
    ("men", "F"): (22, 373),
    ("women", "A"): (89, 108),
    ("women", "B"): (17, 25),
    ("women", "C"): (202, 593),
    ("women", "D"): (131, 375),
    ("women", "E"): (94, 393),
    ("women", "F"): (24, 341),
}
"""Bickel, Hammel, O'Connell 1975, Science 187: admitted and applicants by gender and department."""

Cells = dict[tuple[str, str], tuple[int, int]]


def expanded(cells: Cells) -> pd.DataFrame:
    """One row per case: side, stratum, and whether it is a hit."""
    rows = [(*names, hit) for names, (hits, n) in cells.items() for hit in [1] * hits + [0] * (n - hits)]
    return pd.DataFrame(rows, columns=["side", "stratum", "hit"])


def outcomes(cells: Cells, **more) -> EvaluationSet:
    """The outcome of groups of rows, no system at all."""
    table = expanded(cells)
    return EvaluationSet(
        "binary", table["hit"].to_numpy(np.int32), table, Columns("hit", sensitive=("side",)), {}, ("0", "1"), **more
    )


def system(name: str, label: np.ndarray, probability: np.ndarray | None = None, role=Role.CANDIDATE) -> Predictions:
    return Predictions(np.asarray(label, np.int32), probability, name=name, role=role)


def own_traffic(cells: Cells) -> EvaluationSet:
    """Two systems that answered different rows; a hit is a right answer."""
    table = expanded(cells)
    y = (np.arange(len(table)) % 2).astype(np.int32)
    said = np.where(table["hit"] == 1, y, 1 - y)
    systems = {side: system(side, np.where(table["side"] == side, said, -1)) for side in dict.fromkeys(table["side"])}
    table = pd.DataFrame({"y": y, "stratum": table["stratum"]})
    return EvaluationSet("binary", y, table, Columns("y"), dict(reversed(systems.items())), ("no", "yes"))


def called(cells: Cells) -> EvaluationSet:
    """Two systems on the same rows; each row is called positive by one of them, rightly where it is a hit."""
    table = expanded(cells)
    y = table["hit"].to_numpy(np.int32)
    systems = {side: system(side, table["side"] == side) for side in dict.fromkeys(table["side"])}
    table = pd.DataFrame({"y": y, "stratum": table["stratum"]})
    return EvaluationSet("binary", y, table, Columns("y"), dict(reversed(systems.items())), ("no", "yes"))


def scan(data: EvaluationSet, **params) -> ReversalsResult:
    return compute_reversals(data, ReversalsParams(**params), no_progress)


def one(result: ReversalsResult, **where: str) -> pd.Series:
    found = result.scan
    for name, value in where.items():
        found = found[found[name] == value]
    assert len(found) == 1
    return found.iloc[0]


class TestKidneyStones:
    result = scan(outcomes(KIDNEY))
    row = one(result, group="side", column="stratum")

    def test_it_is_a_strict_reversal(self):
        assert self.row["kind"] == Kind.STRICT
        assert (self.row["first"], self.row["second"]) == ("open", "pcnl")
        assert (self.row["strata"], self.row["ahead"], self.row["behind"]) == (2, 0, 2)
        assert self.row["situation"] == Situation.OUTCOMES

    def test_overall_and_strata_by_hand(self):
        assert self.row["value_first"] == pytest.approx(273 / 350)
        assert self.row["value_second"] == pytest.approx(289 / 350)
        strata = self.result.strata[self.result.strata["place"] == self.row["place"]].set_index("stratum")
        assert strata.loc["small", "difference"] == pytest.approx(81 / 87 - 234 / 270)
        assert strata.loc["large", "difference"] == pytest.approx(192 / 263 - 55 / 80)
        assert strata.loc["small", "share_first"] == pytest.approx(87 / 350)
        assert strata.loc["small", ["n_first", "n_second"]].tolist() == [87, 270]

    def test_mix_and_rate_effect_by_hand(self):
        rate = (87 + 270) / 700 * (81 / 87 - 234 / 270) + (263 + 80) / 700 * (192 / 263 - 55 / 80)
        assert self.row["rate_effect"] == pytest.approx(rate)
        assert self.row["mix_effect"] == pytest.approx(273 / 350 - 289 / 350 - rate)
        assert [round(100 * self.row[name], 1) for name in ("overall_difference", "rate_effect", "mix_effect")] == [
            -4.6,
            5.4,
            -9.9,
        ]

    def test_neither_difference_is_significant_and_yet_it_is_an_issue(self):
        assert self.row["p_overall"] == pytest.approx(0.128, abs=5e-4)
        assert self.row["p_adjusted"] == pytest.approx(0.109, abs=5e-4)
        assert self.row["cmh_p"] == pytest.approx(0.119, abs=5e-4)
        assert self.row["grade"] == Grade.MODERATE
        found = find_reversals(self.result)[0]
        assert (found.code, found.outcome, found.severity) == ("REV001", Outcome.ISSUE, Severity.MEDIUM)
        for number in ("82.6%", "78.0%", "93.1%", "86.7%", "73.0%", "68.8%"):
            assert number in found.sentence

    def test_the_other_reading_is_no_reversal(self):
        row = one(self.result, group="stratum", column="side")
        assert row["kind"] == Kind.CONSISTENT
        assert row["value_first"] == pytest.approx(247 / 343)
        assert row["value_second"] == pytest.approx(315 / 357)


class TestBerkeley:
    result = scan(outcomes(BERKELEY))
    row = one(result, group="side", column="stratum")

    def test_it_is_a_partial_reversal(self):
        assert self.row["kind"] == Kind.PARTIAL
        assert (self.row["first"], self.row["second"]) == ("men", "women")
        assert (self.row["strata"], self.row["ahead"], self.row["behind"]) == (6, 2, 4)

    def test_women_are_ahead_in_a_b_d_f(self):
        strata = self.result.strata[self.result.strata["place"] == self.row["place"]]
        assert strata.loc[strata["difference"] < 0, "stratum"].tolist() == ["A", "B", "D", "F"]

    def test_published_numbers(self):
        assert [round(100 * self.row[name], 1) for name in ("overall_difference", "mix_effect", "rate_effect")] == [
            14.2,
            17.8,
            -3.6,
        ]
        assert round(100 * self.row["adjusted_difference"], 1) == -1.8
        assert self.row["p_adjusted"] == pytest.approx(0.21, abs=5e-3)
        assert self.row["cmh_p"] == pytest.approx(0.217, abs=5e-4)
        assert self.row["breslow_day_p"] == pytest.approx(0.002, abs=5e-4)

    def test_it_is_a_finding_of_its_own_kind(self):
        found = find_reversals(self.result)
        assert [each.code for each in found] == ["REV002"]
        assert found[0].outcome == Outcome.ISSUE
        assert "side women is higher in 4 of 6 slices" in found[0].sentence


def judged(right: dict[tuple[str, str], tuple[int, int]]) -> EvaluationSet:
    """Two systems on the same rows, right as often as these cells say, independently of each other."""
    rng = np.random.default_rng(0)
    strata = {name: n for (_, name), (_, n) in right.items()}
    y = np.tile([0, 1], sum(strata.values()) // 2).astype(np.int32)
    systems = {}
    for side in dict.fromkeys(side for side, _ in right):
        hit = np.concatenate(
            [
                rng.permutation(np.repeat([True, False], [right[side, name][0], n - right[side, name][0]]))
                for name, n in strata.items()
            ]
        )
        systems[side] = system(side, np.where(hit, y, 1 - y), role=Role.INCUMBENT if side == "old" else Role.CANDIDATE)
    table = pd.DataFrame({"y": y, "segment": np.repeat(list(strata), list(strata.values()))})
    return EvaluationSet("binary", y, table, Columns("y"), systems, ("no", "yes"))


class TestTradeOff:
    """98 % and 80 % against 95 % and 95 % of 90 % and 10 % of the rows."""

    result = scan(
        judged(
            {
                ("new", "large"): (8820, 9000),
                ("new", "small"): (800, 1000),
                ("old", "large"): (8550, 9000),
                ("old", "small"): (950, 1000),
            }
        )
    )
    row = one(result, metric="accuracy", column="segment")

    def test_it_is_no_reversal(self):
        assert self.row["kind"] == Kind.CROSSING
        assert not set(self.result.scan["kind"]) & {str(kind) for kind in Kind if kind.flagged}
        assert not {"REV001", "REV002", "REV003"} & {found.code for found in find_reversals(self.result)}

    def test_by_hand(self):
        assert self.row["value_first"] == pytest.approx(0.9 * 0.98 + 0.1 * 0.80)
        assert self.row["value_second"] == pytest.approx(0.95)
        assert self.row["overall_difference"] == pytest.approx(0.962 - 0.950)
        assert self.row["mix_effect"] == pytest.approx(0, abs=1e-12)

    def test_the_loss_is_told(self):
        found = [each for each in find_reversals(self.result) if each.code == "REV004"]
        assert len(found) == 1
        assert found[0].model == "new"
        assert "80.0% against 95.0%" in found[0].sentence
        assert "Simpson" not in found[0].sentence


class TestDifferentRows:
    result = scan(own_traffic(KIDNEY))
    row = one(result, metric="accuracy")

    def test_it_reverses_as_the_outcome_does(self):
        assert self.row["situation"] == Situation.DIFFERENT_ROWS
        assert self.row["kind"] == Kind.STRICT
        for name in ("overall_difference", "adjusted_difference", "lower", "upper", "p_overall", "cmh_p", "mix_effect"):
            expected = one(TestKidneyStones.result, group="side")[name]
            sign = 1 if name.endswith("_p") or name == "p_overall" else 1 if self.row["first"] == "open" else -1
            assert self.row[name] == pytest.approx(sign * expected), name

    def test_how_many_rows_each_answered_is_told(self):
        assert "open 350, pcnl 350, 0 of them common" in self.row["sentence"]

    def test_common_rows_are_compared_beside(self):
        data = own_traffic(KIDNEY)
        everywhere = system("both", np.ones(len(data)))
        result = scan(replace(data, predictions=data.predictions | {"both": everywhere}))
        pairs = result.scan[result.scan["first"] == "both"]
        assert set(pairs["situation"]) == {Situation.DIFFERENT_ROWS, Situation.SAME_ROWS}
        same = pairs[(pairs["situation"] == Situation.SAME_ROWS) & (pairs["metric"] == "accuracy")].iloc[0]
        assert same["rows"] == 2 * 350
        assert "350 of them common" in pairs.loc[pairs["situation"] == Situation.DIFFERENT_ROWS, "sentence"].iloc[0]

    def test_losses_on_different_rows_can_reverse(self):
        table = expanded(KIDNEY)
        y = np.zeros(len(table))
        value = 1.0 - table["hit"].to_numpy()
        systems = {
            side: Predictions(value=np.where(table["side"] == side, value, np.nan), name=side)
            for side in ("pcnl", "open")
        }
        data = EvaluationSet("regression", y, table[["stratum"]].assign(y=y), Columns("y"), systems)
        row = one(scan(data), metric="mae", column="stratum")
        assert row["kind"] == Kind.STRICT
        assert row["value_first"] == pytest.approx(1 - 273 / 350)
        assert row["rate_effect"] == pytest.approx(-one(TestKidneyStones.result, group="side")["rate_effect"])
        assert "pcnl is ahead overall" in row["sentence"]


class TestSameRows:
    result = scan(called(KIDNEY))

    def test_precision_reverses(self):
        row = one(self.result, metric="precision")
        assert row["situation"] == Situation.SAME_ROWS
        assert row["kind"] == Kind.STRICT
        assert (row["value_first"], row["value_second"]) == pytest.approx((273 / 350, 289 / 350))
        expected = one(TestKidneyStones.result, group="side")
        for name in ("rate_effect", "mix_effect"):
            assert row[name] == pytest.approx(expected[name])
        assert row["adjusted_difference"] == row["rate_effect"]

    def test_a_mean_over_rows_does_not(self):
        row = one(self.result, metric="accuracy")
        assert row["kind"] == Kind.CROSSING
        assert row["mix_effect"] == pytest.approx(0, abs=1e-12)
        assert row["overall_difference"] == pytest.approx(row["adjusted_difference"])

    def test_it_is_a_finding(self):
        found = find_reversals(self.result)[0]
        assert found.code == "REV001"
        assert "in precision" in found.sentence.lower()

    def test_roc_auc_reverses(self):
        """B ranks perfectly within both strata but the strata against each other; A almost so, and all together."""
        rng = np.random.default_rng(0)
        n = 400
        stratum, y = np.repeat(["x", "y"], n // 2), np.tile([0, 1], n // 2).astype(np.int32)
        a = 0.5 + 0.25 * (y - 0.5) + rng.normal(0, 0.1, n)
        b = 0.5 + 0.1 * (y - 0.5) + 0.02 * rng.random(n) + np.where(stratum == "x", 0.3, -0.3)
        systems = {name: system(name, a > 0.5, np.clip(p, 0, 1)) for name, p in (("b", b), ("a", a))}
        data = EvaluationSet("binary", y, pd.DataFrame({"y": y, "s": stratum}), Columns("y"), systems, ("no", "yes"))
        row = one(scan(data), metric="roc_auc", column="s")
        assert row["kind"] == Kind.STRICT
        assert row["grade"] == Grade.SUPPORTED
        assert row["value_first"] == pytest.approx(roc_auc_score(y, np.clip(a, 0, 1)))
        assert row["value_second"] == pytest.approx(roc_auc_score(y, np.clip(b, 0, 1)))


@pytest.mark.parametrize("seed", range(25))
def test_means_over_common_rows_never_reverse(seed):
    rng = np.random.default_rng(seed)
    n = 200
    y = rng.integers(0, 2, n).astype(np.int32)
    systems = {name: system(name, np.where(rng.random(n) < 0.3, 1 - y, y)) for name in "ab"}
    table = pd.DataFrame({"y": y, "s": rng.choice(list("xyz"), n, p=[0.6, 0.3, 0.1])})
    weight = rng.random(n) if seed % 2 else None
    data = EvaluationSet("binary", y, table, Columns("y"), systems, ("no", "yes"), weight=weight)
    row = one(scan(data, minimum=2), metric="accuracy")
    assert row["kind"] in {Kind.CONSISTENT, Kind.CROSSING}
    assert row["mix_effect"] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("overall", "strata", "adjusted", "kind"),
    [
        (0.1, [-0.1, -0.2], -0.1, Kind.STRICT),
        (-0.1, [0.1, 0.2], 0.1, Kind.STRICT),
        (0.1, [-0.1, 0.0], -0.1, Kind.WEAK),
        (0.1, [-0.1, 1e-10], -0.1, Kind.WEAK),
        (0.1, [-0.1, 0.05], -0.01, Kind.PARTIAL),
        (0.1, [-0.1, 0.05], 0.01, Kind.CROSSING),
        (0.1, [-0.1, 0.05], 0.0, Kind.CROSSING),
        (0.0, [-0.1, -0.05], -0.01, Kind.MASKED),
        (1e-10, [0.1, 0.0], 0.01, Kind.MASKED),
        (0.1, [0.0, 0.0], 0.0, Kind.MASKED),
        (0.0, [-0.1, 0.1], 0.0, Kind.CROSSING),
        (0.1, [0.1, 0.0], 0.1, Kind.CONSISTENT),
        (0.0, [0.0, 0.0], 0.0, Kind.CONSISTENT),
        (0.1, [-0.1], -0.1, Kind.NOT_EVALUABLE),
    ],
)
def test_kinds(overall, strata, adjusted, kind):
    assert kind_of(overall, np.array(strata), adjusted) == kind


def test_masked_overall():
    """50 of 100 on both sides, but ahead in both strata."""
    cells = {("a", "x"): (30, 40), ("a", "y"): (20, 60), ("b", "x"): (42, 60), ("b", "y"): (8, 40)}
    result = scan(outcomes(cells))
    row = one(result, group="side")
    assert row["kind"] == Kind.MASKED
    assert row["overall_difference"] == 0
    found = [each for each in find_reversals(result) if each.code == "REV003"]
    assert "level overall, but side a is higher in 2 of 2 slices of stratum and behind in none" in found[0].sentence


def test_weak_reversal():
    cells = {("a", "x"): (54, 60), ("a", "y"): (20, 40), ("b", "x"): (36, 40), ("b", "y"): (33, 60)}
    row = one(scan(outcomes(cells)), group="side")
    assert row["overall_difference"] == pytest.approx(74 / 100 - 69 / 100)
    assert row["kind"] == Kind.WEAK


def test_a_supported_reversal():
    ten = {names: (10 * hits, 10 * n) for names, (hits, n) in KIDNEY.items()}
    result = scan(outcomes(ten))
    row = one(result, group="side")
    assert row["grade"] == Grade.SUPPORTED
    assert find_reversals(result)[0].severity == Severity.HIGH


def test_no_reversal_is_not_flagged():
    cells = {("a", "x"): (80, 100), ("a", "y"): (60, 100), ("b", "x"): (70, 100), ("b", "y"): (50, 100)}
    result = scan(outcomes(cells))
    assert set(result.scan["kind"]) == {Kind.CONSISTENT}
    found = find_reversals(result)
    assert [(each.code, each.outcome) for each in found] == [("REV005", Outcome.PASSED)]
    assert "2 comparisons" in found[0].sentence


def test_chance_flips_of_near_ties_are_tips():
    rng = np.random.default_rng(0)
    n = 3000
    table = pd.DataFrame({"y": rng.integers(0, 2, n), "g": rng.choice(["a", "b"], n)})
    table = table.assign(**{f"c{place}": rng.choice(["u", "v", "w"], n) for place in range(60)})
    data = EvaluationSet("binary", table["y"].to_numpy(np.int32), table, Columns("y", sensitive=("g",)), {}, ("0", "1"))
    result = scan(data)
    flagged = result.scan[result.scan["kind"].isin([str(kind) for kind in Kind if kind.flagged])]
    assert set(flagged["grade"]) <= {Grade.WEAK}
    assert all(each.outcome != Outcome.ISSUE for each in find_reversals(result))
    assert result.scan["q_value"].to_numpy() == pytest.approx(q_values(result.scan["p_mix"]), nan_ok=True)


def random_tables(seed: int, strata: int = 5) -> Tables:
    rng = np.random.default_rng(seed)
    n, m = (rng.integers(5, 200, strata).astype(float) for _ in range(2))
    return Tables(rng.binomial(n.astype(int), 0.4).astype(float), n, rng.binomial(m.astype(int), 0.5).astype(float), m)


@pytest.mark.parametrize("seed", range(8))
def test_pooled_tests_agree_with_statsmodels(seed):
    tables = random_tables(seed)
    reference = StratifiedTable([np.array([[x, n - x], [y, m - y]]) for x, n, y, m in zip(*tables, strict=True)])
    assert cochran_p(tables) == pytest.approx(reference.test_null_odds(correction=False).pvalue)
    assert odds_ratio(tables) == pytest.approx(reference.oddsratio_pooled)
    assert breslow_day_p(tables) == pytest.approx(reference.test_equal_odds(adjust=True).pvalue)


def test_strata_of_one_outcome_tell_breslow_day_nothing():
    tables = random_tables(1, 3)
    padded = Tables(*(np.append(part, extra) for part, extra in zip(tables, (0, 20, 0, 30), strict=True)))
    assert breslow_day_p(padded) == breslow_day_p(tables)
    assert np.isnan(breslow_day_p(random_tables(1, 1)))
    assert np.isnan(cochran_p(Tables(*(np.array([value], float) for value in (0, 5, 0, 5)))))


def test_pooled_difference_by_hand():
    x, n, y, m = (np.array(part, float) for part in ((81, 192), (87, 263), (234, 55), (270, 80)))
    weight = n * m / (n + m)
    value, stderr = risk_difference(Tables(x, n, y, m))
    assert value == pytest.approx((weight * (x / n - y / m)).sum() / weight.sum())
    assert 2 * stats.norm.sf(value / stderr) == pytest.approx(0.109, abs=5e-4)


def both_ways(data: EvaluationSet) -> tuple[np.ndarray, np.ndarray]:
    """The influences of the difference of precision, over all rows and within each stratum."""
    names = list(data.predictions)[::-1]
    strata = data.table["stratum"].to_numpy()

    def apart(rows: EvaluationSet) -> np.ndarray:
        one, two = (METRICS["precision"].linearize(rows, name).influence for name in names)
        return one - two

    inside = np.zeros(len(data))
    for stratum in np.unique(strata):
        inside[strata == stratum] = apart(data.take(strata == stratum))
    return apart(data), inside


@pytest.mark.parametrize("weighted", [False, True])
def test_evidence_follows_from_the_influences_of_the_rows(weighted):
    data = called(BERKELEY)
    if weighted:
        data = replace(data, weight=np.random.default_rng(0).random(len(data)) + 0.2)
    row = one(scan(data), metric="precision")
    whole, inside = both_ways(data)
    middle = scan(data).strata.query("place == @row.place").set_index("stratum")[["share_first", "share_second"]]
    scale = data.table["stratum"].map(middle.mean(axis=1)).to_numpy()
    expected = [
        2 * stats.norm.sf(abs(row[name]) / np.sqrt(influence @ influence))
        for name, influence in (
            ("overall_difference", whole),
            ("adjusted_difference", scale * inside),
            ("mix_effect", whole - scale * inside),
        )
    ]
    assert row[["p_overall", "p_adjusted", "p_mix"]].tolist() == pytest.approx(expected)


def test_rates_of_groups_follow_from_the_influences_of_the_rows_too():
    weight = np.random.default_rng(0).random(4526) + 0.2
    data = outcomes(BERKELEY, weight=weight)
    row = one(scan(data), group="side")
    side, stratum = data.table["side"].to_numpy(), data.table["stratum"].to_numpy()
    whole, inside, share = np.zeros(4526), np.zeros(4526), np.zeros(4526)
    for sign, name in ((1, "men"), (-1, "women")):
        rows = side == name
        whole[rows] = (
            sign * weight[rows] * (data.y[rows] - np.average(data.y[rows], weights=weight[rows])) / weight[rows].sum()
        )
        for one_stratum in np.unique(stratum):
            few = rows & (stratum == one_stratum)
            inside[few] = (
                sign * weight[few] * (data.y[few] - np.average(data.y[few], weights=weight[few])) / weight[few].sum()
            )
            share[stratum == one_stratum] += weight[few].sum() / weight[rows].sum() / 2
    mixed = whole - share * inside
    assert row["p_mix"] == pytest.approx(2 * stats.norm.sf(abs(row["mix_effect"]) / np.sqrt(mixed @ mixed)))


def test_whole_weights_count_as_rows():
    weight = np.random.default_rng(0).integers(1, 4, 700)
    once = outcomes(KIDNEY)
    weighted = one(scan(replace(once, weight=weight.astype(float))), group="side")
    repeated = one(scan(once.take(np.repeat(np.arange(700), weight))), group="side")
    for name in ("kind", "value_first", "value_second", "overall_difference", "rate_effect", "mix_effect"):
        assert weighted[name] == pytest.approx(repeated[name]) if name != "kind" else weighted[name] == repeated[name]
    # Without counts the strata are weighted as Mantel and Haenszel do.
    assert weighted["adjusted_difference"] == pytest.approx(repeated["adjusted_difference"])
    assert np.isnan(weighted["cmh_p"])


@pytest.mark.parametrize(
    "data", [outcomes(KIDNEY), own_traffic(KIDNEY), called(BERKELEY)], ids=["groups", "own", "same"]
)
def test_order_of_rows_and_scale_of_weights_change_nothing(data):
    order = np.random.default_rng(0).permutation(len(data))
    weight = np.random.default_rng(1).random(len(data)) + 0.1
    for one_set, other in (
        (data, data.take(order)),
        (replace(data, weight=weight), replace(data, weight=1000 * weight)),
    ):
        keys = ["group", "metric", "column"]
        first, second = (
            scan(each).scan.drop(columns=["place"]).sort_values(keys, ignore_index=True) for each in (one_set, other)
        )
        pd.testing.assert_frame_equal(first, second, rtol=1e-9, atol=1e-9)


def test_strata_that_one_side_did_not_see_are_left_out_and_told():
    cells = KIDNEY | {("open", "unknown"): (50, 60), ("pcnl", "unknown"): (2, 3)}
    result = scan(outcomes(cells))
    row = one(result, group="side", column="stratum")
    assert (row["strata"], row["rows"], row["rows_left_out"]) == (2, 700, 63)
    assert row["overall_difference"] == pytest.approx(273 / 350 - 289 / 350)
    strata = result.strata[(result.strata["place"] == row["place"]) & ~result.strata["compared"]]
    assert strata[["stratum", "n_first", "n_second"]].to_numpy().tolist() == [["unknown", 60, 3]]
    assert strata["difference"].isna().all()
    looser = one(scan(outcomes(cells), minimum=2), group="side", column="stratum")
    assert looser["strata"] == 3


def test_missing_is_a_stratum():
    table = expanded(KIDNEY)
    data = outcomes(KIDNEY)
    hidden = data.table.assign(stratum=table["stratum"].where(table["stratum"] == "small"))
    result = scan(replace(data, table=hidden))
    assert set(result.strata.loc[result.strata["column"] == "stratum", "stratum"]) == {"small", "missing"}
    assert one(result, group="side")["kind"] == Kind.STRICT


def test_too_few_rows_are_not_evaluable():
    tiny = dict.fromkeys(KIDNEY, (1, 4))
    with pytest.raises(NotApplicable):
        scan(outcomes(tiny))
    row = one(scan(outcomes(KIDNEY | {("open", "small"): (5, 5)})), group="side")
    assert row["kind"] == Kind.NOT_EVALUABLE
    assert np.isnan(row["overall_difference"])
    assert "enough rows" in row["sentence"]


def test_more_than_two_groups():
    cells = KIDNEY | {("drug", "small"): (20, 40), ("drug", "large"): (10, 40)}
    against_rest = scan(outcomes(cells)).scan.query("group == 'side'")
    assert against_rest[["first", "second"]].to_numpy().tolist() == [
        [name, "the rest"] for name in against_rest["first"]
    ]
    assert sorted(against_rest["first"]) == ["drug", "open", "pcnl"]
    drug = against_rest[against_rest["first"] == "drug"].iloc[0]
    assert drug["value_second"] == pytest.approx((273 + 289) / 700)
    pairs = scan(outcomes(cells), against="each other").scan.query("group == 'side'")
    assert sorted(map(tuple, pairs[["first", "second"]].to_numpy())) == [
        ("drug", "open"),
        ("drug", "pcnl"),
        ("open", "pcnl"),
    ]


def test_groups_can_be_chosen():
    result = scan(outcomes(KIDNEY), groups=("stratum",))
    assert set(result.scan["group"]) == {"stratum"}
    with pytest.raises(BadInput, match="'sex'"):
        scan(outcomes(KIDNEY), groups=("sex",))
    cells = {(f"g{k}", stratum): (k, 20) for k in range(8) for stratum in "xy"}
    result = scan(outcomes(cells))
    assert "side has 8 groups, too many to compare." in set(result.skipped["reason"])
    assert "side" not in set(result.scan["group"])


def test_two_columns_together():
    """Stone size told by two columns whose parity it is: neither alone shows the reversal, both together do."""
    table = expanded(KIDNEY)
    rng = np.random.default_rng(0)
    left = rng.integers(0, 2, len(table))
    right = (left + (table["stratum"] == "small")) % 2
    table = table.drop(columns="stratum").assign(left=left, right=right)
    data = replace(outcomes(KIDNEY), table=table)
    alone = scan(data)
    assert not alone.scan.query("group == 'side'")["kind"].isin([str(Kind.STRICT)]).any()
    row = one(scan(data, pairs=True), group="side", column="left × right")
    assert row["strata"] == 4
    assert row["mix_effect"] == pytest.approx(-0.099, abs=0.01)
    assert Kind(row["kind"]).flagged


def test_means_of_groups():
    """Pay of two groups: b earns more in both jobs, a overall, being mostly in the better paid one."""
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "group": ["a"] * 100 + ["b"] * 100,
            "job": ["high"] * 80 + ["low"] * 20 + ["high"] * 20 + ["low"] * 80,
        }
    )
    pay = np.where(table["job"] == "high", 5000.0, 3000.0) + 300 * (table["group"] == "b") + rng.normal(0, 100, 200)
    data = EvaluationSet("regression", pay, table.assign(pay=pay), Columns("pay"), {})
    row = one(scan(data), group="group")
    means = pd.Series(pay).groupby([table["group"], table["job"]]).mean()
    assert row["kind"] == Kind.STRICT
    assert row["grade"] == Grade.SUPPORTED
    assert row["value_first"] == pytest.approx(pay[:100].mean())
    expected = 0.5 * (means["a", "high"] - means["b", "high"]) + 0.5 * (means["a", "low"] - means["b", "low"])
    assert row["rate_effect"] == pytest.approx(expected)
    assert row["p_overall"] == pytest.approx(stats.ttest_ind(pay[:100], pay[100:], equal_var=False).pvalue)
    assert "mean pay" in row["sentence"]


def test_rows_in_clusters_weaken_the_evidence():
    """Every patient three times over says no more than once."""
    data = outcomes(KIDNEY)
    thrice = data.take(np.repeat(np.arange(700), 3))
    table = thrice.table.assign(patient=np.repeat(np.arange(700), 3))
    thrice = replace(thrice, table=table, columns=Columns("hit", sensitive=("side",), group="patient"))
    once, more = (one(scan(each), group="side", column="stratum") for each in (data, thrice))
    assert more["kind"] == once["kind"]
    assert more["overall_difference"] == pytest.approx(once["overall_difference"])
    assert more["p_adjusted"] == pytest.approx(once["p_adjusted"], rel=0.05)


def test_slices_made_of_the_answers_are_left_out():
    data = called(KIDNEY)
    said = np.where(data.predictions["open"].label == 1, "approve", "refuse")
    result = scan(replace(data, table=data.table.assign(said=said)))
    assert "said" not in set(result.scan["column"])
    assert result.skipped["reason"].tolist() == ["said repeats the answers of pcnl."]


def test_precision_of_each_stratum_agrees_with_scikit_learn():
    data = called(BERKELEY)
    result = scan(data)
    row = one(result, metric="precision")
    for found in result.strata[result.strata["place"] == row["place"]].to_dict("records"):
        rows = (data.table["stratum"] == found["stratum"]).to_numpy()
        for side in ("first", "second"):
            label = data.predictions[found[side]].label[rows]
            assert found[f"value_{side}"] == pytest.approx(precision_score(data.y[rows], label))


def test_strata_of_systems_on_the_same_rows_are_paired():
    data = called(BERKELEY)
    result = scan(data)
    for key in ("precision", "f1", "balanced_accuracy"):
        row = one(result, metric=key)
        for found in result.strata[result.strata["place"] == row["place"]].to_dict("records"):
            rows = (data.table["stratum"] == found["stratum"]).to_numpy()
            expected = compare(METRICS[key], data.take(rows), found["first"], found["second"])
            assert [found[name] for name in ("difference", "lower", "upper", "p_value")] == pytest.approx(
                [expected.value, expected.lower, expected.upper, expected.p_value]
            )


def test_several_classes():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 30, 3000).astype(np.int32)
    systems = {name: system(name, np.where(rng.random(3000) < 0.5, y, rng.integers(0, 30, 3000))) for name in "ab"}
    table = pd.DataFrame({"y": y, "s": rng.choice(list("xy"), 3000), "t": rng.choice(list("uv"), 3000)})
    classes = tuple(f"c{k}" for k in range(30))
    result = scan(EvaluationSet("multiclass", y, table, Columns("y"), systems, classes))
    assert set(result.scan["metric"]) == {"accuracy", "balanced_accuracy", "macro_f1", "rate of y = c1"}


def test_not_applicable():
    data = outcomes(KIDNEY)
    assert METHOD.why_not(data) is None
    assert METHOD.why_not(data.take(np.zeros(700, bool))) == "The data have no rows."
    with pytest.raises(NotApplicable, match="no two systems or groups"):
        scan(replace(data, table=data.table[["hit"]], columns=Columns("hit")))


def test_a_silent_system_is_compared_nowhere():
    data = called(KIDNEY)
    silent = system("silent", np.full(len(data), -1))
    result = scan(replace(data, predictions={"open": data.predictions["open"], "silent": silent}))
    assert set(result.scan["kind"]) == {Kind.NOT_EVALUABLE}
    assert [each.code for each in find_reversals(result)] == ["REV005"]


def test_systems_can_be_picked_and_outcomes_stay():
    data = called(KIDNEY)
    table = data.table.assign(sex=np.where(np.arange(len(data)) % 3, "f", "m"))
    result = scan(replace(data, table=table))
    assert set(result.only(["open"]).scan["situation"]) == {Situation.OUTCOMES}
    assert len(result.only(["open", "pcnl"]).scan) == len(result.scan)
    kept = result.only([])
    assert set(kept.strata["place"]) == set(kept.scan["place"])


def test_result_survives_a_file(tmp_path):
    for name, table in TestBerkeley.result.tables().items():
        table.to_parquet(tmp_path / name)
        pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / name), table)


def looks(result: ReversalsResult, **view) -> dict[str, object]:
    return {each.key: each for each in METHOD.look(result, METHOD.view(**view), colours_of(["open", "pcnl"]))}


def test_figures_draw_the_tables():
    drawn = looks(TestBerkeley.result)
    row, strata = TestBerkeley.row, drawn["lines"].table
    lines = drawn["lines"].figure.data
    assert [line.name for line in lines] == [*"ABCDEF", "overall"]
    for line, first, second in zip(lines, strata["value_first"], strata["value_second"], strict=False):
        assert list(line.y) == [first, second]
    assert list(lines[-1].y) == [row["value_first"], row["value_second"]]
    sizes = np.array([line.marker.size for line in lines[:-1]])
    assert (np.argsort(sizes.ravel()) == np.argsort(strata[["n_first", "n_second"]].to_numpy().ravel())).all()
    assert drawn["lines"].caption == row["sentence"]
    bars = drawn["mixes"].figure.data
    assert list(bars[0].y) == strata["share_first"].tolist()
    assert sum(bars[1].y) == pytest.approx(1)
    dots = drawn["effects"].figure.data[0]
    assert list(dots.x) == [
        row[name] for name in ("overall_difference", "mix_effect", "rate_effect", "adjusted_difference")
    ]


def test_view_picks_a_row_of_the_scan():
    result = TestKidneyStones.result
    assert looks(result, place=2)["lines"].caption == result.scan["sentence"][1]
    assert looks(result, place=99)["lines"].caption == result.scan["sentence"][1]
    assert looks(result, column="side")["lines"].caption == one(result, column="side")["sentence"]
    assert looks(result, column="hit") == {}
    assert looks(result.only([]), column="hit") == {}


def test_systems_keep_their_colours():
    colours = colours_of(["open", "pcnl"])
    bars = looks(TestSameRows.result)["mixes"].figure.data
    assert bars[0].name == "open"
    red, green, blue = (int(colours["open"][at : at + 2], 16) for at in (1, 3, 5))
    assert bars[0].marker.color.startswith(f"rgba({red}, {green}, {blue}")


def test_overview_shows_every_comparison():
    overview = METHOD.displays(TestKidneyStones.result, {})[0]
    assert overview.table is TestKidneyStones.result.scan
    assert sum(len(trace.x) for trace in overview.figure.data) == len(overview.table)
    row = TestKidneyStones.row
    assert row["z_overall"] == pytest.approx(-stats.norm.isf(row["p_overall"] / 2))


def test_names_are_shown_as_text():
    cells = {(side.replace("open", "<b>open</b>"), stratum): value for (side, stratum), value in KIDNEY.items()}
    figure = looks(scan(outcomes(cells)))["lines"].figure
    assert figure.data[0].x[0] == "side: &lt;b&gt;open&lt;/b&gt;"


def test_words_of_texts_are_strata_but_no_groups_unless_asked():
    random = np.random.default_rng(0)
    n = 400
    filler = "a message of some fifty letters that does not say very much at all"
    has = random.random(n) < 0.15
    texts = [f"{filler} {'prize' if one else ''} {chr(97 + k % 26)}{k}" for k, one in enumerate(has)]
    table = pd.DataFrame({"text": texts, "two": random.choice(["a", "b"], n)})
    y = random.integers(0, 2, n).astype(np.int32)
    data = EvaluationSet("binary", y, table.assign(y=y), Columns("y"), {}, ("0", "1"))
    scan = compute_reversals(data, ReversalsParams(), no_progress).scan
    assert set(scan["group"]) == {"two"}
    assert "“prize” in text" in set(scan["column"])
