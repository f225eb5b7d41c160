"""The arena that all attacks of one run share."""

import pytest
from attack_arena import Arena
from stage import VARIABLE

from evallib.models import drop_workers, find_isolation


@pytest.fixture(scope="session", autouse=True)
def _level():
    """The level is found before a test puts something else in the place of workers."""
    assert find_isolation().level == "A"


@pytest.fixture(scope="session")
def arena(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, "x")
        arena = Arena(tmp_path_factory.mktemp("a"))
        yield arena
        arena.close()
        drop_workers()
