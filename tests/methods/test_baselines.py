"""Expectations of guessing from the literature and by brute force, the heuristic, and who beats what."""

from dataclasses import replace
from itertools import permutations, product

import numpy as np
import pandas as pd
import pytest
from made_sets import build, drawn, drawn_classes, drawn_values, forecast, labels
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.metrics import average_precision_score, f1_score, log_loss, mean_absolute_error, root_mean_squared_error
from sklearn.tree import DecisionTreeClassifier

from evallib.core.errors import BadInput, NotApplicable
from evallib.core.estimates import Measured, compare, difference, estimate
from evallib.core.evaluation_set import Predictions, Role
from evallib.core.evidence import Evidence
from evallib.core.finding import Outcome, Severity
from evallib.core.metrics import METRICS
from evallib.core.prior import Guess
from evallib.core.progress import no_progress
from evallib.drawing.colours import colours_of
from evallib.methods.baselines import METHOD
from evallib.methods.baselines.compute import BaselinesParams, compute_baselines
from evallib.methods.baselines.findings import find_unbeaten
from evallib.methods.baselines.guess import expect
from evallib.methods.baselines.small_samples import random_f1, random_precision, random_ranking_precision

UNIFORM, SHARES, ZERO = "Random, uniform", "Random, by label distribution", "Zero rule"


def computed(data, **params):
    return compute_baselines(data, BaselinesParams(**params), no_progress)


def scores(result):
    return result.scores.set_index(["model", "metric"])["value"]


def with_prevalence(share, n=10_000):
    """n rows of which this share is positive, and a model that is right about all of them."""
    truth = (np.arange(n) < share * n).astype(np.int32)
    return labels(truth, truth)


@pytest.mark.parametrize(
    ("share", "baseline", "accuracy", "f1"),
    [
        (0.10, UNIFORM, 0.5, 2 * 0.1 * 0.5 / (0.1 + 0.5)),
        (0.10, SHARES, 0.1**2 + 0.9**2, 0.1),
        (0.10, ZERO, 0.9, np.nan),
        (0.01, UNIFORM, 0.5, 2 * 0.01 * 0.5 / (0.01 + 0.5)),
        (0.01, SHARES, 0.01**2 + 0.99**2, 0.01),
        (0.01, ZERO, 0.99, np.nan),
        (0.90, UNIFORM, 0.5, 2 * 0.9 * 0.5 / (0.9 + 0.5)),
        (0.90, SHARES, 0.1**2 + 0.9**2, 0.9),
        (0.90, ZERO, 0.9, 2 * 0.9 / 1.9),
    ],
)
def test_the_numbers_of_the_literature(share, baseline, accuracy, f1):
    found = scores(computed(with_prevalence(share)))
    assert found[baseline, "accuracy"] == pytest.approx(accuracy)
    assert found[baseline, "f1"] == pytest.approx(f1, abs=1e-5, nan_ok=True)


def test_the_numbers_of_the_literature_as_they_are_quoted():
    tenth, hundredth, most = (scores(computed(with_prevalence(share))) for share in (0.1, 0.01, 0.9))
    assert round(tenth[UNIFORM, "f1"], 3) == 0.167
    assert round(tenth[SHARES, "accuracy"], 2) == 0.82
    assert round(hundredth[UNIFORM, "f1"], 2) == 0.02
    assert round(hundredth[SHARES, "accuracy"], 2) == 0.98
    assert round(most[UNIFORM, "f1"], 3) == 0.643
    assert round(most[ZERO, "f1"], 3) == 0.947


def test_the_other_metrics_by_hand():
    pi, q = 0.1, 0.5
    found = scores(computed(forecasting(with_prevalence(pi))))
    for baseline, say in ((UNIFORM, q), (SHARES, pi)):
        assert found[baseline, "precision"] == pytest.approx(pi)
        assert found[baseline, "recall"] == pytest.approx(say)
        assert found[baseline, "specificity"] == pytest.approx(1 - say)
        assert found[baseline, "balanced_accuracy"] == pytest.approx(0.5)
        assert found[baseline, "roc_auc"] == 0.5
        assert found[baseline, "average_precision"] == pytest.approx(pi, abs=1e-3)
        assert found[baseline, "log_loss"] == pytest.approx(-(pi * np.log(say) + (1 - pi) * np.log(1 - say)))
        assert found[baseline, "brier"] == pytest.approx(pi * (1 - say) ** 2 + (1 - pi) * say**2)
    assert np.isnan(found[ZERO, "precision"])
    assert (found[ZERO, "recall"], found[ZERO, "roc_auc"]) == (0, 0.5)
    assert found[ZERO, "average_precision"] == pytest.approx(pi)
    assert found[ZERO, "log_loss"] == found[SHARES, "log_loss"]


def forecasting(data):
    """The same set with probabilities, so that every metric exists."""
    p = np.where(data.y == 1, 0.8, 0.3)
    return replace(data, predictions={"model": forecast(p)})


def test_the_zero_rule_is_scikit_learns_prior():
    data = drawn(500)
    dummy = DummyClassifier(strategy="prior").fit(np.zeros((500, 1)), data.y)
    found = scores(computed(data))
    assert found[ZERO, "accuracy"] == pytest.approx(dummy.score(np.zeros((500, 1)), data.y))
    assert found[ZERO, "log_loss"] == pytest.approx(log_loss(data.y, dummy.predict_proba(np.zeros((500, 1)))[:, 1]))


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("k", [2, 3])
def test_expectations_and_scatter_are_those_of_many_draws(k, weighted):
    data = drawn(400, weighted=weighted) if k == 2 else drawn_classes(400, 3, weighted=weighted)
    say = np.array([0.6, 0.4]) if k == 2 else np.array([0.2, 0.5, 0.3])
    guess = Guess("guess", say, say, ranks=True)
    random, rounds = np.random.default_rng(99), 800
    keys = [key for key, metric in METRICS.items() if data.task in metric.tasks and metric.needs != "value"]
    keys = [key for key in keys if key not in {"log_loss", "brier"}]
    draws = {key: [] for key in keys}
    for _ in range(rounds):
        label = random.choice(k, 400, p=say).astype(np.int32)
        score = random.random(400) if k == 2 else random.random((400, k))
        drawn_once = replace(data, predictions={"guess": Predictions(label, score, name="guess")})
        evidence = Evidence(drawn_once, "guess")
        for key in keys:
            draws[key].append(METRICS[key].on(evidence).value)
    for key, values in draws.items():
        found = expect(METRICS[key], guess, Evidence(data, "a"))
        assert np.mean(values) == pytest.approx(found.found.value, abs=4 * found.sd / np.sqrt(rounds) + 2e-3), key
        assert np.std(values) == pytest.approx(found.sd, rel=0.1), key


def test_f1_and_precision_over_every_outcome():
    truth = np.array([1, 1, 0, 0, 0])
    f1, precision, seen = 0.0, 0.0, 0.0
    for said in product((0, 1), repeat=5):
        label = np.array(said)
        chance = 0.3 ** label.sum() * 0.7 ** (5 - label.sum())
        f1 += chance * f1_score(truth, label)
        if label.any():
            seen += chance
            precision += chance * truth[label == 1].mean()
    assert random_f1(2, 3, 0.3)[0] == pytest.approx(f1)
    assert random_precision(2, 3, 0.3)[0] == pytest.approx(precision / seen)


def test_the_exact_f1_of_few_rows_is_below_the_plug_in():
    # n = 20 and n = 1000 at 10 %, said with probability 0.1: the plug-in is 0.1000.
    assert random_f1(2, 18, 0.1)[0] == pytest.approx(0.0876, abs=5e-5)
    assert random_f1(100, 900, 0.1)[0] == pytest.approx(0.0998, abs=5e-5)
    few = scores(computed(with_prevalence(0.1, 20)))
    assert few[SHARES, "f1"] == pytest.approx(0.0876, abs=5e-5)


@pytest.mark.parametrize(("positives", "negatives"), [(1, 4), (2, 3), (3, 3), (4, 1)])
def test_average_precision_over_every_order(positives, negatives):
    n = positives + negatives
    values = [average_precision_score(np.array(order) < positives, -np.arange(n)) for order in permutations(range(n))]
    assert random_ranking_precision(positives, negatives, positives / n) == pytest.approx(
        (np.mean(values), np.std(values))
    )


def test_multiclass_by_hand():
    pi = np.array([0.5, 0.3, 0.2])
    truth = np.repeat([0, 1, 2], [50, 30, 20]).astype(np.int32)
    p = np.full((100, 3), 1 / 3)
    data = build(truth, {"model": Predictions(truth, p, name="model")}, classes=("a", "b", "c"))
    found = scores(computed(data))
    for baseline, q in ((UNIFORM, np.full(3, 1 / 3)), (SHARES, pi)):
        assert found[baseline, "accuracy"] == pytest.approx(pi @ q)
        assert found[baseline, "macro_f1"] == pytest.approx(np.mean(2 * pi * q / (pi + q)))
        assert found[baseline, "log_loss"] == pytest.approx(-pi @ np.log(q))
    assert found[UNIFORM, "log_loss"] == pytest.approx(np.log(3))
    assert found[ZERO, "accuracy"] == 0.5
    assert found[ZERO, "balanced_accuracy"] == pytest.approx(1 / 3)
    assert found[SHARES, "brier"] == pytest.approx(1 - pi @ pi)


def test_regression_is_that_of_scikit_learn():
    data = drawn_values(200)
    found = scores(computed(data))
    for strategy in ("mean", "median"):
        said = DummyRegressor(strategy=strategy).fit(np.zeros((200, 1)), data.y).predict(np.zeros((200, 1)))
        assert found[f"Zero rule, {strategy}", "mae"] == pytest.approx(mean_absolute_error(data.y, said))
        assert found[f"Zero rule, {strategy}", "rmse"] == pytest.approx(root_mean_squared_error(data.y, said))
    assert found["Zero rule, mean", "r2"] == 0


def test_weights_move_mean_and_median():
    y = np.array([1.0, 2.0, 10.0])
    data = build(y, {"a": Predictions(value=y, name="a")}, weight=[1, 1, 3], task="regression")
    about = computed(data).baselines.set_index("model")["about"]
    assert about["Zero rule, mean"] == f"Always says {(1 + 2 + 30) / 5:.4g}, the mean."
    assert about["Zero rule, median"] == "Always says 10, the median."


def test_shares_and_majority_come_from_training():
    # Training: 60 % positive. Test: 40 %. The zero rule of training is right on 40 % and not on 60 %.
    truth = (np.arange(100) < 40).astype(np.int32)
    data = replace(labels(truth, truth), training_y=(np.arange(50) < 30).astype(np.int32))
    result = computed(data)
    found = scores(result)
    assert found[ZERO, "accuracy"] == pytest.approx(0.4)
    assert found[SHARES, "accuracy"] == pytest.approx(0.4 * 0.6 + 0.6 * 0.4)
    assert set(result.baselines.loc[result.baselines["kind"] == "zero rule", "source"]) == {"training set"}
    assert "BAS004" not in [one.code for one in find_unbeaten(result)]
    assert "BAS004" in [one.code for one in find_unbeaten(computed(replace(data, training_y=None)))]


def test_regression_from_training():
    data = replace(drawn_values(50), training_y=np.array([1.0, 2.0, 6.0]))
    about = computed(data).baselines.set_index("model")["about"]
    assert about["Zero rule, mean"] == "Always says 3, the mean."
    assert about["Zero rule, median"] == "Always says 2, the median."


def test_everything_follows_the_positive_class():
    data = with_prevalence(0.1, 10_000)
    found, other = scores(computed(data)), scores(computed(data.with_positive("no")))
    assert found[SHARES, "f1"] == pytest.approx(0.1, abs=1e-3)
    assert other[SHARES, "f1"] == pytest.approx(0.9, abs=1e-3)
    assert np.isnan(found[ZERO, "f1"])
    assert other[ZERO, "f1"] == pytest.approx(2 * 0.9 / 1.9)
    assert other[ZERO, "accuracy"] == found[ZERO, "accuracy"]


def featured(n=600, seed=0):
    """Binary rows with a feature that splits them well, a weak one, and text; the model is better than any split."""
    data, random = drawn(n, seed, separation=(4.0, 1.0)), np.random.default_rng(seed)
    table = data.table.assign(
        gain=data.y * 3 + random.normal(size=n),
        noise=random.normal(size=n),
        job=np.where(random.random(n) < 0.5, "o'clerk", np.where(data.y == 1, "chief", "clerk")),
        flag=random.random(n) < 0.5,
        day=pd.Timestamp("2020-01-01"),
        nothing=np.nan,
    )
    features = ("noise", "gain", "job", "flag", "day", "nothing")
    return replace(data, table=table, columns=replace(data.columns, features=features))


def test_the_learned_split_is_that_of_a_tree_of_depth_one():
    data = featured(2000)
    result = computed(data)
    tree = DecisionTreeClassifier(max_depth=1).fit(data.table[["noise", "gain"]], data.y)
    assert tree.tree_.feature[0] == 1
    expected = tree.score(data.table[["noise", "gain"]], data.y)
    assert scores(result)["Heuristic", "accuracy"] == pytest.approx(expected, abs=0.02)
    row = result.baselines.set_index("model").loc["Heuristic"]
    assert row["about"].startswith("Gives each side of gain > ")
    assert row["source"] == "evaluation rows, cross-fitted"


def test_a_split_by_a_category():
    data = featured()
    table = data.table.assign(job=np.where(data.y == 1, "it's", "not"))
    result = computed(replace(data, table=table, columns=replace(data.columns, features=("job", "noise"))))
    assert scores(result)["Heuristic", "accuracy"] == 1
    assert "job == " in result.baselines.set_index("model").loc["Heuristic", "about"]


def test_the_learned_split_does_not_see_the_row_it_judges():
    # Pure noise: a split that is learned from the very rows it is judged on would look better than chance.
    random = np.random.default_rng(0)
    ahead = []
    for seed in range(12):
        data = drawn(60, seed, rate=0.5)
        table = data.table.assign(**{f"x{place}": random.normal(size=60) for place in range(20)})
        data = replace(data, table=table, columns=replace(data.columns, features=tuple(table.columns[2:])))
        ahead.append(scores(computed(data))["Heuristic", "balanced_accuracy"])
    assert np.mean(ahead) == pytest.approx(0.5, abs=0.06)


@pytest.mark.parametrize(
    "values",
    [
        pd.array([1, 3, None] * 40, dtype="Int64"),
        pd.array([True, None] * 60, dtype="boolean"),
        pd.Categorical([1, 2] * 60),
        pd.Categorical(["a'b", 'ü"x'] * 60),
        pd.Series([1, "a", None, 2.5] * 30, dtype=object),
        pd.Series([True, False] * 60, dtype=object),
        np.array([np.inf, 1.0, -np.inf, np.nan] * 30),
        np.array([2**62, 5] * 60),
    ],
    ids=["Int64", "boolean", "numbers as categories", "text", "mixed", "truth as objects", "inf", "large"],
)
@pytest.mark.parametrize("made", [drawn, drawn_classes, drawn_values])
def test_a_split_by_any_kind_of_column_is_a_rule_that_can_be_read(made, values):
    data = made(120)
    name = "the `and` column"
    data = replace(data, table=data.table.assign(**{name: values}), columns=replace(data.columns, features=(name,)))
    about = computed(data).baselines.set_index("model").loc["Heuristic", "about"]
    assert about.startswith("Gives each side of `the ``and`` column` ")


def test_nothing_to_split_by():
    assert "Heuristic" not in set(computed(drawn(50)).baselines["model"])
    constant = replace(drawn(50), columns=replace(drawn(50).columns, features=("y0",)))
    constant = replace(constant, table=constant.table.assign(y0=1.0))
    assert "Heuristic" not in set(computed(constant).baselines["model"])


def test_a_rule_of_the_user():
    data = featured()
    said = (data.table["gain"] > 1.5) & (data.table["job"] != "clerk")
    result = computed(data, rule="gain > 1.5 and job != 'clerk'")
    found = scores(result)
    expected = labels(data.y, said.astype(int))
    for key in ("accuracy", "precision", "recall", "f1"):
        assert found["Heuristic", key] == pytest.approx(METRICS[key].linearize(expected, "model").value)
    assert (
        result.baselines.set_index("model").loc["Heuristic", "about"] == "Says yes where gain > 1.5 and job != 'clerk'."
    )
    turned = scores(computed(data.with_positive("no"), rule="gain > 1.5 and job != 'clerk'"))
    assert turned["Heuristic", "accuracy"] == pytest.approx(1 - found["Heuristic", "accuracy"])


def test_a_rule_for_one_of_many_classes_and_for_a_regression():
    data = drawn_classes(300, 3)
    data = replace(data, table=data.table.assign(x=data.y == 1), positive=1)
    found = scores(computed(data, rule="x == True"))
    # Class 2 is the most frequent of the other two.
    assert found["Heuristic", "accuracy"] == pytest.approx(np.mean((data.y == 1) | (data.y == 2)))
    values = drawn_values(300)
    values = replace(values, table=values.table.assign(x=values.y > 20))
    found = scores(computed(values, rule="x == True"))
    assert found["Heuristic", "rmse"] < found["Zero rule, mean", "rmse"]


def test_a_rule_that_cannot_be_read():
    with pytest.raises(BadInput):
        computed(featured(), rule="gain >")
    with pytest.raises(BadInput):
        computed(featured(), rule="income > 3")


def test_leads_are_paired_with_what_answers_row_by_row():
    data = featured()
    human = Predictions(np.where(np.arange(600) < 90, -1, data.y).astype(np.int32), name="human", role=Role.HUMAN)
    data = replace(data, predictions={"a": data.predictions["a"], "human": human})
    beats = computed(data).beats.set_index(["baseline", "metric"])
    expected = compare(METRICS["f1"], data, "a", "human")
    row = beats.loc[("human", "f1")]
    assert (row["difference"], row["lower"], row["n"]) == (expected.value, expected.lower, 510)
    zero = Predictions(np.zeros(600, np.int32), name="zero")
    expected = compare(METRICS["accuracy"], replace(data, predictions={**data.predictions, "zero": zero}), "a", "zero")
    row = beats.loc[(ZERO, "accuracy")]
    assert (row["difference"], row["lower"], row["p_value"]) == (expected.value, expected.lower, expected.p_value)


def test_the_lead_over_guessing_is_the_distance_to_its_expectation():
    data = drawn(300)
    result = computed(data)
    beats = result.beats[result.beats["model"] == "a"].set_index(["baseline", "metric"])
    own = estimate(METRICS["roc_auc"], data, "a")
    row = beats.loc[(UNIFORM, "roc_auc")]
    assert (row["difference"], row["lower"], row["upper"]) == pytest.approx(
        (own.value - 0.5, own.lower - 0.5, own.upper - 0.5)
    )
    losses = -np.log(np.where(data.y == 1, data.predictions["a"].probability, 1 - data.predictions["a"].probability))
    row = beats.loc[(UNIFORM, "log_loss")]
    assert row["difference"] == pytest.approx(losses.mean() - np.log(2))


@pytest.mark.parametrize("key", ["accuracy", "f1", "roc_auc", "balanced_accuracy"])
def test_a_model_that_only_guesses_beats_guessing_as_rarely_as_chance_allows(key):
    random, wins, rounds = np.random.default_rng(5), 0, 150
    for _ in range(rounds):
        truth = (random.random(120) < 0.4).astype(np.int32)
        data = build(
            truth, {"model": Predictions((random.random(120) < 0.5).astype(np.int32), random.random(120), name="model")}
        )
        guess = Guess("guess", np.full(2, 0.5), np.full(2, 0.5), ranks=True)
        evidence = Evidence(data, "model")
        wins += difference(Measured.of(METRICS[key], evidence), expect(METRICS[key], guess, evidence)).lower > 0
    assert wins / rounds < 0.065


def test_a_model_that_withholds_is_compared_with_guessing_on_its_own_rows():
    # Of 100 positive and 100 negative rows it answers all positive ones and 20 negative ones.
    truth = np.repeat([1, 0], 100)
    data = labels(truth, np.where(np.arange(200) < 120, truth, -1))
    row = computed(data).beats.set_index(["baseline", "metric"]).loc[(SHARES, "precision")]
    assert row["n"] == 120
    assert row["difference"] == pytest.approx(1 - 100 / 120)


def codes(result):
    return [one.code for one in find_unbeaten(result)]


def test_a_good_model_beats_all_and_a_guessing_one_none():
    data = featured()
    guess = forecast(np.random.default_rng(1).random(600), "guess")
    data = replace(data, predictions={"good": data.predictions["a"], "guess": guess}, training_y=data.y)
    found = {
        one.model: one
        for one in find_unbeaten(computed(data))
        if one.severity is not Severity.MEDIUM or one.code == "BAS002"
    }
    assert (found["good"].code, found["good"].outcome) == ("BAS002", Outcome.PASSED)
    assert (found["guess"].code, found["guess"].outcome, found["guess"].severity) == (
        "BAS001",
        Outcome.ISSUE,
        Severity.HIGH,
    )
    assert "the hardest is Heuristic" in found["good"].sentence


def test_not_beating_the_heuristic_is_an_issue_of_medium_gravity():
    data = featured()
    weak = replace(data, predictions={"weak": data.predictions["b"]}, training_y=data.y)
    (unbeaten,) = find_unbeaten(computed(weak))
    assert (unbeaten.code, unbeaten.severity) == ("BAS001", Severity.MEDIUM)
    assert "weak is worse than Heuristic beyond noise: ROC AUC" in unbeaten.sentence


@pytest.mark.parametrize(("role", "spoken"), [(Role.HUMAN, "human"), (Role.EXISTING, "existing solution")])
def test_a_better_human_or_existing_solution_is_grave(role, spoken):
    data = drawn(300)
    better = Predictions(data.y.copy(), name="them", role=role)
    data = replace(data, predictions={"a": data.predictions["a"], "them": better}, training_y=data.y)
    found = next(one for one in find_unbeaten(computed(data)) if one.code == "BAS003")
    assert (found.outcome, found.severity, found.model) == (Outcome.ISSUE, Severity.HIGH, "a")
    assert f"them ({spoken}) is better than a beyond noise: Accuracy" in found.sentence


def test_kinds():
    data = drawn(60)
    roles = dict(zip("cdefg", Role, strict=True))
    predictions = {name: replace(data.predictions["a"], name=name, role=role) for name, role in roles.items()}
    found = computed(replace(data, predictions=predictions)).scores.drop_duplicates("model").set_index("model")["kind"]
    assert found.to_dict() == {
        "c": "model",
        "d": "model",
        "e": "human",
        "f": "existing",
        "g": "baseline",
        UNIFORM: "random",
        SHARES: "random",
        ZERO: "zero rule",
    }


def test_the_metric_that_decides():
    data = drawn(300)
    human = Predictions(data.y.copy(), name="human", role=Role.HUMAN)
    result = computed(replace(data, predictions={**data.predictions, "human": human}), metric="roc_auc")
    decides = result.beats[result.beats["decides"]].set_index(["model", "baseline"])["metric"]
    assert decides["a", UNIFORM] == "roc_auc"
    assert decides["a", "human"] == "accuracy"
    undefined = computed(with_prevalence(0.2, 200), metric="f1")
    decides = undefined.beats[undefined.beats["decides"]].set_index("baseline")["metric"]
    assert (decides[SHARES], decides[ZERO]) == ("f1", "accuracy")
    with pytest.raises(NotApplicable):
        computed(data, metric="rmse")


def test_names_that_are_taken():
    data = drawn(60)
    result = computed(replace(data, predictions={ZERO: data.predictions["a"]}))
    assert f"{ZERO} (baseline)" in set(result.baselines["model"])
    assert set(result.scores.loc[result.scores["model"] == ZERO, "kind"]) == {"model"}


def test_only_some_models_keeps_the_baselines():
    data = drawn(80)
    human = Predictions(data.y.copy(), name="human", role=Role.HUMAN)
    some = computed(replace(data, predictions={**data.predictions, "human": human})).only(["a"])
    assert list(dict.fromkeys(some.scores["model"])) == ["a", UNIFORM, SHARES, ZERO]
    assert set(some.beats["model"]) == {"a"}


@pytest.mark.parametrize("truth", [[1, 1, 1], [0, 0, 0]], ids=["only positive", "only negative"])
def test_one_class_only(truth):
    data = build(np.array(truth, np.int32), {"model": forecast(np.array([0.2, 0.6, 0.7]))})
    result = computed(data)
    assert np.isnan(scores(result)[UNIFORM, "roc_auc"])
    METHOD.displays(result, {})
    find_unbeaten(result)


def test_everything_withheld():
    data = build(np.array([0, 1, 1], np.int32), {"model": forecast(np.full(3, np.nan))})
    result = computed(data)
    assert set(result.beats["verdict"]) == {"undefined"}
    assert codes(result) == ["BAS004"]
    METHOD.displays(result, {})


def test_no_rows():
    data = drawn(5)
    with pytest.raises(NotApplicable, match="no rows"):
        computed(data.take(np.zeros(5, bool)))


def test_shuffled_rows_and_renamed_models_change_nothing():
    data = drawn(200, weighted=True)
    other = replace(data, predictions={"x": data.predictions["a"], "y": data.predictions["b"]})
    one, two = computed(data), computed(other.take(np.random.default_rng(0).permutation(200)))
    for name in ("scores", "beats"):
        pd.testing.assert_frame_equal(
            getattr(one, name).select_dtypes("number"), getattr(two, name).select_dtypes("number")
        )


def test_the_scale_of_the_weights_changes_nothing():
    data = drawn(200, weighted=True)
    one, two = computed(data), computed(replace(data, weight=data.weight * 1000))
    pd.testing.assert_frame_equal(one.scores, two.scores)


@pytest.mark.parametrize("made", [drawn, drawn_classes, drawn_values])
def test_the_figures_draw_the_tables(made):
    data = made(150)
    result = computed(data)
    displays = {one.key: one for one in METHOD.displays(result, colours_of(data.predictions))}
    assert set(displays) == {"beats", "scores", "about"}
    dots = [x for trace in displays["scores"].figure.data if trace.mode == "markers" for x in trace.x]
    assert sorted(dots) == pytest.approx(sorted(result.scores["value"].dropna()))
    decisive = result.beats[result.beats["decides"]]
    leads = [x for trace in displays["beats"].figure.data if trace.mode == "markers" for x in trace.x]
    assert sorted(leads) == pytest.approx(
        sorted(decisive["difference"] * np.where(decisive["higher_is_better"], 1, -1))
    )


def test_an_undefined_score_is_said_to_be():
    figure = next(one.figure for one in METHOD.displays(computed(with_prevalence(0.2, 100)), {}) if one.key == "scores")
    assert [trace.text[0] for trace in figure.data if trace.mode == "text"] == ["undefined", "undefined"]


def test_tables_have_plain_columns():
    for made in (drawn, drawn_classes, drawn_values):
        for table in computed(made(40)).tables().values():
            assert {str(kind) for kind in table.dtypes} <= {"str", "float64", "int64", "bool"}


def test_a_human_alone_has_scores_and_nothing_to_beat():
    data = labels([0, 1, 1], [0, 1, 0])
    data = replace(data, predictions={"model": replace(data.predictions["model"], role=Role.HUMAN)})
    result = computed(data)
    assert result.beats.empty
    assert {one.key for one in METHOD.displays(result, {})} == {"scores", "about"}
    assert codes(result) == ["BAS004"]
