"""Somebody uploads models that attack the server: each is refused in words or contained, and the work goes on."""

from __future__ import annotations

import os
import pickle
import re
from typing import TYPE_CHECKING, Any

import joblib
import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Page, expect
from sklearn.linear_model import LogisticRegression

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.pages.conftest import Server

pytestmark = pytest.mark.browser


class Calls:
    """Pickles to a call that is made when the file is loaded."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self._call = function, arguments

    def __reduce__(self) -> Any:
        return self._call


def test_hostile_models_are_contained_and_the_work_goes_on(page: Page, server: Server, tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    rows = pd.DataFrame({"a": random.normal(size=300), "b": random.normal(size=300)})
    truth = np.where(rows["a"] > 0, "yes", "no")
    rows.assign(truth=truth).to_csv(tmp_path / "rows.csv", index=False)
    joblib.dump(LogisticRegression().fit(rows, truth), tmp_path / "honest.joblib")
    written = tmp_path / "written"
    attacks = {
        "writes": Calls(open, str(written), "w"),
        "runs": Calls(os.system, f"touch {written}"),
        "reads": Calls(open, "/etc/passwd"),
        "leaves": Calls(os._exit, 0),
        "kills": Calls(os.kill, server.process.pid if server.process else 0, 9),
    }
    page.goto(f"{server.url}/data")
    page.locator(".zone input").first.set_input_files(tmp_path / "rows.csv")
    expect(page.get_by_text("300 rows × 3 columns")).to_be_visible()
    for name, attack in attacks.items():
        (tmp_path / f"{name}.pkl").write_bytes(pickle.dumps(attack))
        page.locator(".zone", has_text="Drop model files").locator("input").set_input_files(tmp_path / f"{name}.pkl")
        refusal = re.compile(rf"{name}\.pkl (failed to load|holds an? |ended its own process)")
        expect(page.get_by_role("alert").filter(has_text=refusal)).to_be_visible()
    assert not written.exists()
    honest = tmp_path / "honest.joblib"
    page.locator(".zone", has_text="Drop model files").locator("input").set_input_files(honest)
    expect(page.get_by_role("button", name="Remove")).to_have_count(1)
    page.get_by_role("button", name="Evaluate").click()
    page.wait_for_url(re.compile(r"/overview\?run="))
    expect(page.get_by_text("Findings", exact=True)).to_be_visible()
