"""What the server says of its own security, on every level, and who may ask for less."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from evallib.models import Isolation, isolation
from evallib.models.isolation import LayerState
from evallib.models.limits import LAYERS, Level
from ui import security

PAGE = Path(__file__).parents[2] / "pages" / "about" / "security.py"


def show(monkeypatch: pytest.MonkeyPatch, level: Level) -> AppTest:
    """The page on a machine of this level."""
    on = {"A": LAYERS, "B": ("seccomp",), "C": ()}[level]
    states = tuple(LayerState(layer, layer in on, f"{layer} was tried") for layer in LAYERS)
    monkeypatch.setitem(isolation._known, LAYERS, Isolation(level, states))
    page = AppTest.from_file(str(PAGE), default_timeout=60).run()
    assert not page.exception
    return page


def words(page: AppTest) -> str:
    return " ".join(element.value for element in [*page.subheader, *page.markdown])


@pytest.mark.parametrize(
    ("level", "states", "formats"),
    [
        ("A", ["on", "on"], "Keras: accepted. They hold code, which is locked in"),
        ("B", ["off", "on"], "Keras: accepted. They hold code, which is locked in"),
        (
            "C",
            ["off", "off"],
            "Keras: refused. They hold code, and landlock was tried; seccomp was tried",
        ),
    ],
)
def test_the_page_tells_the_level_the_layers_and_what_follows(
    monkeypatch: pytest.MonkeyPatch, level: Level, states: list[str], formats: str
) -> None:
    page = show(monkeypatch, level)
    assert f"Isolation: level {level}" in words(page)
    for layer, state in zip(["Landlock", "seccomp"], states, strict=True):
        assert f"**{layer}** · {state}" in words(page)
    assert formats in words(page)
    assert "LightGBM and CatBoost: accepted" in words(page)


@pytest.mark.parametrize(
    ("level", "says", "is_silent_on"),
    [
        ("A", ["opens no file but the upload", "reaches no network"], ["read all the same"]),
        ("B", ["reaches no network", "read all the same"], ["opens no file but the upload"]),
        ("C", ["limits on memory and time", "read all the same"], ["opens no file", "reaches no network"]),
    ],
)
def test_the_page_tells_what_a_data_file_is_kept_from(
    monkeypatch: pytest.MonkeyPatch, level: Level, says: list[str], is_silent_on: list[str]
) -> None:
    shown = words(show(monkeypatch, level))
    assert [text for text in says if text not in shown] == []
    assert [text for text in is_silent_on if text in shown] == []


def test_the_page_tells_that_pickles_are_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVALLIB_ALLOW_PICKLE", "0")
    assert "Keras: refused, because the operator" in words(show(monkeypatch, "A"))


def test_the_page_tells_the_limits_in_force(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVALLIB_MODEL_MEMORY_MB", "1234")
    limits = show(monkeypatch, "A").table[0].value.set_index("Set by")["Value"]
    assert limits["EVALLIB_MODEL_MEMORY_MB"] == "1,234 MB"
    assert limits["EVALLIB_MODELS_MEMORY_MB"] == "not set"
    assert limits["EVALLIB_MAX_COLUMNS"] == "2,000"


def banner() -> None:
    from ui.security import warn_unprotected  # noqa: PLC0415  (this function is run as a script of its own)

    warn_unprotected()


@pytest.mark.parametrize(("level", "asked", "shown"), [("C", "1", 1), ("C", "0", 0), ("A", "1", 0)])
def test_a_red_banner_stays_while_models_run_unprotected(
    monkeypatch: pytest.MonkeyPatch, level: Level, asked: str, shown: int
) -> None:
    monkeypatch.setenv("EVALLIB_UNSAFE_LOCAL", asked)
    states = tuple(LayerState(layer, level == "A", "") for layer in LAYERS)
    monkeypatch.setitem(isolation._known, LAYERS, Isolation(level, states))
    page = AppTest.from_function(banner).run()
    assert len(page.error) == shown
    assert all("Models run unprotected" in error.value for error in page.error)


@pytest.mark.parametrize(
    ("address", "by_streamlit", "kept"),
    [
        ("127.0.0.1", True, True),
        ("::1", True, True),
        ("localhost", True, True),
        ("127.0.0.1", False, False),
        ("0.0.0.0", True, False),  # noqa: S104
        ("", True, False),
        ("10.0.0.7", True, False),
        ("example.org", True, False),
    ],
)
def test_only_a_server_for_this_machine_alone_may_run_models_unprotected(
    monkeypatch: pytest.MonkeyPatch, address: str, by_streamlit: bool, kept: bool
) -> None:
    monkeypatch.setenv("EVALLIB_UNSAFE_LOCAL", "1")
    monkeypatch.setattr(security.st, "get_option", {"server.address": address or None}.get)
    if by_streamlit:
        monkeypatch.setitem(sys.modules, "streamlit.web.cli", sys)
    else:
        monkeypatch.delitem(sys.modules, "streamlit.web.cli", raising=False)
    security.forget_unsafe_local()
    assert ("EVALLIB_UNSAFE_LOCAL" in os.environ) == kept
