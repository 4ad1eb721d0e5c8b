"""Sums over neighbors under permutations, in numpy: used for small data and to test the compiled kernels."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from ..arrays import BoolArray, FloatArray, Int32Array, IntArray, UInt32Array

_AT_ONCE = 100_000  # numbers in a table of a step: two such tables fit into the cache
_SPLICES = 1_000_000  # orders times missing values at a time
_MOST = 255  # steps that are counted in 8 bits


class Gaps(NamedTuple):
    """Days on which some places were not observed; their values are 0.

    All days share the orders of all places. On a day with gaps, a place that would take a missing value takes the value of
    the place that the missing place would have taken, and so on until a value was observed. Every order of the observed
    values is then equally likely, and differs from that of days without gaps at few places.
    """

    seen: BoolArray  # shape (days, places)
    scale: FloatArray  # shape (days, places): the factor of the sum for a place, because fewer neighbors were observed


def precision(values: FloatArray) -> Literal["float64", "float32"]:
    """Return the precision in which `kernels.autocorrelation` counts; with few distinct values, sums often equal a limit."""
    middle = values[len(values) // 2]
    return "float64" if len(np.unique(middle)) < 0.9 * len(middle) else "float32"


def inverse_of(orders: Int32Array) -> Int32Array:
    """Return the place to which the value of each place comes, in each order."""
    inverse = np.empty_like(orders)
    np.put_along_axis(inverse, orders, np.arange(len(orders), dtype=np.int32)[:, None], axis=0)
    return inverse


class Splices(NamedTuple):
    """Which places take another value than in the order of all places, sorted by replicate."""

    replicate: IntArray
    day: IntArray
    place: Int32Array
    source: Int32Array  # the place whose value it takes
    weight: FloatArray  # of the place in the sum for the source, where asked for

    @classmethod
    def of(cls, orders: Int32Array, seen: BoolArray, weights: sp.csr_array | None = None) -> "Splices":
        """Return what differs on the days of `seen`."""
        day, missing = np.nonzero(~seen)
        before = inverse_of(orders)[missing].T
        replicate, cell = np.nonzero(seen[day, before])  # of several missing places in a row, the first
        day, place, source = day[cell], before[replicate, cell], orders[missing[cell], replicate]
        gone = np.flatnonzero(~seen[day, source])
        while len(gone):
            source[gone] = orders[source[gone], replicate[gone]]
            gone = gone[~seen[day[gone], source[gone]]]
        weight = np.zeros(len(day)) if weights is None or not len(day) else np.asarray(weights[source, place]).ravel()
        return cls(replicate, day, place, source, weight)

    def during(self, first: int, last: int) -> "Splices":
        """Return those of some replicates, numbered from 0."""
        part = slice(*np.searchsorted(self.replicate, [first, last]))
        place, source, weight = self.place[part], self.source[part], self.weight[part]
        return Splices(self.replicate[part] - first, self.day[part], place, source, weight)


def spliced(orders: Int32Array, places: IntArray) -> Int32Array:
    """Return orders of the observed places alone, from orders of all places: see `Gaps`."""
    if len(places) == len(orders):
        return orders
    seen = np.isin(np.arange(len(orders)), places)
    own, splices = orders.copy(), Splices.of(orders, seen[None])
    own[splices.place, splices.replicate] = splices.source
    return np.ascontiguousarray((np.cumsum(seen, dtype=np.int32) - 1)[own[places]])


class Step(NamedTuple):
    """The values that places take in some replicates, on some days."""

    replicates: slice
    moved: FloatArray  # shape (places, replicates, days)
    splices: Splices | None


def _steps(
    by_place: FloatArray, orders: Int32Array, seen: BoolArray | None, weights: sp.csr_array | None = None
) -> Iterator[Step]:
    """Yield the replicates in parts that fit into the cache."""
    (places, days), many = by_place.shape, orders.shape[1]
    width = max(1, _AT_ONCE // by_place.size)
    missing = np.nonzero(~seen.T) if seen is not None else ()
    block = width * max(1, _SPLICES // (width * len(missing[0]) + 1)) if missing else many
    for start in range(0, many, block):
        splices = Splices.of(orders[:, start : start + block], seen, weights) if seen is not None else None
        for first in range(start, min(start + block, many), width):
            last = min(first + width, start + block, many)
            moved = by_place.take(orders[:, first:last].ravel(), axis=0).reshape(places, last - first, days)
            here = splices.during(first - start, last - start) if splices else None
            if here:
                moved[here.place, here.replicate, here.day] = by_place[here.source, here.day]
                moved[missing[0], :, missing[1]] = 0
            yield Step(slice(first, last), moved, here)


def _by_days(values: FloatArray) -> Iterator[slice]:
    width = max(1, _AT_ONCE // values.shape[1])
    return (slice(first, first + width) for first in range(0, len(values), width))


def forms(values: FloatArray, weights: sp.csr_array, orders: Int32Array, gaps: Gaps | None = None) -> FloatArray:
    """Return Σ over pairs of weight · value · value, for each day and each order of the places.

    Parameters
    ----------
    values
        Shape (days, places).
    weights
        The weight of each pair of places, stored once; with gaps, one row per receiving place.
    orders
        Shape (places, replicates): in each replicate, place i takes the value of place ``orders[i, replicate]``.
    gaps
        What was not observed, if the days have gaps.

    Returns
    -------
    array
        Shape (replicates, days).
    """
    out = np.empty((orders.shape[1], len(values)))
    for days in _by_days(values):
        by_place = np.ascontiguousarray(values[days].T)
        scale = None if gaps is None else gaps.scale[days].T[:, None]
        for step in _steps(by_place, orders, None if gaps is None else gaps.seen[days]):
            sums = (weights @ step.moved.reshape(len(by_place), -1)).reshape(step.moved.shape)
            if scale is not None:
                sums *= scale
            out[step.replicates, days] = np.einsum("prd,prd->rd", step.moved, sums)
    return out


class _OwnAtNeighbor(NamedTuple):
    """The own value of a place came to one of its neighbors: sorted by replicate."""

    replicate: IntArray
    place: IntArray
    neighbor: IntArray
    weight: FloatArray

    @classmethod
    def of(cls, weights: sp.csr_array, orders: Int32Array) -> "_OwnAtNeighbor":
        rows = np.repeat(np.arange(weights.shape[0], dtype=np.int32), np.diff(weights.indptr))
        tie, replicate = np.nonzero(orders[weights.indices] == rows[:, None])
        by = np.argsort(replicate, kind="stable")
        tie = tie[by]
        return cls(replicate[by], rows[tie], weights.indices[tie], weights.data[tie])

    def replace(self, sums: FloatArray, step: Step, by_place: FloatArray, seen: BoolArray | None) -> None:
        """Let the neighbor take the value that the order puts at the place."""
        part = slice(*np.searchsorted(self.replicate, [step.replicates.start, step.replicates.stop]))
        place, replicate = self.place[part], self.replicate[part] - step.replicates.start
        weight = self.weight[part, None] if seen is None else self.weight[part, None] * seen[:, self.neighbor[part]].T
        sums[place, replicate] += weight * (step.moved[place, replicate] - by_place[place])


def _replace_spliced(sums: FloatArray, step: Step, by_place: FloatArray) -> None:
    """Do the same where the own value came to a neighbor in place of a missing value."""
    if step.splices:
        some = np.flatnonzero(step.splices.weight)
        replicate, day, place = (
            numbers[some] for numbers in (step.splices.replicate, step.splices.day, step.splices.source)
        )
        sums[place, replicate, day] += step.splices.weight[some] * (
            step.moved[place, replicate, day] - by_place[place, day]
        )


def lag_counts(
    values: FloatArray,
    weights: sp.csr_array,
    orders: Int32Array,
    low: FloatArray,
    high: FloatArray,
    counts: UInt32Array,
    *,
    hold: bool,
    gaps: Gaps | None = None,
) -> None:
    """Count the orders in which the weighted sum over a place's neighbors is at least `low`, and at most `high`.

    Parameters
    ----------
    values, low, high
        Shape (days, places).
    weights
        One row per receiving place.
    orders
        As in `forms`.
    counts
        Output, shape (days, 2, places): counts of at least `low` and at most `high` are added to it.
    hold
        Whether each place keeps its own value while the others are permuted. If an order puts its value at a neighbor,
        the neighbor takes the value that the order would have put at the place. All orders of the others remain equally
        likely.
    gaps
        What was not observed, if the days have gaps. Counts of places that were not observed have no meaning.
    """
    own = _OwnAtNeighbor.of(weights, orders) if hold else None
    for days in _by_days(values):
        by_place, least, most = (np.ascontiguousarray(table[days].T) for table in (values, low, high))
        seen = None
        if gaps is not None:
            seen, scale = gaps.seen[days], gaps.scale[days].T
            least, most = least / scale, most / scale
        counter = _Counter()
        for step in _steps(by_place, orders, seen, weights if hold else None):
            sums = (weights @ step.moved.reshape(len(by_place), -1)).reshape(step.moved.shape)
            if own:
                own.replace(sums, step, by_place, seen)
                _replace_spliced(sums, step, by_place)
            counter.add(sums >= least[:, None], sums <= most[:, None])
        counts[days] += counter.total().transpose(2, 0, 1)


class _Counter:
    """Counts in how many steps and replicates conditions hold; in 8 bits, which is fast, as long as these suffice."""

    def __init__(self) -> None:
        self.steps = 0
        self.sums: list[npt.NDArray[np.uint8]] = []
        self.past: UInt32Array = np.zeros((), dtype=np.uint32)

    def add(self, *conditions: BoolArray) -> None:
        """Add conditions of shape (places, replicates, days); the first step has the most replicates."""
        if self.steps == _MOST or not self.steps:
            self.past, self.steps = self.total(), 0
            self.sums = [condition.view(np.uint8) for condition in conditions]
        else:
            for sums, condition in zip(self.sums, conditions, strict=True):
                sums[:, : condition.shape[1]] += condition.view(np.uint8)
        self.steps += 1

    def total(self) -> UInt32Array:
        """Return the counts, shape (conditions, places, days)."""
        now = [sums.sum(axis=1, dtype=np.uint32) for sums in self.sums]
        return self.past + np.array(now or 0, dtype=np.uint32)
