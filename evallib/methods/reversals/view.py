"""Which row of the scan is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from evallib.core.params import View

if TYPE_CHECKING:
    import pandas as pd

    from evallib.methods.reversals.compute import ReversalsResult


class ReversalsView(View):
    """One row of the scan."""

    column: str | None = Field(
        None,
        title="Column",
        description="The column whose slices are drawn. Automatic: that of the surest reversal.",
        json_schema_extra={"widget": "column"},
    )
    place: int = Field(
        1,
        ge=1,
        le=10_000,
        title="Comparison",
        description="Its place in the scan, or among the rows of the chosen column; the surest reversal is the first.",
    )


def chosen(result: ReversalsResult, view: ReversalsView) -> tuple[dict[str, Any], pd.DataFrame] | None:
    """The chosen row of the scan and its strata, the compared ones first; None where there is none to draw."""
    scan = result.scan[result.scan["strata"] > 1]
    if view.column is not None:
        scan = scan[scan["column"] == view.column]
    if scan.empty:
        return None
    row = {str(name): value for name, value in scan.iloc[min(view.place, len(scan)) - 1].to_dict().items()}
    strata = result.strata[(result.strata["place"] == row["place"]) & result.strata["compared"]]
    return row, strata
