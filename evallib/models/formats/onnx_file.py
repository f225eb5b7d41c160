"""ONNX models, run by onnxruntime on the CPU."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
import onnxruntime
import pandas as pd

from evallib.models.formats.loaded import (
    Answer,
    Description,
    Give,
    InputType,
    LoadedModel,
    Refused,
    label_answer,
    number_answer,
)
from evallib.models.formats.onnx_graph import class_labels, keeps_data_elsewhere

if TYPE_CHECKING:
    from numpy.typing import NDArray

TYPES: dict[str, Any] = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(bool)": np.bool_,
    "tensor(string)": object,
}


def read_onnx(file: BinaryIO) -> LoadedModel:
    """The model in the file. Raises `Refused` where its inputs or outputs are none of a model of table rows."""
    content = file.read()
    try:
        elsewhere = keeps_data_elsewhere(content)
    except (IndexError, KeyError):
        raise Refused("is damaged, or no ONNX model") from None
    if elsewhere:
        raise Refused("keeps its numbers in another file; export it as one file, without external data")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    # Several models are often scored at once; threads that spin while they wait would steal each other's cores.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return OnnxModel(onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"]), content)


class OnnxModel:
    """The loaded model that an ONNX session is."""

    def __init__(self, session: onnxruntime.InferenceSession, content: bytes) -> None:
        self._session = session
        self._inputs = session.get_inputs()
        self._label, self._numbers = _outputs(session)
        self.description = self._describe(content)

    def _describe(self, content: bytes) -> Description:
        named = len(self._inputs) > 1
        texts = self._inputs[0].type == "tensor(string)"
        types: dict[str, InputType] = {i.name: "text" if i.type == "tensor(string)" else "number" for i in self._inputs}
        count = len(self._inputs) if named else _width(self._inputs[0])
        meta = self._session.get_modelmeta()
        return Description(
            kind=f"ONNX graph by {meta.producer_name}" if meta.producer_name else "ONNX graph",
            gives=self._gives(),
            classes=self._classes(content),
            features=tuple(types) if named else (),
            n_features=count,
            types=types if named else {},
            takes_text=not named and texts and count == 1,
        )

    def _gives(self) -> tuple[Give, ...]:
        if self._label is None:
            return ("values", "probabilities")
        return ("labels",) if self._numbers is None else ("probabilities",)

    def _classes(self, content: bytes) -> tuple[str, ...]:
        if self._label is None or self._numbers is None:
            return ()
        count = _width(self._numbers)
        labels = class_labels(content, count)
        if not labels and self._label.type == "tensor(int64)" and count:
            return tuple(str(code) for code in range(count))
        return labels

    def answer(self, rows: pd.DataFrame, give: Give) -> Answer:
        """The model's probabilities, labels or values of every row."""
        wanted = self._label if give == "labels" else self._numbers
        if wanted is None:
            raise Refused(f"gives no {give}")
        (given,) = self._session.run([wanted.name], self._feed(rows))
        if give == "labels":
            return label_answer(given, len(rows))
        return number_answer(self._from_zipmap(given) if isinstance(given, list) else given, len(rows), give)

    def _feed(self, rows: pd.DataFrame) -> dict[str, NDArray[Any]]:
        if len(self._inputs) == 1:
            return {self._inputs[0].name: _cast(rows, self._inputs[0])}
        return {i.name: _cast(rows[[name]], i) for i, name in zip(self._inputs, rows.columns, strict=True)}

    def _from_zipmap(self, given: list[dict[Any, float]]) -> list[list[float]]:
        """A table of the probabilities, one dictionary per row."""
        keys = list(given[0]) if given else []
        by_name = {str(key): key for key in keys}
        order = [by_name[name] for name in self.description.classes] if self.description.classes else keys
        return [[row[key] for key in order] for row in given]


def _cast(rows: pd.DataFrame, wanted: Any) -> NDArray[Any]:
    kind = TYPES[wanted.type]
    if kind is object:
        values = rows.to_numpy(dtype=object, na_value="").astype(str).astype(object)
    else:
        values = _whole(rows, kind) if kind is np.int64 or kind is np.int32 else rows.to_numpy(dtype=kind)
    return np.ascontiguousarray(values if len(wanted.shape) == 2 else values.ravel())


def _whole(rows: pd.DataFrame, kind: Any) -> NDArray[Any]:
    gaps = [str(name) for name, missing in rows.isna().any().items() if missing]
    if gaps:
        raise Refused(f"takes whole numbers in {', '.join(gaps)}, which has missing values")
    return rows.to_numpy().astype(kind)


def _outputs(session: onnxruntime.InferenceSession) -> tuple[Any, Any]:
    """The output of labels and that of probabilities or values; None where there is no such output."""
    outputs, inputs = session.get_outputs(), session.get_inputs()
    labels = [o for o in outputs if o.type in ("tensor(int64)", "tensor(int32)", "tensor(string)")]
    numbers = [o for o in outputs if o.type in ("tensor(float)", "tensor(double)") or o.type.startswith("seq(map(")]
    if not labels and not numbers:
        raise Refused("has no output of labels, probabilities or values")
    for given in inputs:
        if given.type not in TYPES or len(given.shape) not in (1, 2):
            raise Refused(
                f"takes {given.name} of type {given.type} and shape {given.shape}; rows of a table are needed"
            )
        if len(inputs) > 1 and _width(given) not in (1, None):
            raise Refused(
                f"takes {_width(given)} columns as {given.name}; export it with one input per column, or one in all"
            )
    return next(iter(labels), None), next(iter(numbers), None)


def _width(tensor: Any) -> int | None:
    """The number of columns of an input or output, where the file fixes it."""
    if len(tensor.shape) == 1:
        return 1
    return tensor.shape[1] if len(tensor.shape) == 2 and isinstance(tensor.shape[1], int) else None
