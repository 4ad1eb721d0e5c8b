"""Locate events and cities: by the name of a city, by the region that contains a point, or by the nearest place."""

import warnings

import geopandas as gpd
import numpy as np
import pandas as pd

from .arguments import Arguments
from .errors import DataError, DataWarning, shorten_list
from .gazetteer import accepted_cities, city_labels, region_aliases
from .geodesy import great_circle_km, points_present
from .locating import CityFinder, Located, describe_overlaps, find_regions, labels_at
from .lost import count_lost, lost_ids, mark_located, warn_of_lost
from .parallel import map_threads
from .tables import check_cities, check_events, check_places, check_regions

_MOST_CITIES = 10_000  # of a table of all distances
_BLOCK = 2**18  # pairs of cities whose distances are computed at once


def locate_events(
    events: gpd.GeoDataFrame,
    places: gpd.GeoDataFrame,
    *,
    within_km: float | None = None,
    accepted: pd.DataFrame | None = None,
) -> gpd.GeoDataFrame:
    """Assign each event to the place where it happened.

    Parameters
    ----------
    events
        Events with points, or with names in ``city``. Large tables (millions of points) use a compiled grid; the result
        is that of ``geopandas.sjoin``.
    places
        Regions (index ``region_id``): an event is assigned to the region that contains its point; on a border, to the
        first such region in the table. Or cities (index ``city``): an event that names a city is matched by name or
        alias (see `match_places`; similar spellings are not accepted but listed in the warning), any other event is
        assigned to the nearest city. If the name ends with a region ("Springfield, IL"), or the column ``region_id`` or
        ``region`` of the events names one, only cities of this region are matched. A column in which no region of the
        cities occurs is not used, and a region found by an earlier call only decides between cities of one name.
    within_km
        Maximum great-circle distance in kilometers to the nearest region or city for events outside every region or
        without a city name, for example points off a generalized coastline. By default such events are not located.
    accepted
        Names that you have accepted for cities: a result of `accept_matches`, or a table ``name, city`` and optionally
        ``region``. Not used if ``places`` are regions.

    Returns
    -------
    GeoDataFrame
        A copy of the events with ``region_id`` (and ``city``, if ``places`` are cities), missing if no place was found.
        An event without a point gets the point of its city. ``attrs["lost"]`` counts events that were not located, by
        reason: "unknown_city", "ambiguous_city" (several cities have this name), "unknown_region" (no city lies in the
        region named), "no_city", "outside_regions", "no_point", or "not_located" (by an earlier call). Later steps leave
        these events out.

    Warns
    -----
    LostEventsWarning
        Events that could not be located, listed by reason; those that an earlier call has listed are only counted.
    DataWarning
        Events in the interior of several regions: the regions overlap.

    Raises
    ------
    SchemaError, CRSError
        A table is not valid.
    DataError
        Most points lie outside the regions, but inside if longitude and latitude are swapped; ``within_km`` is negative.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> ps.locate_events(case.events, case.regions).loc["KZ22-013", "region_id"]
    'KZ-ATY'
    """
    with Arguments() as check:
        within_km = check.number("within_km", within_km, at_least=0, optional=True)
    check_events(events)
    check_places(places)
    if places.index.name == "city":
        found = CityFinder.of(places, within_km, accepted_cities(accepted, places)).find(events)
        located = _with_cities(events, places, found)
    else:
        found = find_regions(events, places, within_km)
        located = _shared(events)
        located["region_id"] = labels_at(places.index, found.rows, events.index)
        mark_located(located, "region_id")
        _warn_of_overlaps("locate_events", found, places)
    gone = found.rows < 0
    lost = lost_ids(events.index[gone], {key: found.reasons[gone] == key for key in sorted({*found.reasons[gone]})})
    located.attrs["lost"] = count_lost(lost)
    warn_of_lost("locate_events", len(events), lost, details=found.details, known=("not_located",))
    return located


def _with_cities(events: gpd.GeoDataFrame, cities: gpd.GeoDataFrame, found: Located) -> gpd.GeoDataFrame:
    """Return the events with their cities, and the points of these where they have none."""
    located = _shared(events)
    located["city"] = labels_at(cities.index, found.rows, events.index)
    mark_located(located, "city")
    if "region_id" in cities:
        located["region_id"] = labels_at(cities["region_id"], found.rows, events.index)
        if cities["region_id"].notna().all():
            mark_located(located, "region_id")
    from_city = (found.rows >= 0) & ~points_present(events)
    if from_city.any():
        shapes = events.geometry.to_numpy().copy()
        shapes[from_city] = cities.geometry.to_numpy()[found.rows[from_city]]
        located = located.set_geometry(gpd.GeoSeries(shapes, index=events.index, crs=events.crs))
    return located


def _shared(events: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return a copy that shares its columns with the events, where pandas copies a column that is changed."""
    copies_on_write = int(pd.__version__.split(".")[0]) >= 3 or bool(pd.options.mode.copy_on_write is True)
    return events.copy(deep=not copies_on_write)


def _warn_of_overlaps(step: str, found: Located, regions: gpd.GeoDataFrame) -> None:
    overlaps = found.overlaps(regions)
    if overlaps:
        warnings.warn(DataWarning(f"{step}: {describe_overlaps(overlaps)}"), stacklevel=3)


def locate_cities(
    cities: gpd.GeoDataFrame, regions: gpd.GeoDataFrame, *, within_km: float | None = None
) -> gpd.GeoDataFrame:
    """Give each city the region that contains it, and cities that share a name labels of their own.

    Parameters
    ----------
    cities
        Index ``city``, which may repeat; points.
    regions
        Index ``region_id``; polygons; ``name``, ``name_kk``, ``name_ru`` and ``aliases`` (separated by ``;``: postal codes,
        for example) are optional.
    within_km
        Maximum great-circle distance in kilometers to the nearest region for cities outside every region.

    Returns
    -------
    GeoDataFrame
        A copy of the cities with ``region_id``, missing outside every region, and ``region_aliases``, the names by which
        events may call the region (added to those that are there). Where a name repeats, its cities are labeled with their region ("Springfield, US-IL"),
        and with latitude and longitude if that repeats too; ``name`` keeps the name.

    Warns
    -----
    DataWarning
        Cities outside every region; regions that overlap.

    Raises
    ------
    SchemaError, CRSError
        A table is not valid.
    DataError
        ``within_km`` is negative.

    Examples
    --------
    >>> import geopandas as gpd, pandas as pd, protestspread as ps, shapely
    >>> states = gpd.GeoDataFrame({"name": ["Illinois", "Missouri"]}, index=pd.Index(["US-IL", "US-MO"], name="region_id"),
    ...     geometry=[shapely.box(-91, 37, -87, 42), shapely.box(-95.7, 36, -91, 40)], crs=4326)
    >>> towns = pd.DataFrame({"city": ["Springfield", "Springfield", "Chicago"], "x": [-89.6, -93.3, -87.7], "y": [39.8, 37.2, 41.9]})
    >>> towns = gpd.GeoDataFrame(towns[["city"]].set_index("city"), geometry=gpd.points_from_xy(towns.x, towns.y), crs=4326)
    >>> located = ps.locate_cities(towns, states)
    >>> located["region_id"].to_dict()
    {'Springfield, US-IL': 'US-IL', 'Springfield, US-MO': 'US-MO', 'Chicago': 'US-IL'}
    >>> ps.match_places(["Springfield, IL", "Springfield, Missouri"], located)["city"].tolist()
    ['Springfield, US-IL', 'Springfield, US-MO']
    """
    with Arguments() as check:
        within_km = check.number("within_km", within_km, at_least=0, optional=True)
    if isinstance(cities, pd.DataFrame):
        check_cities(cities[~cities.index.duplicated()])
        check_cities(cities.set_axis(pd.RangeIndex(len(cities), name="city")))  # the other rows
    else:
        check_cities(cities)
    check_regions(regions)
    found = find_regions(cities, regions, within_km)
    names = pd.Series(cities.index, dtype=object)
    labels = city_labels(names, labels_at(regions.index, found.rows, names.index), cities.geometry)
    located = _shared(cities).set_axis(labels)
    located["region_id"] = labels_at(regions.index, found.rows, labels)
    aliases = labels_at(region_aliases(regions), found.rows, labels)
    if "region_aliases" in located:
        aliases = pd.Series(map(_join_names, aliases, located["region_aliases"]), index=labels, dtype=object)
    located["region_aliases"] = aliases
    if "name" not in located and (labels != cities.index).any():
        located["name"] = names.set_axis(labels)
    _warn_of_overlaps("locate_cities", found, regions)
    outside = found.rows < 0
    if outside.any():
        text = f"locate_cities: {int(outside.sum())} of {len(cities)} cities lie outside every region ({shorten_list(labels[outside])})"
        warnings.warn(DataWarning(text), stacklevel=2)
    return located


def _join_names(*texts: object) -> str | None:
    """Return the distinct names in texts in which names are separated by semicolons."""
    names = [name.strip() for text in texts if isinstance(text, str) for name in text.split(";")]
    return "; ".join(dict.fromkeys(filter(None, names))) or None


def distances_km(cities: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the matrix of great-circle distances in kilometers between all cities.

    Parameters
    ----------
    cities
        Index ``city``; points; at most 10,000, whose distances take 800 MB.

    Returns
    -------
    DataFrame
        Cities by cities; 8 bytes a pair.

    Raises
    ------
    SchemaError, CRSError
        The table of cities is not valid.
    DataError
        There are more than 10,000 cities. `distance_graph` and `nearest_graph` keep near pairs only, at any size.

    Examples
    --------
    >>> import protestspread as ps
    >>> round(ps.distances_km(ps.load_case("kazakhstan_2022").cities).loc["Zhanaozen", "Almaty"])
    1940
    """
    check_cities(cities)
    if (n := len(cities)) > _MOST_CITIES:
        raise DataError(
            f"cities must have at most {_MOST_CITIES:,} rows for a table of all distances; got {n:,}, whose table would take "
            f"{8 * n**2 / 1e9:,.1f} GB",
            fix="pass fewer cities, or keep near pairs only: distance_graph(cities, within_km=...) or nearest_graph(cities, k=...)",
        )
    lon, lat = cities.geometry.x.to_numpy(), cities.geometry.y.to_numpy()
    km, step = np.empty((n, n)), max(_BLOCK // max(n, 1), 1)

    def fill(first: int) -> None:
        """Compute some rows: the formula holds ten arrays of their size."""
        rows = slice(first, first + step)
        km[rows] = great_circle_km(lon[rows, None], lat[rows, None], lon, lat)

    map_threads(fill, range(0, n, step), n**2)
    return pd.DataFrame(km, index=cities.index, columns=cities.index, copy=False)
