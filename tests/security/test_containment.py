"""What a model's code tries to do to the machine, and cannot.

Promised: code in a model file reads, changes and finds no file, speaks to nobody, starts nothing, and neither disturbs
nor sees another process. This holds while the file is loaded and whenever the model is asked, for root and for an
unprivileged user (`test_unprivileged.py` runs all of this again as one).

A payload is data: a name, a few lines of Python that try one thing and are true where it succeeded, what an attacker
would gain, and the layer that should stop it. One file per theme: `payloads_changes.py` and `payloads_reading.py`
(files), `payloads_network.py`, `payloads_processes.py`, `payloads_memory.py` (of others) and `payloads_rights.py`. What
takes too much of something is in `payloads_resources.py` and `test_resources.py`, what lies to the parent in
`payloads_lies.py` and `test_lies.py`, and files in formats without code are in `test_safe_formats.py`.

Every payload must first succeed, or do visible harm, in a plain process of the same interpreter: a payload that could
do nothing proves nothing. Where a machine or a user lacks what it needs, it is skipped with the reason. Then it is
tried in a worker, where it must fail, change nothing on its stage, leave no process, and disturb no other model.

To add a payload: add a `Payload` to the file of its theme. Use the names in `payload.PRELUDE` and the facts in
`Stage.description()`, touch nothing but the stage, import nothing that a worker has not imported, and put back what
outlives a process. It is then tried without layers, when loaded and when asked, as both users.
"""

import pytest
from attack import Outcome
from payloads_changes import CHANGES
from payloads_memory import MEMORY
from payloads_network import NETWORK
from payloads_processes import PROCESSES
from payloads_reading import READING
from payloads_rights import RIGHTS

PAYLOADS = (*CHANGES, *READING, *NETWORK, *PROCESSES, *MEMORY, *RIGHTS)


ENDING = {"x32_call"}
"""What ends the process that tries it, so that it gets a file of its own when it is loaded."""


def named(payloads):
    return [pytest.param(payload, id=payload.name) for payload in payloads]


@pytest.fixture(scope="module")
def loaded(arena):
    """What all those payloads reported that one model file tried when it was loaded, and the harm that they did.

    Those that would change the process come last; refused, they change nothing.
    """
    together = [payload for payload in PAYLOADS if "load" in payload.when and payload.name not in ENDING]
    return arena.load(sorted(together, key=lambda payload: payload.alone))


@pytest.mark.parametrize("payload", named(p for p in PAYLOADS if "ask" in p.when))
def test_a_payload_fails_when_the_model_is_asked(payload, arena):
    arena.prove(payload)
    check(payload, *arena.ask(payload))
    arena.check_peace()


@pytest.mark.parametrize("payload", named(p for p in PAYLOADS if "load" in p.when))
def test_a_payload_fails_when_the_model_is_loaded(payload, arena, loaded):
    arena.prove(payload)
    outcomes = {} if ended(loaded) else loaded[0]
    if payload.name not in outcomes:
        outcomes, harm = arena.load([payload])
        arena.check_peace()
        check(payload, outcomes[payload.name], harm)
    check(payload, outcomes[payload.name], [])


def test_many_payloads_in_one_file_do_no_harm(arena, loaded):
    assert loaded[1] == []
    arena.check_peace()


def test_payloads_are_many_and_have_different_names():
    names = [payload.name for payload in PAYLOADS]
    assert len(set(names)) == len(names) > 90


def ended(loaded):
    """Whether one of the payloads in the common file ended the worker, so that none of them has a report."""
    return any(outcome.reported is None for outcome in loaded[0].values())


def check(payload, outcome: Outcome, harm):
    assert not outcome.broken, f"The payload itself is wrong: {outcome.broken}"
    assert not outcome.succeeded, f"{payload.name} gets {payload.gains}; {payload.stopped_by} should stop it"
    assert not harm
