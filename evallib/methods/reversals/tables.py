"""The scan and its strata as tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import special

from evallib.core.multiplicity import q_values
from evallib.methods.reversals.kinds import TIE, Grade, Kind
from evallib.methods.reversals.sentences import sentence

if TYPE_CHECKING:
    from evallib.core.slices import Partition
    from evallib.methods.reversals.comparison import Comparison, Stratified
    from evallib.methods.reversals.verdict import Verdict

NAMES = ("place", "situation", "group", "first", "second", "metric", "column")
SCAN_COLUMNS = (
    *NAMES,
    "kind",
    "grade",
    "strata",
    "ahead",
    "behind",
    "rows",
    "rows_left_out",
    "value_first",
    "value_second",
    "overall_difference",
    "adjusted_difference",
    "lower",
    "upper",
    "p_overall",
    "z_overall",
    "p_adjusted",
    "z_adjusted",
    "q_value",
    "rate_effect",
    "mix_effect",
    "p_mix",
    "cmh_p",
    "breslow_day_p",
    "sentence",
)
STRATA_COLUMNS = (
    *NAMES,
    "stratum",
    "rule",
    "compared",
    "n_first",
    "value_first",
    "lower_first",
    "upper_first",
    "share_first",
    "n_second",
    "value_second",
    "lower_second",
    "upper_second",
    "share_second",
    "difference",
    "lower",
    "upper",
    "p_value",
    "q_value",
)
STRATA_NUMBERS = (
    *(f"{part}_{side}" for side in ("first", "second") for part in ("value", "lower", "upper", "share")),
    "difference",
    "lower",
    "upper",
    "p_value",
)


@dataclass(frozen=True, eq=False)
class Scanned:
    """A comparison by the strata of one column, and what became of it."""

    comparison: Comparison
    strata: Partition
    found: Stratified
    verdict: Verdict | None

    @property
    def names(self) -> dict[str, Any]:
        """Who was compared with whom by what."""
        of = self.comparison
        return {
            "situation": str(of.situation),
            "group": of.group,
            "first": of.first,
            "second": of.second,
            "metric": of.metric,
            "column": self.strata.column,
        }

    def row(self) -> dict[str, Any]:
        """The row of the scan, without what depends on the others."""
        return (
            self.names
            | self._counts()
            | self._numbers()
            | {
                "kind": str(Kind.NOT_EVALUABLE if self.verdict is None else self.verdict.kind),
                "sentence": sentence(self.comparison, self.strata, self.found, self.verdict),
            }
        )

    def _counts(self) -> dict[str, Any]:
        rows, compared = self.found.n_first + self.found.n_second, self.found.compared
        contrast = self.found.contrast
        signs = np.zeros(0) if contrast is None else contrast.gap.value * np.sign(contrast.overall)
        return {
            "strata": int(compared.sum()),
            "ahead": int((signs > TIE).sum()),
            "behind": int((signs < -TIE).sum()),
            "rows": int(rows[compared].sum()),
            "rows_left_out": int(rows[~compared].sum()),
        }

    def _numbers(self) -> dict[str, Any]:
        verdict, contrast = self.verdict, self.found.contrast
        if verdict is None or contrast is None:
            return {}
        return {
            "value_first": contrast.first.overall,
            "value_second": contrast.second.overall,
            "overall_difference": verdict.overall,
            "adjusted_difference": verdict.adjusted,
            "lower": verdict.lower,
            "upper": verdict.upper,
            "p_overall": verdict.p_overall,
            "p_adjusted": verdict.p_adjusted,
            "z_overall": _steps(verdict.overall, verdict.p_overall),
            "z_adjusted": _steps(verdict.adjusted, verdict.p_adjusted),
            "rate_effect": verdict.rate_effect,
            "mix_effect": verdict.mix_effect,
            "p_mix": verdict.p_mix,
            "cmh_p": verdict.cmh_p,
            "breslow_day_p": verdict.breslow_day_p,
        }

    def strata_block(self) -> dict[str, Any]:
        """The columns of the strata's rows, an entry each or one for all; NaN where a stratum was not compared."""
        found, contrast = self.found, self.found.contrast
        numbers = np.full((len(STRATA_NUMBERS), len(found.compared)), np.nan)
        if contrast is not None:
            sides = [(side.value, side.lower, side.upper, side.share) for side in (contrast.first, contrast.second)]
            numbers[:, found.compared] = np.stack([*sides[0], *sides[1], *contrast.gap])
        return (
            self.names
            | dict(zip(STRATA_NUMBERS, numbers, strict=True))
            | {
                "stratum": np.array(self.strata.names, dtype=object),
                "rule": np.array(self.strata.rules, dtype=object),
                "compared": found.compared,
                "n_first": found.n_first.astype(np.int64),
                "n_second": found.n_second.astype(np.int64),
            }
        )


def _steps(difference: float, p: float) -> float:
    """A difference in the standard errors that its two-sided p-value implies; at most 37, where p underflows."""
    return float(-np.sign(difference) * special.ndtri(max(p, 1e-300) / 2))


def scan_table(scanned: list[Scanned]) -> tuple[pd.DataFrame, list[int]]:
    """The table of the scan, the surest reversals first, and the order that it brings `scanned` into."""
    table = pd.DataFrame([one.row() for one in scanned], columns=[name for name in SCAN_COLUMNS if name != "place"])
    q = q_values(table["p_mix"].astype(float))
    grades = [
        Grade.NONE if one.verdict is None else one.verdict.grade(rate) for one, rate in zip(scanned, q, strict=True)
    ]
    table = table.assign(q_value=q, grade=[str(grade) for grade in grades])
    kinds, sureness = ([str(one) for one in names] for names in (Kind, Grade))
    flagged = table["kind"].map({str(kind): not kind.flagged for kind in Kind})
    keys = table.assign(
        calm=flagged, sure=table["grade"].map(sureness.index), which=table["kind"].map(kinds.index), q=table["q_value"]
    )
    order = keys.sort_values(["calm", "sure", "which", "q"], kind="stable").index
    table = table.loc[order].reset_index(drop=True).assign(place=np.arange(1, len(order) + 1))
    numbers = [name for name in SCAN_COLUMNS if name not in {*NAMES, "kind", "grade", "sentence"}]
    whole = ["strata", "ahead", "behind", "rows", "rows_left_out"]
    return table.astype(dict.fromkeys(numbers, float) | dict.fromkeys(whole, int))[list(SCAN_COLUMNS)], list(order)


def strata_table(scanned: list[Scanned]) -> pd.DataFrame:
    """The strata of every row of the scan, in its order."""
    blocks = [one.strata_block() | {"place": place} for place, one in enumerate(scanned, 1)]
    sizes = [len(block["stratum"]) for block in blocks]
    table = pd.DataFrame(
        {
            name: np.concatenate([block[name] for block in blocks])
            if isinstance(blocks[0][name], np.ndarray)
            else np.repeat([block[name] for block in blocks], sizes)
            for name in STRATA_COLUMNS
            if name != "q_value"
        }
    )
    return table.assign(q_value=q_values(table["p_value"]))[list(STRATA_COLUMNS)]
