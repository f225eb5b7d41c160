"""Systems behind an API: what is sent, how answers are read, and one sentence for everything that goes wrong."""

import json
import time
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from evallib.core.errors import BadInput
from evallib.data import Endpoint
from evallib.endpoints import EndpointModel, caller

ROWS = pd.DataFrame(
    {
        "age": [31, 42, 53],
        "income": [1.5, np.nan, -2.0],
        "city": pd.Categorical(["Rome", None, "Oslo"]),
        "since": pd.to_datetime(["2026-01-02 03:04:05", None, "2025-01-01 00:00:00"]),
        "member": [True, False, True],
    }
)
CLASSES = ("no", "yes")


def bound(api, classes=CLASSES, task="binary", **settings):
    endpoint = Endpoint(url=api.url, **{"per_second": 1000, "retries": 0} | settings)
    return EndpointModel("Vendor", endpoint).bind(ROWS, classes, task)


def test_rows_go_out_as_plain_json_a_batch_at_a_time(api):
    api.answers(lambda body: {"predictions": [0.25 for _ in body["instances"]]})
    answers = bound(api, batch=2).predict(ROWS)
    assert answers.probability.tolist() == [0.25, 0.25, 0.25]
    assert answers.label.tolist() == [0, 0, 0]
    first = {"age": 31, "income": 1.5, "city": "Rome", "since": "2026-01-02T03:04:05", "member": True}
    second = {"age": 42, "income": None, "city": None, "since": None, "member": False}
    assert api.asked[0] == {"instances": [first, second]}
    assert [len(body["instances"]) for body in api.asked] == [2, 1]


def test_a_request_may_be_lists_of_values_and_a_single_row(api):
    api.answers(lambda body: {"out": [{"p": 0.5} for _ in body["data"]]})
    request = {"names": "$columns", "data": "$values", "note": "as is"}
    bound(api, request=request, response="out[].p", columns=["age", "member"]).predict(ROWS)
    assert api.asked[0] == {
        "names": ["age", "member"],
        "data": [[31, True], [42, False], [53, True]],
        "note": "as is",
    }
    api.answers(lambda body: {"score": body["age"] / 100})
    answers = bound(api, request="$row", response="score", batch=1).predict(ROWS)
    assert answers.probability.tolist() == [0.31, 0.42, 0.53]


def test_one_probability_is_of_the_second_class_or_of_the_one_that_is_named(api):
    api.answers(lambda body: {"predictions": [0.9, 0.2, 0.6]})
    assert bound(api).predict(ROWS).probability.tolist() == [0.9, 0.2, 0.6]
    endpoint = Endpoint(url=api.url, classes=["no"], per_second=1000)
    answers = EndpointModel("Vendor", endpoint).bind(ROWS, CLASSES, "binary").predict(ROWS)
    assert np.allclose(answers.probability, [0.1, 0.8, 0.4])
    assert answers.label.tolist() == [0, 1, 0]


def test_probabilities_of_several_classes_come_in_the_order_of_the_endpoint(api):
    api.answers(lambda body: {"predictions": [[0.5, 0.2, 0.3], [0.1, 0.1, 0.8], [0.0, 1.0, 0.0]]})
    endpoint = Endpoint(url=api.url, classes=["c", "a", "b"], per_second=1000)
    answers = EndpointModel("Vendor", endpoint).bind(ROWS, ("a", "b", "c"), "multiclass").predict(ROWS)
    assert answers.probability.tolist() == [[0.2, 0.3, 0.5], [0.1, 0.8, 0.1], [1.0, 0.0, 0.0]]
    assert answers.label.tolist() == [2, 1, 0]


def test_labels_and_values(api):
    api.answers(lambda body: {"predictions": ["yes", None, "no"]})
    assert bound(api, gives="labels").predict(ROWS).label.tolist() == [1, -1, 0]
    api.answers(lambda body: {"predictions": [1, 2.5, -3]})
    assert bound(api, (), "regression", gives="values").predict(ROWS).value.tolist() == [1.0, 2.5, -3.0]


def test_a_busy_endpoint_is_asked_again(api):
    busy = iter([503, 429])

    def answering(body):
        status = next(busy, 200)
        return status, json.dumps({"predictions": [0.5] * 3}).encode()

    api.answering = answering
    assert bound(api, retries=3).predict(ROWS).probability.tolist() == [0.5] * 3
    assert len(api.asked) == 3


def test_calls_keep_their_distance(api, monkeypatch):
    clock = SimpleNamespace(now=0.0, monotonic=lambda: clock.now)
    clock.sleep = lambda seconds: setattr(clock, "now", clock.now + seconds)
    monkeypatch.setattr(caller, "time", clock)
    asked = []
    api.answers(lambda body: asked.append(clock.now) or {"predictions": [0.5]})
    bound(api, batch=1, per_second=20).predict(ROWS)
    assert np.diff(asked) == pytest.approx([0.05] * (len(ROWS) - 1))


def test_secrets_come_from_the_operator_and_stay_out_of_messages(api, monkeypatch):
    with pytest.raises(BadInput, match="Vendor needs the secret KEY; the operator sets it as EVALLIB_SECRET_KEY"):
        bound(api, headers={"Authorization": "Bearer ${KEY}"})
    monkeypatch.setenv("EVALLIB_SECRET_KEY", "hunter2")
    api.answering = lambda body: (401, b"hunter2 is wrong")
    with pytest.raises(BadInput) as caught:
        bound(api, headers={"Authorization": "Bearer ${KEY}"}).predict(ROWS)
    assert str(caught.value) == "Vendor answered with status 401 (Unauthorized); check its headers."
    assert api.headers[0]["Authorization"] == "Bearer hunter2"


def test_only_what_is_meant_for_endpoints_is_a_secret(api, monkeypatch):
    monkeypatch.setenv("AWS_KEY", "hunter2")
    with pytest.raises(BadInput, match="EVALLIB_SECRET_AWS_KEY"):
        bound(api, headers={"X": "${AWS_KEY}"})


HOSTS = {
    "http://localhost:9/x": "Vendor is at localhost:9, which this server may not ask",
    "http://api.example.com:8080/x": "Vendor is at api.example.com:8080",
    "http://api.example.com.evil.org/x": "Vendor is at api.example.com.evil.org",
    "http://evil.org/api.example.com": "Vendor is at evil.org",
    "http://127.0.0.1:99999/": "valid port",
}


@pytest.mark.parametrize("url", HOSTS)
def test_only_hosts_that_the_operator_allows_are_asked(url, api):
    with pytest.raises(BadInput, match=HOSTS[url]):
        EndpointModel("Vendor", Endpoint(url=url))
    EndpointModel("Vendor", Endpoint(url="https://API.example.com/x")).caller.close()


def test_a_redirect_is_not_followed(api):
    api.answering = lambda body: (302, b"")
    with pytest.raises(BadInput, match=r"status 302 \(Found\)"):
        bound(api).predict(ROWS)
    assert len(api.asked) == 1


WRONG = {
    "no JSON": (b"<html>", "Vendor did not answer with JSON"),
    "nothing there": (b"{}", "Vendor has nothing at predictions in its response; correct the response path"),
    "too few": (b'{"predictions": [0.5]}', "Vendor gives 1 answers at predictions for 3 rows"),
    "no list": (b'{"predictions": 0.5}', "Vendor gives one answer at predictions for 3 rows"),
    "text": (b'{"predictions": ["a", "b", "c"]}', "Vendor gives something else than numbers as probabilities"),
    "impossible": (b'{"predictions": [0.5, 7, 0.5]}', "Vendor gives a probability outside 0 to 1 in row 2"),
    "ragged": (b'{"predictions": [[0.5], [0.5, 0.5], 1]}', "Vendor gives something else than numbers"),
}


@pytest.mark.parametrize("name", WRONG)
def test_an_unusable_answer_is_one_sentence(name, api):
    content, sentence = WRONG[name]
    api.answering = lambda body: (200, content)
    with pytest.raises(BadInput, match=sentence) as caught:
        bound(api).predict(ROWS)
    assert "\n" not in str(caught.value)


def test_a_host_that_is_not_there_and_one_that_hangs(api, monkeypatch):
    monkeypatch.setenv("EVALLIB_ENDPOINT_HOSTS", f"127.0.0.1:1, 127.0.0.1:{api.port}")
    gone = EndpointModel("Vendor", Endpoint(url="http://127.0.0.1:1/", retries=0)).bind(ROWS, CLASSES, "binary")
    with pytest.raises(BadInput, match=r"Vendor cannot be reached at 127\.0\.0\.1:1"):
        gone.predict(ROWS)

    def hang(body):
        time.sleep(1)
        return 200, b"{}"

    api.answering = hang
    with pytest.raises(BadInput, match=r"Vendor did not answer within 0\.2 s"):
        bound(api, seconds=0.2, retries=3).predict(ROWS)


def test_columns_are_matched_by_name_before_anything_is_sent(api):
    with pytest.raises(BadInput, match=r'Vendor needs the column "agee" \(is it "age"\?\)'):
        bound(api, columns=["agee"])
    assert api.asked == []


SETTINGS = {
    "no place for rows": ({"request": {"a": 1}}, "needs"),
    "one row, many asked": ({"request": "$row"}, "set batch to 1"),
    "no path": ({"response": "a["}, "is no JMESPath"),
    "no http": ({"url": "file:///etc/passwd"}, "starts with https"),
    "a password in the url": ({"url": "https://me:secret@api.example.com"}, "holds no password"),
    "an unknown setting": ({"cookies": 1}, "Extra inputs"),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_settings_are_checked(name):
    settings, sentence = SETTINGS[name]
    with pytest.raises(ValidationError, match=sentence):
        Endpoint(**{"url": "https://api.example.com"} | settings)


def test_the_cost_is_told_beforehand(api):
    model = EndpointModel("Vendor", Endpoint(url=api.url, batch=2, cost_per_call=0.5))
    assert model.about_cost(5) == "Vendor is asked 3 times about 5 rows, which costs 1.50."
    free = EndpointModel("Vendor", Endpoint(url=api.url, batch=100))
    assert free.about_cost(16_281) == "Vendor is asked 163 times about 16,281 rows."
