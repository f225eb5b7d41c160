"""The order of the tests: the longest first, so that the last ones are short and the workers end together."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes minutes, then the groups that one worker runs after one another, then the rest; else as collected."""
    items.sort(key=lambda item: (not item.get_closest_marker("minutes"), not item.get_closest_marker("xdist_group")))
