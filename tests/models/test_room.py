"""Memory that the operator bounds: models wait for each other, and never for ever."""

import os
import subprocess
import sys
import threading
from contextlib import closing

import pytest
from model_files import within, write

from evallib.core.errors import BadInput, Cancelled
from evallib.models import Limits, open_model, take_room

BOUND = Limits(memory_mb=1024, total_mb=2048)


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def refused(models, limits=BOUND):
    """Whether so many models would have to wait."""
    try:
        take_room(models, limits, lambda: True).close()
    except Cancelled:
        return True
    return False


def test_there_is_room_for_as_many_models_as_fit():
    with closing(take_room(1, BOUND)) as first:
        assert first.limits == BOUND
        with closing(take_room(1, BOUND)):
            assert refused(1)
        assert not refused(1)
        assert refused(2)
    assert not refused(2)


def test_models_that_come_together_share_the_memory():
    with closing(take_room(4, BOUND)) as room:
        assert room.limits.memory_mb == 512
        assert refused(1)


def test_more_models_than_could_ever_run_are_refused():
    with pytest.raises(BadInput, match=r"5 models at once need 2,560 MB of memory, and this server has 2,048 MB for"):
        take_room(5, BOUND)


def test_nobody_waits_where_nothing_is_bounded(own_folder):
    with closing(take_room(99, Limits())) as room:
        assert room.limits == Limits()
    assert not list(own_folder.iterdir())


def test_who_waits_goes_on_when_others_have_left():
    room = take_room(2, BOUND)
    got = []
    waiting = threading.Thread(target=lambda: got.append(take_room(2, BOUND)))
    waiting.start()
    assert not within(0.3, lambda: bool(got))
    room.close()
    waiting.join(20)
    assert got
    got[0].close()


def test_two_who_need_all_of_it_never_hold_half_of_it_each():
    done = []

    def use():
        for _ in range(5):
            take_room(2, BOUND).close()
        done.append(True)

    threads = [threading.Thread(target=use, daemon=True) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(done) == 3


def test_what_a_dead_process_held_is_free(own_folder):
    program = (
        "import os, time, tempfile; tempfile.tempdir = os.environ['FOLDER']\n"
        "from evallib.models import Limits, take_room\n"
        "room = take_room(2, Limits(memory_mb=1024, total_mb=2048)); print('has it', flush=True); time.sleep(60)"
    )
    environment = {**os.environ, "FOLDER": str(own_folder)}
    other = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, env=environment)
    assert other.stdout.readline() == "has it\n"
    assert refused(1)
    other.kill()
    other.communicate()
    assert not refused(2)


def test_a_file_of_somebody_else_is_not_locked(own_folder):
    (own_folder / "other").touch()
    (own_folder / f"evallib-models-{os.getuid()}").symlink_to(own_folder / "other")
    with pytest.raises(BadInput, match=r"evallib-models-\d+ is not a file of this user; remove it"):
        take_room(1, BOUND)


def test_a_model_has_its_room_until_it_is_closed(families, tmp_path):
    path = write(families["ridge"].model, tmp_path / "m.skops")
    limits = Limits(memory_mb=2048, total_mb=2048)
    with open_model(path, limits=limits):
        assert refused(1, limits)
    assert not refused(1, limits)
