"""Files in formats without code that do harm all the same: what they do elsewhere, they do not do here."""

import io
import json
import subprocess
import sys
import zipfile
from typing import get_args

import numpy as np
import onnxruntime
import pandas as pd
import pytest
import skops.io
from model_files import write
from safe_files import (
    array_with_code,
    forged_tree,
    line,
    onnx_bomb,
    onnx_with_data_elsewhere,
    reader_of_files,
    runner_of_commands,
    skops_bomb,
    skops_with,
    write_pickle,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from stage import fingerprint

from evallib.core.errors import BadInput
from evallib.models import Limits, bind_model, detection, open_model

LIMITS = Limits(memory_mb=700, seconds=20)

NUMBERS = pd.DataFrame({"a": [1.0, 2.0]})


@pytest.fixture(autouse=True)
def _peace(arena):
    yield
    arena.check_peace()


def predict(path, features=NUMBERS, limits=LIMITS):
    with open_model(path, "M", limits) as model:
        return bind_model(model, features, (), "regression").predict(features).value


def plain_process(program, *arguments):
    return subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)], capture_output=True, text=True, check=False
    )


def test_skops_of_trusted_types_reads_no_file(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("the password is swordfish")
    model = reader_of_files("swordfish")
    assert skops.io.get_untrusted_types(data=skops.io.dumps(model)) == []
    assert list(model.predict([str(secret)])) == [1.0]
    with pytest.raises(BadInput, match=r"M failed for rows 1 to 1: (Permission|OS)Error"):
        predict(write(model, tmp_path / "m.skops"), pd.DataFrame({"text": [str(secret)]}))


def test_skops_with_a_cache_writes_none(tmp_path):
    made = make_pipeline(StandardScaler(), line(1.0), memory=str(tmp_path / "cache")).fit([[0.0], [2.0]], [0.0, 2.0])
    assert (tmp_path / "cache").is_dir(), "The model caches nothing even here."
    path = write(made.set_params(memory=str(tmp_path / "another")), tmp_path / "m.skops")
    before = fingerprint(tmp_path)
    np.testing.assert_allclose(predict(path), [1.0, 2.0])
    assert fingerprint(tmp_path) == before


def test_skops_with_a_forged_tree_ends_its_own_process(tmp_path):
    path = write(forged_tree(), tmp_path / "m.skops")
    load = "import sys, skops.io; t = ['sklearn.tree._tree.Tree']; skops.io.load(sys.argv[1], t).predict([[1.0]])"
    assert plain_process(load, path).returncode < 0
    with pytest.raises(BadInput, match=r"M ended its own process \(SIGSEGV\)"):
        predict(path)


def test_skops_that_grows_when_it_is_read_is_ended(tmp_path):
    path = skops_bomb(tmp_path / "m.skops", 40 << 20)
    assert path.stat().st_size < 3 << 20
    load = "import sys, skops.io; print(skops.io.load(sys.argv[1]).coef_.nbytes)"
    assert int(plain_process(load, path).stdout) > 300 << 20
    with pytest.raises(BadInput, match=r"M needed more than 400 MB of memory"):
        predict(path, limits=Limits(memory_mb=400, seconds=20))


def test_skops_with_a_deep_description_is_one_sentence(tmp_path):
    path = skops_with(line(1.0), tmp_path / "m.skops", {"schema.json": b'{"content":' * 100_000})
    with pytest.raises(BadInput, match="M failed to load: RecursionError"):
        predict(path)


def test_skops_with_code_in_an_array_does_not_run_it(tmp_path):
    marker = tmp_path / "ran"
    code = array_with_code(marker)
    (tmp_path / "a.npy").write_bytes(code)
    np.load(tmp_path / "a.npy", allow_pickle=True)
    marker.rmdir()
    with pytest.raises(BadInput, match="M failed to load: ValueError"):
        predict(skops_with(line(1.0), tmp_path / "m.skops", {".npy": code}))
    assert not marker.exists()


def test_skops_that_brings_its_own_trusted_list_is_refused(tmp_path):
    model = runner_of_commands()
    data = skops.io.dumps(model)
    names = skops.io.get_untrusted_types(data=data)
    assert skops.io.loads(data, trusted=names)[0].func("exit 3") != 0, "The model runs no command even here."
    schema = json.loads(zipfile.ZipFile(io.BytesIO(data)).read("schema.json"))
    listed = json.dumps({**schema, "trusted": names, "untrusted": []}).encode()
    path = skops_with(model, tmp_path / "m.skops", {"schema.json": listed, "trusted.json": json.dumps(names).encode()})
    with pytest.raises(BadInput, match=r"M holds types that are not on the list of reviewed ones: \w+\.system"):
        predict(path)


@pytest.mark.parametrize("hidden", [False, True])
def test_onnx_with_data_elsewhere_reads_no_file(hidden, tmp_path):
    np.float32(7.0).tofile(tmp_path / "secret.bin")
    path = onnx_with_data_elsewhere(tmp_path / "m.onnx", "secret.bin", hidden=hidden)
    rows = np.ones((1, 1), np.float32)
    try:
        given = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]).run(None, {"x": rows})
    except Exception as error:
        pytest.skip(f"This onnxruntime reads no such data in any case: {str(error)[:200]}")
    assert given[0] == 7.0
    with pytest.raises(BadInput, match=r"M (keeps its numbers in another file|failed to load)"):
        predict(path, NUMBERS[["a"]])


def test_onnx_that_grows_when_it_is_asked_is_ended(tmp_path):
    small = onnx_bomb(tmp_path / "small.onnx", 1_000_000)
    np.testing.assert_allclose(predict(small), [1.0, 2.0])
    with pytest.raises(BadInput, match=r"memory|bad_alloc|allocate"):
        predict(onnx_bomb(tmp_path / "m.onnx", 1 << 40))


@pytest.mark.parametrize("ending", [".skops", ".onnx"])
def test_a_pickle_under_another_name_is_not_loaded(ending, tmp_path):
    marker = tmp_path / "ran"
    path = write_pickle(marker, tmp_path / f"m{ending}")
    with pytest.raises(BadInput, match=rf"m{ending} is not an? .*: its content is that of a pickle or joblib file"):
        predict(path)
    assert not marker.exists()


def test_a_pickle_is_refused_where_pickles_are_switched_off(tmp_path, monkeypatch):
    monkeypatch.setenv("EVALLIB_ALLOW_PICKLE", "0")
    with pytest.raises(BadInput, match="this server accepts no such file"):
        predict(write(line(1.0), tmp_path / "m.joblib"))


def test_lightgbm_text_with_a_bad_child_ends_at_most_its_own_process(tmp_path):
    lightgbm = pytest.importorskip("lightgbm")
    endings = [ending for ending, found in detection.EXTENSIONS.items() if "lightgbm" in found.lower()]
    if not endings:
        pytest.skip(f"Of the formats {', '.join(get_args(detection.Format))}, none is LightGBM's.")
    data = lightgbm.Dataset(np.arange(100.0).reshape(-1, 1), np.arange(100.0))
    text = lightgbm.train({"verbosity": -1, "min_data_in_leaf": 1}, data, 1).model_to_string()
    path = tmp_path / f"m{endings[0]}"
    path.write_text(bad_child(text))
    load = "import sys, lightgbm; lightgbm.Booster(model_str=open(sys.argv[1]).read()).predict([[1.0]])"
    assert plain_process(load, path).returncode < 0, "The file harms nobody even here."
    with pytest.raises(BadInput, match=r"M ended its own process|M failed"):
        predict(path)


def bad_child(text):
    """The text of a LightGBM model whose first node leads far behind the end of its nodes."""
    head, tail = text.split("left_child=", 1)
    children, rest = tail.split("\n", 1)
    return f"{head}left_child={' '.join(['1000000000', *children.split()[1:]])}\n{rest}"
