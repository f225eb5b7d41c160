"""Names and values from files as plain text: nothing that a file says is ever interpreted as Markdown or HTML."""

from __future__ import annotations

import re

from evallib.data import plain

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:&])")


def escape(text: str, limit: int = 400) -> str:
    """The text with every character that Markdown could act on escaped, and cut to `limit` characters."""
    return _MARKDOWN.sub(r"\\\1", plain(text, limit))


def counted(count: int, noun: str) -> str:
    """A count with its noun, in the plural where it takes one."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
