"""The words that a column name is made of, and sets of words to look for in it."""

from __future__ import annotations

import re
from functools import lru_cache

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+")


@lru_cache(maxsize=4_096)
def words(name: str) -> tuple[str, ...]:
    """The words in lower case: "customerID_2" has customer, id and 2."""
    return tuple(word.lower() for word in _WORD.findall(name))


def joined(name: str) -> str:
    """The words as one: "sample_weight" and "SampleWeight" are sampleweight."""
    return "".join(words(name))


def vocabulary(text: str) -> frozenset[str]:
    """The words of a text that are separated by blanks."""
    return frozenset(text.split())
