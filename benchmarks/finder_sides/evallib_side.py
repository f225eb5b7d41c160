"""evallib: the rows, errors and joint errors of every slice, with the statistics of each model and of the pair."""

import numpy as np
from task import DEPTH, SUPPORT, crossings, measure, rows

from evallib.core.crossings import CodedRows
from evallib.core.slices import Partition
from evallib.core.state_losses import StateLosses

FIRST, SECOND, APART = (
    StateLosses.equal(np.array(loss, float)) for loss in ((0, 0, 1, 1), (0, 1, 0, 1), (0, -1, 1, 0))
)

table = rows()
columns = []
for (name,) in (one for one in crossings(table) if len(one) == 1):
    names = tuple(map(str, range(int(table[name].max()) + 1)))
    columns.append(Partition(name, table[name].to_numpy(np.uint8), names, ("",) * len(names)))
wrong, too = table["wrong"].to_numpy(), table["wrong_too"].to_numpy()


def work() -> tuple[np.ndarray, ...]:
    """Counts by the errors of both, and standard errors from the rest of the rows and of the difference."""
    state = 2 * wrong + too
    found = CodedRows.of(columns, state, 4).crossings(DEPTH, int(SUPPORT * len(table)))
    everything = np.bincount(state, minlength=4)
    return (
        FIRST.excess(found.counts, everything),
        SECOND.excess(found.counts, everything),
        APART.above_zero(found.counts),
    )


work()
measure(work)
