"""The route that a rule field asks, as a browser would; the background answers at once, or not at all."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import anyio
import pytest
from starlette.applications import Starlette

from ui import rule_questions
from ui.rule_questions import Field, Fields, Ground

GROUND = Ground("run", {"age": "number", "marital status": "category"}, "age > 1")


class Background:
    """What was asked of it; `state` is how every job ends."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any], str, str]] = []
        self.state, self.error = "done", ""

    def submit(self, name: str, arguments: dict[str, Any], lane: str, session: str) -> SimpleNamespace:
        self.asked.append((name, arguments, lane, session))
        result = {"values": ["'a'"]}
        if name == "check_rules":
            result = {"verdicts": [{"rows": len(rule)} for rule in arguments["rules"]], "of": 99}
        return SimpleNamespace(
            id="j", active=self.state == "running", state=self.state, result=result, error=self.error
        )

    def take(self, _: str) -> None:
        """The job is forgotten."""


@pytest.fixture
def background(monkeypatch: pytest.MonkeyPatch) -> Background:
    made = Background()
    monkeypatch.setattr(rule_questions, "jobs", lambda: made)
    monkeypatch.setattr(rule_questions, "fields", Fields())
    return made


def ask(token: str, question: Any) -> tuple[int, Any]:
    """The status and the content of the answer."""
    content = question if isinstance(question, bytes) else json.dumps(question).encode()
    path, answer = f"/api/rule/{token}", {"status": 0, "body": b""}
    scope = {"type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b""}

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": content, "more_body": False}

    async def send(message: Any) -> None:
        answer["status"] = message.get("status", answer["status"])
        answer["body"] += message.get("body", b"")

    # In a thread of its own: a browser of other tests keeps an event loop in this one.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(
            anyio.run, Starlette(routes=[rule_questions.ROUTE]), scope | {"headers": []}, receive, send
        ).result()
    return answer["status"], json.loads(answer["body"])


def given(ground: Ground = GROUND, *, named: bool = False) -> str:
    return rule_questions.fields.give(Field("session", ground, named))


def test_rules_that_can_be_read_are_counted_by_the_background(background: Background) -> None:
    status, found = ask(given(named=True), {"rules": ["age > 1", "agge > 1", "A: age > 1"]})
    assert (status, found["of"]) == (200, 99)
    assert [said.get("rows") for said in found["verdicts"]] == [7, None, 10]
    assert found["verdicts"][1]["around"] == ["", "agge", " > 1"]
    about = {"run": "run", "rules": ["age > 1", "A: age > 1"], "where": "age > 1", "named": True}
    assert background.asked == [("check_rules", about, "quick", "session")]


def test_what_cannot_be_read_is_told_without_the_background(background: Background) -> None:
    assert ask(given(), {"rules": ["agge > 1"]})[1]["verdicts"][0]["error"].startswith("There is no column")
    assert background.asked == []


def test_while_a_run_has_no_rows_its_rules_are_read_alone(background: Background) -> None:
    token = given(Ground("run", GROUND.columns, counted=False))
    assert ask(token, {"rules": ["age > 1"]}) == (200, {"verdicts": [{}]})
    assert ask(token, {"column": "age"}) == (200, {"values": []})
    assert background.asked == []


def test_values_are_asked_for_as_a_rule_names_the_column(background: Background) -> None:
    assert ask(given(), {"column": "`marital status`"}) == (200, {"values": ["'a'"]})
    assert background.asked[0][1] == {"run": "run", "column": "marital status"}
    assert ask(given(), {"column": "marital status"}) == (200, {"values": []})


@pytest.mark.parametrize("token", ["0" * 32, "x", "A" * 32])
def test_a_link_that_was_not_given_answers_nothing(background: Background, token: str) -> None:
    assert ask(token, {"rules": ["age > 1"]})[0] == 403
    assert background.asked == []


@pytest.mark.parametrize(
    "question",
    [
        b"",
        b"\xff",
        b"[" * 100_000,
        [],
        {},
        {"rules": "age"},
        {"rules": [1]},
        {"rules": ["age > 1"] * 101},
        {"column": 1},
        pytest.param(b" " * (rule_questions.LARGEST + 1), id="large"),
    ],
)
def test_what_is_no_question_is_refused_in_words(background: Background, question: Any) -> None:
    assert ask(given(), question) == (400, {"error": "This question is not understood. Reload the page."})
    assert background.asked == []


def test_a_rule_of_any_text_has_an_answer(background: Background) -> None:
    status, found = ask(given(), {"rules": ["\ud800", "x" * 100_000, "\0", ""]})
    assert status == 200
    assert all("error" in said for said in found["verdicts"])


def test_a_background_that_fails_or_is_busy_says_so(background: Background, monkeypatch: pytest.MonkeyPatch) -> None:
    background.state, background.error = "failed", "The data has changed."
    assert ask(given(), {"rules": ["age > 1"]}) == (400, {"error": "The data has changed."})
    monkeypatch.setattr(rule_questions, "PATIENCE", 0.01)
    background.state = "running"
    status, found = ask(given(), {"rules": ["age > 1"]})
    assert (status, found["busy"]) == (503, True)
    assert "busy" in found["error"]


def test_the_oldest_links_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rule_questions, "REMEMBERED", 2)
    known = Fields()
    first, second = (known.give(Field("s", GROUND, named=False)) for _ in range(2))
    assert known.give(Field("t", GROUND, named=True), first) == first
    known.give(Field("u", GROUND, named=False))
    assert known.of(second) is None
    found = known.of(first)
    assert found is not None
    assert found.session == "t"
