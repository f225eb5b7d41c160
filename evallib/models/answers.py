"""The numbers that a worker gave, checked and turned into answers in codes of the data's classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from evallib.core.errors import BadInput
from evallib.core.evaluation_set import WITHHELD, Answers
from evallib.models.card import one_line
from evallib.models.wording import NAMED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evallib.models.binding import Binding

ROUNDING = 1e-6
"""How far outside [0, 1] a probability may lie and still be the rounding of a model that computes in float32."""

SUM_TOLERANCE = 1e-3


def widths(binding: Binding) -> int:
    """The most numbers per row that the model may give: its probabilities and a label, or one label or value."""
    return len(binding.model_classes) + 1 if binding.give == "probabilities" else 1


def checked_answers(
    model: str, binding: Binding, numbers: NDArray[np.float64], names: Sequence[str], rows: range
) -> Answers:
    """The answers for `rows`. Raises `BadInput`, naming the row, where a number cannot be what it should be.

    names: what the numbers of a model that gives labels stand for.
    """
    if binding.give == "values":
        _refuse(model, rows, ~np.isfinite(numbers[:, 0]), "predicts NaN or infinity")
        return Answers(value=numbers[:, 0])
    if binding.give == "labels":
        return Answers(label=_codes(model, binding, numbers[:, 0], names, rows))
    return _from_probabilities(model, binding, numbers, rows)


def _refuse(model: str, rows: range, wrong: Any, what: str) -> None:
    count = int(wrong.sum())
    if count:
        first = rows.start + int(np.argmax(wrong)) + 1
        more = f" and in {count - 1:,} more of the rows to {rows.stop:,}" if count > 1 else ""
        raise BadInput(f"{model} {what} in row {first:,}{more}; its predictions cannot be evaluated.")


def _codes(
    model: str, binding: Binding, numbers: NDArray[np.float64], names: Sequence[str], rows: range
) -> NDArray[np.int32]:
    """Codes into the binding's classes, from codes into `names` as the model writes them."""
    names = [binding.renamed.get(name, name) for name in names]
    unknown = [name for name in names if name not in binding.classes]
    if unknown:
        raise BadInput(
            f'{model} answers "{one_line(unknown[0], NAMED)}", which is no class of the target'
            f" ({', '.join(binding.classes[:10])}); write the target as the model was trained on it, or list what the"
            ' target calls its classes in its setting "classes".'
        )
    wrong = ~((numbers >= WITHHELD) & (numbers < len(names)))
    _refuse(model, rows, wrong, "gives no readable label")
    return np.append(_positions(binding, names), np.int32(WITHHELD))[numbers.astype(np.int32)]


def _positions(binding: Binding, names: Sequence[str]) -> NDArray[np.int32]:
    """The codes of class names."""
    return np.array([binding.classes.index(name) for name in names], dtype=np.int32)


def _from_probabilities(model: str, binding: Binding, numbers: NDArray[np.float64], rows: range) -> Answers:
    known = binding.model_classes
    if numbers.shape[1] == 1 and len(known) == 2:
        numbers = np.column_stack([1.0 - numbers[:, 0], numbers[:, 0]])
    if numbers.shape[1] not in (len(known), len(known) + 1):
        raise BadInput(f"{model} gives {numbers.shape[1]:,} probabilities per row for {len(known):,} classes.")
    probability = numbers[:, : len(known)]
    _check_probabilities(model, probability, rows)
    probability = probability.clip(0.0, 1.0)
    if numbers.shape[1] > len(known):
        label = _codes(model, binding, numbers[:, -1], known, rows)
    else:
        label = _positions(binding, known)[_highest(probability)]
    return Answers(label=label, probability=_in_order(binding, probability))


def _highest(probability: NDArray[np.float64]) -> NDArray[np.intp]:
    """Where the highest probability of each row stands, the first of several."""
    if probability.shape[1] == 2:  # A tenth of the time that argmax takes over short rows.
        return (probability[:, 1] > probability[:, 0]).astype(np.intp)
    highest: NDArray[np.intp] = probability.argmax(axis=1)
    return highest


def _check_probabilities(model: str, probability: NDArray[np.float64], rows: range) -> None:
    # The look at the whole comes first, as the looks at each row are slow; NaN is neither above nor below.
    if not (probability.min(initial=0.0) >= -ROUNDING and probability.max(initial=0.0) <= 1.0 + ROUNDING):
        _refuse(model, rows, ~np.isfinite(probability).all(axis=1), "gives NaN or infinity as a probability")
        outside = (probability < -ROUNDING) | (probability > 1.0 + ROUNDING)
        _refuse(model, rows, outside.any(axis=1), "gives a probability outside 0 to 1")
    off = np.abs(probability @ np.ones(probability.shape[1]) - 1.0) > SUM_TOLERANCE
    _refuse(model, rows, off, "gives probabilities that do not sum to 1")


def _in_order(binding: Binding, probability: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, k) in the order of the binding's classes, 0 for those that the model does not know; (n,) if binary."""
    if binding.task == "binary":
        return _column(probability, binding.model_classes, binding.classes[1])
    if binding.model_classes == binding.classes:
        return probability
    return np.column_stack([_column(probability, binding.model_classes, name) for name in binding.classes])


def _column(probability: NDArray[np.float64], names: Sequence[str], name: str) -> NDArray[np.float64]:
    return probability[:, names.index(name)].copy() if name in names else np.zeros(len(probability))


def joined(parts: Sequence[Answers], binding: Binding) -> Answers:
    """The answers of all chunks in one; empty ones of the right kind where there was no row."""
    if not parts:
        parts = [checked_answers("", binding, np.empty((0, max(1, len(binding.model_classes)))), (), range(0))]
    return Answers(
        label=_together([part.label for part in parts]),
        probability=_together([part.probability for part in parts]),
        value=_together([part.value for part in parts]),
    )


def _together(arrays: Sequence[NDArray[Any] | None]) -> NDArray[Any] | None:
    present = [array for array in arrays if array is not None]
    return np.concatenate(present) if present else None
