"""Names and values from files as plain text: nothing that a file says is ever interpreted as Markdown or HTML."""

from __future__ import annotations

import re

from evallib.data import plain

UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
"""Control and format characters, the marks that turn the direction of a text among them."""

WORD_JOINER = "\u2060"

_LINK = re.compile(r"(?<=[wW]{3})(?=\.)|(?<=:)(?=//)|(?<=@)")
"""Where an address is broken by a character without width: no escape keeps Markdown from making it a link."""

_NAME = re.compile(r"[^\W_]([\w ,()+.-]*\w)?")
_EMPHASIS = re.compile(r"(?<!\w)_|_(?!\w)|^\d+[.)]|www\.", re.IGNORECASE)

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:&])")


def escape(text: str, limit: int = 400) -> str:
    """The text with every character that Markdown could act on escaped, and cut to `limit` characters."""
    return _MARKDOWN.sub(r"\\\1", _LINK.sub(WORD_JOINER, plain(text, limit)))


def label(name: str) -> str:
    """The name for a widget that reads Markdown: as it is where it holds none, for the sake of the address."""
    return name if _NAME.fullmatch(name) and not _EMPHASIS.search(name) else escape(name)


def visible(text: object) -> str:
    """The text with an escape for every character that cannot be seen, bidi marks too, so that names stay distinct.

    For widgets that show plain text; whatever they show is told apart by it, so it is never cut.
    """
    return UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", str(text))


def counted(count: int, noun: str) -> str:
    """A count with its noun, in the plural where it takes one."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
