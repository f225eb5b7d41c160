"""What the formats of neural networks share: numbers go in, and numbers come out that only the task can name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from evallib.models.formats.loaded import Answer, Give, Refused, number_answer

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

GIVES: tuple[Give, ...] = ("values", "probabilities")

ROUNDING = 1e-3
"""How far the probabilities of a row may sum beside 1, as of a network that computes in half precision."""


def matrix(rows: pd.DataFrame) -> NDArray[np.float32]:
    """(n, columns) the rows as a network takes them."""
    return np.ascontiguousarray(rows.to_numpy(dtype=np.float32, na_value=np.nan))


def network_answer(numbers: object, rows: int, give: Give) -> Answer:
    """The numbers of every row. Raises `Refused` on scores before a sigmoid or softmax where probabilities are due."""
    answer = number_answer(numbers, rows, "predictions" if give == "values" else give)
    if give == "values":
        return answer
    given = answer.numbers
    sums = given.sum(axis=1) if given.shape[1] > 1 else np.ones(rows)
    if (given < -ROUNDING).any() or (given > 1 + ROUNDING).any() or (np.abs(sums - 1) > ROUNDING).any():
        raise Refused("gives numbers that are no probabilities; let it end with a sigmoid or a softmax")
    return answer
