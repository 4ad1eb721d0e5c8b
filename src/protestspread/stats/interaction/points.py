"""Points, and the search for pairs of them within a distance."""

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
from ...kernels.dispatch import NEAR

MOST_DAYS = 10**6  # longer than any dates that can be held
_FEW = 600  # points: up to this many, all pairs are compared, which avoids the import of a tree
_MOST_PAIRS = 20_000_000  # in memory at once: 0.2 GB, and three times that during the search
_ROUNDING = 1e-9  # relative, of a squared chord: closer to a limit than this, exact kilometers decide
_SLACK = 1e-6  # degrees or kilometers added to every span, so that rounding cannot lose a pair

Near = tuple[Int32Array, Int32Array, FloatArray]
"""Pairs as two arrays of rows, and the squares of their distances."""


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of points by distance class.

    Attributes
    ----------
    by_distance_class
        For each distance class, its pairs as two arrays of rows.
    """

    by_distance_class: tuple[tuple[Int32Array, Int32Array], ...]

    def __len__(self) -> int:
        return sum(len(one) for one, _ in self.by_distance_class)

    def degrees(self, n: int, classes: slice = slice(None)) -> IntArray:
        """Return, for each of `n` points, the number of pairs in these classes that it belongs to."""
        total = np.zeros(n, dtype=np.int64)
        for one, other in self.by_distance_class[classes]:
            total += np.bincount(one, minlength=n) + np.bincount(other, minlength=n)
        return total


@dataclass(frozen=True, eq=False)
class PointSet:
    """Points on the sphere, in degrees, or in the plane, in kilometers.

    Attributes
    ----------
    x, y
        Longitude and latitude, or kilometers.
    on_sphere
        Whether distances are measured along great circles.
    """

    x: FloatArray
    y: FloatArray
    on_sphere: bool = True

    @classmethod
    def of(cls, events: gpd.GeoDataFrame) -> "PointSet":
        """Return the points of events.

        Raises
        ------
        DataError
            Some events have no point.
        """
        shapes = events.geometry.to_numpy()
        missing = shapely.is_missing(shapes) | shapely.is_empty(shapes)
        lon, lat = np.full((2, len(shapes)), np.nan)
        lon[~missing], lat[~missing] = shapely.get_x(shapes[~missing]), shapely.get_y(shapes[~missing])
        missing |= np.isnan(lon)
        if missing.any():
            raise DataError(
                "geometry must be a point for every event",
                [f"it is missing for {int(missing.sum())} of {len(events)}: {shorten_list(events.index[missing])}"],
                "call locate_events(events, cities) to give each event the point of its city",
            )
        return cls.at_coordinates(lon, lat)

    @classmethod
    def at_coordinates(cls, lon: FloatArray, lat: FloatArray) -> "PointSet":
        """Return points on the sphere; the antimeridian has one longitude, 180."""
        return cls(np.where(lon <= -180, lon + 360, np.where(lon > 180, lon - 360, lon)), lat)

    def __len__(self) -> int:
        return len(self.x)

    def at(self, rows: npt.ArrayLike) -> "PointSet":
        """Return the points in some rows."""
        return PointSet(self.x[np.asarray(rows)], self.y[np.asarray(rows)], self.on_sphere)

    def km(self, one: npt.ArrayLike, other: npt.ArrayLike) -> FloatArray:
        """Return the distances in kilometers between the points in two arrays of rows."""
        one, other = np.asarray(one), np.asarray(other)
        if self.on_sphere:
            return great_circle_km(self.x[one], self.y[one], self.x[other], self.y[other])
        return np.asarray(np.hypot(self.x[one] - self.x[other], self.y[one] - self.y[other]))

    @cached_property
    def vectors(self) -> FloatArray:
        """Coordinates, one row per point, whose straight-line distances have the same order as distances in kilometers."""
        return unit_vectors(self.x, self.y) if self.on_sphere else np.column_stack([self.x, self.y])

    @cached_property
    def sites(self) -> tuple[IntArray, IntArray]:
        """The distinct points: the row of one event at each, and the site number of each event."""
        _, rows, site = np.unique(np.column_stack([self.x, self.y]), axis=0, return_index=True, return_inverse=True)
        return np.asarray(rows, dtype=np.int64), np.asarray(site, dtype=np.int64).reshape(-1)

    def order(self, *last: npt.ArrayLike) -> IntArray:
        """Return the rows in Morton order, which keeps neighbors together; ties by x, y and the arrays given."""
        cell = _spread_bits(self.x) | (_spread_bits(self.y) << np.uint32(1))
        order = np.argsort(cell)
        same = cell[order[1:]] == cell[order[:-1]]
        tied = np.append(same, False) | np.insert(same, 0, False)
        rows = order[tied]
        keys: list[npt.NDArray[Any]] = [np.asarray(key)[rows] for key in last[::-1]]
        order[tied] = rows[np.lexsort([*keys, self.y[rows], self.x[rows], cell[rows]])]
        return order

    def pairs(self, limits_km: Sequence[float]) -> Iterator[Pairs]:
        """Find the pairs of points within the last limit, in distance bands, in blocks that fit into memory.

        Parameters
        ----------
        limits_km
            Ascending limits. Band *k* holds the pairs more than ``limits_km[k - 1]`` and at most ``limits_km[k]`` apart.

        Warns
        -----
        DataWarning
            There are so many pairs that they are found block by block.
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
        """Find pairs in strips of latitude; None if that does not pay, or strips cannot be used."""
        strips = None
        if NEAR.pays(self.about_within(km) + 10 * len(self)):
            strips = LatitudeStrips.of(self.x, self.y, self.vectors, km, on_sphere=self.on_sphere)
        return None if strips is None else strips.pairs(reach, self._blocks(strips.candidates.sum() / 2, km))

    def _by_tree(self, km: float, reach: float) -> Iterator[Near]:
        """Find pairs with a k-d tree."""
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
        """Return the number of blocks for an expected number of pairs, and warn if it is more than one."""
        if expected <= _MOST_PAIRS:
            return 1
        blocks = int(np.ceil(2 * expected / _MOST_PAIRS))
        warnings.warn(DataWarning(
            f"about {expected:,.0f} pairs of events lie within {km:g} km and would need {expected * 9 / 1e9:.1f} GB of memory at once; "
            f"they are counted in {blocks} blocks, with the same result"
        ), stacklevel=7)  # fmt: skip
        return blocks

    def _squares(self, one: Int32Array, other: Int32Array) -> FloatArray:
        return np.asarray(sum((axis[one] - axis[other]) ** 2 for axis in self.vectors.T), dtype=np.float64)

    def _banded(self, one: Int32Array, other: Int32Array, square: FloatArray, limits_km: Sequence[float]) -> Pairs:
        """Sort pairs into bands; close to a limit, exact kilometers decide, because chords round differently from arcs."""
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

    def about_within(self, km: float) -> float:
        """Estimate the number of pairs within `km` kilometers, from the numbers of points in squares of this size."""
        scale = np.pi / 180 * EARTH_RADIUS_KM if self.on_sphere else 1.0
        shrink = np.cos(np.radians(self.y.mean())) if self.on_sphere else 1.0
        square = np.floor(self.y * (scale / max(km, 1e-3))) * 1e9 + np.floor(self.x * (scale * shrink / max(km, 1e-3)))
        return float((np.unique(square, return_counts=True)[1].astype(float) ** 2).sum()) * np.pi / 2

    def _square(self, km: float) -> float:
        if not self.on_sphere:
            return km**2
        return float(2 * np.sin(min(km / EARTH_RADIUS_KM, np.pi) / 2)) ** 2

    def _maybe_within(self, km: float) -> npt.NDArray[np.bool_]:
        """Return which pairs of points lie within `km` kilometers, up to rounding."""
        square = (self.vectors**2).sum(axis=1)
        apart = square[:, None] + square - 2 * (self.vectors @ self.vectors.T)
        return np.asarray(apart <= self._square(km) * (1 + 1e-6) + 1e-12 * max(float(square.max(initial=1.0)), 1.0))

    def _expected_pairs(self, tree: Any, reach: float) -> float:
        """Estimate the number of pairs from a sample of a few hundred points."""
        some = self.vectors[:: max(1, len(self) // 300)]
        neighbors = float(tree.query_ball_point(some, reach, return_length=True).sum()) - len(some)
        return neighbors * len(self) / len(some) / 2


def _spread_bits(values: FloatArray) -> npt.NDArray[np.uint32]:
    """Return values as 16-bit integers with a gap after each bit, so that two can be interleaved."""
    low, high = values.min(initial=np.inf), values.max(initial=-np.inf)
    bits = np.zeros(len(values), dtype=np.uint32)
    if high > low:
        bits = ((values - low) / (high - low) * 0xFFFF).astype(np.uint32)
    for shift, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
        bits = (bits | (bits << np.uint32(shift))) & np.uint32(mask)
    return bits


@dataclass(frozen=True, eq=False)
class LatitudeStrips:
    """Points sorted into strips of latitude, and by longitude within each strip.

    Attributes
    ----------
    rows
        The original row of each point.
    vectors
        Coordinates, one row per axis (the third is 0 in the plane), one column per point.
    spans
        Candidates for neighbors of each point, as half-open ranges: rows 0 and 1 to the east in its own strip, rows 2 and 3
        in the strip above.
    """

    rows: Int32Array
    vectors: FloatArray
    spans: IntArray

    @classmethod
    def of(
        cls, x: FloatArray, y: FloatArray, vectors: FloatArray, km: float, *, on_sphere: bool
    ) -> "LatitudeStrips | None":
        """Sort points into strips; None if a range would wrap around the globe or a pole, or there would be too many strips."""
        from ...kernels import near

        low, height, angle = y.min(), km, km / EARTH_RADIUS_KM
        if on_sphere:
            if np.radians(np.abs(y).max()) + angle > np.radians(89):
                return None
            height = float(np.degrees(angle))
        height = max(height + _SLACK, float(np.ptp(y)) / len(y))
        strip = np.floor((y - low) / height)
        reach = np.full(len(x), km + _SLACK)
        if on_sphere:  # in degrees, a circle is widest at the poleward edge of a strip
            farthest = np.minimum(np.abs(low + (strip + 0.5) * height) + height / 2, np.abs(y).max())
            reach = np.degrees(np.arcsin(np.sin(angle) / np.cos(np.radians(farthest)))) + _SLACK
            if np.ptp(x) + reach.max() >= 360:
                return None
        apart = np.ptp(x) + 2 * reach.max() + 1  # keeps ranges of one strip out of the next
        if strip.max() * apart > 1e9:  # beyond this, rounding of the keys would exceed the slack
            return None
        key = strip * apart + (x - x.min())
        order, spans = np.argsort(key), np.empty((4, len(key)), dtype=np.int64)
        near.find_spans(key[order], reach[order], apart, spans)
        axes = np.zeros((3, len(key)))
        axes[: vectors.shape[1]] = vectors[order].T
        return cls(order.astype(np.int32), axes, spans)

    @property
    def candidates(self) -> IntArray:
        """Number of candidates for each point."""
        return np.asarray(self.spans[1] - self.spans[0] + self.spans[3] - self.spans[2], dtype=np.int64)

    def pairs(self, square: float, blocks: int) -> Iterator[Near]:
        """Find pairs up to a squared distance, in blocks with about the same number of candidates each."""
        from ...kernels import near

        so_far = np.cumsum(self.candidates)
        ends = np.searchsorted(so_far, so_far[-1] * np.arange(1, blocks + 1) / blocks).tolist()
        first = 0
        for last in [*ends[:-1], len(self.rows)]:
            most = int(so_far[last - 1] - (so_far[first - 1] if first else 0)) if last > first else 0
            one, other, apart = np.empty(most, np.int32), np.empty(most, np.int32), np.empty(most)
            count = near.write_near(self.vectors, self.spans, self.rows, square, first, last, one, other, apart)
            yield one[:count], other[:count], apart[:count]
            first = last
