"""Read regions, cities and the links between cities."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from ..arguments import Arguments
from ..checks import has_geometry
from ..errors import CRSError, SchemaError, shorten_list
from ..faults import Fault
from ..geodesy import WGS84
from ..tables import REGIONS, check_cities, check_links
from .boundaries import repair_regions
from .columns import convert_columns, id_texts, to_text
from .files.open import open_any
from .geonames import is_geonames, towns
from .names import find_name
from .options import check_file_options
from .sources.source import LATITUDE, LONGITUDE


def read_regions(
    path_or_frame: str | Path | gpd.GeoDataFrame,
    *,
    region_id: str,
    name: str | None = None,
    population: str | None = None,
    layer: str | None = None,
    encoding: str | None = None,
    crs: Any = None,
    repair: bool = False,
) -> gpd.GeoDataFrame:
    """Read regions: polygons with an id.

    Parameters
    ----------
    path_or_frame
        A GeoDataFrame, or a file: GeoJSON, TopoJSON, GeoPackage, GeoParquet, FlatGeobuf or Shapefile, in any reference
        system that it declares; coordinates are converted to longitude and latitude (EPSG:4326).
    region_id, name, population
        Columns of the table: the id, the name (default: the id) and the number of inhabitants. Case, spaces, underscores and
        dots do not matter. Ids of whole numbers are text without a decimal point: "12", not "12.0".
    layer
        The layer to read, if the file has several.
    encoding
        The encoding of the names in a Shapefile, such as "cp1251", if it declares none (in a .cpg file) or a wrong one.
    crs
        The reference system, such as "EPSG:27700", of a table that names none; a table that names one keeps it.
    repair
        Repair polygons with a warning (see `repair_regions`): invalid ones, those drawn across 180 degrees, and collections
        with lines or points beside polygons. By default they are an error.

    Returns
    -------
    GeoDataFrame
        Index ``region_id``, ``name``, ``population`` (if given), the other columns of the file, ``geometry`` (EPSG:4326).

    Raises
    ------
    FileError
        The file cannot be opened.
    SchemaError, CRSError
        A column is missing, ids repeat, polygons are empty or invalid (all named), or the table has no reference system.
    DataError
        An option is not valid.

    Warns
    -----
    DataWarning
        With `repair`: the regions that were repaired. A Shapefile with letters outside ASCII declares no encoding.

    Notes
    -----
    Sources of regions for any country, with the file to use and the attribution required:

    - **Natural Earth** (naturalearthdata.com), Admin 1 – States, Provinces, 1:10m: ``ne_10m_admin_1_states_provinces.shp``
      with ``region_id="adm1_code"``, ``name="name"``; take one country with ``regions[regions["adm0_a3"] == "KEN"]``.
      Public domain; "Made with Natural Earth" is requested. Coarse: suitable for whole countries, not for border towns.
    - **geoBoundaries** (geoboundaries.org), gbOpen: ``geoBoundaries-KEN-ADM1.geojson`` with ``region_id="shapeID"``,
      ``name="shapeName"``. CC BY 4.0: credit geoBoundaries and the source in its metadata for the country
      (Runfola et al. 2020, PLoS ONE 15:e0231866, doi:10.1371/journal.pone.0231866).
    - **GADM** (gadm.org): ``gadm41_KEN.gpkg`` with ``layer="ADM_ADM_1"``, ``region_id="GID_1"``, ``name="NAME_1"``. Free for
      academic and other non-commercial use; redistributing the data needs permission, publishing maps does not. Credit GADM.

    Boundaries change: use those in force at the time of the events (``docs/regions.md`` lists more pitfalls).
    `clip_regions` clips regions to an area, `dissolve_regions` merges them into larger ones.

    Examples
    --------
    >>> import protestspread as ps
    >>> from protestspread._data import data_folder
    >>> path = data_folder() / "regions" / "kazakhstan_adm1_2022.geojson"
    >>> len(ps.read_regions(path, region_id="region_id", name="name", population="population"))
    17
    """
    with Arguments() as check:
        check.text("region_id", region_id)
        check.text("name", name, optional=True)
        check.text("population", population, optional=True)
        check.flag("repair", repair)
        check_file_options(check, layer=layer, encoding=encoding, crs=crs)
    frame = open_any(path_or_frame, layer=layer, encoding=encoding)
    table = "the table" if isinstance(path_or_frame, pd.DataFrame) else Path(path_or_frame).name
    if not has_geometry(frame):
        raise SchemaError(
            "regions",
            [f"{table} must have a geometry column; its columns are {shorten_list(frame.columns)}"],
            "read a file with polygons, such as GeoJSON or GeoPackage",
        )
    regions = _to_degrees("regions", gpd.GeoDataFrame(_with_index(frame, region_id)), crs, table)
    regions = _named_columns(regions, {"region_id": region_id, "name": name, "population": population}, table)
    ids = to_text(id_texts(regions["region_id"]))
    if name is None and "name" not in regions:
        regions["name"] = ids.to_numpy()
    regions = regions.drop(columns=[c for c in ("region_id", "id") if c in regions])
    regions.index = pd.Index(ids.to_numpy(), name="region_id", dtype=object)
    regions["name"] = to_text(regions["name"].astype("string"))
    regions, faults = convert_columns(regions, counts=["population"])
    if faults:
        raise SchemaError("regions", faults, "correct these rows in the file")
    if repair:
        return repair_regions(regions)
    REGIONS.check(regions, fix="pass repair=True to repair polygons; correct all other faults in the file")
    return regions


def read_cities(
    path_or_frame: str | Path | pd.DataFrame,
    *,
    city: str = "city",
    population: str | None = "population",
    region: str = "region_id",
    layer: str | None = None,
    encoding: str | None = None,
    crs: Any = None,
) -> gpd.GeoDataFrame:
    """Read cities: points with a name.

    Parameters
    ----------
    path_or_frame
        A table with the city's name and ``longitude``, ``latitude`` (or ``lon``, ``lat``) in degrees, or points;
        optionally ``region_id``, ``in_frame``, ``aliases`` (separated by ``;``).
    city, population, region
        Columns of the table with the name, the number of inhabitants and the region of each city, which becomes
        ``region_id``. Case, spaces, underscores and dots do not matter.
    layer
        The layer or sheet to read, if the file has several.
    encoding
        The encoding of a text file (default: UTF-8), or of a Shapefile that declares none.
    crs
        The reference system of points in a table that names none. Columns of longitude and latitude are always degrees.

    Returns
    -------
    GeoDataFrame
        Index ``city``, ``population`` (if given), the other columns, ``geometry`` (points, EPSG:4326). Cities that share a name
        are told apart by their region in the index ("Springfield, IL"), and ``name`` has the plain name.

    Raises
    ------
    FileError, SchemaError, CRSError
        As `read_events`; also a name that repeats within one region, or without regions.
    DataError
        An option is not valid.

    Examples
    --------
    >>> import pandas as pd, protestspread as ps
    >>> towns = pd.DataFrame({"city": ["Aktau", "Oral"], "lon": [51.17, 51.43], "lat": [43.66, 51.25]})
    >>> list(ps.read_cities(towns).index)
    ['Aktau', 'Oral']
    """
    with Arguments() as check:
        check.text("city", city)
        check.text("population", population, optional=True)
        check.text("region", region)
        check_file_options(check, layer=layer, encoding=encoding, crs=crs)
    frame = open_any(path_or_frame, layer=layer, encoding=encoding)
    if is_geonames(frame):
        frame, city, population = towns(frame), "city", "population"
    frame = _with_index(frame, city)
    frame = _named_columns(
        frame, {"city": city}, "the table", fix="pass the column with the names as city", table="cities"
    )
    optional = {"population": population, "region_id": region}
    found = {
        name: column for name, column in optional.items() if column and find_name(frame.columns, column) is not None
    }
    standard = {name: name for name in _CITY_COLUMNS if find_name(frame.columns, name) is not None}
    frame = _named_columns(frame, standard | found, "the table")
    lon, lat = (next((c for c in names if c in frame), None) for names in (LONGITUDE, LATITUDE))
    spatial = has_geometry(frame)
    if not spatial and (lon is None or lat is None):
        raise SchemaError(
            "cities",
            [f"longitude and latitude are missing; the table has {shorten_list(frame.columns, 30)}"],
            "add the columns longitude and latitude, in degrees",
        )
    cities = _name_cities(frame)
    degrees = [lon, lat] if lon and lat else []
    cities, faults = convert_columns(
        cities,
        numbers=["population_year", *degrees],
        counts=["population"],
        booleans=["in_frame", "is_regional_capital", "oil_gas"],
    )
    if faults:
        raise SchemaError("cities", faults, "correct these rows in the table")
    if spatial:
        cities = _to_degrees("cities", gpd.GeoDataFrame(cities), crs, "the table")
    else:
        points = gpd.points_from_xy(cities[lon], cities[lat])
        cities = gpd.GeoDataFrame(cities.drop(columns=degrees), geometry=points, crs=WGS84)
    check_cities(cities)
    return cities


_CITY_COLUMNS = (*LONGITUDE, *LATITUDE, "region_id", "in_frame", "aliases")


def _name_cities(frame: pd.DataFrame) -> pd.DataFrame:
    """Return cities with distinct names as the index: a name that repeats is followed by its region."""
    names = frame["city"].astype("string").str.strip().mask(lambda texts: texts == "")
    blank = names.isna().to_numpy(dtype=bool)
    if blank.any():
        rows = pd.Index([f"row {number}" for number in range(1, len(frame) + 1)])
        raise SchemaError(
            "cities", [Fault.at("empty", rows, blank).of("city")], "give these rows a name, or remove them"
        )
    plain = names.to_numpy(dtype=object)
    cities = frame.drop(columns="city")
    if "region_id" in cities:
        cities["region_id"] = to_text(id_texts(cities["region_id"]))
    repeated = pd.Index(plain).duplicated(keep=False)
    if not repeated.any():
        return cities.set_index(pd.Index(plain, name="city", dtype=object))
    regions = cities["region_id"].to_numpy(dtype=object) if "region_id" in cities else np.full(len(cities), None)
    shared = repeated & (pd.MultiIndex.from_arrays([plain, regions]).duplicated(keep=False) | pd.isna(regions))
    if shared.any():
        reason = "city is not unique" + (" within its region" if "region_id" in cities else "")
        raise SchemaError(
            "cities",
            [f"{reason}: {shorten_list(dict.fromkeys(plain[shared]))}"],
            "name the column with the region of each city as region='...', or remove the repeated rows",
        )
    given = cities["name"].to_numpy(dtype=object) if "name" in cities else np.full(len(cities), None)
    cities["name"] = np.where(repeated | pd.isna(given), plain, given)
    full = [f"{city}, {of}" if twice else city for city, of, twice in zip(plain, regions, repeated, strict=True)]
    return cities.set_index(pd.Index(full, name="city", dtype=object))


def read_links(path_or_frame: str | Path | pd.DataFrame, cities: gpd.GeoDataFrame | None = None) -> pd.DataFrame:
    """Read links between cities: ``from_place``, ``to_place``, ``mode`` (road, rail, ...), ``km``, ``estimated``.

    Parameters
    ----------
    path_or_frame
        A table with ``from_place``, ``to_place`` and ``mode``. Links are undirected; list each pair once per mode.
    cities
        Cities to check the place names against.

    Returns
    -------
    DataFrame
        Index ``link_id`` (the row number); ``km`` as a number, ``estimated`` as a boolean.

    Raises
    ------
    FileError
        As `read_events`.
    SchemaError
        A place linked with itself, a pair listed twice for one mode, or a place that is not in `cities`.

    Examples
    --------
    >>> import protestspread as ps
    >>> ps.load_case("kazakhstan_2022").links["mode"].value_counts().to_dict()
    {'road': 88, 'rail': 49}
    """
    frame = open_any(path_or_frame)
    links, faults = convert_columns(frame, numbers=["km"], booleans=["estimated"])
    if faults:
        raise SchemaError("links", faults, "correct these rows in the table")
    links.index = pd.RangeIndex(len(links), name="link_id")
    check_links(links, cities)
    return links


def _with_index(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return a table whose index is also a column, if it has the wanted name."""
    return frame.reset_index() if find_name(frame.columns, name) is None and frame.index.name == name else frame


def _named_columns(
    frame: Any, wanted: Mapping[str, str | None], where: str, *, table: str = "regions", fix: str = ""
) -> Any:
    """Return a table with the columns that the user named under their standard names."""
    found = {standard: find_name(frame.columns, column) for standard, column in wanted.items() if column is not None}
    missing = [wanted[standard] for standard, column in found.items() if column is None]
    if missing:
        raise SchemaError(
            table,
            [f"there is no column {c!r}; {where} has {shorten_list(frame.columns, 30)}" for c in missing],
            fix or "choose region_id, name and population among the columns of the table",
        )
    if has_geometry(frame) and frame.active_geometry_name in found.values():
        raise SchemaError(table, [f"column {frame.active_geometry_name!r} holds the geometry"], "choose another column")
    result = frame.copy()
    for standard, column in found.items():
        result[standard] = frame[column]
    moved = [c for standard, c in found.items() if standard != "name" and c not in (*found, "name")]
    return result.drop(columns=list(dict.fromkeys(moved)))


def _to_degrees(name: str, table: gpd.GeoDataFrame, crs: object, where: str) -> gpd.GeoDataFrame:
    """Return a table in longitude and latitude; `crs` is used if it names no reference system."""
    if table.crs is None and crs is not None:
        table = table.set_crs(crs)
    if table.crs is None:
        raise CRSError(
            name,
            [f"{where} has no reference system"],
            "pass it as crs, such as crs='EPSG:4326' for longitude and latitude",
        )
    try:
        return table.to_crs(WGS84)
    except Exception as fault:  # pyproj and shapely raise many types of errors for bad geometry
        raise CRSError(
            name, [f"the coordinates of {where} cannot be converted: {fault}"], "check its reference system"
        ) from fault
