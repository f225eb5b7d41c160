"""Every hostile or broken table ends in one sentence or in the right table, within seconds and 2 GB of addresses."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import bombs
import pyarrow as pa
import pytest
from uploads import Read, reading_in, refusal

from evallib.core.errors import BadInput
from evallib.data import Limits
from evallib.ingestion import Ingestion, ingest_apart

DEEP = b'{"a":' * 200_000 + b"1" + b"}" * 200_000
TEXT = '<row r="{0}"><c r="A{0}" t="inlineStr"><is><t>{1}</t></is></c></row>'


@pytest.fixture
def read(tmp_path: Path) -> Read:
    return reading_in(tmp_path)


@pytest.mark.parametrize(
    ("make", "name", "says"),
    [
        pytest.param(bombs.zip_of_csv, "rows.csv", "some other zip archive; unpack it", id="D1 zip"),
        pytest.param(bombs.gzip_bomb, "rows.csv.gz", "EVALLIB_MAX_RATIO", id="D2 gzip"),
        pytest.param(bombs.zstd_bomb, "rows.csv.zst", "EVALLIB_MAX_RATIO", id="D2 zstd"),
        pytest.param(bombs.parquet_of_many_rows, "rows.parquet", "EVALLIB_MAX_RATIO", id="D3 Parquet rows"),
        pytest.param(
            lambda: bombs.parquet_of_one_text(100_000), "rows.parquet", "EVALLIB_MAX_CELL_BYTES", id="D4 long text"
        ),
        pytest.param(
            lambda: bombs.parquet_of_one_text(30_000),
            "rows.parquet",
            "60,000,000,000 bytes of text",
            id="D4 many times",
        ),
        pytest.param(
            lambda: bombs.arrow_of_one_text_and_many(5_000), "rows.arrow", "EVALLIB_MAX_RATIO", id="D4 Arrow dictionary"
        ),
        pytest.param(lambda: bombs.full_sheet(200_000, 24), "rows.xlsx", "EVALLIB_MAX_EXPANDED_BYTES", id="D5 sheet"),
        pytest.param(bombs.far_cell, "rows.xlsx", "EVALLIB_MAX_EXCEL_CELLS", id="D5 far cell"),
        pytest.param(bombs.billion_laughs, "rows.xlsx", "cannot be read as an Excel workbook", id="D6 laughs"),
        pytest.param(bombs.npz_bomb, "rows.npz", "some other zip archive", id="D7 npz"),
        pytest.param(bombs.npz_bomb, "rows.xlsx", "some other zip archive", id="D7 npz as a workbook"),
        pytest.param(bombs.bad_offsets, "rows.arrow", "is a damaged or incomplete Arrow file", id="D8 offsets"),
        pytest.param(
            bombs.endless_dictionary, "rows.arrow", "is a damaged or incomplete Arrow file", id="D8 dictionary"
        ),
        pytest.param(
            lambda: bombs.text_that_is_none("arrow"), "rows.arrow", "damaged or incomplete Arrow", id="D8 no UTF-8"
        ),
        pytest.param(
            lambda: bombs.text_that_is_none("parquet"), "rows.parquet", "damaged or incomplete", id="D9 no UTF-8"
        ),
        pytest.param(
            lambda: bombs.parquet(bombs.wide_table(10))[:-30], "rows.parquet", "damaged or incomplete", id="D9 cut off"
        ),
        pytest.param(bombs.wide_text, "rows.csv", "EVALLIB_MAX_COLUMNS", id="D10 CSV"),
        pytest.param(
            lambda: bombs.parquet(bombs.wide_table(20_000)), "rows.parquet", "EVALLIB_MAX_COLUMNS", id="D10 Parquet"
        ),
        pytest.param(lambda: bombs.feather(bombs.wide_table()), "rows.arrow", "EVALLIB_MAX_COLUMNS", id="D10 Arrow"),
        pytest.param(
            lambda: json.dumps(dict.fromkeys(map(str, range(200_000)), 1)).encode(),
            "rows.jsonl",
            "EVALLIB_MAX_COLUMNS",
            id="D10 JSON",
        ),
        pytest.param(bombs.long_cell, "rows.csv", "near line 2 that is too long", id="D11 CSV"),
        pytest.param(lambda: bombs.long_cell(quoted=True), "rows.csv", "near line 2 that is too long", id="D11 quoted"),
        pytest.param(
            lambda: b"x" * 100_000 + b",b\n1,2\n", "rows.csv", "has a column name of 100,000 characters", id="D11 name"
        ),
        pytest.param(lambda: b"x" * 200_000_000, "rows.csv", "has no line break", id="D11 one line"),
        pytest.param(lambda: b'{"a":"' + b"x" * 200_000_000 + b'"}\n', "rows.jsonl", "bytes in line 1", id="D11 JSON"),
        pytest.param(
            lambda: bombs.feather(pa.table({"a": ["x" * 200_000_000]}), "zstd"),
            "rows.arrow",
            "EVALLIB_MAX_CELL_BYTES",
            id="D11 Arrow",
        ),
        pytest.param(
            lambda: bombs.workbook(TEXT.format(1, "a") + TEXT.format(2, "x" * 60_000_000)),
            "rows.xlsx",
            "EVALLIB_MAX_CELL_BYTES",
            id="D11 workbook",
        ),
        pytest.param(lambda: b"a,b\n1,2\n1,2,3\n", "rows.csv", "has 3 values in line 3", id="D13 long row"),
        pytest.param(lambda: b"a,b\n1\n", "rows.csv", "has 1 value in line 2", id="D13 short row"),
        pytest.param(lambda: b"a,b,a\n1,2,3\n", "rows.csv", "more than one column named a", id="D14 CSV"),
        pytest.param(
            lambda: bombs.parquet(pa.table([[1], [2]], names=["a", "a"])),
            "rows.parquet",
            "more than one column named a",
            id="D14 Parquet",
        ),
        pytest.param(lambda: "a,b\n1,José\n".encode("latin-1"), "rows.csv", "is probably Latin-1", id="D15 Latin-1"),
        pytest.param(lambda: b"a,b\n1,x\0y\n", "rows.csv", "has a NUL character in line 2", id="D15 NUL"),
        pytest.param(
            lambda: "a,b\n1,x\n".encode("utf-16-le"), "rows.csv", "without a byte-order mark", id="D15 UTF-16 unmarked"
        ),
        pytest.param(lambda: b"", "rows.csv", "is empty", id="D16 empty"),
        pytest.param(lambda: b"a,b\n", "rows.csv", "has column names but no rows", id="D16 header alone"),
        pytest.param(lambda: gzip.compress(b""), "rows.csv.gz", "is empty", id="D16 empty gzip"),
        pytest.param(lambda: DEEP, "rows.jsonl", "is not valid JSON in line 1", id="D18 objects"),
        pytest.param(
            lambda: b'{"a":' + b"[" * 900 + b"1" + b"]" * 900 + b"}", "rows.jsonl", "nested values", id="D18 lists"
        ),
        pytest.param(
            lambda: bombs.zipped({"../../slipped.csv": "a\n1\n"}), "rows.zip", "some other zip archive", id="D19 slip"
        ),
    ],
)
def test_refused_in_one_sentence(read: Read, make: Callable[[], bytes], name: str, says: str) -> None:
    assert says in refusal(read, make(), name)


def test_d3_a_file_of_many_rows_is_read_where_it_has_something_to_say(read: Read) -> None:
    assert len(read(bombs.parquet_of_many_rows(4_000_000), "rows.parquet")) == 4_000_000


def test_d5_a_sheet_that_is_too_much_for_the_memory(read: Read) -> None:
    sentence = refusal(read, bombs.full_sheet(200_000, 8), "rows.xlsx", Limits(read_seconds=60, read_memory_mb=400))
    assert "EVALLIB_MAX_READ_MEMORY_MB" in sentence


def test_d6_an_entity_that_names_a_file_is_not_followed(read: Read, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("do not show")
    assert "do not show" not in refusal(read, bombs.outside_entity(str(secret)), "rows.xlsx")


def test_d6_ten_thousand_sheets_are_as_good_as_their_first(read: Read) -> None:
    assert read(bombs.many_sheets(), "rows.xlsx")["a"].tolist() == [1]


def test_d11_a_line_of_a_gigabyte(tmp_path: Path) -> None:
    with (tmp_path / "upload").open("wb") as file:
        file.write(b"a,b\n1," + b"x" * 8_192)
        file.truncate(1 << 30)
    limits = Limits(read_seconds=30, read_memory_mb=1024)
    with pytest.raises(BadInput, match="near line 2 that is too long to be one"):
        ingest_apart(Ingestion(tmp_path / "upload", "rows.csv", tmp_path), limits=limits)


def test_d12_ten_thousand_categories(read: Read) -> None:
    rows = bombs.many_categories()
    assert read(rows.to_csv(index=False).encode())["kind"].tolist() == rows["kind"].tolist()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_d15_marked_encodings_are_read(read: Read, encoding: str) -> None:
    table = read("name,n\nJosé,1\n名,2\n".encode(encoding))
    assert table["name"].tolist() == ["José", "名"]
    assert list(table.columns) == ["name", "n"]


def test_d17_numbers_that_no_computer_has(read: Read) -> None:
    digits = "9" * 5_000
    table = read(f"a,b,c\n{digits},1e999,1\n1,-1e999,2\n".encode())
    assert table["c"].tolist() == [1, 2]
    assert len(table) == 2
    lines = f'{{"a": {digits}}}\n{{"a": 1e999}}\n'.encode()
    assert "rows.jsonl" in refusal(read, lines, "rows.jsonl")


@pytest.mark.parametrize("name", ["../../x.csv", "x" * 4_000 + ".csv", "\u202egpj.csv", "a\0b.csv", "<b>x</b>.csv"])
def test_d20_a_name_is_text(read: Read, tmp_path: Path, name: str) -> None:
    before = sorted(tmp_path.parent.rglob("*.csv"))
    with pytest.raises(BadInput) as caught:
        read(b"a,a\n1,2\n", name)
    assert len(str(caught.value)) < 300
    assert not any(odd in str(caught.value) for odd in "\0\u202e")
    assert sorted(tmp_path.parent.rglob("*.csv")) == before
