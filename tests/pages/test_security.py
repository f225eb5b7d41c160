"""The page on security in a real browser, on the machine that the tests run on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from evallib.models import find_isolation

if TYPE_CHECKING:
    from conftest import Server
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def test_the_last_page_of_the_menu_tells_how_models_are_kept_in(page: Page, server: Server) -> None:
    page.goto(server.url)
    last = page.get_by_test_id("stSidebarNavLink").last
    expect(last).to_contain_text("Security")
    last.click()
    expect(page.get_by_role("heading", name=f"Isolation: level {find_isolation().level}")).to_be_visible()
    expect(page.get_by_text("Models run unprotected")).to_have_count(0)
