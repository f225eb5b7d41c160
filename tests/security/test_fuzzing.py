"""Whatever bytes or words come in, the answer is a table, rows, or one sentence; never an error of ours.

A reader that is broken by native code is one sentence too, as uploads are read apart; a copy that does so is read again
in that way. EVALLIB_FUZZ_SECONDS is the time for each test. EVALLIB_FUZZ_FIRST is the number of the first damaged copy:
the same copies and words are tried every time where it is 0, others where it is not. A copy that breaks a reader of
ours is kept in `found/`, which `test_found.py` reads in every run; a rule or a plan that does is added there by hand.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import fuzzing
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from seeds import SEEDS

from evallib.core.errors import BadInput
from evallib.core.rules import parse_rule
from evallib.core.verdicts import verdict
from evallib.data import Limits, read_table
from evallib.ingestion import Ingestion, ingest_apart
from evallib.plan import read_plan
from evallib.slice_set import SliceSet, read_slice_set

SECONDS = float(os.environ.get("EVALLIB_FUZZ_SECONDS", "2"))
FIRST = int(os.environ.get("EVALLIB_FUZZ_FIRST", "0"))
EXAMPLES = max(10, int(SECONDS * 200))
"""About as many as fit into that time."""

ROOT = Path(__file__).parents[2]

FOUND = Path(__file__).with_name("found")
"""What once broke a reader, under the name that it was uploaded with."""

HERE = [str(ROOT), str(ROOT / "tests/data"), str(ROOT / "tests/security")]

slow = settings(max_examples=EXAMPLES, deadline=None, derandomize=FIRST == 0, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("kind", list(SEEDS))
def test_damaged_files(kind: str, tmp_path: Path) -> None:
    end, first = time.monotonic() + SECONDS, FIRST
    while (left := end - time.monotonic()) > 0:
        command = [sys.executable, "-W", "error", fuzzing.__file__, kind, f"{left:.1f}", str(first), str(tmp_path)]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(HERE)}
        ended = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=SECONDS + 60, check=False
        )
        number = int((tmp_path / "number").read_text())
        if ended.returncode > 0:
            pytest.fail(f"{keep(kind, number)} breaks its reader:\n{ended.stderr[-3000:]}")
        if ended.returncode == 0:
            return
        read_apart(kind, number, tmp_path)
        first = number + 1


def keep(kind: str, number: int) -> Path:
    """Where the copy with this number now lies."""
    name, content = fuzzing.damaged(kind, number)
    path = FOUND / f"{number}.{name}"
    path.write_bytes(content)
    return path


def read_apart(kind: str, number: int, folder: Path) -> None:
    """Read a copy that broke its process as the server would: the sentence of a broken reader, or none."""
    name, content = fuzzing.damaged(kind, number)
    (folder / "upload").write_bytes(content)
    with pytest.raises(BadInput, match="broke the process that read it"):
        ingest_apart(Ingestion(folder / "upload", name, folder), limits=Limits())


COLUMNS = ["age", "sex", "day", "ok", "a b", "ａge"]
ROWS = pd.DataFrame(
    {
        "age": [1, 2],
        "sex": pd.Categorical(["F", None]),
        "day": pd.to_datetime(["2024-01-01", None], format="ISO8601"),
        "ok": [True, False],
        "a b": [0.5, None],
        "ａge": ["x", "y"],
    }
)
LANGUAGE = "and or not in == < >= != + - * / ( ) [ ] , missing( contains( round( year( True 1 -2.5 'F' '2024-01-01'"
FOREIGN = "if lambda := ** @ . { } is None 1j 0x1F 1e999 ` ' \" # \\ \0 é"
NAMES = "Young: A / B: / : women's: «x»: \u202e: \u200b"
WORDS = st.sampled_from(
    [*NAMES.split(), *COLUMNS, "`a b`", *LANGUAGE.split(), *FOREIGN.split(), "9" * 400, "\n", "\ud800"]
)


@slow
@given(st.one_of(st.lists(WORDS, max_size=30).map(" ".join), st.lists(WORDS, max_size=30).map("".join), st.text()))
def test_rules(text: str) -> None:
    try:
        mask = parse_rule(text, COLUMNS).mask(ROWS)
    except BadInput as error:
        assert "\n" not in str(error)
        assert len(str(error)) < 600
    else:
        assert mask.dtype == bool
        assert mask.shape == (2,)


@slow
@given(st.one_of(st.lists(WORDS, max_size=20).map(" ".join), st.lists(WORDS, max_size=20).map("".join), st.text()))
def test_entries(text: str) -> None:
    # As it comes from a browser, or out of a file in UTF-8.
    text = text.encode(errors="replace").decode()
    said = verdict(text, COLUMNS, ROWS, named=True)
    assert set(said) in ({"rows"}, {"error"}, {"error", "around"})
    assert all(len(part) <= 82 for part in said.get("around", ()))
    assert len(said.get("error", "")) < 600
    try:
        kept = SliceSet(name="a", slices=(text,))
    except BadInput as error:
        assert "\n" not in str(error)
        assert len(str(error)) < 600
    else:
        assert SliceSet(name="a", slices=kept.slices) == kept
        assert verdict(kept.slices[0], COLUMNS, ROWS, named=True).get("rows") == said.get("rows")


CELLS = st.sampled_from(
    ["", "1", "-0", "1e999", "9" * 30, "x", '"', '""', "é", "\0", "2024-01-01", "True", "NA", "1,5", " "]
)


@slow
@given(
    st.lists(st.lists(st.one_of(CELLS, st.text(max_size=5)), max_size=5), max_size=6),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(["utf-8", "utf-16", "latin-1"]),
)
def test_texts(rows: list[list[str]], delimiter: str, line_end: str, encoding: str) -> None:
    path = Path(os.environ.get("TMPDIR", "/tmp")) / f"evallib-fuzz-{os.getpid()}.csv"  # noqa: S108
    path.write_bytes(line_end.join(delimiter.join(row) for row in rows).encode(encoding, errors="replace"))
    try:
        assert len(read_table(path, Limits())) > 0
    except BadInput as error:
        assert "\n" not in str(error)
    finally:
        path.unlink()


LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.just("9" * 5_000))
KEYS = st.sampled_from(["version", "name", "data", "path", "target", "systems", "model", "methods", "where", "seed"])
CONTENT = st.recursive(
    LEAVES,
    lambda below: st.one_of(st.lists(below, max_size=3), st.dictionaries(KEYS, below, max_size=4)),
    max_leaves=12,
)
MARKS = st.text(alphabet="&*!-:{}[]'\"|>%@`#? \n\tab1.~<", max_size=60)


@slow
@given(st.one_of(CONTENT.map(str), MARKS, st.text(), st.binary(max_size=80)))
def test_plans(content: str | bytes) -> None:
    path = Path(os.environ.get("TMPDIR", "/tmp")) / f"evallib-fuzz-{os.getpid()}.yaml"  # noqa: S108
    path.write_bytes(content if isinstance(content, bytes) else content.encode(errors="surrogatepass"))
    for read in (read_plan, read_slice_set):
        try:
            read(path)
        except BadInput as error:
            assert len(str(error)) < 1_000
    path.unlink()
