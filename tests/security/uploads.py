"""Reads a file as the server reads an upload."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from evallib.core.errors import BadInput
from evallib.data import Limits, read_arrow
from evallib.ingestion import TABLE, Ingestion, ingest_apart

LIMITS = Limits(read_seconds=30, read_memory_mb=2048)
"""A reader that used up either is refused in other words than those that the tests below wait for.

The time is three times what is promised, for tests often run beside others.
"""

Read = Callable[..., pd.DataFrame]


def reading_in(folder: Path) -> Read:
    """What gives the table of a file that is uploaded under a name; the folder is for its files."""

    def table(content: bytes, name: str = "rows.csv", limits: Limits = LIMITS) -> pd.DataFrame:
        (folder / "upload").write_bytes(content)
        (folder / "kept").mkdir(exist_ok=True)
        size = ingest_apart(Ingestion(folder / "upload", name, folder / "kept"), limits=limits)
        found = read_arrow(folder / "kept" / TABLE)
        assert size == {"rows": len(found), "columns": found.shape[1]}
        return found

    return table


def refusal(read: Read, content: bytes, name: str, limits: Limits = LIMITS) -> str:
    with pytest.raises(BadInput) as caught:
        read(content, name, limits)
    sentence = str(caught.value)
    assert sentence.startswith(name[:20])
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert "/" not in sentence.replace(name, "")
    return sentence
