"""Which tests one worker runs one after another, so that what they share is made once."""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling

TOGETHER = {
    "tests/security/test_containment.py": "attacks",
    "tests/security/test_reader_attacks.py": "attacks",
    "tests/security/test_lies.py": "attacks",
    "tests/security/test_resources.py": "attacks",
    "tests/security/test_safe_formats.py": "attacks",
    "tests/pages/": "pages",
    "tests/models/test_worker_matrix.py": "shelf",
}
"""By the beginning of a test's id, its group: attacks share an arena, pages a server and a browser."""


def group_of(test: str) -> str:
    """The group of the test with this id; empty where it goes to any worker that is free."""
    return next((group for beginning, group in TOGETHER.items() if test.startswith(beginning)), "")


class Groups(LoadScopeScheduling):
    """Hands whole groups, and else single tests, to the workers in the order of collection."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid) or nodeid
