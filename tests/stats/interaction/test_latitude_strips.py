import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protestspread.errors import DataWarning
from protestspread.kernels import dispatch
from protestspread.stats.interaction import points as module
from protestspread.stats.interaction.points import LatitudeStrips, PointSet


def strips_of(points, km):
    return LatitudeStrips.of(points.x, points.y, points.vectors, km, on_sphere=points.on_sphere)


def found(points, limits):
    bands = [[] for _ in limits]
    for block in points.pairs(limits):
        for band, (one, other) in zip(bands, block.by_distance_class, strict=True):
            band += [(min(i, j), max(i, j)) for i, j in zip(one.tolist(), other.tolist(), strict=True)]
    assert all(len(set(band)) == len(band) for band in bands)  # each pair once
    return [set(band) for band in bands]


@pytest.fixture
def both(monkeypatch):
    """Find pairs by a tree and in strips, and check that they are the same."""

    def compare(points, limits):
        monkeypatch.setattr(module, "_FEW", 0)
        monkeypatch.setattr(dispatch, "FORCED", False)
        by_tree = found(points, limits)
        monkeypatch.setattr(dispatch, "FORCED", True)
        assert found(points, limits) == by_tree
        return by_tree

    return compare


@settings(max_examples=60)
@given(
    seed=st.integers(0, 10**6),
    on_sphere=st.booleans(),
    middle=st.sampled_from([(0.0, 0.0), (55.0, 48.0), (179.0, -10.0), (-60.0, 84.0)]),
    size=st.sampled_from([0.0, 0.01, 1.0, 20.0]),
    km=st.sampled_from([0.0, 1.0, 50.0, 400.0, 3000.0]),
)
def test_strips_find_what_a_tree_finds(seed, on_sphere, middle, size, km):
    rng = np.random.default_rng(seed)
    near = rng.integers(-4, 5, (60, 2)) / 4 if seed % 2 else rng.uniform(-1, 1, (60, 2))
    lon, lat = (middle + size * near).T
    points = PointSet(np.where(lon > 180, lon - 360, lon), np.clip(lat, -90, 90), on_sphere)
    strips = strips_of(points, km)
    reach = points._square(km) * (1 + 2e-9) + 1e-20
    by_tree = {frozenset(pair) for one, other, _ in points._by_tree(km, reach) for pair in zip(one.tolist(), other.tolist(), strict=True)}  # fmt: skip
    if strips is not None:
        one, other, square = next(strips.pairs(reach, 1))
        pairs = [frozenset(pair) for pair in zip(one.tolist(), other.tolist(), strict=True)]
        assert len(set(pairs)) == len(pairs)
        assert set(pairs) == by_tree
        assert square == pytest.approx(points._squares(one, other), abs=1e-15)
    else:
        assert on_sphere


def test_large_countries_use_strips():
    assert strips_of(PointSet(np.array([46.0, 87.0]), np.array([41.0, 55.0])), 500.0) is not None


@pytest.mark.parametrize(
    ("lon", "lat", "km"),
    [([-179.0, 179.0], [0.0, 1.0], 300.0), ([0.0, 1.0], [88.0, 70.0], 200.0), ([0.0, 9.0], [0.0, 1.0], 15_000.0)],
)
def test_ranges_that_wrap_around_the_globe_use_the_tree(lon, lat, km, both):
    points = PointSet(np.array(lon), np.array(lat))
    assert strips_of(points, km) is None
    assert both(points, [km]) == [{(0, 1)} if points.km(0, 1) <= km else set()]


def test_bands_and_blocks_are_those_of_the_tree(both, monkeypatch):
    rng = np.random.default_rng(1)
    points = PointSet(rng.uniform(50, 60, 700).round(1), rng.uniform(41, 50, 700).round(1))
    limits = [0.0, 10.0, 100.0]
    whole = both(points, limits)
    assert min(map(len, whole)) > 10
    monkeypatch.setattr(module, "_MOST_PAIRS", 1000)
    with pytest.warns(DataWarning, match=r"within 100 km.*GB.*blocks"):
        assert found(points, limits) == whole


def test_many_points_at_one_place_and_one_apart(both):
    points = PointSet(np.r_[np.full(50, 7.0), 9.0], np.r_[np.full(50, 48.0), 50.0])
    assert [len(band) for band in both(points, [0.0, 1.0])] == [1225, 0]
