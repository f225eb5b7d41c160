"""What is sent to the browser holds no character that acts without being seen."""

from __future__ import annotations

import pandas as pd

from evallib.drawing.chart import Chart
from evallib.drawing.display import Display
from ui.drawn import _draw


def test_a_name_that_turns_the_direction_of_a_text_is_seen_in_a_chart() -> None:
    table = pd.DataFrame({"model": ["a\u202eb"], "value": [0.5]})
    chart = Chart(traces=[{"type": "bar", "x": table["value"], "y": table["model"], "customdata": table}])
    sent = _draw(Display("toy", "Toy", table, chart, "Of a\u202eb.")).chart
    assert sent is not None
    assert "\u202e" not in sent.decode()
    assert "u202e" in sent.decode()
