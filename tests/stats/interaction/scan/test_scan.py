"""The space-time permutation scan: numbers from outside, clusters that were planted, and what cannot be tested."""

import os
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import protestspread as ps
from protestspread.errors import DataError, ReportsWarning, SchemaError
from protestspread.event_places import EventPlaces
from protestspread.kernels import dispatch
from protestspread.stats.interaction.dated_points import DatedPoints
from protestspread.stats.interaction.points import PointSet
from protestspread.stats.interaction.scan.scan import scan_of
from protestspread.stats.interaction.schemes import ExchangePlaces, ShuffleDates

TOY = [
    (0, 0, 1), (0, 0, 2), (3, 1, 2), (3, 1, 3), (2, 4, 3), (40, 0, 1), (40, 0, 9), (42, 3, 6), (60, 20, 4), (60, 20, 5), (58, 22, 5), (0, 0, 9),
]  # fmt: skip
ARVIG = [
    (18.142954168, 7, 0.199630314, 13.8911713, 51.9410767, 46.457458, 10, 12, "2014-04-08", "2014-04-19"),
    (16.959816900, 12, 1.197781885, 13.9965931, 53.0145422, 59.364361, 12, 36, "2015-01-06", "2015-01-30"),
    (16.384784930, 7, 0.258780037, 12.4851983, 48.6434808, 78.937997, 8, 10, "2016-01-16", "2016-01-24"),
    (15.866306619, 16, 2.595194085, 6.268931, 50.977773, 91.600663, 20, 39, "2014-05-01", "2014-05-23"),
    (14.175632005, 5, 0.110905730, 13.8661223, 50.9758426, 0, 1, 6, "2015-08-19", "2015-08-23"),
]
NUMBERS = ["log_likelihood_ratio", "observed", "expected", "lon", "lat", "radius_km", "places", "in_circle"]
FEW = {"permutations": 99, "rng": 1}


def in_the_plane(rows, population=None):
    """Dated points in the plane, whose places are numbered in order of first appearance."""
    table = np.array(rows, dtype=float)
    known = list(dict.fromkeys(map(tuple, table[:, :2])))
    place = np.array([known.index(tuple(row)) for row in table[:, :2]])
    x, y = np.array(known).T.copy()
    people = np.full(len(known), np.nan) if population is None else np.asarray(population, dtype=float)
    points = PointSet(*table[:, :2].T.copy(), on_sphere=False)
    return DatedPoints.sorted(points, table[:, 2].astype(np.int64), None, "", EventPlaces(place, x, y, people))


def scan(rows, scheme=None, km=10.0, days=3, **options):
    given = {"permutations": 99, "secondary": True, "seed": 1} | options
    return scan_of(in_the_plane(rows), scheme or ShuffleDates(), km, days, **given)


def events_at(rows, names=None):
    """Events from (longitude, latitude, day)."""
    table = np.array(rows, dtype=float)
    columns = {"date": pd.Timestamp("2022-01-01") + pd.to_timedelta(table[:, 2], unit="D")}
    if names is not None:
        columns["city"] = names
    return gpd.GeoDataFrame(
        columns, index=pd.RangeIndex(len(table), name="event_id"), geometry=gpd.points_from_xy(*table[:, :2].T), crs=4326
    )  # fmt: skip


def test_a_toy_by_brute_force():
    found = scan(TOY, permutations=1499)
    assert found.clusters["log_likelihood_ratio"].tolist() == pytest.approx(
        [2.150591122, 1.489800607, 0.433192563], abs=1e-9
    )
    assert found.clusters[["observed", "expected"]].values.tolist() == [[3, 0.75], [3, 1], [2, 1]]
    assert found.clusters[["lon", "lat"]].values.tolist() == [[60, 20], [2, 4], [0, 0]]
    assert found.clusters["radius_km"].tolist() == pytest.approx([8**0.5, 10**0.5, 0])
    first = pd.Timestamp("1970-01-01")
    assert [(row - first).days for row in found.clusters["start"]] == [4, 2, 1]
    assert [(row - first).days for row in found.clusters["end"]] == [5, 3, 2]
    assert found.p_value == pytest.approx(0.05, abs=0.02)
    assert found.null_distribution.mean() == pytest.approx(1.4, abs=0.05)
    assert found.members.loc[2, "observed"].tolist() == [1, 2]
    assert found.clusters["active_places"].tolist() == [2, 2, 1]


@pytest.fixture(scope="module")
def germany():
    folder = os.environ.get("PROTESTSPREAD_REFERENCE")
    shipped = Path(__file__).parents[4] / "data" / "reference" / "arvig_demonstrations.csv"
    table = pd.read_csv(
        shipped if not folder else Path(folder) / "data" / "arvig_demonstrations.csv", parse_dates=["date"]
    )
    points = gpd.points_from_xy(table["longitude"], table["latitude"])
    return gpd.GeoDataFrame({"date": table["date"]}, geometry=points, crs=4326).rename_axis("event_id")


def test_demonstrations_in_germany_by_brute_force(germany, monkeypatch):
    monkeypatch.setattr(dispatch, "FORCED", True)
    with pytest.warns(ReportsWarning):
        found = ps.scan_statistic(
            germany, within_km=100, within_days=28, scheme="dates", unit="reports", permutations=19, rng=1
        )
    head = found.clusters.head(5)
    assert head[NUMBERS].to_numpy() == pytest.approx(np.array([row[:8] for row in ARVIG]), rel=1e-7, abs=1e-9)
    assert head[["start", "end"]].astype(str).values.tolist() == [list(row[8:]) for row in ARVIG]
    assert found.statistic == found.clusters["log_likelihood_ratio"].iloc[0]
    assert "look the same with shuffled dates" in found.statement


def test_secondary_clusters_share_no_place_and_day():
    rng = np.random.default_rng(3)
    rows = np.column_stack([rng.integers(0, 5, (120, 2)), rng.integers(0, 15, 120)])
    found = scan(rows, km=2.0, permutations=9)
    assert len(found.clusters) > 5
    cells = [
        (place, day)
        for number, row in found.clusters.iterrows()
        for place in found.members.loc[number].index
        for day in pd.date_range(row["start"], row["end"])
    ]
    assert len(cells) == len(set(cells))
    assert found.clusters["log_likelihood_ratio"].is_monotonic_decreasing
    assert (found.clusters["observed"] > found.clusters["expected"]).all()
    assert found.members["observed"].groupby("cluster").sum().tolist() == found.clusters["observed"].tolist()
    only = scan(rows, km=2.0, permutations=9, secondary=False)
    pd.testing.assert_frame_equal(only.clusters, found.clusters.head(1))


@settings(max_examples=10)
@given(st.integers(0, 10**6))
def test_the_statistic_is_that_of_the_first_cluster(seed):
    rng = np.random.default_rng(seed)
    rows = np.column_stack([rng.integers(0, 6, (40, 2)), rng.integers(0, 8, 40)])
    for scheme in (ShuffleDates(), ExchangePlaces()):
        found = scan(rows, scheme, km=2.0, permutations=19)
        best = found.clusters["log_likelihood_ratio"].max() if len(found.clusters) else 0.0
        assert found.statistic == pytest.approx(best, rel=1e-12)
        assert found.p_value == pytest.approx((1 + (found.null_distribution >= best - 1e-10).sum()) / 20)


def cities_with_cluster(rng, planted=10):
    """Forty cities with quiet protest, and a cluster at four neighbors on four days; the events and the cities."""
    lon, lat = rng.uniform(60, 68, 40), rng.uniform(40, 48, 40)
    lon[:4], lat[:4] = [64, 64.2, 64, 64.2], [44, 44, 44.2, 44.2]
    names = pd.Index([f"c{k:02}" for k in range(40)], name="city")
    place, day = rng.integers(0, 40, 120), rng.integers(0, 60, 120)
    cell = rng.choice(16, planted, replace=False)
    place, day = np.concatenate([place, cell // 4]), np.concatenate([day, 30 + cell % 4])
    cities = gpd.GeoDataFrame(
        {"population": rng.pareto(1, 40) * 1e5 + 1e3, "region_id": np.where(lon > 64.1, "e", "w")},
        index=names, geometry=gpd.points_from_xy(lon, lat), crs=4326,
    )  # fmt: skip
    events = events_at(np.column_stack([lon[place], lat[place], day]), names[place])
    return events.assign(region_id=cities["region_id"].to_numpy()[place]), cities


def test_a_planted_cluster_is_found():
    events, cities = cities_with_cluster(np.random.default_rng(5))
    for scheme in ("exchange_places", "dates"):
        found = ps.scan_statistic(events, cities, within_km=60, within_days=7, scheme=scheme, **FEW)
        assert found.verdict == "cluster"
        assert {"c00", "c01", "c02", "c03"} & set(found.members.loc[1].index)
        assert found.clusters.loc[1, "start"] >= pd.Timestamp("2022-01-28")
        assert "cause that neighboring places share" in found.statement
    panel = ps.count_events(events, cities)
    again = ps.scan_statistic(panel, cities, within_km=60, within_days=7, scheme="dates", **FEW)
    pd.testing.assert_frame_equal(again.clusters, found.clusters)
    assert again.p_value == found.p_value


def test_the_order_of_rows_and_kernels_do_not_matter(monkeypatch):
    events, cities = cities_with_cluster(np.random.default_rng(6))
    limits = {"within_km": 150, "within_days": 5, "strata": "region_id"}
    one = ps.scan_statistic(events, cities, **limits, **FEW)
    monkeypatch.setattr(dispatch, "FORCED", True)
    other = ps.scan_statistic(events.sample(frac=1, random_state=1), cities, **limits, **FEW)
    pd.testing.assert_frame_equal(one.clusters, other.clusters)
    assert one.null_distribution == pytest.approx(other.null_distribution, rel=1e-12)


def test_places_are_exchanged_in_clusters_of_two_places_at_least():
    """A campaign of one place is the best cluster of shuffled dates, and none where places are exchanged."""
    rng = np.random.default_rng(2)
    quiet = np.column_stack([rng.integers(0, 4, (40, 2)), rng.integers(0, 60, 40)])
    campaign = [(0, 0, day) for day in range(20, 27)]
    dates, places = (scan([*quiet, *campaign], scheme, km=1.0, days=7) for scheme in (ShuffleDates(), ExchangePlaces()))
    assert dates.members.loc[1].loc["0.000° N, 0.000° E", "observed"] >= 5
    assert 1 in dates.clusters["places"].to_list()
    assert (places.clusters["active_places"] >= 2).all()


def test_clusters_cross_the_antimeridian_and_stand_at_the_pole():
    crossing = [(179.9, 10, 5), (-179.9, 10, 5), (179.9, 10, 6), (0, 0, 1), (0, 20, 9), (40, 0, 12)]
    polar = [(0, 89.9, 5), (180, 89.9, 5), (90, 89.9, 6), (0, 0, 1), (0, 20, 9), (40, 0, 12)]
    for rows, reach in ((crossing, 22), (polar, 22.3)):
        found = ps.scan_statistic(events_at(rows, list("abcdef")), within_km=50, within_days=3, scheme="dates", **FEW)
        assert found.clusters.loc[1, "observed"] == 3
        assert found.clusters.loc[1, "radius_km"] <= reach


@pytest.mark.parametrize(
    ("rows", "scheme", "why"),
    [
        ([(0, 0, 1), (0, 0, 2), (0, 0, 9)], "dates", "all place-days are at one place"),
        ([(0, 0, 1), (1, 0, 1), (2, 0, 1)], "dates", "all place-days are on one day"),
        ([(0, 0, 1), (0, 0, 1)], "dates", "there is only one place-day"),
        ([(k, 0, k) for k in range(12)], "exchange_places", "no two active places lie within the largest radius of each other"),
        ([(k / 10, 0, k % 5) for k in range(5)], "exchange_places", "only 5 places were active; exchanging places needs at least 10"),
        ([(k / 10, 0, k % 2) for k in range(12)], "exchange_places", None),
    ],
)  # fmt: skip
def test_what_cannot_be_tested_says_why(rows, scheme, why):
    names = [f"p{lon}" for lon, _, __ in rows]
    found = ps.scan_statistic(events_at(rows, names), within_km=30, within_days=2, scheme=scheme, **FEW)
    assert found.reason == why
    assert np.isnan(found.p_value) == (why is not None)
    assert (found.verdict == "cannot tell") == (why is not None)
    assert not why or found.sentence.endswith(f"No p-value: {why}.")
    found.figure()


def test_no_cluster_is_a_result():
    found = scan([(0, 0, 0), (50, 0, 3), (90, 0, 6), (0, 50, 9)], km=1.0, days=1)
    assert (found.statistic, found.clusters.empty, found.members.empty) == (0, True, True)
    assert "no cluster at most 1 km around a place and 1 day long holds more reports than expected" in found.sentence
    assert found.reason
    assert not found.figure().circles


def test_few_permutations_cannot_tell():
    events, cities = cities_with_cluster(np.random.default_rng(5))
    found = ps.scan_statistic(events, cities, within_km=60, within_days=7, permutations=9, rng=1)
    assert found.verdict == "cannot tell"
    assert found.significant.empty
    assert "cannot be below 0.1" in found.statement


def test_gaps_in_the_calendar_change_nothing():
    rows = np.array(TOY)
    later = rows.copy()
    later[rows[:, 2] > 3, 2] += 1000
    far = rows.copy()
    far[rows[:, 2] > 3, 2] += 5000
    one, other = scan(later), scan(far)
    assert one.clusters["log_likelihood_ratio"].tolist() == other.clusters["log_likelihood_ratio"].tolist()
    assert (other.clusters["start"] - one.clusters["start"]).dt.days.isin([0, 4000]).all()
    assert (one.null_distribution == other.null_distribution).all()


def test_regions_lie_at_a_point_inside(case):
    panel = ps.count_events(case.events, case.regions)
    found = ps.scan_statistic(panel, case.regions, within_km=700, within_days=3, **FEW)
    assert set(found.all_places.index) <= set(case.regions.index)
    inside = case.regions.loc[found.all_places.index].contains(
        gpd.GeoSeries.from_xy(found.all_places["lon"], found.all_places["lat"], crs=4326)
    )
    assert inside.all()
    drawn = found.figure(regions=case.regions)
    assert drawn.regions is case.regions
    assert len(drawn.circles) >= 1


def test_days_on_which_no_place_was_observed_are_left_out(case, panel):
    gap, quiet = panel.astype(float), panel.copy()
    gap.iloc[4], quiet.iloc[4] = np.nan, 0  # on neither are there place-days, or any expected
    within = {"within_km": 300, "within_days": 3}
    found, kept = (ps.scan_statistic(table, case.cities, **within, **FEW) for table in (gap, quiet))
    assert found.events == kept.events < (panel > 0).sum().sum()
    columns = ["log_likelihood_ratio", "observed", "expected", "start", "end"]
    pd.testing.assert_frame_equal(found.clusters[columns], kept.clusters[columns])


@pytest.mark.parametrize(
    ("change", "options", "words"),
    [
        (lambda panel: panel.astype(float).mask(np.arange(panel.size).reshape(panel.shape) == 4 * panel.shape[1] + 2), {}, "no missing values between observed rows"),
        (lambda panel: panel * 500, {}, "looks like attendance"),
        (lambda panel: panel + 0.5, {}, "whole numbers"),
        (lambda panel: panel.rename(columns={"Almaty": "Elsewhere"}), {}, "missing: Elsewhere"),
        (lambda panel: panel, {"strata": "nothing"}, "no column 'nothing'"),
        (lambda panel: panel, {"strata": {"Almaty": 1}}, "label for each place"),
        (lambda panel: panel, {"unit": "reports", "at_least": 2}, "at_least must be None with unit='reports'"),
        (lambda panel: panel * 0, {}, "at least two active place-days"),
        (lambda panel: panel.set_axis(panel.index[0] + pd.to_timedelta(np.arange(len(panel)) * 6, unit="h")).rename_axis("date"), {}, "one row a day"),
    ],
)  # fmt: skip
def test_panels_that_cannot_be_scanned(case, panel, change, options, words):
    with pytest.raises(DataError, match=words):
        ps.scan_statistic(change(panel), case.cities, within_km=300, within_days=3, **options, **FEW)


def test_a_panel_of_attendance_is_scanned_from_a_count_on(case, panel):
    few, many = (
        ps.scan_statistic(panel * 500, case.cities, within_km=300, within_days=3, at_least=least, **FEW)
        for least in (1, 1000)
    )
    assert few.events > many.events > 1


def test_unobserved_ends_of_a_panel_are_cut(case, panel):
    first = panel.index[0]
    longer = panel.reindex(pd.date_range(first - pd.Timedelta(3, "D"), panel.index[-1], name="date"))
    one, other = (
        ps.scan_statistic(table, case.cities, within_km=300, within_days=3, **FEW) for table in (panel, longer)
    )
    pd.testing.assert_frame_equal(one.clusters, other.clusters)


def test_all_faults_are_told_at_once(case, panel):
    with pytest.raises(
        DataError, match=r"(?s)within_km must.*within_days must.*permutations must.*secondary must.*places must be"
    ):
        ps.scan_statistic(panel, within_km=-1, within_days=0, permutations=0, secondary=1)
    with pytest.raises(DataError, match="at_least must be None for events"):
        ps.scan_statistic(case.events, within_km=1, within_days=1, at_least=2)
    with pytest.raises(DataError, match="for this test"):
        ps.scan_statistic(case.events, within_km=1, within_days=1, scheme="within_strata", strata="region_id")
    with pytest.raises(SchemaError):
        ps.scan_statistic(pd.DataFrame({"a": [1]}), case.cities, within_km=1, within_days=1)


def test_the_caveats_name_what_else_gives_it():
    events, cities = cities_with_cluster(np.random.default_rng(5))
    limits = {"within_km": 60, "within_days": 7}
    assert "Populations were not given" in ps.scan_statistic(events, **limits, **FEW).statement
    held = ps.scan_statistic(events, cities, **limits, strata="region_id", **FEW)
    assert held.verdict != "cluster" or "unless it acts on whole strata (region_id)" in held.statement
    quiet, _ = cities_with_cluster(np.random.default_rng(5), planted=0)
    found = ps.scan_statistic(quiet, cities, **limits, **FEW)
    assert (found.verdict, found.caveats) == ("no evidence of a cluster", ())
