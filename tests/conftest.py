"""The order of the tests: the longest first, so that the last ones are short and the workers end together."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from hypothesis import settings

from tests.together import TOGETHER, Groups, group_of

if TYPE_CHECKING:
    import pytest
    from xdist.remote import Producer

# Read when the first library that computes in threads is loaded. The models here are tiny: two threads for each would
# spin while they wait for a processor that another worker of pytest has.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# How long an example takes says more of the machine than of the code.
settings.register_profile("evallib", deadline=None)
settings.load_profile("evallib")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes minutes, then the groups that one worker runs after one another, then the rest; else as collected."""
    groups = [*dict.fromkeys(TOGETHER.values()), ""]
    items.sort(key=lambda item: (not item.get_closest_marker("minutes"), groups.index(group_of(item.nodeid))))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Groups:
    """The tests by groups: with pytest 9.2, `--dist loadgroup` of pytest-xdist 3.8 groups nothing any more."""
    return Groups(config, log)
