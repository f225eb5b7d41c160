"""The card of an evaluation method: all that the rest of the product knows of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from evallib.core.evaluation_set import TASKS, EvaluationSet, Task
from evallib.core.params import Params, View
from evallib.core.progress import Progress

if TYPE_CHECKING:
    from evallib.core.finding import Finding
    from evallib.core.result import Result
    from evallib.drawing.display import Display

Section = Literal["trust", "stress", "slices", "decide"]
Need = Literal["rows", "predictions", "probabilities", "models"]

NEEDS: dict[Need, str] = {
    "rows": "The data have no rows.",
    "predictions": "No model and no column of predictions was given.",
    "probabilities": "None of the models gives predicted probabilities.",
    "models": "Only predictions were given; this method asks a model again, so it needs a model file.",
}


@dataclass(frozen=True)
class Method:
    """One evaluation method.

    key: folder, page URL and test file name.     question: what it answers, in one sentence.
    compute: (data, params, progress) -> the result; raises `NotApplicable` with a sentence for the reader.
    findings: result -> findings.                 codes: every code it can find, and what each means.
    displays: (result, colours) -> what is drawn once; colours maps a model to its colour.
    look: (result, view, colours) -> what is drawn again whenever a knob of `view` moves.
    pins: result -> all that a field "pinned" of `view` may name.
    long: why computing may take long, so that it is started by hand, such as "It asks every model again"; else empty.
    """

    key: str
    section: Section
    title: str
    icon: str
    question: str
    help: str
    codes: Mapping[str, str]
    params: type[Params]
    result: type[Result]
    compute: Callable[[EvaluationSet, Any, Progress], Result]
    findings: Callable[[Any], list[Finding]]
    displays: Callable[[Any, Mapping[str, str]], list[Display]]
    view: type[View] | None = None
    look: Callable[[Any, Any, Mapping[str, str]], list[Display]] | None = None
    pins: Callable[[Any], Sequence[str]] | None = None
    tasks: tuple[Task, ...] = TASKS
    needs: Need = "predictions"
    long: str = ""

    def why_not(self, data: EvaluationSet) -> str | None:
        """The sentence that says why the method does not apply to `data`; None where it does."""
        if data.task not in self.tasks:
            return f"{self.title} is for {' and '.join(self.tasks)} tasks; this one is {data.task}."
        missing = {
            "rows": not len(data),
            "predictions": not data.predictions,
            "probabilities": not data.with_probabilities(),
            "models": not data.models,
        }
        return NEEDS[self.needs] if missing[self.needs] else None
