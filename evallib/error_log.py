"""What the server and its processes log: one JSON object a line, and in it no value of anybody's.

    {"time": "2026-01-31T12:00:00.123+00:00", "level": "error", "event": "error 9f2c41aa", "id": "9f2c41aa",
     "session": "5be1c09aa3f1", "error": "KeyError", "traceback": ["/app/evallib/run.py:118 in evaluate"]}

The words of an exception may hold a cell of a table, a file's name or a secret, so that only its type and the lines
that it passed through are told; what led to it stands below `because`, in the same way. An unexpected error has an id,
which its user sees.
"""

from __future__ import annotations

import hashlib
import json
import logging
import sys
import threading
import traceback
import uuid
from datetime import UTC, datetime
from typing import Any

log = logging.getLogger("evallib")

ABOUT: dict[str, str] = {}
"""What every line of this process says as well, such as the session whose job it does."""

LONGEST_CHAIN = 5


def error_id(error: BaseException, session: str = "") -> str:
    """The id under which the log has the error; asked again about the same error, the same id.

    session: the name of the session in the log, where it is known.
    """
    found: str | None = getattr(error, "evallib_id", None)
    if found is None:
        found = uuid.uuid4().hex[:8]
        error.evallib_id = found  # type: ignore[attr-defined]
        log.error("error %s", found, exc_info=error, extra={"id": found} | ({"session": session} if session else {}))
    return found


def session_name(session: str) -> str:
    """What stands for a session in the log: the same for the same session, and of no use to who reads it."""
    return hashlib.blake2b(session.encode(), digest_size=6).hexdigest() if session else ""


def log_as_json() -> None:
    """Nothing; from now on this process logs to stderr in lines of JSON, also what nobody has caught."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.captureWarnings(True)
    sys.excepthook = lambda _type, error, _trace: _uncaught(error)
    threading.excepthook = lambda uncaught: _uncaught(uncaught.exc_value)


def _uncaught(error: BaseException | None) -> None:
    if error is not None and not isinstance(error, KeyboardInterrupt):
        error_id(error)


class JsonLines(logging.Formatter):
    """A record as one line of JSON. Of another library it says who logged and where, and not what."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        ours = record.name.partition(".")[0] == log.name
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage() if ours else f"{record.name} logged in {record.filename}:{record.lineno}",
        }
        line |= ABOUT | {name: vars(record)[name] for name in ("id", "session") if name in vars(record)}
        error = record.exc_info[1] if record.exc_info else None
        return json.dumps(line if error is None else line | _told(error))


def _told(error: BaseException, chain: int = LONGEST_CHAIN) -> dict[str, Any]:
    """The type of an error and the lines that it passed through, and the same of the error that led to it."""
    frames = traceback.extract_tb(error.__traceback__)
    told: dict[str, Any] = {
        "error": type(error).__qualname__,
        "traceback": [f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in frames],
    }
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None and chain:
        told["because"] = _told(before, chain - 1)
    return told
