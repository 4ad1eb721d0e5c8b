"""Compiled counts and sums against their plain versions, and these against their definitions."""

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from protestspread.geodesy import great_circle_km, unit_vectors
from protestspread.kernels import circles, knox, mantel, plain

SEEDS = st.integers(0, 10**6)


def some_pairs(rng, n, count):
    one, other = rng.integers(0, n, (2, count)).astype(np.int32)
    return one[one != other], other[one != other]


@given(SEEDS, st.integers(0, 9), st.integers(1, 20))
def test_close_pairs_are_counted(seed, within, columns):
    rng = np.random.default_rng(seed)
    one, other = some_pairs(rng, 12, 40)
    days = rng.integers(0, 15, (12, columns)).astype(np.int32)
    expected = (np.abs(days[one] - days[other]) <= within).sum(axis=0)
    for count in (plain.count_close, knox.count_close):
        out = np.ones(columns, dtype=np.int64)
        count(one, other, days, within, out)
        assert np.array_equal(out, expected + 1)


@given(SEEDS)
def test_reaching_pairs_are_counted(seed):
    rng = np.random.default_rng(seed)
    one, other = some_pairs(rng, 12, 40)
    days, reach = rng.integers(0, 15, (12, 3)).astype(np.int32), rng.integers(0, 5, 15).astype(np.int32)
    expected = (np.abs(days[one] - days[other]) <= reach[days[one]]).sum(axis=0)
    for count in (plain.count_within, knox.count_within):
        out = np.zeros(3, dtype=np.int64)
        count(one, other, days, reach, out)
        assert np.array_equal(out, expected)


@given(SEEDS, st.integers(1, 5))
def test_tables_of_places_are_summed_over_pairs(seed, columns):
    rng = np.random.default_rng(seed)
    one, other = some_pairs(rng, 6, 10)
    places = np.column_stack([rng.permutation(6) for _ in range(columns)]).astype(np.int32)
    table = rng.uniform(0, 1, (6, 6, 2))
    expected = [
        [sum(table[places[p, k], places[q, k], side] for p, q in zip(one, other, strict=True)) for side in (0, 1)]
        for k in range(columns)
    ]
    for add in (plain.sum_tabled, knox.sum_tabled):
        out = np.zeros((columns, 2))
        add(one, other, places, table, out)
        assert out == pytest.approx(np.array(expected))


@given(SEEDS, st.integers(1, 3))
def test_pairs_are_counted_by_the_band_of_their_sites(seed, bands):
    rng = np.random.default_rng(seed)
    one, other = some_pairs(rng, 12, 30)
    site, band = rng.integers(0, 5, 12).astype(np.int32), rng.integers(0, bands, (5, 5)).astype(np.uint8)
    arranged = np.column_stack([rng.permutation(12) for _ in range(4)]).astype(np.int32)
    found = []
    for order in arranged.T:
        moved = np.empty(12, dtype=int)
        moved[order] = site
        found.append([band[moved[p], moved[q]] for p, q in zip(one, other, strict=True)])
    for count in (plain.count_banded, knox.count_banded):
        out = np.zeros((4, bands), dtype=np.int64)
        count(one, other, arranged, site, band, out)
        assert out.tolist() == [[row.count(k) for k in range(bands)] for row in found]


@settings(max_examples=40)
@given(SEEDS)
def test_tallies_weigh_each_end_of_a_pair(seed):
    rng = np.random.default_rng(seed)
    one, other = some_pairs(rng, 9, 30)
    pairs = plain.WeightedPairs(one, other, rng.uniform(1, 2, len(one)), rng.uniform(1, 2, len(one)))
    days = rng.integers(0, 10, (9, 3)).astype(np.int32)
    clock = plain.TimeBins(np.minimum(np.arange(10), 4).astype(np.int32), 0, 11)
    expected = np.zeros((3, 5))
    for i, j, mine, theirs in zip(*pairs, strict=True):
        for column in range(3):
            a, b = days[i, column], days[j, column]
            apart = abs(a - b)
            for here, weight in ((a, mine), (b, theirs)):
                inside = (here - apart >= 0) and (here + apart <= 11)
                expected[column, min(apart, 4)] += weight if inside else 2 * weight
    for tally in (plain.count_pairs, knox.count_pairs):
        out = np.zeros((3, 5))
        tally(pairs, days, clock, out)
        assert out == pytest.approx(expected)


@pytest.mark.parametrize("tally", [plain.count_pairs, knox.count_pairs])
def test_tallies_do_not_depend_on_the_number_of_columns(tally):
    rng = np.random.default_rng(1)
    one, other = some_pairs(rng, 50, 3000)
    pairs = plain.WeightedPairs(one, other, rng.uniform(1, 2, len(one)), rng.uniform(1, 2, len(one)))
    days, clock = rng.integers(0, 20, (50, 37)).astype(np.int32), plain.TimeBins(np.arange(20, dtype=np.int32), 0, 19)
    whole = np.zeros((37, 20))
    tally(pairs, days, clock, whole)
    for first, last in ((0, 1), (1, 20), (20, 37)):
        part = np.zeros((last - first, 20))
        tally(pairs, np.ascontiguousarray(days[:, first:last]), clock, part)
        assert np.array_equal(part, whole[first:last])


def space(rng, n, offset, on_sphere):
    if on_sphere:
        lon, lat = rng.uniform(-180, 180, n), rng.uniform(-90, 90, n)
        return plain.Space(
            np.ascontiguousarray(unit_vectors(lon, lat).T), 6371.0088, offset
        ), lambda i, j: great_circle_km(lon[i], lat[i], lon[j], lat[j])
    xy = rng.uniform(0, 9, (2, n))
    return plain.Space(xy, 0.0, offset), lambda i, j: np.hypot(*(xy[:, i] - xy[:, j]))


@pytest.mark.parametrize("on_sphere", [True, False])
@pytest.mark.parametrize("offset", [-1.0, 2.0])
def test_nearness_is_that_of_great_circles_and_planes(on_sphere, offset):
    rng = np.random.default_rng(3)
    given_space, km = space(rng, 400, offset, on_sphere)
    for i in (0, 17):
        others = np.arange(i + 1, 400)
        expected = km([i], others) if offset < 0 else 1 / (km([i], others) + offset)
        out = np.empty(len(others))
        mantel.nearness(given_space, i, i + 1, out)
        assert out == pytest.approx(expected, rel=1e-8)
        assert plain.nearness(given_space, [i], others) == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("apart", [0.0, 1e-12, 1e-7, 1e-3, 1.0, 59.9, 60.1, 90.0, 150.0, 179.0])
def test_arcs_from_chords_keep_their_digits(apart):
    """Sixty degrees is where one series gives way to the other."""
    vectors = np.ascontiguousarray(unit_vectors([0.0, apart], [0.0, 0.0]).T)
    out = np.empty(1)
    mantel.nearness(plain.Space(vectors, 180 / math.pi, -1.0), 0, 1, out)
    assert out[0] == pytest.approx(apart, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize(("precision", "digits"), [("float64", 1e-12), ("float32", 2e-6)])
@pytest.mark.parametrize("offset_days", [-1.0, 1.5])
def test_products_are_summed_over_all_pairs(precision, digits, offset_days):
    rng = np.random.default_rng(4)
    given_space, _ = space(rng, 301, 5.0, on_sphere=True)
    days = rng.integers(0, 90, (301, 19)).astype(precision)
    expected = np.zeros(19)
    plain.products(given_space, days.astype(float), offset_days, expected)
    stripes = np.zeros((plain.STRIPES, 19))
    for stripe in range(plain.STRIPES):
        mantel.stripe_products(given_space, stripe, days, offset_days, stripes[stripe])
    assert stripes.sum(axis=0) == pytest.approx(expected, rel=digits)
    part = np.zeros((plain.STRIPES, 4))
    for stripe in range(plain.STRIPES):
        mantel.stripe_products(given_space, stripe, np.ascontiguousarray(days[:, 3:7]), offset_days, part[stripe])
    assert np.array_equal(part, stripes[:, 3:7])


def test_sums_of_nearness_are_those_of_the_table():
    rng = np.random.default_rng(5)
    given_space, km = space(rng, 200, 5.0, on_sphere=True)
    table = 1 / (km(*np.meshgrid(np.arange(200), np.arange(200), indexing="ij")) + 5.0)
    np.fill_diagonal(table, 0)
    sums, rows = np.zeros((plain.STRIPES, 2)), np.zeros((plain.STRIPES, 200))
    for stripe in range(plain.STRIPES):
        mantel.stripe_sums(given_space, stripe, sums[stripe], rows[stripe])
    assert sums.sum(axis=0) == pytest.approx([table.sum() / 2, (table**2).sum() / 2], rel=1e-9)
    assert rows.sum(axis=0) == pytest.approx(table.sum(axis=1), rel=1e-9)


def edges_of(area):
    rings = shapely.get_rings(shapely.get_parts(shapely.orient_polygons(area, exterior_cw=False)))
    return np.concatenate([np.hstack([c[:-1], c[1:]]) for c in map(shapely.get_coordinates, rings)])


COUNTRY = shapely.Polygon(
    [(0, 0), (10, 0), (10, 4), (6, 4), (6, 8), (10, 8), (10, 10), (0, 10)], [[(2, 2), (2, 4), (4, 4), (4, 2)]]
)
COUNTRY = COUNTRY.union(shapely.box(12, 0, 15, 10))  # with a bay, a lake and an island


@pytest.mark.long
@pytest.mark.parametrize("shares", [plain.arc_shares, circles.arc_shares])
def test_arcs_inside_a_polygon_are_those_of_many_points_on_the_circle(shares):
    rng = np.random.default_rng(6)
    xy = rng.uniform(0, 15, (300, 2))
    xy = xy[shapely.contains_xy(COUNTRY, xy)]
    radius = rng.uniform(0.1, 16, len(xy))
    out = np.empty(len(xy))
    shares(plain.Circle(xy[:, 0].copy(), xy[:, 1].copy(), radius), edges_of(COUNTRY), out)
    turn = 2 * np.pi * (np.arange(20_000) + 0.5) / 20_000
    seen = [
        shapely.contains_xy(COUNTRY, x + r * np.cos(turn), y + r * np.sin(turn)).mean()
        for (x, y), r in zip(xy, radius, strict=True)
    ]
    assert out == pytest.approx(seen, abs=3e-4)
    assert (out == 0).any()
    assert (out == 1).any()


@pytest.mark.parametrize("shares", [plain.arc_shares, circles.arc_shares])
@pytest.mark.parametrize(
    ("x", "y", "radius", "share"),
    [
        (5, 5, 5, 1),  # touches all four sides from within
        (0, 0, 3, 0.25),  # about a corner
        (5, 0, 2, 0.5),  # about a side
        (5, 5, math.hypot(5, 5), 0),  # through the corners
        (
            5,
            5,
            5 * math.sqrt(2) / math.sqrt(1.5),
            1 - 4 * 2 * math.acos(5 / (5 * math.sqrt(2) / math.sqrt(1.5))) / (2 * math.pi),
        ),
        (5, 5, 100, 0),
        (3, 4, 5, None),  # through a corner, an end of two edges
    ],
)
def test_arcs_inside_a_square_are_those_of_geometry(shares, x, y, radius, share):
    square, out = shapely.box(0, 0, 10, 10), np.empty(1)
    shares(plain.Circle(np.array([float(x)]), np.array([float(y)]), np.array([float(radius)])), edges_of(square), out)
    if share is None:
        share = shapely.Point(x, y).buffer(radius, quad_segs=5000).boundary.intersection(square).length / (
            2 * math.pi * radius
        )
    assert out[0] == pytest.approx(share, abs=1e-5)
