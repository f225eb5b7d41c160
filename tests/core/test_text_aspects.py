"""Prose divided by length, script and words; every slice is what its rule selects."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evallib.core.errors import NotApplicable
from evallib.core.partitions import column_partitions
from evallib.core.rules import parse_rule
from evallib.core.scripts import NO_LETTERS, OTHER, has_word, script_of
from evallib.core.slices import text_partitions
from evallib.core.text_aspects import frequent_words

FILLER = "a sentence of about fifty letters that says nothing much, again and again"
TEXTS = pd.Series(
    [f"{FILLER} {number}" for number in range(80)]
    + [f"{FILLER} FREE prize {number}!" for number in range(100, 115)]
    + ["Съешь же ещё этих мягких французских булок, да выпей чаю, и ещё раз", None, "1234567890 " * 6, "", FILLER],
    name="message",
    dtype="str",
)


def test_the_script_is_that_of_most_letters():
    texts = ["free", "Привет, мир", "你好", "こんにちは世界", "مرحبا", "no да", "12 !?", "", None, "Ⴀ"]
    expected = [
        *("Latin", "Cyrillic", "Han", "Kana", "Arabic", "Latin"),
        *(NO_LETTERS, NO_LETTERS, None, OTHER),
    ]
    assert (
        script_of(pd.Series(texts, dtype="str")).astype(object).where(lambda one: one.notna(), None).tolist()
        == expected
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("free", True),
        ("It's FREE!", True),
        ("freedom", False),
        ("carefree", False),
        ("free_text", False),
        ("free2", False),
        ("дfree", False),
        (None, False),
        ("", False),
    ],
)
def test_a_word_stands_alone(text, found):
    assert has_word(pd.Series([text], dtype="str"), "free").tolist() == [found]


def test_a_word_may_hold_signs_and_letters_of_any_script():
    assert has_word(pd.Series(["Здравствуй, Мир", "a.b", "axb"], dtype="str"), "мир").tolist() == [True, False, False]
    assert has_word(pd.Series(["a.b", "axb"], dtype="str"), "a.b").tolist() == [True, False]


def test_words_in_few_or_in_most_texts_say_little():
    assert frequent_words(TEXTS) == ["free", "prize"]
    assert frequent_words(pd.Series([None, ""], dtype="str")) == []


def test_prose_is_sliced_by_length_script_and_words():
    found = {one.column: dict(zip(one.names, one.sizes, strict=True)) for one in text_partitions(TEXTS)}
    assert list(found) == ["length of message", "script of message", "“free” in message", "“prize” in message"]
    assert found["script of message"] == {"Cyrillic": 1, "Latin": 96, NO_LETTERS: 2, "missing": 1}
    assert found["“free” in message"] == {"no": 85, "yes": 15}


@given(st.lists(st.one_of(st.none(), st.text(max_size=80)), min_size=1, max_size=40))
def test_every_slice_is_what_its_rule_selects(texts):
    table = pd.DataFrame({"a text": pd.Series([*texts, "word " * 3, "word"], dtype="str")})
    for one in text_partitions(table["a text"]):
        for code, rule in enumerate(one.rules):
            assert (parse_rule(rule, list(table)).mask(table) == (one.codes == code)).all(), rule


def test_texts_that_are_alike_in_everything_are_left_out():
    table = pd.DataFrame({"message": pd.Series([f"{FILLER} {chr(number)}" for number in range(0x4E00, 0x4E64)])})
    with pytest.raises(NotApplicable, match="message holds prose"):
        column_partitions(table, "message")
