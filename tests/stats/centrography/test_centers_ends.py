"""The ends of the limits around centers, on the equator, where a center is one number and can be worked out by hand."""

import math

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

import protestspread as ps

KM_PER_DEGREE = 6371.0088 * math.pi / 180
APART, DRAWS = 5.0, 999


@pytest.fixture
def cities():
    index = pd.Index(["west", "east"], name="city")
    return gpd.GeoDataFrame(index=index, geometry=gpd.points_from_xy([0.0, APART], [0.0, 0.0]), crs=4326)


def table_of(days, cities, **options):
    index = pd.date_range("2022-01-01", periods=len(days), name="date")
    panel = pd.DataFrame(days, index=index, columns=cities.index)
    return ps.centers_over_time(panel, cities, **options).to_frame()


def lon_of(west, east):
    """Return the longitude of the mean center of so many events in the west, at 0°, and in the east, at 5°."""
    far = np.radians(APART)
    return np.degrees(np.arctan2(east * np.sin(far), west + east * np.cos(far)))


def drawn_lons(seed, day, west, east, draws):
    """Draw the events of a day again: each replicate has the Philox stream of its number."""
    rng = np.random.Generator(np.random.Philox(key=seed, counter=[0, 0, 0, day]))
    total = west + east
    return lon_of(*rng.multinomial(total, [west / total, east / total], size=draws).T)


@pytest.mark.parametrize(("west", "east"), [(30, 10), (21, 16), (3, 4)])
def test_the_radius_holds_95_percent_of_the_drawn_centers(cities, quantile_by_hand, west, east):
    found = table_of([[west, east]], cities, draws=DRAWS, rng=11)["center_km"].iloc[0]
    far = np.abs(drawn_lons(11, 0, west, east, DRAWS) - lon_of(west, east)) * KM_PER_DEGREE
    assert found == pytest.approx(quantile_by_hand(far, 0.95), rel=1e-6)


@pytest.mark.parametrize(("events", "steps"), [(100, 10), (144, 12), (64, 8)])
def test_the_radius_is_that_of_a_binomial(cities, events, steps):
    """Half of the events lie in each city, so the drawn center moves by a binomial: |K - n/2| <= steps in 95% of draws."""
    half = events // 2
    ways = [math.comb(events, count) / 2**events for count in range(events + 1)]
    reach = [sum(ways[half - step : half + step + 1]) for step in range(half)]
    assert reach[steps - 1] < 0.95 <= reach[steps]
    found = table_of([[half, half]], cities, draws=9_999, rng=5)["center_km"].iloc[0]
    assert found == pytest.approx(APART * KM_PER_DEGREE * steps / events, rel=1e-3)


@pytest.mark.parametrize(
    ("before", "after", "certain"),
    [((30, 10), (9, 28), True), ((30, 10), (31, 12), False), ((10, 30), (17, 24), False)],
)
def test_drifts_in_the_region_that_holds_95_percent(cities, quantile_by_hand, before, after, certain):
    row = table_of([before, after], cities, draws=DRAWS, rng=7).iloc[1]
    moved = lon_of(*after) - lon_of(*before)
    drawn = drawn_lons(7, 1, *after, DRAWS) - drawn_lons(7, 0, *before, DRAWS)
    limit = quantile_by_hand(np.abs(drawn - moved), 0.95)
    kept = np.abs(drawn[np.abs(drawn - moved) <= limit]) * KM_PER_DEGREE
    assert row["km_moved"] == pytest.approx(abs(moved) * KM_PER_DEGREE, rel=1e-6)
    assert row["km_high"] == pytest.approx(kept.max(), rel=1e-6)
    assert row["km_low"] == (pytest.approx(kept.min(), rel=1e-6) if certain else 0.0)
    assert certain == (abs(moved) > limit)


@pytest.mark.parametrize(("west", "east"), [(1, 3), (8, 2)])
def test_the_standard_distance_is_that_of_two_points(cities, west, east):
    """√(share · distance²) over both, distances from the center: no quantile, no n - 1, no √2."""
    row = table_of([[west, east]], cities, draws=0).iloc[0]
    left, right = lon_of(west, east), APART - lon_of(west, east)
    expected = math.sqrt((west * left**2 + east * right**2) / (west + east)) * KM_PER_DEGREE
    assert row["standard_distance_km"] == pytest.approx(expected, rel=1e-6)
    assert row["major_km"] == pytest.approx(expected, rel=1e-6)
    assert row["minor_km"] == pytest.approx(0, abs=1e-3)


def test_limits_begin_with_five_events(cities):
    table = table_of([[2, 2], [3, 2], [0, 5]], cities, draws=99, rng=1)
    assert table["center_km"].notna().tolist() == [False, True, False]  # four events; five; one place
