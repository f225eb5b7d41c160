"""Excel workbooks: the first sheet, by calamine, after the archive was measured without trusting its directory."""

from __future__ import annotations

import datetime as dt
import re
import string
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from python_calamine import CalamineError, CalamineWorkbook

from evallib.core.evaluation_set import class_name
from evallib.data.formats.columns import check_names, check_size
from evallib.data.formats.file import DataFile
from evallib.data.formats.missing import MISSING
from evallib.data.limits import FREE_EXPANSION

Cell = int | float | str | bool | dt.time | dt.date | dt.datetime | dt.timedelta | None

REFERENCE = re.compile(rb"""r\s*=\s*["']([A-Za-z]{0,7}\d{1,10})["']""")
LETTERS, DIGITS = string.ascii_uppercase.encode(), string.digits.encode()
CHUNK = 1 << 20
LONGEST_REFERENCE = 40


def read_excel(file: DataFile) -> pa.Table:
    """The first sheet of an .xlsx, .xlsm or .xls workbook; its first row that is not empty names the columns.

    Raises `BadInput` for a damaged or locked workbook and for one over its budgets.
    """
    if zipfile.is_zipfile(file.path):
        _measure(file)
    try:
        with file.path.open("rb") as raw, CalamineWorkbook.from_filelike(raw) as workbook:
            sheet = workbook.get_sheet_by_index(0)
            check_size(file, max(sheet.height, 1), max(sheet.width, 1), "excel_cells")
            rows: list[list[Cell]] = sheet.to_python()
    except (CalamineError, OSError, ValueError, IndexError) as error:
        raise file.refusal(
            "cannot be read as an Excel workbook; remove its password, or save it again as .xlsx or CSV."
        ) from error
    if not rows:
        raise file.refusal("is empty in its first sheet; put the table there, with a row of column names.")
    header, *body = rows
    names = [_name(cell, number) for number, cell in enumerate(header)]
    check_names(file, names)
    check_size(file, len(body), len(names), "excel_cells")
    return pa.table({name: _column(cells) for name, cells in zip(names, zip(*body, strict=True), strict=True)})


def _name(cell: Cell, number: int) -> str:
    text = class_name(cell)
    return text if text.strip() else f"Unnamed: {number}"


def _column(cells: Sequence[Cell]) -> pa.Array[Any]:
    """The cells of a column as one type: truth values, whole numbers, numbers, dates, or else texts."""
    values = [None if isinstance(cell, str) and cell in MISSING else cell for cell in cells]
    kinds = {type(value) for value in values if value is not None}
    if kinds == {bool}:
        return pa.array(values, pa.bool_())
    if kinds and kinds <= {int, float}:
        numbers = pa.array(values, pa.float64())
        whole = all(value is None or float(value).is_integer() for value in values)  # type: ignore[arg-type]
        return numbers.cast(pa.int64(), safe=False) if whole and _fits(values) else numbers
    if kinds and kinds <= {dt.date, dt.datetime}:
        return pa.array(values, pa.timestamp("us"))
    return pa.array([None if value is None else class_name(value) for value in values], pa.string())


def _fits(values: Sequence[Cell]) -> bool:
    return all(value is None or abs(value) < 2**53 for value in values if isinstance(value, int | float))


def _measure(file: DataFile) -> None:
    """Raise `BadInput` for a workbook that unpacks to too much, or whose cells span too large a sheet.

    What the archive says of its own sizes may be wrong, and a single cell in the last corner of a sheet makes the
    reader ask for 500 GB, so both are measured by unpacking.
    """
    limits = file.limits
    left = min(limits.expanded_bytes, max(FREE_EXPANSION, limits.ratio * file.path.stat().st_size))
    try:
        with zipfile.ZipFile(file.path) as archive:
            for entry in archive.infolist():
                left -= _measure_entry(file, inflated(file.path, entry), left)
    except (zipfile.BadZipFile, zlib.error, struct.error, OSError, ValueError, NotImplementedError) as error:
        raise file.refusal("is a damaged Excel workbook; save it again as .xlsx or CSV.") from error


def _measure_entry(file: DataFile, chunks: Iterator[bytes], left: int) -> int:
    """The unpacked size of one part of the workbook, whichever it is: any of them can be made to be the sheet."""
    size, row, column, before = 0, 1, 1, b""
    for chunk in chunks:
        size += len(chunk)
        if size > left:
            raise file.over("expanded_bytes", "unpacks to far more than a workbook should hold; save it as CSV")
        references = b" ".join(REFERENCE.findall(before + chunk)).upper()
        row = max([row, *map(int, references.translate(None, LETTERS).split())])
        column = max([column, *map(_column_number, set(references.translate(None, DIGITS).split()))])
        check_size(file, row, column, "excel_cells")
        before = chunk[-LONGEST_REFERENCE:]
    return size


def _column_number(letters: bytes) -> int:
    """1 for A, 27 for AA, 0 for none."""
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number


def inflated(path: Path, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """The content of a zip entry in pieces, as long as it really is."""
    with path.open("rb") as raw:
        raw.seek(entry.header_offset)
        name, extra = struct.unpack("<26x2H", raw.read(30))
        raw.seek(name + extra, 1)
        inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        left = entry.compress_size
        while left > 0 and (packed := raw.read(min(CHUNK, left))):
            left -= len(packed)
            if entry.compress_type == zipfile.ZIP_STORED:
                yield packed
            while entry.compress_type == zipfile.ZIP_DEFLATED and packed:
                yield inflate.decompress(packed, CHUNK)
                packed = inflate.unconsumed_tail
