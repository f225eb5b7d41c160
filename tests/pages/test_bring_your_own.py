"""Upload data and models, evaluate, visit every page, share an address, and find it all again after a restart."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import joblib
import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Page, Route, expect
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from evallib.methods import METHODS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.pages.conftest import Server

pytestmark = pytest.mark.browser

HOSTILE = "<img src=x onerror=alert(1)> **bold** $x$"


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set with an awkward column name, and two models trained on its other half."""
    folder = tmp_path_factory.mktemp("files")
    table = load_breast_cancer(as_frame=True).frame.iloc[:, [0, 1, 2, 3, 30]]
    table.columns = ["radius", "texture", "perimeter", "area", "diagnosis"]
    table["diagnosis"] = table["diagnosis"].map({0: "no", 1: "yes"})
    table[HOSTILE] = (table["texture"] > 19).map({True: "=rough", False: "fine"})
    train, test = table.iloc[::2], table.iloc[1::2]
    numbers = ["radius", "texture", "perimeter", "area"]
    steps = make_column_transformer((StandardScaler(), numbers), (OneHotEncoder(), [HOSTILE]))
    features = train.drop(columns="diagnosis")
    joblib.dump(make_pipeline(steps, LogisticRegression()).fit(features, train["diagnosis"]), folder / "linear.joblib")
    for name, depth in (("tree", 3), ("stump", 1)):
        tree = DecisionTreeClassifier(max_depth=depth, random_state=0)
        joblib.dump(make_pipeline(steps, tree).fit(features, train["diagnosis"]), folder / f"{name}.joblib")
    test.to_csv(folder / "tumours.csv", index=False)
    (folder / "broken.csv").write_bytes(b"")
    (folder / "notes.joblib").write_bytes(b"no model")
    return folder


def upload(page: Page, label: str, *paths: Path) -> None:
    page.locator(".zone", has_text=label).locator("input").set_input_files(paths)


def open_demo(page: Page, title: str) -> None:
    """Not by its place: while a page loads, later cards can be there before earlier ones."""
    page.get_by_role("button", name=f"Open {title}").click()
    page.wait_for_url(re.compile(r"/overview\?run="))


def wait_until_done(page: Page) -> None:
    """Twice as long as for anything else: models and methods give way to whatever else the machine does."""
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0, timeout=120_000)


def test_from_files_to_a_judged_model_and_back_after_a_restart(page: Page, server: Server, files: Path) -> None:
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: complaints.append(f"a script ran: {dialog.message}"))
    page.goto(f"{server.url}/data")
    upload(page, "Drop a labelled data set", files / "broken.csv")
    expect(page.get_by_text("broken.csv is empty")).to_be_visible()

    upload(page, "Drop a labelled data set", files / "tumours.csv")
    expect(page.get_by_text("284 rows × 6 columns")).to_be_visible()
    upload(page, "Drop model files", files / "notes.joblib")
    expect(page.get_by_text("notes.joblib is not a pickle or joblib file")).to_be_visible()
    upload(page, "Drop model files", files / "stump.joblib")
    looked_at = page.get_by_text("Opening stump.joblib").or_(page.get_by_text("Waiting for"))
    expect(looked_at.or_(page.get_by_role("button", name="Remove")).first).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name="Remove")).to_have_count(1)
    # Two at once, and one right after them, as quick hands do.
    upload(page, "Drop model files", files / "tree.joblib", files / "linear.joblib")
    upload(page, "Drop model files", files / "notes.joblib")
    expect(page.get_by_role("button", name="Remove")).to_have_count(3)
    page.get_by_role("button", name="Remove").first.click()
    expect(page.get_by_role("button", name="Remove")).to_have_count(2)

    page.get_by_role("button", name="Evaluate").click()
    page.wait_for_url(re.compile(r"/overview\?run="))
    wait_until_done(page)
    expect(page.get_by_text("Findings", exact=True)).to_be_visible()
    run = page.url.split("run=")[1]

    for key, method in METHODS.items():
        page.goto(f"{server.url}/{key}?run={run}")
        expect(page.get_by_role("heading", name=method.title, exact=True, level=1)).to_be_visible()
        if not method.long:
            expect(page.get_by_text("Ran on all 284 rows")).to_be_visible()
        expect(page.get_by_text("Something went wrong")).to_have_count(0)

    page.goto(f"{server.url}/thresholds?run={run}&where=texture+%3C+20&positive=no&models=linear")
    expect(page.get_by_text(re.compile("of 284 rows, where texture < 20"))).to_be_visible()
    expect(page.get_by_text("tree", exact=True)).to_have_count(1)

    server.stop()
    server.start()
    page.goto(f"{server.url}/reliability?run={run}")
    expect(page.get_by_text("Ran on all 284 rows")).to_be_visible()
    assert complaints == []


def test_files_still_being_sent_arrive_although_a_model_before_them_changes_the_page(
    page: Page, server: Server, files: Path
) -> None:
    held: list[Route] = []

    def hold_the_second(route: Route) -> None:
        held.append(route)
        if len(held) != 2:
            route.continue_()

    page.goto(f"{server.url}/data")
    upload(page, "Drop a labelled data set", files / "tumours.csv")
    expect(page.get_by_text("284 rows × 6 columns")).to_be_visible()
    page.route("**/api/upload/*", hold_the_second)
    upload(page, "Drop model files", *(files / f"{name}.joblib" for name in ("stump", "tree", "linear")))
    expect(page.get_by_text("Uploading tree.joblib, 1 more to come")).to_be_visible()
    expect(page.get_by_role("button", name="Remove")).to_have_count(1)
    page.get_by_role("tab", name="Add an endpoint").click()
    held[1].continue_()
    expect(page.get_by_role("button", name="Remove")).to_have_count(3)
    expect(page.get_by_role("tab", name="Add an endpoint")).to_have_attribute("aria-selected", "true")


def test_a_rule_with_python_in_it_is_refused_in_words(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/")
    open_demo(page, "Kidney stones")
    wait_until_done(page)
    field = page.get_by_role("textbox", name="Only rows where")
    field.fill("__import__('os').system('true')")
    field.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="__import__")).to_be_visible()


def test_an_unknown_run_in_the_address_is_said(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/reliability?run=20200101-000000-00000000")
    expect(page.get_by_text("There is no evaluation")).to_be_visible()
    expect(page.get_by_text("No evaluation is open.")).to_be_visible()


def test_an_evaluation_survives_a_refresh_and_can_be_cancelled(page: Page, server: Server, tmp_path: Path) -> None:
    rows = pd.DataFrame(np.random.default_rng(0).normal(size=(200_000, 5)), columns=list("abcde"))
    truth = np.where(rows["a"] > 0, "yes", "no")
    a_minute = KNeighborsClassifier(100, algorithm="brute").fit(rows.head(50_000), truth[:50_000])
    joblib.dump(a_minute, tmp_path / "slow.joblib")
    rows.assign(truth=truth).to_parquet(tmp_path / "rows.parquet")
    page.goto(f"{server.url}/data")
    upload(page, "Drop a labelled data set", tmp_path / "rows.parquet")
    expect(page.get_by_text("200,000 rows × 6 columns")).to_be_visible()
    upload(page, "Drop model files", tmp_path / "slow.joblib")
    expect(page.get_by_role("button", name="Remove")).to_have_count(1)
    page.get_by_role("button", name="Evaluate").click()
    page.wait_for_url(re.compile(r"/overview\?run="))
    page.get_by_role("button", name="Cancel").wait_for()
    page.reload()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
    expect(page.get_by_text(re.compile("was cancelled|There is no evaluation"))).to_be_visible()


def test_another_evaluation_opens_while_one_is_open(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/")
    opened = []
    for title, found in (("Berkeley admissions", "Partial reversal"), ("Kidney stones", "Strict reversal")):
        open_demo(page, title)
        expect(page.get_by_text(found).first).to_be_visible()
        opened.append(page.url)
        page.get_by_role("link", name="Home", exact=True).click()
        expect(page.get_by_text("Start with a demo")).to_be_visible()
    assert opened[0] != opened[1]


def test_evaluations_of_one_name_are_told_apart(page: Page, server: Server) -> None:
    opened = []
    for _ in range(2):
        page.goto(f"{server.url}/")
        open_demo(page, "Kidney stones")
        expect(page.get_by_text("Strict reversal").first).to_be_visible()
        wait_until_done(page)
        opened.append(page.url)
    assert opened[0] != opened[1]
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)
    page.get_by_test_id("stSidebar").get_by_role("combobox").first.click()
    page.get_by_role("option").filter(has_text=re.compile(r"Kidney.*\)$")).last.click()
    page.wait_for_url(lambda address: address not in opened[1:])
    expect(page.get_by_placeholder(re.compile(r"^Kidney.*\)$"))).to_have_value("")
    expect(page.get_by_text("Findings", exact=True)).to_be_visible()
