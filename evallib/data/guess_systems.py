"""A guess of which columns hold the answers of somebody who decides already: labels, values or probabilities."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from evallib.core.evaluation_set import Role
from evallib.data.classes import named_class
from evallib.data.profile import TableProfile
from evallib.data.source import System
from evallib.data.words import vocabulary, words

SAID = vocabulary("pred prediction predicted predictions yhat forecast decision verdict judgement")
PROBABLE = vocabulary("p prob proba probability probabilities score confidence risk forecast pred")
NO_PROBABILITY = frozenset({"propensity"})
"""The probability that a row was shown or chosen says nothing of the target."""

ROLES: Mapping[Role, frozenset[str]] = {
    Role.HUMAN: vocabulary("human expert doctor judge reviewer annotator physician clerk decision"),
    Role.EXISTING: vocabulary("existing vendor legacy rule current api forecast"),
    Role.INCUMBENT: vocabulary("incumbent production prod champion v1 old"),
    Role.BASELINE: vocabulary("baseline naive"),
}
"""Words in the name of a column that tell whose answers it holds."""


def guess_systems(profile: TableProfile, target: str) -> tuple[System, ...]:
    """The columns that look like answers to the target, each a system whose role its name suggests.

    Labels are told by name and by holding only classes of the target, probabilities by name and range; numbered columns
    of a regression are the members of an ensemble and no systems.
    """
    classes = profile.counts(target)
    names = [str(name) for name in profile.columns["column"] if name != target]
    said = [name for name in names if SAID.intersection(words(name))]
    labels = [name for name in said if classes and set() < set(profile.counts(name)) <= set(classes)]
    found: list[tuple[str, dict[str, Any]]] = [(name, {"label": name}) for name in labels]
    if len(classes) == 2:
        single = [name for name in names if name not in labels and _is_probability(profile, name)]
        found += [(name, {"probability": name}) for name in single]
    elif classes:
        found += [(name, {"probability": group}) for name, group in _per_class(profile, names, classes)]
    if not found and profile.kind(target) == "number":
        values = [name for name in said if profile.kind(name) == "number" and not words(name)[-1].isdigit()]
        found = [(name, {"label": name}) for name in values]
    return tuple(System(name=name, role=_role(name), **answers) for name, answers in found)


def _is_probability(profile: TableProfile, name: str) -> bool:
    low, high = profile.span(name)
    said = set(words(name))
    return (
        profile.kind(name) == "number" and 0 <= low <= high <= 1 and bool(said & PROBABLE) and not said & NO_PROBABILITY
    )


def _per_class(profile: TableProfile, names: list[str], classes: Collection[str]) -> list[tuple[str, tuple[str, ...]]]:
    """The groups of probability columns that name every class and are named alike otherwise."""
    groups: dict[str, dict[str, str]] = defaultdict(dict)
    for name in names:
        label = named_class(name, classes)
        if label is not None and 0 <= profile.span(name)[0] <= profile.span(name)[1] <= 1:
            groups[name.replace(label, "", 1)][label] = name
    return [
        (rest.strip(" _-.()[]") or "probabilities", tuple(group[label] for label in classes))
        for rest, group in groups.items()
        if len(group) == len(classes) and (not words(rest) or PROBABLE.intersection(words(rest)))
    ]


def _role(name: str) -> Role:
    found = set(words(name))
    return next((role for role, vocabulary in ROLES.items() if vocabulary & found), Role.CANDIDATE)
