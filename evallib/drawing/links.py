"""Where the points of a chart lead: to the rows of a slice, or to those that the page Rows shows.

A link is the rule of a slice, or a question mark and settings of the page Rows; an empty one leads nowhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

if TYPE_CHECKING:
    from collections.abc import Mapping

SETTINGS = "?"


def to_rows(**settings: str) -> str:
    """The link to the page Rows with these settings of its view, such as model, truth and predicted."""
    return SETTINGS + urlencode(settings)


def settings_of(link: str) -> Mapping[str, str] | None:
    """The settings that a link names; None where it is a rule."""
    return dict(parse_qsl(link.removeprefix(SETTINGS))) if link.startswith(SETTINGS) else None
