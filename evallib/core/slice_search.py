"""The slices in which a loss gathers, among all crossings: those that stand out, each for what the others leave."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from evallib.core.crossings import CodedRows, Conditions, Crossings
    from evallib.core.state_losses import StateLosses

    Array = NDArray[np.float64]
    Bits = NDArray[np.uint64]

CONSIDERED = 300
"""The crossings that stand out most, of which the row by row comparison takes those that do not repeat each other."""

NEW_ROWS = 1 / 3
"""The part of a slice's rows that no slice told before has; one with less repeats what is known."""

STANDS_OUT = 2.0
"""Standard errors by which a slice differs from the rest, and from the rest of each slice that it is a part of."""


class Sibling(NamedTuple):
    """A crossing that stands out too, and the part of its rows that the one has which was told instead."""

    place: int
    shared: float


class Told(NamedTuple):
    """The place of a crossing that is told, and the crossings that are not because it has most of their rows."""

    place: int
    siblings: tuple[Sibling, ...]


@dataclass(frozen=True, eq=False)
class Search:
    """What is looked for: crossings with a high loss.

    rows: sorted by state.    losses: of a row in each state.    minimum: the rows that a slice must have.
    paired: True where the loss is a difference, so that it counts from 0 and not from the mean of the other rows.
    """

    rows: CodedRows
    losses: StateLosses
    minimum: int
    paired: bool = False

    def found(self, crossings: Crossings, most: int) -> list[Told]:
        """At most `most` crossings, the one that stands out most first.

        A crossing counts that stands out, and does so within each slice that one of its conditions less makes. Then
        one is taken after the other: the one that stands out most among the rows that no slice before it has, with a
        third of its own rows among these, for as long as there is one.
        """
        standing_out = self.standing_out(crossings)
        chosen = np.lexsort((np.arange(len(crossings)), -standing_out))[:CONSIDERED]
        chosen = chosen[standing_out[chosen] >= STANDS_OUT]
        members = self._members(crossings, chosen)
        told = list(self._apart(members, most))
        siblings = _siblings(members, told) if told else []
        return [
            Told(int(chosen[one]), tuple(Sibling(int(chosen[place]), shared) for place, shared in others))
            for one, others in zip(told, siblings, strict=True)
        ]

    @property
    def _everything(self) -> NDArray[np.int64]:
        """(states,) how many rows there are."""
        return np.array([stop - start for start, stop in pairwise(self.rows.bounds)], dtype=np.int64)

    def standing_out(self, crossings: Crossings) -> Array:
        """(L,) standard errors above the rest; 0 for what has too few rows, or adds nothing to what it is a part of."""
        counts = crossings.counts
        above = self.above(counts)
        within = self.losses.excess(counts[:, None, :], crossings.without)
        adds = ((within >= STANDS_OUT) | (crossings.columns < 0)).all(axis=1)
        return np.where(adds & (counts.sum(axis=1) >= self.minimum), above, 0.0)

    def above(self, counts: NDArray[np.integer], everything: NDArray[np.int64] | None = None) -> Array:
        """(C,) by how many standard errors each slice stands out.

        everything: (states,) the rows among which it does; all where None.
        """
        if self.paired:
            return self.losses.above_zero(counts)
        among = self._everything if everything is None else everything
        return self.losses.excess(counts, among)

    def _members(self, crossings: Crossings, chosen: NDArray[np.intp]) -> list[Bits]:
        """Per state, which rows are in each chosen crossing: (C, words), a bit per row."""
        conditions = [crossings.conditions(crossing) for crossing in chosen]
        return [_bits(self.rows.codes[:, start:stop], conditions) for start, stop in pairwise(self.rows.bounds)]

    def _apart(self, members: list[Bits], most: int) -> Iterator[int]:
        """The places of the crossings in the order in which they are taken."""
        everything, left, needed = self._everything, [bits.copy() for bits in members], self.minimum
        for _ in range(most if len(members[0]) else 0):
            counts = np.stack([np.bitwise_count(bits).sum(axis=1, dtype=np.int64) for bits in left], axis=1)
            rows = counts.sum(axis=1)
            needed = np.maximum(needed, NEW_ROWS * rows)
            z = np.where(rows >= needed, self.above(counts, everything), 0.0)
            best = int(np.argmax(z))
            if z[best] < STANDS_OUT:
                return
            yield best
            for bits in left:
                np.bitwise_and(bits, ~bits[best], out=bits)
            everything = everything - counts[best]


def _bits(codes: NDArray[np.uint8], every: Sequence[Conditions]) -> Bits:
    """(C, words) which of n rows fulfil all conditions of each; codes: (m, n). Each condition is looked at once."""
    words = -(-codes.shape[1] // 64)
    looked: dict[tuple[int, int], Bits] = {}
    for column, value in {one for conditions in every for one in conditions}:
        packed = np.zeros(words * 8, dtype=np.uint8)
        packed[: -(-codes.shape[1] // 8)] = np.packbits(codes[column] == value)
        looked[column, value] = packed.view(np.uint64)
    found = np.empty((len(every), words), dtype=np.uint64)
    for place, conditions in enumerate(every):
        np.bitwise_and.reduce([looked[one] for one in conditions], out=found[place])
    return found


def _siblings(members: list[Bits], told: list[int]) -> list[list[tuple[int, float]]]:
    """For every crossing that is told, the others that have most of their rows in it and in no other one more."""
    common = sum(
        np.stack([np.bitwise_count(bits & bits[one]).sum(axis=1, dtype=np.int64) for one in told]) for bits in members
    )
    rows = sum(np.bitwise_count(bits).sum(axis=1, dtype=np.int64) for bits in members)
    shared = common / rows
    nearest = shared.argmax(axis=0)
    repeats = shared.max(axis=0) > 1 - NEW_ROWS
    repeats[told] = False
    return [
        [(int(place), float(shared[number, place])) for place in np.flatnonzero(repeats & (nearest == number))]
        for number in range(len(told))
    ]
