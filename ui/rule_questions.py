"""The route that a rule field asks while somebody types: no page is drawn again for it.

A field's link stands for a session, a run and the rows that are looked at, and cannot be guessed. A rule is read at
once; the rows are counted by the background process that has them.
"""

from __future__ import annotations

import json
import re
import threading
import time
import uuid
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import anyio
from starlette.responses import JSONResponse
from starlette.routing import Route

from evallib.core.errors import BadInput
from evallib.core.named_rules import MOST_NAMED
from evallib.core.rule_grammar import LENGTH
from evallib.core.rules import column_text
from evallib.core.verdicts import verdict
from ui.services import jobs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from ui.jobs import Job

TOKEN = re.compile(r"[0-9a-f]{32}")
LONGEST = 4 * LENGTH
"""The most characters of one question's line that are looked at; the grammar refuses it well before."""

LARGEST = 8 * MOST_NAMED * LENGTH
"""Bytes of a question."""

REMEMBERED = 5_000
PATIENCE, PAUSE = 10.0, 0.004
"""Seconds for which a question waits for the background process, and between two looks at it."""


@dataclass(frozen=True)
class Ground:
    """What the rules of a field are about: a run, a filter on its rows, and the kinds of its columns by name.

    columns: those of the run itself, which all of its fields share.
    counted: whether the run has rows to count already.
    """

    run: str
    columns: Mapping[str, str]
    where: str = ""
    counted: bool = True


@dataclass(frozen=True)
class Field:
    """A field that may ask: whose it is, what it is about, and whether its rules may have names."""

    session: str
    ground: Ground
    named: bool


class BusyError(BadInput):
    """There is no answer yet, and there will be one."""


class Fields:
    """The links of the fields that are on somebody's page; the oldest are forgotten beyond so many."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._fields: OrderedDict[str, Field] = OrderedDict()

    def give(self, field: Field, token: str | None = None) -> str:
        """The token of the field's link: a new one, or the one that it has already."""
        token = token or uuid.uuid4().hex
        with self._lock:
            self._fields[token] = field
            self._fields.move_to_end(token)
            while len(self._fields) > REMEMBERED:
                self._fields.popitem(last=False)
        return token

    def of(self, token: str) -> Field | None:
        """The field that a token stands for; None for every other."""
        with self._lock:
            return self._fields.get(token)


fields = Fields()


async def _answer(request: Request) -> Response:
    token = request.path_params["token"]
    field = fields.of(token) if TOKEN.fullmatch(token) else None
    if field is None:
        return JSONResponse({"error": "This page is no longer known to the server. Reload it."}, 403)
    try:
        asked = await _question(request)
        found = await (_values(field, asked["column"]) if "column" in asked else _verdicts(field, asked["rules"]))
    except BusyError as error:
        return JSONResponse({"error": str(error), "busy": True}, 503)
    except BadInput as error:
        return JSONResponse({"error": str(error)}, 400)
    except (ValueError, TypeError, KeyError, RecursionError):
        return JSONResponse({"error": "This question is not understood. Reload the page."}, 400)
    return JSONResponse(found)


async def _question(request: Request) -> dict[str, Any]:
    """What is asked. Raises `ValueError` or `TypeError` for whatever is no question."""
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > LARGEST:
            raise ValueError
    asked = json.loads(content)
    if not isinstance(asked, dict) or not isinstance(asked.get("column", ""), str):
        raise TypeError
    texts = asked.get("rules")
    listed = isinstance(texts, list) and len(texts) <= MOST_NAMED and all(isinstance(text, str) for text in texts)
    if not listed and "column" not in asked:
        raise TypeError
    return asked


async def _verdicts(field: Field, texts: list[str]) -> dict[str, Any]:
    """The verdict on every rule; rows are counted where there are any and a rule can be read."""
    texts = [text.encode(errors="replace").decode()[:LONGEST] for text in texts]
    found = [verdict(text, field.ground.columns, named=field.named) for text in texts]
    good = [text for text, said in zip(texts, found, strict=True) if not said]
    if not good or not field.ground.counted:
        return {"verdicts": found}
    about = {"run": field.ground.run, "rules": good, "where": field.ground.where, "named": field.named}
    counted = await _in_background("check_rules", about, field.session)
    said_of = dict(zip(good, counted["verdicts"], strict=True))
    return {"verdicts": [said or said_of[text] for text, said in zip(texts, found, strict=True)], "of": counted["of"]}


async def _values(field: Field, column: str) -> dict[str, Any]:
    """The values of a column, named as a rule writes it; none where there is no such column, or no rows yet."""
    name = next((name for name in field.ground.columns if column_text(name) == column), None)
    if name is None or not field.ground.counted:
        return {"values": []}
    return await _in_background("column_values", {"run": field.ground.run, "column": name}, field.session)


async def _in_background(name: str, arguments: dict[str, Any], session: str) -> dict[str, Any]:
    """The result of a quick job. Raises `BadInput` where it fails, `BusyError` where it takes too long."""
    job = jobs().submit(name, arguments, "quick", session)
    end = time.monotonic() + PATIENCE
    while job.active and time.monotonic() < end:
        await anyio.sleep(PAUSE)
    return _result(job)


def _result(job: Job) -> dict[str, Any]:
    if job.active:
        raise BusyError("The rows are not counted yet, because the server is busy.")
    jobs().take(job.id)
    if job.state != "done":
        raise BadInput(job.error or "The rows were not counted.")
    found: dict[str, Any] = job.result
    return found


ROUTE = Route("/api/rule/{token}", _answer, methods=["POST"])
