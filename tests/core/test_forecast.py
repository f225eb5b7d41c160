import numpy as np
import pandas as pd
import pytest

from evallib.core.errors import NotApplicable
from evallib.core.evaluation_set import WITHHELD, Columns, EvaluationSet, Predictions
from evallib.core.forecast import Forecast, confidence_forecast, event_forecast, forecasting_models


def binary(probability: list[float], y: list[int], **more: object) -> EvaluationSet:
    p = np.array(probability, float)
    label = np.where(np.isnan(p), WITHHELD, p >= 0.5).astype(np.int32)
    table = more.pop("table", pd.DataFrame({"y": y}))
    columns = more.pop("columns", Columns("y"))
    return EvaluationSet(
        "binary",
        np.array(y, np.int32),
        table,
        columns,
        {"A": Predictions(label, p, name="A")},
        ("no", "yes"),
        **more,
    )


def test_withheld_rows_and_rows_without_weight_are_left_out() -> None:
    data = binary([0.9, np.nan, 0.2, 0.6], [1, 1, 0, 0], weight=np.array([1.0, 1.0, 0.0, 2.0]))
    forecast = event_forecast(data, "A")
    assert list(forecast.kept) == [True, False, False, True]
    assert list(forecast.probability) == [0.9, 0.6]
    assert list(forecast.outcome) == [True, False]
    assert forecast.weight is not None
    assert list(forecast.weight) == [1, 2]


def test_confidence_is_the_higher_probability_and_its_outcome_is_being_right() -> None:
    forecast = confidence_forecast(binary([0.9, 0.3, 0.7], [1, 1, 0]), "A")
    assert list(forecast.probability) == [0.9, 0.7, 0.7]
    assert list(forecast.outcome) == [True, False, False]
    assert len(forecast.blocks) == 2


def test_multiclass_forecasts_are_of_the_positive_class_and_of_the_top_label() -> None:
    probability = np.array([[0.2, 0.3, 0.5], [0.6, 0.3, 0.1]])
    answers = Predictions(np.array([2, 0], np.int32), probability, name="A")
    data = EvaluationSet(
        "multiclass",
        np.array([2, 1], np.int32),
        pd.DataFrame({"y": [2, 1]}),
        Columns("y"),
        {"A": answers},
        ("a", "b", "c"),
        positive=1,
    )
    event, confidence = event_forecast(data, "A"), confidence_forecast(data, "A")
    assert (list(event.probability), list(event.outcome)) == ([0.3, 0.3], [False, True])
    assert (list(confidence.probability), list(confidence.outcome)) == ([0.5, 0.6], [True, False])


def test_a_mean_has_the_standard_error_of_its_rows_or_of_its_clusters() -> None:
    values = np.array([0.0, 1.0, 1.0, 0.0])
    outcome = values.astype(bool)
    every = np.ones(4, bool)
    alone = Forecast(values, outcome, None, None, every)
    assert alone.mean(values) == pytest.approx((0.5, np.sqrt(0.25 / 4)))
    assert alone.effective == pytest.approx(4)
    in_pairs = Forecast(values, outcome, None, np.array([0, 1, 1, 0]), every)
    assert in_pairs.mean(values) == pytest.approx((0.5, np.sqrt(2 * (2 * 0.5 / 4) ** 2)))
    assert in_pairs.effective == pytest.approx(2)


def test_the_scale_of_the_weights_changes_nothing_and_equal_weights_are_none() -> None:
    values, outcome, every = np.array([0.1, 0.9, 0.4]), np.array([False, True, True]), np.ones(3, bool)
    plain = Forecast(values, outcome, None, None, every)
    heavy = Forecast(values, outcome, np.full(3, 7.0), None, every)
    assert heavy.mean(values) == pytest.approx(plain.mean(values))
    assert heavy.effective == pytest.approx(plain.effective)


def test_one_outcome_only_counts_every_row() -> None:
    assert event_forecast(binary([0.9, 0.8], [1, 1]), "A").effective == 2


def test_a_data_set_without_any_probability_is_not_applicable() -> None:
    data = binary([np.nan, np.nan], [1, 0])
    with pytest.raises(NotApplicable, match="for any row"):
        forecasting_models(data)


def test_clusters_come_from_the_group_column_with_missing_as_its_own() -> None:
    table = pd.DataFrame({"y": [1, 0, 1], "user": ["u", None, "u"]})
    data = binary([0.9, 0.1, 0.4], [1, 0, 1], table=table, columns=Columns("y", group="user"))
    forecast = event_forecast(data, "A")
    assert forecast.cluster is not None
    assert forecast.cluster[0] == forecast.cluster[2] != forecast.cluster[1]
