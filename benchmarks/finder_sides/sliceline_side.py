"""SliceLine: the ten worst slices of one model's errors."""

from sliceline.slicefinder import Slicefinder
from task import DEPTH, SUPPORT, crossings, measure, rows

frame = rows()
names = [some[0] for some in crossings(frame) if len(some) == 1]
features, errors = frame[names].to_numpy(), frame["wrong"].to_numpy(float)


def work() -> object:
    """The ten worst."""
    finder = Slicefinder(alpha=0.95, k=10, max_l=DEPTH, min_sup=int(SUPPORT * len(frame)), verbose=False)
    return finder.fit(features, errors)


measure(work)
