"""When sessions end, and what they brought: a while later, what nothing refers to is removed."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from pathlib import Path

import streamlit as st

from ui import state

PATIENCE = 600.0
"""Seconds after which a session that ended does not come back; the server keeps its state for five minutes."""


class Departures:
    """The sessions that have brought files, and when those that are not there left."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._brought: defaultdict[str, set[Path]] = defaultdict(set)
        self._left: dict[str, float] = {}

    def bring(self, session: str, path: Path) -> None:
        """Note a file, or the folder of a stored one."""
        with self._lock:
            self._brought[session].add(path)

    def come(self, session: str) -> None:
        """Note that the session is there, for the first time or again."""
        with self._lock:
            self._left.pop(session, None)

    def leave(self, session: str) -> None:
        """Note that nobody is connected to the session."""
        with self._lock:
            self._left[session] = time.monotonic()

    def take_left(self, patience: float = PATIENCE) -> frozenset[Path]:
        """What sessions have brought that left so many seconds ago and did not come back; once."""
        with self._lock:
            gone = [session for session, since in self._left.items() if time.monotonic() - since >= patience]
            for session in gone:
                del self._left[session]
            return frozenset(path for session in gone for path in self._brought.pop(session, ()))


departures = Departures()


@st.cache_resource(scope="session", show_spinner=False, on_release=departures.leave)
def _presence() -> str:
    """The session; Streamlit lets go of it when its connection ends, and asks again when the session comes back."""
    departures.come(state.session_id())
    return state.session_id()


def note_presence() -> None:
    """Nothing; the end of this session will be noticed."""
    _presence()
