"""Where events lie, and which of them lie near one another: found once, shared by every test."""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from ...arrays import FloatArray, Int32Array, IntArray
from ...errors import DataError, DataWarning, shorten_list
from ...geodesy import EARTH_RADIUS_KM, great_circle_km, unit_vectors

_FEW = 600  # up to so many points all pairs are looked at; a tree would first have to be imported
_MANY = 5000  # from so many on compiled code pays
_MOST_PAIRS = 20_000_000  # in memory at once: 0.2 GB, and three times that while they are sought
_ROUNDING = 1e-9  # of a squared chord: nearer to a limit than this, the kilometres decide


Near = tuple[Int32Array, Int32Array, FloatArray]
"""The one and the other row of pairs, and the square of their distance."""

_SLACK = 1e-6  # degrees or kilometres added to every span: rounding may then cost time, but no pair


@dataclass(frozen=True, eq=False)
class LatitudeStrips:
    """Points in order of strip and longitude.

    Attributes
    ----------
    rows
        The row of each point.
    vectors
        A row an axis (on a plane the third is 0), a column a point.
    spans
        Rows 0 and 1: from where to below where the points east of each in its own strip begin and end that may be near;
        rows 2 and 3: those of the strip above.
    """

    rows: Int32Array
    vectors: FloatArray
    spans: IntArray

    @classmethod
    def of(
        cls, x: FloatArray, y: FloatArray, vectors: FloatArray, km: float, *, on_sphere: bool
    ) -> "LatitudeStrips | None":
        """Lay the strips; None where a span would run round the globe or over a pole, or they are too many."""
        from ...kernels import near

        low, height, angle = y.min(), km, km / EARTH_RADIUS_KM
        if on_sphere:
            if np.radians(np.abs(y).max()) + angle > np.radians(89):
                return None
            height = float(np.degrees(angle))
        height = max(height + _SLACK, float(np.ptp(y)) / len(y))
        strip = np.floor((y - low) / height)
        reach = np.full(len(x), km + _SLACK)
        if on_sphere:  # a circle is widest, in degrees, at the end of a strip that is nearer to a pole
            farthest = np.minimum(np.abs(low + (strip + 0.5) * height) + height / 2, np.abs(y).max())
            reach = np.degrees(np.arcsin(np.sin(angle) / np.cos(np.radians(farthest)))) + _SLACK
            if np.ptp(x) + reach.max() >= 360:
                return None
        apart = np.ptp(x) + 2 * reach.max() + 1  # so that no span of one strip reaches into the next
        if strip.max() * apart > 1e9:  # beyond, the keys would round away more than the slack
            return None
        key = strip * apart + (x - x.min())
        order, spans = np.argsort(key), np.empty((4, len(key)), dtype=np.int64)
        near.find_spans(key[order], reach[order], apart, spans)
        axes = np.zeros((3, len(key)))
        axes[: vectors.shape[1]] = vectors[order].T
        return cls(order.astype(np.int32), axes, spans)

    @property
    def candidates(self) -> IntArray:
        """How many points are looked at for each."""
        return np.asarray(self.spans[1] - self.spans[0] + self.spans[3] - self.spans[2], dtype=np.int64)

    def pairs(self, square: float, blocks: int) -> Iterator[Near]:
        """Find the pairs up to a squared distance, in blocks of about as many candidates; and the square of each."""
        from ...kernels import near

        so_far = np.cumsum(self.candidates)
        ends = np.searchsorted(so_far, so_far[-1] * np.arange(1, blocks + 1) / blocks).tolist()
        first = 0
        for last in [*ends[:-1], len(self.rows)]:
            most = int(so_far[last - 1] - (so_far[first - 1] if first else 0)) if last > first else 0
            one, other, apart = np.empty(most, np.int32), np.empty(most, np.int32), np.empty(most)
            found = near.write_near(self.vectors, self.spans, self.rows, square, first, last, one, other, apart)
            yield one[:found], other[:found], apart[:found]
            first = last


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of points by how far apart they are.

    Attributes
    ----------
    by_distance_class
        For each class of distance, the one and the other row of its pairs.
    """

    by_distance_class: tuple[tuple[Int32Array, Int32Array], ...]

    def __len__(self) -> int:
        return sum(len(one) for one, _ in self.by_distance_class)

    def degrees(self, n: int, classes: slice = slice(None)) -> IntArray:
        """Return in how many pairs of these classes each of `n` points is."""
        total = np.zeros(n, dtype=np.int64)
        for one, other in self.by_distance_class[classes]:
            total += np.bincount(one, minlength=n) + np.bincount(other, minlength=n)
        return total


@dataclass(frozen=True, eq=False)
class PointSet:
    """Points on the sphere, in degrees, or on a plane, in kilometres.

    Attributes
    ----------
    x, y
        Longitude and latitude, or kilometres.
    on_sphere
        Whether distances run along great circles.
    """

    x: FloatArray
    y: FloatArray
    on_sphere: bool = True

    @classmethod
    def of(cls, events: gpd.GeoDataFrame) -> "PointSet":
        """Return where events happened.

        Raises
        ------
        DataError
            Events have no point of their own; all named.
        """
        shapes = events.geometry.to_numpy()
        lon, lat = shapely.get_x(shapes), shapely.get_y(shapes)
        missing = np.isnan(lon)
        if missing.any():
            raise DataError(
                "distances between the events cannot be measured",
                [f"{int(missing.sum())} events have no point: {shorten_list(events.index[missing])}"],
                "locate_events(events, cities) gives them the point of their city",
            )
        turned = np.where(lon <= -180, lon + 360, np.where(lon > 180, lon - 360, lon))  # one name for the antimeridian
        return cls(turned, lat)

    def __len__(self) -> int:
        return len(self.x)

    def at(self, rows: npt.ArrayLike) -> "PointSet":
        """Return some of the points."""
        return PointSet(self.x[np.asarray(rows)], self.y[np.asarray(rows)], self.on_sphere)

    def km(self, one: npt.ArrayLike, other: npt.ArrayLike) -> FloatArray:
        """Return the kilometres between the points in some rows and those in others."""
        one, other = np.asarray(one), np.asarray(other)
        if self.on_sphere:
            return great_circle_km(self.x[one], self.y[one], self.x[other], self.y[other])
        return np.asarray(np.hypot(self.x[one] - self.x[other], self.y[one] - self.y[other]))

    @cached_property
    def vectors(self) -> FloatArray:
        """The points in a space in which straight lines order as distances do, a row a point."""
        return unit_vectors(self.x, self.y) if self.on_sphere else np.column_stack([self.x, self.y])

    @cached_property
    def sites(self) -> tuple[IntArray, IntArray]:
        """The distinct points: the row of one event at each, and for each event the number of its site."""
        _, rows, site = np.unique(np.column_stack([self.x, self.y]), axis=0, return_index=True, return_inverse=True)
        return np.asarray(rows, dtype=np.int64), np.asarray(site, dtype=np.int64).reshape(-1)

    def order(self, *last: npt.ArrayLike) -> IntArray:
        """Return the rows in an order that keeps neighbors together (Morton's), then by x, y and what else is given."""
        cell = _spread_bits(self.x) | (_spread_bits(self.y) << np.uint32(1))
        order = np.argsort(cell)
        same = cell[order[1:]] == cell[order[:-1]]
        tied = np.append(same, False) | np.insert(same, 0, False)
        rows = order[tied]
        keys: list[npt.NDArray[Any]] = [np.asarray(key)[rows] for key in last[::-1]]
        order[tied] = rows[np.lexsort([*keys, self.y[rows], self.x[rows], cell[rows]])]
        return order

    def pairs(self, limits_km: Sequence[float]) -> Iterator[Pairs]:
        """Find the pairs of points within the last of some limits, banded by the limits, in blocks that fit into memory.

        Parameters
        ----------
        limits_km
            Ascending. Band *k* holds the pairs at most ``limits_km[k]`` and more than ``limits_km[k - 1]`` apart.

        Warns
        -----
        DataWarning
            There are so many pairs that they are looked at block by block: how many, and what they would take.
        """
        if len(self) <= _FEW:
            close = np.argwhere(np.triu(self._maybe_within(limits_km[-1]), 1)).astype(np.int32)
            one, other = close.T
            yield self._banded(one, other, self._squares(one, other), limits_km)
            return
        reach = self._square(limits_km[-1]) * (1 + 2 * _ROUNDING) + 1e-20
        for near in self._by_strips(limits_km[-1], reach) or self._by_tree(limits_km[-1], reach):
            yield self._banded(*near, limits_km)

    def _by_strips(self, km: float, reach: float) -> Iterator[Near] | None:
        """Find pairs in strips of latitude; None where points are few, or strips would run round the globe."""
        strips = (
            LatitudeStrips.of(self.x, self.y, self.vectors, km, on_sphere=self.on_sphere)
            if len(self) >= _MANY
            else None
        )
        return None if strips is None else strips.pairs(reach, self._blocks(strips.candidates.sum() / 2, km))

    def _by_tree(self, km: float, reach: float) -> Iterator[Near]:
        from scipy.spatial import KDTree

        tree = KDTree(self.vectors, leafsize=16, balanced_tree=False)
        blocks = self._blocks(self._expected_pairs(tree, np.sqrt(reach)), km)
        if blocks == 1:
            one, other = tree.query_pairs(np.sqrt(reach), output_type="ndarray").astype(np.int32).T
            yield one, other, self._squares(one, other)
            return
        for rows in np.array_split(np.arange(len(self), dtype=np.int32), blocks):
            near = KDTree(self.vectors[rows]).sparse_distance_matrix(tree, np.sqrt(reach), output_type="ndarray")
            one, other = rows[near["i"]], near["j"].astype(np.int32)
            one, other = one[one < other], other[one < other]
            yield one, other, self._squares(one, other)

    @staticmethod
    def _blocks(expected: float, km: float) -> int:
        """Return in how many blocks so many pairs are to be found, and say so where it is more than one."""
        if expected <= _MOST_PAIRS:
            return 1
        blocks = int(np.ceil(2 * expected / _MOST_PAIRS))
        warnings.warn(DataWarning(
            f"about {expected:,.0f} pairs of events lie within {km:g} km; at once they would take {expected * 9 / 1e9:.1f} GB, "
            f"so they are counted in {blocks} blocks"
        ), stacklevel=7)  # fmt: skip
        return blocks

    def _squares(self, one: Int32Array, other: Int32Array) -> FloatArray:
        return np.asarray(sum((axis[one] - axis[other]) ** 2 for axis in self.vectors.T), dtype=np.float64)

    def _banded(self, one: Int32Array, other: Int32Array, square: FloatArray, limits_km: Sequence[float]) -> Pairs:
        """Sort pairs into bands; chords round differently from arcs, so where they are near a limit, the kilometres decide."""
        limits = np.array([self._square(limit) for limit in limits_km])
        band = np.zeros(len(square), dtype=np.int16)
        for limit in limits:
            band += square > limit
        for limit in limits:
            slack = _ROUNDING * limit + 1e-20
            unsure = np.flatnonzero((square >= limit - slack) & (square <= limit + slack))
            if len(unsure):
                band[unsure] = np.searchsorted(np.asarray(limits_km), self.km(one[unsure], other[unsure]))
        inside = [slice(None) if (band == k).all() else np.flatnonzero(band == k) for k in range(len(limits))]
        return Pairs(tuple((one[rows], other[rows]) for rows in inside))

    def _square(self, km: float) -> float:
        if not self.on_sphere:
            return km**2
        return float(2 * np.sin(min(km / EARTH_RADIUS_KM, np.pi) / 2)) ** 2

    def _maybe_within(self, km: float) -> npt.NDArray[np.bool_]:
        """Return which pairs of points lie within so many kilometres, or by rounding seem to."""
        square = (self.vectors**2).sum(axis=1)
        apart = square[:, None] + square - 2 * (self.vectors @ self.vectors.T)
        return np.asarray(apart <= self._square(km) * (1 + 1e-6) + 1e-12 * max(float(square.max(initial=1.0)), 1.0))

    def _expected_pairs(self, tree: Any, reach: float) -> float:
        """Estimate the number of pairs from the neighbors of a few hundred points."""
        some = self.vectors[:: max(1, len(self) // 300)]
        neighbors = float(tree.query_ball_point(some, reach, return_length=True).sum()) - len(some)
        return neighbors * len(self) / len(some) / 2


def _spread_bits(values: FloatArray) -> npt.NDArray[np.uint32]:
    """Return values as whole numbers of 16 bits with a gap after each bit, so that two can be interleaved."""
    low, high = values.min(initial=np.inf), values.max(initial=-np.inf)
    bits = np.zeros(len(values), dtype=np.uint32)
    if high > low:
        bits = ((values - low) / (high - low) * 0xFFFF).astype(np.uint32)
    for shift, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
        bits = (bits | (bits << np.uint32(shift))) & np.uint32(mask)
    return bits
