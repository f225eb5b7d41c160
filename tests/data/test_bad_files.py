"""What is wrong with a file is said in one sentence that names the file, the place and the way out."""

from __future__ import annotations

import gzip
import io
import json
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from workbooks import write_sheet, write_workbook

from evallib.core.errors import BadInput
from evallib.data import Limits, read_table

SMALL = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})


@pytest.fixture
def refused(tmp_path: Path) -> Callable[..., str]:
    def sentence(content: bytes, name: str = "loans.csv", limits: Limits | None = None) -> str:
        (tmp_path / "upload").write_bytes(content)
        with pytest.raises(BadInput) as caught:
            read_table(tmp_path / "upload", limits or Limits(), name)
        text = str(caught.value)
        assert text.startswith(name)
        assert text.endswith((".", "?"))
        assert "\n" not in text
        assert str(tmp_path) not in text
        assert not any(word in text for word in ("Arrow error", "Traceback", "ArrowInvalid", "line=", "0x7f"))
        return text

    return sentence


def parquet(table: pd.DataFrame | pa.Table) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pandas(table) if isinstance(table, pd.DataFrame) else table, buffer)
    return buffer.getvalue()


def feather(table: pa.Table) -> bytes:
    buffer = io.BytesIO()
    with pa.ipc.new_file(buffer, table.schema) as writer:
        writer.write_table(table)
    return buffer.getvalue()


@pytest.mark.parametrize(("content", "says"), [
    (b"", "is empty"),
    (b"\n \n\n", "is empty"),
    (gzip.compress(b"", mtime=0), "is empty"),
    (b"a,b\n", "has column names but no rows"),
    (b"a,b", "has column names but no rows"),
    (b"a,b,c,b\n1,2,3,4\n", "more than one column named b"),
    (b"a,b\n1,2\n\n1,2,3\n", "has 3 values in line 4 where its header names 2 columns"),
    (b"a,b,c\n1,2,3\n1\n", "has 1 value in line 3 where its header names 3 columns"),
    (b'a,b\n"1,2\n3,4\n', "where its header names 2 columns"),
    (b'a,b\n1,"x\n2,y\n', "opens a quote in column b that is never closed"),
    (b"a,b\n1,x\0y\n", "has a NUL character in line 2, column b"),
    ("a,b\n1,x\n2,José\n".encode("latin-1"), "is not UTF-8 text: line 3 has the byte 0xE9 in column b; "
     "it is probably Latin-1 or Windows-1252, save it as UTF-8"),
    ("é,b\n1,x\n".encode("latin-1"), "is not UTF-8 text: line 1 has the byte 0xE9"),
    ("a,b\nx,1\n".encode("utf-16-le"), "is UTF-16 text without a byte-order mark; save it as UTF-8"),
    ("a,b\nx,1\n".encode("utf-16-be"), "is UTF-16 text without a byte-order mark; save it as UTF-8"),
    ("a,b\nx,1\n".encode("utf-16") + b"!", "has damaged UTF-16 text; save it as UTF-8"),
    (b"x" * (2 << 20), "has no line break"),
    (b"a,b\n" + b"x" * (12 << 20) + b",1\n", "near line 2 that is too long to be one"),
    (bytes(range(256)) * 4, "is binary data of an unknown kind"),
    (b"\x80\x04\x95\x00", "is a Python pickle; save the table as CSV or Parquet"),
    (b"%PDF-1.7", "is a PDF document; export the table as CSV"),
    (b"FEA1\0\0", "is a Feather file of version 1"),
    (gzip.compress(b"a,b\n1,2\n" * 500, mtime=0)[:-12], "is a damaged or incomplete gzip file"),
    (b"\x1f\x8b" + b"junk" * 9, "is a damaged or incomplete gzip file"),
    (b"\x28\xb5\x2f\xfd" + b"junk" * 9, "is a damaged or incomplete zstd file"),
])  # fmt: skip
def test_bad_csv(content: bytes, says: str, refused: Callable[..., str]) -> None:
    assert says in refused(content)


@pytest.mark.parametrize(("content", "name", "looks"), [
    (b"a,b\n1,2\n", "a.parquet", "is not a Parquet file although its name says so: its content looks like CSV text"),
    (b"a,b\n1,2\n", "a.xlsx", "is not an Excel workbook"),
    (b"a,b\n1,2\n", "a.jsonl", "is not JSON although its name says so"),
    (b"a,b\n1,2\n", "a.csv.gz", "is no gzip archive although its name says so"),
    (b'{"a": 1}\n', "a.csv", "its content looks like JSON"),
    (parquet(SMALL), "a.csv", "its content looks like a Parquet file"),
    (parquet(SMALL), "a.feather", "its content looks like a Parquet file"),
    (gzip.compress(parquet(SMALL), mtime=0), "a.parquet.gz", "is a Parquet file inside a gzip archive"),
    (b"PK\x03\x04" + bytes(30), "a.xlsx", "is a damaged workbook or some other zip archive"),
])  # fmt: skip
def test_not_the_format_its_name_says(content: bytes, name: str, looks: str, refused: Callable[..., str]) -> None:
    assert looks in refused(content, name)


@pytest.mark.parametrize(("content", "says"), [
    (b'{"a": 1}\n{"a": "x"}\n', "mixes number and string values in column a"),
    (b'{"a": {"b": 1}}\n', "holds nested values in column a"),
    (b'{"a": [1]}\n', "holds nested values in column a"),
    (b'[{"a": 1}]', "holds no object in line 1"),
    (b'{"a": 1}\n5\n', "holds no object in line 2"),
    (b'{"a": 1}\n{"a":', "is not valid JSON in line 2"),
    (b'{\n"a": 1}\n', "is not valid JSON in line 1"),
    ('{"a": 1}\n{"a": "é"}\n'.encode("latin-1"), "is not UTF-8 text in line 2"),
    (b'{"a": 1, "a": 2}\n', "repeats the key a"),
    (b"{}\n{}\n", "has no columns"),
    (b'{"a":' * 200_000 + b"1" + b"}" * 200_000, "is not valid JSON in line 1"),
    (b"".join(b'{"k%d": 1}\n' % number for number in range(5_000)), "columns where at most 2,000 can be read"),
])  # fmt: skip
def test_bad_json_lines(content: bytes, says: str, refused: Callable[..., str]) -> None:
    assert says in refused(content, "loans.jsonl")


def test_damaged_parquet(refused: Callable[..., str]) -> None:
    whole = parquet(SMALL)
    for content in (whole[:-20], whole[:40] + whole[60:], b"PAR1"):
        assert "is a damaged or incomplete Parquet file; export or upload it again" in refused(content, "a.parquet")


@pytest.mark.parametrize(("table", "says"), [
    (pa.table({"a": pa.array([], pa.int64())}), "has column names but no rows"),
    (pa.table({"a": [[1], [2]]}), "holds nested values in column a"),
    (pa.table({"a": [b"\xff\xfe", b"\xe9"]}), "holds values of type binary in column a"),
    (pa.table([pa.array([1]), pa.array([2])], names=["a", "a"]), "more than one column named a"),
])  # fmt: skip
def test_tables_that_cannot_be_used(table: pa.Table, says: str, refused: Callable[..., str]) -> None:
    assert says in refused(parquet(table), "a.parquet")
    assert says in refused(feather(table), "a.feather")


def test_damaged_arrow(refused: Callable[..., str]) -> None:
    whole = feather(pa.Table.from_pandas(SMALL))
    assert "is a damaged or incomplete Arrow file" in refused(whole[:-50], "a.feather")


def test_offsets_that_point_outside_are_found_before_they_are_followed(refused: Callable[..., str]) -> None:
    whole = feather(pa.table({"a": ["hello", "world"]}))
    changed = whole.replace(struct.pack("<3i", 0, 5, 10), struct.pack("<3i", 0, 1_000_000, 10))
    assert changed != whole
    assert "is a damaged or incomplete Arrow file" in refused(changed, "a.arrow")


def test_twenty_thousand_columns(refused: Callable[..., str]) -> None:
    names = [f"c{number}" for number in range(20_000)]
    says = (
        "has 20,000 columns where at most 2,000 can be read; leave out those that are not needed, or ask the operator"
    )
    wide = pa.table([pa.array([1])] * 20_000, names=names)
    assert says in refused((",".join(names) + "\n" + ",".join("1" * 20_000) + "\n").encode())
    assert says in refused(parquet(wide), "a.parquet")
    assert says in refused(json.dumps(dict.fromkeys(names, 1)).encode(), "a.jsonl")


def test_files_over_their_budgets(refused: Callable[..., str]) -> None:
    rows = b"a,b\n" + b"1,2\n" * 100
    assert "has 0 MB where at most 0 MB can be read" in refused(rows, limits=Limits(file_bytes=100))
    assert "EVALLIB_MAX_FILE_BYTES" in refused(rows, limits=Limits(file_bytes=100))
    for name, content in (("a.csv", rows), ("a.parquet", parquet(pd.read_csv(io.BytesIO(rows))))):
        assert "more than 199 values" in refused(content, name, Limits(cells=199))
        assert "EVALLIB_MAX_CELLS" in refused(content, name, Limits(cells=199))
    long = pd.DataFrame({"a": ["x" * 40_000], "b": 1})
    for name, content in (("a.csv", long.to_csv(index=False).encode()), ("a.parquet", parquet(long))):
        assert "holds a text of 40,000 bytes in column a" in refused(content, name)


def test_a_file_may_fill_its_budget(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"a,b\n" + b"1,2\n" * 100)
    assert len(read_table(tmp_path / "a.csv", Limits(cells=200, columns=2))) == 100


def test_five_gigabytes_are_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "huge.csv").open("wb") as file:
        file.truncate(5_000_000_000)
    with pytest.raises(BadInput, match=r"huge\.csv has 5,000 MB where at most 2,000 MB can be read"):
        read_table(tmp_path / "huge.csv", Limits())


def test_bombs(refused: Callable[..., str], tmp_path: Path) -> None:
    bomb = pa.compress(b"a,b\n" + b"1,2\n" * 18_000_000, codec="zstd", asbytes=True)
    assert "expands to more than 200 times its size" in refused(bomb, "a.csv.zst")
    assert "expands to more than 1,000,000 bytes" in refused(bomb, "a.csv.zst", Limits(expanded_bytes=1_000_000))
    text = pa.DictionaryArray.from_arrays(pa.array(np.zeros(2_000_000, np.int32)), pa.array(["x" * 100_000]))
    assert "holds a text of 100,000 bytes" in refused(parquet(pa.table({"a": text})), "a.parquet")
    skewed = pa.DictionaryArray.from_arrays(
        pa.array(np.r_[np.arange(20_001), np.zeros(10**6)], pa.int32()),
        pa.array(["x" * 30_000, *map(str, range(20_000))]),
    )
    assert "bytes of text in column a" in refused(feather(pa.table({"a": skewed})), "a.arrow")
    far = write_sheet(tmp_path / "far.xlsx", '<row r="1"><c r="A1"><v>1</v></c></row><row><c r="XFD1048576"/></row>')
    assert "has 1,048,576 rows and 16,384 columns" in refused(far.read_bytes(), "a.xlsx")
    big = write_workbook(tmp_path / "big.xlsx", [["a"], [1]], {"xl/media/zeros.bin": "0" * 70_000_000})
    assert "unpacks to far more than a workbook should hold" in refused(big.read_bytes(), "a.xlsx")


def test_a_workbook_that_lies_about_its_size(refused: Callable[..., str], tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", [["a"], [1]], {"xl/media/zeros.bin": "0" * 70_000_000})
    content = path.read_bytes().replace(struct.pack("<I", 70_000_000), struct.pack("<I", 70))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.getinfo("xl/media/zeros.bin").file_size == 70
    assert "unpacks to far more than a workbook should hold" in refused(content, "a.xlsx")


def test_bad_workbooks(refused: Callable[..., str], tmp_path: Path) -> None:
    def workbook(rows: list[list[object]]) -> bytes:
        return write_workbook(tmp_path / "a.xlsx", rows).read_bytes()

    assert "is empty in its first sheet" in refused(workbook([]), "a.xlsx")
    assert "has column names but no rows" in refused(workbook([["a", "b"]]), "a.xlsx")
    assert "more than one column named a" in refused(workbook([["a", "a"], [1, 2]]), "a.xlsx")
    assert "damaged" in refused(workbook([["a"], [1]])[:-100], "a.xlsx")
    assert "cannot be read as an Excel workbook" in refused(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(3_000), "a.xls")


def test_names_of_files_and_columns_are_shown_as_plain_text(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes("<b>\u202ex\u202c</b>,a\n1,2,3\n".encode())
    with pytest.raises(BadInput, match=r"^evil\.csv has 3 values"):
        read_table(tmp_path / "a", Limits(), "\u202eevil\x00.csv")
    with pytest.raises(BadInput) as caught:
        read_table(tmp_path / "a", Limits(), "x" * 4_000 + ".csv")
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("name", ["absent.csv", "../../etc/absent", "bad\0name.csv", "."])
def test_files_that_are_not_there(name: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"was not found|cannot be opened"):
        read_table(tmp_path / name, Limits())


def test_limits_come_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    monkeypatch.setenv("EVALLIB_MAX_COLUMNS", "1")
    assert Limits.from_environment() == Limits(columns=1)
    with pytest.raises(BadInput, match="at most 1 can be read"):
        read_table(tmp_path / "a.csv")
    for wrong in ("-1", "0", "many", "1.5"):
        monkeypatch.setenv("EVALLIB_MAX_COLUMNS", wrong)
        with pytest.raises(BadInput, match=r"EVALLIB_MAX_COLUMNS is .* must be a whole number above 0"):
            Limits.from_environment()
