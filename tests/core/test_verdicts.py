"""What is said of a rule while it is typed."""

import pandas as pd
import pytest

from evallib.core.verdicts import verdict

ROWS = pd.DataFrame({"age": [20, 30, 40], "job": ["a", "b", None]})


def said(text, **about):
    return verdict(text, list(ROWS.columns), **about)


def test_a_rule_that_can_be_read_is_counted_where_there_are_rows():
    assert said("age < 35") == {}
    assert said("age < 35", table=ROWS) == {"rows": 2}
    assert said("missing(job)", table=ROWS) == {"rows": 1}


def test_a_name_goes_before_a_rule_only_where_it_may():
    assert said("Young: age < 35", table=ROWS, named=True) == {"rows": 2}
    assert "error" in said("Young: age < 35", table=ROWS)
    assert said("A // B: age < 35", named=True)["error"].endswith("write Folder / Name.")


@pytest.mark.parametrize(
    ("text", "around", "why"),
    [
        ("age > > 3", ["age > ", "> 3", ""], "This is not understood"),
        ("  agge < 3 and age > 1 ", ["", "agge", " < 3 and age > 1"], "There is no column 'agge'; the nearest is age"),
        ("age >", ["age >", "…", ""], "This is not understood"),
        ("Young: agge < 3", ["", "agge", " < 3"], "There is no column"),
        ("age > 1 and " * 10 + "job > 3", ["…" + ("age > 1 and " * 10)[-40:], "job > 3", ""], "A column of text"),
        ("agge > 1" + " and age > 1" * 10, ["", "agge", (" > 1" + " and age > 1" * 10)[:40] + "…"], "There is no"),
        ("f(" + "age, " * 40 + "1)", ["", ("f(" + "age, " * 40)[:80] + "…", ""], "The functions are"),
    ],
)
def test_an_error_is_shown_where_it_is(text, around, why):
    found = said(text, table=ROWS, named=True)
    assert found["around"] == around
    assert found["error"].startswith(why)
    assert found["error"].endswith(".")


def test_what_has_no_place_is_told_alone():
    assert said("") == {"error": "The rule is empty; write one such as age > 30."}
    assert set(said("a" * 2001)) == {"error"}
