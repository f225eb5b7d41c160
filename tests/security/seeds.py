"""Small valid files of every format, which fuzzing starts from: as good as a corpus on disk, and never out of date."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import pickle
import zipfile
from collections.abc import Callable, Mapping

import bombs
import pandas as pd
import pyarrow as pa

TABLE = pd.DataFrame(
    {
        "age": [20, 31, 44, 58],
        "share": [0.5, None, -1e-9, 3e300],
        "sex": ["F", "M", "F", None],
        "ok": [True, False, True, True],
        "day": pd.to_datetime(["2024-01-01", None, "2024-02-29", "1999-12-31"], format="ISO8601"),
        "note": ["é, 名", 'a "quoted" one', "x" * 300, "=1+1"],
    }
)

Files = Mapping[str, bytes]
"""Contents by the names that they are uploaded under."""


def texts() -> Files:
    plain = TABLE.to_csv(index=False).encode()
    return {
        "rows.csv": plain,
        "rows.tsv": TABLE.to_csv(index=False, sep="\t").encode(),
        "semicolon.csv": TABLE.to_csv(index=False, sep=";", decimal=",").encode(),
        "utf16.csv": plain.decode().encode("utf-16"),
        "rows.csv.gz": gzip.compress(plain, mtime=0),
        "rows.csv.zst": pa.compress(plain, codec="zstd", asbytes=True),
        "rows.jsonl.gz": gzip.compress(lines(), mtime=0),
    }


def lines() -> bytes:
    return TABLE.to_json(orient="records", lines=True, date_format="iso").encode()


def json_lines() -> Files:
    return {"rows.jsonl": lines(), "nan.jsonl": b'{"a": NaN, "b": -1e400}\n\n{"a": 1, "c": "x"}\n'}


def columnar() -> Files:
    table = pa.Table.from_pandas(TABLE)
    category = pa.Table.from_pandas(TABLE.astype({"sex": "category"}))
    odd = pa.table({"n": pa.array([1, None], pa.decimal128(9, 2)), "t": [dt.time(1), None], "b": [b"x", b"y"]})
    stream = io.BytesIO()
    with pa.ipc.new_stream(stream, category.schema) as writer:
        writer.write_table(category)
    return {
        "rows.parquet": bombs.parquet(table),
        "zstd.parquet": bombs.parquet(category, compression="zstd", data_page_version="2.0"),
        "odd.parquet": bombs.parquet(odd),
        "rows.feather": bombs.feather(table, "lz4"),
        "rows.arrow": bombs.feather(category),
        "stream.arrows": stream.getvalue(),
    }


def workbooks() -> Files:
    names = "".join(f'<c t="inlineStr"><is><t>{name}</t></is></c>' for name in "abc")
    cells = '<c t="b"><v>1</v></c><c t="s"><v>0</v></c><c s="1"><v>45000.5</v></c>'
    shared = "<sst><si><t>x</t></si></sst>"
    return {"rows.xlsx": bombs.workbook(f"<row>{names}</row><row>{cells}</row>", {"xl/sharedStrings.xml": shared})}


def models() -> Files:
    skops = io.BytesIO()
    with zipfile.ZipFile(skops, "w") as archive:
        archive.writestr("schema.json", '{"__class__": "dict", "protocol": 2}')
    return {
        "model.skops": skops.getvalue(),
        "model.onnx": b"\x08\x07\x12\x07skl2onnx" + b"\x3a\x10" + bytes(16),
        "model.pkl": pickle.dumps({"a": 1}),
        "model.joblib": b"\x80\x04\x95" + bytes(20),
        "zlib.joblib": b"\x78\x9c" + bytes(20),
    }


SEEDS: Mapping[str, Callable[[], Files]] = {
    "texts": texts,
    "json lines": json_lines,
    "columnar": columnar,
    "workbooks": workbooks,
    "models": models,
}
