import itertools
import math

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

import protestspread as ps
from protestspread.stats.fronts.interval_regression import fit_line

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
    assert result.speed_low == pytest.approx(12.5, rel=1e-9)
    assert result.speed_high == pytest.approx(12.5, rel=1e-9)
    assert (result.verdict, result.places, result.joined, result.p_value) == ("front", 59, 59, 0.002)
    assert "a front from (60, 47) at 12.5 km per day" in result.sentence
    assert math.isnan(result.moran)


def test_an_exact_front_is_recovered_from_those_that_joined():
    cities = make_cities(60)
    days = km_of(cities, (60, 47)) / 12.5
    onsets = make_onsets(cities, np.where(days < 50, days, np.nan))
    result = ps.front_speed(onsets, cities, origin=(60, 47), observed_until=START + pd.Timedelta(days=49), rng=1)
    assert 3 < result.joined < 60
    assert (result.speed_low, result.speed_high) == pytest.approx((12.5, 12.5), rel=1e-9)
    assert (
        "If it was still moving at the end of observation, it was slower than this."
        in result.caveats[-1] + result.statement
    )


def moments_of(cities, days, seed=1):
    """Onsets at any time of the day."""
    return make_onsets(cities, days + np.random.default_rng(seed).uniform(0.01, 0.99, len(days)))


def later_places(onsets):
    return (onsets.dt.normalize() > onsets.min().normalize()).to_numpy()


def test_of_moments_the_slope_is_least_squares():
    cities, days = noisy(40, 3)
    onsets = moments_of(cities, days)
    result = ps.front_speed(onsets, cities, origin="c0", rng=1)
    later = later_places(onsets) & (cities.index != "c0")
    km = km_of(cities, (cities.geometry.x.iloc[0], cities.geometry.y.iloc[0]))[later]
    y = ((onsets - onsets.min()) / pd.Timedelta(days=1))[later]
    slope, intercept = np.polyfit(km, y, 1)
    assert (result.slowness, result.joined) == (pytest.approx(slope, rel=1e-6), later.sum())
    assert result.by_place["residual_days"].dropna().to_numpy() == pytest.approx(y - intercept - slope * km, abs=1e-5)
    assert "c0" not in result.by_place.index
    assert list(result.by_place.index) == [name for name in cities.index if name != "c0"]


def test_the_interval_is_what_the_permutation_test_does_not_reject():
    """Over all orders of six places, by brute force: subtract a slowness and test the rest."""
    cities, days = noisy(7, 5, speed=150, sd=1)
    onsets = moments_of(cities, days)
    result = ps.front_speed(onsets, cities, origin=(60, 47), permutations=499, rng=7)
    later = later_places(onsets)
    days, km = ((onsets - onsets.min()) / pd.Timedelta(days=1))[later].to_numpy(), km_of(cities, (60, 47))[later]
    assert len(km) == 6
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


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_interval_p_value_and_speeds_agree(seed, whole):
    cities, days = noisy(25, seed, speed=400)
    onsets = make_onsets(cities, days) if whole else moments_of(cities, days)
    result = ps.front_speed(onsets, cities, origin=(60, 47), rng=seed)
    holds_zero = result.slowness_low <= 0 <= result.slowness_high
    assert (holds_zero or result.p_value <= 0.05) if whole else (holds_zero == (result.p_value > 0.05))
    assert result.slowness_low < result.slowness < result.slowness_high
    if result.verdict == "front":
        assert result.speed_low == pytest.approx(1 / result.slowness_high)
        assert result.speed_high == pytest.approx(1 / result.slowness_low)
    else:
        assert math.isnan(result.speed_low)
        assert math.isnan(result.speed_high)


def test_no_speed_is_given_where_no_front_is_claimed():
    cities = make_cities(200, 1)
    days = np.random.default_rng(8).integers(0, 30, 200).astype(float)
    result = ps.front_speed(make_onsets(cities, days), cities, origin=(60, 47), rng=1)
    assert result.verdict == "no front"
    assert result.to_frame()[["speed_low", "speed_high"]].isna().all(axis=None)
    assert result.sentence.startswith("No radial front from (60, 47)")
    assert "km per day" not in result.sentence
    assert "would have been found in about four of five" in result.statement


def test_what_is_faster_than_people_and_talk_is_news():
    cities, days = noisy(200, 2, speed=3000, sd=0.3)
    result = ps.front_speed(make_onsets(cities, days), cities, origin=(60, 47), rng=1)
    assert result.slowness_low > 0
    assert result.verdict == "news"
    assert "this is what news does; no front is claimed" in result.sentence
    assert result.to_frame()[["speed_low", "speed_high"]].isna().all(axis=None)


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
    rest = result.by_place["residual_days"].dropna()
    assert result.joined == len(rest) < 40
    panel = pd.DataFrame([rest], index=pd.DatetimeIndex([START], name="date"))
    graph = ps.nearest_graph(cities.loc[rest.index], k=4)
    by_day = ps.moran_over_time(panel, graph, permutations=99, rng=1).to_frame()
    assert result.moran == pytest.approx(
        by_day["statistic"].iloc[0], rel=1e-4
    )  # residuals of intervals do not sum to 0 exactly


def test_the_origin_is_found_and_the_search_widens_the_interval():
    cities = make_cities(80, 11)
    origin = (cities.geometry.x.iloc[17], cities.geometry.y.iloc[17])
    days = np.floor(10 + km_of(cities, origin) / 200 + np.random.default_rng(1).normal(0, 1, 80))
    onsets = make_onsets(cities, days)
    searched = ps.front_speed(onsets, cities, origin="profile", rng=1)
    assert ps.great_circle_km(*origin, *searched.origin_point) < 400
    assert (searched.verdict, searched.searched) == ("front", True)
    assert searched.origin in searched.origins.index
    named = ps.front_speed(onsets, cities, origin=searched.origin, rng=1)
    assert searched.slowness == pytest.approx(named.slowness)
    assert searched.slowness_high - searched.slowness_low > named.slowness_high - named.slowness_low


@pytest.mark.parametrize("population", [False, True])
def test_the_search_agrees_with_a_search_by_hand(population):
    cities, days = noisy(20, 13, speed=300)
    cities["population"] = np.exp(np.random.default_rng(3).normal(11, 1, 20))
    days[::4] = np.nan
    until = START + pd.Timedelta(days=np.nanmax(days))
    found = ps.front_speed(make_onsets(cities, days), cities, origin="profile", observed_until=until, rng=1,
                           attributes="population" if population else None)  # fmt: skip
    later = np.flatnonzero(days > np.nanmin(days))
    others = np.column_stack([np.ones(20), np.log(cities["population"])])[:, : 1 + population]
    scores = np.full(20, np.nan)
    scores[later] = fit_line(days[later] - 0.5, days[later] + 0.5, others[later]).scores
    fits = {}
    for row in np.flatnonzero(~np.isnan(days)):
        rest = later[later != row]
        km = km_of(cities, (cities.geometry.x.iloc[row], cities.geometry.y.iloc[row]))[rest]
        off = [v - others[rest] @ np.linalg.lstsq(others[rest], v, rcond=None)[0] for v in (km, scores[rest])]
        fits[cities.index[row]] = np.corrcoef(*off)[0, 1]
    assert found.origin == max(fits, key=fits.get)


@pytest.mark.parametrize("origin", ["c3", "profile"])
def test_results_depend_on_the_seed_and_not_on_the_order_of_rows(origin):
    cities, days = noisy(30, 1)
    cities["region_id"] = np.arange(30) % 4
    cities["region_id"] = cities["region_id"].astype(str)
    onsets = make_onsets(cities, days)
    one = ps.front_speed(onsets, cities, origin=origin, rng=5)
    turned = onsets.sample(frac=1, random_state=2)
    again = ps.front_speed(turned, cities.iloc[::-1], origin=origin, rng=5)
    assert again.statement == one.statement
    pd.testing.assert_frame_equal(again.sensitivity, one.sensitivity)
    assert list(again.by_place.index) == [name for name in turned.index if name != one.origin]
    assert ps.front_speed(onsets, cities, origin=origin, rng=6).moran_p_value != one.moran_p_value


@pytest.mark.parametrize(
    ("days", "reason"),
    [
        ([3, 3, 3, 3, 3], "no other place joined after the first day"),
        ([0, 3, 3, 3, 3], "all places that joined after the first day did so on the same day"),
        ([np.nan] * 5, "no place had an onset"),
        ([0, 1, 2, np.nan, np.nan], "only 2 places besides the origin joined after the first day"),
    ],
)
@pytest.mark.parametrize("origin", [(60, 47), "profile"])
def test_what_cannot_be_fitted_has_a_reason(days, reason, origin):
    cities = make_cities(5)
    onsets = make_onsets(cities, np.array(days, dtype=float))
    result = ps.front_speed(onsets, cities, origin=origin, observed_until=START + pd.Timedelta(days=9), rng=1)
    searched = "too few places joined after the first day to find an origin"
    named = {"no place had an onset": "no other place joined after the first day"}.get(reason, reason)
    assert result.reason == (named if origin != "profile" else reason if "no place" in reason else searched)
    assert result.verdict == "cannot tell"
    assert math.isnan(result.slowness)
    assert result.sentence.startswith("A front could not be tested: ")
    assert len(result.to_frame()) == 1


def test_two_places_and_places_on_a_circle_have_a_reason():
    cities = make_cities(2)
    onsets = make_onsets(cities, np.array([0.0, 1.0]))
    result = ps.front_speed(onsets, cities, origin="c0", rng=1)
    assert result.reason == "only 1 place besides the origin joined after the first day"
    ring = gpd.GeoDataFrame(
        index=pd.Index(list("abcdef"), name="city"), geometry=gpd.points_from_xy(range(0, 180, 30), [50] * 6), crs=4326
    )
    onsets = make_onsets(ring, np.arange(6.0))
    assert "equally far" in ps.front_speed(onsets, ring, origin=(0, 90), rng=1).reason


def test_few_places_state_the_smallest_possible_p_value():
    cities = make_cities(5)
    km = km_of(cities, (60, 47))
    result = ps.front_speed(make_onsets(cities, (km - km.min()) / 300), cities, origin=(60, 47), rng=1)
    assert result.smallest_p_value == pytest.approx(2 / 24)
    assert "4 places cannot give a p-value below 0.083" in result.sentence
    assert result.verdict == "cannot tell"


def test_too_few_permutations_claim_nothing():
    cities, days = noisy(30, 1, speed=100)
    onsets = make_onsets(cities, days)
    for origin in ((60, 47), "profile"):
        result = ps.front_speed(onsets, cities, origin=origin, permutations=9, rng=1)
        assert result.slowness_low <= 0
        assert result.verdict == "cannot tell"


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
    with pytest.raises(ps.DataError, match="3,163 origins of 3,162 places have 10,001,406"):
        ps.front_speed(make_onsets(cities, np.arange(3163.0)), cities, origin="profile")


# reach and timing


def joined_near(seed, n=80, *, days=None):
    """Nearer places are likelier to join; their days are drawn independently of distance."""
    rng = np.random.default_rng(seed)
    cities = make_cities(n, seed)
    km = km_of(cities, (60, 47))
    joined = rng.random(n) < 1 / (1 + np.exp(km / 200 - 4))
    drawn = rng.integers(1, 6, n).astype(float) if days is None else np.full(n, float(days))
    drawn[np.argmin(km)] = 0.0
    joined[np.argmin(km)] = True
    return make_onsets(cities, np.where(joined, drawn, np.nan)), cities


def test_reach_is_told_from_timing():
    result = ps.front_speed(*joined_near(1), origin=(60, 47), observed_until="2022-02-01", rng=1)
    assert result.verdict == "reach"
    assert result.sentence.startswith("Reach: nearer places were likelier to join; their days do not tell a front from")
    assert result.reach.high < 1
    assert result.to_frame()["odds_ratio_high"].iloc[0] == result.reach.high
    assert math.isnan(result.speed_low)
    assert "Places near the origin that are alike, or better reported, would look the same." in result.caveats
    chance = result.by_place.dropna(subset=["chance"]).sort_values("km")["chance"]
    assert chance.is_monotonic_decreasing
    assert chance.sum() == pytest.approx(result.joined)  # a property of the maximum of the likelihood


def test_equal_days_have_no_timing():
    """Days of all later joiners set equal: what is left is reach."""
    result = ps.front_speed(*joined_near(1, days=3), origin=(60, 47), observed_until="2022-02-01", rng=1)
    assert (result.verdict, math.isnan(result.p_value)) == ("reach", True)
    assert "their days cannot be tested" in result.sentence


def test_population_is_in_the_model_where_it_is_known():
    """Larger places join earlier and lie around the origin: a front only if population is left out."""
    rng = np.random.default_rng(5)
    cities = make_cities(120, 5)
    km = km_of(cities, (60, 47))
    size = 14 - km / 400 + rng.normal(0, 0.3, 120)
    cities["population"] = np.exp(size)
    onsets = make_onsets(cities, np.floor(40 - 2.5 * size + rng.normal(0, 0.5, 120)))
    assert ps.front_speed(onsets, cities, origin=(60, 47), rng=1).verdict in ("no front", "clustering")
    without = ps.front_speed(onsets, cities, origin=(60, 47), attributes=None, rng=1)
    assert without.timing.low > 0
    if without.verdict == "front":
        assert "Population is not in the model" in without.statement


def test_places_without_a_population_are_left_out_by_name():
    onsets, cities = joined_near(2)
    cities["population"] = 1000.0 + np.arange(80)
    joined = onsets.dropna().index
    cities.loc[joined[3], "population"] = np.nan
    result = ps.front_speed(onsets, cities, origin=(60, 47), observed_until="2022-02-01", rng=1)
    assert joined[3] not in result.by_place.index
    assert f"Left out, as they have no population: {joined[3]}." in result.statement
    cities.loc[joined[: len(joined) // 5], "population"] = 0
    with pytest.raises(ps.DataError, match=r"(?s)no population above 0 for .* places with an onset.*attributes=None"):
        ps.front_speed(onsets, cities, origin=(60, 47), observed_until="2022-02-01", rng=1)
    with pytest.raises(ps.DataError, match="origin must have a population"):
        one = cities.assign(population=1000.0 + np.arange(80))
        one.loc[joined[0], "population"] = np.nan
        ps.front_speed(onsets, one, origin=joined[0], observed_until="2022-02-01", rng=1)


def test_strata_that_share_their_days_are_clusters():
    rng = np.random.default_rng(11)
    cities, _ = noisy(120, 11)
    km = km_of(cities, (60, 47))
    cities["region_id"] = [f"r{int(ring)}" for ring in km // 250]
    shift = {name: rng.normal(0, 2) + int(name[1:]) * 1.5 for name in cities["region_id"].unique()}
    onsets = make_onsets(cities, np.floor(30 + cities["region_id"].map(shift).to_numpy() + rng.normal(0, 0.5, 120)))
    result = ps.front_speed(onsets, cities, origin=(60, 47), rng=1)
    assert result.timing.strata_p_value <= 0.1
    assert result.verdict == "clustering"
    assert math.isnan(ps.front_speed(onsets, cities, origin=(60, 47), strata=None, rng=1).timing.strata_p_value)
    with pytest.raises(ps.DataError, match="strata must be a column of cities; got 'oil'"):
        ps.front_speed(onsets, cities, origin=(60, 47), strata="oil")


def test_the_sensitivity_shows_earlier_ends_and_strata_left_out():
    cities, days = noisy(60, 7, speed=150, sd=1)
    cities["region_id"] = np.where(cities.geometry.x > 65, "east", "west")
    result = ps.front_speed(make_onsets(cities, days), cities, origin=(60, 47), rng=1)
    rows = result.sensitivity.index
    assert rows[0] == "as given"
    assert sum(row.startswith("until ") for row in rows) == 5
    assert list(rows[-2:]) == ["without east", "without west"]
    west = cities["region_id"] == "west"
    alone = ps.front_speed(make_onsets(cities, days)[west], cities, origin=(60, 47), rng=1)
    found = result.sensitivity.loc["without east"]
    first = make_onsets(cities, days).min()
    if first == make_onsets(cities, days)[west].min():  # else the first day is another one
        assert found["slowness"] == pytest.approx(alone.slowness)
    assert found["joined"] < result.joined


def test_places_closer_than_min_km_count_as_that_far():
    cities, days = noisy(30, 3)
    onsets = make_onsets(cities, days)
    result = ps.front_speed(onsets, cities, origin=(60, 47), min_km=300.0, rng=1)
    near = (km_of(cities, (60, 47)) < 300).sum()
    assert (result.by_place["km"] == 300).sum() == near > 0
    assert f"{near} places closer to the origin count as 300 km away." in result.statement
