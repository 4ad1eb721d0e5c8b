"""Circles of places: round every place, all places within each distance to another one."""

from dataclasses import dataclass

import numpy as np

from ....arrays import FloatArray
from ....kernels.scan.cylinders_plain import NearPlaces
from ..points import PointSet

_DIGITS = 9  # of a kilometer: distances that differ by less are equal


@dataclass(frozen=True, eq=False)
class PlaceCircles:
    """The circles round all places.

    Attributes
    ----------
    circles
        The places near each center.
    km
        The distance of each of them from the center.
    """

    circles: NearPlaces
    km: FloatArray

    @classmethod
    def of(cls, sites: PointSet, within_km: float) -> "PlaceCircles":
        """Return all circles with a radius of at most `within_km`.

        Examples
        --------
        >>> found = PlaceCircles.of(PointSet(np.array([0.0, 3, 3, 9]), np.array([0.0, 4, -4, 0]), on_sphere=False), 5.0)
        >>> found.circles.members[found.circles.starts[0] : found.circles.starts[1]], found.circles.last[:3]
        (array([0, 1, 2], dtype=int32), array([0, 2, 2], dtype=int32))
        """
        pairs = [block.by_distance_class[0] for block in sites.pairs([within_km])]
        one, other = (np.concatenate([pair[side] for pair in pairs]) for side in (0, 1))
        own = np.arange(len(sites), dtype=np.int32)
        center, member = np.concatenate([own, one, other]), np.concatenate([own, other, one])
        apart = sites.km(one, other).round(_DIGITS)
        km = np.concatenate([np.zeros(len(own)), apart, apart])
        order = np.lexsort([member, member != center, km, center])
        center, member, km = center[order], member[order], km[order]
        starts = np.searchsorted(center, np.arange(len(sites) + 1))
        begins = np.append((np.diff(center) > 0) | (np.diff(km) > 0), True)
        ends = np.flatnonzero(begins)
        last = ends[np.searchsorted(ends, np.arange(len(center)))] - starts[center]
        return cls(NearPlaces(starts.astype(np.int64), member, last.astype(np.int32)), km)

    def members(self, center: int, last: int) -> slice:
        """Return the positions of the places of a circle."""
        first = int(self.circles.starts[center])
        return slice(first, first + last + 1)
