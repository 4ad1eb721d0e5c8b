import itertools
import math

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

import protestspread as ps
from protestspread.stats.fronts.interval_regression import fit_line, slope_interval

START = pd.Timestamp("2022-01-01")


def make_cities(n, seed=0, lon=(50, 80), lat=(40, 55)):
    rng = np.random.default_rng(seed)
    points = gpd.points_from_xy(rng.uniform(*lon, n), rng.uniform(*lat, n))
    return gpd.GeoDataFrame(index=pd.Index([f"c{i}" for i in range(n)], name="city"), geometry=points, crs=4326)


def km_of(cities, point):
    return ps.great_circle_km(*point, cities.geometry.x, cities.geometry.y)


def make_onsets(cities, days):
    """Moments, to the nanosecond; NaN means no onset."""
    moments = START + pd.to_timedelta((np.nan_to_num(days) * 86400e9).round().astype("int64"), unit="ns")
    return pd.Series(moments, index=cities.index).where(~np.isnan(days))


def noisy(n, seed, *, speed=400.0, sd=2.0, point=(60.0, 47.0)):
    cities = make_cities(n, seed)
    days = np.floor(10 + km_of(cities, point) / speed + np.random.default_rng(seed).normal(0, sd, n))
    return cities, days


def test_an_exact_front_is_recovered():
    cities = make_cities(60)
    result = ps.front_speed(make_onsets(cities, km_of(cities, (60, 47)) / 12.5), cities, origin=(60, 47), rng=1)
    assert result.speed_low == pytest.approx(12.5, rel=1e-12)
    assert result.speed_high == pytest.approx(12.5, rel=1e-12)
    assert (result.verdict, result.places, result.p_value) == ("front", 60, 0.002)
    assert "a front from (60, 47) at 12.5 km per day" in result.sentence
    assert math.isnan(result.moran)


def test_an_exact_front_is_recovered_from_those_that_joined():
    cities = make_cities(60)
    days = km_of(cities, (60, 47)) / 12.5
    onsets = make_onsets(cities, np.where(days < 50, days, np.nan))
    result = ps.front_speed(onsets, cities, origin=(60, 47), observed_until=START + pd.Timedelta(days=49), rng=1)
    assert 3 < result.joined < 60
    assert (result.speed_low, result.speed_high) == pytest.approx((12.5, 12.5), rel=1e-12)


def test_without_censoring_the_slope_is_least_squares():
    cities, days = noisy(40, 3)
    result = ps.front_speed(make_onsets(cities, days), cities, origin="c0", rng=1)
    km = km_of(cities, (cities.geometry.x.iloc[0], cities.geometry.y.iloc[0]))[1:]
    slope, intercept = np.polyfit(km, days[1:] - days.min(), 1)
    assert (result.slowness, result.places) == (pytest.approx(slope, rel=1e-9), 39)
    expected = days[1:] - days.min() - intercept - slope * km
    assert result.by_place["residual_days"].to_numpy() == pytest.approx(expected, abs=1e-6)
    assert "c0" not in result.by_place.index


def test_the_interval_is_what_the_permutation_test_does_not_reject():
    """Over all orders of six places, by brute force: subtract a slowness and test the rest."""
    cities, days = noisy(6, 5, speed=150, sd=1)
    result = ps.front_speed(make_onsets(cities, days), cities, origin=(60, 47), permutations=499, rng=7)
    km = km_of(cities, (60, 47))
    x = km - km.mean()
    orders = np.array(list(itertools.permutations(range(6))))

    def p(slowness):
        rest = days - slowness * km
        null, seen = rest[orders] @ x, rest @ x
        slack = 1e-9 * np.abs(null).max()
        return 2 * min((null >= seen - slack).mean(), (null <= seen + slack).mean())

    for end, inward in ((result.slowness_low, 1), (result.slowness_high, -1)):
        wide = abs(end - result.slowness)
        assert p(end + inward * 0.3 * wide) > 0.04
        assert p(end - inward * 0.3 * wide) < 0.06


@pytest.mark.parametrize("censored", [False, True])
@pytest.mark.parametrize("seed", range(8))
def test_interval_p_value_and_speeds_agree(seed, censored):
    cities, days = noisy(25, seed, speed=900)
    until = np.quantile(days, 0.6) if censored else days.max()
    onsets = make_onsets(cities, np.where(days <= until, days, np.nan))
    result = ps.front_speed(onsets, cities, origin=(60, 47), observed_until=START + pd.Timedelta(days=until), rng=seed)
    holds_zero = result.slowness_low <= 0 <= result.slowness_high
    assert (holds_zero or result.p_value <= 0.05) if censored else (holds_zero == (result.p_value > 0.05))
    assert result.slowness_low < result.slowness < result.slowness_high
    if holds_zero:
        assert result.speed_high == math.inf
        assert result.speed_low == pytest.approx(1 / result.slowness_high)
    if result.verdict == "front":
        assert result.speed_low == pytest.approx(1 / result.slowness_high)


def test_a_slope_without_a_front_is_never_a_speed():
    cities = make_cities(200, 1)
    days = np.random.default_rng(8).integers(0, 30, 200).astype(float)
    result = ps.front_speed(make_onsets(cities, days), cities, origin=(60, 47), rng=1)
    assert result.verdict == "no front"
    assert result.speed_high == math.inf
    assert result.sentence.startswith("No radial front from (60, 47)")


def test_an_inward_slope_has_no_speed():
    cities, days = noisy(60, 2)
    result = ps.front_speed(make_onsets(cities, days.max() - days), cities, origin=(60, 47), rng=1)
    assert result.slowness_high < 0
    assert math.isnan(result.speed_low)
    assert math.isnan(result.speed_high)
    assert "places farther away had earlier onsets" in result.sentence


def test_clustered_onsets_are_called_clustered():
    cities = make_cities(150, 4)
    block = (cities.geometry.x // 6 * 10 + cities.geometry.y // 4).to_numpy()
    shift = dict(zip(np.unique(block), np.random.default_rng(5).normal(0, 6, len(np.unique(block))), strict=True))
    days = np.floor(40 + np.array([shift[b] for b in block]) + np.random.default_rng(6).normal(0, 0.5, 150))
    result = ps.front_speed(make_onsets(cities, days), cities, origin=(60, 47), rng=1)
    assert result.moran > 0.5
    assert result.sentence.startswith("Onsets are clustered by region; a front cannot be distinguished from this")


def test_morans_i_is_that_of_the_statistics():
    cities, days = noisy(40, 9)
    result = ps.front_speed(make_onsets(cities, days), cities, origin=(60, 47), rng=1)
    panel = pd.DataFrame([result.by_place["residual_days"]], index=pd.DatetimeIndex([START], name="date"))
    by_day = ps.moran_over_time(panel, ps.nearest_graph(cities, k=4), permutations=99, rng=1).to_frame()
    assert result.moran == pytest.approx(by_day["statistic"].iloc[0], rel=1e-9)


def test_the_origin_is_found_and_the_search_widens_the_interval():
    cities = make_cities(80, 11)
    origin = (cities.geometry.x.iloc[17], cities.geometry.y.iloc[17])
    days = np.floor(10 + km_of(cities, origin) / 200 + np.random.default_rng(1).normal(0, 1, 80))
    onsets = make_onsets(cities, days)
    searched = ps.front_speed(onsets, cities, origin="profile", rng=1)
    assert ps.great_circle_km(*origin, *searched.origin_point) < 400
    assert (searched.verdict, searched.searched, searched.places) == ("front", True, 79)
    named = ps.front_speed(onsets, cities, origin=searched.origin, rng=1)
    assert searched.slowness == pytest.approx(named.slowness)
    assert searched.slowness_high - searched.slowness_low > named.slowness_high - named.slowness_low


def test_the_search_agrees_with_a_search_by_hand():
    cities, days = noisy(20, 13, speed=300)
    days[::4] = np.nan
    until = START + pd.Timedelta(days=np.nanmax(days))
    found = ps.front_speed(make_onsets(cities, days), cities, origin="profile", observed_until=until, rng=1)
    known = ~np.isnan(days)
    scores = fit_line(np.where(known, days, np.nanmax(days) + 0.5), known).scores
    fits = {}
    for row in np.flatnonzero(known):
        others = np.arange(20) != row
        km = km_of(cities, (cities.geometry.x.iloc[row], cities.geometry.y.iloc[row]))
        fits[cities.index[row]] = np.corrcoef(km[others], scores[others])[0, 1]
    assert found.origin == max(fits, key=fits.get)


def test_censored_fits_are_maxima_of_the_likelihood():
    from scipy.optimize import minimize
    from scipy.stats import norm

    cities, days = noisy(40, 21)
    km = km_of(cities, (60, 47))
    end = np.median(days)
    known = days <= end
    y = np.where(known, days, end + 0.5)
    line = fit_line(y, known, km)

    def loss(p):
        each = np.where(
            known, norm.logpdf(y, p[0] + p[1] * km, np.exp(p[2])), norm.logsf(y, p[0] + p[1] * km, np.exp(p[2]))
        )
        return -each.sum()

    start = [line.intercept * 0.9, line.slope * 1.2, np.log(line.scale) + 0.1]
    other = minimize(loss, start, method="Nelder-Mead", options={"xatol": 1e-10, "fatol": 1e-12, "maxiter": 5000})
    assert line.log_likelihood == pytest.approx(-other.fun, abs=1e-8)
    assert (line.slope, line.scale) == pytest.approx((other.x[1], np.exp(other.x[2])), rel=1e-4)
    low, high = slope_interval(y, known, km, line, 3.84)
    for slope in (low, high):
        fixed = fit_line(y - slope * km, known)
        assert 2 * (line.log_likelihood - fixed.log_likelihood) == pytest.approx(3.84, abs=1e-6)


def test_whole_days_that_end_at_midnight_do_not_bias_the_line():
    cities = make_cities(4000, 2)
    km = km_of(cities, (60, 47))
    days = np.floor(10 + km / 250 + np.random.default_rng(2).normal(0, 2, 4000))
    onsets = make_onsets(cities, np.where(days <= 13, days, np.nan))
    result = ps.front_speed(onsets, cities, origin=(60, 47), observed_until=START + pd.Timedelta(days=13), rng=1)
    assert result.slowness_low < 1 / 250 < result.slowness_high
    assert result.slowness_high - result.slowness_low < 0.001


def test_results_depend_on_the_seed_and_not_on_the_order_of_tables():
    cities, days = noisy(30, 1)
    onsets = make_onsets(cities, days)
    one, again = (ps.front_speed(onsets, cities, origin="c3", rng=5) for _ in range(2))
    assert one.sentence == again.sentence
    turned = ps.front_speed(onsets, cities.iloc[::-1], origin="c3", rng=5)
    assert turned.sentence == one.sentence


@pytest.mark.parametrize(
    ("days", "reason"),
    [
        ([3, 3, 3, 3, 3], "all onsets are on the same day"),
        ([0, 0, 0, 0, 0], "all onsets are on the same day"),
        ([np.nan] * 5, "no place had an onset"),
        ([1, 2, np.nan, np.nan, np.nan], "only 2 places besides the origin had an onset"),
    ],
)
@pytest.mark.parametrize("origin", [(60, 47), "profile"])
def test_what_cannot_be_fitted_has_a_reason(days, reason, origin):
    cities = make_cities(5)
    onsets = make_onsets(cities, np.array(days, dtype=float))
    result = ps.front_speed(onsets, cities, origin=origin, observed_until=START + pd.Timedelta(days=9), rng=1)
    searched = {"only 2 places besides the origin had an onset": "only 1 place besides the origin had an onset"}
    named = {"no place had an onset": "no other place had an onset"}
    assert result.reason == (searched if origin == "profile" else named).get(reason, reason)
    assert result.verdict == "none"
    assert math.isnan(result.slowness)
    assert result.sentence.startswith("A front could not be tested: ")
    assert len(result.to_frame()) == 1


def test_two_places_and_places_on_a_circle_have_a_reason():
    cities = make_cities(2)
    onsets = make_onsets(cities, np.array([0.0, 1.0]))
    assert ps.front_speed(onsets, cities, origin="c0", rng=1).reason == "only 1 place besides the origin"
    ring = gpd.GeoDataFrame(
        index=pd.Index(list("abcdef"), name="city"), geometry=gpd.points_from_xy(range(0, 180, 30), [50] * 6), crs=4326
    )
    onsets = make_onsets(ring, np.arange(6.0))
    assert "equally far" in ps.front_speed(onsets, ring, origin=(0, 90), rng=1).reason


def test_few_places_state_the_smallest_possible_p_value():
    cities = make_cities(4)
    result = ps.front_speed(make_onsets(cities, km_of(cities, (60, 47)) / 300), cities, origin=(60, 47), rng=1)
    assert result.smallest_p_value == pytest.approx(2 / 24)
    assert "smallest possible p-value 0.083" in result.sentence
    assert result.verdict == "no front"


def test_too_few_permutations_bound_nothing():
    cities, days = noisy(30, 1, speed=100)
    onsets = make_onsets(cities, days)
    for origin in ((60, 47), "profile"):
        result = ps.front_speed(onsets, cities, origin=origin, permutations=9, rng=1)
        assert result.slowness_low == -math.inf
        assert result.verdict == "no front"


def test_duplicated_places_are_allowed():
    cities = make_cities(30)
    cities = cities.set_geometry(cities.geometry.to_numpy()[np.arange(30) // 3]).set_crs(4326, allow_override=True)
    result = ps.front_speed(make_onsets(cities, np.arange(30.0)), cities, origin="c0", rng=1)
    assert np.isfinite(result.slowness)


def test_bad_input_is_named():
    cities, days = noisy(10, 1)
    onsets = make_onsets(cities, days)
    half = onsets.where(np.arange(10) % 2 == 0)
    for given, options, words in [
        (onsets, {"origin": "Atlantis"}, "origin must be a city in cities and onsets; Atlantis is not in cities"),
        (onsets.drop("c4"), {"origin": "c4"}, "origin must be a city in cities and onsets; c4 is not in onsets"),
        (half, {"origin": "c1", "observed_until": "2022-03-01"}, "origin must be a city with an onset; c1 has none"),
        (half, {"origin": "c0"}, "observed_until must be given .*; without an onset: c1, c3, c5, c7, c9"),
        (onsets, {"origin": "c0", "observed_until": "2022-01-02"}, "onsets must not be after observed_until; later: "),
        (
            onsets,
            {"origin": "c0", "observed_until": "soon"},
            "observed_until must be a date such as '2022-01-31', or None; got 'soon'",
        ),
        (onsets, {"origin": ("c0", "c1")}, r"origin must be \(longitude, latitude\)"),
        (onsets, {"origin": [1.0, 2.0, 3.0]}, r"origin must be \(longitude, latitude\)"),
        (onsets, {"origin": (10.0, 95.0)}, r"origin must be \(longitude, latitude\)"),
        (
            onsets,
            {"origin": "c0", "permutations": 0},
            "permutations must be a whole number from 1 to 100,000,000; got 0",
        ),
        (onsets.rename({"c4": "Atlantis"}), {"origin": "c0"}, "onsets has places that are not in cities: Atlantis"),
        (onsets[:0], {"origin": "profile"}, "onsets must have at least one place"),
    ]:
        with pytest.raises(ps.DataError, match=words):
            ps.front_speed(given, cities, **options)
    nowhere = cities.copy()
    nowhere.loc["c2", "geometry"] = None
    with pytest.raises(ps.SchemaError, match="empty geometry in 1 of 10 rows"):
        ps.front_speed(onsets, nowhere, origin="c0")


def test_a_search_over_too_many_distances_is_refused():
    cities = make_cities(3163)
    with pytest.raises(ps.DataError, match="3,163 places have 10,004,569 distances"):
        ps.front_speed(make_onsets(cities, np.arange(3163.0)), cities, origin="profile")
