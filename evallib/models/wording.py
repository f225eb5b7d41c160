"""Names of columns and classes in sentences."""

from __future__ import annotations

from collections.abc import Collection

from evallib.models.card import one_line

MOST_NAMED = 5
"""How many columns or classes a sentence names before it says "and n more"."""

NAMED = 80
"""Characters of a name that a sentence holds; names come from files, and from models that may lie."""


def listed(names: Collection[str], total: int | None = None, *, quote: bool = True) -> str:
    """The first names with commas and "and", then how many more of `total` there are.

    quote: False where they are quoted already.
    """
    shown = [f'"{one_line(name, NAMED)}"' if quote else name for name in list(names)[:MOST_NAMED]]
    more = (total or len(names)) - len(shown)
    if more:
        return f"{', '.join(shown)} and {more:,} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
