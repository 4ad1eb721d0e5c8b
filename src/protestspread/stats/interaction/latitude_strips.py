"""Points sorted into strips of latitude: the search for pairs among many points."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ...arrays import FloatArray, Int32Array, IntArray
from ...geodesy import EARTH_RADIUS_KM

Near = tuple[Int32Array, Int32Array, FloatArray]
"""Pairs as two arrays of rows, and the squares of their distances."""

_SLACK = 1e-6  # degrees or kilometers added to every span, so that rounding cannot lose a pair


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
