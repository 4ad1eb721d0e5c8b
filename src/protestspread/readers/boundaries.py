"""Clip regions to an area, dissolve them into larger ones, and repair invalid polygons."""

import warnings
from collections.abc import Callable

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from ..arguments import Arguments
from ..arrays import BoolArray
from ..checks import has_geometry
from ..errors import DataError, DataWarning, SchemaError, shorten_list
from ..geodesy import crosses_antimeridian, unwrap_ring
from ..projection import equal_area_crs
from ..tables import check_regions

_POLYGONS, _COLLECTION = (3, 6), 7  # numbers of GEOS for Polygon and MultiPolygon, and for GeometryCollection


def repair_regions(regions: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Repair polygons, and name the regions that were repaired.

    Polygons drawn across 180 degrees are cut there. Of a collection with lines or points, only the polygons are kept. Invalid
    polygons are made valid (GEOS ``make_valid``, structure method). A region without any polygon is left unchanged.

    Parameters
    ----------
    regions
        Regions, some of which may have polygons that are not valid.

    Returns
    -------
    GeoDataFrame
        A copy with valid polygons.

    Warns
    -----
    DataWarning
        The regions that were repaired.

    Raises
    ------
    SchemaError, CRSError
        The repaired table is not a valid table of regions.

    Examples
    --------
    >>> import warnings, protestspread as ps, shapely, geopandas as gpd, pandas as pd
    >>> bow = gpd.GeoDataFrame({"name": ["Bow"]}, index=pd.Index(["B"], name="region_id"),
    ...                        geometry=[shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])], crs=4326)
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     repaired = ps.repair_regions(bow)
    >>> bool(repaired.is_valid.all()), str(caught[0].message)
    (True, 'repair_regions: invalid polygons were repaired in 1 of 1 regions: B')
    """
    check_has_geometry(regions)
    shapes = regions.geometry.to_numpy().copy()
    notes = []
    for words, repair in (
        ("lines or points were dropped beside polygons", _drop_lines),
        ("polygons drawn across 180 degrees were cut there", _cut_at_antimeridian),
        ("invalid polygons were repaired", _make_valid),
    ):
        if repair is _cut_at_antimeridian and (regions.crs is None or not regions.crs.is_geographic):
            continue
        changed = repair(shapes)
        if changed.any():
            names = shorten_list(regions.index[changed], 20)
            notes.append(f"{words} in {int(changed.sum())} of {len(changed)} regions: {names}")
    if notes:
        warnings.warn(DataWarning(f"repair_regions: {'; '.join(notes)}"), stacklevel=2)
    result = regions.set_geometry(gpd.GeoSeries(shapes, index=regions.index, crs=regions.crs))
    check_regions(result)
    return result


def _drop_lines(shapes: npt.NDArray[np.object_]) -> BoolArray:
    """Replace collections by their polygons, in place; return which were replaced."""
    return _replace(shapes, shapely.get_type_id(shapes) == _COLLECTION, polygons_of)


def _make_valid(shapes: npt.NDArray[np.object_]) -> BoolArray:
    bad = ~shapely.is_valid(shapes) & ~shapely.is_missing(shapes)
    return _replace(
        shapes, bad, lambda shape: polygons_of(shapely.make_valid(shape, method="structure", keep_collapsed=False))
    )


def _cut_at_antimeridian(shapes: npt.NDArray[np.object_]) -> BoolArray:
    polygonal = np.isin(shapely.get_type_id(shapes), _POLYGONS) & ~shapely.is_empty(shapes)
    crosses = np.zeros(len(shapes), dtype=bool)
    crosses[polygonal] = crosses_antimeridian(shapes[polygonal])
    return _replace(shapes, crosses, cut_at_antimeridian)


def _replace(
    shapes: npt.NDArray[np.object_], rows: BoolArray, repair: Callable[[shapely.Geometry], shapely.Geometry]
) -> BoolArray:
    """Replace shapes in place where the repaired one is not empty; return which were replaced."""
    rows = rows.copy()
    for row in np.flatnonzero(rows):
        repaired = repair(shapes[row])
        rows[row] = not repaired.is_empty
        shapes[row] = repaired if rows[row] else shapes[row]
    return rows


def cut_at_antimeridian(shape: shapely.Geometry) -> shapely.Geometry:
    """Return a polygon drawn across 180 degrees, or in longitudes beyond 180, in parts within -180 and 180."""
    parts = []
    for polygon in shapely.get_parts(shape):
        whole = shapely.make_valid(_unwrapped(polygon), method="structure", keep_collapsed=False)
        first, last = (int(np.floor((edge + 180) / 360)) for edge in shapely.bounds(whole)[[0, 2]])
        for turn in range(first, last + 1):
            world = shapely.box(360 * turn - 180, -90, 360 * turn + 180, 90)
            part = polygons_of(shapely.intersection(whole, world))
            parts.append(shapely.transform(part, lambda points, turn=turn: points - [360 * turn, 0]))
    return polygons_of(shapely.union_all(parts))


def _unwrapped(polygon: shapely.Polygon) -> shapely.Polygon:
    """Return a polygon whose rings do not jump across 180 degrees, with its holes inside its shell."""
    shell, *holes = [shapely.get_coordinates(ring) for ring in shapely.get_rings(polygon)]
    for ring in (shell, *holes):
        lon = unwrap_ring(ring[:, 0])
        ring[:, 0] = ring[:, 0] if lon is None else lon
    middle = (shell[:, 0].min() + shell[:, 0].max()) / 2
    for hole in holes:
        hole[:, 0] += 360 * np.round((middle - (hole[:, 0].min() + hole[:, 0].max()) / 2) / 360)
    return shapely.Polygon(shell, holes)


def check_has_geometry(regions: object) -> None:
    """Raise `SchemaError` if a table is no GeoDataFrame with a geometry column."""
    if not has_geometry(regions):
        raise SchemaError(
            "regions",
            [f"expected a GeoDataFrame with a geometry column; got {type(regions).__name__}"],
            "read them with read_regions, or set the column with .set_geometry(name)",
        )


def clip_regions(
    regions: gpd.GeoDataFrame, to: gpd.GeoDataFrame | gpd.GeoSeries | shapely.Geometry
) -> gpd.GeoDataFrame:
    """Clip regions to an area, such as a country or a coastline.

    Parameters
    ----------
    regions
        Regions.
    to
        The area: a table of polygons (any reference system), or a shapely polygon in longitude and latitude.

    Returns
    -------
    GeoDataFrame
        The regions that overlap the area, clipped to it, with ``area_share``: the share of its area that each region keeps
        (equal-area projection). ``population`` and all other columns still describe the whole region.

    Warns
    -----
    DataWarning
        Regions outside the area, which are dropped.

    Raises
    ------
    SchemaError, CRSError
        `regions` is not a valid table of regions.
    DataError
        No region overlaps the area, or the area has no reference system.

    Examples
    --------
    >>> import protestspread as ps, shapely
    >>> regions = ps.load_case("kazakhstan_2022").regions.loc[["KZ-ALA", "KZ-ALM"]]
    >>> ps.clip_regions(regions, shapely.box(60, 40, 90, 50))["area_share"].round(2).tolist()
    [1.0, 1.0]
    """
    check_regions(regions)
    with Arguments() as check:
        check.instance(
            "to", to, (gpd.GeoDataFrame, gpd.GeoSeries, shapely.Geometry), "a table of polygons, or a shapely polygon"
        )
    area = _to_polygon(to)
    clipped_shapes = np.array(
        [polygons_of(shape) for shape in shapely.intersection(regions.geometry.to_numpy(), area)], dtype=object
    )
    outside = shapely.is_empty(clipped_shapes)
    if outside.all():
        raise DataError(
            f"to must overlap at least one region; none of the {len(outside)} regions overlaps it",
            fix="give longitude and latitude in degrees, longitude first, or a table with its reference system",
        )
    if outside.any():
        warnings.warn(
            DataWarning(
                f"clip_regions: {int(outside.sum())} of {len(outside)} regions lie outside the area and were dropped: "
                f"{shorten_list(regions.index[outside])}"
            ),
            stacklevel=2,
        )
    plane = equal_area_crs(regions)
    before = regions.geometry.to_crs(plane).area.to_numpy()
    clipped = regions.set_geometry(gpd.GeoSeries(clipped_shapes, index=regions.index, crs=regions.crs))
    clipped["area_share"] = np.minimum(clipped.geometry.to_crs(plane).area.to_numpy() / before, 1.0)
    return clipped[~outside].copy()


def dissolve_regions(regions: gpd.GeoDataFrame, by: str, *, name: str | None = None) -> gpd.GeoDataFrame:
    """Dissolve regions into larger ones, such as districts into provinces.

    Parameters
    ----------
    regions
        Regions.
    by
        The column with the larger region of each; it becomes the ``region_id``.
    name
        The column with the names of the larger regions (default: `by`).

    Returns
    -------
    GeoDataFrame
        Index ``region_id``; ``name``; ``population``, the sum, missing if any member's is missing; ``members``, the number of
        regions dissolved; other columns where all members have the same value.

    Raises
    ------
    SchemaError, CRSError
        `regions` is not a valid table of regions.
    DataError
        A column is missing, or has no value for some regions.

    Examples
    --------
    >>> import protestspread as ps
    >>> regions = ps.load_case("kazakhstan_2022").regions
    >>> halves = ps.dissolve_regions(regions.assign(half=["oil" if oil else "other" for oil in regions["oil_gas"]]), "half")
    >>> halves["members"].to_dict()
    {'oil': 4, 'other': 13}
    """
    check_regions(regions)
    with Arguments() as check:
        check.text("by", by)
        check.text("name", name, optional=True)
    missing = [column for column in (by, name) if column is not None and column not in regions]
    if missing:
        raise DataError(
            "by and name must be columns of regions",
            [f"there is no column {c!r}" for c in missing],
            f"choose from {shorten_list(regions.columns, 30)}",
        )
    unassigned = regions[by].isna().to_numpy()
    if unassigned.any():
        raise DataError(
            f"column '{by}' must have a value for every region",
            [
                f"it is missing for {int(unassigned.sum())} of {len(unassigned)} regions ({shorten_list(regions.index[unassigned])})"
            ],
            "fill the column, or drop these regions",
        )
    groups = regions.groupby(by, sort=True, observed=True)
    table = {
        column: groups[column].agg(_common_value)
        for column in regions.columns
        if column not in (by, "name", "population", regions.geometry.name)
    }
    dissolved = pd.DataFrame({"name": groups[name or by].first(), **table, "members": groups.size()})
    if "population" in regions:
        dissolved["population"] = (
            groups["population"].sum(min_count=1).mask(groups["population"].count() < groups.size())
        )
    dissolved = dissolved.loc[
        :, [c for c in dissolved if c in ("name", "members", "population") or dissolved[c].notna().any()]
    ]
    shapes = [polygons_of(shapely.union_all(group.geometry.to_numpy())) for _, group in groups]
    dissolved.index = pd.Index([str(key) for key in dissolved.index], name="region_id", dtype=object)
    result = gpd.GeoDataFrame(dissolved, geometry=gpd.GeoSeries(shapes, index=dissolved.index, crs=regions.crs))
    result["name"] = result["name"].astype(str).astype(object)
    check_regions(result)
    return result


def polygons_of(shape: shapely.Geometry) -> shapely.Geometry:
    """Return the polygonal parts of a geometry, or an empty polygon if it has none."""
    if shape.geom_type in ("Polygon", "MultiPolygon"):
        return shape
    parts = [part for part in shapely.get_parts(shapely.get_parts([shape])) if part.geom_type == "Polygon"]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts) if parts else shapely.Polygon()


def _to_polygon(to: gpd.GeoDataFrame | gpd.GeoSeries | shapely.Geometry) -> shapely.Geometry:
    if isinstance(to, shapely.Geometry):
        return _valid(np.array([to], dtype=object))
    if isinstance(to, gpd.GeoDataFrame) and not has_geometry(to):
        raise DataError("to must have a geometry column; got a table without", fix="set it with .set_geometry(name)")
    if to.crs is None:
        raise DataError(
            "to must have a reference system; got none",
            fix="call to.set_crs(4326) if its coordinates are longitude and latitude",
        )
    shapes: npt.NDArray[np.object_] = to.geometry.to_crs(4326).to_numpy()
    return _valid(shapes)


def _valid(shapes: npt.NDArray[np.object_]) -> shapely.Geometry:
    """Return the union of shapes; raise `DataError` where a coordinate is not finite."""
    present = shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]
    if not np.isfinite(shapely.get_coordinates(present)).all():
        raise DataError("to must have finite coordinates; got NaN or infinite ones", fix="correct the shapes")
    return shapely.union_all(shapely.make_valid(present))


def _common_value(values: pd.Series) -> object:
    """Return the value that all rows share, or None."""
    distinct = values.dropna().unique()
    return distinct[0] if len(distinct) == 1 and values.notna().all() else None
