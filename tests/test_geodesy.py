import numpy as np
import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protestspread import geodesy
from protestspread.geodesy import (
    EARTH_RADIUS_KM,
    chord,
    distinct_pairs,
    great_circle_km,
    nearest,
    pairs_within,
    unit_vectors,
)

lon = st.floats(-180, 180)
lat = st.floats(-90, 90)
point = st.tuples(lon, lat)
SPHERE = pyproj.Geod(a=EARTH_RADIUS_KM * 1000, b=EARTH_RADIUS_KM * 1000)


@given(point, point)
def test_it_is_symmetric_and_agrees_with_pyproj(one, other):
    km = float(great_circle_km(*one, *other))
    assert km == pytest.approx(float(great_circle_km(*other, *one)), abs=1e-9)
    assert km == pytest.approx(SPHERE.inv(*one, *other)[2] / 1000, abs=1e-5)
    assert 0 <= km <= np.pi * EARTH_RADIUS_KM + 1e-9


@given(point, point, point)
def test_the_triangle_inequality(a, b, c):
    assert great_circle_km(*a, *c) <= great_circle_km(*a, *b) + great_circle_km(*b, *c) + 1e-6


@given(lon, lat)
def test_a_point_lies_on_itself_and_half_way_round_from_its_antipode(x, y):
    assert great_circle_km(x, y, x, y) == pytest.approx(0, abs=1e-9)
    assert great_circle_km(x, y, x + 180, -y) == pytest.approx(np.pi * EARTH_RADIUS_KM, abs=1e-4)


def test_the_antimeridian_and_the_poles():
    degree = np.pi * EARTH_RADIUS_KM / 180
    assert great_circle_km(179.5, 0, -179.5, 0) == pytest.approx(degree)
    assert great_circle_km(0, 89.5, 180, 89.5) == pytest.approx(degree)
    assert great_circle_km(-73, 90, 110, 90) == pytest.approx(0, abs=1e-9)


def test_chords_have_the_right_length():
    one, other = unit_vectors([0, 30], [0, 0])
    assert np.linalg.norm(one - other) == pytest.approx(chord(float(great_circle_km(0, 0, 30, 0))))
    assert chord(1e9) == 2.0
    assert chord(-1) == 0.0


@given(st.lists(point, min_size=2, max_size=25), st.floats(0, 20_000))
def test_pairs_within_are_those_found_one_by_one(points, within_km):
    x, y = np.array(points).T
    found = {(int(a), int(b)) for a, b in pairs_within(x, y, within_km).T}
    km = great_circle_km(x[:, None], y[:, None], x, y)
    assert found == {(i, j) for i in range(len(x)) for j in range(i + 1, len(x)) if km[i, j] <= within_km}


@given(st.lists(point, min_size=1, max_size=20), st.lists(point, min_size=1, max_size=20))
def test_the_nearest_is_nearest(points, others):
    (x, y), (u, v) = np.array(points).T, np.array(others).T
    rows, km = nearest(x, y, u, v)
    assert km == pytest.approx(great_circle_km(x[:, None], y[:, None], u, v).min(axis=1), abs=1e-4)
    assert len(rows) == len(x)


def test_the_first_of_two_equally_near_wins():
    rows, _ = nearest([0.0], [0.0], [5.0, 5.0, 5.0][:2], [0.0, 0.0])
    assert rows.tolist() == [0]


@pytest.mark.parametrize("hashes_collide", [False, True])
@given(st.lists(st.tuples(*[st.sampled_from([0.0, 1.5, -2.0, 90.0, np.inf])] * 2), max_size=20))
def test_pairs_have_codes_and_each_code_has_a_row(hashes_collide, pairs):
    plainly = geodesy._factorize
    x, y = np.array(pairs, dtype=float).reshape(-1, 2).T
    with pytest.MonkeyPatch.context() as patch:
        if hashes_collide:
            patch.setattr(geodesy, "_factorize", lambda n: plainly(n * np.uint64(0) if n.dtype == np.uint64 else n))
        codes, row = distinct_pairs(x, y)
    assert len(row) == len(set(pairs))
    assert [pairs[number] for number in row[codes]] == pairs
