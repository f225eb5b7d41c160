"""Tables as they are shown."""

from __future__ import annotations

import pandas as pd

from ui.tables import shown_table


def test_metrics_are_named_and_counts_are_not_rounded() -> None:
    table = pd.DataFrame({"metric": ["roc_auc", "cost per row"], "n": [16_281.0, None], "value": [0.123456, 1.0]})
    shown = shown_table(table)
    assert shown.rows.column("metric").to_pylist() == ["ROC AUC ↑", "cost per row"]
    formats = {name: column["type_config"]["format"] for name, column in shown.columns.items() if name != "metric"}
    assert formats == {"n": "localized", "value": "%.4g"}


def test_long_texts_leave_room_for_the_other_columns() -> None:
    shown = shown_table(pd.DataFrame({"model": ["a" * 80], "role": ["candidate"]}))
    assert (shown.columns["model"]["width"], shown.columns["role"]["width"]) == (260, None)


def test_marks_that_turn_the_direction_of_a_text_are_seen() -> None:
    assert shown_table(pd.DataFrame({"slice": ["a\u202eb"]})).rows.column("slice").to_pylist() == ["a\\u202eb"]


def test_shares_have_bars() -> None:
    shown = shown_table(pd.DataFrame({"share": [0.25], "value": [0.5]}), {"share": 0.5})
    bar, number = (shown.columns[name]["type_config"] for name in ("share", "value"))
    assert (bar["type"], bar["min_value"], bar["max_value"]) == ("progress", 0.0, 0.5)
    assert number["type"] == "number"
