"""The class that somebody means, who wrote its name by hand."""

from __future__ import annotations

from collections.abc import Iterable

YAML_WORDS = {"True": ("yes", "y", "on", "true"), "False": ("no", "n", "off", "false")}
"""What a `yes` or `no` without quotes in a YAML file, which reads it as True or False, may have meant."""


def meant(asked: str, names: Iterable[str]) -> list[str]:
    """The name as it was asked for; else those that differ from it in case alone, or that YAML read otherwise."""
    names = list(names)
    spellings = {asked.casefold(), *YAML_WORDS.get(asked, ())}
    return [name for name in names if name == asked] or [name for name in names if name.casefold() in spellings]
