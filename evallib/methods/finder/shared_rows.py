"""How many rows two slices that are told have in common: whether two troubles are one."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from evallib.core.slices import Partition
    from evallib.methods.finder.target import Target

SHARED_COLUMNS = ("model", "against", "slice", "other_slice", "rule", "n", "smaller", "shared")


def shared_rows(target: Target, slices: Sequence[Partition]) -> Iterator[dict[str, Any]]:
    """Every pair of slices, each the second one of a partition: its common rows, and their share of the smaller one.

    Of all rows that count, on both halves; rows are counted, not weighed.
    """
    counts = common_rows([one.codes[target.counted] == 1 for one in slices])
    for first, second in combinations(range(len(slices)), 2):
        names, rules = zip(*((slices[one].names[1], slices[one].rules[1]) for one in (first, second)), strict=True)
        smaller = int(min(counts[first, first], counts[second, second]))
        yield {
            "model": target.model,
            "against": target.against,
            "slice": names[0],
            "other_slice": names[1],
            "rule": " and ".join(f"({rule})" for rule in rules) if all(rules) else "",
            "n": int(counts[first, second]),
            "smaller": smaller,
            "shared": counts[first, second] / smaller,
        }


def common_rows(inside: Sequence[NDArray[np.bool_]]) -> NDArray[np.int64]:
    """(k, k) how many rows each two of k slices have in common, each with itself all of its own.

    inside: per slice (n,) True for its rows. A bit per row is compared, so that fifty slices of many rows are cheap.
    """
    bits = [np.packbits(one) for one in inside]
    counts = np.zeros((len(bits), len(bits)), dtype=np.int64)
    for first, mine in enumerate(bits):
        for second in range(first, len(bits)):
            common = np.bitwise_count(mine & bits[second]).sum(dtype=np.int64)
            counts[first, second] = counts[second, first] = common
    return counts
