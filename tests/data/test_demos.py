"""The demos can be made ready from what the repository ships, and their data are what they say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml

from evallib.core.errors import BadInput
from evallib.data import DEMOS, DataSource, System, demos, label_rows, prepare_demo, read_table
from evallib.data.demos import EXAMPLES


def source(folder: Path) -> DataSource:
    plan = yaml.safe_load((folder / "evaluation.yaml").read_text(encoding="utf-8"))
    return DataSource(**plan["data"])


@pytest.mark.parametrize("key", list(DEMOS))
def test_every_demo_is_described_and_labelled(key: str) -> None:
    folder = EXAMPLES / key
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert "**The question it answers.**" in readme
    assert "**Source.**" in readme
    assert "**Licence.**" in readme
    plan = source(folder)
    table = read_table(folder / plan.path)
    assert len(table) == DEMOS[key].rows == len(label_rows(table, plan).y)
    assert all((folder / name).is_file() for name in DEMOS[key].files)


def test_berkeley_has_the_published_counts() -> None:
    table = read_table(EXAMPLES / "berkeley_admissions" / "admissions.csv")
    by_gender = table.groupby("gender")["admitted"].agg(["sum", "count"])
    assert by_gender.loc["Male"].tolist() == [512 + 353 + 120 + 138 + 53 + 22, 825 + 560 + 325 + 417 + 191 + 373]
    assert by_gender.loc["Female"].tolist() == [89 + 17 + 202 + 131 + 94 + 24, 108 + 25 + 593 + 375 + 393 + 341]
    rates = table.groupby(["department", "gender"])["admitted"].mean().unstack()
    assert (rates["Female"] > rates["Male"]).tolist() == [True, True, False, True, False, True]


def test_kidney_stones_have_the_published_counts() -> None:
    table = read_table(EXAMPLES / "kidney_stones" / "treatments.csv")
    cells = table.groupby(["treatment", "stone_size"])["success"].agg(["sum", "count"])
    assert cells.loc[("open_surgery", "small")].tolist() == [81, 87]
    assert cells.loc[("open_surgery", "large")].tolist() == [192, 263]
    assert cells.loc[("pcnl", "small")].tolist() == [234, 270]
    assert cells.loc[("pcnl", "large")].tolist() == [55, 80]
    assert table.groupby("treatment")["success"].sum().tolist() == [273, 289]


@pytest.mark.parametrize("key", ["berkeley_admissions", "kidney_stones"])
def test_the_rows_are_made_from_the_counts(key: str, tmp_path: Path) -> None:
    rows = EXAMPLES / key / DEMOS[key].files[0]
    subprocess.run(
        [sys.executable, EXAMPLES / "expand_counts.py", rows.with_name("counts.csv"), tmp_path / "rows.csv"], check=True
    )
    assert (tmp_path / "rows.csv").read_text() == rows.read_text()


def test_the_census_is_split_as_published() -> None:
    folder = EXAMPLES / "adult_income"
    test, train = (read_table(folder / name) for name in ("test.parquet", "train.parquet"))
    assert (len(train), len(test)) == (32_561, 16_281)
    assert (train["income"] == ">50K").sum() == 7_841
    assert (test["income"] == ">50K").sum() == 3_846
    labelled = label_rows(test, source(folder))
    assert labelled.classes == ("<=50K", ">50K")
    assert "fnlwgt" not in labelled.columns.features
    assert len(labelled.columns.features) == 13


def test_the_census_demo_trains_its_models_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[tuple[float, float, str]] = []
    path = prepare_demo("adult_income", tmp_path / "demo", lambda *step: steps.append(step))
    assert path == tmp_path / "demo" / "evaluation.yaml"
    plan = yaml.safe_load(path.read_text(encoding="utf-8"))
    systems = [System(**system) for system in plan["systems"]]
    assert [system.role for system in systems] == ["incumbent", "candidate"]
    for name in ("path", "training"):
        assert (path.parent / plan["data"][name]).is_file()
    files = {system.name: path.parent / (system.model or "") for system in systems}
    trained = {name: file.stat().st_mtime_ns for name, file in files.items()}
    assert steps[0][0] == 0
    assert all(done <= total for done, total, _ in steps)
    assert [text for *_, text in steps if text.startswith("Training")] == [
        "Training logistic regression",
        "Training gradient boosting",
    ]
    prepare_demo("adult_income", path.parent)
    assert {name: file.stat().st_mtime_ns for name, file in files.items()} == trained
    accuracy = {name: accuracy_of(file) for name, file in files.items()}
    assert accuracy["Logistic regression"] == pytest.approx(0.853, abs=0.004)
    assert accuracy["Gradient boosting"] == pytest.approx(0.872, abs=0.004)


def accuracy_of(file: Path) -> float:
    """The accuracy on the test rows, which the model was not trained on."""
    from skops.io import get_untrusted_types, load  # noqa: PLC0415

    model = load(file, trusted=get_untrusted_types(file=file))
    rows = pd.read_parquet(EXAMPLES / "adult_income" / "test.parquet")
    return float(
        (model.predict(rows.astype(dict.fromkeys(rows.select_dtypes("str"), object))) == rows["income"]).mean()
    )


def test_demos_without_models_are_copied(tmp_path: Path) -> None:
    path = prepare_demo("kidney_stones", tmp_path / "new" / "folder")
    assert sorted(file.name for file in path.parent.iterdir()) == ["README.md", "evaluation.yaml", "treatments.csv"]


def test_demos_that_are_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadInput, match="There is no demo 'titanic'; there are adult_income"):
        prepare_demo("titanic", tmp_path)
    monkeypatch.setattr(demos, "EXAMPLES", tmp_path)
    with pytest.raises(BadInput, match="needs the folder examples/kidney_stones of the project; clone the repository"):
        prepare_demo("kidney_stones", tmp_path / "out")


def test_importing_the_package_does_not_import_scikit_learn() -> None:
    code = "import sys, evallib.data; assert not {'sklearn', 'skops', 'plotly', 'streamlit'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
