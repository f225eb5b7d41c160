"""Runs on disk: written as they grow, reopened unchanged, listed and deleted."""

from evallib.runs.record import MethodRecord, RunRecord, State, Variation, VariationRecord
from evallib.runs.run import Run
from evallib.runs.store import RunStore, new_run_id

__all__ = ["MethodRecord", "Run", "RunRecord", "RunStore", "State", "Variation", "VariationRecord", "new_run_id"]
