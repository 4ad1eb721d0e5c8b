"""Edge correction: how much of what surrounds an event lies where events could have been seen at all."""

from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from ...arrays import FloatArray
from ...errors import DataError
from ...inference.replicates import share_out
from ...kernels import plain
from ...projection import equal_area_crs, to_plane
from ...tables import check_regions
from .points import PointSet

_SMALL = 2_000_000  # circles times edges: up to so many stay in numpy
_PIECES = 64
_LEAST = 1e-3  # share of a circle that must lie inside


@dataclass(frozen=True, eq=False)
class Ground:
    """Where events could have been seen, on a plane in kilometres, and where they were.

    Attributes
    ----------
    area
        One polygon, of one or many parts.
    x, y
        The events, in the order of the sample.
    """

    area: shapely.Geometry
    x: FloatArray
    y: FloatArray

    @property
    def area_km2(self) -> float:
        """The area in square kilometres."""
        return float(self.area.area)

    def weights(
        self, points: PointSet, one: npt.NDArray[np.int32], other: npt.NDArray[np.int32]
    ) -> tuple[FloatArray, FloatArray]:
        """Return Ripley's weights of pairs: 1 over the share of the circle round an event through the other that lies inside.

        Raises
        ------
        DataError
            Less than a thousandth of some circle lies inside: its weight would outweigh all others.

        Notes
        -----
        B. D. Ripley (1976), Journal of Applied Probability 13:255, doi:10.2307/3212829.
        """
        km = points.km(one, other)
        return self._weights(one, km), self._weights(other, km)

    @cached_property
    def _edges(self) -> FloatArray:
        return _edges(self.area)

    @cached_property
    def _to_border(self) -> FloatArray:
        return np.asarray(shapely.distance(shapely.boundary(self.area), shapely.points(self.x, self.y)))

    def _weights(self, center: npt.NDArray[np.int32], km: FloatArray) -> FloatArray:
        cut = np.flatnonzero(km > self._to_border[center] * (1 - 1e-9))
        share = np.ones(len(km))
        circles = plain.Circle(self.x[center[cut]], self.y[center[cut]], km[cut])
        share[cut] = _arc_shares(circles, self._edges)
        outside = ~(share > _LEAST)
        if outside.any():
            raise DataError(
                "the edges cannot be corrected for",
                [
                    f"{int(outside.sum())} circles round events, of {km[outside].min():.0f} km or more, lie almost wholly outside the boundary"
                ],
                "shorter within_km, or boundary=None for places that are given",
            )
        return np.asarray(1 / share)


def ground(boundary: gpd.GeoDataFrame, events: gpd.GeoDataFrame, sample_points: PointSet, detail_km: float) -> Ground:
    """Put a boundary and events on an equal-area plane.

    Parameters
    ----------
    boundary
        Regions; together they are where events could have been seen.
    events
        To name those outside.
    sample_points
        The events in the order of the sample.
    detail_km
        The boundary is simplified by up to so much.

    Raises
    ------
    SchemaError, CRSError
        The boundary is not regions.
    DataError
        Events lie outside; all named.
    """
    check_regions(boundary)
    crs = equal_area_crs(boundary)
    whole = shapely.transform(shapely.union_all(to_plane(boundary, crs).geometry.to_numpy()), lambda xy: xy / 1000)
    inside = shapely.intersects_xy(whole, *_on_plane(crs, PointSet.of(events)))
    if not inside.all():
        raise DataError(
            "the edges cannot be corrected for",
            [
                f"{int((~inside).sum())} events lie outside the boundary: {', '.join(map(str, events.index[~inside][:8]))}"
            ],
            "leave them out, or give a boundary that holds them",
        )
    return Ground(whole.simplify(detail_km), *_on_plane(crs, sample_points))


def _on_plane(crs: pyproj.CRS, points: PointSet) -> tuple[FloatArray, FloatArray]:
    x, y = pyproj.Transformer.from_crs(4326, crs, always_xy=True).transform(points.x, points.y)
    return np.asarray(x) / 1000, np.asarray(y) / 1000


def _edges(area: shapely.Geometry) -> FloatArray:
    """Return the edges of all rings as x, y, x, y, the inside on their left."""
    rings = shapely.get_rings(shapely.get_parts(shapely.orient_polygons(area, exterior_cw=False)))
    corners = [shapely.get_coordinates(ring) for ring in rings]
    return np.concatenate([np.hstack([ring[:-1], ring[1:]]) for ring in corners])


def _arc_shares(circles: plain.Circle, edges: FloatArray) -> FloatArray:
    share = np.ones(len(circles.x))
    if len(share) * len(edges) <= _SMALL:
        plain.arc_shares(circles, edges, share)
        return share
    from ...kernels import circles as kernel

    def run(part: slice) -> None:
        kernel.arc_shares(plain.Circle(*(values[part] for values in circles)), edges, share[part])

    size = -(-len(share) // _PIECES)
    share_out(
        run, [slice(first, first + size) for first in range(0, len(share), size)], cost=30.0 * len(share) * len(edges)
    )
    return share
