"""The conventions of docs/conventions.md: each example gives another value if its convention is turned over."""

import inspect
import re
import warnings
from pathlib import Path

import geopandas as gpd
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely

import protestspread as ps
from protestspread.random_streams import replicate_rng

PAGE = (Path(__file__).parents[2] / "docs" / "conventions.md").read_text(encoding="utf-8")
MOST = 25
DEGREE_KM = 2 * np.pi * 6371.0088 / 360  # along the equator


def graph_of(*ties):
    return ps.DiffusionGraph.from_edges(pd.DataFrame(ties, columns=["source", "target", "weight"]))


def panel_of(**counts):
    days = pd.date_range("2022-01-01", periods=len(next(iter(counts.values()))), name="date")
    return pd.DataFrame(counts, index=days)


def events_of(*rows, **columns):
    """Events from (day of January 2022, lon, lat)."""
    days, lon, lat = zip(*rows, strict=True)
    dates = pd.Timestamp("2021-12-31") + pd.to_timedelta(days, unit="D")
    index = pd.Index([f"e{number}" for number in range(len(rows))], name="event_id")
    return gpd.GeoDataFrame({"date": dates, **columns}, index, geometry=gpd.points_from_xy(lon, lat), crs=4326)


def cities_of(**places):
    """Cities from name=(lon, lat)."""
    lon, lat = zip(*places.values(), strict=True)
    names = pd.Index(list(places), name="city")
    return gpd.GeoDataFrame(index=names, geometry=gpd.points_from_xy(lon, lat), crs=4326)


def january(*days):
    return [pd.Timestamp(2022, 1, day) for day in days]


GRAPH = graph_of(("A", "B", 2.0), ("A", "C", 6.0), ("B", "C", 4.0))


# who influences whom, and when


def test_01_direction_of_ties():
    assert GRAPH.matrix.toarray().tolist() == [[0, 2, 6], [0, 0, 4], [0, 0, 0]]
    assert GRAPH.matrix.T.toarray().tolist() != GRAPH.matrix.toarray().tolist()
    near = ps.nearest_graph(cities_of(west=(0, 0), middle=(1, 0), east=(3, 0)), k=1)
    assert near.matrix.toarray().tolist() == [
        [0, 1, 0],
        [1, 0, 1],
        [0, 0, 0],
    ]  # east has its tie from its nearest city, not to it


def test_02_exposure():
    active = np.array([0.0, 1.0, 0.0])  # B
    assert (GRAPH.matrix.T @ active).tolist() == [0, 0, 4]
    assert (GRAPH.matrix @ active).tolist() == [2, 0, 0]
    exposed = ps.exposure(panel_of(A=[0, 0], B=[1, 0], C=[0, 0]), {"road": GRAPH})["road"]
    assert exposed.iloc[1].tolist() == [0, 0, 4]


def test_03_the_day_before():
    panel = panel_of(A=[1, 0, 0], B=[0, 0, 0], C=[0, 0, 0])
    assert ps.exposure(panel, {"road": GRAPH})["road"]["B"].tolist() == [0, 2, 2]
    assert ps.exposure(panel, {"road": GRAPH}, include_today=True)["road"]["B"].tolist() == [2, 2, 2]
    path = graph_of(("A", "B", 1.0), ("B", "C", 1.0))
    spread = ps.simulate(ps.SI(transmission_per_day=1e9), path, seeds=["A"], days=3, first_day="2022-01-01", rng=1)
    assert spread.to_numpy().tolist() == [[1, 0, 0], [1, 1, 0], [1, 1, 1]]  # C not on the day of B


def test_04_memory():
    panel = panel_of(A=[0, 1, 0, 0, 0], B=[0] * 5, C=[0] * 5)
    reached = ps.exposure(panel, {"road": GRAPH}, memory=ps.Days(2))["road"]["B"]
    assert (reached > 0).tolist() == [False, False, True, True, False]  # t - 2 and t - 1
    own = ps.active(panel, memory_days=2)["A"]
    assert own.tolist() == [0, 1, 1, 0, 0]  # t - 1 and t
    weeks = panel_of(A=[1, 0, 0], B=[0] * 3, C=[0] * 3).set_axis(
        pd.date_range("2022-01-03", periods=3, freq="7D", name="date")
    )
    assert (ps.exposure(weeks, {"road": GRAPH}, memory=ps.Days(2))["road"]["B"] > 0).tolist() == [
        False,
        True,
        True,
    ]  # rows
    assert ps.active(weeks, memory_days=2)["A"].tolist() == [1, 0, 0]  # days


def test_05_normalization():
    assert GRAPH.normalize("source").matrix.sum(axis=1).tolist() == [1, 1, 0]
    assert GRAPH.normalize("target").matrix.sum(axis=0).tolist() == [0, 1, 1]
    assert GRAPH.normalize("source").matrix[0, 1] == 2 / (2 + 6)  # of what leaves A
    assert GRAPH.normalize("target").matrix[0, 1] == 1  # of what reaches B
    panel = panel_of(A=[1, 0], B=[0, 0], C=[0, 0])
    share = ps.exposure(panel, {"road": GRAPH}, normalize="target")["road"]["C"]
    assert share.iloc[1] == pytest.approx(6 / (6 + 4))


def test_06_onset_and_risk():
    panel = panel_of(A=[0, 1, 1, 0], B=[0, np.nan, 2, 1], C=[0, 0, 0, 0])
    first = ps.onsets(panel)
    assert first.tolist()[:2] == january(2, 3)  # the first active day, neither the last nor the unobserved one
    assert first.isna().tolist() == [False, False, True]
    assert ps.onsets(panel, at_least=2).isna().tolist() == [True, False, True]  # 2 reaches 2
    half = panel_of(A=[0, 0.5, 0])
    assert ps.onsets(half).isna().all()
    assert ps.active(half, memory_days=1)["A"].tolist() == [0, 1, 0]
    rates = ps.hazard_rates(first, observed_until="2022-01-04")
    assert rates["at_risk"].tolist() == [
        3,
        2,
        1,
    ]  # who joins on a day is at risk on it; from the first onset, to the last day
    assert rates["hazard"].tolist() == pytest.approx([1 / 3, 1 / 2, 0])


def test_07_onsets_on_one_day():
    graph = graph_of(("A", "B", 1.0), ("A", "D", 1.0), ("B", "C", 1.0)).union(
        graph_of(("E", "F", 1.0), ("F", "G", 1.0)).rename_kinds({"tie": "other"})
    )
    onsets = pd.Series({"A": 1, "B": 2, "C": 2, "D": None, "E": None, "F": None, "G": None})
    fit = ps.fit_oada(onsets, {"tie": graph})
    one, other = 1 + fit.params.item(), 1.0  # B, exposed to A, and C; B does not reach C on their common day
    rest = one + 3.0  # D, exposed too, and E, F, G
    every = one + other + rest
    first = one / every * other / (other + rest)  # B before C
    either = first + other / every * one / (one + rest)
    assert one > 1.1
    assert np.exp(fit.log_likelihood) == pytest.approx(either / 7)  # A was one of seven
    assert either != pytest.approx(first, rel=0.1)  # in the order of the table
    assert either != pytest.approx(2 * one * other / every**2, rel=0.1)  # B still at risk when C joins (Breslow)
    assert either != pytest.approx(
        2 * one * other / every / (every - (one + other) / 2), rel=1e-4
    )  # half of both (Efron)
    assert ps.exposure(onsets, {"tie": graph})["tie"].loc[2, ["B", "C"]].tolist() == [1, 0]
    assert ps.thresholds(onsets, graph).table.loc["C", ["low", "high"]].tolist() == [
        0,
        1,
    ]  # up to the day before, and with it


def test_08_order_in_time():
    both = ["protest", "riot"] * 2
    events = events_of((1, 0, 0), (3, 0, 0), (2, 5, 0), (4, 5, 0), event_type=both)
    result = ps.response_test(events, first="protest", then="riot", within_km=0, within_days=3, permutations=19, rng=1)
    assert result.statistic == 2
    assert result.profile.loc[2, "pairs"] == 2  # the riot is two days later
    assert result.profile.loc[-2, "pairs"] == 0


# days and observation


def test_09_when_a_day_begins():
    cities = cities_of(A=(0, 0))
    events = events_of((2, 0, 0), (2, 0, 0), city="A", time=["05:59", "06:00"])
    assert ps.count_events(events, cities)["A"].tolist() == [2]  # midnight
    assert ps.count_events(events, cities, day_starts_at="06:00")["A"].to_dict() == dict.fromkeys(january(1, 2), 1)


def test_10_intervals_are_half_open():
    cities = cities_of(A=(0, 0))
    seen = pd.DataFrame({"place": ["A"], "start": january(1), "end": january(3)})
    events = events_of((1, 0, 0), city="A")
    panel = ps.count_events(events, cities, start="2022-01-01", end="2022-01-03", observed=seen)
    assert panel["A"].isna().tolist() == [False, False, True]  # up to, not including, 3 January
    part = seen.assign(start=[pd.Timestamp("2022-01-01 00:01")])
    with pytest.warns(ps.LostEventsWarning):
        panel = ps.count_events(events, cities, start="2022-01-01", end="2022-01-03", observed=part)
    assert panel["A"].isna().tolist() == [True, False, True]  # a day is observed if all of it is
    spell = ps.spells(panel_of(A=[0, 1, 1, 0])).iloc[0]
    assert [spell["start"], spell["end"]] == january(2, 4)  # the end is the day after the last
    wave = ps.find_waves(panel_of(A=[0, 1, 1, 0]), at_least=1, quiet_days=1).iloc[0]
    assert [wave["start"], wave["end"]] == january(2, 3)  # the last day of the wave


def test_11_interventions_in_force():
    times = {"start": ["2022-01-02 23:00"], "end": ["2022-01-04 00:00"]}
    curfew = pd.DataFrame({"kind": ["curfew"], "region_id": [None], **{k: pd.to_datetime(v) for k, v in times.items()}})
    curfew.index = pd.Index(["i1"], name="intervention_id")
    days = pd.date_range("2022-01-01", "2022-01-04")
    force = [len(ps.interventions_in_force(curfew, day)) for day in days]
    assert force == [0, 1, 1, 0]  # an hour is enough; the moment of the end is not
    regions = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1, 1)], index=pd.Index(["A"], name="region_id"), crs=4326)
    assert ps.share_in_force(curfew, regions, days, population=None)["curfew"].tolist() == [0, 1, 1, 0]


def test_12_days_of_a_panel():
    cities = cities_of(A=(0, 0))
    events = events_of((4, 0, 0), (9, 0, 0), city="A")  # a Tuesday, and the Sunday after
    assert list(ps.count_events(events, cities).index[[0, -1]]) == january(4, 9)  # no quiet days around them
    panel = ps.count_events(events, cities, start="2022-01-03", end="2022-01-09")
    assert list(panel.index[[0, -1]]) == january(3, 9)
    assert panel["A"].sum() == 2  # the last day counts
    with pytest.warns(ps.LostEventsWarning):
        assert ps.count_events(events, cities, end="2022-01-08").attrs["lost"] == {"outside_window": 1}
    onsets = pd.Series(january(4, 9), index=["A", "B"])
    assert ps.hazard_rates(onsets).index[-1] == january(9)[0]
    assert ps.hazard_rates(onsets, observed_until="2022-01-11").index[-1] == january(11)[0]
    weeks = ps.count_events(events, cities, start="2022-01-03", end="2022-01-09", every="W")
    assert weeks["A"].to_dict() == {pd.Timestamp("2022-01-03"): 2}  # from Monday, named by its first day


def test_13_unobserved_is_not_zero():
    panel = panel_of(A=[1, 0], B=[2, np.nan])
    together = ps.aggregate_panel(panel, {"A": "north", "B": "north"})["north"]
    assert together.iloc[0] == 3
    assert np.isnan(together.iloc[1])  # not 0
    assert ps.peak(panel_of(A=[1, 5], B=[2, np.nan])).loc["all places", "height"] == 3  # not 5, which is a part
    assert ps.smooth(panel, window_days=2)["B"].isna().tolist() == [False, True]
    assert ps.active(panel_of(A=[np.nan, 1]), memory_days=2)["A"].isna().tolist() == [True, False]


def test_14_so_far():
    so_far = ps.cumulative(panel_of(A=[1, np.nan, 2]))["A"]
    assert so_far.iloc[[0, 2]].tolist() == [1, 3]  # goes on after the gap: a lower bound
    assert np.isnan(so_far.iloc[1])
    curve = ps.adoption_curve(panel_of(A=[1, 0], B=[np.nan, 0]))
    assert curve[["cumulative", "unknown"]].iloc[-1].tolist() == [1, 1]
    assert curve[["share", "largest_share"]].iloc[-1].tolist() == [0.5, 1.0]


def test_15_lost_events():
    cities = cities_of(A=(0, 0))
    events = events_of((1, 0, 0), (2, 0, 0), (9, 0, 0), city=["A", "A", "Nowhere"])
    with pytest.warns(ps.LostEventsWarning) as told:
        located = ps.locate_events(events, cities)
    assert len(told) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # the second step does not tell again
        panel = ps.count_events(located, cities, end="2022-01-02")
    assert panel.attrs["lost"] == {"not_located": 1}  # the first reason, although the day is outside too
    assert panel.to_numpy().sum() + sum(panel.attrs["lost"].values()) == len(events)


# space


def test_16_great_circle_distances():
    assert float(ps.great_circle_km(0, 0, 1, 0)) == pytest.approx(DEGREE_KM, rel=1e-12)
    assert float(ps.great_circle_km(0, 60, 180, 60)) == pytest.approx(60 * DEGREE_KM)  # over the pole
    along = 180 * np.cos(np.radians(60)) * DEGREE_KM
    assert along > 1.4 * 60 * DEGREE_KM
    geodesic = pyproj.Geod(ellps="WGS84").inv(0, 0, 1, 0)[2] / 1000
    assert float(ps.great_circle_km(0, 0, 1, 0)) != pytest.approx(geodesic, rel=1e-4)  # a sphere, not the ellipsoid
    assert float(ps.great_circle_km(179, 0, -179, 0)) == pytest.approx(2 * DEGREE_KM)  # across 180 degrees


def test_17_limits_are_inclusive():
    events = events_of((1, 0, 0), (3, 1, 0), (9, 50, 0))
    km = float(ps.great_circle_km(0, 0, 1, 0))

    def pairs(within_km, within_days):
        limits = {"within_km": within_km, "within_days": within_days}
        results = (
            ps.knox_test(events, **limits, scheme=scheme, permutations=9, rng=1)
            for scheme in ("exchange_places", "dates")
        )
        return [result.all_pairs.statistic for result in results]

    assert pairs(km, 2) == [1, 1]
    assert pairs(km * (1 - 1e-9), 2) == [0, 0]
    assert pairs(km, 1) == [0, 0]  # from 1 to 3 January: two days
    assert ps.distance_graph(cities_of(A=(0, 0), B=(1, 0)), within_km=km).matrix.nnz == 2
    two_days = events_of((1, 0, 0), (2, 0.1, 0), (9, 50, 0))
    limits = {"within_km": 50, "scheme": "dates", "permutations": 9, "rng": 1}
    assert [len(ps.scan_statistic(two_days, within_days=days, **limits).clusters) for days in (1, 2)] == [0, 1]  # dates


@pytest.mark.parametrize(
    ("function", "names"),
    [
        *((function, ("within_km", "within_days")) for function in (
            ps.knox_test, ps.knox_ladder, ps.local_knox, ps.response_test, ps.scan_statistic, ps.space_time_k_test, ps.summarize_spread
        )),
        (ps.jacquez_test, ("k",)), (ps.secondary_attack_rate, ("within_days",)), (ps.distance_graph, ("within_km",)),
        (ps.nearest_graph, ("k",)), (ps.find_waves, ("at_least", "quiet_days")), (ps.fit_tada, ("observed_until",)),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)  # fmt: skip
def test_18_limits_are_given(function, names):
    given = inspect.signature(function).parameters
    assert all(given[name].default is inspect.Parameter.empty for name in names)


def test_19_places_by_name_and_region():
    same_day = ((1, 0, 0), (1, 1, 0))
    two = ps.place_days(events_of(*same_day, city="Springfield", region_id=["IL", "MO"]))
    one = ps.place_days(events_of(*same_day, city="Springfield", region_id=["IL", "IL"]))
    assert (len(two), len(one)) == (2, 1)  # not the name alone, and not the point
    cities = cities_of(A=(0, 0), B=(1, 0))
    assert ps.locate_events(events_of((1, 1, 0), city="A"), cities)["city"].tolist() == ["A"]  # its point is that of B


def test_20_place_days():
    events = events_of((1, 0, 0), (1, 0, 0), (1, 0, 0), (2, 0.1, 0))
    limits = {"within_km": 50, "within_days": 1, "permutations": 9, "rng": 1}
    assert ps.place_days(events)["reports"].tolist() == [3, 1]
    assert ps.knox_test(events, **limits).all_pairs.statistic == 1
    with pytest.warns(ps.ReportsWarning):
        assert (
            ps.knox_test(events, unit="reports", **limits).all_pairs.statistic == 3 + 3
        )  # among the reports of a day too


def test_21_equal_areas():
    boxes = [shapely.box(0, 10, 10, 20), shapely.box(0, 50, 10, 60)]
    regions = gpd.GeoDataFrame(geometry=boxes, index=pd.Index(["south", "north"], name="region_id"), crs=4326)

    def ratio(crs):
        south, north = regions.to_crs(crs).area if crs else shapely.area(boxes)
        return north / south

    lat = np.radians([10, 20, 50, 60])
    on_sphere = (np.sin(lat[3]) - np.sin(lat[2])) / (np.sin(lat[1]) - np.sin(lat[0]))
    assert ratio(ps.equal_area_crs(regions)) == pytest.approx(on_sphere, abs=0.02)
    assert (
        on_sphere < 0.6 < ratio(None) < ratio("EPSG:3857")
    )  # degrees as x and y, and web tiles, draw the north too large
    axes = ps.plot_choropleth(pd.Series({"south": 1, "north": 2}), regions, legend=False)
    west, south, east, north = regions.to_crs(ps.equal_area_crs(regions)).total_bounds
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    plt.close("all")
    assert left <= west < east <= right
    assert bottom <= south < north <= top


# rates, tests and draws


def test_22_rates_are_per_day():
    places = 4000
    ties = [(f"p{number}", f"p{number + 1}", 1.0) for number in range(places - 1)]
    model = ps.SI(transmission_per_day=0, spontaneous_per_day=np.log(2))
    panel = ps.simulate(model, graph_of(*ties), seeds=["p0"], days=3, first_day="2022-01-01", rng=1)
    assert panel.mean(axis=1).tolist() == pytest.approx(
        [0, 1 / 2, 3 / 4], abs=0.03
    )  # 1 - exp(-rate); not the rate, 0.69


def test_23_p_values():
    events = events_of((1, 0, 0), (2, 0, 0), (2, 1, 0), (4, 1, 0), (5, 2, 0), (6, 2, 0), (8, 3, 0), (8, 0, 0))
    limits = {"within_km": 120, "within_days": 1, "scheme": "dates", "permutations": 39, "rng": 1}
    above, below, both = (ps.knox_test(events, alternative=side, **limits) for side in ("greater", "less", "two-sided"))
    drawn, seen = above.null_distribution, above.statistic
    assert (drawn == seen).any()  # draws that equal the observed count as extreme
    assert above.p_value == (1 + (drawn >= seen).sum()) / 40
    assert above.p_value > (1 + (drawn > seen).sum()) / 40
    assert below.p_value == (1 + (drawn <= seen).sum()) / 40
    assert both.p_value == min(1, 2 * min(above.p_value, below.p_value))
    assert both.p_value not in (above.p_value, below.p_value)
    small = ps.scan_statistic(events, within_km=120, within_days=2, scheme="dates", permutations=18, rng=1)
    enough = ps.scan_statistic(events, within_km=120, within_days=2, scheme="dates", permutations=19, rng=1)
    assert small.smallest_p_value == 1 / 19
    assert (small.verdict, enough.verdict) == ("cannot tell", "no evidence of a cluster")


def test_24_equal_neighbors_and_clusters():
    events = events_of((5, 0, 0), (6, 1, 0), (4, -1, 0))
    # the middle has two nearest neighbors in space and both in time: 2; the outer ones have the middle: 1 each
    assert ps.jacquez_test(events, k=1, permutations=9, rng=1).statistic == 2 + 1 + 1  # the first in the table only: 3
    pairs = events_of((1, 0, 0), (1, 0.1, 0), (5, 20, 0), (5, 20.1, 0))
    for names in (["Ada", "Bob", "Yak", "Zed"], ["Yak", "Zed", "Ada", "Bob"]):
        found = ps.scan_statistic(pairs.assign(city=names), within_km=50, within_days=2, permutations=9, rng=1).clusters
        assert found["log_likelihood_ratio"].tolist() == [found["log_likelihood_ratio"].max()] * 2
        assert found["center"].tolist() == ["Ada", "Yak"]  # of equal clusters, the first by name
    around = {"east": (1, 0), "west": (-1, 0)}
    for first, second in (
        ("east", "west"),
        ("west", "east"),
    ):  # where one must be taken, the first in the table of places
        cities = cities_of(**{first: around[first], second: around[second]}, middle=(0, 0))
        assert ps.nearest_graph(cities, k=1).matrix.toarray()[:, 2].tolist() == [1, 0, 0]
        boxes = {"east": shapely.box(0, -1, 1, 1), "west": shapely.box(-1, -1, 0, 1)}
        index = pd.Index([first, second], name="region_id")
        regions = gpd.GeoDataFrame(index=index, geometry=[boxes[first], boxes[second]], crs=4326)
        assert ps.locate_events(events_of((1, 0, 0)), regions)["region_id"].tolist() == [first]


def test_25_draws():
    events = events_of((1, 0, 0), (2, 0, 0), (2, 1, 0), (4, 1, 0), (5, 2, 0), (6, 2, 0), (8, 3, 0), (8, 0, 0))
    limits = {"within_km": 120, "within_days": 1, "scheme": "dates", "rng": 1}

    def null(table, draws):
        return ps.knox_test(table, permutations=draws, **limits).null_distribution.tolist()

    assert null(events, 39)[:9] == null(events, 9)
    assert null(events.iloc[::-1], 39) == null(events, 39)
    days = events["date"].dt.day.to_numpy()
    assert (replicate_rng(1, 0).permutation(days)[::-1] != replicate_rng(1, 0).permutation(days[::-1])).any()  # by row
    own = np.random.Generator(np.random.Philox(key=1, counter=np.array([0, 0, 0, 1], dtype=np.uint64))).random()
    assert replicate_rng(1, 1).random() == own
    assert replicate_rng(1, 0).random(2)[1] != own  # not the next number of the draw before


# the page


def test_each_convention_has_its_test_and_each_test_its_convention():
    heads = re.findall(r"^\*\*(\d+)\. ", PAGE, flags=re.MULTILINE)
    assert [int(number) for number in heads] == list(range(1, len(heads) + 1))
    assert len(heads) <= MOST
    tests = sorted(name for name in globals() if re.match(r"test_\d\d_", name))
    assert re.findall(r"`(test_\d\d_\w+)`", PAGE) == tests
    assert [int(name[5:7]) for name in tests] == [int(number) for number in heads]


def test_the_page_names_what_exists():
    named = re.findall(r"\{(?:func|class|meth)\}`~protestspread\.([\w.]+)`", PAGE)
    assert len(named) >= MOST

    def exists(path):
        owner = ps
        for part in path.split("."):
            owner = getattr(owner, part, None)
        return owner is not None

    assert not [path for path in named if not exists(path)]
