"""Equal-area map projections, chosen from the extent of the places, also across the antimeridian."""

import geopandas as gpd
import numpy as np
import pyproj
import shapely

from .arrays import FloatArray
from .errors import CRSError, SchemaError
from .geodesy import crs_fault

_FARTHEST_LON, _FARTHEST_LAT = 360.0, 90.0 + 1e-6
_SEAM_GRID_M = 1.0  # parts cut at the antimeridian are joined on this grid


def equal_area_crs(frame: gpd.GeoDataFrame) -> pyproj.CRS:
    """Choose an equal-area projection for the places of a table from their extent.

    The projection is Albers' conic for areas in the middle latitudes that are wider than tall, with standard parallels
    at 1/6 and 5/6 of the latitude range, and Lambert's azimuthal for all others. Both are centered on the middle of the
    *circular* range of longitudes, so that Russia and Fiji are drawn in one piece.

    Parameters
    ----------
    frame
        Places in longitude and latitude (EPSG:4326).

    Returns
    -------
    pyproj.CRS
        The projection, in meters.

    Raises
    ------
    CRSError
        The table has no reference system, or one that is not longitude and latitude.
    SchemaError
        The table has no geometry, or coordinates that are no degrees.

    Notes
    -----
    J. P. Snyder (1987), Map Projections: A Working Manual, USGS Professional Paper 1395, doi:10.3133/pp1395.

    Examples
    --------
    >>> import protestspread as ps
    >>> ps.equal_area_crs(ps.load_case("kazakhstan_2022").regions).coordinate_operation.method_name
    'Albers Equal Area'
    """
    if not isinstance(frame, gpd.GeoDataFrame | gpd.GeoSeries):
        need = f"expected a GeoDataFrame; got {type(frame).__name__}"
        raise SchemaError("places", [need], "pass places with a geometry, in longitude and latitude (EPSG:4326)")
    try:
        fault, shapes = crs_fault(frame.crs), frame.geometry.to_numpy()
    except (AttributeError, RecursionError):  # of pandas, if there is no such column, or two
        raise SchemaError("places", ["no active geometry column"], "call frame.set_geometry(name)") from None
    if fault is not None:
        raise CRSError("places", *fault)
    xy = shapely.get_coordinates(shapes)
    xy = xy if len(xy) else np.zeros((1, 2))
    if not (np.isfinite(xy).all() and (np.abs(xy) <= (_FARTHEST_LON, _FARTHEST_LAT)).all()):
        fix = "correct these coordinates, or call frame.to_crs(4326)"
        raise SchemaError("places", ["the coordinates are no longitudes and latitudes in degrees"], fix)
    west, width = _circular_span(xy[:, 0])
    south, north = float(xy[:, 1].min()), float(xy[:, 1].max())
    lon_0, lat_0 = round((west + width / 2 + 180) % 360 - 180, 2), round((south + north) / 2, 2)
    height = north - south
    wide = width * np.cos(np.radians(lat_0)) > 1.2 * height > 0
    if (
        wide
        and width < 270
        and min(abs(south), abs(north)) > 15
        and max(abs(south), abs(north)) < 80
        and south * north > 0
    ):
        lat_1, lat_2 = round(south + height / 6, 2), round(north - height / 6, 2)
        plane = f"+proj=aea +lat_1={lat_1} +lat_2={lat_2} +lat_0={lat_0} +lon_0={lon_0}"
    elif width >= 270 and abs(lat_0) > 45:  # places all around a pole
        plane = f"+proj=laea +lat_0={90 if lat_0 > 0 else -90} +lon_0=0"
    else:
        plane = f"+proj=laea +lat_0={lat_0} +lon_0={lon_0}"
    return pyproj.CRS.from_user_input(f"{plane} +datum=WGS84 +units=m +no_defs")


def to_plane(frame: gpd.GeoDataFrame, crs: pyproj.CRS) -> gpd.GeoDataFrame:
    """Project a table to ``crs`` and rejoin polygons cut at the antimeridian.

    The result is a copy; geometries that are invalid after projection are repaired.
    """
    plane = frame.to_crs(crs)
    shapes = plane.geometry.to_numpy().copy()
    areal = np.isin(shapely.get_type_id(shapes), (3, 6))
    bounds = shapely.bounds(frame.geometry.to_numpy())
    cut = areal & (bounds[:, 0] < -179.9) & (bounds[:, 2] > 179.9)
    invalid = areal & ~shapely.is_valid(shapes)
    for row in np.flatnonzero(cut | invalid):
        repaired = shapely.make_valid(shapes[row])
        if cut[row]:
            parts = shapely.get_parts(shapely.set_precision(repaired, _SEAM_GRID_M))
            repaired = shapely.union_all(parts[shapely.get_type_id(parts) == 3])
        shapes[row] = repaired
    return plane.set_geometry(gpd.GeoSeries(shapes, index=plane.index, crs=crs))


def _circular_span(lon: FloatArray) -> tuple[float, float]:
    """Return the western end and the width, in degrees, of the shortest arc that contains all longitudes."""
    around = np.unique(np.mod(lon, 360.0))
    gaps = np.diff(np.append(around, around[0] + 360.0))
    widest = int(np.argmax(gaps))
    return float(around[(widest + 1) % len(around)]), float(360.0 - gaps[widest])


def polygons_of(shape: shapely.Geometry) -> shapely.Geometry:
    """Keep only the polygons of a geometry; repairing one may leave lines and points."""
    if shape.geom_type in ("Polygon", "MultiPolygon"):
        return shape
    parts = shapely.get_parts(shape)
    return shapely.union_all(parts[np.isin(shapely.get_type_id(parts), (3, 6))])
