"""A name before a rule: what is one, what is refused, and that writing and reading undo each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evallib.core.errors import BadInput
from evallib.core.named_rules import LONGEST_PART, MOST_NAMED, NamedRule, named_rule, named_rules


@pytest.mark.parametrize(
    ("entry", "path", "rule"),
    [
        ("age < 30", (), "age < 30"),
        ("Young: age < 30", ("Young",), "age < 30"),
        ("  Customers/ New  ones /Young :age < 30 ", ("Customers", "New ones", "Young"), "age < 30"),
        ("at == 'a: b'", (), "at == 'a: b'"),
        ("`a: b` > 1", (), "`a: b` > 1"),
        ("Late: at >= '2024-01-01 12:00'", ("Late",), "at >= '2024-01-01 12:00'"),
        ("Half / a / b: a / b > 2", ("Half", "a", "b"), "a / b > 2"),
        ("a / b > 2", (), "a / b > 2"),
        ("Frauen über 30 (≥ 1): age > 30", ("Frauen über 30 (≥ 1)",), "age > 30"),
        ("<b>bold</b>".replace("/", "") + ": age > 30", ("<b>bold<b>",), "age > 30"),
        ("Young:", ("Young",), ""),
    ],
)
def test_what_stands_before_the_first_colon_outside_quotes_is_the_name(entry, path, rule):
    found = named_rule(entry)
    assert (found.path, found.rule) == (path, rule)
    assert named_rule(str(found)) == found


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        (": age < 30", "nothing before its colon"),
        ("A // B: age < 30", "empty name beside a slash"),
        ("/ A: age < 30", "empty name beside a slash"),
        ("x" * (LONGEST_PART + 1) + ": age < 30", "61 characters; a name has at most 60"),
        ("a/b/c/d/e/f/g: age < 30", "7 levels; at most 6"),
        ("turned\u202earound: age < 30", "cannot be seen"),
        ("nothing\u200b: age < 30", "cannot be seen"),
    ],
)
def test_a_name_that_nobody_could_read_is_refused(entry, says):
    with pytest.raises(BadInput, match=says) as error:
        named_rule(entry)
    assert str(error.value).isprintable()


@pytest.mark.parametrize("name", ["a: b", "women's", 'say "a"', "a`b"])
def test_a_name_holds_nothing_that_would_end_it(name):
    with pytest.raises(BadInput, match="a colon, a slash, a quote or blanks"):
        NamedRule.of(name, "age < 30")


def test_a_name_alone_is_no_slash():
    with pytest.raises(BadInput, match="a colon, a slash, a quote"):
        NamedRule("age < 30", ("a/b",))
    assert NamedRule.of("  ", "age < 30") == NamedRule("age < 30")


def test_folders_go_from_the_outermost_to_the_own():
    assert named_rule("A / B / C: x > 1").folders == ("A", "A / B")
    assert named_rule("C: x > 1").folders == named_rule("x > 1").folders == ()


def test_in_a_list_every_name_stands_for_one_rule():
    assert named_rules(["A: x > 1", "x > 1", "A:  x > 1", "x > 1"]) == [NamedRule("x > 1", ("A",)), NamedRule("x > 1")]
    with pytest.raises(BadInput, match="Two slices are called “A / B”"):
        named_rules(["A / B: x > 1", "A/B: x > 2"])
    with pytest.raises(BadInput, match="101 slices; at most 100"):
        named_rules([f"x > {number}" for number in range(MOST_NAMED + 1)])


PARTS = st.text(max_size=LONGEST_PART + 2)


@given(st.lists(PARTS, max_size=7), st.text(max_size=40).map(str.strip))
def test_what_is_written_is_read_again(parts, rule):
    try:
        made = NamedRule(rule, tuple(parts))
    except BadInput:
        return
    if made.path:
        assert named_rule(str(made)) == made


@given(st.text(alphabet="ab /:'\"`\n<>=1", max_size=40))
def test_reading_settles_at_once(entry):
    try:
        found = named_rule(entry)
    except BadInput as error:
        assert str(error).isprintable()
        return
    assert named_rule(str(found)) == found
    assert found.path or found.rule == entry.strip()
