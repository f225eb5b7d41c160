"""What must hold of the columns of every table, whatever format it comes from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from evallib.data.export import plain
from evallib.data.formats.file import DataFile


def check_names(file: DataFile, names: Sequence[str]) -> None:
    """Raise `BadInput` for too many columns and for names that occur twice."""
    if len(names) > file.limits.columns:
        raise file.over(
            "columns",
            f"has {len(names):,} columns where at most {file.limits.columns:,} can be read; "
            "leave out those that are not needed",
        )
    twice = [plain(name) for name, count in Counter(names).items() if count > 1]
    if twice:
        shown = ", ".join(twice[:5]) + (f" and {len(twice) - 5:,} more" if len(twice) > 5 else "")
        raise file.refusal(f"has more than one column named {shown}; give every column its own name.")


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
