import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from protestspread.errors import DataError, DataWarning
from protestspread.geodesy import great_circle_km, pairs_within
from protestspread.stats.interaction import points as module
from protestspread.stats.interaction.points import PointSet


def found(points, limits):
    bands = [set() for _ in limits]
    for block in points.pairs(limits):
        for band, (one, other) in zip(bands, block.by_distance_class, strict=True):
            band.update((min(i, j), max(i, j)) for i, j in zip(one.tolist(), other.tolist(), strict=True))
    return bands


def compared(points, limits):
    bands, low = [], -1.0
    for high in limits:
        n = len(points)
        bands.append({(i, j) for i in range(n) for j in range(i + 1, n) if low < points.km(i, j) <= high})
        low = high
    return bands


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.booleans())
def test_pairs_by_band_match_a_comparison_of_all_points(seed, on_sphere):
    rng = np.random.default_rng(seed)
    points = PointSet(rng.integers(-3, 4, 40) * 0.5, rng.integers(-3, 4, 40) * 0.5, on_sphere)
    limits = [0.0, 60.0, 200.0] if on_sphere else [0.0, 0.5, np.sqrt(0.5)]
    assert found(points, limits) == compared(points, limits)


def test_a_tree_and_a_comparison_of_all_points_find_the_same_pairs(monkeypatch):
    rng = np.random.default_rng(1)
    points = PointSet(rng.uniform(50, 87, 900), rng.uniform(41, 55, 900))
    limits = [5.0, 100.0]
    by_tree = found(points, limits)
    monkeypatch.setattr(module, "_FEW", 1000)
    assert found(points, limits) == by_tree
    assert {pair for band in by_tree for pair in band} == set(
        map(tuple, pairs_within(points.x, points.y, 100.0).T.tolist())
    )


def test_too_many_pairs_come_in_blocks_with_a_warning(monkeypatch):
    rng = np.random.default_rng(1)
    points = PointSet(rng.uniform(50, 60, 700), rng.uniform(41, 50, 700))
    whole = found(points, [1.0, 100.0])
    monkeypatch.setattr(module, "_MOST_PAIRS", 5000)
    with pytest.warns(DataWarning, match=r"within 100 km.*GB.*blocks"):
        assert found(points, [1.0, 100.0]) == whole
    with pytest.warns(DataWarning):
        assert len(list(points.pairs([100.0]))) > 2


def test_pairs_exactly_at_a_limit_are_included():
    degree = float(great_circle_km(0, 0, 1, 0))
    points = PointSet(np.array([0.0, 1.0]), np.zeros(2))
    assert found(points, [degree])[0] == {(0, 1)}
    assert found(points, [np.nextafter(degree, 0)])[0] == set()


def test_the_antimeridian_is_one_line():
    frame = gpd.GeoDataFrame(
        geometry=[shapely.Point(-180, 10), shapely.Point(180, 10), shapely.Point(181, 0)], crs=4326
    )
    points = PointSet.of(frame)
    assert found(points, [0.0])[0] == {(0, 1)}
    assert points.x.tolist() == [180, 180, -179]


def test_distances_in_the_plane_are_euclidean():
    points = PointSet(np.array([0.0, 3.0]), np.array([0.0, 4.0]), on_sphere=False)
    assert points.km(0, 1) == 5.0
    assert found(points, [5.0])[0] == {(0, 1)}


def test_events_without_a_point_are_named():
    frame = gpd.GeoDataFrame(
        index=pd.Index(["e1", "e2"], name="event_id"), geometry=[shapely.Point(1, 1), None], crs=4326
    )
    with pytest.raises(DataError, match=r"^geometry must be a point for every event: it is missing for 1 of 2: e2"):
        PointSet.of(frame)


def test_sites_are_the_distinct_points():
    rows, site = PointSet(np.array([2.0, 1.0, 2.0]), np.array([5.0, 5.0, 5.0])).sites
    assert len(rows) == 2
    assert site[0] == site[2] != site[1]


@given(st.integers(0, 10**6))
def test_the_order_is_that_of_the_points_not_of_the_table(seed):
    rng = np.random.default_rng(seed)
    x, y, day = rng.integers(0, 5, 30) / 3, rng.integers(0, 5, 30) / 3, rng.integers(0, 3, 30)
    moved = rng.permutation(30)
    first, second = PointSet(x, y).order(day), PointSet(x[moved], y[moved]).order(day[moved])
    for values in (x, y, day):
        assert np.array_equal(values[first], values[moved][second])


def test_degrees_count_the_pairs_of_each_point():
    block = next(iter(PointSet(np.array([0.0, 0.0, 1.0]), np.zeros(3), on_sphere=False).pairs([0.0, 1.0])))
    assert block.degrees(3).tolist() == [2, 2, 2]
    assert block.degrees(3, slice(0, 1)).tolist() == [1, 1, 0]
    assert len(block) == 3
