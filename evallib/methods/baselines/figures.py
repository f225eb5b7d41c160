"""All systems and baselines as dots per metric, and the leads of the models over each baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from evallib.core.metrics import METRICS
from evallib.drawing.colours import NEUTRAL
from evallib.drawing.display import Display
from evallib.drawing.small_multiples import panels

if TYPE_CHECKING:
    from collections.abc import Mapping

    from evallib.methods.baselines.compute import BaselinesResult


def baselines_displays(result: BaselinesResult, colours: Mapping[str, str]) -> list[Display]:
    """The leads over the baselines where they count, the scores of everything, and what each baseline does."""
    displays = []
    decisive = result.beats[result.beats["decides"]]
    if len(decisive):
        displays.append(_leads(decisive, result.beats, colours))
    if len(result.scores):
        displays.append(_scores(result.scores, colours))
    about = Display("about", "What the baselines are", result.baselines, caption="And where their numbers come from.")
    return [*displays, about] if len(result.baselines) else displays


def _leads(decisive: pd.DataFrame, beats: pd.DataFrame, colours: Mapping[str, str]) -> Display:
    sign = decisive["higher_is_better"].map({True: 1.0, False: -1.0})
    ends = pd.DataFrame({"one": sign * decisive["lower"], "two": sign * decisive["upper"]})
    drawn = decisive.assign(
        colour=[colours.get(name, NEUTRAL) for name in decisive["model"]],
        title=decisive["model"],
        model=decisive["baseline"],
        value=sign * decisive["difference"],
        lower=ends.min(axis=1, skipna=False),
        upper=ends.max(axis=1, skipna=False),
        hover=[
            f"{METRICS[key].title}: {verdict}, p = {p:.2g}, {n:,} rows"
            for key, verdict, p, n in zip(
                decisive["metric"], decisive["verdict"], decisive["p_value"], decisive["n"], strict=True
            )
        ],
    )
    titles = ", ".join(dict.fromkeys(decisive["title"]))
    return Display(
        "beats",
        "Lead of each model over its baselines",
        beats,
        panels(drawn, colours, zero=True),
        f"Difference in {titles} with its 95 % interval, turned so that right of the dotted line the model is better. "
        "A baseline without the deciding metric is compared on the first that both have. The table has every metric.",
        "Differences of every model to every baseline with 95 % intervals, one panel per model.",
    )


def _scores(scores: pd.DataFrame, colours: Mapping[str, str]) -> Display:
    spread = [f", a draw scatters by {sd:.2g}" if sd > 0 else "" for sd in scores["sd"]]
    drawn = scores.assign(
        title=[f"{METRICS[key].title} {METRICS[key].arrow}" for key in scores["metric"]],
        hover=[f"{kind}, {n:,} rows{more}" for kind, n, more in zip(scores["kind"], scores["n"], spread, strict=True)],
    )
    return Display(
        "scores",
        "Models and baselines",
        scores,
        panels(drawn, colours),
        "Filled dots are the systems, open ones the baselines. Whiskers are 95 % intervals; those of random guessing "
        "span 95 % of its draws around the exact expectation. What is undefined is said to be, and is not 0.",
        f"Dots with intervals of {len(set(scores['model']))} systems and baselines in one panel per metric.",
    )
