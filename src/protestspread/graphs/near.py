"""Graphs from the positions of cities: nearest neighbors, distance band and gravity, on the sphere."""

import warnings

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sp

from ..arguments import Arguments
from ..arrays import FloatArray, IntArray
from ..errors import DataError, DataWarning, shorten_list
from ..geodesy import EARTH_RADIUS_KM, chord, great_circle_km, unit_vectors
from ..tables import check_cities
from .diffusion import DiffusionGraph
from .ties import Ties, ties_both_ways

MAX_TIES = 10_000_000
"""Maximum number of ties of a complete graph: 3,162 places, about 0.2 GB."""

_TIED = 1e-14  # chords that differ by less (0.1 micrometres) are equally long


def nearest_graph(cities: gpd.GeoDataFrame, *, k: int) -> DiffusionGraph:
    """Return a graph with ties to each city from its ``k`` nearest cities.

    Parameters
    ----------
    cities
        Points. Among equally near cities, the first in the table are taken.
    k
        Number of neighbors, fewer than the number of cities.

    Returns
    -------
    DiffusionGraph
        Kind "nearest", weight 1, great-circle kilometers. Not symmetric: each column of the matrix has k entries.

    Raises
    ------
    DataError
        ``k`` is below 1 or not below the number of cities.

    Examples
    --------
    >>> import protestspread as ps
    >>> graph = ps.nearest_graph(ps.load_case("kazakhstan_2022").cities, k=2)
    >>> list(graph.reverse().neighbors("Zhanaozen").index)
    ['Zhetybay', 'Kuryk']
    """
    nodes, points, vectors = places_on_sphere(cities)
    n = len(nodes)
    with Arguments("k is at least 1 and at most the number of other cities") as check:
        k = check.whole("k", k, at_least=1, at_most=n - 1)
    rows, chords = _nearest(vectors, k)
    columns = sp.csc_array(
        (_arc_km(chords).ravel(), rows.ravel().astype(np.int32), np.arange(n + 1, dtype=np.int32) * k), shape=(n, n)
    )
    matrix = columns.tocsr()
    ties = Ties(matrix.indptr, matrix.indices, np.ones(matrix.nnz), matrix.data)
    return DiffusionGraph(nodes, {"nearest": ties}, points)


def distance_graph(cities: gpd.GeoDataFrame, *, within_km: float, decay_km: float | None = None) -> DiffusionGraph:
    """Return a graph of all cities at most ``within_km`` great-circle kilometers apart.

    Parameters
    ----------
    cities
        Points.
    within_km
        Maximum distance, inclusive.
    decay_km
        If given, weights are exp(-km / decay_km); otherwise 1.

    Returns
    -------
    DiffusionGraph
        Kind "distance", symmetric, with kilometers.

    Examples
    --------
    >>> import protestspread as ps
    >>> graph = ps.distance_graph(ps.load_case("kazakhstan_2022").cities, within_km=100)
    >>> list(graph.neighbors("Zhanaozen").index)
    ['Zhetybay', 'Kuryk']
    """
    with Arguments() as check:
        within_km = check.number("within_km", within_km, above=0)
        decay_km = check.number("decay_km", decay_km, above=0, optional=True)
    nodes, points, vectors = places_on_sphere(cities)
    pairs, km = _pairs_within(points, vectors, within_km)
    weights = np.ones(len(km)) if decay_km is None else np.exp(-km / decay_km)
    return DiffusionGraph(nodes, {"distance": ties_both_ways(pairs, weights, km, len(nodes))}, points)


def gravity_graph(
    cities: gpd.GeoDataFrame, *, exponent: float = 2.0, within_km: float | None = None, min_km: float = 1.0
) -> DiffusionGraph:
    """Return a gravity graph: weight m_i · m_j / km ** exponent, with populations m.

    Parameters
    ----------
    cities
        Points with ``population`` (inhabitants).
    exponent
        Exponent of distance.
    within_km
        Maximum distance of tied cities; by default all pairs are tied, up to 10,000,000 ties.
    min_km
        The distance that cities are taken to be apart at least: cities at one point would have an infinite weight.

    Returns
    -------
    DiffusionGraph
        Kind "gravity", symmetric, with kilometers. The weights are a model of exchange, not a measured flow.

    Warns
    -----
    DataWarning
        Cities closer than `min_km`: their number and names.

    Raises
    ------
    DataError
        Cities with no population or a population of 0; too many ties.

    Notes
    -----
    G. K. Zipf (1946), The P1 P2/D Hypothesis, American Sociological Review 11:677, doi:10.2307/2087063.

    Examples
    --------
    >>> import protestspread as ps
    >>> graph = ps.gravity_graph(ps.load_case("kazakhstan_2022").cities)
    >>> graph.neighbors("Zhanaozen")["weight"].idxmax()
    'Aktau'
    """
    with Arguments() as check:
        exponent = check.number("exponent", exponent, at_least=-50, at_most=50)
        within_km = check.number("within_km", within_km, above=0, optional=True)
        min_km = check.number("min_km", min_km, above=0)
    nodes, points, vectors = places_on_sphere(cities)
    people = populations(cities)
    if within_km is None:
        refuse_too_many(len(nodes) * (len(nodes) - 1), "pass within_km or fewer cities")
        pairs = np.array(np.triu_indices(len(nodes), 1))
        km = great_circle_km(*points[pairs[0]].T, *points[pairs[1]].T)
    else:
        pairs, km = _pairs_within(points, vectors, within_km)
    close = km < min_km
    if close.any():
        couples = shorten_list([f"{nodes[i]} and {nodes[j]}" for i, j in pairs[:, close].T])
        pairs_of = "1 pair" if close.sum() == 1 else f"{close.sum():,} pairs"
        text = f"gravity_graph: {pairs_of} of cities closer than {min_km:g} km count as that far apart: {couples}"
        warnings.warn(DataWarning(text), stacklevel=2)
        km = np.maximum(km, min_km)
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):  # infinite weights are faults of the graph
        weights = people[pairs[0]] * people[pairs[1]] / km**exponent
    return DiffusionGraph(nodes, {"gravity": ties_both_ways(pairs, weights, km, len(nodes))}, points)


def populations(cities: gpd.GeoDataFrame) -> FloatArray:
    """Return the population of each city; raise DataError naming the cities without a population above 0."""
    if "population" not in cities:
        raise DataError("cities has no column 'population'", fix="add it: cities.assign(population=...)")
    people = cities["population"].to_numpy(dtype=float, na_value=np.nan)
    bad = ~(people > 0)
    if bad.any():
        raise DataError(
            "cities: column 'population'",
            [f"no population above 0 for {shorten_list(cities.index[bad])}"],
            "fill it in, or drop these cities",
        )
    return np.asarray(people)


def refuse_too_many(count: int, fix: str) -> None:
    """Raise DataError where a graph would have more than ``MAX_TIES`` ties."""
    if count > MAX_TIES:
        raise DataError(f"cities give {count:,} ties; the maximum is {MAX_TIES:,}", fix=fix)


def places_on_sphere(cities: gpd.GeoDataFrame) -> tuple[pd.Index, FloatArray, FloatArray]:
    """Return names, longitudes and latitudes, and points on the unit sphere."""
    check_cities(cities)
    points = np.column_stack([cities.geometry.x, cities.geometry.y])
    return cities.index, points, unit_vectors(points[:, 0], points[:, 1])


def _arc_km(chords: FloatArray) -> FloatArray:
    """Return great-circle kilometers from chord lengths; accurate to 0.2 m near antipodes, better elsewhere."""
    km: FloatArray = 2 * EARTH_RADIUS_KM * np.arctan2(chords, np.sqrt(np.maximum(4 - chords * chords, 0)))
    return km


def _nearest(vectors: FloatArray, k: int) -> tuple[IntArray, FloatArray]:
    """Return the rows of the k nearest other points of each point, and the chords to them, shape (n, k).

    Among points as near as the k-th, lower rows go first.
    """
    from scipy.spatial import KDTree

    n = len(vectors)
    tree = KDTree(vectors, balanced_tree=False)
    along = tree.indices  # queries in leaf order keep the tree in the cache: twice as fast
    chords, rows = np.empty((n, min(k + 2, n))), np.empty((n, min(k + 2, n)), dtype=np.int64)
    chords[along], rows[along] = tree.query(vectors[along], k=min(k + 2, n))
    own = rows == np.arange(n)[:, None]
    own[~own.any(axis=1), -1] = True  # among coincident points a point may not find itself
    others = ~own
    chords, rows = chords[others].reshape(n, -1), rows[others].reshape(n, -1)
    if chords.shape[1] > k:
        for i in np.flatnonzero(chords[:, k] - chords[:, k - 1] <= _TIED):
            near = np.array([j for j in tree.query_ball_point(vectors[i], chords[i, k] + _TIED) if j != i])
            span = np.linalg.norm(vectors[near] - vectors[i], axis=1)
            sure = span < chords[i, k - 1] - _TIED
            first = np.concatenate([near[sure], np.sort(near[~sure])])[:k]
            rows[i, :k], chords[i, :k] = first, np.linalg.norm(vectors[first] - vectors[i], axis=1)
    return rows[:, :k], chords[:, :k]


def _pairs_within(points: FloatArray, vectors: FloatArray, within_km: float) -> tuple[IntArray, FloatArray]:
    """Return each pair of rows at most ``within_km`` apart once, shape (2, pairs), and the kilometers."""
    from scipy.spatial import KDTree

    reach = chord(within_km)
    pairs = KDTree(vectors).query_pairs(reach * (1 + 1e-12) + 1e-12, output_type="ndarray").T
    step = vectors[pairs[0]] - vectors[pairs[1]]
    chords = np.sqrt(np.einsum("ij,ij->i", step, step))
    km = _arc_km(chords)
    unsure = np.flatnonzero(chords > reach * (1 - 1e-9))  # chords round differently from arcs; arcs decide
    one, other = points[pairs[0, unsure]], points[pairs[1, unsure]]
    km[unsure] = great_circle_km(one[:, 0], one[:, 1], other[:, 0], other[:, 1])
    close: npt.NDArray[np.bool_] = km <= within_km
    return pairs[:, close], km[close]
