"""Names and values from files as plain text: nothing that a file says is ever interpreted as Markdown or HTML."""

from __future__ import annotations

import re
import unicodedata

from evallib.data import plain
from evallib.data.export import INVISIBLE

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:&])")


def escape(text: str, limit: int = 400) -> str:
    """The text with every character that Markdown could act on escaped, and cut to `limit` characters."""
    return _MARKDOWN.sub(r"\\\1", plain(text, limit))


def visible(text: object) -> str:
    """The text with an escape for every character that cannot be seen, bidi marks too, so that names stay distinct.

    For widgets that show plain text; whatever they show is told apart by it, so it is never cut.
    """
    return "".join(
        f"\\u{ord(character):04x}" if unicodedata.category(character) in INVISIBLE else character
        for character in str(text)
    )


def counted(count: int, noun: str) -> str:
    """A count with its noun, in the plural where it takes one."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
