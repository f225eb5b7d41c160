"""In how many threads libraries compute, changed from one question to the next. Runs in the worker only."""

from __future__ import annotations

import os

from threadpoolctl import ThreadpoolController


class Threads:
    """The threads of the libraries that are imported when this is made, and of joblib.

    To be made before the worker locks itself in: afterwards nothing can be found out about its libraries.
    """

    def __init__(self) -> None:
        self._pools = ThreadpoolController()
        self._count = 0

    def use(self, count: int) -> None:
        """Nothing; from now on they compute in so many threads."""
        if count != self._count:
            self._count = count
            self._pools.limit(limits=count)
            # What joblib takes for the number of processors.
            os.environ["LOKY_MAX_CPU_COUNT"] = str(count)
