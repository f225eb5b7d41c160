"""How a delimited text is written, read off its first lines."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

from evallib.data.formats.columns import check_width
from evallib.data.formats.file import BLOCK, DataFile

DELIMITERS = ",\t;|"
BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
DECIMAL_POINT = re.compile(r"[+-]?\d+\.\d+")
HEAD = 1 << 20
LINES = 50


@dataclass(frozen=True)
class Dialect:
    """The delimiter, the encoding, the decimal mark, the names of the columns, and whether there are quotes."""

    delimiter: str
    encoding: str
    decimal: str
    names: tuple[str, ...]
    quotes: bool

    @property
    def block_size(self) -> int:
        """How many bytes are parsed at a time; no row may be longer."""
        return max(BLOCK, len(self.names) << 14)


def read_dialect(file: DataFile) -> Dialect:
    """The dialect of a file. Raises `BadInput` where it is empty or has nothing below its header."""
    head = file.head(HEAD)
    encoding = next((name for mark, name in BOMS if head.startswith(mark)), "utf-8")
    lines = _first_lines(file, head, encoding)
    delimiter = _delimiter(lines)
    names, *rows = _rows(lines, delimiter)
    return Dialect(delimiter, encoding, _decimal(delimiter, rows), _named(names), quotes=b'"' in head)


def _first_lines(file: DataFile, head: bytes, encoding: str) -> list[str]:
    text = head.decode(encoding, errors="surrogateescape" if encoding == "utf-8" else "replace")
    lines = list(io.StringIO(text.removeprefix("\ufeff"), newline=None))
    whole = len(head) < HEAD
    filled = [line for line in (lines if whole else lines[:-1]) if line.strip()]
    if not filled and not whole:
        check_width(file, 1 + max(map(text.count, DELIMITERS)), "has at least")
        raise file.refusal("has no line break in its first 1,000,000 characters; check that it is a CSV file.")
    if not filled:
        raise file.refusal("is empty; upload a file with a line of column names and at least one row.")
    if whole and len(filled) == 1:
        raise file.refusal("has column names but no rows; upload a file with at least one row.")
    return filled[:LINES]


def _named(names: Sequence[str]) -> tuple[str, ...]:
    """The header's names; a column without one is called as pandas calls it."""
    return tuple(name if name.strip() else f"Unnamed: {number}" for number, name in enumerate(names))


def _delimiter(lines: list[str]) -> str:
    """The delimiter with which most rows are as wide as the header, the one of the widest header among equals."""
    scores = []
    for delimiter in DELIMITERS:
        widths = [len(row) for row in _rows(lines, delimiter)]
        alike = sum(width == widths[0] for width in widths) / len(widths)
        scores.append((widths[0] > 1, alike, widths[0], delimiter))
    split, _, _, delimiter = max(scores, key=lambda score: score[:3])
    return delimiter if split else ","


def _rows(lines: list[str], delimiter: str) -> list[list[str]]:
    try:
        return [row for row in csv.reader(lines, delimiter=delimiter) if row]
    except csv.Error:
        return [line.rstrip("\r\n").split(delimiter) for line in lines]


def _decimal(delimiter: str, rows: list[list[str]]) -> str:
    """A comma where values are delimited otherwise and more of them are written as 1,5 than as 1.5."""
    cells = [cell for row in rows for cell in row]
    commas = sum(DECIMAL_COMMA.fullmatch(cell) is not None for cell in cells)
    points = sum(DECIMAL_POINT.fullmatch(cell) is not None for cell in cells)
    return "," if delimiter != "," and commas > points else "."
