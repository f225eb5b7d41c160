"""A rule in a real browser: judged while it is typed, completed, applied, saved as a slice, and used again."""

from __future__ import annotations

import re
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
    from playwright.sync_api import Locator

pytestmark = pytest.mark.browser

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def run(server: Server) -> str:
    """The id of a run on 60 rows, with a value and a column that a page must show as text."""
    truth = np.array(["no", "yes"] * 30)
    table = pd.DataFrame({"truth": truth, "said": np.roll(truth, 1), "age": range(60), HOSTILE: 0.5})
    table["job"] = np.where(table["age"] < 20, HOSTILE, np.where(table["age"] < 30, "it's", "b"))
    data = server.home.parent / "rules.parquet"
    table.to_parquet(data)
    systems = [{"name": "one", "label": "said", "role": "candidate"}]
    plan = plan_from({"data": {"path": str(data), "target": "truth"}, "systems": systems}, server.home, "")
    return evaluate(plan, RunStore(server.home / "runs").folder_of(new_run_id())).id


def verdict(page: Page) -> Locator:
    return page.get_by_test_id("stSidebar").locator(".evallib-verdicts")


def open_field(page: Page, server: Server, run: str, name: str = "performance") -> Locator:
    page.goto(f"{server.url}/{name}?run={run}")
    field = page.get_by_role("textbox", name="Only rows where")
    expect(field).to_have_attribute("aria-autocomplete", "list")
    return field


def test_from_the_first_key_to_a_slice_that_is_used_again(page: Page, server: Server, run: str) -> None:
    field = open_field(page, server, run)
    field.press_sequentially("age < ")
    expect(verdict(page)).to_contain_text("This is not understood")
    field.press_sequentially("30")
    expect(verdict(page)).to_contain_text("30 of 60 rows")
    expect(page.get_by_text("Ran on all 60 rows")).to_be_visible()
    assert "where=" not in page.url
    field.press("Enter")
    expect(page.get_by_text("Ran on 30 of 60 rows, where age < 30")).to_be_visible()
    page.wait_for_url(re.compile("where=age"))
    page.get_by_role("button", name="Save as a slice").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="Name").fill("Age / Young")
    box = dialog.get_by_role("combobox", name="Set")
    box.fill("Board")
    box.press("Enter")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Age / Young is saved in Board.")).to_be_visible()
    open_field(page, server, run, "slices")
    page.get_by_role("button", name="Slice sets").click()
    page.get_by_role("button", name="Use them").click()
    page.wait_for_url(re.compile("slices.rules=Age"))
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Settings").click()
    own = page.get_by_role("textbox", name="Own slices")
    expect(own).to_have_value("Age / Young: age < 30")
    below = page.locator(".st-key-rule-slices-rules .evallib-verdicts")
    expect(below).to_contain_text("30 of 60 rows")
    own.press("End")
    own.press_sequentially("\nOld: agge > 3")
    expect(below.locator("mark")).to_have_text("agge")


def test_columns_and_values_are_completed_by_keyboard_and_mouse_and_shown_as_text(
    page: Page, server: Server, run: str
) -> None:
    complaints: list[str] = []
    page.on("dialog", lambda dialog: complaints.append(dialog.message))
    field = open_field(page, server, run)
    choices = page.get_by_role("listbox", name="Completions")
    field.press_sequentially("jo")
    expect(choices.get_by_role("option")).to_have_text(["jobcategory"])
    field.press("Tab")
    expect(field).to_have_value("job")
    field.press_sequentially(" == ")
    options = choices.get_by_role("option")
    expect(options).to_have_text(["'b'", f"'{HOSTILE}'", '"it\'s"'])
    for key in ("ArrowDown", "ArrowDown", "ArrowUp", "ArrowUp", "ArrowUp"):
        field.press(key)
    expect(options.nth(2)).to_have_attribute("aria-selected", "true")
    expect(field).to_have_attribute("aria-activedescendant", re.compile("choices-.*-2"))
    field.press("Escape")
    expect(choices).to_have_count(0)
    field.press_sequentially("'<")
    options.first.click()
    expect(field).to_have_value(f"job == '{HOSTILE}'")
    expect(verdict(page)).to_contain_text("20 of 60 rows")
    field.fill("")
    field.press_sequentially("img")
    field.press("ArrowDown")
    field.press("Enter")
    expect(field).to_have_value(f"`{HOSTILE}`")
    field.press_sequentially(" == 'x'")
    expect(verdict(page).locator("mark")).to_have_text(f"`{HOSTILE}` == 'x'")
    expect(page.locator("img[src=x]")).to_have_count(0)
    assert complaints == []


def test_a_rule_that_stays_wrong_is_told_aloud_and_filters_nothing(page: Page, server: Server, run: str) -> None:
    field = open_field(page, server, run)
    field.fill("agge > 3")
    expect(page.get_by_test_id("stSidebar").get_by_role("status")).to_contain_text("There is no column 'agge'")
    field.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("the nearest is age")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_text("Ran on all 60 rows")).to_be_visible()
