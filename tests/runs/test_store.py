import stat

import pytest

from evallib.core.errors import BadInput
from evallib.files import appearing, write_text
from evallib.runs import RunStore, new_run_id


def test_runs_are_listed_newest_first(tmp_path, write_run):
    store = RunStore(tmp_path)
    assert len(store.list()) == 0
    for run_id in ("20260102-000000-00000000", "20260101-000000-00000001"):
        write_run(tmp_path / run_id)
    table = store.list()
    assert list(table["id"]) == ["20260102-000000-00000000", "20260101-000000-00000001"]
    first = table.iloc[0]
    assert (first["name"], first["state"], first["rows"], first["models"], first["issues"]) == (
        "Loans",
        "done",
        3,
        "a, b",
        1,
    )
    assert first["created"].isoformat() == "2026-01-02T00:00:00+00:00"


def test_a_damaged_run_spoils_nothing_but_itself(tmp_path, write_run):
    store = RunStore(tmp_path)
    write_run(tmp_path / "20260102-000000-00000000")
    (tmp_path / "20260101-000000-00000000").mkdir()
    (tmp_path / "20260101-000000-00000001").mkdir()
    (tmp_path / "20260101-000000-00000001" / "run.json").write_text("{")
    (tmp_path / "notes.txt").write_text("mine")
    table = store.list().set_index("id")
    assert list(table["state"]) == ["done", "failed", "failed"]
    assert "damaged" in table.loc["20260101-000000-00000001", "reason"]


@pytest.mark.parametrize("run_id", ["../../etc", "", "20260101-000000-0000000g", "20260101-000000-00000000/..", "x\n"])
def test_an_id_is_no_path(tmp_path, run_id):
    store = RunStore(tmp_path / "runs")
    for touch in (store.get, store.delete, store.create, store.changed):
        with pytest.raises(BadInput):
            touch(run_id or "none")


def test_a_new_run_waits_and_is_private(tmp_path):
    store = RunStore(tmp_path / "runs")
    folder = store.create()
    run = store.get(folder.name)
    assert (run.state, run.active) == ("waiting", True)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    store.give_up_waiting()
    assert store.get(folder.name).state == "failed"


def test_a_run_can_be_ended_from_outside_and_deleted(tmp_path):
    store = RunStore(tmp_path)
    run_id = new_run_id()
    assert store.changed(run_id) == 0.0
    store.create(run_id)
    assert store.changed(run_id) > 0
    store.end(run_id, "cancelled", "You cancelled it.")
    assert (store.get(run_id).state, store.get(run_id).reason) == ("cancelled", "You cancelled it.")
    store.delete(run_id)
    store.delete(run_id)
    with pytest.raises(BadInput, match="may have been deleted"):
        store.get(run_id)


def test_a_file_appears_whole_or_not_at_all(tmp_path):
    path = tmp_path / "a.txt"
    write_text(path, "first")
    with pytest.raises(RuntimeError), appearing(path) as beside:
        beside.write_text("half")
        raise RuntimeError
    assert path.read_text() == "first"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.txt"]
