"""What a model may tell the process that asks it: it is believed nothing, and can neither stop nor crash it.

A model can make its worker say anything. So most lies are told by a process that is nothing but the lie, started in
place of the worker; the others by models in real workers. The parent must say one plain sentence, end the process,
keep no descriptor that it was sent, and go on with another model.
"""

import pickle
import textwrap
import unicodedata

import numpy as np
import pandas as pd
import pytest
from model_files import gone, open_descriptors, write_source
from payloads_lies import DESCRIPTIONS, ENDS, LIES, WORDS

from evallib.core.errors import BadInput
from evallib.models import Limits, bind_model, drop_workers, open_model, prepare_workers, process

LIMITS = Limits(memory_mb=700, seconds=3)

IN_WORKERS = Limits(memory_mb=700, seconds=20)
"""For models in real workers, which are slower than the lie alone where others are at work; it is never waited out."""

FEATURES = pd.DataFrame({"a": np.zeros(4), "b": np.arange(4.0)})

PROBABILITIES, LABELS = (f'"gives": ["{give}"], "classes": ["no", "yes"]' for give in ("probabilities", "labels"))

IN_PLACE_OF_A_WORKER = """
reply(ready=True)
hear()
reply(description={**{"kind": "Model", "gives": ["values"]}, **{DESCRIPTION}})
hear()
LIE
time.sleep(60)
"""

MODEL = """
class Model:
    classes_ = ["no", "yes"]
    def predict(self, rows):
LIE
        time.sleep(60)
"""


@pytest.fixture
def told(tmp_path, monkeypatch):
    """A function that opens a model whose worker gives a description, and tells a lie when it is asked."""

    def open_it(description, lie="pass"):
        drop_workers()
        source = IN_PLACE_OF_A_WORKER.replace("DESCRIPTION", description)
        monkeypatch.setattr(process, "START", WORDS + source.replace("LIE", textwrap.dedent(lie).strip()))
        path = tmp_path / "m.pkl"
        path.write_bytes(pickle.dumps("not looked at"))
        return open_model(path, "M", LIMITS)

    yield open_it
    monkeypatch.undo()
    drop_workers()


def write_liar(lie, path):
    """The path of a model that does this when it is asked."""
    return write_source(WORDS + MODEL.replace("LIE", textwrap.indent(textwrap.dedent(lie).strip(), " " * 8)), path)


@pytest.mark.parametrize("lie", [pytest.param(lie, id=lie.name) for lie in LIES])
def test_a_lie_is_one_sentence_and_harms_nobody(lie, arena, told):
    model = told(PROBABILITIES, lie.source)
    check_lie(lie, model)
    arena.check_peace()


@pytest.mark.parametrize("lie", [pytest.param(lie, id=lie.name) for lie in (*ENDS, *LIES[:1])])
def test_a_model_that_ends_or_lies_is_one_sentence_and_harms_nobody(lie, arena, tmp_path):
    prepare_workers(2, IN_WORKERS)
    check_lie(lie, open_model(write_liar(lie.source, tmp_path / "m.pkl"), "M", IN_WORKERS))
    arena.check_peace()


def check_lie(lie, model):
    bound = bind_model(model, FEATURES, ("no", "yes"), "binary")
    with model, pytest.raises(BadInput, match=lie.sentence) as caught:
        bound.predict(FEATURES)
    assert plain(str(caught.value))
    assert gone(model.pid)


@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_a_forged_description_is_cleaned_or_refused(name, arena, told):
    said = []
    try:
        with told(DESCRIPTIONS[name]) as model:
            said += [model.card.kind, *model.card.warnings]
            task, classes = ("regression", ()) if "values" in model.card.gives else ("binary", ("no", "yes"))
            said += bind_model(model, FEATURES, classes, task).binding.warnings
    except BadInput as error:
        said.append(str(error))
    assert said
    assert all(map(plain, said)), [text[:100] for text in said if not plain(text)]
    arena.check_peace()


def test_a_lying_name_of_a_label_is_cleaned(told):
    lie = r'reply(answer={"columns": 1, "names": ["\x1b[31m\n" + "x" * 9_000, *["x"] * 1_000_000]})'
    with told(LABELS, lie) as model:
        bound = bind_model(model, FEATURES, ("no", "yes"), "binary")
        with pytest.raises(BadInput, match="no class of the target") as caught:
            bound.predict(FEATURES)
    assert plain(str(caught.value))


SENDER = """
copies = [os.dup(line) for _ in range(100)]
socket.send_fds(socket.socket(fileno=os.dup(line)), [framed(b'{"answer": {"columns": 1}}')], copies)
"""


def test_descriptors_that_a_model_sends_are_not_kept(arena, told):
    with told("", SENDER) as model:
        before = open_descriptors()
        assert list(bind_model(model, FEATURES, (), "regression").predict(FEATURES).value) == [0.0] * 4
        assert open_descriptors() == before
    arena.check_peace()


CHANGES = """
    import ctypes, mmap, os, threading
    import numpy as np
    class Model:
        classes_ = ["no", "yes"]
        asked = 0
        def predict_proba(self, rows):
            self.asked = asked = self.asked + 1
            for fd in range(3, 256):
                try:
                    room = np.ndarray(len(rows) * 3, buffer=mmap.mmap(fd, len(rows) * 24))
                except (OSError, ValueError):
                    pass
            def change():
                while self.asked == asked:
                    room[:] = 7.0
            threading.Thread(target=change, daemon=True).start()
            return np.full((len(rows), 2), 0.5)
"""


def test_answers_that_change_while_they_are_read_are_good_or_refused(tmp_path):
    rows = pd.DataFrame({"a": np.zeros(5_000)})
    for _ in range(2):
        with open_model(write_source(CHANGES, tmp_path / "m.pkl"), "M", Limits(seconds=30)) as model:
            bound = bind_model(model, rows, ("no", "yes"), "binary")
            for _ in range(10):
                try:
                    assert set(bound.predict(rows).probability) == {0.5}
                except BadInput as error:
                    assert "probabilit" in str(error)


def plain(text):
    """Whether the text is one line of a bearable length without characters that steer anything."""
    return len(text) < 1_000 and all(unicodedata.category(character)[0] != "C" for character in text)


def test_what_is_plain_is_told_from_what_is_not():
    assert plain("M is closed.")
    assert not any(map(plain, ("a\nb", "\x1b[31m", "\u202e", "x" * 1_000)))
