"""What a page is told of a method that is started by hand."""

from types import SimpleNamespace

import pytest

from evallib.core.finding import Outcome
from evallib.methods import METHODS
from evallib.runs.record import MethodRecord
from ui import results
from ui.state import Selection

FINDER = METHODS["finder"]


@pytest.fixture
def asked(monkeypatch):
    """What was asked of the background."""
    found = []
    jobs = SimpleNamespace(active=lambda *_, **__: None, submit=lambda *work: found.append(work))
    monkeypatch.setattr(results, "jobs", lambda: jobs)
    monkeypatch.setattr(results, "run_store", lambda: SimpleNamespace(changed=lambda _: 0.0))
    monkeypatch.setattr(results, "session_id", lambda: "s")
    return found


def run_with(outcome, variation=None):
    record = MethodRecord(outcome=outcome, reason="Why.")
    return SimpleNamespace(id="r", state="done", variation_key=lambda *_: variation, record=lambda *_: record)


def answer(run, *, start=False):
    return results.answer(run, FINDER, FINDER.params(), Selection(), start=start)


def test_what_waits_to_be_started_has_no_answer_yet(asked):
    assert answer(run_with(Outcome.SKIPPED)).record is None
    assert asked == []
    answer(run_with(Outcome.SKIPPED), start=True)
    assert len(asked) == 1


def test_what_does_not_apply_says_so_and_offers_no_start(asked):
    found = answer(run_with(Outcome.NOT_APPLICABLE), start=True)
    assert found.record.reason == "Why."
    assert asked == []


def test_what_failed_with_other_settings_says_so(asked):
    assert answer(run_with(Outcome.SKIPPED, "v"), start=True).record.reason == "Why."
    assert asked == []
