"""Judge machine-learning models before they ship: `evallib.evaluate(...)` is the way in from a notebook."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evallib.notebook import evaluate
    from evallib.plan import EvaluationPlan, read_plan, write_plan
    from evallib.runs import Run, RunStore
    from evallib.slice_set import read_slice_set

__version__ = version("evallib")

__all__ = ["EvaluationPlan", "Run", "RunStore", "__version__", "evaluate", "read_plan", "read_slice_set", "write_plan"]

_HOMES = {
    "evaluate": "evallib.notebook",
    "EvaluationPlan": "evallib.plan",
    "read_plan": "evallib.plan",
    "write_plan": "evallib.plan",
    "Run": "evallib.runs",
    "RunStore": "evallib.runs",
    "read_slice_set": "evallib.slice_set",
}


def __getattr__(name: str) -> Any:
    """The public name, imported when it is first used, so that `import evallib` is quick."""
    if name not in _HOMES:
        raise AttributeError(f"module 'evallib' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
