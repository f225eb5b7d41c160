"""How much of a file is read before it is refused; every budget can be set by the operator."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from typing import Self

from evallib.core.errors import BadInput


@dataclass(frozen=True)
class Limits:
    """The budgets of one file. The environment variable of `file_bytes` is `EVALLIB_MAX_FILE_BYTES`, and so on.

    file_bytes: the file as it lies on disk.       expanded_bytes: the same after decompression, counted as it flows.
    ratio: expanded to compressed bytes; checked above `FREE_EXPANSION` bytes of text and `FREE_VALUES` of values.
    cells: rows times columns.                     excel_cells: the same for a workbook, whose reader is far slower.
    columns: number of columns.                    cell_bytes: one text, in bytes of UTF-8.
    read_seconds, read_memory_mb: what the process that reads an upload may take; a table that is read in one's own
    process is bounded by the others alone.
    """

    file_bytes: int = 2_000_000_000
    expanded_bytes: int = 8_000_000_000
    ratio: int = 200
    cells: int = 200_000_000
    excel_cells: int = 25_000_000
    columns: int = 2_000
    cell_bytes: int = 32_768
    read_seconds: int = 300
    read_memory_mb: int = 8_192

    @classmethod
    def from_environment(cls) -> Self:
        """The defaults, each replaced by its environment variable where that is set.

        Raises `BadInput` for a value that is no positive whole number.
        """
        return cls(**{name: _whole_number(text) for name, text in _settings().items()})

    @staticmethod
    def variable(field: str) -> str:
        """The name of the environment variable that sets `field`."""
        return f"EVALLIB_MAX_{field.upper()}"


FREE_EXPANSION = 64_000_000
"""Bytes that any compressed file may expand to: a small table of repeated values packs extremely well."""

FREE_VALUES = 256_000_000
"""Bytes that the values of any Parquet or Arrow file may take: a column of one value packs to nothing at all."""


def _settings() -> dict[str, tuple[str, str]]:
    names = {field.name: Limits.variable(field.name) for field in fields(Limits)}
    return {field: (name, os.environ[name]) for field, name in names.items() if os.environ.get(name)}


def _whole_number(setting: tuple[str, str]) -> int:
    name, text = setting
    if not text.isdecimal() or int(text) == 0:
        raise BadInput(f"The environment variable {name} is {text!r}; it must be a whole number above 0.")
    return int(text)
