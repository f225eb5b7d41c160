"""The rehearsal of a process that computes evaluations."""

import tempfile
from dataclasses import replace

from evallib.methods import METHODS
from evallib.rehearsal import rehearse


def test_every_quick_method_is_rehearsed_and_nothing_stays(tmp_path, monkeypatch):
    computed = []
    for key, method in METHODS.items():

        def noted(data, params, progress, compute=method.compute, key=key):
            result = compute(data, params, progress)
            computed.append(key)
            return result

        monkeypatch.setitem(METHODS, key, replace(method, compute=noted))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    rehearse()
    assert sorted(computed) == sorted(key for key, method in METHODS.items() if not method.long)
    assert not list(tmp_path.iterdir())
