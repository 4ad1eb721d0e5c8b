"""Cut regions to an area, join them to larger ones, mend those that cross themselves."""

import warnings

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from ..errors import DataError, DataWarning, shorten_list
from ..projection import equal_area_crs
from ..tables import check_regions


def repair_regions(regions: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Mend polygons that cross themselves, and name those that were mended.

    Only the parts that are polygons stay (GEOS ``make_valid``, structure method); a region of which none stays is left as it is.

    Parameters
    ----------
    regions
        Regions, apart from polygons that are not valid.

    Returns
    -------
    GeoDataFrame
        A table of its own, whose polygons are valid.

    Warns
    -----
    DataWarning
        Which regions were mended.

    Raises
    ------
    SchemaError, CRSError
        What is left is no table of regions.

    Examples
    --------
    >>> import warnings, shapely, geopandas as gpd, pandas as pd
    >>> bow = gpd.GeoDataFrame({"name": ["Bow"]}, index=pd.Index(["B"], name="region_id"),
    ...                        geometry=[shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])], crs=4326)
    >>> with warnings.catch_warnings(record=True) as said:
    ...     warnings.simplefilter("always")
    ...     mended = repair_regions(bow)
    >>> bool(mended.is_valid.all()), str(said[0].message)
    (True, 'polygons that crossed themselves were mended: B')
    """
    shapes = regions.geometry.to_numpy()
    bad = ~shapely.is_valid(shapes) & ~shapely.is_missing(shapes)
    mended = shapes.copy()
    mended[bad] = [
        polygons_of(shape) for shape in shapely.make_valid(shapes[bad], method="structure", keep_collapsed=False)
    ]
    bad &= ~shapely.is_empty(mended)
    if bad.any():
        warnings.warn(
            DataWarning(f"polygons that crossed themselves were mended: {shorten_list(regions.index[bad], 20)}"),
            stacklevel=2,
        )
    result = regions.set_geometry(gpd.GeoSeries(np.where(bad, mended, shapes), index=regions.index, crs=regions.crs))
    check_regions(result)
    return result


def clip_regions(
    regions: gpd.GeoDataFrame, to: gpd.GeoDataFrame | gpd.GeoSeries | shapely.Geometry
) -> gpd.GeoDataFrame:
    """Cut regions to an area: a country out of a continent, a coast out of sea borders.

    Parameters
    ----------
    regions
        Regions.
    to
        The area: a table of polygons (any reference system), or a shapely polygon in longitude and latitude.

    Returns
    -------
    GeoDataFrame
        The regions that overlap the area, cut to it, with ``area_share``: how much of its area each kept (equal-area).
        ``population`` and all else stay as they were, of the whole region.

    Warns
    -----
    DataWarning
        Regions that lie outside and are gone.

    Raises
    ------
    SchemaError, CRSError
        A table is not what it should be.
    DataError
        No region overlaps the area.

    Examples
    --------
    >>> import protestspread as ps, shapely
    >>> regions = ps.load_case("kazakhstan_2022").regions.loc[["KZ-ALA", "KZ-ALM"]]
    >>> ps.clip_regions(regions, shapely.box(60, 40, 90, 50))["area_share"].round(2).tolist()
    [1.0, 1.0]
    """
    check_regions(regions)
    area = shapely.make_valid(_area(to))
    cut = np.array(
        [polygons_of(shape) for shape in shapely.intersection(regions.geometry.to_numpy(), area)], dtype=object
    )
    gone = shapely.is_empty(cut)
    if gone.all():
        raise DataError("the regions cannot be cut", ["no region overlaps the area"], "longitude first, and in degrees")
    if gone.any():
        warnings.warn(
            DataWarning(
                f"clip_regions: {int(gone.sum())} of {len(gone)} regions lie outside: {shorten_list(regions.index[gone])}"
            ),
            stacklevel=2,
        )
    plane = equal_area_crs(regions)
    before = regions.geometry.to_crs(plane).area.to_numpy()
    clipped = regions.set_geometry(gpd.GeoSeries(cut, index=regions.index, crs=regions.crs))
    clipped["area_share"] = np.minimum(clipped.geometry.to_crs(plane).area.to_numpy() / before, 1.0)
    return clipped[~gone].copy()


def dissolve_regions(regions: gpd.GeoDataFrame, by: str, *, name: str | None = None) -> gpd.GeoDataFrame:
    """Join regions to larger ones: districts to provinces, say.

    Parameters
    ----------
    regions
        Regions.
    by
        The column that says what each belongs to; it becomes the ``region_id``.
    name
        The column with the names of the larger regions (default: `by`).

    Returns
    -------
    GeoDataFrame
        Index ``region_id``; ``name``; ``population``, the sum, missing where that of a member is; ``members``, how many were
        joined; other columns where all members agree.

    Raises
    ------
    SchemaError, CRSError
        The table is not what it should be.
    DataError
        There is no such column, or regions that belong nowhere.

    Examples
    --------
    >>> import protestspread as ps
    >>> regions = ps.load_case("kazakhstan_2022").regions
    >>> halves = ps.dissolve_regions(regions.assign(half=["oil" if oil else "other" for oil in regions["oil_gas"]]), "half")
    >>> halves["members"].to_dict()
    {'oil': 4, 'other': 13}
    """
    check_regions(regions)
    missing = [column for column in (by, name) if column is not None and column not in regions]
    if missing:
        raise DataError(
            "the regions cannot be joined",
            [f"there is no column {c!r}" for c in missing],
            f"one of {shorten_list(regions.columns, 30)}",
        )
    nowhere = regions[by].isna().to_numpy()
    if nowhere.any():
        raise DataError(
            "the regions cannot be joined",
            [f"'{by}' is missing for {shorten_list(regions.index[nowhere])}"],
            "fill it, or leave them out",
        )
    groups = regions.groupby(by, sort=True, observed=True)
    table = {
        column: groups[column].agg(_agreed)
        for column in regions.columns
        if column not in (by, "name", "population", regions.geometry.name)
    }
    joined = pd.DataFrame({"name": groups[name or by].first(), **table, "members": groups.size()})
    if "population" in regions:
        joined["population"] = groups["population"].sum(min_count=1).mask(groups["population"].count() < groups.size())
    joined = joined.loc[:, [c for c in joined if c in ("name", "members", "population") or joined[c].notna().any()]]
    shapes = [polygons_of(shapely.union_all(group.geometry.to_numpy())) for _, group in groups]
    joined.index = pd.Index([str(key) for key in joined.index], name="region_id", dtype=object)
    result = gpd.GeoDataFrame(joined, geometry=gpd.GeoSeries(shapes, index=joined.index, crs=regions.crs))
    result["name"] = result["name"].astype(str).astype(object)
    check_regions(result)
    return result


def polygons_of(shape: shapely.Geometry) -> shapely.Geometry:
    """Return the parts of a shape that are polygons; an empty polygon where there are none."""
    if shape.geom_type in ("Polygon", "MultiPolygon"):
        return shape
    parts = [part for part in shapely.get_parts(shapely.get_parts([shape])) if part.geom_type == "Polygon"]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts) if parts else shapely.Polygon()


def _area(to: gpd.GeoDataFrame | gpd.GeoSeries | shapely.Geometry) -> shapely.Geometry:
    if isinstance(to, shapely.Geometry):
        return to
    if to.crs is None:
        raise DataError("the regions cannot be cut", ["the area has no reference system"], "area.set_crs(4326)")
    shapes: npt.NDArray[np.object_] = to.geometry.to_crs(4326).to_numpy()
    return shapely.union_all(shapely.make_valid(shapes))


def _agreed(values: pd.Series) -> object:
    """Return the one value that all have, or None."""
    distinct = values.dropna().unique()
    return distinct[0] if len(distinct) == 1 and values.notna().all() else None
