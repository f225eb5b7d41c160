"""How a long computation tells where it stands, and how it learns that it was cancelled."""

from typing import Protocol


class Progress(Protocol):
    """Called with what is done, out of what, and the step's name; raises `Cancelled` when the user stopped the work."""

    def __call__(self, done: float, total: float, text: str) -> None:
        """Report one step."""


def no_progress(done: float, total: float, text: str) -> None:
    """Nothing; the default where nobody watches."""


def part_of(progress: Progress, start: float, end: float) -> Progress:
    """A progress whose whole range is the share `start` to `end` (0 to 1) of another."""

    def report(done: float, total: float, text: str) -> None:
        share = done / total if total else 1.0
        progress(start + (end - start) * share, 1.0, text)

    return report
