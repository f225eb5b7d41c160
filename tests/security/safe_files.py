"""Files in formats that hold no code, made to do harm all the same."""

from __future__ import annotations

import io
import os
import pickle
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import skops.io
from onnx import TensorProto, helper
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.tree import DecisionTreeRegressor


def line(*slopes: float) -> LinearRegression:
    """A line with these slopes."""
    model = LinearRegression()
    model.coef_, model.intercept_, model.n_features_in_ = np.array(slopes), 0.0, len(slopes)
    return model


def reader_of_files(word: str) -> Any:
    """A model of trusted types alone that tells whether the file that a row names holds the word."""
    return make_pipeline(CountVectorizer(input="filename", vocabulary=[word, "another"]), line(1.0, 0.0))


def runner_of_commands() -> Any:
    """A model that runs its input as a command."""
    return make_pipeline(FunctionTransformer(func=os.system), line(1.0))


def forged_tree() -> DecisionTreeRegressor:
    """A tree whose first node leads far behind the end of its nodes."""
    model = DecisionTreeRegressor(max_depth=2).fit(np.arange(20.0).reshape(-1, 1), np.arange(20.0))
    state = model.tree_.__getstate__()
    nodes = state["nodes"].copy()
    nodes["left_child"][0] = nodes["right_child"][0] = 1 << 40
    model.tree_.__setstate__({**state, "nodes": nodes})
    return model


def skops_with(model: Any, path: Path, replaced: dict[str, bytes]) -> Path:
    """The path of the model as skops, with other content in members whose names end so, and with further members."""
    members = zipfile.ZipFile(io.BytesIO(skops.io.dumps(model)))
    with zipfile.ZipFile(path, "w") as file:
        for name in members.namelist():
            file.writestr(name, next((c for end, c in replaced.items() if name.endswith(end)), members.read(name)))
        for name in set(replaced) - {".npy", "schema.json"}:
            file.writestr(name, replaced[name])
    return path


def skops_bomb(path: Path, numbers: int) -> Path:
    """The path of a small file that is an array of so many zeros when it is read."""
    members = zipfile.ZipFile(io.BytesIO(skops.io.dumps(line(0.0))))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
        for name in members.namelist():
            if not name.endswith(".npy"):
                file.writestr(name, members.read(name))
                continue
            with file.open(name, "w", force_zip64=True) as array:
                header = {"descr": "<f8", "fortran_order": False, "shape": (numbers,)}
                np.lib.format.write_array_header_1_0(array, header)
                for _ in range(numbers >> 17):
                    array.write(bytes(1 << 20))
    return path


class Deed:
    """Pickles to a call that makes a file."""

    def __init__(self, marker: Path) -> None:
        self._marker = marker

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self._marker),)


def array_with_code(marker: Path) -> bytes:
    """An array of one object that makes a folder where it is unpickled."""
    file = io.BytesIO()
    np.save(file, np.array([Deed(marker)], dtype=object), allow_pickle=True)
    return file.getvalue()


def write_pickle(marker: Path, path: Path) -> Path:
    """The path of a pickle that makes a folder where it is loaded."""
    path.write_bytes(pickle.dumps(Deed(marker)))
    return path


def onnx_with_data_elsewhere(path: Path, location: str, *, hidden: bool) -> Path:
    """The path of a model that multiplies by the number in another file.

    hidden: in a node's attribute rather than among the initializers.
    """
    factor = helper.make_tensor("w", TensorProto.FLOAT, [1], b"\0\0\x80?", raw=True)
    factor.ClearField("raw_data")
    factor.data_location = TensorProto.EXTERNAL
    factor.external_data.add(key="location", value=location)
    factor.external_data.add(key="length", value="4")
    constant = [helper.make_node("Constant", [], ["w"], value=factor)] if hidden else []
    graph = helper.make_graph(
        [*constant, helper.make_node("Mul", ["x", "w"], ["y"])],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 1])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 1])],
        [] if hidden else [factor],
    )
    path.write_bytes(_serialized(graph))
    return path


def onnx_bomb(path: Path, numbers: int) -> Path:
    """The path of a small model that makes so many numbers out of its first row."""
    shape = helper.make_tensor("shape", TensorProto.INT64, [1], [numbers])
    nodes = [
        helper.make_node("ConstantOfShape", ["shape"], ["zeros"]),
        helper.make_node("ReduceSum", ["zeros"], ["sum"], keepdims=0),
        helper.make_node("Add", ["x", "sum"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 1])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 1])],
        [shape],
    )
    path.write_bytes(_serialized(graph))
    return path


def _serialized(graph: Any) -> bytes:
    with warnings.catch_warnings(action="ignore"):
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return onnx.ModelProto.SerializeToString(model)
