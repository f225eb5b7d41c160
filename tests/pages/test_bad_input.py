"""What a hostile or a clumsy user does in a browser ends in one sentence, and costs nothing that was there."""

from __future__ import annotations

import re
from itertools import cycle
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from evallib.methods import METHODS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.pages.conftest import Server

pytestmark = pytest.mark.browser

DATA = "Drop a labelled data set"
MARKUP = "**bold** $x^2$ [l](http://a.example) <b>b</b>"
HOSTILE = "<img src=x onerror=alert(1)>"
TURNED = "\u202egnp.exe"


def drop(page: Page, label: str, path: Path) -> None:
    page.locator(".zone", has_text=label).locator("input").set_input_files(path)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table with a probability, a column of answers whose name is Markdown, and one whose name turns the text."""
    rows = pd.DataFrame({"outcome": ["yes", "no"] * 60, "score": [0.7, 0.4, 0.6, 0.5] * 30, TURNED: range(120)})
    rows[MARKUP] = ["yes", "no", "no", "yes", "yes", "no"] * 20
    path = tmp_path_factory.mktemp("hostile") / "hostile.csv"
    rows.to_csv(path, index=False)
    return path


def test_every_bad_file_is_refused_in_words_and_the_next_is_taken(
    page: Page, server: Server, tmp_path: Path, table: Path
) -> None:
    sentences = {
        "empty.csv": ("", "empty.csv is empty"),
        "twice.csv": ("a,a\n1,2\n", "twice.csv has more than one column named a"),
        "text.parquet": ("a,b\n1,2\n", "text.parquet is not a Parquet file"),
    }
    page.goto(f"{server.url}/data")
    for name, (content, sentence) in sentences.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
        drop(page, DATA, tmp_path / name)
        expect(page.get_by_role("alert").filter(has_text=sentence)).to_be_visible()
    drop(page, DATA, table)
    expect(page.get_by_text("120 rows × 4 columns")).to_be_visible()


def test_what_was_guessed_can_be_evaluated_at_once(page: Page, server: Server, table: Path) -> None:
    page.goto(f"{server.url}/data")
    drop(page, DATA, table)
    page.get_by_text("120 rows × 4 columns").wait_for()
    page.get_by_role("button", name="Evaluate").dblclick()
    page.wait_for_url(re.compile(r"/overview\?run="))
    expect(page.get_by_text("Headline metrics")).to_be_visible()
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
    expect(page.get_by_text("Something went wrong")).to_have_count(0)


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("data?data=nothing", "There is no data set nothing on this server any more; upload it again."),
        ("overview?run=../../etc", "There is no evaluation ../../etc on this server."),
    ],
)
def test_an_address_that_leads_nowhere_says_so(page: Page, server: Server, address: str, sentence: str) -> None:
    page.goto(f"{server.url}/{address}")
    expect(page.get_by_role("alert").filter(has_text=sentence)).to_be_visible()
    expect(page.get_by_text("Something went wrong")).to_have_count(0)


def test_nothing_in_an_address_is_trusted(page: Page, server: Server) -> None:
    complaints: list[str] = []
    page.on("dialog", lambda dialog: complaints.append(dialog.message))
    page.goto(f"{server.url}/")
    page.get_by_role("button", name="Open Kidney stones").click()
    page.wait_for_url(re.compile(r"/overview\?run="))
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
    run = re.search(r"run=([^&]+)", page.url)
    assert run is not None
    said = {"positive": HOSTILE, "models": HOSTILE, "where": "__import__('os').system('true')"}
    for key, method in METHODS.items():
        fields = [f"{key}.{name}" for name in method.params.model_fields]
        fields += [f"{key}.view.{name}" for name in method.view.model_fields] if method.view else []
        query = urlencode(
            {"run": run[1]} | said | dict(zip(fields, cycle(["NaN", "-1", "1e999", HOSTILE, ""]), strict=False))
        )
        page.goto(f"{server.url}/{key}?{query}")
        expect(page.get_by_role("heading", name=method.title, exact=True, level=1)).to_be_visible()
        expect(page.get_by_role("alert").filter(has_text="__import__")).to_be_visible()
        expect(page.get_by_text("Something went wrong")).to_have_count(0)
    assert complaints == []


def test_a_run_that_nothing_computes_any_more_says_so(page: Page, server: Server) -> None:
    run = "20260101-000000-0123abcd"
    folder = server.home / "runs" / run
    folder.mkdir()
    (folder / "run.json").write_text('{"state": "waiting"}', encoding="utf-8")
    page.goto(f"{server.url}/overview?run={run}")
    expect(page.get_by_text("The evaluation was interrupted before it ended; evaluate again.")).to_be_visible()


def test_the_log_repeats_nothing_that_was_brought(server: Server) -> None:
    log = (server.home.parent / "server.log").read_text("utf-8")
    brought = ("hostile.csv", "twice.csv", "alert(1)", "__import__", "Traceback (most recent")
    assert [word for word in brought if word in log] == []
