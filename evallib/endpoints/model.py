"""A system behind an endpoint, matched to the data and asked about their rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from evallib.core.errors import BadInput
from evallib.core.progress import Progress, no_progress
from evallib.endpoints.caller import Caller
from evallib.endpoints.message import filled, found
from evallib.models.answers import checked_answers, joined
from evallib.models.binding import Binding, bind
from evallib.models.card import ModelCard
from evallib.models.formats.loaded import Answer, Description, Refused

if TYPE_CHECKING:
    import pandas as pd

    from evallib.core.evaluation_set import Answers, Task
    from evallib.data import Endpoint


class EndpointModel:
    """What is known of a system behind an API. Raises `BadInput` where its host is not allowed."""

    def __init__(self, name: str, endpoint: Endpoint) -> None:
        self.name = name
        self.endpoint = endpoint
        self.caller = Caller(name, endpoint)
        description = Description(
            kind="endpoint",
            gives=(endpoint.gives,),
            classes=endpoint.classes if len(endpoint.classes) > 1 else (),
            features=endpoint.columns,
        )
        self.card = ModelCard.of(description, name, "endpoint")

    def bind(self, features: pd.DataFrame, classes: Sequence[str], task: Task) -> BoundEndpoint:
        """The system matched to the data. A single probability is of its one class, else of the second of two."""
        named = self.endpoint.classes
        if len(named) == 1 and named[0] not in classes:
            raise BadInput(f'{self.name} gives probabilities of "{named[0]}", which is no class of the target.')
        of = named[0] if len(named) == 1 else classes[-1] if classes else ""
        card = replace(self.card, features=self.card.features or tuple(map(str, features.columns)))
        if len(classes) == 2 and not card.classes:
            card = replace(card, classes=tuple(classes))
        return BoundEndpoint(self, bind(card, features, classes, task), of)

    def about_cost(self, rows: int) -> str:
        """How often it is asked about so many rows, and what that costs."""
        calls = math.ceil(rows / self.endpoint.batch)
        cost = calls * self.endpoint.cost_per_call
        costs = f", which costs {cost:,.2f}" if cost else ""
        return f"{self.name} is asked {calls:,} times about {rows:,} rows{costs}."


class BoundEndpoint:
    """An endpoint that can be asked about rows of a data set."""

    def __init__(self, model: EndpointModel, binding: Binding, of: str) -> None:
        self.model = model
        self.binding = binding
        self._of = of

    def with_classes(self, classes: Sequence[str]) -> BoundEndpoint:
        """The same, answering in codes of more classes."""
        return BoundEndpoint(self.model, self.binding.with_classes(classes), self._of)

    def predict(self, features: pd.DataFrame, progress: Progress = no_progress) -> Answers:
        """Answers for every row, a batch at a time. Raises `BadInput` where a call fails or an answer is unusable."""
        names = dict(self.binding.columns)
        table = features[list(names.values())].set_axis(list(names), axis=1)
        parts = []
        for start in range(0, len(table), self.model.endpoint.batch):
            progress(start, len(table), f"Asking {self.model.name}")
            parts.append(self._ask(table.iloc[start : start + self.model.endpoint.batch], start))
        return joined(parts, self.binding)

    def _ask(self, rows: pd.DataFrame, start: int) -> Answers:
        endpoint = self.model.endpoint
        response = self.model.caller.ask(filled(endpoint.request, rows))
        try:
            answer = found(endpoint.response, response, len(rows), self.binding.give)
        except Refused as error:
            raise BadInput(f"{self.model.name} {error}.") from None
        numbers = self._of_both_classes(answer)
        return checked_answers(self.model.name, self.binding, numbers, answer.names, range(start, start + len(rows)))

    def _of_both_classes(self, answer: Answer) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        known = self.binding.model_classes
        if self.binding.give != "probabilities" or answer.numbers.shape[1] != 1 or len(known) != 2:
            return answer.numbers
        chance = answer.numbers[:, 0]
        return np.column_stack([chance if name == self._of else 1.0 - chance for name in known])
