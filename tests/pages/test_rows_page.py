"""The rows of a model in a real browser: chosen by the address, shown as text, and downloaded."""

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


def made() -> pd.DataFrame:
    """Sixty rows; the model is wrong in every third, and one row has a text that a spreadsheet would run."""
    truth = np.arange(60) % 2
    said = np.where(np.arange(60) % 3 == 0, 1 - truth, truth)
    names = np.array(["no", "yes"])
    table = pd.DataFrame({"truth": names[truth], "said": names[said], "number": np.arange(60), "text": "plain"})
    table.loc[3, "text"] = "=1+1"
    return table


@pytest.fixture(scope="module")
def address(server: Server) -> str:
    data = server.home.parent / "wrong.parquet"
    made().to_parquet(data)
    systems = [{"name": "one", "label": "said", "role": "candidate"}]
    plan = plan_from({"data": {"path": str(data), "target": "truth"}, "systems": systems}, server.home, "")
    run = evaluate(plan, RunStore(server.home / "runs").folder_of(new_run_id()))
    return f"{server.url}/rows?run={run.id}"


def test_a_cell_of_the_confusion_matrix_is_shown_and_downloaded(page: Page, address: str) -> None:
    page.goto(f"{address}&rows.view.truth=yes&rows.view.predicted=no")
    expect(page.get_by_text("Rows that one gets wrong")).to_be_visible()
    expect(page.get_by_role("img", name="Values of 10 rows")).to_contain_text("=1+1")
    with page.expect_download() as download:
        page.locator(".st-key-display-rows-look-rows").get_by_role("button", name="CSV").click()
    table = pd.read_csv(download.value.path())
    assert table["row"].tolist() == [row + 1 for row in range(60) if row % 2 and row % 3 == 0]
    assert set(table["truth"]) == {"yes"}
    assert set(table["predicted"]) == {"no"}
    assert table["number"].tolist() == [row - 1 for row in table["row"]]
    assert table["text"].tolist() == ["'=1+1", *["plain"] * 9]


def test_from_a_slice_in_a_table_to_its_rows(page: Page, address: str) -> None:
    page.goto(f"{address.replace('/rows?', '/slices?')}&slices.view.minimum=1&slices.view.sort=column")
    # Of several tables, any may be there first.
    table = page.locator(".st-key-display-slices-look-side_by_side").get_by_test_id("stDataFrame")
    expect(page.get_by_text("Accuracy of every slice")).to_be_visible()
    expect(table).to_be_visible()
    # The grid is a canvas: its first box stands below the line of headings.
    table.click(position={"x": 14, "y": 52})
    page.get_by_role("button", name="Look at its rows").click()
    page.wait_for_url("**/rows?**where=11**")
    expect(page.get_by_role("heading", name="Rows", exact=True)).to_be_visible()
    expect(page.get_by_text("Ran on 12 of 60 rows, where 11 < number ≤ 23")).to_be_visible()


def test_from_a_dot_of_a_chart_to_the_rows_of_its_slice(page: Page, address: str) -> None:
    page.goto(f"{address.replace('/rows?', '/slices?')}&slices.view.minimum=1&slices.view.sort=column")
    dots = page.locator(".st-key-display-slices-look-worst .scatterlayer .trace").first.locator(".point")
    dots.first.click(force=True)
    page.get_by_role("button", name="Look at its rows").click()
    page.wait_for_url("**/rows?**where=11**")
    expect(page.get_by_text("Ran on 12 of 60 rows, where 11 < number ≤ 23")).to_be_visible()


def test_from_a_cell_of_the_confusion_matrix_to_its_rows(page: Page, address: str) -> None:
    page.goto(address.replace("/rows?", "/performance?"))
    expect(page.get_by_text("Confusion matrix of one")).to_be_visible()
    page.locator(".st-key-display-performance-confusion_1 .heatmaplayer image").click(
        position={"x": 20, "y": 20}, force=True
    )
    page.get_by_role("button", name="Look at these rows").click()
    page.wait_for_url("**/rows?**rows.view.truth=no**")
    expect(page.get_by_text("20 of the kept rows.")).to_be_visible()


def test_a_dot_that_was_clicked_on_is_forgotten_when_the_chart_shows_others(page: Page, address: str) -> None:
    page.goto(f"{address.replace('/rows?', '/slices?')}&slices.view.minimum=1&slices.view.sort=column")
    page.locator(".st-key-display-slices-look-worst .scatterlayer .trace").first.locator(".point").first.click(
        force=True
    )
    offered = page.get_by_role("button", name="Look at its rows")
    expect(offered).to_be_visible()
    page.get_by_role("radio", name="most rows").click()
    expect(offered).to_have_count(0)
