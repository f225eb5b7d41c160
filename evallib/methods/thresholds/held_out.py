"""What a better threshold gains on rows that did not choose it: chosen on one random half, measured on the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from evallib.core.intervals import Interval, Z, tango
from evallib.methods.thresholds.sweep import GOALS, Goal, Sweep, hull_of

if TYPE_CHECKING:
    from evallib.core.tie_blocks import TieBlocks


def held_out_gains(blocks: TieBlocks, hull: Sweep, current: float, effective: float) -> list[dict[str, float | str]]:
    """Per goal: the best threshold of all rows, and what that of one half gains over the current one on the other.

    A threshold chosen and judged on the same rows looks better than it is. The halves are drawn in the order of the
    probabilities, from one seed, so that the order of the rows does not matter. effective: how many independent rows
    all of them are worth. NaN where a goal is undefined, such as F1 without positive rows.
    """
    half = np.random.default_rng(0).random(len(blocks.score)) < 0.5
    chosen_on, judged_on = blocks.take(half), blocks.take(~half)
    half_hull, judged = hull_of(Sweep.of(chosen_on), chosen_on), Sweep.of(judged_on)
    scale = effective / (hull.positives + hull.negatives)
    rows = {"n": len(blocks.score), "held_out_n": len(judged_on.score)}
    return [_best(goal, hull) | rows | _held_out(goal, half_hull, judged, current, scale) for goal in GOALS]


def _best(goal: Goal, hull: Sweep) -> dict[str, float | str]:
    place = hull.best(goal)
    value = float(getattr(hull.confusion, goal)[place]) if place >= 0 else np.nan
    return {"goal": goal, "threshold": float(hull.threshold[place]) if place >= 0 else np.nan, "value": value}


def _held_out(goal: Goal, chosen_on: Sweep, judged_on: Sweep, current: float, scale: float) -> dict[str, float | str]:
    chosen = _best(goal, chosen_on)
    threshold = float(chosen["threshold"])
    at_chosen, at_current = judged_on.at(threshold), judged_on.at(current)
    value, now = (float(getattr(one.confusion, goal)[0]) for one in (at_chosen, at_current))
    interval = (_accuracy_gain if goal == "accuracy" else _f1_gain)(at_chosen, at_current, scale)
    known = np.isfinite(value - now) and not np.isnan(threshold)
    return {
        "current": current,
        "chosen_threshold": threshold,
        "chosen_value": chosen["value"],
        "held_out_value": value if known else np.nan,
        "held_out_current": now,
        "gain": value - now if known else np.nan,
        "lower": interval.lower if known else np.nan,
        "upper": interval.upper if known else np.nan,
    }


def _accuracy_gain(chosen: Sweep, current: Sweep, scale: float) -> Interval:
    """Tango's interval: only the rows between the two thresholds are decided differently."""
    positive, negative = float(chosen.tp[0] - current.tp[0]), float(chosen.fp[0] - current.fp[0])
    gained, lost = max(positive, 0.0) + max(-negative, 0.0), max(-positive, 0.0) + max(negative, 0.0)
    return tango(gained * scale, lost * scale, (chosen.positives + chosen.negatives) * scale)


def _f1_gain(chosen: Sweep, current: Sweep, scale: float) -> Interval:
    """The normal interval from the influences on F1, which are equal for all rows of one class and one decision.

    The rows fall into those called positive at both thresholds, at the lower one only, and at none.
    """
    low, high = (chosen, current) if chosen.threshold[0] < current.threshold[0] else (current, chosen)
    of_low, of_high = _influence_on_f1(low), _influence_on_f1(high)
    variance = 0.0
    for side, total in enumerate((low.positives, low.negatives)):
        called_low, called_high = (float((one.tp, one.fp)[side][0]) for one in (low, high))
        both, neither = of_low[side, 1] - of_high[side, 1], of_low[side, 0] - of_high[side, 0]
        between = of_low[side, 1] - of_high[side, 0]
        variance += called_high * both**2 + (called_low - called_high) * between**2 + (total - called_low) * neither**2
    half = Z * float(np.sqrt(variance / scale))
    gain = float(chosen.confusion.f1[0] - current.confusion.f1[0])
    return Interval(gain - half, gain + half)


def _influence_on_f1(at: Sweep) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """[[positive rows not called, called], [negative rows not called, called]]; NaN where F1 is undefined."""
    below = float(at.tp[0] + at.fp[0] + at.positives)
    f1 = float(at.confusion.f1[0])
    return np.array([[-f1, 2 - 2 * f1], [0, -f1]]) / (below if below > 0 else np.nan)
