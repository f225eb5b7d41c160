"""A real server on a free port and a real browser."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from dataclasses import dataclass
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.pages.scorer import Scorer

if TYPE_CHECKING:
    from collections.abc import Iterator

expect.set_options(timeout=60_000)

ROOT = Path(__file__).parents[2]
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Server:
    """A running app; `url` is its address, `endpoint` the port of the API that its operator allows."""

    home: Path
    port: int
    endpoint: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        settings = {"EVALLIB_HOME": str(self.home), "EVALLIB_ENDPOINT_HOSTS": f"127.0.0.1:{self.endpoint}"}
        command = [sys.executable, "-m", "streamlit", "run", "app.py"]
        options = ["--server.port", str(self.port), "--server.address", "127.0.0.1"]
        with (self.home.parent / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*command, *options], cwd=ROOT, env={**os.environ, **settings}, stdout=log, stderr=log
            )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url}/readyz", timeout=2) as answer:
                if answer.status == 200:
                    return
            time.sleep(0.1)
        raise TimeoutError("The server did not become ready.")

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def endpoint() -> Iterator[int]:
    """The port of an API that scores rows."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Scorer) as api:
        threading.Thread(target=api.serve_forever, daemon=True).start()
        yield api.server_address[1]
        api.shutdown()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, endpoint: int) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("app") / "home", free_port(), endpoint)
    running.home.mkdir()
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists() and not os.environ.get("REQUIRE_BROWSER"):
        pytest.skip(f"{CHROMIUM} is not installed")
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    # What turns while the server works would have it wait for the processor that draws it.
    context = browser.new_context(viewport={"width": 1440, "height": 1000}, reduced_motion="reduce")
    opened = context.new_page()
    opened.set_default_timeout(60_000)
    yield opened
    context.close()
