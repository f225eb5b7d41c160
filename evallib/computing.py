"""One method on one evaluation set, whatever comes of it: a result, or the reason why there is none."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from evallib.core.errors import BadInput, Cancelled, NotApplicable
from evallib.core.finding import Outcome
from evallib.core.progress import Progress, no_progress
from evallib.error_log import error_id
from evallib.runs.record import MethodRecord

if TYPE_CHECKING:
    import pandas as pd

    from evallib.core.evaluation_set import EvaluationSet
    from evallib.core.method import Method
    from evallib.core.params import Params

Computed = tuple[MethodRecord, "dict[str, pd.DataFrame]"]
"""How a method ended, and its tables."""


def compute(method: Method, data: EvaluationSet, params: Params, progress: Progress = no_progress) -> Computed:
    """How the method ended on the data, and its tables. Raises `Cancelled` alone.

    A method that does not apply says why; one that fails is skipped, with an id under which the log has the error.
    """
    record = skipped(params, "")
    began = time.perf_counter()
    try:
        reason = method.why_not(data)
        if reason is not None:
            raise NotApplicable(reason)  # noqa: TRY301 - one way out for both who can say so
        result = method.compute(data, params, progress)
        findings = sorted(method.findings(result), key=lambda finding: finding.rank)
    except Cancelled:
        raise
    except NotApplicable as error:
        return record.model_copy(update={"outcome": Outcome.NOT_APPLICABLE, "reason": str(error)}), {}
    except BadInput as error:
        return record.model_copy(update={"reason": str(error)}), {}
    except Exception as error:  # one method's failure must not take the others along
        found = error_id(error)
        reason = f"{method.title} failed on this data (error {found}); the log has the details."
        return record.model_copy(update={"reason": reason, "error_id": found}), {}
    ended = {
        "outcome": findings[0].outcome if findings else Outcome.PASSED,
        "basis": result.basis,
        "findings": tuple(replace(finding, method=method.key) for finding in findings),
        "seconds": round(time.perf_counter() - began, 3),
    }
    return record.model_copy(update=ended), result.tables()


def skipped(params: Params, reason: str) -> MethodRecord:
    """The record of a method that was not computed, and why."""
    return MethodRecord(outcome=Outcome.SKIPPED, reason=reason, params=params.model_dump(mode="json"))
