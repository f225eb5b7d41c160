"""Text that is safe to hand on: CSV whose cells no spreadsheet runs as a formula, and names fit for display."""

from __future__ import annotations

import csv
import re
import unicodedata

import pandas as pd

FORMULA = re.compile(r"^[\t\r\n]|^[\s\0\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]")
"""What a spreadsheet takes for the start of a formula, fullwidth = + - @ included (OWASP, CSV injection).

Some pass over what cannot be seen before it, such as a byte-order mark at the start of a file.
"""

PLAIN_NUMBER = re.compile(r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$", re.ASCII)

INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
"""The Unicode categories that are no text to look at: control, format (bidi marks), surrogates, private use."""


def to_csv(table: pd.DataFrame) -> bytes:
    """The table as UTF-8 CSV without its index; texts and headers that would be formulae start with an apostrophe.

    Texts that are plain numbers ("-5", "+1e3") stay as they are, and so does everything that is no text. All texts are
    in quotes: neither a semicolon, which some spreadsheets split at, nor a carriage return in them begins a new cell.
    """
    safe = pd.DataFrame({number: _neutral(table.iloc[:, number]) for number in range(table.shape[1])})
    safe.columns = pd.Index([_neutral_text(str(name)) for name in table.columns])
    return safe.to_csv(index=False, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC).encode("utf-8", errors="replace")


def plain(text: object, limit: int = 80) -> str:
    """`text` on one line for display: no control or bidi characters, white space collapsed, cut to `limit` characters.

    It is still plain text: whoever puts it into HTML or Markdown escapes it there.
    """
    shown = "".join(
        " " if character.isspace() else character
        for character in str(text)
        if character in "\t\n\r" or unicodedata.category(character) not in INVISIBLE
    )
    shown = " ".join(shown.split())
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def _neutral(column: pd.Series) -> pd.Series:
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.cat.categories.dtype)
    if not pd.api.types.is_object_dtype(column) and not pd.api.types.is_string_dtype(column):
        return column
    return column.map(lambda cell: _neutral_text(cell) if isinstance(cell, str) else cell, na_action="ignore")


def _neutral_text(text: str) -> str:
    return f"'{text}" if FORMULA.match(text) and not PLAIN_NUMBER.match(text) else text
