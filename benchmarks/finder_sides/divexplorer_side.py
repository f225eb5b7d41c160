"""DivExplorer: the divergence of one model's error rate in every frequent pattern, of however many conditions."""

from divexplorer import DivergenceExplorer
from task import SUPPORT, crossings, measure, rows

frame = rows()
names = [some[0] for some in crossings(frame) if len(some) == 1]
table = frame[names].astype(str).assign(wrong=frame["wrong"])


def work() -> object:
    """All patterns."""
    explorer = DivergenceExplorer(table)
    return explorer.get_pattern_divergence(min_support=SUPPORT, attributes=names, boolean_outcomes=["wrong"])


measure(work)
