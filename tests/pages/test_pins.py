"""Slices of a table, pinned in a real browser: all charts show these, and the address brings them back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from evallib.plan import plan_from
from evallib.run import evaluate
from evallib.runs import RunStore, new_run_id

if TYPE_CHECKING:
    from conftest import Server

pytestmark = pytest.mark.browser

HEADING, LINE = 35, 35
"""Pixels that the line of headings and each line below it take: the grid is a canvas."""


@pytest.fixture(scope="module")
def address(server: Server) -> str:
    """A model of 400 rows, whose only column has the slices a, b, c and d of a hundred rows each."""
    truth = np.arange(400) % 2
    said = np.where(np.arange(400) % 7 == 0, 1 - truth, truth)
    table = pd.DataFrame({"truth": truth, "said": said, "shop": np.repeat(list("abcd"), 100)})
    data = server.home.parent / "shops.parquet"
    table.to_parquet(data)
    systems = [{"name": "one", "label": "said", "role": "candidate"}]
    plan = plan_from({"data": {"path": str(data), "target": "truth"}, "systems": systems}, server.home, "")
    run = evaluate(plan, RunStore(server.home / "runs").folder_of(new_run_id()))
    return f"{server.url}/slices?run={run.id}&slices.view.sort=column"


def expect_rows(page: Page, names: list[str]) -> None:
    """The chart of the slices has these lines, from the top."""
    chart = page.get_by_role("img", name=f"Accuracy with intervals of {len(names)} slices for one.")
    expect(chart.locator(".ytick text")).to_have_text(names)


def test_two_slices_are_pinned_and_a_reload_keeps_them(page: Page, address: str) -> None:
    page.goto(address)
    expect_rows(page, [f"shop: {name}" for name in "abcd"])
    table = page.locator(".st-key-display-slices-look-side_by_side").get_by_test_id("stDataFrame")
    table.click(position={"x": 14, "y": HEADING + 1.5 * LINE})
    expect(page.get_by_role("button", name="Look at its rows")).to_be_visible()
    table.click(position={"x": 14, "y": HEADING + 3.5 * LINE})
    page.get_by_role("button", name="Compare these").click()
    expect(page.get_by_role("heading", name="Accuracy of the pinned slices", exact=True)).to_be_visible()
    expect_rows(page, ["shop: b", "shop: d"])
    expect(page.get_by_text("The charts above show these 2 slices.")).to_be_visible()
    page.reload()
    expect_rows(page, ["shop: b", "shop: d"])
    page.get_by_role("button", name="Show the worst again").click()
    expect_rows(page, [f"shop: {name}" for name in "abcd"])
    expect(page.get_by_text("Pinned slices", exact=True)).to_be_hidden()
    assert "pinned" not in page.url
