"""Delaunay and Gabriel graphs, against every circle looked at one by one."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import protestspread as ps
from protestspread.geodesy import great_circle_km, unit_vectors

from .test_near import spots, ties, towns


def pairs(graph):
    return {frozenset(pair) for pair in ties(graph)}


def named(*couples):
    return {frozenset(f"t{i}" for i in couple) for couple in couples}


def delaunay_by_hand(points):
    """Every three places whose circle is empty on one side; on half a globe, not with its back on that side."""
    vectors = unit_vectors(*np.array(points).T)
    faces = []
    for three in combinations(range(len(points)), 3):
        a, b, c = vectors[list(three)]
        normal = np.cross(b - a, c - a)
        normal /= np.linalg.norm(normal)
        height = np.delete((vectors - a) @ normal, three)
        faces += [(three, side * normal, side * normal @ a) for side in (1, -1) if (side * height < 0).all()]
    middle = vectors.sum(axis=0)
    back = -middle / np.linalg.norm(middle)
    if not (vectors @ back < 0).all():  # not within 90° of the mean: on half a globe, if the center lies beyond a face
        _, back, height = min(faces, key=lambda face: face[2])
        if height >= 0:
            back = np.zeros(3)
    kept = [three for three, outward, height in faces if not (back.any() and outward @ back > height)]
    return {pair for three in kept for pair in named(*combinations(three, 2))}


def scattered(seed, n, where):
    rng = np.random.default_rng(seed)
    lon, lat, wide = where
    x = lon + rng.uniform(-wide, wide, n)
    y = np.degrees(np.arcsin(rng.uniform(-1, 1, n))) if wide == 180 else lat + rng.uniform(-wide / 2, wide / 2, n)
    return list(zip((x + 180) % 360 - 180, y, strict=True))


@given(
    st.integers(0, 10_000),
    st.integers(3, 14),
    st.sampled_from([(60, 45, 10), (180, 0, 5), (-180, 80, 15), (0, 0, 180), (30, 30, 80)]),
)
def test_delaunay_circles_are_empty(seed, n, where):
    points = scattered(seed, n, where)
    assert pairs(ps.delaunay_graph(towns(points))) == delaunay_by_hand(points)


def test_around_the_pole_the_ring_is_closed_over_the_pole():
    points = [(0, 80), (90, 81), (180, 82), (-90, 83), (17, 89)]
    graph = ps.delaunay_graph(towns(points))
    assert pairs(graph) == named((0, 1), (1, 2), (2, 3), (3, 0), (0, 4), (1, 4), (2, 4), (3, 4))


def test_a_region_is_not_tied_across_the_back_of_the_globe():
    square = [(0, 0), (10, 0), (10.5, 10), (0, 10), (5, 5.1)]
    assert pairs(ps.delaunay_graph(towns(square))) == named(
        (0, 1), (1, 2), (2, 3), (3, 0), (0, 4), (1, 4), (2, 4), (3, 4)
    )
    octahedron = [(0, 0), (90, 0), (180, 0), (-90, 0), (0, 90), (0, -90)]
    faces = {frozenset(p) for p in combinations([f"t{i}" for i in range(6)], 2)} - named((0, 2), (1, 3), (4, 5))
    assert pairs(ps.delaunay_graph(towns(octahedron))) == faces


def test_half_a_globe_is_found_even_where_the_mean_of_places_misleads():
    # many places around 0° E and one at 100° E: it lies more than 90° from their mean, and yet all fit on one half
    crowd = [(np.cos(a) * 3, np.sin(a) * 3) for a in np.linspace(0, 6, 9)]
    graph = ps.delaunay_graph(towns([*crowd, (92.0, 1.0)]))
    far = {name for pair in pairs(graph) if "t9" in pair for name in pair} - {"t9"}
    west = {f"t{i}" for i, (x, _) in enumerate(crowd) if x < -1}
    assert far
    assert not far & west


def test_places_in_a_row_are_tied_in_a_row():
    row = named((0, 1), (1, 2), (2, 3))
    for points in (
        [(0, 0), (1, 0), (2, 0), (5, 0)],
        [(30, 0), (30, 1), (30, 4), (30, 9)],
        [(178, 0), (179, 0), (-179, 0), (-170, 0)],
    ):
        assert pairs(ps.delaunay_graph(towns(points))) == row
        assert pairs(ps.gabriel_graph(towns(points))) == row
    around = [(0, 0), (70, 0), (140, 0), (-140, 0), (-70, 0)]
    ring = named((0, 1), (1, 2), (2, 3), (3, 4), (4, 0))
    assert pairs(ps.delaunay_graph(towns(around))) == pairs(ps.gabriel_graph(towns(around))) == ring
    gap = [(0, 0), (0.1, 0), (0.2, 0), (0.3, 0), (100, 0), (170, 0)]
    assert pairs(ps.delaunay_graph(towns(gap))) == named((0, 1), (1, 2), (2, 3), (3, 4), (4, 5))
    assert pairs(ps.delaunay_graph(towns([(0, 0), (120, 0), (-120, 0)]))) == named((0, 1), (1, 2), (0, 2))


def test_places_on_one_small_circle_are_triangulated():
    parallel = [(x, 60) for x in range(-180, 180, 60)]
    graph = ps.delaunay_graph(towns(parallel))
    assert pairs(graph) >= named((0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 0))
    assert len(pairs(graph)) == 6 + 3  # a hexagon and the three diagonals of some triangulation
    assert pairs(ps.gabriel_graph(towns(parallel))) == named((0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 0))


@pytest.mark.parametrize("scale", [1e-4, 1e-3, 1, 30])
def test_from_a_street_to_a_continent(scale):
    rng = np.random.default_rng(5)
    points = rng.uniform(-1, 1, (30, 2)) * scale + [70, 40]
    flat = (points - [70, 40]) * [np.cos(np.radians(40)), 1]
    graph = ps.delaunay_graph(towns(points))
    if scale < 0.01:
        from scipy.spatial import Delaunay

        plane = {frozenset((f"t{a}", f"t{b}")) for face in Delaunay(flat).simplices for a, b in combinations(face, 2)}
        assert len(pairs(graph) ^ plane) <= 2  # the outermost slivers may differ
    assert len(pairs(graph)) <= 3 * 30 - 6
    assert "components  1\n" in repr(graph)


@given(spots)
def test_gabriel_circles_hold_no_third(points):
    cities = towns(points)
    graph = ps.gabriel_graph(cities)
    vectors = unit_vectors(*np.array(points).T)
    for i, j in combinations(range(len(points)), 2):
        middle = vectors[i] + vectors[j]
        apart = np.linalg.norm(vectors[i] - vectors[j])
        if apart < 1e-6 or apart > 1.999:
            continue
        middle /= np.linalg.norm(middle)
        radius = np.linalg.norm(vectors[i] - middle)
        third = [v for k, v in enumerate(vectors) if k not in (i, j)]
        if any(min(np.linalg.norm(v - vectors[i]), np.linalg.norm(v - vectors[j])) < 1e-6 for v in third):
            continue  # too near to an end to say on which side of the circle it lies
        nearest = min((np.linalg.norm(v - middle) for v in third), default=9)
        if nearest < radius * (1 - 1e-6):
            assert frozenset((f"t{i}", f"t{j}")) not in pairs(graph)
        if nearest > radius * (1 + 1e-6):
            assert frozenset((f"t{i}", f"t{j}")) in pairs(graph)


@given(st.integers(0, 10_000), st.integers(2, 40))
def test_gabriel_is_a_part_of_delaunay_and_ties_every_place(seed, n):
    cities = towns(scattered(seed, n, (60, 45, 20)))
    gabriel, delaunay = ps.gabriel_graph(cities), ps.delaunay_graph(cities)
    assert pairs(gabriel) <= pairs(delaunay)
    assert "components  1\n" in repr(gabriel)
    assert gabriel.is_symmetric
    assert delaunay.is_symmetric
    assert (delaunay.edges["weight"] == 1).all()


def test_places_at_one_point_are_tied_and_share_their_neighbors():
    for build in (ps.delaunay_graph, ps.gabriel_graph):
        graph = build(towns([(0, 0), (1, 0), (0, 0)]))
        assert pairs(graph) == named((0, 1), (0, 2), (1, 2))
        assert ties(graph)["t0", "t2"] == (1.0, 0.0)
        assert pairs(build(towns([(0, 90), (90, 90)]))) == named((0, 1))
        assert pairs(build(towns([(5, 5)]))) == set()
        assert build(towns([])).edges.empty
    a, b = (0.0, 0.0), (10.0, 0.0)
    graph = ps.gabriel_graph(towns([a, b]))
    assert ties(graph)["t0", "t1"][1] == pytest.approx(float(great_circle_km(*a, *b)))
