"""The compiled grid against its plain version (GEOS), on difficult points: vertices, borders, and their neighbors."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from protestspread import region_lookup
from protestspread.kernels import dispatch, region_grid
from protestspread.region_lookup import containing_region, containing_regions, regions_by_grid, regions_by_tree

SQUARE = shapely.box(0, 0, 1, 1)


def coverage(seed, n=30, wiggle=0.02):
    """Voronoi cells with bent borders: a map without gaps."""
    rng = np.random.default_rng(seed)
    cells = shapely.voronoi_polygons(shapely.multipoints(rng.uniform(0, 1, (n, 2))), extend_to=SQUARE)
    cells = shapely.segmentize(shapely.intersection(shapely.get_parts(cells), SQUARE), 0.05)
    return shapely.transform(cells, lambda xy: xy + wiggle * np.sin(17 * xy[:, ::-1]))


def overlapping(seed, n=12):
    """Boxes, discs with a hole, and pairs of boxes, one over the other, with corners on whole numbers."""
    rng = np.random.default_rng(seed)
    shapes = []
    for i in range(n):
        x, y, wide, high = rng.integers(0, 8, 2).tolist() + rng.integers(1, 5, 2).tolist()
        box = shapely.box(x, y, x + wide, y + high)
        ring = shapely.Point(x, y).buffer(wide, 4).difference(shapely.Point(x, y).buffer(wide / 2, 3))
        far = shapely.box(x + 10, y, x + 10 + wide, y + high)
        shapes.append((box, ring, shapely.MultiPolygon([box, far]))[i % 3])
    return np.array(shapes)


def difficult_points(shapes, seed):
    """Vertices, points along borders, their next neighbors in floating point, and points anywhere."""
    rng = np.random.default_rng(seed)
    corners = shapely.get_coordinates(shapes)
    share = rng.uniform(0, 1, (len(corners) - 1, 1)).round(1)
    along = corners[:-1] * (1 - share) + corners[1:] * share
    beside = np.nextafter(np.vstack([corners, along]), rng.choice([-1e9, 1e9], (2 * len(corners) - 1, 2)))
    beside[np.abs(beside) < 1e-300] = 1e-17  # products of denormal numbers underflow, in GEOS too
    low, high = corners.min(axis=0) - 0.5, corners.max(axis=0) + 0.5
    whole = np.stack(
        np.meshgrid(*[np.arange(np.floor(a), np.ceil(b) + 0.5, 0.5) for a, b in zip(low, high, strict=True)]), -1
    ).reshape(-1, 2)
    return np.vstack([corners, along, beside, whole, rng.uniform(low, high, (400, 2))])


def agree(points, shapes):
    """Both methods find the same first region, and the same second one except next to a border, where the grid is not sure."""
    one, other = regions_by_grid(points, shapes), regions_by_tree(points, shapes)
    unlike = one[1] != other[1]
    near = shapely.distance(shapely.points(points[unlike]), shapely.union_all(shapely.boundary(shapes))) < 1e-12
    return (one[0] == other[0]).all() and near.all()


@pytest.mark.long
@given(st.integers(0, 10_000), st.sampled_from([coverage, overlapping]))
def test_results_equal_those_of_geos(seed, make):
    shapes = make(seed)
    points = difficult_points(shapes, seed)
    assert agree(points, shapes)


@pytest.mark.parametrize("size", [1, 2, 7, 64, 1024])
@pytest.mark.parametrize("make", [coverage, overlapping])
def test_the_size_of_the_grid_changes_nothing(size, make, monkeypatch):
    shapes = make(3)
    points = difficult_points(shapes, 3)
    made = region_grid.region_grid
    monkeypatch.setattr(region_grid, "region_grid", lambda *filed: made(*filed, size=size))
    assert agree(points, shapes)


def test_only_points_near_a_border_are_left_to_geos(monkeypatch):
    shapes = coverage(1)
    points = np.random.default_rng(2).uniform(-0.1, 1.1, (5_000, 2))
    asked = []
    monkeypatch.setattr(
        "protestspread.region_lookup.regions_by_tree",
        lambda left, all_: asked.append(left) or regions_by_tree(left, all_),
    )
    on_border = shapely.get_coordinates(shapes)[:10]
    rows, _ = regions_by_grid(np.vstack([points, on_border]), shapes)
    assert len(asked[0]) == 10
    assert (rows == regions_by_tree(np.vstack([points, on_border]), shapes)[0]).all()


def test_a_grid_that_would_be_too_large_is_made_coarser(monkeypatch):
    monkeypatch.setattr(region_grid, "MOST_WORK", 2_000)
    ends = np.array([[0, 0, 4, 0], [4, 0, 4, 4], [4, 4, 0, 4], [0, 4, 0, 0]], dtype=float)
    grid = region_grid.region_grid(ends, np.zeros(4, int), np.array([[0.0, 0.0, 4.0, 4.0]]))
    assert grid.label.shape == (32, 32)
    assert region_grid.locate(np.array([[2.0, 2.0], [5.0, 2.0], [4.0, 2.0], [np.nan, 2.0]]), grid)[0].tolist() == [
        0, region_grid.OUTSIDE, region_grid.UNDECIDED, region_grid.OUTSIDE,
    ]  # fmt: skip


@pytest.mark.parametrize("compiled", [True, False])
def test_it_is_the_first_match_of_sjoin(compiled, monkeypatch):
    monkeypatch.setattr(dispatch, "FORCED", compiled)
    shapes = overlapping(8)
    regions = gpd.GeoDataFrame(
        index=pd.Index([f"r{i}" for i in range(len(shapes))], name="region_id"), geometry=shapes, crs=4326
    )
    points = difficult_points(shapes, 8)
    joined = gpd.sjoin(gpd.GeoDataFrame(geometry=gpd.points_from_xy(*points.T), crs=4326), regions)
    first = (
        joined["region_id"].map(regions.index.get_loc).groupby(level=0).min().reindex(range(len(points)), fill_value=-1)
    )
    rows = containing_region(points, regions)
    assert (rows == first.to_numpy()).all()
    assert (rows < 0).any()
    assert joined.index.has_duplicates  # points on borders and in overlaps


def test_the_second_region_is_one_that_overlaps_not_a_neighbor():
    shapes = np.array(
        [shapely.box(0, 0, 10, 10), shapely.box(2, 2, 4, 4), shapely.box(10, 0, 20, 10), shapely.box(3, 3, 9, 9)]
    )
    points = np.array([[1, 1], [3, 2.5], [10, 5], [2, 3], [3.5, 3.5], [15, 5], [30, 0], [8, 8]], dtype=float)
    expected = [[0, 0, 0, 0, 0, 2, -1, 0], [-1, 1, -1, -1, 1, -1, -1, 3]]
    for find in (regions_by_tree, regions_by_grid):
        assert np.stack(find(points, shapes)).tolist() == expected
    turned = np.stack(regions_by_grid(points, shapes[::-1]))  # rows in the other order: 3 - row
    assert np.where(turned >= 0, 3 - turned, -1).tolist() == [[0, 1, 2, 1, 3, 2, -1, 3], [-1, 0, -1, -1, 1, -1, -1, 0]]


def test_threads_change_nothing(monkeypatch):
    shapes = overlapping(5)
    points = np.random.default_rng(1).uniform(-1, 20, (3_000, 2))
    alone = np.stack(regions_by_grid(points, shapes))
    monkeypatch.setattr("protestspread.parallel.MANY", 0)
    monkeypatch.setattr("protestspread.region_lookup._CHUNK", 100)
    assert (np.stack(regions_by_grid(points, shapes)) == alone).all()


@pytest.mark.parametrize("compiled", [True, False])
def test_repeated_points_are_found_once(compiled, monkeypatch):
    monkeypatch.setattr(dispatch, "FORCED", compiled)
    shapes = overlapping(8)
    regions = gpd.GeoDataFrame(index=pd.RangeIndex(len(shapes), name="region_id"), geometry=shapes, crs=4326)
    points = difficult_points(shapes, 8)
    sizes, find = [], region_lookup._regions_at
    monkeypatch.setattr(region_lookup, "_regions_at", lambda at, all_: sizes.append(len(at)) or find(at, all_))
    repeated = np.random.default_rng(1).integers(0, len(points), 20 * len(points))
    once, often = containing_regions(points, regions), containing_regions(points[repeated], regions)
    assert sizes[1] == len(np.unique(points[repeated], axis=0)) <= len(points)
    for one, other in zip(once, often, strict=True):
        assert (other == one[repeated]).all()
