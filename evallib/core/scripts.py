"""The script that a text is written in, and whether it has a word: of many texts at once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from numpy.typing import NDArray

SCRIPTS = {
    "Latin": r"\p{Latin}",
    "Cyrillic": r"\p{Cyrillic}",
    "Greek": r"\p{Greek}",
    "Arabic": r"\p{Arabic}",
    "Hebrew": r"\p{Hebrew}",
    "Devanagari": r"\p{Devanagari}",
    "Thai": r"\p{Thai}",
    "Hangul": r"\p{Hangul}",
    "Kana": r"[\p{Hiragana}\p{Katakana}]",
    "Han": r"\p{Han}",
}
"""What tells the letters of each; Japanese mixes the last two, so that its text is Kana where these are as many."""

OTHER, NO_LETTERS = "another script", "no letters"


def script_of(texts: pd.Series) -> pd.Series:
    """The script of most letters of every text, the first of `SCRIPTS` among equals; missing where the text is."""
    known = texts.dropna()
    array = pa.array(known, pa.large_string())
    plain = pc.string_is_ascii(array).to_numpy(zero_copy_only=False)
    found = np.where(_matches(array, "[A-Za-z]"), "Latin", NO_LETTERS).astype(object)
    rest = array.filter(pa.array(~plain))
    if len(rest):
        counts = np.stack([pc.count_substring_regex(rest, letter).to_numpy() for letter in SCRIPTS.values()])
        some = np.where(_matches(rest, r"\p{L}"), OTHER, NO_LETTERS).astype(object)
        found[~plain] = np.where(counts.max(axis=0) > 0, np.array(list(SCRIPTS), object)[counts.argmax(axis=0)], some)
    return pd.Series(found, index=known.index, dtype="str").reindex(texts.index)


def has_word(texts: pd.Series, word: str) -> NDArray[np.bool_]:
    """(n,) where a text has these letters with no letter, digit or underscore beside them, in upper or lower case."""
    edge = r"[^\p{L}\p{N}_]"
    return _matches(pa.array(texts, pa.large_string(), from_pandas=True), f"(?i)(^|{edge}){re.escape(word)}($|{edge})")


def _matches(array: pa.LargeStringArray, pattern: str) -> NDArray[np.bool_]:
    found = pc.fill_null(pc.match_substring_regex(array, pattern), False)
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.bool_)
