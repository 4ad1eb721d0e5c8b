"""Ripley's edge correction: the share of each circle around an event that lies inside the study area."""

from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from ...arrays import FloatArray
from ...errors import DataError, shorten_list
from ...geodesy import points_present
from ...inference.replicates import share_out
from ...kernels import plain
from ...kernels.dispatch import ARC_SHARES
from ...projection import equal_area_crs, to_plane
from ...tables import check_regions
from .points import PointSet

_CHUNKS = 64
_LEAST_SHARE = 1e-3  # of a circle that must lie inside the area


@dataclass(frozen=True, eq=False)
class Ground:
    """The study area and the events in it, on an equal-area plane in kilometers.

    Attributes
    ----------
    area
        A polygon or multipolygon.
    x, y
        Coordinates of the events, in the order of the sample.
    """

    area: shapely.Geometry
    x: FloatArray
    y: FloatArray

    @property
    def area_km2(self) -> float:
        """The area in square kilometers."""
        return float(self.area.area)

    def weights(
        self, points: PointSet, one: npt.NDArray[np.int32], other: npt.NDArray[np.int32]
    ) -> tuple[FloatArray, FloatArray]:
        """Return Ripley's weights of pairs: the inverse of the share of the circle around one event through the other that lies inside.

        Raises
        ------
        DataError
            Less than a thousandth of a circle lies inside, so its weight would dominate all others.

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
        outside = ~(share > _LEAST_SHARE)
        if outside.any():
            raise DataError(
                "within_km is too long for edge correction",
                [
                    f"{int(outside.sum())} circles around events, with radii of {km[outside].min():.0f} km or more, lie almost entirely outside the boundary"
                ],
                "use shorter within_km, or boundary=None if events can only happen at given places",
            )
        return np.asarray(1 / share)


def ground(boundary: gpd.GeoDataFrame, events: gpd.GeoDataFrame, sample_points: PointSet, detail_km: float) -> Ground:
    """Project a boundary and events to an equal-area plane.

    Parameters
    ----------
    boundary
        Regions; their union is the study area.
    events
        The events table, to name events outside the boundary.
    sample_points
        The events in the order of the sample.
    detail_km
        Tolerance, in kilometers, for simplifying the boundary.

    Raises
    ------
    SchemaError, CRSError
        The boundary is not a valid regions table.
    DataError
        Events lie outside the boundary.
    """
    check_regions(boundary)
    events = events[points_present(events)]
    crs = equal_area_crs(boundary)
    whole = shapely.transform(shapely.union_all(to_plane(boundary, crs).geometry.to_numpy()), lambda xy: xy / 1000)
    inside = shapely.intersects_xy(whole, *_on_plane(crs, PointSet.of(events)))
    if not inside.all():
        raise DataError(
            "boundary must contain all events",
            [f"{int((~inside).sum())} of {len(events)} lie outside: {shorten_list(events.index[~inside])}"],
            "drop these events, or pass a boundary that contains them",
        )
    return Ground(whole.simplify(detail_km), *_on_plane(crs, sample_points))


def _on_plane(crs: pyproj.CRS, points: PointSet) -> tuple[FloatArray, FloatArray]:
    x, y = pyproj.Transformer.from_crs(4326, crs, always_xy=True).transform(points.x, points.y)
    return np.asarray(x) / 1000, np.asarray(y) / 1000


def _edges(area: shapely.Geometry) -> FloatArray:
    """Return the edges of all rings as rows of x, y, x, y, with the inside on the left."""
    rings = shapely.get_rings(shapely.get_parts(shapely.orient_polygons(area, exterior_cw=False)))
    corners = [shapely.get_coordinates(ring) for ring in rings]
    return np.concatenate([np.hstack([ring[:-1], ring[1:]]) for ring in corners])


def _arc_shares(circles: plain.Circle, edges: FloatArray) -> FloatArray:
    """Return the share of each circle that lies inside the area with these edges."""
    share = np.ones(len(circles.x))
    if not ARC_SHARES.pays(len(share) * len(edges)):
        plain.arc_shares(circles, edges, share)
        return share
    from ...kernels import circles as kernel

    def run(part: slice) -> None:
        kernel.arc_shares(plain.Circle(*(values[part] for values in circles)), edges, share[part])

    size = max(1, -(-len(share) // _CHUNKS))
    share_out(
        run, [slice(first, first + size) for first in range(0, len(share), size)], cost=30.0 * len(share) * len(edges)
    )
    return share
