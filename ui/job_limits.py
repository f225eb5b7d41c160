"""How many jobs may wait and run at a time: for one session, and for all."""

from __future__ import annotations

import os
from collections.abc import Collection
from typing import TYPE_CHECKING

from evallib.core.errors import BadInput

if TYPE_CHECKING:
    from ui.jobs import Job

PER_SESSION = int(os.environ.get("EVALLIB_MAX_SESSION_JOBS", "20"))
IN_ALL = int(os.environ.get("EVALLIB_MAX_JOBS", "200"))


def check_jobs(active: Collection[Job], session: str) -> None:
    """Raise `BadInput` where one more job is too many."""
    own = sum(job.session == session for job in active)
    if own >= PER_SESSION:
        raise BadInput(
            f"{own} jobs of yours are waiting or running, and no more are taken; wait for one to end, cancel one, "
            "or ask the operator to raise EVALLIB_MAX_SESSION_JOBS."
        )
    if len(active) >= IN_ALL:
        raise BadInput(
            f"{len(active)} jobs are waiting or running on this server, and no more are taken; try again later, "
            "or ask the operator to raise EVALLIB_MAX_JOBS."
        )


def waiting(before: int) -> str:
    """What is said of a job in the queue, with so many jobs before it."""
    if before == 0:
        return "Waiting for a free process; this job is next"
    return f"Waiting for a free process; {before} {'job is' if before == 1 else 'jobs are'} before this one"
