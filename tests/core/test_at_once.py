"""Tasks in threads: joint progress and what came of them."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from evallib.core.at_once import Joint, gathered


def test_the_results_come_by_name():
    with ThreadPoolExecutor(2) as threads:
        assert gathered({"a": threads.submit(int, "1"), "b": threads.submit(int, "2")}) == {"a": 1, "b": 2}


def test_the_first_failure_is_raised_while_others_are_busy():
    over = Event()
    with ThreadPoolExecutor(2) as threads:
        tasks = {"slow": threads.submit(over.wait, 60), "bad": threads.submit(int, "x")}
        with pytest.raises(ValueError, match="invalid literal"):
            gathered(tasks)
        assert not tasks["slow"].done()
        over.set()


def test_progress_is_that_of_all_tasks_together():
    seen = []
    joint = Joint(lambda *said: seen.append(said), 2)
    one, two = joint.share("one"), joint.share("two")
    one(1, 4, "first")
    two(1, 2, "second")
    one(0, 0, "empty")
    assert seen == [(0.25, 2, "first"), (0.75, 2, "second"), (1.5, 2, "empty")]
