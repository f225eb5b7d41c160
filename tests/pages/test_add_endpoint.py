"""A system behind an API, added in the browser and judged."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Page, expect

if TYPE_CHECKING:
    from pathlib import Path

    from tests.pages.conftest import Server

pytestmark = pytest.mark.browser


def test_an_endpoint_is_added_once_it_has_answered(page: Page, server: Server, tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    rows = pd.DataFrame({"a": random.normal(size=400), "b": random.normal(size=400)})
    rows["outcome"] = np.where(rows["a"] + random.normal(size=400) > 0, "yes", "no")
    rows.to_csv(tmp_path / "rows.csv", index=False)
    page.goto(f"{server.url}/data")
    page.locator(".zone input").first.set_input_files(tmp_path / "rows.csv")
    expect(page.get_by_text("400 rows × 3 columns")).to_be_visible()
    page.get_by_role("tab", name="Add an endpoint").click()
    page.get_by_role("textbox", name="Name", exact=True).fill("vendor")
    page.get_by_role("textbox", name="URL").fill("http://localhost:9/score")
    add = page.get_by_role("button", name="Ask it about three rows, and add it")
    add.click()
    expect(page.get_by_text("which this server may not ask")).to_be_visible()
    page.get_by_role("textbox", name="URL").fill(f"http://127.0.0.1:{server.endpoint}/score")
    add.click()
    expect(page.get_by_role("button", name="Remove")).to_have_count(1)
    page.get_by_role("button", name="Evaluate").click()
    page.wait_for_url(re.compile(r"/overview\?run="))
    expect(page.get_by_text("Findings", exact=True)).to_be_visible()
    page.get_by_text(re.compile("notes? on data and models")).click()
    expect(page.get_by_text("vendor is asked 4 times about 400 rows.")).to_be_visible()
