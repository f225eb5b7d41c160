"""What a column of prose is sliced by: how long a text is, in which script it is written, and which words it has."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from evallib.core.scripts import has_word, script_of

MOST_WORDS = 8
RARE, COMMON = 0.02, 0.2
"""A word tells texts apart that is in at least and at most these parts of them; nearly all texts have "the"."""

GLANCE = 20_000
"""Texts that are looked at to find their words."""

WORD = re.compile(r"\w{2,40}")


@dataclass(frozen=True, eq=False)
class Aspect:
    """Something that every text has: its name, the expression of the rule language that stands for it, the values."""

    name: str
    expression: str
    values: pd.Series


def text_aspects(texts: pd.Series, quoted: str) -> Iterator[Aspect]:
    """The length, the script and the frequent words of texts; quoted: their column as a rule writes it."""
    yield Aspect(f"length of {texts.name}", f"length({quoted})", texts.str.len().astype("float64"))
    yield Aspect(f"script of {texts.name}", f"script({quoted})", script_of(texts))
    for word in frequent_words(texts):
        found = pd.Series(has_word(texts, word), texts.index)
        yield Aspect(f"“{word}” in {texts.name}", f"word({quoted}, {word!r})", found)


def frequent_words(texts: pd.Series) -> list[str]:
    """The most frequent words that are neither in few nor in most of the texts, in lower case, the commonest first."""
    known = texts.dropna()
    looked_at = known.iloc[:: max(len(known) // GLANCE, 1)]
    counts = Counter(word for text in looked_at for word in set(WORD.findall(text.lower())))
    fewest, most = max(RARE * len(looked_at), 2), COMMON * len(looked_at)
    return [word for _, word in sorted((-n, word) for word, n in counts.items() if fewest <= n <= most)[:MOST_WORDS]]
