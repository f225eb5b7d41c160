from __future__ import annotations

import json

from plotly.offline import get_plotlyjs_version

from evallib.drawing.chart import Chart
from ui.chart import LIBRARY, SOURCE, payload


def test_the_library_is_the_one_that_plotly_was_made_for() -> None:
    assert f"plotly.js (cartesian - minified) v{get_plotlyjs_version()}" in LIBRARY.read_text("utf-8")[:200]


def test_a_payload_holds_the_chart_and_what_it_shows() -> None:
    chart = Chart(traces=[{"type": "bar", "x": [1.5, float("nan")]}], height=300)
    found = json.loads(payload(chart, "Bars", "How to read it.", 'bars of "one"'))
    about = {"source": f".{SOURCE}", "title": "Bars", "caption": "How to read it.", "alt": 'bars of "one"'}
    assert found == about | {"figure": json.loads(chart.to_json())}
    assert found["figure"]["data"][0]["x"] == [1.5, None]
