import math

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.spatial.transform import Rotation

import protestspread as ps
from protestspread.geodesy import unit_vectors
from protestspread.stats.centrography.sphere import exp_map, log_map, to_degrees


def points(*lonlat):
    return gpd.GeoSeries.from_xy(*np.array(lonlat, dtype=float).T, crs=4326)


def scattered(seed, count=12, lon=60.0, lat=45.0, spread=5.0):
    rng = np.random.default_rng(seed)
    return points(*np.column_stack([rng.normal(lon, spread, count), rng.normal(lat, spread / 2, count)]))


def turned(series, turn):
    """The same points after a turn of the globe."""
    return points(*to_degrees(turn.apply(unit_vectors(series.x, series.y))))


def km(one, other):
    return float(ps.great_circle_km(one.x, one.y, other.x, other.y))


seams = pytest.mark.parametrize("turn", [[0, 0, 120], [0, 45, 0], [35, -47, 11], [0, 135, 0]])  # antimeridian, poles


@seams
@pytest.mark.parametrize("center", [ps.mean_center, ps.median_center])
def test_centers_turn_with_the_globe(turn, center):
    series, turn = scattered(3), Rotation.from_euler("zyx", turn, degrees=True)
    expected = turned(points(center(series).coords[0]), turn).iloc[0]
    assert km(center(turned(series, turn)), expected) < 1e-5


@seams
def test_distance_and_axes_do_not_depend_on_location(turn):
    series, turn = scattered(3), Rotation.from_euler("zyx", turn, degrees=True)
    one, other = ps.standard_ellipse(series), ps.standard_ellipse(turned(series, turn))
    assert (other.major_km, other.minor_km) == pytest.approx((one.major_km, one.minor_km), rel=1e-9)
    assert ps.standard_distance(turned(series, turn)) == pytest.approx(ps.standard_distance(series), rel=1e-9)


def test_centers_at_the_seams_by_hand():
    assert ps.mean_center(points((170, 0), (-170, 0), (180, 10), (180, -10))).x == pytest.approx(180)
    at_pole = points((0, 80), (90, 80), (180, 80), (-90, 80))
    assert ps.mean_center(at_pole).y == pytest.approx(90)
    assert ps.median_center(at_pole).y == pytest.approx(90)
    assert ps.standard_distance(at_pole) == pytest.approx(float(ps.great_circle_km(0, 80, 0, 90)), rel=1e-12)


def test_the_median_of_balanced_weights_on_a_line_is_a_point():
    """Weights 2 and 1 pull with 2.99995 against 3: the sum of distances hardly changes over a thousand kilometers."""
    series = points((61.573, 48.722), (65.665, 49.52), (51.915, 46.421))
    found = ps.median_center(series, pd.Series([2.0, 1.0, 3.0]))
    assert (found.x, found.y) == pytest.approx((51.915, 46.421))


@pytest.mark.long
@given(st.integers(0, 10_000), st.integers(2, 9))
def test_the_median_has_the_smallest_sum_of_distances(seed, count):
    series = scattered(seed, count)
    weights = pd.Series(np.random.default_rng(seed).integers(0, 5, count) + np.eye(count)[0])
    found = ps.median_center(series, weights)

    def total(at):
        return float(ps.great_circle_km(at[0], at[1], series.x, series.y) @ weights)

    start = [found.x, found.y]
    best = minimize(total, start, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-9, "maxiter": 2000}).fun
    assert total(start) <= best + 1e-4
    assert total(start) <= min(total(at) for at in zip(series.x, series.y, strict=True)) + 1e-4


def test_a_median_on_a_point_is_that_point():
    corner = points((60, 45), (61, 45), (60, 46))
    heavy = ps.median_center(corner, pd.Series([3.0, 1.0, 1.0]))
    assert km(heavy, corner.iloc[0]) < 1e-9
    tie = ps.median_center(points((60, 45), (61, 45), (60, 46), (60, 45)))
    assert km(tie, corner.iloc[0]) < 1e-5
    assert km(ps.median_center(points((10, 20))), points((10, 20)).iloc[0]) < 1e-9


def test_the_mean_is_pulled_by_what_lies_far_and_the_median_is_not():
    town = points((60, 45), (60.1, 45), (60, 45.1), (60.1, 45.1), (80, 50))
    assert km(ps.median_center(town), town.iloc[3]) < 10
    assert km(ps.mean_center(town), town.iloc[3]) > 200


@given(st.integers(0, 10_000))
def test_axes_add_up_to_the_standard_distance(seed):
    series = scattered(seed)
    ellipse, middle = ps.standard_ellipse(series), ps.mean_center(series)
    squares = ps.great_circle_km(middle.x, middle.y, series.x, series.y) ** 2
    assert ps.standard_distance(series) == pytest.approx(math.sqrt(squares.mean()), rel=1e-9)
    assert ellipse.major_km**2 + ellipse.minor_km**2 == pytest.approx(squares.mean(), rel=1e-9)
    assert 0 <= ellipse.orientation < 180
    outline = ellipse.outline(360)
    reach = ps.great_circle_km(ellipse.lon, ellipse.lat, *outline.T)
    assert (reach.max(), reach.min()) == pytest.approx((ellipse.major_km, ellipse.minor_km), rel=1e-4, abs=1e-6)


def test_the_orientation_is_a_bearing():
    assert ps.standard_ellipse(points((60, 44), (60, 46))).orientation == pytest.approx(0, abs=1e-9)
    north_east = ps.standard_ellipse(points((-1, -1), (0, 0), (1, 1)))
    assert north_east.orientation == pytest.approx(45, abs=0.1)
    outline = north_east.outline(8)
    assert (outline[0] > 0).all()  # the first lies along the major axis
    assert math.isnan(ps.standard_ellipse(points((3, 4), (3, 4))).orientation)


def test_weights_are_repetitions():
    once = points((60, 45), (62, 46), (61, 44))
    thrice = points((60, 45), (62, 46), (62, 46), (62, 46), (61, 44))
    weights = pd.Series([1, 3, 1])
    for center in (ps.mean_center, ps.median_center):
        assert km(center(once, weights), center(thrice)) < 1e-5
    assert ps.standard_distance(once, weights) == pytest.approx(ps.standard_distance(thrice))


@given(st.floats(-180, 180), st.floats(-90, 90), st.integers(0, 100))
def test_the_tangent_plane_goes_there_and_back(lon, lat, seed):
    center, rng = unit_vectors(lon, lat)[0], np.random.default_rng(seed)
    others = unit_vectors(rng.uniform(-180, 180, 5), rng.uniform(-90, 90, 5))
    assert np.abs(exp_map(center, log_map(center, others)) - others).max() < 1e-9


@pytest.mark.parametrize(
    ("given", "weights", "words"),
    [
        (points((1, 2))[:0], None, "points must have at least one row"),
        (points((1, 2), (3, 4)), pd.Series([0, 0]), "weights must not all be 0"),
        (
            points((1, 2), (3, 4)),
            pd.Series([1, -1]),
            "weights must be at least 0 and finite for every point; not for 1",
        ),
        (points((1, 2), (3, 4)), pd.Series([1.0]), "weights must be at least 0 and finite for every point; not for 1"),
        (points((1, 2), (3, 4)).to_crs(3857), None, "points must be in EPSG:4326; got EPSG:3857"),
        (gpd.GeoSeries([None], crs=4326), None, "points must have a point in every row; not in 0"),
        ([(1, 2)], None, "points must be a GeoDataFrame or GeoSeries; got list"),
        (points((0, 0), (180, 0)), None, "points must have a mean direction; they balance around the globe"),
    ],
)
def test_bad_points_are_named(given, weights, words):
    with pytest.raises(ps.DataError, match=words):
        ps.mean_center(given, weights)


def make_panel(rows, cities):
    index = pd.date_range("2022-01-01", periods=len(rows), name="date")
    return pd.DataFrame(np.array(rows, dtype=float), index=index, columns=cities.index)


@pytest.fixture
def cities():
    index = pd.Index(["a", "b", "c"], name="city")
    return gpd.GeoDataFrame(index=index, geometry=points((60, 45), (62, 45), (70, 45)).to_numpy(), crs=4326)


@pytest.mark.parametrize("kind", ["mean", "median"])
def test_centers_over_time_agree_with_the_centers_of_each_day(cities, kind):
    panel = make_panel([[3, 4, 1], [0, 0, 0], [1, 2, 9], [5, 0, 0]], cities)
    table = ps.centers_over_time(panel, cities, kind=kind, draws=99, rng=1).to_frame()
    center = {"mean": ps.mean_center, "median": ps.median_center}[kind]
    known = [center(cities, panel.iloc[row]) for row in (0, 2, 3)]
    assert table["lon"].dropna().tolist() == pytest.approx([point.x for point in known])
    assert table["reason"].tolist() == ["", "no events", "", ""]
    assert table["km_moved"].dropna().tolist() == pytest.approx(
        [km(known[0], known[1]), km(known[1], known[2])], abs=1e-4
    )
    assert table["bearing"].iloc[2] == pytest.approx(90, abs=5)
    assert table["bearing"].iloc[3] == pytest.approx(270, abs=5)
    squares = ps.great_circle_km(known[0].x, known[0].y, cities.geometry.x, cities.geometry.y) ** 2
    around = math.sqrt(np.average(squares, weights=panel.iloc[0]))
    assert table["standard_distance_km"].iloc[0] == pytest.approx(around, rel=1e-6)
    if kind == "mean":
        assert around == pytest.approx(ps.standard_distance(cities, panel.iloc[0]))
    low, moved, high = table.iloc[2][["km_low", "km_moved", "km_high"]]
    assert 0 <= low <= moved <= high
    assert table["km_low"].isna().tolist() == [True, True, False, True]  # a single place on the last day
    again = ps.centers_over_time(panel, cities, kind=kind, draws=99, rng=1).to_frame()
    pd.testing.assert_frame_equal(table, again)


def test_drift_is_distinguished_from_no_drift(cities):
    still = ps.centers_over_time(make_panel([[30, 20, 10], [31, 19, 10]], cities), cities, rng=1).to_frame().iloc[1]
    moved = ps.centers_over_time(make_panel([[30, 20, 10], [5, 10, 45]], cities), cities, rng=1).to_frame().iloc[1]
    assert still["km_low"] == 0
    assert 0 < moved["km_low"] < moved["km_moved"] < moved["km_high"]
    assert moved["km_high"] - moved["km_low"] < 400


@pytest.mark.slow
def test_intervals_of_drift_cover(cities):
    shares, hits = ([0.5, 0.3, 0.2], [0.2, 0.3, 0.5]), 0
    true = km(*(ps.mean_center(cities, pd.Series(share, cities.index)) for share in shares))
    for world in range(300):
        rng = np.random.default_rng(world)
        panel = make_panel([rng.multinomial(60, share) for share in shares], cities)
        row = ps.centers_over_time(panel, cities, draws=199, rng=world).to_frame().iloc[1]
        hits += row["km_low"] <= true <= row["km_high"]
    assert 0.91 <= hits / 300 <= 1


def test_unobserved_cities_leave_the_day_and_are_counted(cities):
    table = ps.centers_over_time(make_panel([[1, 1, np.nan], [np.nan] * 3], cities), cities, rng=1).to_frame()
    assert table["unobserved"].tolist() == [1, 3]
    assert table["lon"].iloc[0] == pytest.approx(61)
    assert table["reason"].iloc[1] == "no events"


def test_bad_panels_are_named(cities):
    panel = make_panel([[1, 1, 1]], cities)
    for table, options, words in [
        (panel.rename(columns={"a": "z"}), {}, "panel has columns that are not in cities: z"),
        (panel - 2, {}, "panel must have values of at least 0; below 0 in a, b, c"),
        (panel / 3, {}, "panel must have whole numbers if draws is above 0; fractions in a, b, c"),
        (panel, {"kind": "mode"}, "kind must be 'mean' or 'median'; got 'mode'"),
        (panel, {"draws": -1}, "draws must be a whole number from 0 to 10,000,000; got -1"),
    ]:
        with pytest.raises(ps.DataError, match=words):
            ps.centers_over_time(table, cities, **options).to_frame()
    assert ps.centers_over_time(panel / 3, cities, draws=0).to_frame()["center_km"].isna().all()


def test_events_around_the_globe_have_a_reason():
    index = pd.Index(["a", "b"], name="city")
    globe = gpd.GeoDataFrame(index=index, geometry=points((0, 0), (180, 0)).to_numpy(), crs=4326)
    table = ps.centers_over_time(make_panel([[5, 5], [5, 4]], globe), globe, rng=1).to_frame()
    assert table["reason"].tolist() == ["events balance around the globe", ""]


@pytest.mark.parametrize("function", [ps.mean_center, ps.median_center, ps.standard_distance, ps.standard_ellipse])
def test_events_without_a_point_are_left_out(case, function):
    events = case.events.copy()
    events.loc[events.index[[3, 8]], "geometry"] = None
    located = function(events.drop(index=events.index[[3, 8]]))
    assert function(events) == located  # locate_events has warned of them
    events.attrs.clear()
    with pytest.warns(ps.LostEventsWarning, match="2 of 152 events"):
        assert function(events) == located
    with pytest.raises(ps.DataError, match="points must have a point in every row"):
        function(events.geometry)
