"""Exposure of places that join once: along a network, to the places that joined on earlier days, until the own onset."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from ..arrays import FloatArray, IntArray

_DENSE = 2**16  # most days times places that are held as an array


@dataclass(frozen=True, eq=False)
class ExposureUntilOnset:
    """Exposure of places along one network to the places that joined on earlier days.

    Attributes
    ----------
    matrix
        The weights as given, *from* row *to* column.
    received
        Weights by target (row) and source (column) of the ties whose source joined before the target.
    at_onset
        Exposure of each place on the day of its onset, shape (events,).
    while_waiting
        Exposure by day and place on the days on which a place is at risk and does not join: an array, or, of many days and
        places, a sparse tree. The days on which a place is exposed along a tie are then split into spans whose lengths are
        powers of two, the nodes of a binary tree over the days, so that single days are not stored.
    """

    matrix: sp.csr_array
    received: sp.csr_array
    at_onset: FloatArray
    while_waiting: FloatArray | sp.csr_array

    @classmethod
    def of(cls, matrix: sp.csr_array, rank: IntArray, order: IntArray, days: int) -> "ExposureUntilOnset":
        """Compute the exposure along a network, given the onsets.

        Parameters
        ----------
        matrix
            The weights, *from* row *to* column, shape (places, places).
        rank
            Number of the onset day of each place, from 0; -1 if it joined before the first day; ``days`` if it never joined.
        order
            Rows of the places that joined on one of the days, by onset, shape (events,).
        days
            Number of onset days.
        """
        ties = matrix.tocoo()
        source, target = ties.coords
        live = (rank[source] < rank[target]) & (ties.data > 0)
        source, target, weight = source[live], target[live], ties.data[live]
        received = sp.csr_array((weight, (target, source)), shape=matrix.shape)
        at_onset = np.bincount(target, weight, minlength=len(rank))[order].astype(float)
        if days * len(rank) <= _DENSE:
            shape = days + 1, len(rank)
            begun = np.bincount((rank[source] + 1) * len(rank) + target, weight, shape[0] * shape[1]).reshape(shape)
            waiting = np.arange(days)[:, None] < rank
            return cls(matrix, received, at_onset, np.where(waiting, begun.cumsum(axis=0)[:-1], 0.0))
        # exposed and at risk after the onset of the source and before that of the target
        tree = _spans(rank[source] + 1, rank[target], target, weight, days, len(rank))
        return cls(matrix, received, at_onset, tree)

    @property
    def typical(self) -> float:
        """Mean positive exposure at onset; the mean weight of ties if no place was exposed at onset; 1 without ties."""
        seen = self.at_onset[self.at_onset > 0]
        if len(seen):
            return float(seen.mean())
        return float(self.received.data.mean()) if self.received.nnz else 1.0

    def by_day(self, susceptibility: FloatArray, days: int) -> FloatArray:
        """Return the exposure times susceptibility of the places at risk that did not join, summed by day."""
        total: FloatArray = np.asarray(self.while_waiting @ susceptibility)
        if isinstance(self.while_waiting, np.ndarray):
            return total
        width = len(total) // 2
        level = total[1:2]
        while len(level) < width:
            level = np.repeat(level, 2) + total[2 * len(level) : 4 * len(level)]
        return level[:days]

    def by_place(self, daily: FloatArray) -> FloatArray:
        """Return the exposure of each place at risk, weighted by day and summed: the transpose of ``by_day``."""
        if isinstance(self.while_waiting, np.ndarray):
            return np.asarray(daily @ self.while_waiting)
        width = self.while_waiting.shape[0] // 2
        total = np.zeros(2 * width)
        total[width : width + len(daily)] = daily
        size = width
        while size > 1:
            total[size // 2 : size] = total[size : 2 * size].reshape(-1, 2).sum(axis=1)
            size //= 2
        return np.asarray(self.while_waiting.T @ total)


def _spans(
    begin: IntArray, end: IntArray, target: npt.NDArray[np.int32], weight: FloatArray, days: int, places: int
) -> sp.csr_array:
    """Return weights by node of a binary tree over the days and by place; ties count from day ``begin`` to ``end`` - 1."""
    width = 1 << max(days - 1, 1).bit_length()
    low, high = begin + width, end + width
    rows, columns, values = [], [], []
    while (open_ties := low < high).any():
        for node, odd in ((low, open_ties & (low % 2 == 1)), (high - 1, open_ties & (high % 2 == 1))):
            rows.append(node[odd])
            columns.append(target[odd])
            values.append(weight[odd])
        low, high = (low + 1) // 2, high // 2
    parts = (np.concatenate(part) if part else np.zeros(0, dtype=int) for part in (rows, columns, values))
    row, column, value = parts
    return sp.csr_array((value.astype(float), (row, column)), shape=(2 * width, places))
