"""What is found out about a table, and what its columns are taken for at first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from evallib.core.evaluation_set import Role
from evallib.core.result import Basis
from evallib.data import TableProfile, guess_source, guess_systems, profile_table, read_table
from evallib.data.demos import EXAMPLES
from evallib.data.words import joined, words

N = 400


@pytest.fixture
def table() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "customer_id": rng.permutation(N) + 1_000,
            "user": pd.Series([f"u-{number}" for number in range(N)], dtype="str"),
            "age": rng.integers(18, 90, N),
            "income": rng.normal(size=N),
            "gap": np.where(np.arange(N) < 300, np.nan, 1.0 + np.arange(N)),
            "sex": pd.Categorical(rng.choice(["f", "m"], N)),
            "comment": pd.Series(
                [f"a rather long text that goes on and on, number {n}" for n in range(N)], dtype="str"
            ),
            "when": pd.date_range("2024-01-01", periods=N),
            "day_text": pd.Series([f"2024-01-{1 + n % 28:02}" for n in range(N)], dtype="str"),
            "flag": [0, 1] * (N // 2),
            "same": ["x"] * N,
            "empty": [np.nan] * N,
            "churn": rng.choice(["no", "yes"], N, p=[0.8, 0.2]),
        }
    )


def test_kinds(table: pd.DataFrame) -> None:
    profile = profile_table(table)
    assert dict(zip(profile.columns["column"], profile.columns["kind"], strict=True)) == {
        "customer_id": "id", "user": "id", "age": "number", "income": "number", "gap": "number", "sex": "category",
        "comment": "text", "when": "date", "day_text": "date", "flag": "boolean", "same": "constant", "empty": "empty",
        "churn": "category",
    }  # fmt: skip


@pytest.mark.parametrize(("values", "kind"), [
    ([True, False] * 20, "boolean"),
    (pd.Series([True, None] * 20, dtype=object), "boolean"),
    (pd.Categorical(["a", None] * 20), "category"),
    ([1.0, np.nan] * 20, "boolean"),
    ([2.0, np.nan] * 20, "number"),
    (list(range(40)), "id"),
    (list(range(40))[::-1], "number"),
    (np.arange(40) + 0.5, "number"),
    ([f"k{n}" for n in range(19)], "category"),
    ([f"k{n}" for n in range(20)], "id"),
    ([f"two words {n}" for n in range(40)], "category"),
])  # fmt: skip
def test_kinds_at_the_edges(values: Any, kind: str) -> None:
    assert profile_table(pd.DataFrame({"x": values})).kind("x") == kind


def test_numbers_of_a_column(table: pd.DataFrame) -> None:
    profile = profile_table(table)
    row = profile.columns.set_index("column").loc["gap"]
    assert row[["missing", "missing_share", "distinct"]].tolist() == [300, 0.75, 100]
    assert row[["minimum", "median", "maximum"]].tolist() == [301.0, 350.5, 400.0]
    assert row["examples"] == "301, 302, 303"
    assert row["warnings"] == "gap is missing in 75% of the rows."
    assert profile.counts("sex") == table["sex"].value_counts().to_dict()
    assert list(profile.counts("churn")) == ["no", "yes"]
    assert profile.counts("income") == {}
    assert np.isnan(profile.columns.set_index("column").loc["churn", "minimum"])


def test_warnings(table: pd.DataFrame) -> None:
    many = pd.Series([f"v{n}" for n in np.arange(5_000) // 2], dtype="str")
    odd = pd.DataFrame({"age": [1.0, np.inf] * 2_500, "ａge": 1, "code": many})
    assert profile_table(odd).warnings.to_numpy().tolist() == [
        ["ａge", "The column names 'age' and 'ａge' look alike."],
        ["age", "age holds infinite values."],
        ["ａge", "ａge has the same value in every row."],
        ["code", "code has 2,500 distinct values, too many for a table of slices."],
    ]
    assert profile_table(table).warnings["column"].tolist() == ["customer_id", "user", "gap", "same", "empty"]


def test_duplicates_are_counted_exactly() -> None:
    table = pd.DataFrame({"a": [1, 1, 2, 1], "b": ["x", "x", "x", None]})
    assert profile_table(table).warnings["warning"].tolist() == ["1 of 4 rows (25.0%) repeat an earlier row."]
    swapped = pd.DataFrame({"a": [1, 2], "b": [2, 1]})
    assert profile_table(swapped).warnings.empty


def test_the_order_of_the_rows_changes_no_number(table: pd.DataFrame) -> None:
    one = profile_table(table).columns.drop(columns="examples")
    other = profile_table(table.sample(frac=1, random_state=1)).columns.drop(columns="examples")
    pd.testing.assert_frame_equal(one, other)


def test_a_profile_survives_being_written(table: pd.DataFrame, tmp_path: Path) -> None:
    profile = profile_table(table)
    read = {}
    for name, one in profile.tables().items():
        one.to_parquet(tmp_path / name)
        read[name] = pd.read_parquet(tmp_path / name)
    again = TableProfile.from_tables(Basis(len(table), len(table)), read)
    assert guess_source(again) == guess_source(profile)


def test_a_table_without_warnings_or_values_can_be_written(tmp_path: Path) -> None:
    profile = profile_table(pd.DataFrame({"a": np.arange(500) / 7}))
    for name, one in profile.tables().items():
        one.to_parquet(tmp_path / name)
    assert profile.warnings.empty
    assert profile.values.empty


def test_guess(table: pd.DataFrame) -> None:
    found = guess_source(profile_table(table), "churn.csv")
    assert found.model_dump() == {
        "path": Path("churn.csv"), "target": "churn", "task": "binary", "positive": "yes", "weight": None,
        "time": "when", "id": "customer_id", "group": None, "sensitive": ("age", "sex"), "training": None,
        "exclude": ("customer_id", "user", "when", "day_text"),
    }  # fmt: skip


def test_guess_for_a_chosen_target(table: pd.DataFrame) -> None:
    profile = profile_table(table)
    assert guess_source(profile, target="income").task == "regression"
    assert guess_source(profile, target="income").positive is None
    assert guess_source(profile, target="sex").positive in ("f", "m")
    assert "sex" not in guess_source(profile, target="sex").sensitive
    assert guess_source(profile, target="not there").target == "churn"


@pytest.mark.parametrize(("columns", "role", "found"), [
    ({"fnlwgt": [5, 6, 7, 8] * 25}, "weight", "fnlwgt"),
    ({"sample_weight": [0.5, 1.5] * 50}, "weight", "sample_weight"),
    ({"body_weight": [50, 60] * 50}, "weight", None),
    ({"year": [2023, 2024] * 50}, "time", "year"),
    ({"pan_day": [3, 4] * 50}, "time", "pan_day"),
    ({"lead_time": [3, 4] * 50}, "time", None),
    ({"hours_per_week": [3, 4] * 50}, "time", None),
    ({"patient_id": [7 * (n // 2) % 101 for n in range(100)]}, "group", "patient_id"),
    ({"MaritalStatus": ["a", "b"] * 50}, "sensitive", ("MaritalStatus",)),
    ({"native_country": ["a", "b"] * 50}, "sensitive", ("native_country",)),
    ({"stage": ["a", "b"] * 50}, "sensitive", ()),
])  # fmt: skip
def test_guess_by_name(columns: dict[str, Any], role: str, found: object) -> None:
    table = pd.DataFrame(columns).assign(y=[0, 1] * 50)
    assert getattr(guess_source(profile_table(table)), role) == found


@pytest.mark.parametrize(("names", "target"), [
    (("a", "b", "c"), "c"),
    (("label", "b", "c"), "label"),
    (("a", "Survived", "c"), "Survived"),
    (("price", "outcome", "c"), "outcome"),
    (("avg_price_per_room", "b", "c"), "avg_price_per_room"),
    (("predicted", "actual", "p_yes"), "actual"),
    (("a", "b", "prediction"), "b"),
])  # fmt: skip
def test_guess_of_the_target(names: tuple[str, ...], target: str) -> None:
    table = pd.DataFrame(dict.fromkeys(names, ["yes", "no", "no"] * 10))
    assert guess_source(profile_table(table)).target == target


def test_columns_that_are_answers() -> None:
    rng = np.random.default_rng(1)
    share = rng.dirichlet([1, 1, 1], N)
    table = pd.DataFrame(share.round(4), columns=["p_VF", "p_F", "p_M"]).assign(
        actual=rng.choice(["VF", "F", "M"], N), predicted=rng.choice(["VF", "F", "M"], N), x=rng.random(N)
    )
    profile = profile_table(table)
    systems = guess_systems(profile, "actual")
    assert [(system.name, system.label) for system in systems[:1]] == [("predicted", "predicted")]
    assert systems[1].name == "p"
    assert set(systems[1].columns) == {"p_VF", "p_F", "p_M"}
    assert set(guess_source(profile).exclude) == {"predicted", "p_VF", "p_F", "p_M"}


def test_answers_to_a_binary_target_and_whose_they_are() -> None:
    rng = np.random.default_rng(2)
    table = pd.DataFrame(
        {
            "y": rng.integers(0, 2, N),
            "doctor_decision": rng.integers(0, 2, N),
            "prob_vendor": rng.random(N),
            "prod_score": rng.random(N),
            "credit_score": rng.integers(300, 800, N),
            "propensity_score": rng.random(N),
            "share": rng.random(N),
        }
    )
    found = {
        system.name: (system.role, system.label is not None) for system in guess_systems(profile_table(table), "y")
    }
    assert found == {
        "doctor_decision": (Role.HUMAN, True),
        "prob_vendor": (Role.EXISTING, False),
        "prod_score": (Role.INCUMBENT, False),
    }


def test_answers_to_a_regression() -> None:
    rng = np.random.default_rng(3)
    names = ["rain", "forecast_mean", "forecast_member_1", "forecast_member_2", "x"]
    table = pd.DataFrame(rng.random((N, 5)), columns=names)
    systems = guess_systems(profile_table(table), "rain")
    assert [(system.name, system.role, system.label) for system in systems] == [
        ("forecast_mean", Role.EXISTING, "forecast_mean")
    ]


def test_guesses_for_the_demos() -> None:
    folder = EXAMPLES / "adult_income"
    found = guess_source(profile_table(read_table(folder / "test.parquet")))
    assert (found.target, found.task, found.positive, found.weight) == ("income", "binary", ">50K", "fnlwgt")
    assert set(found.sensitive) == {"age", "sex", "race", "marital_status", "native_country"}
    berkeley = guess_source(profile_table(read_table(EXAMPLES / "berkeley_admissions" / "admissions.csv")))
    assert (berkeley.target, berkeley.positive, berkeley.sensitive) == ("admitted", "1", ("gender",))


def test_words() -> None:
    assert words("customerID_2") == ("customer", "id", "2")
    assert words("HTTPServer größe") == ("http", "server", "größe")
    assert joined("Sample-Weight") == "sampleweight"
