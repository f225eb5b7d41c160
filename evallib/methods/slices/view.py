"""Which slices are drawn, of which models, in which order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from evallib.core.metrics import METRICS, Metric
from evallib.core.named_rules import folder_of, within
from evallib.core.params import View
from evallib.core.slice_scores import SliceMetric
from evallib.core.slices import OWN
from evallib.drawing.display import MOST_PINS
from evallib.drawing.names import cut
from evallib.methods.slices.pins import pinned_rows

if TYPE_CHECKING:
    from evallib.methods.slices.compute import SlicesResult

SHOWN = MOST_PINS
"""The most slices that a chart shows; the table behind it has them too, the full table has all."""

PREFERRED = ("roc_auc", "accuracy", "rmse")


class SlicesView(View):
    """Which slices are drawn, of which models."""

    metric: Literal["automatic", SliceMetric] = Field(
        "automatic", title="Metric", description="Automatic: ROC AUC, else accuracy; RMSE of a regression."
    )
    column: str | None = Field(
        None, title="Column", description="Automatic: all columns.", json_schema_extra={"widget": "column"}
    )
    folder: str | None = Field(
        None,
        title="Folder",
        description="Own slices of a folder and of those in it. Automatic: all slices.",
        json_schema_extra={"widget": "folder"},
    )
    made_of: Literal["columns", "truth and answers"] = Field(
        "columns",
        title="Slices of",
        description="Columns: of the data, and own rules. Truth and answers, where the settings ask for them: the "
        "classes, and each model's answers and confidence; metrics differ there by themselves, so that models are "
        "compared only by class.",
    )
    first: str | None = Field(
        None, title="Model A", description="Automatic: a candidate.", json_schema_extra={"widget": "model"}
    )
    second: str | None = Field(
        None, title="Model B", description="Automatic: what A is compared with.", json_schema_extra={"widget": "model"}
    )
    minimum: int = Field(30, ge=1, le=1_000_000, title="Rows at least", description="Smaller slices are not drawn.")
    sort: Literal["worst", "most rows", "A against B", "column"] = Field(
        "worst",
        title="Order",
        description="Worst: where A falls short of its rest the most, small slices drawn towards none by their noise. "
        "A against B: where A loses to B the most.",
    )
    pinned: tuple[str, ...] = Field(
        (),
        max_length=MOST_PINS,
        title="Pinned slices",
        description="Those that the charts show instead, as chosen in the table of every slice. They stay whatever "
        "column, folder, order and size are asked for.",
        json_schema_extra={"widget": "pinned"},
    )


@dataclass(frozen=True, eq=False)
class Scene:
    """What is drawn of a result.

    every: all slices that are large enough, in the chosen order: column, slice, rule, n and model A's numbers.
    pinned: True where a reader chose the slices that are drawn.
    rows: the chosen metric of the chosen models in these slices, or in every one where none is pinned.
    order: the slices that are drawn, numbered from 0, with what `every` has of them: those pinned, or the first ones.
    pairs: the compared pair's rows, first minus second, of every metric; empty where the two were not compared.
    """

    metric: Metric
    models: list[str]
    every: pd.DataFrame
    pinned: bool
    rows: pd.DataFrame
    order: pd.DataFrame
    pairs: pd.DataFrame

    @classmethod
    def of(cls, result: SlicesResult, view: SlicesView) -> Scene:
        """What the view asks for, as far as the result has it."""
        there = result.slices["metric"].unique()
        metric = METRICS[next(key for key in (view.metric, *PREFERRED, *METRICS) if key in there)]
        models = _models(result, view)
        rows = result.slices[(result.slices["metric"] == metric.key) & result.slices["model"].isin(models)]
        near = _narrowed(rows, view)
        every = _side_by_side(near, models).sort_values(**_order(view, metric), kind="stable").reset_index(drop=True)
        pinned = pinned_rows(rows, view.pinned) if view.pinned else rows.head(0)
        pairs = _pairs(result.pairs, models)
        if pinned.empty:
            return cls(metric, models, every, pinned=False, rows=near, order=every.head(SHOWN), pairs=pairs)
        order = _side_by_side(pinned, models).reset_index(drop=True)
        return cls(metric, models, every, pinned=True, rows=pinned, order=order, pairs=pairs)

    def names(self, longest: int) -> list[str]:
        """Column and slice of the chosen ones, in so many characters."""
        pairs = zip(self.order["column"], self.order["slice"], strict=True)
        return [f"{cut(column, longest // 2)}: {cut(name, longest // 2)}" for column, name in pairs]

    @property
    def shown(self) -> pd.DataFrame:
        """The chosen slices of both models, in order."""
        places = self.order[KEYS].assign(place=self.order.index)
        return self.rows.merge(places, on=KEYS).sort_values(["place", "model"]).drop(columns="place")

    def of_model(self, model: str) -> pd.DataFrame:
        """The chosen slices of a model; the index is the place of a slice."""
        rows = self.rows[self.rows["model"] == model]
        return _placed(self.order, rows)

    @property
    def apart(self) -> pd.DataFrame:
        """Model A minus model B in the chosen slices; the index is the place of a slice."""
        rows = self.pairs[self.pairs["metric"] == self.metric.key]
        if rows.empty:
            unknown = dict.fromkeys(("lower", "upper", "p_value", "q_value"), np.nan)
            return self.order.assign(difference=self.order["apart"], **unknown)[[*KEYS, "n", *APART]]
        return _placed(self.order, rows)[[*KEYS, "n", *APART]]

    @property
    def apart_by_metric(self) -> pd.DataFrame:
        """The pair's difference by every metric in the chosen slices, and how far beyond noise; above 0 is better."""
        near = self.pairs[self.pairs["column"].isin(self.order["column"])]
        rows = near.merge(self.order[KEYS].assign(row=self.order.index), on=KEYS)
        signs = rows["metric"].map({key: 1.0 if metric.higher_is_better else -1.0 for key, metric in METRICS.items()})
        signs = signs.astype(float)
        half = ((rows["upper"] - rows["lower"]) / 2).replace(0, np.nan)
        rows = rows.assign(noise=signs * rows["difference"] / half)
        return rows[["metric", *KEYS, "row", "n", *APART, "noise", "rule"]]


def folders(rows: pd.DataFrame) -> list[str]:
    """The folder of every slice in a table; empty for slices of columns, and for own ones that lie in none."""
    own = zip(rows["column"] == OWN, rows["slice"], rows["rule"], strict=True)
    return [folder_of(name, rule) if is_own else "" for is_own, name, rule in own]


KEYS = ["column", "slice"]
APART = ["difference", "lower", "upper", "p_value", "q_value"]


def _models(result: SlicesResult, view: SlicesView) -> list[str]:
    """Models A and B: those that are asked for, else a candidate and what it is compared with."""
    there = result.slices["model"].unique()
    compared = [*result.pairs["model"].head(1), *result.pairs["reference"].head(1)]
    asked = [name for name in (view.first, view.second, *compared, *there) if name in there]
    return list(dict.fromkeys(asked))[:2]


def _narrowed(rows: pd.DataFrame, view: SlicesView) -> pd.DataFrame:
    """The rows of the kind, the column, the folder and the size that the view asks for."""
    of_data = rows["made_of"] == "data"
    rows = rows[of_data if view.made_of == "columns" or of_data.all() else ~of_data]
    if view.column is not None:
        rows = rows[rows["column"] == view.column]
    if view.folder is not None:
        rows = rows[np.array([within(folder, view.folder) for folder in folders(rows)], dtype=bool)]
    return rows[(rows["n"] >= view.minimum) & rows["value"].notna()]


def _side_by_side(rows: pd.DataFrame, models: list[str]) -> pd.DataFrame:
    wide = rows[rows["model"] == models[0]].drop(columns=["model", "metric"])
    if len(models) == 1:
        return wide.assign(apart=np.nan)
    other = rows[rows["model"] == models[1]][[*KEYS, "value"]].rename(columns={"value": "other"})
    wide = wide.merge(other, on=KEYS, how="left")
    return wide.assign(apart=wide["value"] - wide["other"])


def _order(view: SlicesView, metric: Metric) -> dict[str, Any]:
    worst_first = metric.higher_is_better
    by: dict[str, tuple[list[str], list[bool]]] = {
        "worst": (["shrunk", "difference"], [worst_first, worst_first]),
        "most rows": (["n"], [False]),
        "A against B": (["apart"], [worst_first]),
        "column": (KEYS, [True, True]),
    }
    names, ascending = by[view.sort]
    return {"by": names, "ascending": ascending}


def _pairs(pairs: pd.DataFrame, models: list[str]) -> pd.DataFrame:
    """The rows of a pair, turned round where it was compared the other way."""
    if len(models) < 2:
        return pairs.head(0)
    as_is = pairs[(pairs["model"] == models[0]) & (pairs["reference"] == models[1])]
    if len(as_is):
        return as_is
    turned = pairs[(pairs["model"] == models[1]) & (pairs["reference"] == models[0])]
    return turned.assign(difference=-turned["difference"], lower=-turned["upper"], upper=-turned["lower"])


def _placed(order: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    places = order[KEYS].assign(place=order.index)
    return rows.merge(places, on=KEYS).set_index("place").sort_index()
