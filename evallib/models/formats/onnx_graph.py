"""What an ONNX file says about itself beyond what its runtime tells: class labels, and data kept in other files.

The few fields that matter are read straight from the bytes (numbered as in onnx.proto), so that running a model does
not need the onnx package.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

MODEL_GRAPH = 7
GRAPH_NODE, GRAPH_INITIALIZER = 1, 5
NODE_ATTRIBUTE = 5
ATTRIBUTE_NAME, ATTRIBUTE_INTS, ATTRIBUTE_STRINGS = 1, 8, 9
TENSOR_TYPE, TENSOR_STRINGS, TENSOR_INTS, TENSOR_NAME, TENSOR_RAW, TENSOR_EXTERNAL = 2, 6, 7, 8, 9, 13
INT32, INT64 = 6, 7


def keeps_data_elsewhere(content: bytes) -> bool:
    """Whether the model's numbers are in other files beside it."""
    return any(number == TENSOR_EXTERNAL for tensor in _initializers(content) for number, _ in _fields(tensor))


def class_labels(content: bytes, count: int | None) -> tuple[str, ...]:
    """The names of the classes in the order of the probabilities, of which there are `count` where that is known.

    Taken from the attribute of a classifier or ZipMap node, else from a tensor called "classes", else from a tensor
    of `count` strings; empty where the file has none of these.
    """
    found = [*_labels_of_nodes(content), *_labels_of_tensors(content, count)]
    return next((labels for labels in found if count is None or len(labels) == count), ())


def _labels_of_nodes(content: bytes) -> Iterator[tuple[str, ...]]:
    for node in _inside(_graph(content), GRAPH_NODE):
        for attribute in _inside(node, NODE_ATTRIBUTE):
            name = next(_inside(attribute, ATTRIBUTE_NAME), memoryview(b""))
            if bytes(name).startswith(b"classlabels"):
                texts = tuple(str(text, "utf-8") for text in _inside(attribute, ATTRIBUTE_STRINGS))
                yield texts or tuple(str(n) for n in _integers(attribute, ATTRIBUTE_INTS))


def _labels_of_tensors(content: bytes, count: int | None) -> Iterator[tuple[str, ...]]:
    tensors = list(_initializers(content))
    for tensor in tensors:
        if bytes(next(_inside(tensor, TENSOR_NAME), memoryview(b""))).startswith(b"classes"):
            yield _tensor_values(tensor)
    for tensor in tensors:
        texts = tuple(str(text, "utf-8") for text in _inside(tensor, TENSOR_STRINGS))
        if len(texts) == count:
            yield texts


def _tensor_values(tensor: memoryview) -> tuple[str, ...]:
    texts = tuple(str(text, "utf-8") for text in _inside(tensor, TENSOR_STRINGS))
    kind = next((value for number, value in _fields(tensor) if number == TENSOR_TYPE), 0)
    raw = next(_inside(tensor, TENSOR_RAW), None)
    if raw is not None and kind in (INT32, INT64):
        return tuple(str(n) for n in np.frombuffer(raw, "<i4" if kind == INT32 else "<i8"))
    return texts or tuple(str(n) for n in _integers(tensor, TENSOR_INTS))


def _graph(content: bytes) -> memoryview:
    return next(_inside(memoryview(content), MODEL_GRAPH), memoryview(b""))


def _initializers(content: bytes) -> Iterator[memoryview]:
    return _inside(_graph(content), GRAPH_INITIALIZER)


def _inside(message: memoryview, wanted: int) -> Iterator[memoryview]:
    """The contents of a message's length-delimited fields of one number."""
    return (value for number, value in _fields(message) if number == wanted and isinstance(value, memoryview))


def _integers(message: memoryview, wanted: int) -> Iterator[int]:
    """The signed numbers of a repeated field, whether they are packed or not."""
    for number, value in _fields(message):
        if number == wanted and isinstance(value, int):
            yield _signed(value)
        elif number == wanted and isinstance(value, memoryview):
            at = 0
            while at < len(value):
                one, at = _varint(value, at)
                yield _signed(one)


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """The number and value of every field of a protobuf message, in the order of the file."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        if key & 7 == 0:
            value, at = _varint(message, at)
            yield key >> 3, value
        else:
            size, at = _varint(message, at) if key & 7 == 2 else ({1: 8, 5: 4}[key & 7], at)
            yield key >> 3, message[at : at + size]
            at += size


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def _signed(value: int) -> int:
    return value - (1 << 64) if value >> 63 else value
