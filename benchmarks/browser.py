"""What a visitor of the app waits for, with an evaluation of a million rows: start, visits, page switches, sliders.

    python benchmarks/browser.py [--rows 1000000] [--runs 100] [--repeats 30] [--home DIR]

Starts the app on a workspace of its own, visits it with headless Chromium and, for many users at once, with bare
websocket clients, and prints medians and 95th percentiles beside the goals. `--home` keeps the workspace for the next
time. The load of the machine stands beside every figure: on a busy one compare ratios, not milliseconds.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from load import busy, visits
from playwright.sync_api import Browser, Page, sync_playwright
from run import table
from served import Server, evaluation

from evallib.methods import METHODS

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
PAGE = "thresholds"
"""The page whose slider is moved, and that the many users look at."""

UPLOAD = 200 * 2**20
SECONDS = 20
"""How long the many users work."""

HELPERS = """
const charts = () => [...document.querySelectorAll('[data-testid=stPlotlyChart], .evallib-chart[aria-label]')];
const isDrawn = (chart) => chart.querySelector('.main-svg');
const isNamed = (title) => document.querySelector('h1')?.textContent.trim() === title;
const observed = (look) => {
  const observer = new MutationObserver((records) => look(records, observer));
  observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
};
window.drawn = (title) => new Promise((done) => {
  const began = window.began ?? 0;
  let first = 0;
  const look = (_, observer) => {
    if (!isNamed(title) || !charts().some(isDrawn)) return;
    first ||= performance.now() - began;
    const running = document.querySelector('[data-testid=stApp]')?.dataset.testScriptState !== 'notRunning';
    if (running || !charts().every(isDrawn)) return;
    observer.disconnect();
    requestAnimationFrame(() => done([first, performance.now() - began]));
  };
  observed(look);
});
window.switched = (link, title) => {
  window.began = performance.now();
  const both = drawn(title);
  document.querySelector(link).click();
  return both;
};
const moving = '[data-testid=stPlotlyChart], .evallib-chart[aria-label], [data-testid=stMetricValue]';
const within = (node) => (node.nodeType === 1 ? node : node.parentElement)?.closest(moving);
window.watch = () => {
  let began = 0, last = 0, timer = 0;
  document.addEventListener('keydown', () => { began = performance.now(); }, { capture: true, once: true });
  window.redrawn = new Promise((done) => observed((records, observer) => {
    const touched = (one) => within(one.target) || [...one.addedNodes].some(within);
    if (!began || !records.some(touched)) return;
    requestAnimationFrame(() => { last = performance.now(); });
    clearTimeout(timer);
    timer = setTimeout(() => { observer.disconnect(); done(last - began); }, 400);
  }));
};
"""


def main() -> None:
    """Measure everything and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=100, help="older evaluations on the server")
    parser.add_argument("--repeats", type=int, default=30)
    parser.add_argument("--home", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        home = options.home or Path(name)
        home.mkdir(parents=True, exist_ok=True)
        run = evaluation(home, options.rows, options.runs)
        print(f"{options.rows:,} rows, {options.runs} older evaluations, {os.cpu_count()} cores")
        print(f"{'':44}{'median':>9}{'p95':>9}{'goals':>17}   load")
        with sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            measure_starts(browser, home, run, max(options.repeats // 6, 2))
            with Server(home) as server:
                measure_pages(browser, server, run, options.repeats)
                measure_upload(browser, server, home)
            measure_floor(browser, home, options.repeats)
            browser.close()
        with Server(home) as server:
            asyncio.run(measure_users(server, run))


def report(what: str, values: Iterable[float], unit: str, *goals: float) -> None:
    """Print one line: the median and the 95th percentile beside the goals, and how busy the machine is."""
    values = list(values)
    middle, high = np.percentile(values, [50, 95])
    reached = all(value <= goal for value, goal in zip((middle, high), goals, strict=False))
    text = " / ".join("-" if goal == np.inf else f"{goal:g}" for goal in goals) + f" {unit}"
    verdict = "" if not goals else "  " if reached else " ✗"
    print(f"{what:44}{middle:9,.1f}{high:9,.1f}{text:>14}{verdict:2}   {os.getloadavg()[0]:.1f}", flush=True)


def open_page(browser: Browser) -> Page:
    """A page in a browser that has seen nothing yet."""
    page = browser.new_context(viewport={"width": 1440, "height": 1000}).new_page()
    page.set_default_timeout(60_000)
    page.add_init_script(HELPERS)
    return page


def measure_starts(browser: Browser, home: Path, run: str, repeats: int) -> None:
    """A fresh server, and the very first visit of a browser with an empty cache."""
    ready, first, every = [], [], []
    for _ in range(repeats):
        with Server(home) as server:
            ready.append(server.ready)
            time.sleep(2)
            page = open_page(browser)
            page.add_init_script(f"window.visited = drawn({METHODS[PAGE].title!r})")
            page.goto(f"{server.url}/{PAGE}?run={run}")
            for times, taken in zip((first, every), page.evaluate("visited"), strict=True):
                times.append(taken / 1e3)
            page.context.close()
    report("server ready", ready, "s", 4)
    report(f"first visit of {PAGE}, first chart", first, "s")
    report(f"first visit of {PAGE}, all charts", every, "s", 3)


def measure_pages(browser: Browser, server: Server, run: str, repeats: int) -> None:
    """Page switches by the menu, and the slider."""
    page = open_page(browser)
    page.add_init_script(f"window.visited = drawn({METHODS[PAGE].title!r})")
    page.goto(f"{server.url}/{PAGE}?run={run}")
    page.evaluate("visited")
    keys = [key for key, method in METHODS.items() if not method.long and key != PAGE]
    switches: dict[str, list[list[float]]] = {key: [] for key in (*keys, PAGE)}
    for _ in range(1 + repeats // 3):
        for key, taken in switches.items():
            link, title = f'[data-testid=stSidebarNavLink][href$="/{key}"]', METHODS[key].title
            taken.append(page.evaluate("([link, title]) => switched(link, title)", [link, title]))
            page.wait_for_timeout(300)
    warm = {key: np.array(taken[1:]) for key, taken in switches.items()}
    for key, times in warm.items():
        report(f"page switch to {key}, first chart", times[:, 0], "ms", 400, 800)
        report("  all charts", times[:, 1], "ms")
    report("page switch, first chart", np.concatenate([times[:, 0] for times in warm.values()]), "ms", 400, 800)
    report("slider until all is drawn again", slide(page, PAGE, repeats), "ms", 150, 300)
    page.context.close()


def measure_floor(browser: Browser, home: Path, repeats: int) -> None:
    """The slider of a page that holds nothing else but one small chart."""
    with Server(home, "benchmarks/bare.py", "_stcore/health") as server:
        page = open_page(browser)
        page.add_init_script("window.visited = drawn('Bare')")
        page.goto(server.url)
        page.evaluate("visited")
        report("  the floor: a bare page with one chart", slide(page, "bare", repeats), "ms")
        page.context.close()


def slide(page: Page, key: str, repeats: int) -> list[float]:
    """Milliseconds from a key press to the last change in a chart or a number, for ever other positions."""
    page.locator(f'[class*="st-key-{key}-view-"] input[type=range]').first.focus()
    page.wait_for_timeout(500)
    taken = []
    for _ in range(repeats):
        page.evaluate("watch()")
        page.keyboard.press("ArrowRight")
        taken.append(page.evaluate("redrawn"))
    return taken


def measure_upload(browser: Browser, server: Server, home: Path) -> None:
    """A large CSV file through the drop zone: until it has arrived, and until its profile is on the page."""
    header, rows = table(20_000).to_csv(index=False).split("\n", 1)
    file = home / "upload.csv"
    file.write_text(header + "\n" + rows * (UPLOAD // len(rows)), "utf-8")
    page = open_page(browser)
    page.goto(f"{server.url}/data")
    zone = page.locator(".zone input").first
    zone.wait_for(state="attached")
    page.wait_for_timeout(1000)
    before = server.memory
    with server.peak() as memory:
        began = time.perf_counter()
        with page.expect_response("**/api/upload/**") as answer:
            zone.set_input_files(file)
        answer.value.finished()
        arrived = time.perf_counter() - began
    report("200 MB uploaded", [arrived], "s", 5)
    report("more memory meanwhile", [memory[-1] - before], "MB", 50)
    page.get_by_text("2 · Columns").wait_for()
    report("until its profile is shown", [time.perf_counter() - began], "s")
    page.context.close()
    file.unlink()


async def measure_users(server: Server, run: str) -> None:
    """Twenty users at once with a second to think, and the memory that a hundred take."""
    at = server.url, PAGE, f"run={run}"
    users = await visits(*at, 1)
    report("server, after one visit", [server.memory], "MB")
    users += await visits(*at, 19)
    report("server, 20 sessions", [server.memory], "MB")
    turns = ("slider, at first", f"{PAGE}.view."), ("slider, later", f"{PAGE}.view."), ("model picker", "models")
    for what, prefix in turns:
        began = server.cpu
        taken = await busy(users, prefix, SECONDS)
        report(f"20 users: {what}", [1e3 * one for one in taken], "ms", np.inf, 150)
        report("  processor time of a run", [1e3 * (server.cpu - began) / len(taken)], "ms")
    twenty = server.memory
    report("server, after their work", [twenty], "MB")
    users += await visits(*at, 80)
    report("server, 100 sessions", [server.memory], "MB")
    report("  per session", [(server.memory - twenty) / 80], "MB", 1)


if __name__ == "__main__":
    main()
