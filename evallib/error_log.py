"""Unexpected errors: an id for the user, everything else for the log."""

from __future__ import annotations

import logging
import uuid

log = logging.getLogger("evallib")


def error_id(error: BaseException) -> str:
    """The id under which the log has the error; asked again about the same error, the same id."""
    found: str | None = getattr(error, "evallib_id", None)
    if found is None:
        found = uuid.uuid4().hex[:8]
        error.evallib_id = found  # type: ignore[attr-defined]
        log.error("error %s", found, exc_info=error)
    return found
