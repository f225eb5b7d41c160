"""What is told of a rule while it is typed: how many rows it chooses, or where and why it cannot be read."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from evallib.core.errors import BadInput, BadRule
from evallib.core.named_rules import named_rule
from evallib.core.rules import parse_rule

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 40
"""Characters that are shown on either side of what is wrong in a rule, and twice as many of that itself."""

Verdict = dict[str, Any]
"""rows: how many it chooses.   error: why it cannot be used.   around: the rule before, at and after what is wrong."""


def verdict(text: str, columns: Collection[str], table: pd.DataFrame | None = None, *, named: bool = False) -> Verdict:
    """What is to be said of a rule over these columns: its error, or how many rows of the table it chooses.

    named: it may have a name before it. Nothing is said of a rule that can be read where there is no table.
    """
    try:
        rule = parse_rule(named_rule(text).rule if named else text, columns)
        return {} if table is None else {"rows": int(rule.mask(table).sum())}
    except BadRule as error:
        return {"error": f"{error.why[:1].upper()}{error.why[1:]}.", "around": _around(error)}
    except BadInput as error:
        return {"error": str(error)}


def _around(error: BadRule) -> list[str]:
    """The rule before, at and after the place, cut where it is far away; what is missing at the end is …."""
    start, end = error.place
    before, at, after = error.text[:start], error.text[start:end], error.text[end:]
    if len(before) > SHOWN:
        before = "…" + before[-SHOWN:]
    if len(at) > 2 * SHOWN:
        at, after = at[: 2 * SHOWN] + "…", ""
    if len(after) > SHOWN:
        after = after[:SHOWN] + "…"
    return [before, at or "…", after]
