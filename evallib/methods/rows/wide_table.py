"""The rows as a table: what a model says of each, its rare values, and every column of the data."""

from __future__ import annotations

import pandas as pd

RARE = 0.02
"""A value that at most so many of the rows match or outdo is named as rare."""

NAMED = 3
"""The most rare values of a row that are named."""


def wide_table(rows: pd.DataFrame, values: pd.DataFrame) -> pd.DataFrame:
    """A row of the table for each row of a model, in their order; columns that have nothing to say are left out.

    rows: some of a result's `rows`.    values: its `values` of these rows.
    """
    regression = rows["residual"].notna().any()
    told = rows.drop(columns=["model", "apart"]).assign(rare_values=_rare(rows, values))
    told["group"] = told["group"].astype("Int64").where(told["group"] > 0)
    if regression:
        told = told.astype({"truth": float, "predicted": float})
    unused = {
        "id": (rows["id"] == "").all(),
        "residual": not regression,
        "wrong": regression or rows["wrong"].all(),
        "confidence": rows["confidence"].isna().all(),
        "suggested": (rows["suggested"] == "").all(),
        "group": (rows["group"] == 0).all(),
    }
    told = told.drop(columns=[name for name, empty in unused.items() if empty])
    told = told.rename(columns={"suggested": "suggested_label", "group": "twin_group"})
    order = ["row", *(name for name in told.columns if name not in {"row", "unusual", "rare_values"})]
    told = told[[*order, "rare_values", "unusual"]]
    columns = pd.unique(values["column"])
    wide = values.pivot(index="row", columns="column", values="value").reindex(index=rows["row"], columns=columns)
    wide.columns = pd.Index([_apart(name, told.columns) for name in columns])
    return pd.concat([told, wide.reset_index(drop=True)], axis=1)


def _apart(name: str, taken: pd.Index) -> str:
    """The name of a column of the data, told apart from those of the table."""
    while name in taken:
        name = f"{name} (data)"
    return name


def _rare(rows: pd.DataFrame, values: pd.DataFrame) -> list[str]:
    """The rarest values of each row, such as "age 90 (0.2 %)"."""
    rare = values[values["tail"] <= RARE].sort_values("tail", kind="stable").groupby("row", sort=False).head(NAMED)
    told: dict[int, list[str]] = {}
    parts = zip(rare["row"], rare["column"], rare["value"].fillna("missing"), rare["tail"], strict=True)
    for row, column, value, tail in parts:
        told.setdefault(row, []).append(f"{column} {value} ({share_text(tail)})")
    return [", ".join(told.get(row, [])) for row in rows["row"]]


def share_text(tail: float) -> str:
    """A share of rows in percent."""
    return f"{100 * tail:.2g} %" if tail >= 0.0001 else "under 0.01 %"
