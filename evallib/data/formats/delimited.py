"""CSV and TSV: pyarrow reads the rows, in the dialect of the first lines; a fault is looked for only after one."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pyarrow.csv as arrow_csv

from evallib.data.export import plain
from evallib.data.formats.columns import check_names
from evallib.data.formats.dialect import Dialect, read_dialect
from evallib.data.formats.faults import UNDECODED, find_fault
from evallib.data.formats.file import DataFile
from evallib.data.formats.missing import MISSING

DICTIONARY = 10_000
"""Texts with at most so many distinct values come dictionary-encoded, which costs nothing while they are parsed."""


def read_csv(file: DataFile) -> pa.Table:
    """The rows of a CSV or TSV file, types inferred over all of them; at its peak the text and the table are in memory.

    A byte-order mark decides the encoding, UTF-8 is expected without one. Raises `BadInput` for every other encoding,
    rows with more or fewer values than there are columns, and a quote that is never closed.
    """
    dialect = read_dialect(file)
    check_names(file, dialect.names)
    if any(UNDECODED.search(name) for name in dialect.names):
        raise find_fault(file, dialect)
    try:
        table, watch = _read(file, dialect)
        readable = not watch.nul and not any(_is_bytes(field.type) for field in table.schema)
    except (pa.ArrowInvalid, UnicodeDecodeError) as error:
        raise find_fault(file, dialect) from error
    if not readable:
        raise find_fault(file, dialect)
    watch.check_end(table)
    return table.rename_columns(list(dialect.names))


def _read(file: DataFile, dialect: Dialect) -> tuple[pa.Table, _Watch]:
    try:
        return _parse(file, dialect)
    except _FirstQuoteError:
        return _parse(file, replace(dialect, quotes=True))


def _parse(file: DataFile, dialect: Dialect) -> tuple[pa.Table, _Watch]:
    watch = _Watch(file, dialect)
    with file.stream(watch.see) as stream:
        table = arrow_csv.read_csv(
            stream,
            read_options=arrow_csv.ReadOptions(block_size=dialect.block_size, encoding=dialect.encoding),
            parse_options=arrow_csv.ParseOptions(delimiter=dialect.delimiter, newlines_in_values=dialect.quotes),
            convert_options=arrow_csv.ConvertOptions(
                null_values=list(MISSING),
                strings_can_be_null=True,
                auto_dict_encode=True,
                auto_dict_max_cardinality=DICTIONARY,
                decimal_point=dialect.decimal,
            ),
        )
    return table, watch


class _FirstQuoteError(Exception):
    """A quote came after many lines without one, so that a line break may be inside a value from here on.

    Lines are split a third faster as long as none can be.
    """


class _Watch:
    """What is looked for in the bytes while they flow by."""

    def __init__(self, file: DataFile, dialect: Dialect) -> None:
        self._file = file
        self._dialect = dialect
        self._lines = 0
        self._tail = b""
        self.nul = False

    def see(self, block: bytes) -> None:
        """Count lines and note what is odd; raise `BadInput` for too many."""
        if not self._dialect.quotes and b'"' in block:
            raise _FirstQuoteError
        limit = self._file.limits.cells
        self._lines += block.count(b"\n")
        if self._lines * len(self._dialect.names) > limit + len(self._dialect.names):
            raise self._file.over(
                "cells",
                f"has more than {limit:,} values (rows times columns); "
                "leave out columns that are not needed, take a sample of the rows",
            )
        self.nul = self.nul or (self._dialect.encoding == "utf-8" and b"\0" in block)
        self._tail = (self._tail + block[-8:])[-8:]

    def check_end(self, table: pa.Table) -> None:
        """Raise `BadInput` where the last value ran to the end of the file for want of a closing quote."""
        column = table.column(table.num_columns - 1)
        last = column[-1].as_py() if table.num_rows else None
        if isinstance(last, str) and "\n" in last and b'"' not in self._tail.rstrip(b"\r\n\t \0")[-2:]:
            raise self._file.refusal(
                f"opens a quote in column {plain(self._dialect.names[-1])} that is never closed, "
                f"before {plain(last, 40)!r}; close it, or double the quotes inside values."
            )


def _is_bytes(kind: pa.DataType) -> bool:
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))
