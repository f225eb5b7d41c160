"""Files that are small to send and hard to read, each as its bytes."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
from collections.abc import Mapping

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from workbooks import MAIN, OFFICE, PACKAGE, PARTS

WORKBOOK = f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{{}}</sheets></workbook>'
LAUGHS = '<!ENTITY l0 "ha">' + "".join(
    f'<!ENTITY l{level} "{f"&l{level - 1};" * 10}">' for level in range(1, 10)
)  # fmt: skip


def parquet(table: pa.Table, **options: object) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(table, buffer, **options)
    return buffer.getvalue()


def feather(table: pa.Table, compression: str | None = None) -> bytes:
    buffer = io.BytesIO()
    with pa.ipc.new_file(buffer, table.schema, options=pa.ipc.IpcWriteOptions(compression=compression)) as writer:
        writer.write_table(table)
    return buffer.getvalue()


def zipped(parts: Mapping[str, bytes | str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def workbook(rows: str, parts: Mapping[str, str] | None = None, before: str = "") -> bytes:
    """A workbook whose sheet has these rows in XML, and these other parts."""
    sheet = f'{before}<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'
    return zipped(PARTS | {"xl/worksheets/sheet1.xml": sheet} | dict(parts or {}))


def zip_of_csv() -> bytes:
    return zipped({"a.csv": b"a,b\n" + b"1,2\n" * 10_000_000})


def gzip_bomb(megabytes: int = 80) -> bytes:
    return gzip.compress(b"a,b\n" + b"1,2\n" * (megabytes << 18), compresslevel=9, mtime=0)


def zstd_bomb(megabytes: int = 80) -> bytes:
    return pa.compress(b"a,b\n" + b"1,2\n" * (megabytes << 18), codec="zstd", asbytes=True)


def parquet_of_many_rows(rows: int = 50_000_000, columns: int = 1) -> bytes:
    part = pa.table({f"c{number}": pa.array(np.zeros(rows // 10, np.int64)) for number in range(columns)})
    buffer = io.BytesIO()
    with pq.ParquetWriter(buffer, part.schema, compression="zstd") as writer:
        for _ in range(10):
            writer.write_table(part)
    return buffer.getvalue()


def parquet_of_one_text(length: int, rows: int = 2_000_000) -> bytes:
    text = pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int32)), pa.array(["x" * length]))
    return parquet(pa.table({"a": text}))


def arrow_of_one_text_and_many(length: int, rows: int = 1_000_000) -> bytes:
    """A dictionary with too many texts to stay one, and nearly all rows the long one."""
    codes = np.r_[np.arange(20_001), np.zeros(rows)]
    text = pa.DictionaryArray.from_arrays(
        pa.array(codes, pa.int32()), pa.array(["x" * length, *map(str, range(20_000))])
    )
    return feather(pa.table({"a": text}))


def full_sheet(rows: int, columns: int) -> bytes:
    names = "".join(f'<c t="inlineStr"><is><t>c{number}</t></is></c>' for number in range(columns))
    row = "<row>" + "<c><v>1</v></c>" * columns + "</row>"
    return workbook(f"<row>{names}</row>" + row * rows)


def far_cell() -> bytes:
    return workbook('<row r="1"><c r="A1"><v>1</v></c></row><row><c r="XFD1048576"/></row>')


def billion_laughs() -> bytes:
    body = '<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row>'
    body += '<row r="2"><c r="A2" t="inlineStr"><is><t>&l9;</t></is></c></row>'
    return workbook(body, before=f"<!DOCTYPE worksheet [{LAUGHS}]>")


def outside_entity(path: str) -> bytes:
    body = '<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row>'
    body += '<row r="2"><c r="A2" t="inlineStr"><is><t>&secret;</t></is></c></row>'
    return workbook(body, before=f'<!DOCTYPE worksheet [<!ENTITY secret SYSTEM "file://{path}">]>')


def many_sheets(count: int = 10_000) -> bytes:
    cell = '<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row><row r="2"><c r="A2"><v>1</v></c></row>'
    sheets = "".join(f'<sheet name="S{number}" sheetId="{number}" r:id="r{number}"/>' for number in range(1, count + 1))
    links = "".join(
        f'<Relationship Id="r{number}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        for number in range(1, count + 1)
    )
    sheet = f'<worksheet xmlns="{MAIN}"><sheetData>{cell}</sheetData></worksheet>'
    return zipped(
        PARTS
        | {"xl/workbook.xml": WORKBOOK.format(sheets)}
        | {"xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{links}</Relationships>'}
        | {f"xl/worksheets/sheet{number}.xml": sheet for number in range(1, count + 1)}
    )


def npz_bomb() -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, a=np.zeros(20_000_000))
    return buffer.getvalue()


def bad_offsets() -> bytes:
    whole = feather(pa.table({"a": ["hello", "world"]}))
    changed = whole.replace(struct.pack("<3i", 0, 5, 10), struct.pack("<3i", 0, 1_000_000, 10))
    assert changed != whole
    return changed


def wide_text(columns: int = 200_000) -> bytes:
    return (",".join(f"c{number}" for number in range(columns)) + "\n" + ",".join("1" * columns) + "\n").encode()


def wide_table(columns: int = 200_000) -> pa.Table:
    return pa.table([pa.array([1])] * columns, names=[f"c{number}" for number in range(columns)])


def long_cell(size: int = 200_000_000, quoted: bool = False) -> bytes:
    mark = b'"' if quoted else b""
    return b"a,b\n1," + mark + b"x" * size + mark + b"\n2,y\n"


def many_categories(rows: int = 100_000) -> pd.DataFrame:
    return pd.DataFrame({"kind": [f"k{number % 10_000}" for number in range(rows)], "y": np.arange(rows) % 2})


def endless_dictionary() -> bytes:
    """An Arrow file whose dictionary claims far more texts than it has."""
    text = pa.DictionaryArray.from_arrays(pa.array([0, 1, 2], pa.int8()), pa.array([str(n) for n in range(77)]))
    changed = feather(pa.table({"a": text})).replace(struct.pack("<q", 77), struct.pack("<q", 1 << 40))
    assert changed.count(struct.pack("<q", 1 << 40)) >= 2
    return changed


def text_that_is_none(kind: str) -> bytes:
    """A file whose column of texts holds bytes that are no UTF-8."""
    table = pa.table({"a": ["hello", "world"], "b": [1, 2]})
    whole = (
        parquet(table, compression="none", use_dictionary=False, write_statistics=False)
        if kind == "parquet"
        else feather(table)
    )
    return whole.replace(b"hello", b"he\xff\xfeo")
