"""The charts in a real browser: drawn in the page's colours, and changed in place."""

from __future__ import annotations

import urllib.request
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from evallib.plan import plan_from
from evallib.run import evaluate
from evallib.runs import RunStore, new_run_id
from ui.chart import LIBRARY, SOURCE

if TYPE_CHECKING:
    from conftest import Server
    from playwright.sync_api import Locator


pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(server: Server) -> str:
    random = np.random.default_rng(0)
    truth = random.integers(0, 2, 300)
    table = pd.DataFrame({"truth": truth, "p": np.clip(0.3 * truth + 0.7 * random.random(300), 0, 1)})
    data = server.home.parent / "rows.parquet"
    table.to_parquet(data)
    systems = [{"name": "one", "probability": ["p"], "role": "candidate"}]
    plan = plan_from({"data": {"path": str(data), "target": "truth"}, "systems": systems}, server.home, "")
    run = evaluate(plan, RunStore(server.home / "runs").folder_of(new_run_id()))
    return f"{server.url}/thresholds?run={run.id}"


def decisions(page: Page) -> Locator:
    chart = page.get_by_role("img", name="True and false positives and negatives of every model at the threshold.")
    expect(chart.get_by_text("TP ")).to_be_visible()
    return chart


def test_a_slider_changes_a_chart_in_place(page: Page, address: str) -> None:
    page.goto(address)
    chart = decisions(page)
    before = chart.get_by_text("TP ").text_content()
    assert before
    chart.evaluate("chart => { chart.querySelector('.main-svg').seen = true; }")
    page.locator('[class*="st-key-thresholds-view-threshold"] input[type=range]').press("PageUp")
    expect(chart.get_by_text(before)).to_have_count(0)
    expect(chart.get_by_text("TP ")).to_be_visible()
    assert chart.evaluate("chart => chart.querySelector('.main-svg').seen")


def test_a_chart_wears_the_colours_of_the_theme_and_the_width_of_the_page(page: Page, address: str) -> None:
    page.goto(address)
    label = decisions(page).get_by_text("TP ")
    light, width = label.evaluate("text => getComputedStyle(text).fill"), decisions(page).bounding_box()
    page.emulate_media(color_scheme="dark")
    expect(label).not_to_have_css("fill", str(light))
    page.set_viewport_size({"width": 1000, "height": 1000})
    assert width is not None
    page.wait_for_function(
        "old => document.querySelector('.evallib-chart[aria-label] .main-svg').clientWidth < old", arg=width["width"]
    )


def test_the_browser_keeps_the_library_and_fetches_it_early(server: Server) -> None:
    with urllib.request.urlopen(server.url + SOURCE) as answer:
        assert answer.read() == LIBRARY.read_bytes()
        assert answer.headers["content-type"].startswith("text/javascript")
        assert "immutable" in answer.headers["cache-control"]
    with urllib.request.urlopen(server.url) as answer:
        assert answer.headers["link"] == f"<.{SOURCE}>; rel=preload; as=script"
    with urllib.request.urlopen(f"{server.url}/readyz") as answer:
        assert answer.headers["link"] is None


def test_panels_stand_two_by_two_where_there_is_little_room(page: Page, address: str) -> None:
    page.goto(address.replace("thresholds", "performance"))
    chart = page.get_by_role("img", name="Dots with intervals of 1 systems in one panel per metric.")
    expect(chart.locator(".annotation-text").first).to_be_visible()
    in_first_row = """([chart, count]) => {
        const tops = [...chart.querySelectorAll('.annotation-text')].map((title) => title.getBoundingClientRect().top);
        return tops.filter((top) => Math.abs(top - tops[0]) < 2).length === count;
    }"""
    page.wait_for_function(in_first_row, arg=[chart.element_handle(), 3])
    page.set_viewport_size({"width": 900, "height": 1000})
    page.wait_for_function(in_first_row, arg=[chart.element_handle(), 2])
