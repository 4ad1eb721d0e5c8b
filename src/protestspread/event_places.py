"""Place-days: days on which a place was active, however many reports tell of it."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from .arguments import Arguments
from .arrays import FloatArray, IntArray
from .errors import DataError, DataWarning
from .geodesy import chord, coordinates, great_circle_km, pairs_within, points_present, unit_vectors
from .lost import count_lost, located_by, lost_ids, warn_of_lost
from .tables import check_cities, check_events

PRECISION_KM: Mapping[str, float] = {
    "town": 0, "area": 25, "feature": 50, "district": 50, "region": 200, "country": 1000, "sea or air": 1000
}  # fmt: skip
"""Kilometers around its point within which an event may have happened, by its ``place_precision``; approximate."""
_CLOSE_KM = 2.0
_MOST_CELLS = 4_000_000  # distances in memory at once
_MOST_PAIRS = 20_000_000  # of points to be merged
_MOST_LINKED = 8000  # points that are linked by close pairs: all their distances are in memory


@dataclass(frozen=True, eq=False)
class EventPlaces:
    """The places of events, numbered in the order of their names, so that the order of the events does not matter.

    Attributes
    ----------
    place
        Number of the place of each event.
    x, y
        Longitude and latitude of each place.
    population
        Population of each place; NaN where it is not known.
    names
        Name of each place: its city, with the region where cities share a name; of a place without a city, its coordinates.
        Empty if there are no names.
    """

    place: IntArray
    x: FloatArray
    y: FloatArray
    population: FloatArray
    names: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        events: gpd.GeoDataFrame,
        cities: gpd.GeoDataFrame | None = None,
        within_km: float = 0.0,
        *,
        warn: bool = True,
    ) -> "EventPlaces":
        """Find the places of events that all have points: see `place_days`."""
        points = coordinates(events.geometry.to_numpy())
        city, region = (_texts(events, name) for name in ("city", "region_id"))
        named = city.notna().to_numpy()
        merged = points.copy()
        if not named.all():
            merged[~named] = _merged(points[~named], within_km, warn=warn)
        key = pd.DataFrame({
            "city": city.where(named, "").to_numpy(), "region": region.where(named, "").fillna("").to_numpy(),
            "x": np.where(named, 0.0, merged[:, 0]), "y": np.where(named, 0.0, merged[:, 1]),
        })  # fmt: skip
        keys = key.drop_duplicates().sort_values(["city", "region", "x", "y"])
        place = pd.MultiIndex.from_frame(keys).get_indexer(pd.MultiIndex.from_frame(key)).astype(np.int64)
        if warn and named.any() and not named.all():
            warnings.warn(DataWarning(
                f"{int((~named).sum())} of {len(events)} events have no city: they count as places of their own, at their points, and are "
                "never merged with a city. Fix: locate_events(events, cities) gives each event its city"
            ), stacklevel=3)  # fmt: skip
        x, y = _medoids(place, merged, len(keys)).T
        population = np.full(len(keys), np.nan)
        if cities is not None:
            rows = _city_rows(keys, cities)
            found, there = rows >= 0, coordinates(cities.geometry.to_numpy())
            x, y = (np.where(found, there[rows, axis], own) for axis, own in enumerate((x, y)))
            if "population" in cities:
                population[found] = cities["population"].to_numpy(dtype=float, na_value=np.nan)[rows[found]]
        return cls(place, x, y, population, _names(keys, x, y))

    def __len__(self) -> int:
        return len(self.x)


def place_days(
    events: gpd.GeoDataFrame, cities: gpd.GeoDataFrame | None = None, *, within_km: float = 0.0
) -> gpd.GeoDataFrame:
    """Return one row for each place and day with an event.

    Several reports of one protest are not several protests. The tests of interaction therefore count place-days.

    Parameters
    ----------
    events
        Events, best located (see `locate_events`). The place of an event is its city (``city`` with ``region_id``, where
        there is one); without a city, its point. Events without a place are left out.
    cities
        A place that is one of these cities lies at its point. Any other place lies at the medoid of its events: the point
        with the smallest sum of distances to the others.
    within_km
        Events without a city: points are merged into one place by complete linkage, so that no place is wider than this.

    Returns
    -------
    GeoDataFrame
        Columns ``date``, ``city`` and ``region_id`` (where the events have them), ``reports`` (the number of events) and
        ``geometry``, by day and place. The index is that of the first event of each place-day. ``attrs["lost"]`` counts
        the events that were left out, by reason.

    Warns
    -----
    LostEventsWarning
        Events without a point.
    DataWarning
        Some events have a city and others do not; or events have no city and lie less than 2 km apart.

    Raises
    ------
    SchemaError, CRSError
        A table is not valid.
    DataError
        ``within_km`` is negative, or links too many points.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> days = ps.place_days(case.events, case.cities)
    >>> len(case.events), len(days), int(days["reports"].sum())
    (152, 90, 152)
    """
    with Arguments() as check:
        within_km = check.number("within_km", within_km, at_least=0)
    check_events(events)
    if cities is not None:
        check_cities(cities)
    present = points_present(events)
    lost = lost_ids(events.index[~present], {"no_point": ~present[~present]})
    warn_of_lost("place_days", len(events), lost, known=lost if located_by(events) else ())
    located = events[present]
    places = EventPlaces.of(located, cities, within_km)
    first, reports = first_reports(places.place, located["date"].to_numpy())
    columns = ["date", *(name for name in ("city", "region_id") if name in located)]
    here = places.place[first]
    points = gpd.GeoSeries(
        gpd.points_from_xy(places.x[here], places.y[here]), index=located.index[first], crs=events.crs
    )
    days = gpd.GeoDataFrame(located[columns].iloc[first].assign(reports=reports), geometry=points)
    days.attrs["lost"] = count_lost(lost)
    return days


def first_reports(place: IntArray, dates: "np.typing.NDArray[np.datetime64]") -> tuple[IntArray, IntArray]:
    """Return the row of the first event of each place-day, by day and place, and the number of events of each."""
    day = dates.astype("datetime64[D]").astype(np.int64)
    table = pd.DataFrame({"day": day, "place": place, "row": np.arange(len(day))})
    grouped = table.groupby(["day", "place"], sort=True)["row"].agg(["min", "size"])
    return grouped["min"].to_numpy(dtype=np.int64), grouped["size"].to_numpy(dtype=np.int64)


def _texts(events: gpd.GeoDataFrame, name: str) -> pd.Series:
    """Return a column of texts, all missing if there is none."""
    return events[name].astype(object) if name in events else pd.Series(None, index=events.index, dtype=object)


def _merged(points: FloatArray, within_km: float, *, warn: bool) -> FloatArray:
    """Return the points, with those of one place replaced by its medoid."""
    if not within_km:
        if warn:
            _warn_of_close(np.unique(points, axis=0))
        return points
    distinct, number = np.unique(points, axis=0, return_inverse=True)
    number = number.reshape(-1)
    if _close_pairs(distinct, within_km) > _MOST_PAIRS:
        raise _too_many(within_km)
    close = pairs_within(distinct[:, 0], distinct[:, 1], within_km)
    cluster = _complete_linkage(distinct, close, within_km)
    return _medoids(cluster[number], points, int(cluster.max()) + 1)[cluster[number]]


def _warn_of_close(points: FloatArray) -> None:
    """Warn of points that may be one place."""
    close = _close_pairs(points, _CLOSE_KM)
    if close:
        warnings.warn(DataWarning(
            f"events have no city, and {close:,} pairs of their points lie less than {_CLOSE_KM:g} km apart: each point counts as a "
            "place. Fix: place_days(events, within_km=2) merges points of one place, or locate_events(events, cities) gives each event its city"
        ), stacklevel=5)  # fmt: skip


def _close_pairs(points: FloatArray, km: float) -> int:
    """Count pairs of points; there can be too many to hold."""
    from scipy.spatial import KDTree

    tree = KDTree(unit_vectors(points[:, 0], points[:, 1]))
    return (int(tree.count_neighbors(tree, chord(km))) - len(points)) // 2


def _too_many(within_km: float) -> DataError:
    return DataError(
        f"within_km={within_km:g} links too many points to be merged into places",
        fix="pass a smaller within_km, or give each event its city with locate_events(events, cities)",
    )


def _complete_linkage(points: FloatArray, close: IntArray, within_km: float) -> IntArray:
    """Return the cluster of each point; clusters never reach beyond points linked by close pairs, so each such set is cut alone."""
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    links = coo_array((np.ones(close.shape[1]), tuple(close)), shape=(len(points),) * 2)
    _, part = connected_components(links, directed=False)
    cluster, last = np.zeros(len(points), dtype=np.int64), 0
    for rows in pd.Series(part).groupby(part).groups.values():
        if len(rows) > _MOST_LINKED:
            raise _too_many(within_km)
        one, other = np.triu_indices(len(rows), 1)
        apart = great_circle_km(*points[rows[one]].T, *points[rows[other]].T)
        cluster[rows] = last + (fcluster(linkage(apart, "complete"), within_km, "distance") if len(rows) > 1 else 1)
        last = int(cluster[rows].max())
    return pd.factorize(cluster)[0].astype(np.int64)


def _medoids(group: IntArray, points: FloatArray, groups: int) -> FloatArray:
    """Return the medoid of each group of points; of equally central points, the first by coordinates."""
    table = pd.DataFrame({"group": group, "x": points[:, 0], "y": points[:, 1]}).value_counts(sort=False).reset_index()
    table = table.sort_values(["group", "x", "y"], ignore_index=True)
    medoids = np.empty((groups, 2))
    medoids[table["group"]] = table[["x", "y"]]
    several = table[table.duplicated("group", keep=False)]
    for number in several["group"].unique():
        part = several[several["group"] == number]
        medoids[number] = _medoid(part[["x", "y"]].to_numpy(), part["count"].to_numpy(dtype=float))
    return medoids


def _medoid(points: FloatArray, weights: FloatArray) -> FloatArray:
    """Return the point with the smallest weighted sum of great-circle distances to the others."""
    vectors = unit_vectors(points[:, 0], points[:, 1])
    step = max(1, _MOST_CELLS // len(points))
    sums = []
    for start in range(0, len(points), step):
        chords = np.sqrt(((vectors[start : start + step, None] - vectors) ** 2).sum(axis=2))
        sums.append(np.arcsin(np.minimum(chords / 2, 1.0)) @ weights)
    total = np.concatenate(sums)
    return np.asarray(points[np.flatnonzero(total <= total.min() * (1 + 1e-12))[0]])


def _names(keys: pd.DataFrame, x: FloatArray, y: FloatArray) -> tuple[str, ...]:
    """Return the names of places."""
    shared = keys.duplicated("city", keep=False)
    return tuple(
        point_name(lon, lat) if not city else f"{city} ({region})" if several and region else str(city)
        for city, region, several, lon, lat in zip(keys["city"], keys["region"], shared, x, y, strict=True)
    )


def point_name(lon: float, lat: float) -> str:
    """Return the name of a place without a name.

    Examples
    --------
    >>> point_name(-13.8911, 51.94)
    '51.940° N, 13.891° W'
    """
    return f"{abs(lat):.3f}° {'S' if lat < 0 else 'N'}, {abs(lon):.3f}° {'W' if lon < 0 else 'E'}"


def _city_rows(keys: pd.DataFrame, cities: gpd.GeoDataFrame) -> IntArray:
    """Return the row of each place in the cities, by name and, where both have one, region; -1 for other places."""
    names = pd.Index([str(name) for name in cities.index])
    rows = names.get_indexer(pd.Index(keys["city"].astype(str)))
    if "region_id" in cities:
        theirs = cities["region_id"].astype(object).where(cities["region_id"].notna(), "").to_numpy()[rows]
        own = keys["region"].to_numpy()
        rows = np.where((own == "") | (theirs == "") | (own == theirs), rows, -1)
    return np.where(keys["city"].to_numpy() == "", -1, rows).astype(np.int64)
