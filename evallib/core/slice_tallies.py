"""Metrics of a model in every slice of a partition, from sums over rows that are looked at once per partition.

A tally holds what one model says about n rows in the form that its metrics need, and adds it up by slice into `pieces`
of shape (slices, …). Pieces can be added and subtracted, so that the rest of a slice is the total minus the slice.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from evallib.core.row_sums import Influence, moments_by, moments_in, weigh_by

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from evallib.core.cells import CellRatio
    from evallib.core.evidence import Evidence
    from evallib.core.metrics import Metric

    Array = NDArray[np.float64]
    Slices = NDArray[np.uint8]
    Cells = NDArray[np.uint16]

IN_CACHE = 1 << 17
"""Sums of which a processor's cache holds a few copies."""


class Sliced(NamedTuple):
    """A metric in S slices: value and standard error (S,), the same and the support of what it averages (S, J).

    parts are NaN where a slice has fewer of them. derivative: (S, k, k) by the weight of a row of each cell of the
    confusion matrix, for a metric of labels.
    """

    value: Array
    stderr: Array
    part_value: Array
    part_stderr: Array
    part_support: Array
    derivative: Array

    @classmethod
    def of_one(cls, value: Array, stderr: Array, support: Array) -> Sliced:
        """A metric that averages nothing and is none of labels."""
        none = np.zeros((len(value), 0, 0))
        return cls(value, stderr, value[:, None], stderr[:, None], support[:, None], none)


class Tally(Protocol):
    """What a model says about rows, ready to be added up by slice."""

    def pieces(self, slices: Slices, rows: Array) -> Array:
        """(S, …) sums by slice, which slices (n,) names; rows (S,) says how many rows count in each."""

    def sliced(self, metric: Metric, pieces: Array) -> Sliced:
        """A metric from the pieces of every slice."""


@dataclass(frozen=True, eq=False)
class LabelTally:
    """Labels against truth. Pieces: (S, 2, k, k), sums of weights and of squared weights per cell."""

    evidence: Evidence

    @cached_property
    def cells(self) -> Cells:
        """(n,) the row's place in the flattened confusion matrix."""
        return self.evidence.cell.astype(np.uint16)

    def pieces(self, slices: Slices, rows: Array) -> Array:
        """Confusion matrices by slice."""
        k = len(self.evidence.data.classes)
        sums = self.evidence.cells_by(slices, self.cells, (len(rows), k * k))
        return np.moveaxis(sums, 0, 1).reshape(len(rows), 2, k, k)

    def sliced(self, metric: Metric, pieces: Array) -> Sliced:
        """A metric of labels; slices in which the same classes occur and are called share its ratios."""
        if metric.by_cell is None:
            raise TypeError(f"{metric.key} is no metric of labels.")
        confusion, derivative = pieces[:, 0], np.zeros_like(pieces[:, 0])
        found = np.full((len(pieces), 3, 1), np.nan)
        for alike in _alike(confusion):
            ratios = metric.by_cell(confusion[alike].sum(axis=0), self.evidence.data.positive)
            if not ratios:
                continue
            parts, derivative[alike] = _of_ratios(ratios, confusion[alike], pieces[alike, 1])
            if parts.shape[2] > found.shape[2]:
                added = np.full((len(found), 3, parts.shape[2] - found.shape[2]), np.nan)
                found = np.concatenate((found, added), axis=2)
            found[alike, :, : parts.shape[2]] = parts
        undefined = np.isnan(found[:, 0]).all(axis=1) | (found[:, 2] == 0).any(axis=1)
        with np.errstate(invalid="ignore"):
            counted = np.maximum((~np.isnan(found[:, 2])).sum(axis=1), 1)
            value = np.where(undefined, np.nan, np.nansum(found[:, 0], axis=1) / counted)
            stderr = np.sqrt((pieces[:, 1] * derivative**2).sum(axis=(1, 2)))
        stderr = np.where(undefined, np.nan, stderr)
        return Sliced(value, stderr, found[:, 0], found[:, 1], found[:, 2], derivative)


def _alike(confusion: Array) -> list[NDArray[np.intp]]:
    """The places of the matrices (S, k, k), those with the same empty rows and columns together."""
    marks = np.concatenate((confusion.sum(axis=2) > 0, confusion.sum(axis=1) > 0), axis=1)
    if (marks == marks[:1]).all():
        return [np.arange(len(marks))]
    _, group = np.unique(marks, axis=0, return_inverse=True)
    return [np.flatnonzero(group.ravel() == one) for one in range(int(group.max()) + 1)]


def _of_ratios(ratios: list[CellRatio], confusion: Array, squares: Array) -> tuple[Array, Array]:
    """(S, 3, J) value, standard error and support of each ratio, and (S, k, k) the derivative of their mean."""
    above, below = (np.array([getattr(one, part) for one in ratios]) for part in ("numerator", "denominator"))
    total = np.einsum("sij,rij->sr", confusion, below)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(total > 0, np.einsum("sij,rij->sr", confusion, above) / total, np.nan)
        slope = (above - np.nan_to_num(value)[:, :, None, None] * below) / total[:, :, None, None]
        slope = np.where(total[:, :, None, None] > 0, slope, 0.0)
        weight, square = (np.einsum("sij,rij->sr", part, (below > 0).astype(float)) for part in (confusion, squares))
        support = np.where(square > 0, weight**2 / square, 0.0)
    stderr = np.sqrt(np.einsum("sij,srij->sr", squares, slope**2))
    return np.stack((value, stderr, support), axis=1), slope.mean(axis=1)


@dataclass(frozen=True, eq=False)
class LossTally:
    """A loss per row. Pieces: (S, 5), sums of w, w², w v, w² v and w² v² with v the loss minus its weighted mean.

    centre: the mean, near which sums of squares lose no digits.
    centred: (n,) losses minus the mean; 0 where they do not count.
    by_class: True where the sums of w² v by true class are pieces too, behind the others: (S, 5 + k).
    """

    evidence: Evidence
    centre: float
    centred: Array
    by_class: bool = False

    @classmethod
    def of(cls, evidence: Evidence, loss: Array, *, by_class: bool = False) -> LossTally:
        """The tally of (n,) losses."""
        total = float(evidence.weight.sum())
        centre = float(evidence.weight @ loss) / total if total > 0 else 0.0
        return cls(evidence, centre, np.where(evidence.counts, loss - centre, 0.0), by_class)

    def minus(self, other: LossTally) -> LossTally:
        """The tally of the difference of two losses on the same rows."""
        return LossTally(self.evidence, self.centre - other.centre, self.centred - other.centred)

    def pieces(self, slices: Slices, rows: Array) -> Array:
        """Sums by slice."""
        size, weight = len(rows), None if self.evidence.data.weight is None else self.evidence.weight
        weights = (
            (rows, rows)
            if weight is None
            else weigh_by(slices, np.zeros(len(slices), np.uint16), (size, 1), weight)[:, :, 0]
        )
        if not self.by_class:
            return np.column_stack((*weights, moments_by(slices, size, self.centred, weight)))
        shape = size, len(self.evidence.data.classes)
        moments = moments_in(slices, self.evidence.truth, shape, self.centred, weight)
        return np.column_stack((*weights, moments.sum(axis=1), moments[:, :, 1]))

    def sliced(self, metric: Metric, pieces: Array) -> Sliced:
        """The mean loss, or its root."""
        weight, squares, once = pieces[:, :3].T
        with np.errstate(divide="ignore", invalid="ignore"):
            value = self.centre + once / weight
            support = np.nan_to_num(weight**2 / squares)
        if metric.finish == "root":
            value = np.sqrt(np.maximum(value, 0.0))
        stderr = np.sqrt(loss_variance(pieces)) * loss_slope(metric, value)
        return Sliced.of_one(value, stderr, support)


def loss_variance(pieces: Array) -> Array:
    """(S,) variances of the mean losses, as sums over rows of squared influences."""
    weight, squares, once, cross, square = pieces[:, :5].T
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = once / weight
        return np.asarray(np.maximum(square - 2 * mean * cross + mean**2 * squares, 0.0) / weight**2)


def loss_slope(metric: Metric, value: Array) -> Array:
    """The derivative of the metric by the mean loss: 1, or that of a root, which is taken for 0 at 0."""
    if metric.finish != "root":
        return np.ones_like(value)
    return np.divide(0.5, value, where=value > 0, out=np.zeros_like(value))


@dataclass(frozen=True, eq=False)
class RankTally:
    """Events against scores, binary. Pieces: (S, 2, 2, b), w and w² of events and of others, highest score first.

    Without weights both are the counts, which stand there once: (S, 1, 2, b).
    """

    evidence: Evidence

    @cached_property
    def placed(self) -> tuple[Cells, int]:
        """(n,) where a row is counted within its slice, events first, and how many groups of scores there are."""
        data = self.evidence.data
        group, groups = data.predictions[self.evidence.model].score_groups
        place = group.copy() if data.positive == 1 else np.uint16(groups - 1) - group
        place[~data.event] += np.uint16(groups)
        return place, groups

    def pieces(self, slices: Slices, rows: Array) -> Array:
        """Histograms of the scores by slice."""
        size, (place, groups) = len(rows), self.placed
        sums = self.evidence.cells_by(slices, place, (size, 2 * groups))
        kept = sums[:1] if self.evidence.data.weight is None else sums
        return np.moveaxis(kept, 0, 1).reshape(size, -1, 2, groups)

    def sliced(self, metric: Metric, pieces: Array) -> Sliced:  # noqa: ARG002 (the ROC AUC is the only one)
        """The ROC AUC with DeLong's standard error."""
        at_once = max(IN_CACHE // pieces[0].size, 1)
        parts = [self._scored(pieces[start : start + at_once]) for start in range(0, len(pieces), at_once)]
        return Sliced.of_one(*np.concatenate(parts, axis=1))

    def _scored(self, pieces: Array) -> Array:
        """(3, S) the ROC AUC of each slice, its standard error and its support."""
        value, slopes = self.placements(pieces)
        squares = pieces[:, -1]
        stderr = np.where(np.isnan(value), np.nan, np.sqrt(np.einsum("scb,scb,scb->s", squares, slopes, slopes)))
        with np.errstate(divide="ignore", invalid="ignore"):
            support = np.nan_to_num(pieces[:, 0].sum(axis=2) ** 2 / squares.sum(axis=2)).min(axis=1)
        return np.stack((value, stderr, support))

    def influence(self, pieces: Array, among: NDArray[np.bool_] | None = None) -> Influence:
        """What every row adds to the ROC AUC of its slice, and to that of all slices or of those that are `among`."""
        parts = pieces if among is None else pieces[among]
        inside, whole = (self.placements(part)[1] for part in (pieces, parts.sum(axis=0, keepdims=True)))
        once = self.evidence.data.weight is None and self.evidence.all_count
        weight = None if once else self.evidence.weight
        return Influence(inside.reshape(len(pieces), -1), whole.ravel(), self.placed[0], weight)

    def placements(self, pieces: Array) -> tuple[Array, Array]:
        """(S,) AUC, NaN where a class is absent, and (S, 2, b) its derivative by the weight of a row."""
        positive, negative = pieces[:, 0, 0], pieces[:, 0, 1]
        positives, negatives = (side.sum(axis=1, keepdims=True) for side in (positive, negative))
        both = (positives > 0) & (negatives > 0)
        # Per row that is there; where a class is absent, every derivative is 0.
        by_positive, by_negative = (
            np.divide(1.0, side, where=both, out=np.zeros_like(side)) for side in (positives, negatives)
        )
        slopes = np.empty((len(pieces), 2, pieces.shape[-1]))
        below, above = slopes[:, 0], slopes[:, 1]
        np.cumsum(negative, axis=1, out=below)
        np.subtract(negatives, below, out=below)
        below += negative / 2
        np.cumsum(positive, axis=1, out=above)
        above -= positive / 2
        value = np.einsum("sb,sb->s", positive, below)[:, None] * by_positive * by_negative
        for side, own, other in ((below, by_positive, by_negative), (above, by_negative, by_positive)):
            np.multiply(side, other, out=side)
            np.subtract(side, value, out=side)
            np.multiply(side, own, out=side)
        return np.where(both, value, np.nan)[:, 0], slopes
