"""Where a delimited text cannot be read: the line, the column, and what to do."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import cast

from evallib.core.errors import BadInput
from evallib.data.export import plain
from evallib.data.formats.dialect import Dialect
from evallib.data.formats.file import DataFile

UNDECODED = re.compile("[\udc80-\udcff]")
"""What Python's surrogateescape makes of a byte that is no UTF-8."""


def find_fault(file: DataFile, dialect: Dialect) -> BadInput:
    """The error that names the first line that cannot be read. The rows are read slowly: they are read in vain."""
    rows = csv.reader(_lines(file, dialect), delimiter=dialect.delimiter)
    try:
        for row in rows:
            if row and (fault := _row_fault(row, dialect, rows.line_num)):
                return file.refusal(fault)
    except UnicodeError:
        return file.refusal(f"has damaged {dialect.encoding.upper()} text; save it as UTF-8.")
    except csv.Error:
        pass
    return file.refusal(
        f"has a value or a row near line {rows.line_num:,} that is too long to be one; close the quote that is "
        "opened there, or check that the file is CSV."
    )


def _lines(file: DataFile, dialect: Dialect) -> Iterator[str]:
    utf8 = dialect.encoding == "utf-8"
    with file.stream() as stream:
        text = io.TextIOWrapper(
            io.BufferedReader(cast("io.RawIOBase", stream)),
            encoding="utf-8-sig" if utf8 else dialect.encoding,
            errors="surrogateescape" if utf8 else "strict",
            newline="",
        )
        # A line that is too long to be one is a fault by its first part, and never held in memory.
        while line := text.readline(dialect.block_size):
            yield line


def _row_fault(row: list[str], dialect: Dialect, line: int) -> str | None:
    for name, cell in zip(dialect.names, row, strict=False):
        if found := UNDECODED.search(cell):
            return (
                f"is not UTF-8 text: line {line:,} has the byte 0x{ord(found[0]) - 0xDC00:02X} in column "
                f"{plain(name)}; it is probably Latin-1 or Windows-1252, save it as UTF-8."
            )
        if "\0" in cell:
            return f"has a NUL character in line {line:,}, column {plain(name)}; remove it or export the file again."
    if len(row) != len(dialect.names):
        values = f"{len(row):,} value{'s' if len(row) > 1 else ''}"
        return (
            f"has {values} in line {line:,} where its header names {len(dialect.names):,} columns; correct "
            "that line, or put values that contain the delimiter in quotes."
        )
    return None
