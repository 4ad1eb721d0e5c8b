"""Checks of the points and polygons of a table, and of their reference system."""

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from .arrays import BoolArray, FloatArray
from .errors import CRSError, shorten_list
from .faults import Fault
from .geodesy import crosses_antimeridian
from .projection import crs_fault


def coordinates(shapes: npt.NDArray[np.object_]) -> FloatArray:
    """Return x and y of points, NaN where empty; of other shapes, their smallest. Bounds are read faster than coordinates."""
    return np.ascontiguousarray(shapely.bounds(shapes)[:, :2])


def points_present(events: gpd.GeoDataFrame) -> BoolArray:
    """Return which events have a point."""
    return ~np.isnan(coordinates(events.geometry.to_numpy())[:, 0])


def has_geometry(frame: object) -> bool:
    """Return whether a table is a GeoDataFrame with an active column of geometry."""
    if not isinstance(frame, gpd.GeoDataFrame) or list(frame.columns).count(frame.active_geometry_name) != 1:
        return False
    return isinstance(frame.dtypes[frame.active_geometry_name], gpd.array.GeometryDtype)


def geometry_faults(frame: pd.DataFrame, kind: str) -> list[Fault]:
    """Return the faults of the geometry of a table: "points", "points or none" or "polygons"."""
    optional, kind = kind == "points or none", kind.removesuffix(" or none")
    if not isinstance(frame, gpd.GeoDataFrame):
        return [Fault(f"expected a GeoDataFrame of {kind}; got a plain DataFrame without geometry")]
    if not has_geometry(frame):
        held = frame.get(frame.active_geometry_name)
        what = (
            f"the geometry column holds {held.dtype}, not {kind}"
            if isinstance(held, pd.Series)
            else "no active geometry column"
        )
        return [Fault(f"{what}; set a column of {kind} with .set_geometry(name)")]
    series = frame.geometry
    shapes = series.to_numpy()
    type_ids = shapely.get_type_id(shapes)  # -1 for None
    corners = coordinates(shapes)
    empty, unsure = type_ids < 0, np.flatnonzero(np.isnan(corners[:, 0]))
    empty[unsure] |= shapely.is_empty(shapes[unsure])
    present = ~empty
    if optional:
        empty = np.zeros(len(empty), dtype=bool)
    elif kind == "points" and "city" in frame and frame.index.name == "event_id":
        empty = empty & frame["city"].isna().to_numpy()  # the city can supply the point
    faults = [Fault.at("empty geometry", frame.index, empty)] if empty.any() else []
    types = {"points": (0,), "polygons": (3, 6)}[kind]  # GEOS numbers of Point, Polygon, MultiPolygon
    other = present & ~np.logical_or.reduce([type_ids == type_id for type_id in types])
    if other.any():
        faults.append(Fault.at(f"not {kind} but {shorten_list(series.geom_type[other].unique())}", frame.index, other))
    if kind == "polygons":
        return faults + _polygon_faults(series, present & ~other)
    return faults + _point_faults(series, corners, present & ~other)


def _point_faults(points: gpd.GeoSeries, corners: FloatArray, present: BoolArray) -> list[Fault]:
    lon, lat = np.where(present, corners.T, 0.0)
    faults = []
    odd = present & ~(np.isfinite(lon) & np.isfinite(lat))
    if odd.any():
        faults.append(Fault.at("NaN or infinite coordinates", points.index, odd))
    if points.crs is None or points.crs.is_geographic:
        high = present & ~odd & (np.abs(lat) > 90)
        if high.any():
            swapped = (np.abs(lon[high]) <= 90).all() and (np.abs(lat[high]) <= 180).all()
            hint = "; longitude and latitude look swapped" if swapped else ""
            faults.append(Fault.at("latitude outside -90...90", points.index, high, hint))
        far = present & ~odd & ~high & (np.abs(lon) > 180)
        if far.any():
            hint = (
                "; subtract 360 from longitudes above 180" if (lon[far] <= 360).all() and (lon[far] > 0).all() else ""
            )
            faults.append(Fault.at("longitude outside -180...180", points.index, far, hint))
    return faults


def _polygon_faults(polygons: gpd.GeoSeries, present: BoolArray) -> list[Fault]:
    shapes, faults = polygons.to_numpy(), list[Fault]()
    bounds = shapely.bounds(shapes)
    odd = present & ~np.isfinite(bounds).all(axis=1)
    if odd.any():
        return [Fault.at("NaN or infinite coordinates", polygons.index, odd)]
    if polygons.crs is None or polygons.crs.is_geographic:
        for at, word in ((1, "latitude outside -90...90"), (0, "longitude outside -180...180")):
            high = present & (np.abs(bounds[:, [at, at + 2]]) > (360, 90)[at] + 1e-6).any(axis=1)
            if high.any():
                return [Fault.at(word, polygons.index, high)]
        uncut = np.zeros(len(shapes), dtype=bool)
        uncut[present] = crosses_antimeridian(shapes[present])
        if uncut.any():
            hint = "; cut them there with repair_regions"
            faults.append(Fault.at("polygons drawn across 180 degrees", polygons.index, uncut, hint))
            present = present & ~uncut
    bad = present & ~shapely.is_valid(shapes)
    if not bad.any():
        return faults
    first = shapely.is_valid_reason(shapes[int(np.argmax(bad))])
    return [
        *faults,
        Fault.at("invalid polygons", polygons.index, bad, f"; the first: {first}; repair them with .make_valid()"),
    ]


def check_crs(name: str, frame: gpd.GeoDataFrame) -> None:
    """Raise `CRSError` unless the coordinates are longitude and latitude in WGS 84."""
    fault = crs_fault(frame.crs)
    if fault is not None:
        raise CRSError(name, *fault)
