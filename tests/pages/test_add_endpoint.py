"""A system behind an API, added in the browser and judged."""

from __future__ import annotations

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from tests.pages.conftest import Server, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.browser


class Scorer(BaseHTTPRequestHandler):
    """Says that the chance grows with a."""

    def do_POST(self) -> None:
        rows = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["instances"]
        content = json.dumps({"predictions": [1 / (1 + np.exp(-row["a"])) for row in rows]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def api() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Scorer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@pytest.fixture
def allowing(tmp_path: Path, api: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server whose operator allows the API."""
    monkeypatch.setenv("EVALLIB_ENDPOINT_HOSTS", f"127.0.0.1:{api}")
    home = tmp_path / "home"
    home.mkdir()
    running = Server(home, free_port())
    running.start()
    yield running
    running.stop()


def test_an_endpoint_is_added_once_it_has_answered(page: Page, allowing: Server, api: int, tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    rows = pd.DataFrame({"a": random.normal(size=400), "b": random.normal(size=400)})
    rows["outcome"] = np.where(rows["a"] + random.normal(size=400) > 0, "yes", "no")
    rows.to_csv(tmp_path / "rows.csv", index=False)
    page.goto(f"{allowing.url}/data")
    page.locator(".zone input").first.set_input_files(tmp_path / "rows.csv")
    expect(page.get_by_text("400 rows × 3 columns")).to_be_visible()
    page.get_by_role("tab", name="Add an endpoint").click()
    page.get_by_role("textbox", name="Name", exact=True).fill("vendor")
    page.get_by_role("textbox", name="URL").fill("http://localhost:9/score")
    add = page.get_by_role("button", name="Ask it about three rows, and add it")
    add.click()
    expect(page.get_by_text("which this server may not ask")).to_be_visible()
    page.get_by_role("textbox", name="URL").fill(f"http://127.0.0.1:{api}/score")
    add.click()
    expect(page.get_by_role("button", name="Remove")).to_have_count(1)
    page.get_by_role("button", name="Evaluate").click()
    page.wait_for_url(re.compile(r"/overview\?run="))
    expect(page.get_by_text("Findings", exact=True)).to_be_visible()
    page.get_by_text(re.compile("notes? on data and models")).click()
    expect(page.get_by_text("vendor is asked 4 times about 400 rows.")).to_be_visible()
