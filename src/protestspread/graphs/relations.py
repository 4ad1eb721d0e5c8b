"""Graphs from relations of places: borders, roads and railways, similarity, rank, broadcast."""

from collections.abc import Hashable, Iterable, Sequence

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sp
import shapely

from ..arguments import Arguments
from ..arrays import BoolArray, FloatArray, IndexArray
from ..checks import can_be_hashed
from ..errors import DataError, shorten_list
from ..geodesy import great_circle_km
from ..tables import check_cities, check_links, check_regions
from .diffusion import DiffusionGraph
from .near import populations, refuse_too_many
from .ties import Ties, ties_between, ties_both_ways


def border_graph(regions: gpd.GeoDataFrame, cities: gpd.GeoDataFrame | None = None) -> DiffusionGraph:
    """Return a graph of regions that share a border, or of the cities of such regions.

    Parameters
    ----------
    regions
        Polygons without gaps: neighbors have the same vertices along their border. Regions on both sides of the
        antimeridian are neighbors.
    cities
        If given, the places are these cities, each tied to all cities of the regions that border on its ``region_id``;
        cities of the same region are not tied (``similarity_graph(cities, "region_id")`` ties them).

    Returns
    -------
    DiffusionGraph
        Kind "border", symmetric. Weights are the kilometers of shared border, along great circles from vertex to
        vertex. Regions that meet in single points, or overlap without a common line, are not tied. Ties between
        cities have kilometers, ties between regions do not.

    Raises
    ------
    SchemaError, CRSError
        A table is not valid.
    DataError
        Cities with no region, or in none of ``regions``.

    Examples
    --------
    >>> import protestspread as ps
    >>> graph = ps.border_graph(ps.load_case("kazakhstan_2022").regions)
    >>> list(graph.neighbors("KZ-MAN").index)
    ['KZ-AKT', 'KZ-ATY']
    """
    check_regions(regions)
    pairs, shared = _borders(regions.geometry.to_numpy())
    if cities is None:
        middle = shapely.get_coordinates(shapely.point_on_surface(regions.geometry.to_numpy()))
        return DiffusionGraph(regions.index, {"border": ties_both_ways(pairs, shared, None, len(regions))}, middle)
    points = _points(cities)
    region = _regions_of(cities, regions)
    of = [np.flatnonzero(region == i) for i in range(len(regions))]
    refuse_too_many(
        2 * sum(len(of[i]) * len(of[j]) for i, j in pairs.T), "pass fewer cities, or build the graph of regions"
    )
    blocks = [np.array(np.meshgrid(of[i], of[j])).reshape(2, -1) for i, j in pairs.T]
    weights = np.repeat(shared, [block.shape[1] for block in blocks])
    couples = np.concatenate([np.empty((2, 0), dtype=np.intp), *blocks], axis=1)
    return _undirected("border", cities, points, couples, weights)


def link_graph(
    cities: gpd.GeoDataFrame,
    links: pd.DataFrame,
    *,
    mode: str | Sequence[str] | None = None,
    reach_km: float | None = None,
    among: Iterable[Hashable] | None = None,
) -> DiffusionGraph:
    """Return a graph of cities linked by road, rail or other modes, one kind of tie per mode.

    Parameters
    ----------
    cities
        Points.
    links
        ``from_place, to_place, mode, km``; one row per link, in both directions.
    mode
        One or more modes; by default all.
    reach_km
        If given, all cities at most this many kilometers apart *along the links of a mode* are tied, through other
        cities too; otherwise only directly linked cities.
    among
        Some of the cities, such as those of a sampling frame: two of them are tied if the links of a mode lead from one to the
        other without passing a third of them. Other cities are passed through, and are not in the graph.

    Returns
    -------
    DiffusionGraph
        Kinds are the modes; weight 1; symmetric; kilometers along the links.

    Raises
    ------
    SchemaError
        Links with unknown or missing cities, self-links, repeated links.
    DataError
        Unknown modes or cities; links without kilometers, where ``reach_km`` or ``among`` is given; both are given.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> near = ps.link_graph(case.cities, case.links, mode="road", reach_km=150)
    >>> near.neighbors("Zhanaozen")["km"].to_dict()
    {'Zhetybay': 73.0, 'Kuryk': 137.0}
    >>> ps.link_graph(case.cities, case.links, mode="road", among=["Zhanaozen", "Aktau", "Almaty"]).neighbors("Aktau")["km"].to_dict()
    {'Zhanaozen': 157.0, 'Almaty': 3489.0}
    """
    points = _points(cities)
    check_links(links, cities)
    with Arguments() as check:
        given = list(links["mode"].unique()) if mode is None else [mode] if isinstance(mode, str) else mode
        modes = check.names("mode", given, "a mode of the links, or a list of modes")
        reach_km = check.number("reach_km", reach_km, above=0, optional=True)
        some = check.names("among", among, "some of the cities", optional=True)
        chosen = pd.Index(some) if isinstance(some, list) else None
        if reach_km is not None and among is not None:
            check.fault("reach_km and among cannot be given together")
        if chosen is not None and not chosen.isin(cities.index).all():
            check.fault(f"among must hold cities; unknown: {shorten_list(chosen[~chosen.isin(cities.index)])}")
    unknown = [repr(name) for name in modes if name not in set(links["mode"])]
    if unknown:
        raise DataError(
            "mode",
            [f"links has no mode {name}" for name in unknown],
            f"choose from {shorten_list(links['mode'].unique(), 99)}",
        )
    if chosen is not None:
        kept = cities.index.isin(chosen)
        ties = {name: _bridged_ties(links[links["mode"] == name], cities.index, kept) for name in modes}
        return DiffusionGraph(cities.index[kept], ties, _points(cities[kept]))
    ties = {name: _link_ties(links[links["mode"] == name], cities.index, reach_km) for name in modes}
    return DiffusionGraph(cities.index, ties, points)


def similarity_graph(cities: gpd.GeoDataFrame, column: str) -> DiffusionGraph:
    """Return a graph of cities with the same attribute: both true, or in the same group.

    Parameters
    ----------
    cities
        Points.
    column
        Booleans (cities where it is true are tied) or strings and categories (cities with the same value are tied).
        Missing values tie no one. Numbers are refused: cut them into classes first.

    Returns
    -------
    DiffusionGraph
        One kind, named after the column; weight 1, symmetric, with kilometers. Refused above 10,000,000 ties.

    Examples
    --------
    >>> import protestspread as ps
    >>> oil = ps.similarity_graph(ps.load_case("kazakhstan_2022").cities, "oil_gas")
    >>> "Aktobe" in oil.neighbors("Zhanaozen").index
    True
    """
    points = _points(cities)
    with Arguments() as check:
        check.text("column", column)
    if column not in cities:
        raise DataError(
            f"column: cities has no column '{column}'", fix=f"choose from {shorten_list(cities.columns, 30)}"
        )
    values = cities[column]
    if pd.api.types.is_bool_dtype(values):
        values = values.astype(object).where(values.fillna(value=False), None)
    elif pd.api.types.is_numeric_dtype(values) or pd.api.types.is_datetime64_any_dtype(values):
        raise DataError(f"column '{column}' holds {values.dtype}, not groups", fix="make classes with pandas.cut(...)")
    if not can_be_hashed(values):
        raise DataError(f"column '{column}' holds values that cannot be compared, such as lists", fix="pass groups")
    codes, _ = pd.factorize(values.astype(object))
    groups = [np.flatnonzero(codes == code) for code in range(codes.max(initial=-1) + 1)]
    refuse_too_many(sum(len(group) * (len(group) - 1) for group in groups), "pass fewer cities or smaller groups")
    couples = [group[np.array(np.triu_indices(len(group), 1))] for group in groups]
    pairs = np.concatenate([np.empty((2, 0), dtype=np.intp), *couples], axis=1)
    return _undirected(column, cities, points, pairs, np.ones(pairs.shape[1]))


def hierarchy_graph(cities: gpd.GeoDataFrame, *, centers: int = 3) -> DiffusionGraph:
    """Return the urban hierarchy: each regional capital with the cities of its region, and capitals with the largest cities.

    Parameters
    ----------
    cities
        Points with ``region_id``, ``is_regional_capital`` and ``population``.
    centers
        Number of largest cities by population (including all cities of equal rank).

    Returns
    -------
    DiffusionGraph
        Kind "hierarchy", weight 1, symmetric, with kilometers.

    Raises
    ------
    DataError
        Missing columns; regions with no capital or several; cities with no region or population.

    Examples
    --------
    >>> import protestspread as ps
    >>> graph = ps.hierarchy_graph(ps.load_case("kazakhstan_2022").cities)
    >>> list(graph.neighbors("Zhanaozen").index)
    ['Aktau']
    """
    points = _points(cities)
    missing = [f"no column '{name}'" for name in ("region_id", "is_regional_capital") if name not in cities]
    if missing:
        raise DataError("cities", missing, "add them: cities.assign(...)")
    people = pd.Series(populations(cities), index=cities.index)
    with Arguments() as check:
        check.whole("centers", centers, at_least=0, at_most=10**9)
    region, seat = cities["region_id"], cities["is_regional_capital"]
    if pd.api.types.infer_dtype(seat, skipna=True) not in ("boolean", "empty"):
        raise DataError(f"column 'is_regional_capital' must hold True and False; got {seat.dtype}")
    is_seat = seat.fillna(value=False).astype(bool)
    seats = is_seat.groupby(region).sum()
    faults = [f"cities with no region: {shorten_list(cities.index[region.isna()])}"] if region.isna().any() else []
    faults += [f"no capital in {shorten_list(seats.index[seats == 0])}"] if (seats == 0).any() else []
    faults += [f"more than one capital in {shorten_list(seats.index[seats > 1])}"] if (seats > 1).any() else []
    if faults:
        raise DataError("cities", faults, "set is_regional_capital for one city of each region")
    rows = np.arange(len(cities))
    seat_of = pd.Series(rows[is_seat], index=region[is_seat]).reindex(region).to_numpy()
    largest = cities.index.get_indexer(people.nlargest(centers, keep="all").index)
    up = np.stack([rows, seat_of])
    across = np.array(np.meshgrid(rows[is_seat], largest)).reshape(2, -1)
    pairs = np.sort(np.concatenate([up, across], axis=1), axis=0)
    pairs = np.unique(pairs[:, pairs[0] < pairs[1]], axis=1)
    return _undirected("hierarchy", cities, points, pairs, np.ones(pairs.shape[1]))


def broadcast_graph(cities: gpd.GeoDataFrame) -> DiffusionGraph:
    """Return a complete graph whose weights are the sender's population, as of news from large cities.

    Parameters
    ----------
    cities
        Points with ``population``.

    Returns
    -------
    DiffusionGraph
        Kind "broadcast", with kilometers; not symmetric where populations differ. Refused above 10,000,000 ties.

    Raises
    ------
    DataError
        Cities with no population or a population of 0; too many ties.

    Examples
    --------
    >>> import protestspread as ps
    >>> graph = ps.broadcast_graph(ps.load_case("kazakhstan_2022").cities)
    >>> graph.neighbors("Aktau").loc[["Oral", "Almaty"], "weight"].tolist()
    [251855.0, 251855.0]
    """
    points, people, n = _points(cities), populations(cities), len(cities)
    refuse_too_many(n * (n - 1), "pass fewer cities")
    source, target = np.nonzero(~np.eye(n, dtype=bool))
    km = great_circle_km(*points[source].T, *points[target].T)
    return DiffusionGraph(cities.index, {"broadcast": ties_between(source, target, people[source], km, n)}, points)


def _points(cities: gpd.GeoDataFrame) -> FloatArray:
    check_cities(cities)
    return np.column_stack([cities.geometry.x, cities.geometry.y])


def _undirected(
    kind: str, cities: gpd.GeoDataFrame, points: FloatArray, pairs: IndexArray, weights: FloatArray
) -> DiffusionGraph:
    km = great_circle_km(*points[pairs[0]].T, *points[pairs[1]].T)
    return DiffusionGraph(cities.index, {kind: ties_both_ways(pairs, weights, km, len(cities))}, points)


def _regions_of(cities: gpd.GeoDataFrame, regions: gpd.GeoDataFrame) -> IndexArray:
    if "region_id" not in cities:
        raise DataError("cities has no column 'region_id'", fix="add it, or locate the cities in the regions first")
    rows = regions.index.get_indexer(pd.Index(cities["region_id"]))
    if (rows < 0).any():
        raise DataError(
            "cities: column 'region_id'",
            [f"cities in none of the regions: {shorten_list(cities.index[rows < 0])}"],
            "correct their region_id",
        )
    return np.asarray(rows)


def _borders(shapes: npt.NDArray[np.object_]) -> tuple[IndexArray, FloatArray]:
    """Return the pairs of polygons that share a line, shape (2, pairs), and its length in kilometers."""
    bounds = shapely.bounds(shapes)
    west = np.flatnonzero(bounds[:, 0] <= -180)  # moved by 360°, these meet the regions that end at 180°
    turned = shapely.transform(shapes[west], lambda xy: np.add(xy, (360.0, 0.0)))
    around, owner = np.concatenate([shapes, turned]), np.concatenate([np.arange(len(shapes)), west])
    pairs = shapely.STRtree(around).query(around, predicate="intersects")
    pairs = pairs[:, (owner[pairs[0]] < owner[pairs[1]]) & (pairs.min(axis=0) < len(shapes))]
    lines = shapely.intersection(shapely.boundary(around[pairs[0]]), shapely.boundary(around[pairs[1]]))
    pieces = pd.DataFrame({"one": owner[pairs[0]], "other": owner[pairs[1]], "km": _length_km(lines)})
    shared = pieces.groupby(["one", "other"])["km"].sum().loc[lambda km: km > 0]
    return np.array([shared.index.get_level_values(i) for i in (0, 1)], dtype=np.intp), shared.to_numpy()


def _length_km(shapes: npt.NDArray[np.object_]) -> FloatArray:
    """Return the great-circle kilometers of all lines within each shape, from vertex to vertex."""
    parts, of = shapely.get_parts(shapes, return_index=True)
    parts, within = shapely.get_parts(parts, return_index=True)  # collections hold multilines
    of = of[within]
    lines = shapely.get_type_id(parts) == 1
    xy, line = shapely.get_coordinates(parts[lines], return_index=True)
    step = line[1:] == line[:-1]
    km = great_circle_km(*xy[:-1][step].T, *xy[1:][step].T)
    return np.asarray(np.bincount(of[lines][line[1:][step]], km, minlength=len(shapes)), dtype=float)


def _link_ties(links: pd.DataFrame, places: pd.Index, reach_km: float | None) -> Ties:
    n = len(places)
    pairs = np.stack([places.get_indexer(pd.Index(links[end])) for end in ("from_place", "to_place")])
    km = links["km"].to_numpy(dtype=float, na_value=np.nan) if "km" in links else np.full(len(links), np.nan)
    if reach_km is None:
        return ties_both_ways(pairs, np.ones(len(links)), km, n)
    parts = list(_reached(_roads("reach_km", links, pairs, n), reach_km))
    source, target, far = (np.concatenate([part[i] for part in parts]) for i in range(3))
    return ties_between(source, target, np.ones(len(far)), far, n)


def _roads(option: str, links: pd.DataFrame, pairs: IndexArray, n: int) -> sp.csr_array:
    """Return the kilometers of the links, by place; raise `DataError` if some are not known."""
    km = links["km"].to_numpy(dtype=float, na_value=np.nan) if "km" in links else np.full(len(links), np.nan)
    unknown = np.isnan(km)
    if unknown.any():
        raise DataError(
            f"{option} needs the km of every link",
            [f"links without kilometers: {shorten_list(links.index[unknown])}"],
            "fill in km",
        )
    return ties_both_ways(pairs, km, None, n).matrix()


def _bridged_ties(links: pd.DataFrame, places: pd.Index, kept: BoolArray) -> Ties:
    """Return ties between the places kept, along shortest ways that pass none of them."""
    from scipy.sparse.csgraph import dijkstra

    pairs = np.stack([places.get_indexer(pd.Index(links[end])) for end in ("from_place", "to_place")])
    roads = _roads("among", links, pairs, len(places))
    ends = np.repeat(kept, np.diff(roads.indptr))  # ways end at places kept
    onward = dijkstra(
        sp.csr_array((np.where(ends, np.inf, roads.data), roads.indices, roads.indptr), shape=roads.shape)
    )
    km = np.full((int(kept.sum()),) * 2, np.inf)
    for row, place in enumerate(np.flatnonzero(kept)):
        beside = slice(roads.indptr[place], roads.indptr[place + 1])
        if roads.indices[beside].size:
            ways = roads.data[beside, None] + onward[roads.indices[beside]]
            km[row] = ways.min(axis=0)[kept]
    np.fill_diagonal(km, np.inf)
    source, target = np.nonzero(np.isfinite(km))
    return ties_between(source, target, np.ones(len(source)), km[source, target], len(km))


def _reached(roads: sp.csr_array, reach_km: float) -> Iterable[tuple[IndexArray, IndexArray, FloatArray]]:
    """Yield senders, targets and kilometers of all pairs within reach, in blocks of senders."""
    from scipy.sparse.csgraph import dijkstra

    n = roads.shape[0]
    for start in range(0, n, 256):
        rows = np.arange(start, min(start + 256, n))
        km = dijkstra(roads, indices=rows, limit=reach_km)
        km[rows - start, rows] = np.inf
        source, target = np.nonzero(np.isfinite(km))
        yield rows[source], target, km[source, target]
