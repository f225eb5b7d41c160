from __future__ import annotations

import json

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs_version

from ui.chart import LIBRARY, SOURCE, payload


def test_the_library_is_the_one_that_plotly_was_made_for() -> None:
    assert f"plotly.js (cartesian - minified) v{get_plotlyjs_version()}" in LIBRARY.read_text("utf-8")[:200]


def test_a_payload_holds_the_figure_and_what_it_shows() -> None:
    figure = go.Figure({"data": [{"type": "bar", "x": [1.5, float("nan")]}], "layout": {"height": 300}})
    found = json.loads(payload(figure, 'bars of "one"'))
    assert found == {"source": f".{SOURCE}", "alt": 'bars of "one"', "figure": json.loads(figure.to_json())}
    assert found["figure"]["data"][0]["x"] == [1.5, None]
