"""Pages wait for one another, but not for ever."""

from __future__ import annotations

import threading

import pytest

from ui import turns
from ui.turns import take_turn


def test_a_page_begins_when_the_one_before_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "PATIENCE", 60)
    made = []
    begun, may_end = threading.Event(), threading.Event()

    def first() -> None:
        with take_turn():
            begun.set()
            may_end.wait()
            made.append("first")

    def second() -> None:
        with take_turn():
            made.append("second")

    threads = [threading.Thread(target=page) for page in (first, second)]
    threads[0].start()
    begun.wait()
    threads[1].start()
    threads[1].join(0.05)
    may_end.set()
    for thread in threads:
        thread.join()
    assert made == ["first", "second"]


def test_a_page_that_takes_too_long_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "PATIENCE", 0.01)
    with take_turn():
        with take_turn():
            pass
        with take_turn():
            pass


def test_a_page_that_fails_gives_its_turn_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "PATIENCE", 60)
    for _ in range(2):
        with pytest.raises(KeyError), take_turn():
            raise KeyError
