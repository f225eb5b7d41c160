"""Leads over baselines in slices, against the same on one slice at a time, and by hand."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_sets import drawn, drawn_classes, drawn_values, labels

from evallib.core.estimates import Measured, compare, difference
from evallib.core.evaluation_set import Role
from evallib.core.evidence import Evidence
from evallib.core.leads import Baselines, best_of
from evallib.core.metrics import METRICS
from evallib.core.prior import constants, guesses
from evallib.core.slice_scores import SlicedModel
from evallib.core.slices import Partition
from evallib.methods.baselines.guess import expect

NAMES = ("x", "y", "z")


def leads(data, key, codes, model="a"):
    """By baseline the lead in every slice, and of the best one."""
    models = {name: SlicedModel.of(data, name, by_class=True) for name in data.predictions}
    baselines = Baselines(data, models, {})
    found = Partition("c", codes.astype(np.uint8), NAMES[: codes.max() + 1], NAMES[: codes.max() + 1])
    pairs = {rival: pair.by(found) for (name, rival), pair in baselines.pairs.items() if name == model}
    every = baselines.leads(METRICS[key], models[model].by(found), pairs)
    return {one.baseline: one for one in every}, best_of(every, METRICS[key], len(found))


def sliced(n, seed):
    return np.concatenate(([0, 1, 2], np.random.default_rng(seed).integers(0, 3, n - 3)))


def withheld(data, seed):
    """The same set, whose model "a" gave no answer on a few rows."""
    rows = np.random.default_rng(seed).random(len(data)) < 0.1
    said = data.predictions["a"]
    probability = said.probability.copy()
    probability[rows] = np.nan
    silent = replace(said, label=np.where(rows, -1, said.label).astype(np.int32), probability=probability)
    return replace(data, predictions={**data.predictions, "a": silent})


def limits(lead, place, metric):
    value, lower, upper, p = (float(part[place]) for part in lead.lead)
    return (value, lower, upper, p) if metric.higher_is_better else (-value, -upper, -lower, p)


@pytest.mark.parametrize("key", ["accuracy", "balanced_accuracy", "roc_auc", "log_loss", "brier"])
@given(st.integers(0, 1000), st.booleans(), st.booleans())
@settings(max_examples=15, deadline=None)
def test_a_lead_over_a_guess_is_that_on_the_rows_of_the_slice(key, seed, weighted, silent):
    data = drawn(300, seed, weighted=weighted)
    data = withheld(data, seed) if silent else data
    codes, metric = sliced(300, seed), METRICS[key]
    found, _ = leads(data, key, codes)
    for guess, _ in guesses(data)[1:]:
        if guess.name not in found:
            assert guess.ranks
            assert not metric.by_cell
            continue
        for place in range(3):
            evidence = Evidence(data.take(codes == place), "a")
            expected = difference(Measured.of(metric, evidence), expect(metric, guess, evidence))
            assert found[guess.name].value[place] == pytest.approx(
                expect(metric, guess, evidence).found.value, rel=1e-12
            )
            assert limits(found[guess.name], place, metric) == pytest.approx(
                (expected.value, expected.lower, expected.upper, expected.p_value), rel=1e-8, abs=1e-12
            )


@pytest.mark.parametrize("key", ["accuracy", "macro_f1", "balanced_accuracy", "log_loss", "brier"])
@pytest.mark.parametrize("weighted", [False, True])
def test_several_classes(key, weighted):
    data, metric = drawn_classes(600, weighted=weighted), METRICS[key]
    codes = sliced(600, 0)
    found, _ = leads(data, key, codes)
    (guess,) = (guess for guess, _ in guesses(data) if guess.name == "Zero rule")
    for place in range(3):
        evidence = Evidence(data.take(codes == place), "a")
        expected = difference(Measured.of(metric, evidence), expect(metric, guess, evidence))
        assert limits(found["Zero rule"], place, metric) == pytest.approx(
            (expected.value, expected.lower, expected.upper, expected.p_value), rel=1e-8, abs=1e-12
        )


@pytest.mark.parametrize(("key", "name"), [("mae", "Zero rule, median"), ("rmse", "Zero rule, mean")])
@pytest.mark.parametrize("weighted", [False, True])
def test_a_regression_is_held_against_the_constant_of_all_rows(key, name, weighted):
    data = drawn_values(500, weighted=weighted)
    codes = sliced(500, 1)
    found, best = leads(data, key, codes)
    assert list(found) == [name]
    assert best.baseline.tolist() == [name] * 3
    constant = {said.name: said for said, _ in constants(data)}
    both = replace(data, predictions={**data.predictions, **constant})
    for place in range(3):
        expected = compare(METRICS[key], both.take(codes == place), "a", name)
        assert limits(found[name], place, METRICS[key]) == pytest.approx(
            (expected.value, expected.lower, expected.upper, expected.p_value), rel=1e-8
        )


def test_the_best_baseline_by_hand():
    """Of 8 rows 5 are "no". In x all 4 are "no", so the zero rule is right; in y, 1 of 4: the label distribution is.

    It is right there in 1/4 x 5/8 + 3/4 x 3/8 = 14/32 of the rows.
    """
    data = labels([0, 0, 0, 0, 0, 1, 1, 1], {"a": [0, 0, 0, 1, 0, 1, 1, 1]})
    _, best = leads(data, "accuracy", np.repeat([0, 1], 4))
    assert best.baseline.tolist() == ["Zero rule", "Random, by label distribution"]
    assert best.value.tolist() == [1.0, 14 / 32]
    assert best.lead.value.tolist() == [-0.25, 18 / 32]


def test_f1_of_a_guess_is_that_of_its_expected_confusion_matrix():
    """With 3/8 of all rows positive, and pi of the slice's: 2 pi q / (pi + q); the zero rule says no, and has none."""
    data = labels([0, 0, 0, 0, 0, 1, 1, 1], {"a": [0, 0, 0, 1, 0, 1, 1, 1]})
    found, best = leads(data, "f1", np.repeat([0, 1], 4))
    assert np.isnan(found["Zero rule"].value).all()
    assert found["Random, by label distribution"].value[1] == pytest.approx(2 * 0.75 * 0.375 / (0.75 + 0.375))
    assert best.baseline.tolist() == ["", "Random, by label distribution"]


def test_the_shares_are_those_of_the_training_set():
    data = replace(labels([0, 0, 1, 1, 1, 1], {"a": [0, 0, 1, 1, 0, 1]}), training_y=np.array([0, 0, 0, 1], np.int32))
    found, _ = leads(data, "accuracy", np.repeat([0, 1], 3))
    assert found["Zero rule"].value.tolist() == pytest.approx([2 / 3, 0])
    assert found["Random, by label distribution"].value.tolist() == pytest.approx([(2 * 0.75 + 0.25) / 3, 0.25])


def test_systems_in_use_are_baselines_as_they_are():
    data = drawn(200)
    human = replace(data.predictions["b"], name="b", role=Role.HUMAN, probability=None)
    data = replace(data, predictions={**data.predictions, "b": human})
    codes = sliced(200, 3)
    found, _ = leads(data, "accuracy", codes)
    for place in range(3):
        expected = compare(METRICS["accuracy"], data.take(codes == place), "a", "b")
        assert limits(found["b"], place, METRICS["accuracy"]) == pytest.approx(
            (expected.value, expected.lower, expected.upper, expected.p_value)
        )
    assert "b" not in leads(data, "accuracy", codes, "b")[0]
    assert "b" not in leads(data, "log_loss", codes)[0]


@pytest.mark.parametrize("key", ["accuracy", "balanced_accuracy", "f1", "log_loss", "brier"])
def test_equal_weights_change_nothing(key):
    data, codes = drawn(200), sliced(200, 4)
    one, two = (leads(each, key, codes)[1] for each in (data, replace(data, weight=np.full(200, 0.3))))
    assert one.baseline.tolist() == two.baseline.tolist()
    np.testing.assert_allclose(one.value, two.value, rtol=1e-12)
    np.testing.assert_allclose(np.stack(one.lead), np.stack(two.lead), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("key", ["accuracy", "balanced_accuracy", "f1", "roc_auc", "log_loss", "brier"])
@pytest.mark.parametrize("truth", [[0] * 10, [1] * 10, [0, 1] * 5])
@pytest.mark.parametrize("right", [True, False])
def test_ten_rows_one_class_all_right_and_all_wrong(key, truth, right):
    truth = np.array(truth)
    said = truth if right else 1 - truth
    data = labels(truth, {"a": said})
    data = replace(data, predictions={"a": replace(data.predictions["a"], probability=said * 0.8 + 0.1)})
    _, best = leads(data, key, np.repeat([0, 1], 5))
    for value, lower, upper in zip(*best.lead[:3], strict=True):
        assert np.isnan(value) or lower <= value <= upper


def test_what_is_one_sided_has_no_baseline_nor_has_a_set_without_weight():
    data = drawn(60)
    for key in ("precision", "recall", "specificity"):
        assert leads(data, key, sliced(60, 0))[1].baseline.tolist() == ["", "", ""]
    for made in (drawn, drawn_values):
        weightless = replace(made(60), weight=np.zeros(60))
        models = {name: SlicedModel.of(weightless, name, by_class=True) for name in weightless.predictions}
        assert Baselines(weightless, models, {}).guesses == []
        assert Baselines(weightless, models, {}).pairs == {}


def test_names_that_systems_have_already():
    data = drawn(60)
    renamed = replace(data.predictions["b"], name="Zero rule", role=Role.BASELINE)
    found, _ = leads(
        replace(data, predictions={"a": data.predictions["a"], "Zero rule": renamed}), "accuracy", sliced(60, 0)
    )
    assert {"Zero rule", "Zero rule (baseline)"} <= set(found)
