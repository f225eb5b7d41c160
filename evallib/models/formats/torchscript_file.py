"""TorchScript models: networks of PyTorch with their code."""

from __future__ import annotations

import io
from typing import Any, BinaryIO

import pandas as pd

from evallib.models.formats.extras import required
from evallib.models.formats.loaded import Answer, Description, Give, LoadedModel, Refused
from evallib.models.formats.network import GIVES, matrix, network_answer

torch: Any = required("torch")


def read_torchscript(file: BinaryIO) -> LoadedModel:
    """The network in the file. Raises `Refused` where it holds weights alone, or a pickled network."""
    content = io.BytesIO(file.read())
    try:
        return TorchScriptModel(torch.jit.load(content, map_location="cpu"))
    except RuntimeError:
        raise Refused(
            "is no TorchScript model, perhaps weights alone; save it with torch.jit.script(model).save(path)"
        ) from None


class TorchScriptModel:
    """The loaded model that a scripted or traced module is."""

    def __init__(self, module: Any) -> None:
        self._module = module.eval()
        self.description = Description(kind=f"TorchScript {module.original_name}", gives=GIVES)

    def answer(self, rows: pd.DataFrame, give: Give) -> Answer:
        """What the network gives for every row."""
        with torch.inference_mode():
            given = self._module(torch.from_numpy(matrix(rows)))
        if not isinstance(given, torch.Tensor):
            raise Refused("gives something else than one tensor; let it return one number or one row of them per row")
        return network_answer(given.numpy(), len(rows), give)


def _warm_up() -> None:
    """Nothing; whatever PyTorch looks up at its first prediction is there."""
    module = torch.jit.trace(torch.nn.Sequential(torch.nn.Linear(2, 4), torch.nn.ReLU()), torch.zeros(1, 2))
    content = io.BytesIO()
    torch.jit.save(module, content)
    TorchScriptModel(torch.jit.load(io.BytesIO(content.getvalue()))).answer(pd.DataFrame([[0.0, 1.0]] * 9), "values")


_warm_up()
