"""What must hold of the columns of every table, whatever format it comes from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from evallib.data.export import plain
from evallib.data.formats.file import DataFile
from evallib.data.limits import FREE_VALUES

VALUE_BYTES = 8
"""What a number takes in memory."""


def check_names(file: DataFile, names: Sequence[str]) -> None:
    """Raise `BadInput` for too many columns, and for names that occur twice or are longer than a text may be."""
    check_width(file, len(names))
    longest = max(names, key=len, default="")
    if len(longest) > file.limits.cell_bytes:
        raise file.over(
            "cell_bytes", f"has a column name of {len(longest):,} characters, {plain(longest, 30)}; shorten it"
        )
    twice = [plain(name) for name, count in Counter(names).items() if count > 1]
    if twice:
        shown = ", ".join(twice[:5]) + (f" and {len(twice) - 5:,} more" if len(twice) > 5 else "")
        raise file.refusal(f"has more than one column named {shown}; give every column its own name.")


def check_width(file: DataFile, columns: int, has: str = "has") -> None:
    """Raise `BadInput` for too many columns."""
    if columns > file.limits.columns:
        raise file.over(
            "columns",
            f"{has} {columns:,} columns where at most {file.limits.columns:,} can be read; "
            "leave out those that are not needed",
        )


def check_size(file: DataFile, rows: int, columns: int, field: str = "cells") -> None:
    """Raise `BadInput` for a table without rows or with more values than the budget `field` allows."""
    if columns == 0:
        raise file.refusal("has no columns; upload a file with named columns and at least one row.")
    if rows == 0:
        raise file.refusal("has column names but no rows; upload a file with at least one row.")
    allowed = getattr(file.limits, field)
    if rows * columns > allowed:
        raise file.over(
            field,
            f"has {rows:,} rows and {columns:,} columns, more than {allowed:,} values; "
            "leave out columns that are not needed, take a sample of the rows",
        )


def check_expansion(file: DataFile, size: int, of: str = "values") -> None:
    """Raise `BadInput` for values that take `size` bytes in memory, where the file is far too small to hold them."""
    if size > file.limits.expanded_bytes:
        raise file.over("expanded_bytes", f"holds {size:,} bytes of {of}; leave out columns, take a sample of the rows")
    if size > max(FREE_VALUES, file.limits.ratio * file.path.stat().st_size):
        raise file.over(
            "ratio", f"expands to {size:,} bytes of {of}, more than {file.limits.ratio} times its size; save it as CSV"
        )
