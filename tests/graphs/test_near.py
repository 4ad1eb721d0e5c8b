"""Graphs of where places lie, against every pair looked at one by one."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import protestspread as ps
from protestspread.graphs import near

lon = st.one_of(st.floats(-180, 180), st.sampled_from([-180.0, 180.0, 179.9, -179.9, 0.0]))
lat = st.one_of(st.floats(-90, 90), st.sampled_from([-90.0, 90.0, 0.0, 89.9]))
spots = st.lists(st.tuples(lon, lat), min_size=1, max_size=12)


def towns(points, population=None):
    """Cities named t0, t1, ... at these longitudes and latitudes."""
    x, y = np.array(points, dtype=float).reshape(-1, 2).T
    columns = {} if population is None else {"population": population}
    index = pd.Index([f"t{i}" for i in range(len(x))], name="city", dtype=object)
    return gpd.GeoDataFrame(columns, index=index, geometry=gpd.points_from_xy(x, y), crs=4326)


def ties(graph):
    """(source, target) -> (weight, km), a road to what a graph holds that does not hang on the order of places."""
    return {
        (s, t): (w, km) for s, t, w, km in graph.edges[["source", "target", "weight", "km"]].itertuples(index=False)
    }


def assert_same_ties(one, other, rename=str):
    expected = {
        (rename(s), rename(t)): pytest.approx(values, rel=1e-6, abs=1e-4) for (s, t), values in ties(one).items()
    }
    assert ties(other) == expected


def renamed_and_reordered(cities, rng):
    """The same cities in another order and under other names, and what each is called now."""
    names = [f"x{i}" for i in rng.permutation(len(cities))]
    called = dict(zip(cities.index, names, strict=True))
    mixed = cities.iloc[rng.permutation(len(cities))]
    return mixed.set_index(pd.Index([called[name] for name in mixed.index], name="city")), called.get


# nearest


@pytest.mark.long
@given(spots, st.integers(1, 11))
def test_each_place_hears_its_k_nearest(points, k):
    assume(k < len(points))
    cities = towns(points)
    graph = ps.nearest_graph(cities, k=k)
    km = ps.distances_km(cities).to_numpy().copy()
    np.fill_diagonal(km, np.inf)
    heard = graph.matrix.toarray() > 0
    assert (heard.sum(axis=0) == k).all()  # columns receive
    for place, row in enumerate(km):
        farthest = np.sort(row)[k - 1]
        slack = 1e-3 if farthest > 19_000 else 1e-6  # chords between antipodes do not tell decimeters apart
        assert (row[heard[:, place]] <= farthest + slack).all()
        assert heard[row < farthest - slack, place].all()
    source, target = (cities.index.get_indexer(graph.edges[end]) for end in ("source", "target"))
    assert graph.edges["km"].to_numpy() == pytest.approx(km[source, target], abs=1e-3)


def test_of_equally_near_places_the_first_in_the_table_are_taken():
    cross = [(0, 0), (0, -1), (1, 0), (0, 1), (-1, 0)]  # four at one degree around the first
    graph = ps.nearest_graph(towns(cross), k=2)
    assert list(graph.reverse().neighbors("t0").index) == ["t1", "t2"]
    turned = [cross[0], *cross[:0:-1]]
    assert list(ps.nearest_graph(towns(turned), k=2).reverse().neighbors("t0").index) == ["t1", "t2"]


def test_many_places_at_one_point_hear_each_other():
    graph = ps.nearest_graph(towns([(10, 50)] * 9 + [(11, 50)]), k=3)
    heard = graph.matrix.toarray() > 0
    assert (heard.sum(axis=0) == 3).all()
    assert not heard.diagonal().any()
    assert np.flatnonzero(heard[:, 8]).tolist() == [0, 1, 2]
    assert graph.edges.query("target != 't9'")["km"].max() == 0
    assert graph.edges.query("target == 't9'")["km"].min() == pytest.approx(71.5, abs=0.1)


def test_across_the_antimeridian_and_the_pole():
    graph = ps.nearest_graph(towns([(179.9, 0), (-179.9, 0), (170, 0), (-170, 0)]), k=1)
    assert ties(graph)["t0", "t1"][1] == pytest.approx(22.24, abs=0.01)
    graph = ps.nearest_graph(towns([(0, 89.9), (180, 89.9), (0, 80), (77, -90), (-77, -90)]), k=1)
    assert {("t0", "t1"), ("t1", "t0"), ("t3", "t4"), ("t4", "t3"), ("t0", "t2")} == set(ties(graph))
    assert ties(graph)["t3", "t4"][1] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(("n", "k"), [(1, 1), (3, 3), (3, 0), (3, -1)])
def test_there_must_be_so_many_others(n, k):
    with pytest.raises(ps.DataError, match=f"k must be a whole number from 1 to {n - 1}; got {k}"):
        ps.nearest_graph(towns([(i, 0) for i in range(n)]), k=k)


# distance


@given(spots, st.floats(1, 21_000), st.one_of(st.none(), st.floats(1, 1e4)))
def test_all_within_reach_are_tied(points, within_km, decay_km):
    cities = towns(points)
    km = ps.distances_km(cities).to_numpy()
    assume((np.abs(km - within_km) > 1e-3).all())
    graph = ps.distance_graph(cities, within_km=within_km, decay_km=decay_km)
    close = (km <= within_km) & ~np.eye(len(km), dtype=bool)
    weights = np.where(close, 1.0 if decay_km is None else np.exp(-km / (decay_km or 1)), 0.0)
    assert graph.matrix.toarray() == pytest.approx(weights, rel=1e-3, abs=1e-300)
    assert len(graph.edges) == close.sum()
    assert graph.is_symmetric


def test_within_counts_the_limit_itself():
    cities = towns([(0, 0), (3, 4)])
    km = float(ps.distances_km(cities).to_numpy()[0, 1])
    assert len(ps.distance_graph(cities, within_km=km).edges) == 2
    assert len(ps.distance_graph(cities, within_km=np.nextafter(km, 0)).edges) == 0


def test_one_place_and_none_have_no_ties():
    for cities in (towns([(5, 5)]), towns([])):
        for graph in (ps.distance_graph(cities, within_km=10), ps.gravity_graph(cities.assign(population=1.0))):
            assert graph.matrix.shape == (len(cities), len(cities))
            assert graph.edges.empty
    assert "1: t0" in repr(ps.distance_graph(towns([(5, 5)]), within_km=10))


@pytest.mark.parametrize("options", [{"within_km": 0}, {"within_km": float("nan")}, {"within_km": 5, "decay_km": -1}])
def test_kilometers_are_more_than_0(options):
    with pytest.raises(ps.DataError, match=r"must be a number above 0.*; got (0|nan|-1)"):
        ps.distance_graph(towns([(0, 0), (1, 1)]), **options)


# gravity


def test_gravity_by_hand():
    cities = towns([(0, 0), (1, 0), (0, 2)], [100.0, 20.0, 3.0])
    degree = np.pi * 6371.0088 / 180
    graph = ps.gravity_graph(cities)
    assert ties(graph)["t0", "t1"] == pytest.approx((100 * 20 / degree**2, degree))
    assert ties(graph)["t2", "t0"] == pytest.approx((300 / (2 * degree) ** 2, 2 * degree))
    assert len(graph.edges) == 6
    assert graph.is_symmetric
    linear = ps.gravity_graph(cities, exponent=1, within_km=1.5 * degree)
    assert ties(linear) == {
        ("t0", "t1"): pytest.approx((2000 / degree, degree)),
        ("t1", "t0"): pytest.approx((2000 / degree, degree)),
    }


@pytest.mark.parametrize(
    "points", [[(0, 0), (1, 0), (0, 0)], [(0, 90), (7, 89), (100, 90)], [(0, 0), (1, 0), (0, 0.005)]]
)
def test_gravity_of_cities_at_one_point(points):
    """Also of two longitudes of one pole, and of cities half a kilometer apart."""
    cities = towns(points, [5.0, 1.0, 3.0])
    with pytest.warns(ps.DataWarning, match="1 pair of cities closer than 1 km count as that far apart: t0 and t2"):
        found = ps.gravity_graph(cities).neighbors("t0").loc["t2"]
    assert (found["weight"], found["km"]) == (15.0, 1.0)
    with pytest.warns(ps.DataWarning, match="closer than 5 km"):
        assert ps.gravity_graph(cities, min_km=5, within_km=20).neighbors("t0").loc["t2", "weight"] == pytest.approx(
            15 / 25
        )
    with pytest.raises(ps.DataError, match="min_km must be a number above 0; got 0"):
        ps.gravity_graph(cities, min_km=0)


def test_gravity_needs_people_and_distance():
    with pytest.raises(ps.DataError, match="no population above 0 for t1, t2"):
        ps.gravity_graph(towns([(0, 0), (1, 0), (2, 0)], [5.0, 0.0, np.nan]))
    with pytest.raises(ps.DataError, match="no column 'population'"):
        ps.gravity_graph(towns([(0, 0), (1, 0)]))
    with pytest.raises(ps.DataError, match="exponent must be a number from -50 to 50; got nan"):
        ps.gravity_graph(towns([(0, 0), (1, 0)], [5.0, 1.0]), exponent=float("nan"))


def test_complete_graphs_refuse_above_a_stated_number_of_ties(monkeypatch):
    assert near.MAX_TIES == 10_000_000
    monkeypatch.setattr(near, "MAX_TIES", 6)
    three, four = (towns([(i, 0) for i in range(n)], [1.0] * n).assign(oil=True) for n in (3, 4))
    builders = (ps.gravity_graph, ps.broadcast_graph, lambda cities: ps.similarity_graph(cities, "oil"))
    for build in builders:
        assert len(build(three).edges) == 6
        with pytest.raises(ps.DataError, match="cities give 12 ties; the maximum is 6"):
            build(four)
    assert len(ps.gravity_graph(four, within_km=120).edges) == 6


# all of them


@pytest.mark.filterwarnings("ignore:gravity_graph")  # of cities closer than a kilometer
@pytest.mark.long
@given(spots, st.randoms(use_true_random=False))
def test_names_and_order_of_places_change_nothing_else(points, random):
    rng = np.random.default_rng(random.randrange(1000))
    cities = towns(points).assign(population=np.arange(1.0, len(points) + 1))
    km = ps.distances_km(cities).to_numpy()[np.triu_indices(len(cities), 1)]
    within_km = 0.5 + float(np.median(km, keepdims=False)) if len(km) else 1.0
    assume((np.abs(km - within_km) > 1e-3).all())
    assume((km > 1e-3).all())
    others, called = renamed_and_reordered(cities, rng)
    for build in (
        lambda table: ps.distance_graph(table, within_km=within_km, decay_km=100),
        ps.gravity_graph,
        ps.broadcast_graph,
        ps.gabriel_graph,
    ):
        assert_same_ties(build(cities), build(others), called)


@pytest.mark.long
@given(st.integers(0, 1000), st.integers(5, 40), st.sampled_from([(60, 45, 10), (179, 0, 5), (0, 90, 30), (0, 0, 180)]))
def test_where_nothing_ties_neither_names_nor_order_change_nearest_and_delaunay(seed, n, where):
    rng = np.random.default_rng(seed)
    x, y, wide = where
    points = np.column_stack(
        [x + rng.uniform(-wide, wide, n), np.clip(y + rng.uniform(-wide / 2, wide / 2, n), -90, 90)]
    )
    points[:, 0] = (points[:, 0] + 180) % 360 - 180
    cities = towns(points)
    others, called = renamed_and_reordered(cities, rng)
    assume(len(np.unique(points.round(9), axis=0)) == n)
    assume((points[:, 1] < 90).sum() > 3)
    for build in (lambda table: ps.nearest_graph(table, k=3), ps.delaunay_graph):
        assert_same_ties(build(cities.loc[points[:, 1] < 90]), build(others.loc[others.geometry.y < 90]), called)
