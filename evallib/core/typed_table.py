"""Tables of rows that were worked out one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


def typed_table(
    rows: Sequence[Mapping[str, object]], names: Iterable[str], kinds: Mapping[str, str], otherwise: str = "float64"
) -> pd.DataFrame:
    """A table with these columns, each of the type that `kinds` names for it, or of `otherwise`; also without any row.

    Raises `KeyError` where a row lacks a column.
    """
    return pd.DataFrame(
        {name: pd.Series([row[name] for row in rows], dtype=kinds.get(name, otherwise)) for name in names}
    )
