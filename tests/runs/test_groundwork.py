"""What the rows alone decide, laid while models are awaited."""

import pandas as pd

from evallib.core.partitions import column_partitions
from evallib.data import column_kinds, fingerprint
from evallib.groundwork import Groundwork

TABLE = pd.DataFrame({"number": range(40), "letter": list("abcd") * 10, "same": 1})


def test_it_stops_as_soon_as_something_else_is_done():
    ground = Groundwork(TABLE, TABLE, ["letter"])
    ground.lay_until(lambda: True)
    assert vars(ground).keys().isdisjoint({"fingerprint", "kinds"})
    answers = iter([False, True])
    ground.lay_until(lambda: next(answers))
    assert "fingerprint" in vars(ground)
    assert "kinds" not in vars(ground)


def test_it_is_what_is_found_without_it():
    ground = Groundwork(TABLE, TABLE, ["letter", "same"])
    ground.lay_until(lambda: False)
    assert (ground.fingerprint, ground.kinds) == (fingerprint(TABLE), column_kinds(TABLE))
    assert column_partitions(TABLE, "letter")[0].names == tuple("abcd")
