"""Read regions, cities and the links between cities."""

from pathlib import Path

import geopandas as gpd
import pandas as pd

from ..errors import CRSError, SchemaError, shorten_list
from ..geodesy import WGS84
from ..tables import REGIONS, check_cities, check_links
from .boundaries import repair_regions
from .columns import convert_columns
from .files.open import open_table
from .geonames import is_geonames, towns
from .sources.source import LATITUDE, LONGITUDE


def read_regions(
    path: str | Path,
    *,
    region_id: str,
    name: str | None = None,
    population: str | None = None,
    layer: str | None = None,
    repair: bool = False,
) -> gpd.GeoDataFrame:
    """Read regions: polygons with an id.

    Parameters
    ----------
    path
        GeoJSON, GeoPackage, GeoParquet, FlatGeobuf or Shapefile in any reference system that the file declares;
        coordinates are converted to longitude and latitude.
    region_id, name, population
        Columns of the file: the id, the name (default: the id) and the number of inhabitants.
    layer
        The layer to read, if the file has several.
    repair
        Repair invalid polygons with a warning (see `repair_regions`); by default they are an error.

    Returns
    -------
    GeoDataFrame
        Index ``region_id``, ``name``, ``population`` (if given), the other columns of the file, ``geometry`` (EPSG:4326).

    Raises
    ------
    FileError
        The file cannot be opened.
    SchemaError, CRSError
        A column is missing, ids repeat, polygons are empty or invalid (all named), or the file has no reference system.

    Warns
    -----
    DataWarning
        With `repair`: the regions that were repaired.

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
    frame = open_table(path, layer=layer)
    if not isinstance(frame, gpd.GeoDataFrame):
        raise SchemaError(
            "regions",
            [f"{Path(path).name} must have a geometry column; its columns are {shorten_list(frame.columns)}"],
            "read a file with polygons, such as GeoJSON or GeoPackage",
        )
    missing = [column for column in (region_id, name, population) if column is not None and column not in frame]
    if missing:
        raise SchemaError(
            "regions",
            [f"there is no column {c!r}; {Path(path).name} has {shorten_list(frame.columns, 30)}" for c in missing],
            "choose region_id, name and population among the columns of the file",
        )
    if frame.crs is None:
        raise CRSError(
            "regions",
            [f"{Path(path).name} has no reference system"],
            "set it with geopandas.read_file(path).set_crs(...) and save the file again",
        )
    regions = frame.to_crs(WGS84).rename(columns={population: "population"} if population else {})
    if name is not None and name != "name":
        regions["name"] = regions[name]
    ids = regions[region_id].astype("string")
    regions = regions.drop(columns=[c for c in {region_id, "id"} if c in regions and c != "name"])
    if "name" not in regions:
        regions["name"] = ids.to_numpy(dtype=object)
    regions.index = pd.Index(ids.astype(object).where(ids.notna(), None), name="region_id")
    regions, faults = convert_columns(regions, numbers=["population"])
    if faults:
        raise SchemaError("regions", faults, "correct these rows in the file")
    if repair:
        return repair_regions(regions)
    REGIONS.check(regions, fix="pass repair=True to repair invalid polygons; correct all other faults in the file")
    return regions


def read_cities(
    path_or_frame: str | Path | pd.DataFrame, *, city: str = "city", population: str | None = "population"
) -> gpd.GeoDataFrame:
    """Read cities: points with a name.

    Parameters
    ----------
    path_or_frame
        A table with the city's name and ``longitude``, ``latitude`` (or ``lon``, ``lat``) in degrees, or points;
        optionally ``region_id``, ``in_frame``, ``aliases`` (separated by ``;``).
    city, population
        Columns of the table with the name and the number of inhabitants.

    Returns
    -------
    GeoDataFrame
        Index ``city``, ``population`` (if given), the other columns, ``geometry`` (points, EPSG:4326).

    Raises
    ------
    FileError, SchemaError, CRSError
        As `read_events`.

    Examples
    --------
    >>> import pandas as pd, protestspread as ps
    >>> towns = pd.DataFrame({"city": ["Aktau", "Oral"], "lon": [51.17, 51.43], "lat": [43.66, 51.25]})
    >>> list(ps.read_cities(towns).index)
    ['Aktau', 'Oral']
    """
    frame = path_or_frame if isinstance(path_or_frame, pd.DataFrame) else open_table(path_or_frame)
    if is_geonames(frame):
        frame, city, population = towns(frame), "city", "population"
    if city not in frame and frame.index.name == city:
        frame = frame.reset_index()
    if city not in frame:
        raise SchemaError(
            "cities",
            [f"there is no column {city!r}; the table has {shorten_list(frame.columns, 30)}"],
            "pass the column with the names as city",
        )
    lon, lat = (next((c for c in names if c in frame), None) for names in (LONGITUDE, LATITUDE))
    spatial = isinstance(frame, gpd.GeoDataFrame)
    if not spatial and (lon is None or lat is None):
        raise SchemaError(
            "cities",
            [f"longitude and latitude are missing; the table has {shorten_list(frame.columns, 30)}"],
            "add the columns longitude and latitude, in degrees",
        )
    frame = frame.rename(columns={population: "population"} if population else {})
    names = frame[city].astype("string").str.strip()
    frame = frame.drop(columns=city).set_index(pd.Index(names.astype(object).where(names.notna(), None), name="city"))
    numeric = ["population", "population_year", *([lon, lat] if lon and lat else [])]
    frame, faults = convert_columns(frame, numbers=numeric, booleans=["in_frame", "is_regional_capital", "oil_gas"])
    if faults:
        raise SchemaError("cities", faults, "correct these rows in the table")
    if spatial:
        if frame.crs is None:
            raise CRSError(
                "cities",
                ["the points have no reference system"],
                "call frame.set_crs(4326) if they are longitude and latitude",
            )
        cities = gpd.GeoDataFrame(frame).to_crs(WGS84)
    else:
        points = gpd.points_from_xy(frame[lon], frame[lat])
        cities = gpd.GeoDataFrame(frame.drop(columns=[c for c in (lon, lat) if c]), geometry=points, crs=WGS84)
    check_cities(cities)
    return cities


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
    frame = path_or_frame if isinstance(path_or_frame, pd.DataFrame) else open_table(path_or_frame)
    links, faults = convert_columns(frame, numbers=["km"], booleans=["estimated"])
    if faults:
        raise SchemaError("links", faults, "correct these rows in the table")
    links.index = pd.RangeIndex(len(links), name="link_id")
    check_links(links, cities)
    return links
