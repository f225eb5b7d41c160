"""What the benchmarks of two sides in one process share: how often, on how many rows, and how long one call takes."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable


def asked(about: str | None, repeats: int) -> argparse.Namespace:
    """The `rows` and `repeats` of the command line."""
    options = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, nargs="+", default=[200_000, 1_000_000])
    options.add_argument("--repeats", type=int, default=repeats)
    return options.parse_args()


def seconds(work: Callable[[], None]) -> float:
    """How long one call takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
