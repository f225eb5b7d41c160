"""Models that fail: each gives one sentence, none harms this process, and none leaves a process behind."""

import os
import re

import numpy as np
import pandas as pd
import pytest
from model_files import gone, others_in_session, within, write, write_source

from evallib.core.errors import BadInput
from evallib.models import Limits, bind_model, drop_workers, open_model
from evallib.models.limits import LAYERS

FEATURES = pd.DataFrame({"what": np.zeros(4), "other": np.arange(4.0)})

LIARS = """
    import numpy as np
    class Model:
        classes_ = ["no", "yes"]
        def predict_proba(self, rows):
            n, good = len(rows), np.full((len(rows), 2), 0.5)
            def raises():
                raise ValueError("no luck\\n\\x1b[31msecond\\u202e line" + "!" * 2000)
            def leaves():
                raise SystemExit(3)
            def unprintable():
                class Odd(Exception):
                    def __str__(self):
                        raise RuntimeError
                raise Odd
            def at(row, column, value):
                good[row, column] = value
                return good
            return [
                lambda: good, raises, leaves, unprintable,
                lambda: good[:3], lambda: np.ones((n, 2, 2)), lambda: np.ones((n, 5)), lambda: np.ones((n, 3)) / 3,
                lambda: [["a", "b"]] * n, lambda: None, lambda: at(2, 1, np.nan), lambda: at(1, 0, np.inf),
                lambda: at(3, 1, 7.0), lambda: at(0, 0, -0.1), lambda: good * 0.9, lambda: np.ones((n, 200_000)),
            ][int(rows["what"].iloc[0])]()
"""

LIES = {
    1: r"M failed for rows 1 to 4: ValueError: no luck \[31msecond line!+…$",
    2: "M failed for rows 1 to 4: SystemExit: 3$",
    3: "M failed for rows 1 to 4: Odd:$",
    4: r"M gives probabilities of shape \(3, 2\) for 4 rows\.$",
    5: r"M gives probabilities of shape \(4, 2, 2\) for 4 rows\.$",
    6: "M gives 5 numbers per row",
    7: "not sum|3 ",
    8: "M gives something else than numbers as probabilities",
    9: r"M gives probabilities of shape \(\) for 4 rows",
    10: "M gives NaN or infinity as a probability in row 3; its predictions cannot be evaluated",
    11: "M gives NaN or infinity as a probability in row 2;",
    12: "M gives a probability outside 0 to 1 in row 4;",
    13: "M gives a probability outside 0 to 1 in row 1;",
    14: "M gives probabilities that do not sum to 1 in row 1 and in 3 more of the rows to 4;",
    15: "M gives 200000 numbers per row",
}


@pytest.fixture(scope="module")
def liar(tmp_path_factory):
    with open_model(write_source(LIARS, tmp_path_factory.mktemp("liar") / "m.pkl"), "M") as model:
        yield bind_model(model, FEATURES, ("no", "yes"), "binary")


@pytest.mark.parametrize("what", LIES)
def test_an_unusable_answer_is_one_sentence_and_the_model_goes_on(what, liar):
    with pytest.raises(BadInput) as caught:
        liar.predict(FEATURES.assign(what=what))
    sentence = str(caught.value)
    assert re.search(LIES[what], sentence)
    assert "\n" not in sentence
    assert len(sentence) < 400
    assert list(liar.predict(FEATURES).probability) == [0.5] * 4


def predicting(body):
    return f"""
        import ctypes, os, signal, time
        class Model:
            def predict(self, rows):
                {body}
    """


ENDS = {
    "exits": ("os._exit(7)", r"M ended its own process \(exit code 7\) when asked for rows 1 to 4;"),
    "leaves a child": ("os.fork() or time.sleep(60); os._exit(7)", r"ended its own process \(exit code 7\)"),
    "ends by an odd signal": ("os.kill(os.getpid(), 40)", r"ended its own process \(signal 40\)"),
    "crashes": ("ctypes.string_at(0)", r"ended its own process \(SIGSEGV\)"),
    "computes for ever": ("while True: pass", "M took longer than 1.5 s for rows 1 to 4; .*EVALLIB_MODEL_SECONDS"),
    "stops itself": ("os.kill(os.getpid(), signal.SIGSTOP)", "took longer than 1.5 s"),
    "allocates too much at once": ("return bytearray(10**12)", "needed more than 4,096 MB of memory for rows 1 to 4;"),
}


@pytest.mark.parametrize("name", ENDS)
def test_a_model_that_ends_or_hangs_is_ended(name, opened, tmp_path):
    body, sentence = ENDS[name]
    # A child can only be left where nothing locks the model in.
    layers = () if "fork" in body else LAYERS
    limits = Limits(seconds=1.5 if "1.5 s" in sentence else 60, layers=layers)
    model = opened(write_source(predicting(body), tmp_path / "m.pkl"), limits=limits)
    bound = bind_model(model, FEATURES, (), "regression")
    with pytest.raises(BadInput, match=sentence):
        bound.predict(FEATURES)
    assert gone(model.pid)
    assert within(5, lambda: not others_in_session(model.pid))
    with pytest.raises(BadInput, match="M is closed"):
        bound.predict(FEATURES)


def test_a_model_that_grows_is_ended_at_its_limit(opened, tmp_path):
    body = "kept = [bytes(5_000_000) + b'x' for _ in range(400) if time.sleep(0.005) is None]; time.sleep(9)"
    model = opened(write_source(predicting(body), tmp_path / "m.pkl"), limits=Limits(memory_mb=600))
    with pytest.raises(BadInput, match="M needed more than 600 MB of memory for rows 1 to 4;"):
        bind_model(model, FEATURES, (), "regression").predict(FEATURES)
    assert gone(model.pid)


FORGERIES = {
    "a length without end": "b'\\xff\\xff\\xff\\xff'",
    "another answer": "b'\\x00\\x00\\x00\\x0c{\"answer\": 3}'",
    "deep JSON": "len(b'[' * 100_000).to_bytes(4, 'big') + b'[' * 100_000",
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_answer_is_unreadable(name, opened, tmp_path):
    body = f"""
                for fd in range(3, 256):
                    try: os.write(fd, {FORGERIES[name]})
                    except OSError: pass
                time.sleep(9)
    """
    model = opened(write_source(predicting(body.strip()), tmp_path / "m.pkl"), limits=Limits(seconds=1.5))
    with pytest.raises(BadInput, match=r"no readable answer|took longer"):
        bind_model(model, FEATURES, (), "regression").predict(FEATURES)
    assert gone(model.pid)


LOADS = {
    "hangs": ("import time; time.sleep(60)", "M took longer than 1.5 s to load"),
    "exits": ("import os; os._exit(0)", r"M ended its own process \(exit code 0\) when asked to load"),
    "raises": ("1 / 0", "M failed to load: ZeroDivisionError: division by zero"),
}


@pytest.mark.parametrize("name", LOADS)
def test_a_file_that_does_not_load_is_one_sentence(name, opened, tmp_path):
    source, sentence = LOADS[name]
    with pytest.raises(BadInput, match=sentence):
        opened(write_source(source, tmp_path / "m.pkl"), limits=Limits(seconds=1.5 if "1.5 s" in sentence else 60))


DAMAGED = {
    ".skops": (b"PK\x03\x04", "M failed to load: "),
    ".onnx": (b"\x08\x08\x12\x04", "M is damaged, or no ONNX model."),
}


@pytest.mark.parametrize("ending", DAMAGED)
def test_a_damaged_file_is_one_sentence(ending, opened, tmp_path):
    start, sentence = DAMAGED[ending]
    path = tmp_path / f"m{ending}"
    path.write_bytes(start + b"damaged" * 20)
    with pytest.raises(BadInput, match=sentence) as caught:
        opened(path)
    assert "\n" not in str(caught.value)


def test_text_in_a_column_of_numbers_names_the_column(opened, families, tmp_path):
    family = families["logistic regression"]
    model = opened(write(family.model, tmp_path / "m.pkl"))
    features = family.features.assign(gain=family.features["gain"].astype(str).where(lambda s: s.index != 7, "lots"))
    bound = bind_model(model, features, family.classes, family.task)
    with pytest.raises(BadInput, match='M takes numbers in the column "gain", which holds text such as "lots"'):
        bound.predict(features)


SPY = """
    import os, sys, threading
    ran_in = os.getpid()
    class Model:
        def predict(self, rows):
            import joblib
            def can(action):
                try:
                    action()
                    return 1.0
                except OSError:
                    return 0.0
            from multiprocessing import Lock
            with Lock():
                facts = [ran_in, sum(can(lambda: os.fstat(fd)) for fd in range(256)), joblib.cpu_count(),
                         "SECRET" in os.environ, len(os.environ), can(lambda: open("TARGET", "w")),
                         can(lambda: open("/etc/passwd")), can(lambda: os.listdir("/tmp")), os.getppid(),
                         os.getpid() == os.getsid(0)]
            return facts + [0.0] * (len(rows) - len(facts))
"""


def test_a_model_runs_elsewhere_sees_little_and_writes_nothing(opened, tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET", "hunter2")
    secret = os.open(tmp_path, os.O_RDONLY)
    os.set_inheritable(secret, True)
    drop_workers()
    target = tmp_path / "written"
    model = opened(write_source(SPY.replace("TARGET", str(target)), tmp_path / "m.pkl"))
    features = pd.DataFrame({"a": np.zeros(12)})
    facts = bind_model(model, features, (), "regression").predict(features).value
    os.close(secret)
    process, descriptors, cores, has_secret, variables, writes, reads, lists, parent, leads_session = facts[:10]
    assert process == model.pid != os.getpid()
    assert descriptors <= 8, "stdin, stdout, stderr, the line, the model, the rows and the room for answers"
    assert cores == os.cpu_count()
    assert not has_secret
    assert variables <= 10
    assert not writes
    assert not target.exists()
    assert not reads
    assert not lists
    assert parent == os.getpid()
    assert leads_session
