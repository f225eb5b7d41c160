"""Names of models, columns and classes where there is little room; tooltips and tables have them in full."""

from __future__ import annotations

from collections import Counter
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST = 30


def cut(name: str, most: int = LONGEST) -> str:
    """The name, its middle replaced by … where it is longer: names often differ at their ends."""
    if len(name) <= most:
        return name
    tail = (most - 1) // 2
    return f"{name[: most - tail - 1].rstrip()}…{name[-tail:].lstrip()}"


def short(name: str, most: int = LONGEST) -> str:
    """The cut name as HTML that shows it as plain text."""
    return escape(cut(name, most))


def short_names(names: Iterable[str]) -> dict[str, str]:
    """Every name as `short` has it, told apart by numbers where they become the same, as an axis needs."""
    seen: Counter[str] = Counter()
    found = {}
    for name in dict.fromkeys(names):
        brief = short(name)
        seen[brief] += 1
        found[name] = brief if seen[brief] == 1 else f"{brief} ({seen[brief]})"
    return found
