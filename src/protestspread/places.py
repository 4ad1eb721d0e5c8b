"""Where events happened: by the name of a city, by the region around a point, by the nearest place within reach."""

import warnings
from collections.abc import Hashable

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from .errors import DataError, LostEventsWarning, name_some
from .geodesy import EARTH_RADIUS_KM, great_circle_km, nearest
from .tables import check_cities, check_events, check_places


def locate_events(events: gpd.GeoDataFrame, places: gpd.GeoDataFrame, *, within_km: float | None = None) -> gpd.GeoDataFrame:
    """Give each event the place where it happened.

    Parameters
    ----------
    events
        With points, or with names in ``city``.
    places
        Regions (index ``region_id``): an event lies in the region that contains its point; on a border, in the first
        of the two in the order of the table. Or cities (index ``city``): by name or alias where the event names one,
        else the nearest.
    within_km
        How far (great-circle kilometres) an event without a containing region, or without a city's name, may lie from
        the nearest region or city to be given to it: points off a generalised coast, say. By default they are not.

    Returns
    -------
    GeoDataFrame
        A copy of the events with ``region_id`` (and ``city``, where `places` are cities) filled; missing where no place
        was found. An event without a point gets the point of its city. ``attrs["lost"]`` counts those not located.

    Warns
    -----
    LostEventsWarning
        Events that could not be located, named, by reason.

    Raises
    ------
    SchemaError, CRSError
        A table is not what it should be.
    DataError
        All points lie outside the regions, but inside when longitude and latitude are swapped; or two cities share
        an alias.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> ps.locate_events(case.events, case.regions).loc["KZ22-013", "region_id"]
    'KZ-ATY'
    """
    check_events(events)
    check_places(places)
    if within_km is not None and not within_km >= 0:
        raise DataError("the events cannot be located", [f"within_km = {within_km}"], "kilometres, 0 or more")
    located, lost = _by_city(events, places, within_km) if places.index.name == "city" else _by_region(events, places, within_km)
    located.attrs["lost"] = {reason: len(ids) for reason, ids in lost.items()}
    if lost:
        warnings.warn(LostEventsWarning("locate_events", len(events), lost), stacklevel=2)
    return located


def name_index(cities: gpd.GeoDataFrame) -> dict[str, Hashable]:
    """Return every name and alias of the cities, case-folded, with the city it stands for.

    Raises
    ------
    DataError
        Two cities share a name or alias; each such name with both of its cities.
    """
    check_cities(cities)
    found: dict[str, Hashable] = {}
    shared: dict[str, set[Hashable]] = {}
    columns = [c for c in ("name", "name_kk", "name_ru", "aliases") if c in cities]
    for city, *texts in cities[columns].itertuples():
        names = {str(city), *(name for text in texts if isinstance(text, str) for name in text.split(";"))}
        for name in {" ".join(name.split()).casefold() for name in names} - {""}:
            if found.setdefault(name, city) != city:
                shared.setdefault(name, {found[name]}).add(city)
    if shared:
        faults = [f"'{name}' stands for {name_some(sorted(map(str, both)))}" for name, both in sorted(shared.items())]
        raise DataError("names of cities are not unique", faults, "take the alias from all of them but one")
    return found


def _by_city(events: gpd.GeoDataFrame, cities: gpd.GeoDataFrame, within_km: float | None) -> tuple[gpd.GeoDataFrame, dict[str, list[Hashable]]]:
    names = events["city"] if "city" in events else pd.Series(pd.NA, index=events.index, dtype="string")
    index = name_index(cities) if names.notna().any() else {}
    city = names.map(lambda name: index.get(" ".join(str(name).split()).casefold()), na_action="ignore").astype(object)
    has_point = (events.geometry.notna() & ~events.geometry.is_empty).to_numpy()
    unnamed = names.isna().to_numpy()
    near = unnamed & has_point & (within_km is not None)
    if near.any() and within_km is not None:
        points = events.geometry[near]
        rows, km = nearest(points.x, points.y, cities.geometry.x, cities.geometry.y)
        city[near] = np.where(km <= within_km, cities.index.to_numpy()[rows], None)
    found = city.notna().to_numpy()
    rows = cities.index.get_indexer(city[found])
    located = events.copy()
    located["city"] = pd.Series(np.where(found, city, None), index=events.index, dtype="string").astype(object)
    shapes = events.geometry.to_numpy().copy()
    shapes[found] = np.where(has_point[found], shapes[found], cities.geometry.to_numpy()[rows])
    located = located.set_geometry(gpd.GeoSeries(shapes, index=events.index, crs=cities.crs if events.crs is None else events.crs))
    if "region_id" in cities:
        region = pd.Series(None, index=events.index, dtype=object)
        region[found] = cities["region_id"].to_numpy()[rows]
        located["region_id"] = region
    reach = "none given: within_km" if within_km is None else f"{within_km:g} km"
    return located, _reasons(events.index, ~found, {"in a city of unknown name": ~unnamed, f"farther from every city than is allowed ({reach})": unnamed})


def _by_region(events: gpd.GeoDataFrame, regions: gpd.GeoDataFrame, within_km: float | None) -> tuple[gpd.GeoDataFrame, dict[str, list[Hashable]]]:
    shapes = events.geometry.to_numpy()
    has_point = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    distinct, back = np.unique(shapely.get_coordinates(shapes[has_point]), axis=0, return_inverse=True)
    rows = containing_region(distinct, regions)
    if len(distinct) and (rows < 0).all() and (containing_region(distinct[:, ::-1], regions) >= 0).all():
        raise DataError("the events cannot be located", ["all points lie outside the regions, but inside when longitude and latitude are swapped"],
                        "swap the two columns; geopandas.points_from_xy takes longitude first")
    if within_km is not None:
        off = rows < 0
        rows[off] = _nearest_region(distinct[off], regions, within_km)
    row = np.full(len(events), -1)
    row[has_point] = rows[back.reshape(-1)]
    found = row >= 0
    region = pd.Series(None, index=events.index, dtype=object)
    region[found] = regions.index.to_numpy()[row[found]]
    located = events.copy()
    located["region_id"] = region
    reach = "and no reach given: within_km" if within_km is None else f"by more than {within_km:g} km"
    return located, _reasons(events.index, ~found, {"without a point": ~has_point, f"outside every region ({reach})": has_point})


def containing_region(points: npt.NDArray[np.float64], regions: gpd.GeoDataFrame) -> npt.NDArray[np.int64]:
    """Return for each point (longitude, latitude) the row of the region that holds it, or -1; the first one on a border."""
    shapes = regions.geometry.to_numpy()
    which, holder = shapely.STRtree(shapes).query(shapely.points(points), predicate="intersects")
    rows = np.full(len(points), len(shapes))
    np.minimum.at(rows, which, holder)
    return np.where(rows == len(shapes), -1, rows)


def _nearest_region(points: npt.NDArray[np.float64], regions: gpd.GeoDataFrame, within_km: float) -> npt.NDArray[np.int64]:
    """Return for each point the row of the nearest region within reach, or -1.

    In the plane centred on the point in which distances from its centre are true (azimuthal equidistant, on the sphere).
    """
    rows = np.full(len(points), -1)
    for i, (lon, lat) in enumerate(points):
        reach = np.degrees(within_km / EARTH_RADIUS_KM) * 1.01 + 1e-9
        stretch = reach / max(np.cos(np.radians(min(abs(lat) + reach, 89.9))), 1e-3)
        near = np.unique(np.concatenate([
            regions.sindex.query(shapely.box(lon + turn - stretch, lat - reach, lon + turn + stretch, lat + reach)) for turn in (-360, 0, 360)
        ]))
        if not len(near):
            continue
        plane = f"+proj=aeqd +lat_0={lat} +lon_0={lon} +R={EARTH_RADIUS_KM} +units=km"
        shapes = regions.geometry.iloc[near].segmentize(0.05).to_crs(plane)
        km = shapes.distance(shapely.Point(0, 0)).to_numpy()
        if km.min() <= within_km:
            rows[i] = near[int(np.argmin(km))]
    return rows


def _reasons(ids: pd.Index, missing: npt.NDArray[np.bool_], reasons: dict[str, npt.NDArray[np.bool_]]) -> dict[str, list[Hashable]]:
    return {reason: list(ids[missing & which]) for reason, which in reasons.items() if (missing & which).any()}


def distances_km(cities: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the great-circle kilometres between all cities, a row and a column a city.

    Examples
    --------
    >>> import protestspread as ps
    >>> round(ps.distances_km(ps.load_case("kazakhstan_2022").cities).loc["Zhanaozen", "Almaty"])
    1930
    """
    check_cities(cities)
    lon, lat = cities.geometry.x.to_numpy(), cities.geometry.y.to_numpy()
    km = great_circle_km(lon[:, None], lat[:, None], lon, lat)
    return pd.DataFrame(km, index=cities.index, columns=cities.index)
