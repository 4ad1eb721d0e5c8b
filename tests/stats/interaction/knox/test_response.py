import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import protestspread as ps
from protestspread.errors import DataError, LostEventsWarning, ReportsWarning, SchemaError

ASKED = {"first": "strike", "then": "arrest", "within_km": 0, "within_days": 3}
FEW = {"permutations": 199, "rng": 1}


def table(city, day, kind, *, lon=None):
    """Events of cities on the fiftieth parallel."""
    city, lon = np.asarray(city), np.asarray(city) * 0.5 + 60 if lon is None else np.asarray(lon)
    columns = {
        "city": [f"c{number:02d}" for number in city],
        "event_type": kind,
        "region_id": np.where(city % 2, "odd", "even"),
    }
    return gpd.GeoDataFrame(
        {"date": pd.Timestamp("2022-01-01") + pd.to_timedelta(np.asarray(day), unit="D"), **columns},
        index=pd.Index([f"e{i}" for i in range(len(city))], name="event_id"),
        geometry=gpd.points_from_xy(lon, np.full(len(city), 50.0)), crs=4326,
    )  # fmt: skip


def answered(seed=1, *, lags=(1, 2), chance=0.7, alone=15, places=20, days=120):
    """Strikes by chance, most of them followed by an arrest at the same place, and arrests by chance."""
    rng = np.random.default_rng(seed)
    city, day = rng.integers(0, places, 60), rng.integers(0, days, 60)
    hit = rng.random(60) < chance
    b_city = np.r_[city[hit], rng.integers(0, places, alone)]
    b_day = np.r_[day[hit] + rng.choice(lags, hit.sum()), rng.integers(0, 120, alone)]
    return table(np.r_[city, b_city], np.r_[day, b_day] + 5, ["strike"] * 60 + ["arrest"] * len(b_city))


def test_a_response_is_found_and_not_its_reverse():
    events = answered()
    result = ps.response_test(events, **ASKED, **FEW)
    assert result.verdict == "arrest follows strike"
    assert result.reason is None
    assert result.types.forward.p_value == result.dates.forward.p_value == result.types.difference.p_value == 0.005
    assert "consistent with a response" in result.sentence
    assert "caused" not in result.statement
    assert [text.split(",")[0] for text in result.caveats] == [
        "Local waves that usually begin with strike and end with arrest",
        "Events that are entered once as strike and days later as arrest look the same.",
    ]
    turned = ps.response_test(events, **ASKED | {"first": "arrest", "then": "strike"}, **FEW)
    assert turned.verdict == "no evidence that strike follows arrest"
    assert turned.caveats == ()
    assert (turned.statistic, turned.types.reverse.observed) == (result.types.reverse.observed, result.statistic)


def test_types_drawn_together_in_no_order_are_no_response():
    result = ps.response_test(answered(3, lags=(-2, -1, 1, 2), chance=0.95, alone=0, days=400), **ASKED, **FEW)
    assert result.types.forward.p_value <= 0.05
    assert result.dates.forward.p_value <= 0.05
    assert result.types.difference.p_value > 0.05
    assert result.verdict == "no evidence that arrest follows strike"
    assert "in one order about as often as in the other" in result.sentence


def test_a_national_order_is_no_response():
    rng = np.random.default_rng(2)
    city = np.arange(12).repeat(2)
    strikes = np.tile([0, 1], 12) + 5
    arrests = np.full(12, 7)
    events = table(np.r_[city, np.arange(12)], np.r_[strikes, arrests], ["strike"] * 24 + ["arrest"] * 12)
    result = ps.response_test(events, **ASKED, **FEW)
    assert result.types.forward.p_value == 0.005
    assert result.dates.forward.reason == "the dates of arrest are the same"
    assert result.verdict == "cannot tell"
    assert "with the dates of arrest shuffled, the dates of arrest are the same" in result.sentence
    city = rng.integers(0, 12, 90)
    then = rng.random(90) < 0.4
    events = table(city, rng.integers(0, 3, 90) + 3 * then, np.where(then, "arrest", "strike"))
    result = ps.response_test(events, **ASKED, **FEW)
    assert result.types.forward.p_value == 0.005
    assert result.dates.forward.p_value > 0.05
    assert result.verdict == "no evidence that arrest follows strike"
    assert "Within places, arrest tends to come soon after strike" in result.sentence


def test_local_bursts_in_no_order_are_no_response():
    rng = np.random.default_rng(4)
    city = np.arange(20).repeat(6)
    day = np.repeat(np.arange(20) * 15, 6) + np.tile(np.arange(6), 20)
    kind = np.concatenate([rng.permutation(["strike"] * 3 + ["arrest"] * 3) for _ in range(20)])
    result = ps.response_test(table(city, day, kind), **ASKED, **FEW)
    assert result.dates.forward.p_value == 0.005
    assert result.types.forward.p_value > 0.05
    assert result.verdict == "no evidence that arrest follows strike"
    assert "in no particular order" in result.sentence


@pytest.mark.parametrize(
    ("events", "why"),
    [
        (table([0, 1, 2, 3] * 2, [1, 5, 9, 14, 2, 6, 10, 15], ["strike"] * 4 + ["arrest"] * 4), "cannot be below"),
        (table([0, 1, 2, 3], [1, 5, 2, 6], ["strike"] * 2 + ["arrest"] * 2), "no place has days of both types"),
        (table([0, 0], [1, 2], ["strike", "arrest"]), "the dates of arrest are the same"),
        (table([0] * 8, [4] * 8, ["strike", "arrest"] * 4), "no place has days of both types"),
        (table(range(30), range(30), ["strike", "arrest"] * 15), "no place has days of both types"),
    ],
)
def test_nulls_that_cannot_vary_cannot_tell(events, why):
    result = ps.response_test(events, **ASKED, **FEW)
    assert result.verdict == "cannot tell"
    assert why in result.reason
    assert "cannot be told from these data" in result.sentence
    assert len(result.to_frame()) == 6
    result.plot()


def test_few_draws_cannot_tell():
    assert ps.response_test(answered(), **ASKED, permutations=19, rng=1).verdict == "arrest follows strike"
    result = ps.response_test(answered(), **ASKED, permutations=9, rng=1)
    assert result.verdict == "cannot tell"
    assert "the p-value cannot be below 0.1" in result.sentence


def test_place_days_count_once_for_each_type():
    events = table([0, 0, 0, 0, 1], [1, 1, 2, 2, 2], ["strike", "strike", "arrest", "strike", "arrest"])
    result = ps.response_test(events, **ASKED, **FEW)
    assert (result.first_events, result.then_events, result.statistic, result.reports) == (2, 2, 1, 5)
    same_day = ps.response_test(events, **ASKED, include_same_day=True, **FEW)
    assert (same_day.statistic, same_day.types.reverse.observed) == (2, 1)
    with pytest.warns(ReportsWarning, match=r"5 reports are of 4 place-days"):
        reports = ps.response_test(events, **ASKED, unit="reports", **FEW)
    assert (reports.first_events, reports.statistic) == (3, 2)
    assert "3 reports of strike" in reports.sentence


def test_several_types_are_one_group():
    events = answered().replace({"event_type": {"arrest": "raid"}})
    half = events.index[events["event_type"] == "raid"][::2]
    events.loc[half, "event_type"] = "arrest"
    result = ps.response_test(events, **ASKED | {"then": ["arrest", "raid"]}, **FEW)
    one = ps.response_test(answered(), **ASKED, **FEW)
    assert result.verdict == "arrest or raid follows strike"
    assert result.to_frame().to_numpy().tolist() == one.to_frame().to_numpy().tolist()


def test_distance_is_along_great_circles_and_across_the_antimeridian():
    lon = [179.9, 179.9, -179.9, -179.9, 0, 0.2]
    events = table(
        [0, 0, 1, 1, 2, 3], [1, 5, 2, 9, 1, 2], ["strike", "arrest", "arrest", "strike", "strike", "arrest"], lon=lon
    )
    apart = 2 * 6371.0088 * np.arcsin(np.cos(np.radians(50)) * np.sin(np.radians(0.1)))
    for km, pairs in ((apart + 0.001, 2), (apart - 0.001, 0)):
        result = ps.response_test(events, **ASKED | {"within_km": km}, **FEW)
        assert result.statistic == pairs
        assert result.by_place()[["c01", "c03"]].tolist() == [pairs / 2] * 2


def test_places_lie_at_the_points_of_the_cities_and_limits_are_inclusive():
    events = table([0, 1, 1, 0], [1, 3, 9, 20], ["strike", "arrest", "strike", "arrest"])
    cities = gpd.GeoDataFrame(
        {"region_id": ["even", "odd"], "population": [5.0, 3.0]}, index=pd.Index(["c00", "c01"], name="city"),
        geometry=gpd.points_from_xy([60.0, 61.0], [50.0, 50.0]), crs=4326,
    )  # fmt: skip
    one_degree = float(ps.great_circle_km(60.0, 50.0, 61.0, 50.0))
    for km, table_of, pairs in ((one_degree, cities, 1), (one_degree * 0.9, cities, 0), (one_degree * 0.9, None, 1)):
        assert (
            ps.response_test(events, table_of, **ASKED | {"within_km": km, "within_days": 2}, **FEW).statistic == pairs
        )
    assert ps.response_test(events, cities, **ASKED | {"within_km": one_degree, "within_days": 1}, **FEW).statistic == 0


def test_pairs_by_place_and_by_lag_sum_to_those_tested(case):
    for same_day in (False, True):
        result = ps.response_test(
            case.events, case.cities, first="protest", then=["armed_clash", "riot"], within_km=300, within_days=2,
            include_same_day=same_day, **FEW,
        )  # fmt: skip
        lags = result.profile.index
        assert result.by_place().sum() == result.statistic == result.profile["pairs"][lags >= 1 - same_day].sum()
        assert result.types.reverse.observed == result.profile["pairs"][lags <= same_day - 1].sum()
        assert result.types.difference.observed == result.statistic - result.types.reverse.observed
        for name in ("types", "dates"):
            null = getattr(result, name)
            assert result.profile[f"{name}_expected"][lags >= 1 - same_day].sum() == pytest.approx(
                null.forward.expected
            )
            assert (null.by_lag["low"] <= null.by_lag["high"]).all()
        counts = result.pairs_by_place
        assert (counts["first"].sum(), counts["then"].sum()) == (result.first_events, result.then_events)
        assert set(result.by_place().index) <= set(case.cities.index)


def test_a_wave_of_a_whole_region_is_in_the_null_within_regions():
    rng = np.random.default_rng(8)
    city = rng.integers(0, 20, 200)
    then = rng.random(200) < 0.4
    day = np.where(city % 2, 10, 60) + 3 * then + rng.integers(0, 5, 200)
    events = table(city, day, np.where(then, "arrest", "strike"))
    assert ps.response_test(events, **ASKED, **FEW).verdict == "arrest follows strike"
    within = ps.response_test(events, **ASKED, strata="region_id", **FEW)
    assert within.dates.null == "the dates of arrest shuffled within region_id"
    assert within.types.forward.p_value <= 0.05 < within.dates.forward.p_value
    assert within.verdict == "no evidence that arrest follows strike"
    answer = ps.response_test(answered(), **ASKED, strata="region_id", **FEW)
    assert answer.caveats[0].endswith("look the same, unless these are waves of whole strata (region_id).")


@settings(max_examples=10)
@given(st.integers(0, 1000))
def test_the_order_of_rows_does_not_matter_and_the_table_is_not_changed(seed):
    events = answered(seed, places=6)
    before, mixed = events.copy(), events.sample(frac=1, random_state=seed)
    one, other = (ps.response_test(rows, **ASKED, permutations=29, rng=seed) for rows in (events, mixed))
    pd.testing.assert_frame_equal(one.to_frame(), other.to_frame())
    pd.testing.assert_frame_equal(one.profile, other.profile)
    pd.testing.assert_frame_equal(events, before)
    p = one.to_frame()["p_value"] * 30
    assert np.allclose(p[p.notna()], p[p.notna()].round())


@settings(max_examples=10)
@given(st.integers(0, 1000))
def test_time_reversed_turns_the_orders_round(seed):
    events = answered(seed)
    back = events.assign(date=pd.Timestamp("2022-01-01") - (events["date"] - pd.Timestamp("2022-01-01")))
    one, other = (
        ps.response_test(rows, **ASKED | {"within_km": 40}, **FEW | {"permutations": 9}) for rows in (events, back)
    )
    assert one.profile["pairs"].tolist() == other.profile["pairs"].tolist()[::-1]
    for null in ("types", "dates"):
        forward, reverse = getattr(one, null).forward, getattr(other, null).reverse
        assert (forward.observed, forward.expected, forward.variance) == pytest.approx(
            (reverse.observed, reverse.expected, reverse.variance)
        )


def test_all_faults_are_told_at_once():
    with pytest.raises(DataError) as raised:
        ps.response_test(
            answered(), first=["strike", "strikes"], then=["strike", "riot"], within_km=-1, within_days=0, include_same_day=1,
            permutations=0, unit="rows",
        )  # fmt: skip
    for fault in (
        "first must be types that events have (arrest, strike); got strikes",
        "then must be types that events have (arrest, strike); got riot",
        "then must differ from first; both hold strike",
        "within_km must be", "within_days must be", "include_same_day must be", "permutations must be", "unit must be",
    ):  # fmt: skip
        assert fault in str(raised.value)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"first": []}, r"^first must be a type of events, or several"),
        ({"then": None}, r"^then must be a type of events, or several"),
        ({"first": {"strike": 1}}, r"^first must be a type of events, or several"),
        ({"within_days": 1.5}, r"^within_days must be a whole number of days of at least 1; got 1.5"),
        ({"strata": "province"}, r"no column 'province'"),
        ({"rng": "x"}, r"^rng must be"),
    ],
)
def test_one_fault(changed, message):
    with pytest.raises(DataError, match=message):
        ps.response_test(answered(), **ASKED | changed)


def test_tables_that_are_not_valid():
    with pytest.raises(DataError, match=r"^event_type must be a column of events"):
        ps.response_test(answered().drop(columns="event_type"), **ASKED)
    with pytest.raises(SchemaError):
        ps.response_test(answered().drop(columns="date"), **ASKED)
    events = answered()
    doubled = pd.concat([events, events.rename(index="{}x".format)]).rename_axis("event_id")
    with pytest.raises(DataError, match=r"^strata must be the same for all reports on a place-day"):
        ps.response_test(doubled, **ASKED, strata=np.repeat(["one", "other"], len(events)))


def test_strata_are_labels_of_all_events_or_a_column():
    events = answered()
    events.loc[events.index[:5], "event_type"] = "other"
    by_column, *others = (
        ps.response_test(events, **ASKED, strata=strata, **FEW).to_frame().to_numpy()
        for strata in (
            "region_id",
            ["region_id"],
            events["region_id"],
            events["region_id"][::-1],
            list(events["region_id"]),
        )
    )
    assert all(np.array_equal(by_column, other, equal_nan=True) for other in others)


def test_events_that_are_not_precise_enough_are_left_out_and_counted():
    events = answered()
    events["date_precision"] = "day"
    events.loc[events.index[:3], "date_precision"] = "month"
    with pytest.warns(LostEventsWarning):
        result = ps.response_test(events, **ASKED, **FEW)
    assert result.lost == {"coarse_date": 3}
    assert "3" in result.caveats[0]
    events["date_precision"] = np.where(events["event_type"] == "arrest", "month", "day")
    with pytest.warns(LostEventsWarning), pytest.raises(DataError, match=r"^then must be a type of events that have"):
        ps.response_test(events, **ASKED, **FEW)


def test_the_figure_shows_both_orders_under_both_nulls():
    figure = ps.response_test(answered(), **ASKED, **FEW).figure()
    assert list(figure.rows) == ["types exchanged within places", "the dates of arrest shuffled"]
    assert list(figure.series) == ["strike, then arrest", "arrest, then strike"]
    for order, significant in zip(figure.series.values(), (True, False), strict=True):
        for band in order:
            assert band.low <= band.expected <= band.high
            assert band.clear == significant


def test_names_of_types_are_text():
    events = answered().replace({"event_type": {"arrest": "<b>arrest</b>"}})
    result = ps.response_test(events, **ASKED | {"then": "<b>arrest</b>"}, **FEW)
    assert "<b>" in result.sentence
    assert "<b>" not in result._repr_html_()


def test_the_figure_by_lag_shows_the_profile():
    result = ps.response_test(answered(), **ASKED, **FEW)
    figure = result.figure(by="lag")
    days = ASKED["within_days"]
    assert len(figure.rows) == 2 * days + 1
    assert figure.rows[days] == "same day"
    assert list(figure.series) == [result.types.null, result.dates.null]
    for bands in figure.series.values():
        assert [band.observed for band in bands] == result.profile["pairs"].tolist()
    assert [band.high for band in figure.series[result.types.null]] == result.profile["types_high"].tolist()


def test_the_map_shows_where_the_second_type_followed():
    result = ps.response_test(answered(), **ASKED, **FEW)
    figure = result.figure(by="place")
    assert figure.places["value"].sum() == result.statistic
    assert result.plot(by="place").get_legend() is not None
    with pytest.raises(ps.DataError, match="regions must be None with by='lag'"):
        result.figure(by="lag", regions=ps.load_case("kazakhstan_2022").regions)
    with pytest.raises(ps.DataError, match="by must be"):
        result.figure(by="day")


def test_the_ends_of_a_band_are_the_quantiles_of_a_binomial_distribution():
    """Of 40 places with a strike and an arrest on successive days, each order is as likely: X is binomial, with n = 40."""
    places = np.arange(40)
    turned = places % 2 == 0
    events = table(
        np.r_[places, places], np.r_[10 * places + turned, 10 * places + ~turned], ["strike"] * 40 + ["arrest"] * 40
    )
    found = ps.response_test(events, **ASKED, permutations=3999, rng=1).types.forward
    assert (found.observed, found.expected, found.variance) == (20, pytest.approx(20), pytest.approx(10))
    assert (found.low, found.high) == (14, 26)
