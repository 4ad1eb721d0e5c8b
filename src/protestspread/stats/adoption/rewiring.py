"""Rewired graphs: ties exchanged at random so that each place keeps the numbers of ties that leave and that reach it."""

import math
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from ...arrays import BoolArray, FloatArray, Int32Array, IntArray
from ...random_streams import replicate_rng

SWAPS_PER_TIE = 20
"""Attempts to exchange a tie with another, for each tie."""
_CELLS = 2**13  # ends of ties that are exchanged at a time, in several graphs
_TABULATED = 2**20  # numbers up to this are counted in a table, which takes less time than to sort them


@dataclass(frozen=True, eq=False)
class RewiredTies:
    """A sampler of the sources of ties, in graphs with the same numbers of ties from and to each place.

    Two ties a → b and c → d become a → d and c → b, unless one of these is there already or joins a place to itself. Where
    all ties go both ways, so do those of the rewired graphs. A tie keeps its target and what it weighs there.

    Attributes
    ----------
    source, target
        Ends of each tie: numbers of places.
    weight
        Weight of each tie.
    ends
        Places at the two ends of each pair that is rewired, shape (2, pairs): of each tie, or of each tie and its return.
    both_ways
        Whether all ties go both ways. Ties then stand in the order of `ends`: the first end is the target of the first half.
    seed
        Seed of the draws.
    """

    source: Int32Array
    target: IntArray
    weight: FloatArray
    ends: IntArray
    both_ways: bool
    seed: int
    null: str = "ties rewired, each place keeping its numbers of ties"

    @classmethod
    def of(cls, matrix: sp.csr_array, seed: int) -> "RewiredTies":
        """Return the sampler of a graph, given its weights from row to column."""
        ties = matrix.tocoo()
        ties.eliminate_zeros()
        source, target = (np.asarray(end, dtype=np.int64) for end in ties.coords)
        forth, back = source * matrix.shape[0] + target, target * matrix.shape[0] + source
        both_ways = np.array_equal(np.sort(forth), np.sort(back))
        if not both_ways:
            return cls(source.astype(np.int32), target, ties.data, np.stack([source, target]), both_ways, seed)
        order = np.argsort(forth)
        returning = order[np.searchsorted(forth[order], back)]  # the tie that goes back
        half = np.flatnonzero(source < target)
        rows = np.concatenate([returning[half], half])
        ends = np.stack([source[half], target[half]])
        return cls(source[rows].astype(np.int32), target[rows], ties.data[rows], ends, both_ways, seed)

    @property
    def observed(self) -> Int32Array:
        """The sources of the ties themselves, as one column."""
        return self.source[:, None]

    @property
    def log_arrangements(self) -> float:
        """The logarithm of the number of graphs with these numbers of ties: not known, taken for large."""
        return math.inf

    def __call__(self, first: int, last: int, threads: bool = False) -> Int32Array:  # noqa: ARG002, FBT001, FBT002
        """Return the sources of the ties, one column per replicate from `first` to `last` - 1."""
        width = max(1, _CELLS // max(self.ends.shape[1], 1))
        parts = [self._rewired(start, min(start + width, last)) for start in range(first, last, width)]
        rows = np.concatenate(parts) if parts else np.zeros((0, len(self.source)))
        return np.ascontiguousarray(rows.T, dtype=np.int32)

    def _rewired(self, first: int, last: int) -> IntArray:
        """Return the sources of the ties in some rewired graphs, one row per replicate.

        In each round the pairs are matched at random, and all matches exchange their ends at once, but those in which an end
        would make a tie that is there, or that another match has or could make: so no order of the exchanges is preferred.
        """
        pairs, node = self.ends.shape[1], self.ends.ravel()
        streams = [replicate_rng(self.seed, replicate) for replicate in range(first, last)]
        left = np.tile(np.arange(pairs), (last - first, 1))  # positions of ends in `node`
        right = left + pairs
        for _ in range(2 * SWAPS_PER_TIE):
            order = np.stack([rng.random(pairs) for rng in streams]).argsort(axis=1)
            one, other = order[:, : pairs // 2], order[:, pairs // 2 : pairs // 2 * 2]
            if self.both_ways:
                turned = np.stack([rng.random(pairs) < 0.5 for rng in streams])
                left, right = np.where(turned, right, left), np.where(turned, left, right)
            swapped = _allowed(node[left], node[right], (one, other), both_ways=self.both_ways)
            mine, theirs = (np.take_along_axis(left, match, axis=1) for match in (one, other))
            np.put_along_axis(left, one, np.where(swapped, theirs, mine), axis=1)
            np.put_along_axis(left, other, np.where(swapped, mine, theirs), axis=1)
        source = np.empty((last - first, 2 * pairs), dtype=np.int64)
        np.put_along_axis(source, right, node[left], axis=1)
        np.put_along_axis(source, left, node[right], axis=1)
        return source if self.both_ways else source[:, pairs:]


def _allowed(tail: IntArray, head: IntArray, matches: tuple[IntArray, IntArray], *, both_ways: bool) -> BoolArray:
    """Return which matches of ties, by graph (row), may exchange their tails."""
    size = int(max(tail.max(initial=0), head.max(initial=0))) + 1
    graph = np.arange(len(tail))[:, None] * size**2

    def key(start: IntArray, end: IntArray) -> IntArray:
        low, high = (np.minimum(start, end), np.maximum(start, end)) if both_ways else (start, end)
        return graph + low * size + high

    (one_tail, other_tail), (one_head, other_head) = (
        [np.take_along_axis(ends, match, axis=1) for match in matches] for ends in (tail, head)
    )
    keys = np.hstack([key(tail, head), key(other_tail, one_head), key(one_tail, other_head)])
    alone = (_occurrences(keys.ravel()) == 1).reshape(keys.shape)
    now, first, second = np.split(alone, np.cumsum([tail.shape[1], one_tail.shape[1]]), axis=1)
    for match in matches:
        first = first & np.take_along_axis(now, match, axis=1)
    return np.asarray(first & second & (other_tail != one_head) & (one_tail != other_head))


def _occurrences(keys: IntArray) -> IntArray:
    """Return how often each of some numbers occurs among them."""
    if int(keys.max(initial=0)) < _TABULATED:
        return np.asarray(np.bincount(keys)[keys])
    number, count = np.unique(keys, return_inverse=True, return_counts=True)[1:]
    return np.asarray(count[number])
