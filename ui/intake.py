"""Which uploads are expected, from which session, and how much each may send: no link of one session serves another."""

from __future__ import annotations

import os
import threading
import uuid
from collections import OrderedDict
from dataclasses import dataclass

MAX_BYTES = int(os.environ.get("EVALLIB_MAX_UPLOAD_MB", "2048")) * 2**20
"""The largest upload."""

SESSION_BYTES = int(os.environ.get("EVALLIB_MAX_SESSION_MB", "20480")) * 2**20
"""What one session may send in all."""

REMEMBERED = 10_000
"""Links that nobody has used, and sessions, beyond which the oldest are forgotten."""


@dataclass(frozen=True)
class Expected:
    """An upload that may come: its link, which nobody can guess, and the session that it was given to."""

    token: str
    session: str


class Intake:
    """The links that were given out and not used yet, and what each session has sent so far."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._expected: OrderedDict[str, Expected] = OrderedDict()
        self._sent: OrderedDict[str, int] = OrderedDict()

    def expect(self, session: str, token: str | None = None) -> str:
        """The token of an upload that this session may make now: a new one, or the one it has already."""
        token = token or uuid.uuid4().hex
        with self._lock:
            self._expected[token] = Expected(token, session)
            while len(self._expected) > REMEMBERED:
                self._expected.popitem(last=False)
        return token

    def begin(self, token: str) -> Expected | None:
        """The upload that this token stands for, once; None for every other."""
        with self._lock:
            return self._expected.pop(token, None)

    def again(self, upload: Expected) -> None:
        """Let an upload that failed be made once more."""
        self.expect(upload.session, upload.token)

    def allowed(self, upload: Expected) -> int:
        """The bytes that this upload may have."""
        with self._lock:
            return min(MAX_BYTES, SESSION_BYTES - self._sent.get(upload.session, 0))

    def received(self, upload: Expected, size: int) -> None:
        """Count what has come."""
        with self._lock:
            self._sent[upload.session] = self._sent.pop(upload.session, 0) + size
            while len(self._sent) > REMEMBERED:
                self._sent.popitem(last=False)


def too_large(name: str, allowed: int) -> str:
    """Why a file is not taken."""
    name = name[:80]
    if allowed < MAX_BYTES:
        return (
            f"{name} is more than this session may still upload, {allowed // 2**20:,} MB of "
            f"{SESSION_BYTES // 2**20:,} MB. Ask the operator to raise EVALLIB_MAX_SESSION_MB."
        )
    return (
        f"{name} is larger than the limit of {MAX_BYTES // 2**20:,} MB. Upload a sample or a Parquet file, "
        "or ask the operator to raise EVALLIB_MAX_UPLOAD_MB."
    )
