"""The log: lines of JSON that tell where something went wrong, and nothing of anybody's."""

import json
import logging
import subprocess
import sys

import pytest

from evallib.error_log import JsonLines, error_id, session_name


def line_of(caplog):
    return json.loads(JsonLines().format(caplog.records[-1]))


def fail(text):
    try:
        {}[text]
    except KeyError as error:
        raise ValueError(f"could not convert {text!r}") from error


def test_an_error_is_one_line_with_its_id_and_where_it_happened(caplog):
    with pytest.raises(ValueError, match="secret") as caught:
        fail("secret\nname")
    found = error_id(caught.value, session_name("a"))
    assert error_id(caught.value) == found
    assert len(caplog.records) == 1
    text = JsonLines().format(caplog.records[0])
    assert "\n" not in text
    assert "secret" not in text
    line = json.loads(text)
    assert (line["id"], line["level"], line["session"]) == (found, "error", session_name("a"))
    assert line["event"] == f"error {found}"
    assert (line["error"], line["because"]["error"]) == ("ValueError", "KeyError")
    assert line["traceback"][-1].endswith("in fail")
    assert line["time"].endswith("+00:00")


def test_errors_that_led_to_each_other_for_ever_end_somewhere(caplog):
    one, other = ValueError("a"), ValueError("b")
    one.__cause__, other.__cause__ = other, one
    error_id(one)
    assert JsonLines().format(caplog.records[0]).count("because") == 5


def test_what_a_library_says_is_not_repeated(caplog):
    logging.getLogger("library").warning("cannot read %s", "secret")
    line = line_of(caplog)
    assert line["event"].startswith("library logged in test_error_log.py:")
    assert "secret" not in json.dumps(line)


def test_a_session_has_one_name_which_is_not_its_own():
    assert session_name("a") == session_name("a") != session_name("b")
    assert session_name("") == ""
    assert len(session_name("a")) == 12


PROCESS = """
import threading, warnings
from evallib.error_log import ABOUT, log_as_json
log_as_json()
ABOUT["session"] = "5be1"
warnings.warn("secret")
thread = threading.Thread(target=lambda: {}["secret"])
thread.start()
thread.join()
raise OSError(2, "secret", "/secret")
"""


def test_a_process_says_nothing_but_lines_of_json():
    done = subprocess.run([sys.executable, "-c", PROCESS], capture_output=True, text=True, check=False)
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line.get("error") for line in lines] == [None, "KeyError", "FileNotFoundError"]
    assert [line["session"] for line in lines] == ["5be1"] * 3
    assert [len(line["id"]) for line in lines[1:]] == [8, 8]
    assert done.returncode == 1
    assert "secret" not in done.stderr
