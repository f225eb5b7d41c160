"""What one session brings is its own, private on the disk, and bounded; nobody is shown a traceback."""

from __future__ import annotations

import json
import logging
import os
import re
import stat
import time
import tomllib
from collections.abc import MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import pytest
from starlette.applications import Starlette

import app
from evallib import disk
from evallib.core.errors import BadInput
from evallib.data import Limits
from evallib.error_log import JsonLines
from evallib.housekeeping import HOUR, forget, tidy
from evallib.workspace import Workspace
from ui import intake, upload
from ui.departures import Departures
from ui.intake import Intake


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    made = Workspace(tmp_path / "home")
    monkeypatch.setattr(upload, "workspace", lambda: made)
    monkeypatch.setattr(upload, "_intake", Intake())
    return made


@dataclass
class Answer:
    status: int = 0
    body: bytes = b""

    @property
    def error(self) -> str:
        return str(json.loads(self.body)["error"])


def put(token: str, content: bytes, name: str = "rows.csv") -> Answer:
    """The answer of the upload route."""
    path = f"/api/upload/{token}"
    scope = {"type": "http", "method": "PUT", "path": path, "raw_path": path.encode(), "query_string": b""}
    scope |= {"root_path": "", "headers": [(b"x-file-name", name.encode())]}
    answer = Answer()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": content, "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        answer.status = message.get("status", answer.status)
        answer.body += message.get("body", b"")

    # In a thread of its own: a browser of other tests keeps an event loop in this one.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(anyio.run, Starlette(routes=[upload.ROUTE]), scope, receive, send).result()
    return answer


def test_s1_an_upload_cannot_be_guessed_or_made_twice(workspace: Workspace) -> None:
    token = upload._intake.expect("a")
    assert re.fullmatch("[0-9a-f]{32}", token)
    assert token != upload._intake.expect("a")
    for wrong in ("0" * 32, token[:-1], token + "0", token.upper() + "x", "../../etc", "\0", "."):
        assert put(wrong, b"x").status in {403, 404}
    assert list(workspace.incoming.iterdir()) == []
    assert put(token, b"first").status == 200
    assert put(token, b"second").status == 403
    assert (workspace.incoming / token).read_bytes() == b"first"


def test_an_upload_is_private(workspace: Workspace) -> None:
    before = os.umask(0)
    try:
        token = upload._intake.expect("a")
        put(token, b"x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((workspace.incoming / token).stat().st_mode) == 0o600
    assert stat.S_IMODE(workspace.incoming.stat().st_mode) == 0o700


def test_an_upload_follows_no_link(workspace: Workspace, tmp_path: Path) -> None:
    token = upload._intake.expect("a")
    (workspace.incoming / token).symlink_to(tmp_path / "outside")
    assert put(token, b"x").status == 507
    assert not (tmp_path / "outside").exists()


def test_a_file_and_a_session_may_be_so_large(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "MAX_BYTES", 10)
    monkeypatch.setattr(intake, "SESSION_BYTES", 15)
    token = upload._intake.expect("a")
    refused = put(token, b"x" * 11, "rows%3Cb%3E.csv")
    assert refused.status == 413
    assert refused.error.startswith("rows<b>.csv is larger than the limit")
    assert "EVALLIB_MAX_UPLOAD_MB" in refused.error
    assert list(workspace.incoming.iterdir()) == []
    assert put(token, b"x" * 10).status == 200
    refused = put(upload._intake.expect("a"), b"x" * 6)
    assert "EVALLIB_MAX_SESSION_MB" in refused.error
    assert put(upload._intake.expect("b"), b"x" * 6).status == 200


def test_the_disk_may_be_used_up(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    (workspace.runs / "large").write_bytes(bytes(1 << 20))
    token = upload._intake.expect("a")
    monkeypatch.setenv(disk.VARIABLE, "1")
    refused = put(token, b"x")
    assert (refused.status, "EVALLIB_MAX_DISK_MB" in refused.error) == (507, True)
    monkeypatch.setenv(disk.VARIABLE, "2")
    assert put(token, b"x").status == 200
    monkeypatch.setenv(disk.VARIABLE, "much")
    with pytest.raises(BadInput, match="must be a whole number above 0"):
        workspace.check_room()
    monkeypatch.delenv(disk.VARIABLE)
    monkeypatch.setattr(disk, "SPARE_BYTES", 1 << 60)
    with pytest.raises(BadInput, match="The disk of this server is full"):
        workspace.check_room()


def test_links_that_nobody_uses_are_forgotten_at_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "REMEMBERED", 2)
    taken = Intake()
    first, second, third = (taken.expect(session) for session in "abc")
    assert taken.begin(first) is None
    found = taken.begin(second)
    assert found is not None
    assert found.session == "b"
    assert taken.begin(second) is None
    taken.again(found)
    assert taken.begin(second) == found
    assert taken.begin(third) is not None


def test_what_is_left_over_goes(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("a\n1\n")
    kept = workspace.ingest(tmp_path / "rows.csv", "rows.csv")
    (workspace.incoming / "half").write_bytes(b"x")
    (workspace.incoming / "link").symlink_to(tmp_path / "rows.csv")
    folder = workspace.home / "models" / ("0" * 32)
    folder.mkdir()
    (folder / "model.skops").write_bytes(b"x")
    assert tidy(workspace, HOUR) == 0
    yesterday = time.time() - 24 * HOUR
    os.utime(workspace.incoming / "half", (yesterday, yesterday))
    assert tidy(workspace, HOUR) == 1
    assert not (workspace.incoming / "half").exists()
    assert tidy(workspace, 0) == 2
    assert not folder.exists()
    assert (tmp_path / "rows.csv").exists()
    assert workspace.stored("data") == [kept]


def test_what_a_session_brought_and_nothing_names_goes_with_it(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a\n1\n")
    data = workspace.ingest(tmp_path / "file", "rows.csv")
    drafted, run, dropped, others = (workspace.keep_model(tmp_path / "file", "m.onnx") for _ in range(4))
    (data.path.parent / "draft.yaml").write_text(f"systems: [{{name: a, model: {drafted.path}}}]")
    (workspace.runs / "one").mkdir()
    (workspace.runs / "one" / "run.json").write_text(json.dumps({"model": f"../../models/{run.id}/model.onnx"}))
    for token in ("mine", "theirs"):
        (workspace.incoming / token).write_bytes(b"x")
    brought = {one.path.parent for one in (data, drafted, run, dropped)} | {workspace.incoming / "mine"}
    assert forget(workspace, brought) == 2
    assert workspace.stored("data") == [data]
    assert {one.id for one in workspace.stored("models")} == {drafted.id, run.id, others.id}
    assert [left.name for left in workspace.incoming.iterdir()] == ["theirs"]
    assert forget(workspace, ()) == 0
    assert tidy(workspace, HOUR) == 0
    assert tidy(workspace, 0) == 2
    assert {one.id for one in workspace.stored("models")} == {drafted.id, run.id}


def test_an_upload_is_noted_for_the_end_of_its_session(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    noted = Departures()
    monkeypatch.setattr(upload, "departures", noted)
    token = upload._intake.expect("a")
    put(token, b"x")
    noted.leave("b")
    assert noted.take_left(0) == frozenset()
    noted.leave("a")
    assert noted.take_left(0) == {workspace.incoming / token}


def test_s7_an_error_page_shows_an_id_and_the_log_has_the_rest(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    shown: list[str] = []
    monkeypatch.setattr(app.st, "error", lambda text, icon: shown.append(text))
    with caplog.at_level(logging.ERROR):
        assert app.show_error(FileNotFoundError(2, "No such file", "/srv/secret/rows.csv"))
        assert app.show_error(BadInput("rows.csv is **empty**; upload another."))
    found = re.search(r"error ([0-9a-f]{8})", shown[0])
    assert found is not None
    assert found[1] in caplog.text
    line = JsonLines().format(caplog.records[0])
    assert json.loads(line)["id"] == found[1]
    assert "secret" not in line
    assert not any(word in shown[0] for word in ("secret", "Traceback", "FileNotFoundError", "No such file"))
    assert shown[1].startswith(r"rows\.csv is \*\*empty\*\*")


def test_s7_streamlit_logs_no_error_of_a_page_a_second_time() -> None:
    """With all the words in it: as a plain record, which `app` filters, and not by rich, which nobody can."""
    config = tomllib.loads(Path(app.__file__).with_name(".streamlit").joinpath("config.toml").read_text("utf-8"))
    assert config["logger"]["enableRich"] is False


def test_every_limit_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in Limits.__dataclass_fields__:
        monkeypatch.setenv(Limits.variable(field), "7")
    assert set(vars(Limits.from_environment()).values()) == {7}
