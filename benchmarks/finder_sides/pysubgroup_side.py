"""pysubgroup: depth-first search for the ten best subgroups of one model's errors, by weighted relative accuracy."""

import pysubgroup as ps
from task import DEPTH, SUPPORT, crossings, measure, rows

frame = rows()
names = [some[0] for some in crossings(frame) if len(some) == 1]
table = frame[names].astype("category").assign(wrong=frame["wrong"].astype(bool))
target = ps.BinaryTarget("wrong", True)
selectors = ps.create_nominal_selectors(table, ignore=["wrong"])
least = [ps.MinSupportConstraint(int(SUPPORT * len(table)))]


def work() -> object:
    """The ten best."""
    task = ps.SubgroupDiscoveryTask(
        table, target, selectors, result_set_size=10, depth=DEPTH, qf=ps.WRAccQF(), constraints=least
    )
    return ps.DFS(ps.BitSetRepresentation).execute(task)


measure(work)
