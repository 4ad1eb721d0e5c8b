"""The map in strips of latitude as high as pairs may be apart: the neighbors of a point lie in two runs of points."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..geodesy import EARTH_RADIUS_KM, FloatArray
from ..kernels.plain import Int32Array, IntArray

Near = tuple[Int32Array, Int32Array, FloatArray]
"""The one and the other row of pairs, and the square of their distance."""

_SLACK = 1e-6  # degrees or kilometres added to every span: rounding may then cost time, but no pair


@dataclass(frozen=True, eq=False)
class Strips:
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
    def of(cls, x: FloatArray, y: FloatArray, vectors: FloatArray, km: float, *, on_sphere: bool) -> "Strips | None":
        """Lay the strips; None where a span would run round the globe or over a pole, or they are too many."""
        from ..kernels import near

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
        from ..kernels import near

        so_far = np.cumsum(self.candidates)
        ends = np.searchsorted(so_far, so_far[-1] * np.arange(1, blocks + 1) / blocks).tolist()
        first = 0
        for last in [*ends[:-1], len(self.rows)]:
            most = int(so_far[last - 1] - (so_far[first - 1] if first else 0)) if last > first else 0
            one, other, apart = np.empty(most, np.int32), np.empty(most, np.int32), np.empty(most)
            found = near.write_near(self.vectors, self.spans, self.rows, square, first, last, one, other, apart)
            yield one[:found], other[:found], apart[:found]
            first = last
