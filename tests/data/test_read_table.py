"""Every format gives the same table, in the dtypes of the policy."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from workbooks import write_workbook

from evallib.data import read_table
from evallib.data.formats.missing import MISSING
from evallib.data.frame import CATEGORIES


@pytest.fixture
def people() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "name": [f"person {number}" for number in range(40)],
            "city": ["Bern", "Zürich", "Bern", None] * 10,
            "age": np.arange(40) + 20,
            "height": np.arange(40) / 4 + 1.25,
            "member": [True, False] * 20,
        }
    )


def expected(people: pd.DataFrame) -> pd.DataFrame:
    return people.astype({"name": "str", "city": "category"})


def same(found: pd.DataFrame, wanted: pd.DataFrame) -> None:
    """Equal, whatever the order of the categories."""
    for name in wanted.select_dtypes("category"):
        assert isinstance(found[name].dtype, pd.CategoricalDtype)
        found, wanted = found.astype({name: "str"}), wanted.astype({name: "str"})
    pd.testing.assert_frame_equal(found, wanted)


def packed(codec: str, text: bytes) -> bytes:
    return gzip.compress(text) if codec == "gz" else pa.compress(text, codec="zstd", asbytes=True)


def test_all_formats_give_the_same_table(people: pd.DataFrame, tmp_path: Path) -> None:
    text = people.to_csv(index=False).encode()
    (tmp_path / "a.csv").write_bytes(text)
    (tmp_path / "a.tsv").write_text(people.to_csv(index=False, sep="\t"), encoding="utf-8")
    for codec in ("gz", "zst"):
        (tmp_path / f"a.csv.{codec}").write_bytes(packed(codec, text))
    people.to_json(tmp_path / "a.jsonl", orient="records", lines=True, force_ascii=False)
    (tmp_path / "a.ndjson.gz").write_bytes(gzip.compress((tmp_path / "a.jsonl").read_bytes()))
    people.to_parquet(tmp_path / "a.parquet")
    people.to_feather(tmp_path / "a.feather")
    rows = [list(people.columns), *people.astype(object).where(people.notna(), None).to_numpy().tolist()]
    write_workbook(tmp_path / "a.xlsx", rows)
    files = sorted(tmp_path.iterdir())
    assert len(files) == 9
    for file in files:
        same(read_table(file), expected(people))


def test_an_arrow_stream_is_read_too(people: pd.DataFrame, tmp_path: Path) -> None:
    table = pa.Table.from_pandas(people)
    with pa.OSFile(str(tmp_path / "a.arrows"), "wb") as file, pa.ipc.new_stream(file, table.schema) as writer:
        writer.write_table(table)
    same(read_table(tmp_path / "a.arrows"), expected(people))


def test_the_users_name_decides_over_the_name_on_disk(tmp_path: Path) -> None:
    (tmp_path / "4be1").write_bytes(b"a;b\n1;2\n")
    assert read_table(tmp_path / "4be1", name="sales.csv").columns.tolist() == ["a", "b"]
    assert read_table(tmp_path / "4be1").shape == (1, 2)


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("a,b\n1,x\n", {"a": [1], "b": ["x"]}),
        ("a;b\n1,5;x\n2,25;y\n", {"a": [1.5, 2.25], "b": ["x", "y"]}),
        ("a;b\n1.5;x,y\n", {"a": [1.5], "b": ["x,y"]}),
        ("a|b\n1|x,y\n", {"a": [1], "b": ["x,y"]}),
        ("a\tb\n1\tx;y\n", {"a": [1], "b": ["x;y"]}),
        ("a\n1\n2\n", {"a": [1, 2]}),
        ('"a,1",b\n1,"x ""y"", z"\n', {"a,1": [1], "b": ['x "y", z']}),
        ('a,b\n1,"two\nlines"\n2,z\n', {"a": [1, 2], "b": ["two\nlines", "z"]}),
        (",a\n0,5\n1,6\n", {"Unnamed: 0": [0, 1], "a": [5, 6]}),
        ("a,b\r\n1,x\r\n\r\n2,y", {"a": [1, 2], "b": ["x", "y"]}),
    ],
)
def test_dialects(text: str, columns: dict[str, list[object]], tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(text.encode())
    assert read_table(tmp_path / "a.csv").to_dict("list") == columns


def test_a_quote_after_many_lines_without_one_may_still_hold_a_line_break(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"a,b\n" + b"1,x\n" * 1_500_000 + b'2,"y\nz"\n')
    table = read_table(tmp_path / "a.csv")
    assert len(table) == 1_500_001
    assert table["b"].iloc[-1] == "y\nz"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_tells_the_encoding(encoding: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("naïve,b\né,1\n".encode(encoding))
    assert read_table(tmp_path / "a.csv").to_dict("list") == {"naïve": ["é"], "b": [1]}


def test_missing_values_are_spelled_as_pandas_has_them(tmp_path: Path) -> None:
    lines = [f'{spelling},"{spelling}",1' for spelling in MISSING]
    (tmp_path / "a.csv").write_text("a,b,c\n" + "\n".join([*lines, "x,nil,2"]), encoding="utf-8")
    table = read_table(tmp_path / "a.csv")
    assert table["a"].isna().sum() == table["b"].isna().sum() == len(MISSING)
    reference = pd.read_csv(tmp_path / "a.csv")
    assert table.isna().equals(reference.isna())


def test_dtypes(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        "whole,gap,real,yes,maybe,day,moment,zone,clock,nothing\n"
        "1,1,1.5,true,true,2024-02-29,2024-02-29 12:30:00,2024-02-29T12:30:00+02:00,12:30,\n"
        "2,,2.5,false,,2024-03-01,2024-03-01 00:00:01,2024-03-01T00:00:00Z,13:00,NA\n"
    )
    table = read_table(tmp_path / "a.csv")
    kinds = {name: dtype.kind if isinstance(dtype, np.dtype) else dtype.name for name, dtype in table.dtypes.items()}
    assert kinds == {
        "whole": "i", "gap": "f", "real": "f", "yes": "b", "maybe": "O", "day": "M", "moment": "M", "zone": "M",
        "clock": "str", "nothing": "f",
    }  # fmt: skip
    assert table["maybe"].tolist() == [True, None]
    assert table["zone"].tolist() == [pd.Timestamp("2024-02-29 10:30"), pd.Timestamp("2024-03-01")]
    assert table["clock"].tolist() == ["12:30:00", "13:00:00"]


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_repeated_texts_are_categories_and_mostly_distinct_ones_are_not(suffix: str, tmp_path: Path) -> None:
    rows = 2 * CATEGORIES + 4
    table = pd.DataFrame(
        {
            "few": [f"v{number % 7}" for number in range(rows)],
            "most": [f"v{number % CATEGORIES}" for number in range(rows)],
            "over": [f"v{number % (CATEGORIES + 1)}" for number in range(rows)],
            "unique": [f"v{number}" for number in range(rows)],
        }
    )
    path = tmp_path / f"a.{suffix}"
    _ = table.to_csv(path, index=False) if suffix == "csv" else table.to_parquet(path)
    found = read_table(path)
    assert found.dtypes.astype(str).tolist() == ["category", "category", "str", "str"]
    assert (found.astype("str") == table).all(axis=None)


def test_categories_are_in_order_whatever_the_order_of_the_rows(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a\nz\nb\nNA\na\nz\nb\n")
    column = read_table(tmp_path / "a.csv")["a"]
    assert column.cat.categories.tolist() == ["a", "b", "z"]
    assert column.fillna("a").tolist() == ["z", "b", "a", "a", "z", "b"]


def test_few_rows_of_distinct_texts_stay_texts(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\nx,u\ny,u\nz,u\n")
    assert read_table(tmp_path / "a.csv").dtypes.astype(str).tolist() == ["str", "category"]


def test_bytes_of_old_parquet_files_are_texts(tmp_path: Path) -> None:
    table = pa.table({"a": pa.array([b"x", "é".encode(), None]), "b": pa.array([1, 2, 3])})
    pa.parquet.write_table(table, tmp_path / "a.parquet")
    assert read_table(tmp_path / "a.parquet")["a"].tolist()[:2] == ["x", "é"]


def test_other_arrow_types(tmp_path: Path) -> None:
    table = pa.table(
        {
            "decimal": pa.array([1, 2]).cast(pa.decimal128(22, 2)),
            "half": pa.array(np.array([0.5, 1.5], np.float16)),
            "codes": pa.array([1, 1]).dictionary_encode(),
            "repeated": pa.DictionaryArray.from_arrays(pa.array([0, 1]), pa.array(["x", "x"])),
            "duration": pa.array([1, 2], pa.duration("s")),
        }
    )
    with pa.OSFile(str(tmp_path / "a.arrow"), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)
    found = read_table(tmp_path / "a.arrow")
    assert found["decimal"].tolist() == [1.0, 2.0]
    assert found["half"].tolist() == [0.5, 1.5]
    assert found["codes"].tolist() == [1, 1]
    assert found["repeated"].tolist() == ["x", "x"]
    assert found["duration"].dtype == "str"


def test_cells_of_a_workbook(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["whole", "real", "mixed", "gap", "flag", None],
        [1, 1.5, "t", "NA", True, "x"],
        [2, 2, 5, 3, False, "y"],
    ]
    table = read_table(write_workbook(tmp_path / "a.xlsx", rows))
    assert table.columns.tolist() == ["whole", "real", "mixed", "gap", "flag", "Unnamed: 5"]
    assert table["whole"].tolist() == [1, 2]
    assert table["whole"].dtype == np.int64
    assert table["real"].tolist() == [1.5, 2.0]
    assert table["mixed"].tolist() == ["t", "5"]
    assert np.isnan(table["gap"][0])
    assert table["flag"].tolist() == [True, False]


def test_json_lines_allow_what_python_writes(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('\ufeff{"a": NaN, "b": "x"}\n\n{"a": 1}\n{"b": null, "c": -Infinity}', "utf-8")
    table = read_table(tmp_path / "a.jsonl")
    assert table.columns.tolist() == ["a", "b", "c"]
    assert table["a"].fillna(-1).tolist() == [-1, 1, -1]
    assert table["b"].isna().tolist() == [False, True, True]


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Co", "Cn"], include_characters="\n"), max_size=8).map(
    "w{}".format
)
COLUMNS = {
    "text": TEXTS,
    "number": st.floats(allow_nan=False, allow_infinity=False, width=64),
    "whole": st.integers(-(2**53), 2**53),
}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), rows=st.integers(1, 12))
def test_what_pandas_writes_as_csv_is_read_as_it_was(data: st.DataObject, rows: int, tmp_path: Path) -> None:
    written = pd.DataFrame(
        {name: data.draw(st.lists(values, min_size=rows, max_size=rows)) for name, values in COLUMNS.items()}
    )
    text = io.StringIO()
    written.to_csv(text, index=False, lineterminator="\n")
    (tmp_path / "a.csv").write_bytes(text.getvalue().encode())
    found = read_table(tmp_path / "a.csv")
    assert found["text"].astype(str).tolist() == written["text"].tolist()
    assert found["whole"].tolist() == written["whole"].tolist()
    np.testing.assert_array_equal(found["number"].to_numpy(float), written["number"].to_numpy(float))


@pytest.mark.parametrize("ending", ["parquet", "feather"])
def test_the_row_numbers_of_a_data_frame_are_no_column(tmp_path: Path, ending: str) -> None:
    file = tmp_path / f"rows.{ending}"
    shuffled = pd.DataFrame({"a": [1, 2, 3]}).sample(frac=1, random_state=0)
    table = pa.Table.from_pandas(shuffled, preserve_index=True)
    if ending == "parquet":
        pa.parquet.write_table(table, file)
    else:
        pa.feather.write_feather(table, file)
    assert list(read_table(file).columns) == ["a"]
