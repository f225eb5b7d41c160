"""The rows that the found slices share: counted one by one, and drawn both ways round."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from evallib.core.evaluation_set import Columns, EvaluationSet, Predictions
from evallib.core.rules import parse_rule
from evallib.drawing.colours import colours_of
from evallib.methods.finder import METHOD
from evallib.methods.finder.shared_rows import common_rows
from tests.methods.test_finder import found_in, made


def overlapping(n: int = 12_000, silent: float = 0.0) -> EvaluationSet:
    """A model that is wrong more often where shop is x, and where kind is b; some rows are both."""
    random = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "y": random.integers(0, 2, n),
            "shop": random.choice(list("xyz"), n, p=[0.2, 0.4, 0.4]),
            "kind": random.choice(list("abc"), n),
        }
    )
    wrong = random.random(n) < 0.1 + 0.3 * (table["shop"] == "x") + 0.2 * (table["kind"] == "b")
    y = table["y"].to_numpy(np.int32)
    label = np.where(random.random(n) < silent, -1, np.where(wrong, 1 - y, y)).astype(np.int32)
    return EvaluationSet("binary", y, table, Columns("y"), {"m": Predictions(label, name="m")}, ("no", "yes"))


def test_common_rows_by_hand():
    # Of ten rows the first slice has 0 to 5, the second 4 to 8, the third 9.
    inside = [np.isin(np.arange(10), rows) for rows in (range(6), range(4, 9), [9])]
    assert common_rows(inside).tolist() == [[6, 2, 0], [2, 5, 0], [0, 0, 1]]
    assert common_rows([]).shape == (0, 0)


def test_two_slices_that_cross_share_what_they_share():
    data = overlapping()
    (pair,) = [
        one
        for one in found_in(data).shared.to_dict("records")
        if {one["slice"], one["other_slice"]} == {"shop: x", "kind: b"}
    ]
    x, b = (data.table["shop"] == "x").to_numpy(), (data.table["kind"] == "b").to_numpy()
    assert pair["n"] == (x & b).sum()
    assert pair["smaller"] == x.sum() < b.sum()
    assert pair["shared"] == pytest.approx((x & b).sum() / x.sum())


@pytest.mark.parametrize("data", [overlapping(), overlapping(silent=0.3), made(bad=0.1)])
def test_every_pair_is_counted_on_all_rows_that_were_answered(data):
    result = found_in(data)
    counted = 0
    for (model, against), slices in result.slices.groupby(["model", "against"], sort=False):
        pairs = result.shared.query("model == @model and against == @against")
        rules = dict(zip(slices["slice"], slices["rule"], strict=True))
        assert list(zip(pairs["slice"], pairs["other_slice"], strict=True)) == list(combinations(rules, 2))
        # Either half has rows of a slice: those that were searched, and those on which it is judged.
        sizes = dict(zip(slices["slice"], slices["n"] + slices["found_n"], strict=True))
        names = [model] if against == "the rest" else [model, against]
        answered = np.logical_and.reduce([data.predictions[name].label >= 0 for name in names])
        for pair in pairs.to_dict("records"):
            both = parse_rule(pair["rule"], list(data.table.columns)).mask(data.table)
            assert pair["n"] == (both & answered).sum()
            assert pair["smaller"] == min(sizes[pair["slice"]], sizes[pair["other_slice"]])
            assert pair["shared"] == pytest.approx(pair["n"] / pair["smaller"])
            counted += 1
    assert counted == len(result.shared) > 0


def test_a_metric_of_some_rows_counts_these():
    data = overlapping()
    shared = found_in(data, metric="recall").shared
    assert len(shared)
    for pair in shared.to_dict("records"):
        both = parse_rule(pair["rule"], list(data.table.columns)).mask(data.table)
        assert pair["n"] == (both & (data.y == 1)).sum()


def test_the_heat_map_draws_every_pair_both_ways_round():
    result = found_in(overlapping())
    display = next(one for one in METHOD.displays(result, colours_of(["m"])) if one.key == "shared-0")
    assert display.title == "m against the rest of the rows: shared rows"
    heat = display.figure.data[0]
    shares = np.array(heat.z, dtype=float)
    names = [text.partition("  <b>")[0] for text in display.figure.layout.yaxis.ticktext]
    assert names == result.slices["slice"].tolist()
    assert np.isnan(np.diag(shares)).all()
    for pair in display.table.to_dict("records"):
        row, column = names.index(pair["slice"]), names.index(pair["other_slice"])
        assert shares[row, column] == shares[column, row] == pair["shared"]
        link = heat.ids[row][column]
        assert (display.chart.links[int(link)] if link else "") == (pair["rule"] if pair["n"] else "")
    assert len(display.table) == len(names) * (len(names) - 1) / 2


def test_a_slice_alone_shares_nothing():
    result = found_in(overlapping(), most=1)
    assert len(result.slices) == 1
    assert result.shared.empty
    assert not [one for one in METHOD.displays(result, colours_of(["m"])) if one.key.startswith("shared")]


def test_names_are_shown_as_text():
    data = overlapping()
    table = data.table.rename(columns={"shop": "<b>shop</b>"})
    result = found_in(EvaluationSet("binary", data.y, table, Columns("y"), data.predictions, ("no", "yes")))
    display = next(one for one in METHOD.displays(result, colours_of(["m"])) if one.key == "shared-0")
    assert not any(name.startswith("<b>shop") for name in display.figure.layout.yaxis.ticktext)
    assert "<b>shop" not in str(display.figure.data[0].customdata)
