"""Pages are made one after another, because pages that are made side by side are all late.

Python computes in one thread at a time and changes threads every few milliseconds. Of twenty pages begun at once, all
would be ready at the very end; in turn the first is ready at once, and the visitors wait half as long on average.
"""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE = 0.5
"""Seconds that a page waits for its turn; one that takes longer to make then shares the processor."""

_turn = threading.BoundedSemaphore()


@contextlib.contextmanager
def take_turn() -> Iterator[None]:
    """A block that starts when no other one runs, or when they have taken too long."""
    taken = _turn.acquire(timeout=PATIENCE)
    try:
        yield
    finally:
        if taken:
            _turn.release()
