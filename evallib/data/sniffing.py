"""Which format a file has, by its content, checked against what its name says."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePath
from typing import Literal

from evallib.data.formats.file import Codec, DataFile

Format = Literal["csv", "json", "parquet", "arrow", "excel"]

CODECS: Mapping[str, Codec] = {".gz": "gzip", ".zst": "zstd"}
FORMATS: Mapping[str, Format] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".tab": "csv",
    ".txt": "csv",
    ".jsonl": "json",
    ".ndjson": "json",
    ".json": "json",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".feather": "arrow",
    ".arrow": "arrow",
    ".ipc": "arrow",
    ".arrows": "arrow",
    ".xlsx": "excel",
    ".xlsm": "excel",
    ".xls": "excel",
}
"""The format that a file ending stands for."""

EXTENSIONS = (*FORMATS, *(f"{text}{codec}" for text in (".csv", ".tsv", ".jsonl", ".ndjson") for codec in CODECS))
"""Every ending that can be read, for file choosers."""

READABLE = "CSV, TSV, JSON Lines (also as .gz or .zst), Parquet, Feather, Arrow and Excel files can be read"

TITLES: Mapping[Format, str] = {
    "csv": "CSV text",
    "json": "JSON",
    "parquet": "a Parquet file",
    "arrow": "an Arrow file",
    "excel": "an Excel workbook",
}

GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
MAGIC: tuple[tuple[bytes, Format], ...] = (
    (b"PAR1", "parquet"),
    (b"ARROW1", "arrow"),
    (b"\xff\xff\xff\xff", "arrow"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "excel"),
)
FOREIGN: tuple[tuple[bytes, str], ...] = (
    (b"PARE", "an encrypted Parquet file; export it without encryption"),
    (b"FEA1", "a Feather file of version 1; write it again as version 2"),
    (b"BZh", "a bzip2 archive; unpack it, or pack it as .gz or .zst"),
    (b"\xfd7zXZ", "an xz archive; unpack it, or pack it as .gz or .zst"),
    (b"7z\xbc\xaf", "a 7z archive; unpack it, or pack it as .gz or .zst"),
    (b"\x80", "a Python pickle; save the table as CSV or Parquet"),
    (b"\x93NUMPY", "a NumPy array; save it as CSV or Parquet with column names"),
    (b"\x89HDF", "an HDF5 file; save the table as CSV or Parquet"),
    (b"SQLite format 3", "an SQLite database; export the table as CSV or Parquet"),
    (b"%PDF", "a PDF document; export the table as CSV"),
    (b"\x89PNG", "an image; upload a table"),
)
HEAD = 4096
BINARY = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]|\0{4}")
"""Bytes that no text in UTF-8, Latin-1 or UTF-16 is likely to hold."""

BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def detect(file: DataFile) -> tuple[Format, DataFile]:
    """The format of `file`, and `file` with its compression.

    Raises `BadInput` where the content cannot be read, or is of another format than the name says.
    """
    with file.path.open("rb") as raw:
        start = raw.read(HEAD)
    file = replace(file, codec=_codec(start))
    said, said_codec = named(file.name)
    if said_codec and not file.codec:
        raise file.refusal(f"is no {said_codec} archive although its name says so; give it its own ending.")
    found = _format(file, start)
    if said and found != said:
        raise file.refusal(
            f"is not {TITLES[said]} although its name says so: its content looks like {TITLES[found]}; "
            f"give it the right ending or export it again."
        )
    return found, file


def named(name: str) -> tuple[Format | None, Codec | None]:
    """The format and the compression that a file name stands for; None where it says nothing of it."""
    path = PurePath(name.lower())
    codec = CODECS.get(path.suffix)
    return FORMATS.get((path.with_suffix("") if codec else path).suffix), codec


def _codec(start: bytes) -> Codec | None:
    if start.startswith(GZIP):
        return "gzip"
    return "zstd" if start.startswith(ZSTD) else None


def _format(file: DataFile, start: bytes) -> Format:
    if file.codec:
        start = file.head(HEAD)
        if not start:
            raise file.refusal("is empty; upload a file with a line of column names and at least one row.")
    binary = _binary_format(file, start)
    if binary and file.codec:
        raise file.refusal(f"is {TITLES[binary]} inside a {file.codec} archive; unpack it first.")
    return binary or _text_format(file, start)


def _binary_format(file: DataFile, start: bytes) -> Format | None:
    for magic, description in FOREIGN:
        if start.startswith(magic):
            raise file.refusal(f"is {description}.")
    if start.startswith(b"PK\x03\x04"):
        return _zip_format(file)
    return next((found for magic, found in MAGIC if start.startswith(magic)), None)


def _zip_format(file: DataFile) -> Format:
    try:
        with zipfile.ZipFile(file.path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, UnicodeError):
        names = set()
    if "xl/workbook.xml" not in names:
        raise file.refusal(
            "is a damaged workbook or some other zip archive; unpack it, or save the workbook again as .xlsx."
        )
    return "excel"


def _text_format(file: DataFile, start: bytes) -> Format:
    if not start.startswith(BOMS):
        if start[:8:2].count(0) == 4 or start[1:8:2].count(0) == 4:
            raise file.refusal("is UTF-16 text without a byte-order mark; save it as UTF-8.")
        if BINARY.search(start):
            raise file.refusal(f"is binary data of an unknown kind; {READABLE}.")
    stripped = start.removeprefix(BOMS[0]).lstrip()
    return "json" if stripped.startswith((b"{", b"[")) else "csv"
