"""Pinned slices: every chart shows these and no others, in the order in which they are pinned."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from evallib.core.evaluation_set import Columns, EvaluationSet
from evallib.core.progress import no_progress
from evallib.methods.slices import METHOD
from evallib.methods.slices.compute import SlicesParams, compute_slices
from tests.methods.test_slices import COLOURS, DATA, NAMED, RESULT, answers, drifting

PINNED = ("shop: z", "age: missing", "shop: x")
KEYS = [("shop", "z"), ("age", "missing"), ("shop", "x")]
CHARTS = ["worst", "difference", "heat", "columns"]


def looks(result=RESULT, **view):
    return {one.key: one for one in METHOD.look(result, METHOD.view(**view), COLOURS)}


def keys(table: pd.DataFrame) -> list[tuple[str, str]]:
    return list(dict.fromkeys(zip(table["column"], table["slice"], strict=True)))


@pytest.mark.parametrize("chart", CHARTS)
def test_every_chart_shows_the_pinned_slices_alone(chart):
    drawn = looks(metric="accuracy", pinned=PINNED)
    assert sorted(keys(drawn[chart].table)) == sorted(KEYS)
    assert "the pinned slices" in drawn[chart].title
    assert "pinned" not in looks(metric="accuracy")[chart].title


@pytest.mark.parametrize("order", [PINNED, PINNED[::-1]])
@pytest.mark.parametrize("chart", ["worst", "difference", "heat"])
def test_they_stand_in_the_order_in_which_they_are_pinned(order, chart):
    drawn = looks(metric="accuracy", sort="most rows", pinned=order)[chart].figure
    assert list(drawn.layout.yaxis.ticktext) == list(order)


def test_by_hand():
    # Of a, 3 of 10 are right, of b 24 of 30, of c 1 of 5; c is not pinned.
    said = np.concatenate([np.repeat([1, 0], counts) for counts in ([3, 7], [24, 6], [1, 4])])
    table = pd.DataFrame({"y": np.ones(45, np.int32), "side": np.repeat(["a", "b", "c"], [10, 30, 5])})
    data = EvaluationSet("binary", table["y"].to_numpy(), table, Columns("y"), {"m": answers("m", said)}, ("no", "yes"))
    result = compute_slices(data, SlicesParams(minimum=10), no_progress)
    worst = looks(result, metric="accuracy", pinned=("side: b", "side: a"))["worst"]
    assert list(worst.figure.data[0].x) == pytest.approx([24 / 30, 3 / 10])
    assert list(worst.figure.data[0].y) == [0, 1]
    assert list(worst.figure.data[1].x) == pytest.approx([(3 + 1) / 15, (24 + 1) / 35])


def test_the_columns_are_those_of_the_pinned_slices_in_their_order():
    drawn = looks(metric="accuracy", pinned=PINNED)["columns"].figure
    assert list(drawn.layout.yaxis.ticktext) == ["shop", "age"]


def test_they_stay_whatever_else_is_asked_for():
    drawn = looks(metric="accuracy", pinned=PINNED, column="day", minimum=10**6, sort="column")
    assert keys(drawn["worst"].table) == KEYS
    assert drawn["side_by_side"].table.empty


def test_the_table_has_all_slices_to_choose_from_each_by_its_text():
    plain, pinned = (looks(metric="accuracy", pinned=one)["side_by_side"] for one in ((), PINNED))
    pd.testing.assert_frame_equal(plain.table, pinned.table)
    assert len(pinned.pins) == len(pinned.table) > len(PINNED)
    last = len(pinned.pins) - 1
    found = looks(metric="accuracy", pinned=(pinned.pins[last], pinned.pins[0]))["worst"].table
    assert keys(found) == keys(pinned.table.iloc[[last, 0]])


def test_what_may_be_pinned_is_every_slice_once():
    pins = METHOD.pins(RESULT)
    assert len(pins) == len(set(pins)) == len(RESULT.slices.drop_duplicates(["column", "slice"]))
    assert set(looks(minimum=1)["side_by_side"].pins) <= set(pins)


def test_own_slices_are_pinned_by_their_names():
    found = looks(NAMED, metric="accuracy", pinned=("own rule: Shops / Far", "own rule: age >= 80"))["worst"].table
    assert keys(found) == [("own rule", "Shops / Far"), ("own rule", "age >= 80")]


def test_unknown_ones_are_ignored():
    known = looks(metric="accuracy", pinned=PINNED)["worst"].table
    pd.testing.assert_frame_equal(
        looks(metric="accuracy", pinned=("shop: nowhere", *PINNED, "shop"))["worst"].table, known
    )
    plain = looks(metric="accuracy")
    for key, one in looks(metric="accuracy", pinned=("shop: nowhere",)).items():
        assert one.title == plain[key].title
        pd.testing.assert_frame_equal(one.table, plain[key].table)


def test_a_slice_without_a_value_keeps_its_place():
    only = replace(DATA, y=np.where(DATA.table["shop"] == "x", 1, DATA.y).astype(np.int32))
    result = compute_slices(only, SlicesParams(), no_progress)
    worst = looks(result, metric="roc_auc", pinned=PINNED)["worst"]
    assert worst.table.query("slice == 'x'")["value"].isna().all()
    assert list(worst.figure.layout.yaxis.ticktext) == list(PINNED)


def test_a_trend_of_all_periods_is_not_drawn_of_some_slices():
    result = drifting(-0.3)
    assert "time" in looks(result)
    assert "time" not in looks(result, pinned=tuple(METHOD.pins(result)[:2]))


def test_at_most_twenty_are_pinned():
    assert len(METHOD.view(pinned=tuple("a" * n for n in range(20))).pinned) == 20
    with pytest.raises(ValidationError):
        METHOD.view(pinned=tuple("a" * n for n in range(21)))
