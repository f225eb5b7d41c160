"""The line between a worker and its parent."""

import socket

import pytest

from evallib.models.protocol import receive, send


def test_messages_arrive_as_they_were_sent():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        send(ours, {"a": [1, "ü"]})
        assert receive(theirs) == ({"a": [1, "ü"]}, [])
        ours.close()
        with pytest.raises(EOFError):
            receive(theirs)


def test_a_worker_may_answer_and_end_before_the_sender_looks_again(monkeypatch, tmp_path):
    ours, theirs = socket.socketpair()
    at_once = socket.send_fds

    def sent_and_answered(channel, *arguments):
        sent = at_once(channel, *arguments)
        receive(theirs)
        send(theirs, {"complaint": "no model"})
        theirs.close()
        return sent

    monkeypatch.setattr(socket, "send_fds", sent_and_answered)
    with ours, (tmp_path / "file").open("wb") as file:
        send(ours, {"format": "onnx"}, [file.fileno()])
        assert receive(ours)[0] == {"complaint": "no model"}
