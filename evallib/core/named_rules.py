"""A rule with a name, in folders: `Customers / New / Young: age < 30`. A rule alone needs none."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated

from pydantic import BeforeValidator

from evallib.core.errors import BadInput

MOST_NAMED, LONGEST_PART, MOST_PARTS = 100, 60, 6
"""The most rules in one list, the longest name of a slice or a folder in characters, and the most levels of them."""

NAMED = re.compile(r"""([^:'"`]*):(.*)""", re.DOTALL)
"""A name before the first colon. A rule alone has colons in quotes and back-quotes only, which no name holds."""

BETWEEN = " / "


@dataclass(frozen=True)
class NamedRule:
    """The text of a rule, unread, and the path to it: its folders, outermost first, and its name. A bare rule has none.

    Raises `BadInput` for a path that cannot be written before a colon, or that nobody could read.
    """

    rule: str
    path: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.path) > MOST_PARTS:
            raise BadInput(f"“{_cut(self.label)}” has {len(self.path)} levels; at most {MOST_PARTS} are kept.")
        for part in self.path:
            _check(part, self.label)

    @classmethod
    def of(cls, name: str, rule: str) -> NamedRule:
        """The rule under a name as it is typed, folders before it with a slash between; a bare rule for an empty one.

        Raises `BadInput` where the name or one of its folders is empty, too long, or holds a colon, a quote, or what
        cannot be seen.
        """
        path = tuple(" ".join(part.split()) for part in name.split("/")) if name.strip() else ()
        return cls(rule.strip(), path)

    @property
    def folders(self) -> tuple[str, ...]:
        """The folders that it lies in, from the outermost to its own, each with those around it."""
        return tuple(BETWEEN.join(self.path[:depth]) for depth in range(1, len(self.path)))

    @property
    def label(self) -> str:
        """What the slice is called: its path, else the rule."""
        return BETWEEN.join(self.path) or self.rule

    def __str__(self) -> str:
        """The entry that `named_rule` reads."""
        return f"{self.label}: {self.rule}" if self.path else self.rule


def named_rule(entry: str) -> NamedRule:
    """The rule and its name in an entry such as `Young: age < 30`. The rule itself is read by `parse_rule`.

    Raises `BadInput` for a name that `NamedRule.of` refuses.
    """
    found = NAMED.fullmatch(entry)
    if found is None:
        return NamedRule(entry.strip())
    if not found[1].strip():
        raise BadInput(f"“{_cut(entry)}” has nothing before its colon; write a name there, or the rule alone.")
    return NamedRule.of(found[1], found[2])


def _as_text(entry: object) -> object:
    """An entry in one text, where YAML has read `Young: age < 30` without quotes as a key and its value."""
    if isinstance(entry, dict) and len(entry) == 1:
        (name, rule), *_ = entry.items()
        if isinstance(name, str) and isinstance(rule, str):
            return f"{name}: {rule}"
    return entry


Entry = Annotated[str, BeforeValidator(_as_text)]
"""An entry as a field of a model has it: a text, or in YAML a name and its rule."""


def named_rules(entries: Iterable[str]) -> list[NamedRule]:
    """Every entry once, in order.

    Raises `BadInput` for a name that cannot be used, for two slices of one name, and for more than 100 of them.
    """
    found = list(dict.fromkeys(map(named_rule, entries)))
    if len(found) > MOST_NAMED:
        raise BadInput(f"There are {len(found):,} slices; at most {MOST_NAMED} are kept together.")
    known: set[str] = set()
    for one in found:
        if one.label in known:
            raise BadInput(f"Two slices are called “{_cut(one.label)}”; give every slice a name of its own.")
        known.add(one.label)
    return found


def folders_of(entries: Iterable[str]) -> list[str]:
    """Every folder that the entries lie in, with those around it, in alphabetical order."""
    found: set[str] = set()
    for entry in entries:
        with suppress(BadInput):
            found.update(named_rule(entry).folders)
    return sorted(found)


def folder_of(label: str, rule: str) -> str:
    """The folder of a slice of this name and rule, with those around it; empty where it lies in none."""
    return "" if label == rule else BETWEEN.join(label.split(BETWEEN)[:-1])


def within(folder: str, around: str) -> bool:
    """Whether a folder is the other one, or lies in it."""
    return folder == around or folder.startswith(around + BETWEEN)


def _check(part: str, label: str) -> None:
    if not part:
        raise BadInput(f"“{_cut(label)}” has an empty name beside a slash; write Folder / Name.")
    if len(part) > LONGEST_PART:
        raise BadInput(f"“{_cut(part)}” has {len(part)} characters; a name has at most {LONGEST_PART}.")
    if re.search(r"""[:'"`/]""", part) or part != " ".join(part.split()):
        raise BadInput(f"“{_cut(part)}” has a colon, a slash, a quote or blanks that no name has; take them out.")
    if not part.isprintable():
        raise BadInput(f"“{_cut(part)}” has characters that cannot be seen; take them out of the name.")


def _cut(text: str) -> str:
    shown = "".join(letter if letter.isprintable() else " " for letter in text)
    line = " ".join(shown.split())
    return line if len(line) <= LONGEST_PART else line[: LONGEST_PART - 1] + "…"
