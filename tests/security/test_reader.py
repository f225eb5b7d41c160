"""The process that reads an upload: whatever happens to it, nobody else is harmed, and it outlives nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import bombs
import numpy as np
import pyarrow as pa
import pytest
import seeds
from uploads import LIMITS, Read, reading_in, refusal

from evallib import ingestion
from evallib.core.errors import BadInput, Cancelled
from evallib.data import Limits, fingerprint, read_table
from evallib.ingestion import TABLE, Ingestion, ingest_apart

FILES = {**seeds.texts(), **seeds.json_lines(), **seeds.columnar(), **seeds.workbooks()}


@pytest.fixture
def read(tmp_path: Path) -> Read:
    return reading_in(tmp_path)


@pytest.fixture
def child(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Sets what stands in for the reader: one line of Python."""

    def put(code: str) -> None:
        monkeypatch.setattr(ingestion, "COMMAND", [sys.executable, "-c", code])

    return put


@pytest.mark.parametrize("name", [name for name in FILES if name != "nan.jsonl"])
def test_every_format_is_read_behind_the_lock_as_without_it(read: Read, tmp_path: Path, name: str) -> None:
    (tmp_path / "plain").write_bytes(FILES[name])
    assert fingerprint(read(FILES[name], name)) == fingerprint(read_table(tmp_path / "plain", LIMITS, name))


def test_several_threads_read_behind_the_lock(read: Read) -> None:
    numbers = np.arange(2_000_000.0)
    table = pa.table({name: numbers + place for place, name in enumerate("abcdef")})
    assert read(bombs.parquet(table), "rows.parquet")["f"].sum() == numbers.sum() + 5 * len(numbers)


@pytest.mark.parametrize("sign", [signal.SIGSEGV, signal.SIGABRT, signal.SIGKILL])
def test_a_reader_that_breaks_is_one_sentence(read: Read, child: Callable[[str], None], sign: int) -> None:
    child(f"import os; os.kill(os.getpid(), {int(sign)})")
    sentence = refusal(read, b"a\n1\n", "rows.csv")
    assert f"broke the process that read it ({signal.Signals(sign).name})" in sentence


def test_a_reader_that_takes_too_long_is_ended(read: Read, child: Callable[[str], None], tmp_path: Path) -> None:
    note = tmp_path / "pid"
    child(f"import os, time; open({str(note)!r}, 'w').write(str(os.getpid())); time.sleep(600)")
    limits = Limits(read_seconds=2)
    assert "takes longer than 2 seconds" in refusal(read, b"a\n1\n", "rows.csv", limits)
    assert not Path(f"/proc/{note.read_text()}").exists()


def test_a_reader_is_ended_when_the_upload_is_cancelled(tmp_path: Path, child: Callable[[str], None]) -> None:
    child("import time; time.sleep(600)")

    def cancel(done: float, total: float, text: str) -> None:
        raise Cancelled("Cancelled.")

    (tmp_path / "upload").write_bytes(b"a\n1\n")
    with pytest.raises(Cancelled):
        ingest_apart(Ingestion(tmp_path / "upload", "rows.csv", tmp_path), cancel)


def test_a_reader_is_not_trusted_with_offsets(read: Read, child: Callable[[str], None], tmp_path: Path) -> None:
    (tmp_path / "bad").write_bytes(bombs.bad_offsets())
    bad, kept = str(tmp_path / "bad"), str(tmp_path / "kept" / TABLE)
    child(f"import shutil; shutil.copy({bad!r}, {kept!r}); print('{{\"done\": true}}')")
    with pytest.raises(ValueError, match="offset"):
        read(b"a\n1\n")


def test_an_error_of_ours_is_a_line_of_the_log(read: Read, child, capfd: pytest.CaptureFixture[str]) -> None:
    root = Path(ingestion.__file__).parents[1]
    broken = f"import sys; sys.path.insert(0, {str(root)!r}); from evallib import reader; reader.read_table = None;"
    child(f"{broken} reader.serve(int(sys.argv[1]))")
    with pytest.raises(RuntimeError, match="exit code 1"):
        read(b"a\nsecret\n", "secret.csv")
    line = json.loads(capfd.readouterr().err)
    assert line["error"] == "TypeError"
    assert "secret" not in json.dumps(line)


def test_an_error_of_ours_is_no_sentence_for_users(read: Read, child: Callable[[str], None]) -> None:
    child("raise KeyError('secret')")
    with pytest.raises(RuntimeError, match="exit code 1"):
        read(b"a\n1\n")


def test_a_reader_ends_with_whoever_wanted_the_file(tmp_path: Path) -> None:
    (tmp_path / "upload").write_bytes(b"a,b\n" + b"1,2.5\n" * 10_000_000)
    code = (
        "import sys; from pathlib import Path; from evallib.ingestion import Ingestion, ingest_apart\n"
        f"ingest_apart(Ingestion(Path({str(tmp_path / 'upload')!r}), 'a', Path({str(tmp_path)!r})),"
        " lambda *said: print(said, flush=True))"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout.readline()
    children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().split()
    assert len(children) == 1
    parent.kill()
    parent.communicate()
    deadline = time.monotonic() + 20
    while Path(f"/proc/{children[0]}/cmdline").exists() and time.monotonic() < deadline:
        if not Path(f"/proc/{children[0]}/cmdline").read_bytes():
            break
        time.sleep(0.02)
    else:
        assert not Path(f"/proc/{children[0]}").exists()


def test_the_reader_knows_no_secrets(tmp_path: Path, child: Callable[[str], None], monkeypatch) -> None:
    monkeypatch.setenv("API_TOKEN", "secret")
    monkeypatch.setenv("EVALLIB_HOME", os.fspath(tmp_path))
    child("import json, os; print(json.dumps({'refused': ' '.join(os.environ)}))")
    with pytest.raises(BadInput) as caught:
        ingest_apart(Ingestion(tmp_path / "upload", "rows.csv", tmp_path))
    assert "ARROW" in str(caught.value)
    assert "TOKEN" not in str(caught.value)
    assert "EVALLIB" not in str(caught.value)


def test_a_reader_that_waits_serves_one_file_and_no_more(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    spares = ingestion._Spares()
    monkeypatch.setattr(ingestion, "_spares", spares)
    spares.prepare()
    waiting = spares._waiting
    spares.prepare()
    assert spares._waiting is waiting
    assert read(b"a\n1\n")["a"].tolist() == [1]
    assert waiting is not None
    assert waiting.returncode is not None
    assert spares._waiting is None
    assert read(b"a\n2\n")["a"].tolist() == [2]


def test_a_waiting_reader_that_broke_is_replaced(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    spares = ingestion._Spares()
    monkeypatch.setattr(ingestion, "_spares", spares)
    spares.prepare()
    assert spares._waiting is not None
    with spares._waiting as broken:
        broken.kill()
    assert read(b"a\n1\n")["a"].tolist() == [1]
