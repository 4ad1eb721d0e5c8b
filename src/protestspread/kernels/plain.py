"""Plain versions of the kernels in numpy: used for small data, and to test the compiled ones."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from ..arrays import FloatArray, Int32Array, IntArray, UInt8Array
from ..random_streams import bounded_integers, raw_words


class RowBlocks(NamedTuple):
    """Rows sorted by block, and the position at which each block begins; the last start is the number of rows."""

    rows: Int32Array
    starts: IntArray


def shuffled(values: Int32Array, blocks: RowBlocks, seed: np.uint64, first: int, out: Int32Array) -> None:
    """Write shuffled values into `out`, one column per replicate: see `kernels.streams.shuffled`."""
    count = out.shape[1]
    first_of = np.repeat(blocks.starts[:-1], np.diff(blocks.starts))
    place = np.arange(len(values))
    drawn = np.column_stack([raw_words(int(seed), first + k, len(values)) for k in range(count)])
    partner = first_of[:, None] + bounded_integers(drawn, (place - first_of + 1)[:, None])
    shuffled = np.repeat(values[:, None], count, axis=1)
    partner = partner * count + np.arange(count)  # of the flat table, where looking up is faster
    flat = shuffled.reshape(-1)
    for p in np.flatnonzero(place > first_of):
        held = flat.take(partner[p])
        flat[partner[p]] = shuffled[p]
        shuffled[p] = held
    out[blocks.rows] = shuffled


class WeightedPairs(NamedTuple):
    """Pairs of rows, with the weight of each pair as seen from its first and from its second row."""

    one: Int32Array
    other: Int32Array
    weight: FloatArray
    other_weight: FloatArray


class TimeBins(NamedTuple):
    """The bin of each number of days, and the start and end of the observation window."""

    bins: Int32Array
    start: int
    end: int


class Space(NamedTuple):
    """Points (one column each) and their nearness: 1 / (km + offset), or, with a negative offset, distance in km.

    `radius_km` is the radius of the sphere if points are unit vectors; 0 for points on a plane.
    """

    vectors: FloatArray
    radius_km: float
    offset_km: float


STRIPES = 32  # parts of the pairs for Mantel's sums; constant, so that sums are added in the same order
_AT_ONCE = 100_000  # numbers in a temporary table that fits into the cache
_ROWS = 1000  # of a temporary table for sums of fractions; constant, so that sums are added in the same order


def _slices(pairs: int, columns: int) -> list[slice]:
    return _steps(pairs, max(1, _AT_ONCE // max(columns, 1)))


def _steps(pairs: int, step: int = _ROWS) -> list[slice]:
    return [slice(first, first + step) for first in range(0, pairs, step)]


def count_close(one: Int32Array, other: Int32Array, days: Int32Array, within: int, out: IntArray) -> None:
    """Count, for each column of `days`, the pairs of rows at most `within` days apart: see `kernels.knox`."""
    for part in _slices(len(one), len(out)):
        apart = days.take(one[part], axis=0)
        apart -= days.take(other[part], axis=0)
        close = np.less_equal(np.abs(apart, out=apart), within, out=apart)
        out += np.add.reduce(close, axis=0, dtype=np.int32)


def count_within(one: Int32Array, other: Int32Array, days: Int32Array, reach: Int32Array, out: IntArray) -> None:
    """Count, for each column of `days`, the pairs within reach of their first row: see `kernels.knox`."""
    for part in _slices(len(one), len(out)):
        mine = days.take(one[part], axis=0)
        out += (np.abs(mine - days.take(other[part], axis=0)) <= reach[mine]).sum(axis=0)


def sum_tabled(one: Int32Array, other: Int32Array, places: Int32Array, table: FloatArray, out: FloatArray) -> None:
    """Add to `out`, for each column of `places`, the entries of a table of places by places over pairs: see `kernels.knox`."""
    for part in _slices(len(one), 2 * len(out)):
        out += table[places[one[part]], places[other[part]]].sum(axis=0)


def count_banded(
    one: Int32Array, other: Int32Array, arranged: Int32Array, site: Int32Array, band: UInt8Array, out: IntArray
) -> None:
    """Count pairs of rows by the band of their sites, for each column of `arranged`: see `kernels.knox`."""
    sites = np.empty_like(arranged)
    np.put_along_axis(sites, arranged, site[:, None], axis=0)
    for part in _slices(len(one), len(out)):
        bands = band[sites[one[part]], sites[other[part]]]
        for k in range(out.shape[1]):
            out[:, k] += (bands == k).sum(axis=0)


def count_pairs(pairs: WeightedPairs, days: Int32Array, clock: TimeBins, out: FloatArray) -> None:
    """Add the weights of the pairs to ``out[column, bin]``, by the days between them: see `kernels.knox`."""
    columns, bins = out.shape
    for part in _steps(len(pairs.one)):
        a, b = days[pairs.one[part]], days[pairs.other[part]]
        apart, swapped = np.abs(a - b), a > b
        first, second = pairs.weight[part][:, None], pairs.other_weight[part][:, None]
        early, late = np.where(swapped, second, first), np.where(swapped, first, second)
        weight = early * np.where(np.minimum(a, b) - apart < clock.start, 2.0, 1.0)
        weight += late * np.where(np.maximum(a, b) + apart > clock.end, 2.0, 1.0)
        cell = clock.bins[apart] + bins * np.arange(columns)
        out += np.bincount(cell.ravel(), weight.ravel(), minlength=out.size).reshape(out.shape)


def nearness(space: Space, one: npt.NDArray[np.integer], other: npt.NDArray[np.integer]) -> FloatArray:
    """Return the nearness of pairs of points: see `kernels.mantel.nearness`."""
    km = np.asarray(np.sqrt(((space.vectors[:, one] - space.vectors[:, other]) ** 2).sum(axis=0)))
    if space.radius_km > 0:
        km = 2 * space.radius_km * np.arcsin(np.minimum(km / 2, 1.0))
    return np.asarray(1 / (km + space.offset_km)) if space.offset_km >= 0 else km


def products(space: Space, days: FloatArray, offset_days: float, out: FloatArray) -> None:
    """Add to `out`, for each column of `days`, nearness in space times in time over all pairs: see `kernels.mantel`."""
    one, other = np.triu_indices(len(days), 1)
    near = nearness(space, one, other)
    for part in _steps(len(one)):
        apart = np.abs(days[one[part]] - days[other[part]])
        weight = near[part, None].astype(days.dtype)
        out += (weight * apart if offset_days < 0 else weight / (apart + days.dtype.type(offset_days))).sum(axis=0)


class Circle(NamedTuple):
    """Centers and radii of circles in a plane."""

    x: FloatArray
    y: FloatArray
    radius: FloatArray


def arc_shares(circles: Circle, edges: FloatArray, out: FloatArray) -> None:
    """Write the share of each circle inside a polygon into `out`: see `kernels.circles`."""
    for part in _slices(len(out), len(edges)):
        x, y, radius = (values[part, None] for values in circles)
        _arc_shares(x, y, radius, edges, out[part])
        broken = np.isnan(out[part])
        if broken.any():  # an edge ends on the circle itself
            _arc_shares(x[broken], y[broken], radius[broken] * (1 + 1e-9), edges, held := np.empty(int(broken.sum())))
            out[part][broken] = held


def _arc_shares(x: FloatArray, y: FloatArray, radius: FloatArray, edges: FloatArray, out: FloatArray) -> None:
    from_x, from_y, to_x, to_y = edges[:, 0] - x, edges[:, 1] - y, edges[:, 2] - x, edges[:, 3] - y
    along_x, along_y = to_x - from_x, to_y - from_y
    a, b = along_x**2 + along_y**2, from_x * along_x + from_y * along_y
    root = b * b - a * (from_x**2 + from_y**2 - radius**2)
    width = np.sqrt(np.maximum(root, 0.0))
    total, crossings, touched = np.zeros(len(out)), np.zeros(len(out), dtype=np.int64), np.zeros(len(out), dtype=bool)
    with np.errstate(divide="ignore", invalid="ignore"):
        for sign, at in ((1, (-b - width) / a), (-1, (-b + width) / a)):
            hit = (root > 0) & (at >= 0) & (at < 1)
            angle = np.arctan2(from_y + at * along_y, from_x + at * along_x) % (2 * np.pi)
            total += sign * np.where(hit, angle, 0.0).sum(axis=1)
            crossings += sign * hit.sum(axis=1)
            touched |= hit.any(axis=1)
        ahead = ((from_y > 0) != (to_y > 0)) & (from_x - from_y * along_x / along_y > radius * (1 - 1e-9))
    share = np.where(touched, np.where(total < 0, total / (2 * np.pi) + 1, total / (2 * np.pi)), ahead.sum(axis=1) % 2)
    out[:] = np.where(crossings == 0, share, np.nan)


CONTAINMENT, ESCALATION, RELOCATION, EXTINCTION, FLASHPOINT, ADJACENT_ONSET = range(6)
_CELLS = 1_000_000  # held in memory at a time


def signatures(active: UInt8Array, places: Int32Array, ties: sp.csr_array, out: Int32Array) -> None:
    """Count the signatures from each time slice to the next.

    Parameters
    ----------
    active
        1 where a place is active in a time slice, shape (places, slices).
    places
        The place whose series each position receives, by replicate: shape (places, replicates).
    ties
        ``ties[i, j]`` is not 0 if i can influence j.
    out
        Output, shape (replicates, slices - 1, 6): from each slice to the next, the number of active places with
        *containment* (still active, no new activity among their targets), *escalation* (still active, new activity),
        *relocation* (quiet, new activity) or *extinction* (quiet, no new activity), and the number of places that became
        active as a *flashpoint* (no active source before) or as an *adjacent onset*.
    """
    there = sp.csr_array((np.ones(ties.nnz, dtype=np.float32), ties.indices, ties.indptr), shape=ties.shape)
    length = active.shape[1]
    step = max(1, _CELLS // max(active.size, 1))
    for first in range(0, len(out), step):
        some = active[places[:, first : first + step]].astype(bool)
        count = some.shape[1]
        before, now = some[:, :, :-1].reshape(len(active), -1), some[:, :, 1:].reshape(len(active), -1)
        new = (there @ (now & ~before)) > 0
        exposed = (there.T @ before) > 0
        kinds = (
            before & now & ~new,
            before & now & new,
            before & ~now & new,
            before & ~now & ~new,
            now & ~before & ~exposed,
            now & ~before & exposed,
        )
        for kind, which in enumerate(kinds):
            out[first : first + count, :, kind] = which.sum(axis=0).reshape(count, length - 1)
