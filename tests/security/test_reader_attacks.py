"""What an upload could try if it took over the parser that reads it, and what is kept from it.

The parser of the real reader is replaced by one that runs the programs in the upload: the payloads of the models'
suite (`test_containment.py`), each of which succeeds in a plain process. Unlike a model, a reader opens files, and so
learns of others whether they are there.
"""

import json
import sys
from pathlib import Path

import pytest
from attack import Outcome
from payload import BROKEN
from test_containment import ENDING, PAYLOADS, named

from evallib import ingestion
from evallib.data import read_arrow
from evallib.ingestion import TABLE, Ingestion, ingest_apart

TAKEN_OVER = f"""
import json, sys
sys.path.insert(0, {str(Path(ingestion.__file__).parents[1])!r})
import pandas as pd
from evallib import reader

def run(program):
    space = {{}}
    try:
        exec(program, space)
        return float(space["report"]())
    except Exception:
        return {BROKEN}

def read_table(path, limits, name):
    with path.open("rb") as file:
        return pd.DataFrame({{"report": [run(program) for program in json.load(file)]}})

reader.read_table = read_table
LAYERS
reader.serve(int(sys.argv[1]))
"""

WITHOUT = "reader.landlock.version = lambda: 0; reader.seccomp.available = lambda: False"

PERMITTED = {"ask_for_access", "ask_for_room", "open_place", "path_of_model", "read_link", "stat_file", "statx_file"}
"""What a reader may do as well, for it opens files."""

ELSEWHERE = {"refit_with_a_cache"} | ENDING
"""What needs scikit-learn, which a reader never imports, and what ends the process that tries it."""

TRIED = [one for one in PAYLOADS if "load" in one.when and one.name not in PERMITTED | ELSEWHERE]


@pytest.fixture(scope="module")
def outcomes(arena, tmp_path_factory):
    """By name, what all those payloads reported that one upload tried; and under "harm" what they did."""
    with arena.stage() as stage, pytest.MonkeyPatch.context() as patch:
        programs = [payload.program(stage.description()) for payload in TRIED]
        upload = stage.folder / "uploads" / "upload"
        upload.write_text(json.dumps(programs))
        stage.begin()
        reports = reports_of(upload, tmp_path_factory.mktemp("kept"), patch)
        harm = stage.harm(0.2)
    return {payload.name: report for payload, report in zip(TRIED, reports, strict=True)}, harm


def reports_of(upload, folder, patch, layers=""):
    patch.setattr(ingestion, "COMMAND", [sys.executable, "-I", "-B", "-c", TAKEN_OVER.replace("LAYERS", layers)])
    ingest_apart(Ingestion(upload, "rows.csv", folder))
    return read_arrow(folder / TABLE)["report"].tolist()


@pytest.mark.parametrize("payload", named(TRIED))
def test_a_payload_fails_in_the_reader(payload, arena, outcomes):
    arena.prove(payload)
    outcome = Outcome(outcomes[0][payload.name])
    assert not outcome.broken
    assert not outcome.succeeded, f"{payload.name} gets {payload.gains}"


def test_an_upload_does_no_harm(outcomes):
    assert outcomes[1] == []


def test_without_the_layers_the_same_reader_gets_out(arena, tmp_path, monkeypatch):
    """Where a kernel has neither, data files are still read, with limits alone."""
    shown = {"delete_file", "read_other_upload", "connect_tcp", "spawn_program"}
    payloads = [payload for payload in TRIED if payload.name in shown]
    assert len(payloads) == len(shown)
    with arena.stage() as stage:
        (tmp_path / "upload").write_text(json.dumps([payload.program(stage.description()) for payload in payloads]))
        assert reports_of(tmp_path / "upload", tmp_path, monkeypatch, WITHOUT) == [1.0] * len(shown)
        assert stage.harm() != []
