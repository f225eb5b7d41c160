"""A first guess of what the columns are for, from their names and their profile; the user has the last word."""

from __future__ import annotations

import math
import re
from pathlib import Path

from evallib.core.evaluation_set import Task
from evallib.data.classes import likely_task, positive_class
from evallib.data.guess_systems import SAID, guess_systems
from evallib.data.profile import SHOWN_VALUES, TableProfile
from evallib.data.source import DataSource
from evallib.data.words import joined, vocabulary, words

TARGETS = (
    vocabulary("target label labels y truth actual groundtruth gold"),
    vocabulary(
        "class outcome response income default churn fraud spam click clicked converted conversion survived success "
        "admitted approved deny denied won diagnosis species readmitted purchased cancelled"
    ),
    vocabulary("result status quality rating price sales demand grade score rain letter"),
)
"""Words in the name of a target, the surest first."""

WEIGHTS = vocabulary("fnlwgt wgt weights sampleweight sampleweights rowweight surveyweight instanceweight")
TIMES = vocabulary("time date timestamp datetime day month year season quarter week")
TIME_ENDINGS = vocabulary("date timestamp datetime day month year")
GROUPS = vocabulary("user customer client patient subject person session household account student")
SENSITIVE = vocabulary(
    "sex gender race ethnicity ethnic age religion marital nationality native citizenship disability orientation caste "
    "afam origin pregnant minority"
)
NEVER_TRUTH = frozenset({"id", "constant", "empty", "date", "text"})
NO_FEATURES = frozenset({"id", "date"})


def guess_source(profile: TableProfile, path: Path | str = "data", target: str | None = None) -> DataSource:
    """What the columns of the profiled table are probably for.

    target: the target where the user has chosen it; the rest is then guessed for it. Identifiers, dates and the
    columns that `guess_systems` takes for somebody's answers are no features; a column that is empty or the same in
    every row is one, for a model may have been trained on it when it was not.
    """
    names = [str(name) for name in profile.columns["column"]]
    target = target if target in names else guess_target(profile)
    answers = {column for system in guess_systems(profile, target) for column in system.columns}
    rest = [name for name in names if name != target and name not in answers]
    useless = {name for name in rest if profile.kind(name) in NO_FEATURES}
    group = _group(profile, rest)
    return DataSource(
        path=Path(path),
        target=target,
        task=guess_task(profile, target),
        positive=guess_positive(profile, target),
        weight=next((name for name in rest if joined(name) in WEIGHTS and profile.kind(name) == "number"), None),
        time=_time(profile, rest),
        id=next((name for name in rest if profile.kind(name) == "id" and name != group), None),
        group=group,
        sensitive=tuple(name for name in rest if SENSITIVE.intersection(words(name)) and name not in useless),
        exclude=tuple(name for name in names if name in answers or name in useless),
    )


def guess_target(profile: TableProfile) -> str:
    """The column that is probably the truth: by its name, classes before values, else the last one that can be it."""
    names = [str(name) for name in profile.columns["column"]]
    usable = [name for name in names if profile.kind(name) not in NEVER_TRUTH and not SAID.intersection(words(name))]
    classes_first = sorted(usable, key=lambda name: guess_task(profile, name) == "regression")
    for likely in TARGETS:
        if exact := [name for name in classes_first if joined(name) in likely]:
            return exact[0]
    for likely in TARGETS:
        if partly := [name for name in usable if likely.intersection(words(name))]:
            return partly[-1]
    return (usable or names)[-1]


def guess_task(profile: TableProfile, target: str) -> Task:
    """The task that the values of the target suggest."""
    counts = profile.counts(target)
    return likely_task(
        profile.distinct(target),
        numeric=not math.isnan(profile.span(target)[0]),
        whole=bool(counts) and all(re.fullmatch(r"-?\d+", value) for value in counts),
    )


def guess_positive(profile: TableProfile, target: str) -> str | None:
    """The class of a binary target that counts as the event; None for other tasks."""
    return positive_class(profile.counts(target)) if guess_task(profile, target) == "binary" else None


def _time(profile: TableProfile, names: list[str]) -> str | None:
    """The first date, else the first number that is named like a time and is no duration such as lead_time."""
    dates = [name for name in names if profile.kind(name) == "date"]
    named = [
        name
        for name in names
        if (joined(name) in TIMES or TIME_ENDINGS.intersection(words(name)[-1:])) and profile.distinct(name) > 1
    ]
    return next(iter(dates + named), None)


def _group(profile: TableProfile, names: list[str]) -> str | None:
    """An identifier that repeats, else a column named after people or the like that has many values."""
    repeated = [name for name in names if 1 < profile.distinct(name) < 0.95 * profile.basis.rows]
    ids = [name for name in repeated if profile.kind(name) == "id"]
    named = [name for name in repeated if GROUPS.intersection(words(name)) and profile.distinct(name) > SHOWN_VALUES]
    return next(iter(ids + named), None)
