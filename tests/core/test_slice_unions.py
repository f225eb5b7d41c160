"""The rule of several slices of one column: it is read by the rule language, and chooses just their rows."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from evallib.core.rules import parse_rule
from evallib.core.slice_unions import union_rule
from evallib.core.slices import partition

RANDOM = np.random.default_rng(0)
COLUMNS = {
    "bins": pd.Series(RANDOM.normal(40, 10, 200).round(1)),
    "few numbers": pd.Series(RANDOM.integers(1, 6, 200)),
    "e": pd.Series(RANDOM.random(200) * 1e-5),
    "values": pd.Series(RANDOM.choice(list("abcd"), 200)),
    "it's": pd.Series(RANDOM.choice(["it's", 'say "x"', "in [1, 2]", " and "], 200)),
    "truth": pd.Series(RANDOM.random(200) < 0.5),
    "dates": pd.Series(pd.date_range("2024-01-01", periods=200)),
    "codes": pd.Series(pd.Categorical(RANDOM.choice([3, 1, 2], 200), categories=[3, 1, 2])),
}


def with_gaps(column):
    return column.astype(object if column.dtype == bool else column.dtype).mask(np.arange(200) % 7 == 0)


@pytest.mark.parametrize("gaps", [False, True], ids=["whole", "with gaps"])
@pytest.mark.parametrize("name", COLUMNS)
def test_it_chooses_the_rows_of_the_slices(name, gaps):
    column = (with_gaps(COLUMNS[name]) if gaps else COLUMNS[name]).rename(name)
    if name == "truth" and gaps:
        column = column.astype("boolean")
    found, table = partition(column), pd.DataFrame({name: column})
    every = list(product([False, True], repeat=min(len(found), 7)))
    for chosen in (np.array([*one, *[False] * (len(found) - len(one))]) for one in every):
        if chosen.all() or not chosen.any():
            continue
        rule = union_rule(found, chosen)
        np.testing.assert_array_equal(parse_rule(rule, [name]).mask(table), chosen[found.codes], rule)


def test_the_rarest_values_together_are_those_that_are_not_listed():
    column = pd.Series(np.repeat([f"v{place:02}" for place in range(30)], np.arange(30, 0, -1)), name="shop")
    found, table = partition(column, most=3), column.to_frame()
    assert len(found) == 4
    for chosen in (np.array(one) for one in product([False, True], repeat=4) if any(one) and not all(one)):
        rule = union_rule(found, chosen)
        np.testing.assert_array_equal(parse_rule(rule, ["shop"]).mask(table), chosen[found.codes], rule)


@pytest.mark.parametrize(
    ("name", "chosen", "rule"),
    [
        ("few numbers", [0, 0, 1, 1, 1], "`few numbers` >= 3"),
        ("few numbers", [0, 1, 1, 0, 0], "2 <= `few numbers` <= 3"),
        ("few numbers", [0, 1, 0, 0, 1], "(`few numbers` == 2 or `few numbers` >= 5)"),
        ("values", [1, 0, 0, 0], "values == 'a'"),
        ("values", [1, 0, 1, 0], "values in ['a', 'c']"),
        ("values", [1, 1, 1, 0], "values != 'd'"),
    ],
)
def test_it_is_as_short_as_a_person_would_write_it(name, chosen, rule):
    assert union_rule(partition(COLUMNS[name].rename(name)), np.array(chosen, bool)) == rule


def test_a_range_of_bins_and_periods_has_two_ends():
    bins, dates = (partition(COLUMNS[name].rename(name)) for name in ("bins", "dates"))
    assert (
        union_rule(bins, np.array([0, 1, 1, 0, 0], bool))
        == bins.rules[1].split(" <= ")[0] + " <= " + bins.rules[2].split(" <= ")[1]
    )
    months = np.isin(np.arange(len(dates)), [1, 2])
    assert union_rule(dates, months) == "dates >= '2024-02-01' and dates < '2024-04-01'"


def test_missing_is_chosen_like_any_other():
    found = partition(with_gaps(COLUMNS["values"]).rename("values"))
    assert union_rule(found, np.array([0, 0, 0, 0, 1], bool)) == "missing(values)"
    assert union_rule(found, np.array([1, 1, 1, 1, 0], bool)) == "not missing(values)"
    assert union_rule(found, np.array([1, 0, 0, 0, 1], bool)) == "(values == 'a' or missing(values))"
    assert union_rule(found, np.ones(5, bool)) == ""
