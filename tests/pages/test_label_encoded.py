"""A model that was trained on codes of the classes: what they stand for is said, and can be set on its card."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import joblib
import pytest
from playwright.sync_api import Page, expect
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression

from tests.pages.test_bring_your_own import upload, wait_until_done

if TYPE_CHECKING:
    from pathlib import Path

    from tests.pages.conftest import Server

pytestmark = pytest.mark.browser


def test_the_order_of_the_codes_is_shown_and_set_where_it_is_needed(page: Page, server: Server, tmp_path: Path) -> None:
    table = load_breast_cancer(as_frame=True).frame.iloc[:, [0, 1, 30]].set_axis(["radius", "texture", "type"], axis=1)
    features, names = table[["radius", "texture"]], table["type"].map({0: "malignant", 1: "benign"})
    joblib.dump(LogisticRegression().fit(features, table["type"]), tmp_path / "codes.joblib")
    joblib.dump(LogisticRegression().fit(features, names), tmp_path / "names.joblib")
    features.assign(type=names).to_csv(tmp_path / "tumours.csv", index=False)
    # A list closes when the page scrolls, so the whole page is in view.
    page.set_viewport_size({"width": 1440, "height": 1700})
    page.goto(f"{server.url}/data")
    upload(page, "Drop a labelled data set", tmp_path / "tumours.csv")
    upload(page, "Drop model files", tmp_path / "names.joblib", tmp_path / "codes.joblib")
    expect(page.get_by_role("button", name="Remove")).to_have_count(2)
    chosen = page.get_by_role("combobox", name=re.compile("What its codes stand for"))
    expect(chosen).to_have_count(1)
    expect(chosen).to_have_value("0 = benign, 1 = malignant")
    # While the page is drawn again, a list that was opened closes.
    expect(page.get_by_text("Opening codes.joblib")).to_have_count(0)
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)
    chosen.click()
    page.get_by_role("option", name="0 = malignant, 1 = benign").click()
    expect(chosen).to_have_value("0 = malignant, 1 = benign")
    page.reload()
    expect(chosen).to_have_value("0 = malignant, 1 = benign")
    page.get_by_role("button", name="Evaluate").click()
    page.wait_for_url(re.compile(r"/overview\?run="))
    wait_until_done(page)
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)
    notes = page.get_by_text("note on data and models")
    expect(notes).to_have_count(1)
    notes.click()
    expect(page.get_by_text(re.compile("codes answers 0 = malignant, 1 = benign, as its setting"))).to_be_visible()
