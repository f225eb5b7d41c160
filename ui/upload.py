"""Uploads that stream to disk: a drop zone, and the route that it sends to. No file is ever held in memory."""

from __future__ import annotations

import functools
import os
import re
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

import streamlit as st
from anyio import open_file, to_thread
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse
from starlette.routing import Route

from evallib.core.errors import BadInput
from ui import state
from ui.departures import departures
from ui.intake import MAX_BYTES, Intake, too_large
from ui.services import workspace

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from ui.intake import Expected

HERE = Path(__file__).parent
TOKEN = re.compile(r"[0-9a-f]{32}")
WRITE_BYTES = 4 * 2**20

_intake = Intake()


@dataclass(frozen=True)
class Upload:
    """A file that has arrived: where it lies, and the name that its owner knows it by (display text only)."""

    path: Path
    name: str


async def _receive(request: Request) -> Response:
    token = request.path_params["token"]
    expected = _intake.begin(token) if TOKEN.fullmatch(token) else None
    if expected is None:
        return JSONResponse({"error": "This upload link has been used already. Reload the page."}, 403)
    try:
        await to_thread.run_sync(workspace().check_room)
        size = await _store(request, _incoming() / token, _intake.allowed(expected))
    except (TooLargeError, ClientDisconnect, OSError, BadInput) as error:
        return _again(expected, *_explained(error, unquote(request.headers.get("x-file-name", "The file"))))
    _intake.received(expected, size)
    departures.bring(expected.session, _incoming() / token)
    return JSONResponse({"size": size})


class TooLargeError(Exception):
    """More has come than is allowed, which is `allowed` bytes."""

    def __init__(self, allowed: int) -> None:
        super().__init__(allowed)
        self.allowed = allowed


async def _store(request: Request, target: Path, allowed: int) -> int:
    """The size of what has come, once it lies in the file, which only the server's user can read."""
    size = 0
    async with await open_file(target, "xb", opener=_private) as file:
        waiting = bytearray()
        async for chunk in request.stream():
            size += len(chunk)
            if size > allowed:
                raise TooLargeError(allowed)
            waiting += chunk
            if len(waiting) >= WRITE_BYTES:
                await file.write(bytes(waiting))
                waiting.clear()
        await file.write(bytes(waiting))
    return size


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW, 0o600)


def _explained(error: Exception, name: str) -> tuple[str, int]:
    if isinstance(error, TooLargeError):
        return too_large(name, error.allowed), 413
    if isinstance(error, BadInput):
        return str(error), 507
    return "The server could not store the file. Please try again.", 507 if isinstance(error, OSError) else 400


def _again(expected: Expected, sentence: str, status: int) -> Response:
    """Nothing is kept of an upload that failed, and its token is good for another try."""
    (_incoming() / expected.token).unlink(missing_ok=True)
    _intake.again(expected)
    return JSONResponse({"error": sentence}, status)


def _incoming() -> Path:
    folder = workspace().incoming
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


ROUTE = Route("/api/upload/{token}", _receive, methods=["PUT"])

_HTML = """
<label class="zone" tabindex="0">
  <input type="file">
  <span class="text"></span>
  <span class="bar"><span class="done"></span></span>
  <span class="note"></span>
</label>
"""

_drop_zone = st.components.v2.component(
    "evallib_upload",
    html=_HTML,
    css=(HERE / "upload.css").read_text("utf-8"),
    js=(HERE / "upload.js").read_text("utf-8"),
)


def upload(label: str, note: str, key: str, *, several: bool = False) -> Upload | None:
    """A drop zone, for one file at a time or several in a row; each once, in the run right after it has arrived."""
    token = st.session_state.setdefault(f"_token_{key}", uuid.uuid4().hex)
    _intake.expect(state.session_id(), token)
    _drop_zone(
        key=key,
        data={
            "key": key,
            "label": label,
            "note": note,
            "several": several,
            "token": token,
            "url": f"./api/upload/{token}",
            "limit": MAX_BYTES,
            "tooLarge": too_large("", MAX_BYTES),
        },
        on_uploaded_change=functools.partial(_take, key),
    )
    arrived: Upload | None = st.session_state.pop(f"_arrived_{key}", None)
    return arrived


def _take(key: str) -> None:
    """Note the file that has arrived. Before the page is drawn, so that the zone on it has a new token already."""
    uploaded = st.session_state[key].get("uploaded")
    token = st.session_state.get(f"_token_{key}")
    if not uploaded or uploaded.get("token") != token:
        return
    st.session_state[f"_token_{key}"] = uuid.uuid4().hex
    _intake.begin(token)
    path = _incoming() / token
    if path.is_file():
        st.session_state[f"_arrived_{key}"] = Upload(path, str(uploaded["name"]))
