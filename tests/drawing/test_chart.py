"""Charts as plain data."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from evallib.drawing.chart import AXIS, Chart


def test_columns_tables_and_texts_become_lists() -> None:
    chart = Chart()
    table = pd.DataFrame({"n": [1, 2], "name": ["a", None], "value": [0.5, np.inf]})
    chart.add(
        "scatter",
        x=table["value"],
        y=table.index + 0.5,
        text=table["name"],
        customdata=table,
        ids=np.array([["a", "b"], ["c", "d"]], dtype=object),
        z=np.arange(6.0).reshape(2, 3).T,
    )
    found = json.loads(chart.to_json())["data"][0]
    assert found == {
        "type": "scatter",
        "x": [0.5, None],
        "y": [0.5, 1.5],
        "text": ["a", None],
        "customdata": [[1, "a", 0.5], [2, None, None]],
        "ids": [["a", "b"], ["c", "d"]],
        "z": [[0, 3], [1, 4], [2, 5]],
    }


def test_properties_of_axes_are_added_to_those_of_the_house() -> None:
    layout = Chart("time", xaxis={"range": [0, 1]}, barmode="stack").layout
    assert layout["xaxis"] == AXIS | {"title": {"text": "time", "font": {"size": 13}}, "range": [0, 1]}
    assert layout["barmode"] == "stack"


def test_a_notebook_gets_a_figure_that_plotly_has_checked() -> None:
    chart = Chart("time")
    chart.add("scatter", x=[1])
    assert chart.figure().layout.xaxis.title.text == "time"
    chart.add("scatter", colour="red")
    with pytest.raises(ValueError, match="colour"):
        chart.figure()


def test_points_are_known_by_the_places_of_their_links():
    chart = Chart()
    chart.add("scatter", x=[1, 2, 3], links=["a < 1", "", "<b>"])
    chart.add("heatmap", z=[[1, 2]], links=[["?truth=x", "b"]])
    first, second = json.loads(chart.to_json())["data"]
    assert first["ids"] == ["0", "-1", "2"]
    assert second["ids"] == [["3", "4"]]
    assert [chart.links[int(place)] for place in ("2", "3")] == ["<b>", "?truth=x"]
    assert "links" not in first
