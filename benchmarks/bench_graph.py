"""Graphs of 100,000 places as CSR matrices, with distances in km."""

import geopandas as gpd
import numpy as np
import pandas as pd
import scipy.sparse as sp
from ratio import Workload, agree
from scipy.spatial import KDTree

import protestspread as ps
from protestspread.geodesy import EARTH_RADIUS_KM, unit_vectors

K, WITHIN_KM = 8, 0.007
DEGREE_KM = np.pi * EARTH_RADIUS_KM / 180


def places(lon, lat):
    index = pd.Index([f"place {i}" for i in range(len(lon))], name="city")
    return gpd.GeoDataFrame(index=index, geometry=gpd.points_from_xy(lon, lat), crs=4326)


def make_country(size, seed):
    rng = np.random.default_rng(seed)
    return places(rng.uniform(50, 85, size), rng.uniform(40, 55, size))


def make_town(size, seed):
    """Places on one square kilometer at the equator (for 100,000), where plane and sphere agree to 3 parts in a billion."""
    wide = np.sqrt(size / 100_000) / DEGREE_KM
    return places(*np.random.default_rng(seed).uniform(-wide / 2, wide / 2, (2, size)))


def nearest(cities):
    return ps.nearest_graph(cities, k=K)


def scipy_nearest(cities):
    n = len(cities)
    vectors = unit_vectors(cities.geometry.x.to_numpy(), cities.geometry.y.to_numpy())
    chords, rows = KDTree(vectors).query(vectors, k=K + 1)
    km = 2 * EARTH_RADIUS_KM * np.arcsin(chords[:, 1:] / 2)
    return sp.csc_array((km.ravel(), rows[:, 1:].ravel(), np.arange(n + 1) * K), shape=(n, n)).tocsr()


def pysal_nearest(cities):
    from libpysal.graph import Graph

    return Graph.build_knn(cities, k=K, metric="haversine")


def distance(cities):
    return ps.distance_graph(cities, within_km=WITHIN_KM)


def pysal_distance(cities):
    from libpysal.graph import Graph

    plane = np.column_stack([cities.geometry.x, cities.geometry.y]) * DEGREE_KM
    return Graph.build_distance_band(gpd.GeoSeries.from_xy(*plane.T, index=cities.index), WITHIN_KM)


def same(cities, graph, theirs):
    """Compare the ties, and for scipy also their lengths."""
    ties = graph.ties[graph.kinds[0]]
    if sp.issparse(theirs):
        km = sp.csr_array((ties.km, ties.indices, ties.indptr), shape=theirs.shape)
        agree(np.abs(km - theirs).max() < 1e-6, "kilometres")
        return
    heard = theirs.adjacency[theirs.adjacency > 0]
    focal, neighbor = (cities.index.get_indexer(heard.index.get_level_values(i)) for i in (0, 1))
    n = len(cities)
    agree(
        np.array_equal(np.sort(neighbor * n + focal), np.sort(ties.sources.astype(np.int64) * n + ties.indices)), "ties"
    )


def ties_of(k):
    return lambda cities: len(cities) * k


WORKLOADS = [
    Workload("nearest_graph, k = 8", 100_000, 10_000, make_country, nearest,
             {"scipy: KDTree.query to CSR": scipy_nearest, "libpysal: Graph.build_knn": pysal_nearest}, same, "tie", ties_of(K)),
    Workload("distance_graph, within 7 m", 100_000, 10_000, make_town, distance,
             {"libpysal: Graph.build_distance_band": pysal_distance}, same, "tie", ties_of(np.pi * WITHIN_KM**2 * 100_000)),
]  # fmt: skip
