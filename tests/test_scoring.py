"""The models of an evaluation share the memory that the operator gives to models, and wait for it together."""

import pickle

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from evallib.core.errors import Cancelled
from evallib.data import System
from evallib.models import Limits, drop_workers, take_room
from evallib.scoring import Models

TOTAL_MB = 2048


@pytest.fixture
def systems(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("EVALLIB_MODELS_MEMORY_MB", str(TOTAL_MB))
    (tmp_path / "m.pkl").write_bytes(pickle.dumps(Ridge().fit(np.eye(2), [0.0, 1.0])))
    yield [System(name=name, model=tmp_path / "m.pkl") for name in ("one", "two")]
    drop_workers()


def test_they_wait_until_others_have_left_and_then_share(systems):
    others = take_room(1, Limits(memory_mb=1024, total_mb=TOTAL_MB))
    seen = []

    def progress(done, total, text):
        seen.append(text)
        if len(seen) == 3:
            others.close()

    with Models(systems) as models:
        models.await_opened(progress)
        assert seen[:3] == ["Waiting for memory that other models have"] * 3
        assert {opened.model._limits.memory_mb for opened in models.opened().values()} == {TOTAL_MB // 2}
    take_room(2, Limits.from_environment(), lambda: True).close()


def test_who_waits_can_be_cancelled(systems):
    others = take_room(1, Limits(memory_mb=1024, total_mb=TOTAL_MB))

    def cancel(done, total, text):
        raise Cancelled("Cancelled.")

    with pytest.raises(Cancelled), Models(systems) as models:
        models.await_opened(cancel)
    others.close()
    take_room(2, Limits.from_environment(), lambda: True).close()
