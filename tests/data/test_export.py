"""A spreadsheet takes nothing in a CSV export for a formula, and what is shown is on one line."""

from __future__ import annotations

import csv
import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evallib.data import plain, to_csv


def cells(table: pd.DataFrame) -> list[list[str]]:
    return list(csv.reader(io.StringIO(to_csv(table).decode(), newline="")))


@pytest.mark.parametrize(
    "formula", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "＝1", "＋1", "－1", "＠x", "-", "--5", "+١"]
)
def test_formulae_are_neutralised(formula: str) -> None:
    read = pd.read_csv(io.BytesIO(to_csv(pd.DataFrame({formula: [formula, "ok"]}))), keep_default_na=False)
    assert read.columns.tolist() == ["'" + formula]
    assert read.iloc[:, 0].tolist() == ["'" + formula, "ok"]
    category = pd.DataFrame({"a": pd.Categorical([formula, "ok"])})
    assert to_csv(category) == to_csv(category.astype("str"))
    assert b"'" in to_csv(category)


@pytest.mark.parametrize(
    "text", ["\n=1", "\r=1", "x\r=1", "x\n=1", "x;=1", 'x";=1', "x,=1", "\ufeff=1", "  =1", "\0=1"]
)
def test_nothing_inside_a_text_starts_a_cell_with_a_formula(text: str) -> None:
    table = pd.DataFrame({text: [text]})
    for lines in (to_csv(table).decode(), to_csv(table).decode().replace("\r", "\n")):
        for delimiter in ",;":
            found = [cell for row in csv.reader(io.StringIO(lines, newline=""), delimiter=delimiter) for cell in row]
            assert not any(cell.lstrip("\ufeff \0").startswith("=") for cell in found)


@pytest.mark.parametrize("number", ["-5", "+3.2", "-1e-9", "+.5", "-12."])
def test_plain_numbers_stay(number: str) -> None:
    assert cells(pd.DataFrame({"a": [number]}))[1] == [number]


def test_what_is_no_text_stays() -> None:
    table = pd.DataFrame({"a": [-1.5, np.nan], "b": [True, False], "c": pd.Series([-1, "=x"], dtype=object)})
    assert cells(table) == [["a", "b", "c"], ["-1.5", "True", "-1"], ["", "False", "'=x"]]
    assert cells(pd.DataFrame({"a": pd.Series(["x", None], dtype="str"), "b": 1})) == [
        ["a", "b"],
        ["x", "1"],
        ["", "1"],
    ]


def test_columns_of_one_name_are_both_written() -> None:
    table = pd.DataFrame([[1, "=a"]], columns=["x", "x"])
    assert cells(table) == [["x", "x"], ["1", "'=a"]]


@given(st.text(), st.integers(1, 100))
def test_shown_text_is_one_short_visible_line(text: str, limit: int) -> None:
    shown = plain(text, limit)
    assert len(shown) <= limit
    assert shown == shown.strip()
    assert shown.encode().decode() == shown
    assert not any(mark in shown for mark in "\n\r\t\0\u202e\u202c\u2066\u200f\ufeff")
    assert plain(shown, limit) == shown


def test_shown_text() -> None:
    assert plain("a\u202eb\x00c\nd  e") == "abc d e"
    assert plain("<b>*x*</b>") == "<b>*x*</b>"
    assert plain("x" * 81) == "x" * 79 + "…"
    assert plain("x" * 80) == "x" * 80
    assert plain(1.5) == "1.5"
