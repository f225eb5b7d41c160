from __future__ import annotations

import stat
from pathlib import Path

import pandas as pd
import pytest

from evallib.core.errors import BadInput
from evallib.core.progress import no_progress
from evallib.data import DataSource, System, TableProfile, read_arrow
from evallib.files import read_tables
from evallib.plan import EvaluationPlan
from evallib.workspace import Workspace, display_name, is_ingested, portable_plan

ROWS = pd.DataFrame({"age": [1, 2, 3], "name": ["a", "b", "b"]})


@pytest.fixture
def workspace(tmp_path) -> Workspace:
    return Workspace(tmp_path / "home")


@pytest.fixture
def upload(workspace) -> Path:
    path = workspace.incoming / "0123"
    ROWS.to_csv(path, index=False)
    return path


def test_its_folders_are_private(workspace):
    for folder in (workspace.home, workspace.runs, workspace.incoming, workspace.home / "data"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_it_lies_where_the_environment_says(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("EVALLIB_HOME", raising=False)
    assert Workspace.from_environment().home == tmp_path / ".evallib"
    monkeypatch.setenv("EVALLIB_HOME", str(tmp_path / "other"))
    assert Workspace.from_environment().home == tmp_path / "other"


def test_an_upload_is_kept_with_its_profile(workspace, upload):
    texts = []
    stored = workspace.ingest(upload, "my rows.csv", lambda done, total, text: texts.append(text))
    assert texts[0] == "Reading my rows.csv"
    assert workspace.stored("data") == [stored]
    assert workspace.get("data", stored.id) == stored
    assert stored.details == {"rows": 3, "columns": 2}
    assert list(read_arrow(stored.path)["age"]) == [1, 2, 3]
    tables = read_tables(stored.path.parent, TableProfile.schemas())
    assert list(tables["columns"]["column"]) == ["age", "name"]
    assert is_ingested(stored.path)
    assert not is_ingested(upload)
    assert stat.S_IMODE(stored.path.parent.stat().st_mode) == 0o700


def test_what_is_no_table_leaves_nothing(workspace):
    path = workspace.incoming / "0123"
    path.write_bytes(b"")
    with pytest.raises(BadInput, match=r"rows\.csv is empty"):
        workspace.ingest(path, "rows.csv")
    assert list((workspace.home / "data").iterdir()) == []


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\rows.csv", "rows.csv"),
        ("a\u202ecsv.exe\n", "acsv.exe"),
        ("x" * 4000, "x" * 199 + "…"),
        ("/", "unnamed"),
    ],
)
def test_a_name_is_text_and_no_path(workspace, name, shown):
    path = workspace.incoming / "0123"
    path.write_bytes(b"model")
    stored = workspace.keep_model(path, name)
    assert stored.name == shown
    assert stored.path.parent == workspace.home / "models" / stored.id
    assert stored.path.read_bytes() == b"model"


@pytest.mark.parametrize("stored_id", ["", "..", "../data", "0" * 31, "0" * 32, "g" * 32])
def test_an_id_is_no_path(workspace, stored_id):
    with pytest.raises(BadInput, match="upload it again"):
        workspace.get("data", stored_id)


def test_a_damaged_or_deleted_file_is_no_longer_there(workspace, upload):
    one, two = workspace.ingest(upload, "one.csv"), workspace.ingest(upload, "two.csv")
    (two.path.parent / "meta.json").write_text('{"name": "x", "file": "../../other", "added": "", "details": {}}')
    assert workspace.stored("data") == [one]
    workspace.delete("data", one.id)
    assert workspace.stored("data") == []


def test_more_can_be_noted(workspace, upload):
    stored = workspace.keep_model(upload, "m.skops")
    workspace.note("models", stored.id, kind="a tree")
    assert workspace.get("models", stored.id).details["kind"] == "a tree"
    assert workspace.get("models", stored.id).details["sha256"] == stored.details["sha256"]


def test_a_plan_leaves_with_names_and_comes_back_with_files(workspace, upload, tmp_path):
    data, train = workspace.ingest(upload, "rows.csv", no_progress), workspace.ingest(upload, "train.csv")
    old, model = workspace.keep_model(upload, "m.skops"), workspace.keep_model(upload, "m.skops")
    plan = EvaluationPlan(
        data=DataSource(path=data.path, target="age", training=train.path),
        systems=(System(name="a", model=model.path), System(name="b", label="name")),
    )
    portable = portable_plan(plan)
    assert (portable.data.path, portable.data.training) == (Path("rows.csv"), Path("train.csv"))
    assert portable.systems[0].model == Path("m.skops")
    own = {data.id, train.id, old.id, model.id}
    assert workspace.localised(portable, own) == plan
    elsewhere = portable.model_copy(
        update={"data": portable.data.model_copy(update={"path": tmp_path / "elsewhere" / "rows.csv"})}
    )
    assert workspace.localised(elsewhere, own) == plan
    workspace.delete("models", model.id)
    assert workspace.localised(portable, own).systems[0].model == old.path
    workspace.delete("models", old.id)
    with pytest.raises(BadInput, match=r"m\.skops is needed for this evaluation; upload it first"):
        workspace.localised(portable, own)


def test_a_plan_reaches_no_file_of_somebody_else(workspace, upload):
    mine, other = workspace.ingest(upload, "rows.csv"), workspace.ingest(upload, "rows.csv")
    plan = EvaluationPlan(data=DataSource(path=Path("rows.csv"), target="age"))
    assert workspace.localised(plan, {mine.id}).data.path == mine.path
    assert workspace.localised(plan, {mine.id, other.id}).data.path == other.path
    with pytest.raises(BadInput, match="upload it first"):
        workspace.localised(plan, set())


def test_the_name_of_a_file_that_was_not_brought_is_its_own(tmp_path):
    assert display_name(tmp_path / "rows.csv") == "rows.csv"
