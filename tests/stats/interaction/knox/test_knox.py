import itertools
from contextlib import nullcontext

import geopandas as gpd
import joblib
import numba
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import protestspread as ps
from protestspread.errors import CRSError, DataError, DataWarning, SchemaError
from protestspread.inference import replicates
from protestspread.kernels import dispatch
from protestspread.stats.interaction import pair_counts
from protestspread.stats.interaction import points as positions_module
from protestspread.stats.interaction.dated_points import DatedPoints
from protestspread.stats.interaction.schemes import CircularShift, WithinStrata, scheme_of

CLOSE = {"within_km": 30.0, "within_days": 2}

pytestmark = pytest.mark.filterwarnings("ignore::protestspread.errors.ReportsWarning")


def knox_test(events, **options):
    """Test reports with shuffled dates, as outside numbers do; the defaults have tests of their own."""
    return ps.knox_test(events, **{"scheme": "dates", "unit": "reports"} | options)


def table(lon, lat, days, **columns):
    return gpd.GeoDataFrame(
        {"date": pd.Timestamp("2022-01-01") + pd.to_timedelta(list(days), unit="D"), **columns},
        index=pd.Index([f"e{i}" for i in range(len(lon))], name="event_id"),
        geometry=gpd.points_from_xy(lon, lat),
        crs=4326,
    )


def some(seed, n=40, places=12, days=30):
    rng = np.random.default_rng(seed)
    site = rng.integers(0, places, n)
    lon, lat = rng.uniform(70, 71, places)[site], rng.uniform(45, 46, places)[site]
    return table(lon, lat, rng.integers(0, days, n), region_id=np.where(lon > 70.5, "east", "west"))


def counted(events, within_km, within_days, least=-1.0):
    """Look at every pair, with the haversine."""
    lon, lat = np.radians(events.geometry.x.to_numpy()), np.radians(events.geometry.y.to_numpy())
    days = events["date"].to_numpy()
    count = 0
    for i, j in itertools.combinations(range(len(events)), 2):
        half = np.sin((lat[i] - lat[j]) / 2) ** 2 + np.cos(lat[i]) * np.cos(lat[j]) * np.sin((lon[i] - lon[j]) / 2) ** 2
        km = 2 * 6371.0088 * np.arcsin(np.sqrt(half))
        count += least < km <= within_km and abs(days[i] - days[j]) <= np.timedelta64(within_days, "D")
    return count


@settings(max_examples=20)
@given(st.integers(0, 10**6))
def test_pairs_match_a_comparison_of_all_events(seed):
    events = some(seed)
    found = knox_test(events, **CLOSE, permutations=19, rng=1)
    assert found.statistic == counted(events, 30.0, 2)
    assert found.same_place.statistic == counted(events, 1e-6, 2)
    between = knox_test(events, **CLOSE, permutations=19, exclude_within_km=5, rng=1)
    assert between.statistic == counted(events, 30.0, 2, least=5.0)
    assert between.same_place.statistic == counted(events, 5.0, 2)
    assert between.all_pairs.statistic == found.statistic


@settings(max_examples=15)
@given(st.integers(0, 10**6), st.sampled_from(["dates", "within_strata", "exchange_places"]))
def test_the_order_of_the_rows_does_not_matter(seed, scheme):
    events = some(seed)
    strata = "region_id" if scheme == "within_strata" else None
    first, second = (
        knox_test(rows, **CLOSE, permutations=49, scheme=scheme, strata=strata, rng=5)
        for rows in (events, events.sample(frac=1, random_state=1))
    )
    assert np.array_equal(first.null_distribution, second.null_distribution)
    assert first.p_value == second.p_value or first.reason == second.reason is not None


def test_pairs_exactly_at_a_limit_are_included():
    degree = 6371.0088 * np.pi / 180
    events = table([0, 1, 10, 11, 40], [0] * 5, [0, 3, 50, 54, 90])
    found = knox_test(events, within_km=degree * (1 + 1e-12), within_days=3, permutations=9, rng=1)
    assert found.statistic == 1
    assert found.tested.close_in_space == 2
    assert (
        knox_test(events, within_km=degree * (1 - 1e-9), within_days=4, permutations=9, rng=1).tested.close_in_space
        == 0
    )


def test_exact_moments_are_those_of_all_orders():
    events = table([0, 0.1, 0.2, 1, 1.1, 5], [0] * 6, [0, 1, 1, 4, 9, 30])
    found = knox_test(events, within_km=15, within_days=3, permutations=9, rng=1)
    days = (events["date"] - events["date"].min()).dt.days.to_numpy()
    close = [(0, 1), (1, 2), (3, 4)]
    every = [sum(abs(days[p[i]] - days[p[j]]) <= 3 for i, j in close) for p in itertools.permutations(range(6))]
    assert found.tested.close_in_space == 3
    assert found.expected == pytest.approx(np.mean(every))
    assert found.variance == pytest.approx(np.var(every))


@pytest.mark.parametrize(
    ("scheme", "options"),
    [("dates", {}), ("within_strata", {"strata": "region_id"}), (CircularShift(start="2022-01-01", end="2022-03-31"), {})],
)  # fmt: skip
def test_the_null_of_each_scheme_is_what_a_plain_loop_gives(scheme, options):
    """Rebuild a few replicates from the scheme itself, and count them by looking at all pairs."""
    events = some(3, n=30, places=9, days=60)
    with pytest.warns(DataWarning) if isinstance(scheme, CircularShift) else nullcontext():
        found = knox_test(events, **CLOSE, permutations=6, scheme=scheme, rng=8, **options)
    chosen = scheme_of(scheme, options.get("strata"))
    sample = DatedPoints.of(events, chosen.labels, unit="reports")
    with pytest.warns(DataWarning) if isinstance(scheme, CircularShift) else nullcontext():
        drawn = chosen.sampler(sample, 8)
    for i in range(6):
        points, days = sample.positions, drawn(i, i + 1)[:, 0]
        pairs = itertools.combinations(range(len(sample)), 2)
        assert found.null_distribution[i] == sum(
            points.km(a, b) <= 30 and abs(int(days[a]) - int(days[b])) <= 2 for a, b in pairs
        )


def test_exchanging_places_leaves_repeats_as_they_are():
    found = knox_test(some(1), **CLOSE, permutations=49, scheme="exchange_places", rng=1)
    assert (found.same_place.null_distribution == found.same_place.statistic).all()
    assert np.isnan(found.same_place.p_value)
    assert "exchanging places" in found.same_place.reason
    assert found.moments == "profile"


def test_compiled_and_plain_counts_are_the_same(monkeypatch):
    events = some(2, n=80)
    for scheme in ("dates", "exchange_places"):
        results = []
        for compiled in (False, True):
            monkeypatch.setattr(dispatch, "FORCED", compiled)
            results.append(knox_test(events, **CLOSE, permutations=50, scheme=scheme, rng=1).null_distribution)
        assert np.array_equal(*results)


@pytest.mark.long
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("backend", [None, "loky"])
def test_threads_and_workers_change_nothing(monkeypatch, threads, backend):
    monkeypatch.setattr(replicates, "_WORKERS_PAY", 1e6)
    rng = np.random.default_rng(1)
    events = table(rng.uniform(0, 3, 1500), rng.uniform(45, 48, 1500), rng.integers(0, 200, 1500))
    run = {"within_km": 40, "within_days": 5, "permutations": 1500, "rng": 4}
    before = numba.get_num_threads()
    numba.set_num_threads(min(threads, before))
    try:
        if backend is None:
            found = knox_test(events, **run)
        else:
            with joblib.parallel_config(backend=backend, n_jobs=threads):
                found = knox_test(events, **run)
    finally:
        numba.set_num_threads(before)
    assert (found.statistic, int(found.null_distribution.sum()), int(found.null_distribution[-1])) == EXPECTED


EXPECTED = (3428, 5196189, 3484)


def test_pairs_in_blocks_are_the_same_pairs(monkeypatch):
    events = some(5, n=700, places=400)
    whole = knox_test(events, **CLOSE, permutations=19, rng=1)
    monkeypatch.setattr(positions_module, "_MOST_PAIRS", 20_000)
    with pytest.warns(DataWarning, match="blocks"):
        parts = knox_test(events, **CLOSE, permutations=19, rng=1)
    assert np.array_equal(whole.null_distribution, parts.null_distribution)
    assert (whole.statistic, whole.expected, whole.variance) == (parts.statistic, parts.expected, parts.variance)


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("strata", [None, "region_id"])
@pytest.mark.parametrize("least", [0.0, 5.0])
def test_pairs_found_by_their_days_have_the_same_counts_in_every_draw(monkeypatch, compiled, strata, least):
    events = some(6, n=300, places=20, days=900)
    options = {**CLOSE, "permutations": 50, "rng": 1, "exclude_within_km": least}
    options |= {} if strata is None else {"scheme": "within_strata", "strata": strata}
    monkeypatch.setattr(dispatch, "FORCED", compiled)
    by_time = []
    found = pair_counts._PairsInTime.of
    monkeypatch.setattr(pair_counts._PairsInTime, "of", lambda *given: by_time.append(found(*given)) or by_time[-1])
    first = knox_test(events, **options)
    assert by_time[-1] is not None
    monkeypatch.setattr(pair_counts, "_SHORTER", 10**9)
    second = knox_test(events, **options)
    assert by_time[-1] is None
    pd.testing.assert_frame_equal(first.to_frame(), second.to_frame())
    for kind in first.kinds:
        assert np.array_equal(first.kinds[kind].null_distribution, second.kinds[kind].null_distribution)


def test_the_callers_table_stays_as_it_was():
    events = some(1)
    before = events.copy(deep=True)
    knox_test(events, **CLOSE, permutations=19, scheme="within_strata", strata="region_id", rng=1)
    pd.testing.assert_frame_equal(events, before)


def test_a_seed_makes_it_repeatable_and_no_seed_does_not():
    events = some(1)
    first, second, other, free = (
        knox_test(events, **CLOSE, permutations=99, rng=rng).null_distribution for rng in (1, 1, 2, None)
    )
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)
    assert not np.array_equal(first, free)


@pytest.mark.parametrize("alternative", ["greater", "less", "two-sided"])
def test_p_values_follow_the_alternative(alternative):
    found = knox_test(some(1), **CLOSE, permutations=199, alternative=alternative, rng=1)
    null, seen = found.null_distribution, found.statistic
    tails = {"greater": (1 + (null >= seen).sum()) / 200, "less": (1 + (null <= seen).sum()) / 200}
    assert found.p_value == pytest.approx(tails.get(alternative, min(1, 2 * min(tails.values()))))


# Data that cannot be tested


@pytest.mark.parametrize(
    ("events", "reason"),
    [
        (
            table([0, 1, 2, 3], [0] * 4, [5] * 4),
            "all pairs are at most 2 days apart|no such pairs are close in space",
        ),
        (table([0, 0.01, 0.02, 0.01], [0] * 4, [5] * 4), "all pairs are at most 30 km apart"),
        (table([7] * 5, [50] * 5, range(0, 50, 10)), "no pairs are at most 2 days apart"),
        (table([7] * 5, [50] * 5, [0, 1, 10, 20, 30]), "all pairs are at most 30 km apart"),
        (table([0, 20, 40, 60, 80], [0] * 5, range(5)), "no such pairs are close in space"),
    ],
    ids=["one day", "one day, near", "one place, far in time", "one place", "no close pairs"],
)
def test_data_that_cannot_be_tested_have_a_reason_and_no_p_value(events, reason):
    found = knox_test(events, **CLOSE, permutations=19, rng=1)
    assert np.isnan(found.p_value)
    assert np.isnan(found.z_score)
    assert any(part in found.reason for part in reason.split("|"))
    assert found.reason in found.sentence
    assert found.to_frame()["p_value"].isna()["all pairs"]
    assert "No p-value" in repr(found)


def test_no_close_pairs_where_none_are_expected_have_a_p_value():
    """One close pair among many events: no draw brings its dates together, but the p-value is still defined."""
    events = table([*range(0, 80, 2), 0.1], [0] * 41, [*range(0, 4000, 100), 9000])
    found = knox_test(events, within_km=30, within_days=2, permutations=19, rng=1)
    assert found.reason is not None  # no two events within 2 days at all
    events = table([*range(0, 80, 2), 0.1], [0] * 41, [*range(0, 4000, 100), 3901])
    found = knox_test(events, within_km=30, within_days=2, permutations=19, rng=1)
    assert (found.statistic, found.null_distribution.max(), found.p_value, found.reason) == (0, 0, 1.0, None)
    assert found.expected == pytest.approx(1 / 820)


def test_fewer_than_four_events_have_no_variance():
    found = knox_test(table([0, 0.1, 9], [0] * 3, [0, 1, 30]), **CLOSE, permutations=99, rng=1)
    assert np.isnan(found.variance)
    assert np.isnan(found.z_score)
    assert found.smallest_p_value == pytest.approx(1 / 6)
    assert "fewer than four reports" in found.statement
    assert "The p-value cannot be below 0.17" in found.statement
    with pytest.raises(DataError, match=r"^events must have at least two rows to form a pair; got 1"):
        knox_test(table([0], [0], [0]), **CLOSE)
    with pytest.raises(DataError, match=r"^events must have at least two rows to form a pair; got 0"):
        knox_test(table([0], [0], [0]).iloc[:0], **CLOSE)


def test_events_alone_in_their_stratum_are_noted():
    events = some(1, n=12)
    events["only"] = ["a"] * 10 + ["b", "c"]
    found = knox_test(
        events, within_km=60, within_days=5, permutations=99, scheme="within_strata", strata="only", rng=1
    )
    assert "2 reports are alone in their stratum" in found.statement
    alone = knox_test(events, within_km=60, within_days=5, permutations=99, scheme=WithinStrata(list(range(12))), rng=1)
    assert alone.reason == "the count is the same in every draw"
    assert alone.smallest_p_value == 1


def test_duplicated_ids_are_refused_and_duplicated_events_are_pairs_in_one_place():
    events = some(1, n=10)
    doubled = pd.concat([events, events.rename(lambda name: f"{name} again")])
    assert knox_test(doubled, **CLOSE, permutations=9, rng=1).same_place.statistic >= 10
    with pytest.raises(SchemaError, match="event_id is not unique: e0"):
        knox_test(pd.concat([events, events]), **CLOSE)


def test_invalid_events_are_refused():
    events = some(1, n=10)
    with pytest.raises(CRSError):
        knox_test(events.to_crs(3857), **CLOSE)
    nameless = events.assign(date=events["date"].where(events.index != "e3"))
    with pytest.raises(SchemaError, match=r"no date.*e3"):
        knox_test(nameless, **CLOSE)
    pointless = events.set_geometry(gpd.points_from_xy([np.nan] + [7] * 9, [50] * 10, crs=4326))
    with pytest.raises(SchemaError, match=r"e0"):
        knox_test(pointless, **CLOSE)


def test_events_without_a_point_or_a_stratum_are_left_out_counted_and_named():
    events = some(1, n=12).assign(city="Almaty", region_id=[None, *"aabbaabbaab"])
    events = events.set_geometry(gpd.GeoSeries([*events.geometry[:-1], None], index=events.index, crs=4326))
    inner = events.iloc[1:-1]
    with pytest.warns(ps.LostEventsWarning, match=r"1 of 12 .* 1 without a point \(e11\)"):
        result = knox_test(events, **CLOSE, permutations=19, rng=1)
    assert result.events == 11
    assert result.to_frame().equals(knox_test(events.iloc[:-1], **CLOSE, permutations=19, rng=1).to_frame())
    assert "1 event was left out: 1 without a point." in result.statement
    options = {**CLOSE, "permutations": 19, "rng": 1, "scheme": "within_strata"}
    with pytest.warns(ps.LostEventsWarning, match=r"1 without a point \(e11\); 1 not located \(e0\)"):
        result = knox_test(events, strata="region_id", **options)
    assert result.to_frame().equals(knox_test(inner, strata="region_id", **options).to_frame())
    assert "2 events were left out: 1 without a point, 1 not located." in result.statement
    labels = events["region_id"].fillna("c")
    for each in (labels, list(labels), labels.iloc[::-1]):
        with pytest.warns(ps.LostEventsWarning):
            result = knox_test(events, strata=each, **options)
        assert result.events == 11
    events.attrs["located_by"] = ["city"]  # locate_events has warned
    assert knox_test(events, **CLOSE, permutations=19, rng=1).events == 11


def test_no_event_with_a_point_is_an_error():
    events = (
        some(1, n=3).assign(city="Almaty").set_geometry(gpd.GeoSeries([None] * 3, index=some(1, n=3).index, crs=4326))
    )
    with pytest.warns(ps.LostEventsWarning), pytest.raises(DataError, match="at least two rows"):
        knox_test(events, **CLOSE)


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"within_km": -1}, "^within_km must be .*; got -1"),
        ({"within_km": float("nan")}, "^within_km must be .*; got nan"),
        ({"within_km": "25"}, "^within_km must be .*; got '25'"),
        ({"within_days": 1.5}, "^within_days must be .*; got 1.5"),
        ({"within_days": -2}, "^within_days must be .*; got -2"),
        ({"exclude_within_km": 30}, "^exclude_within_km must be .*; got 30"),
        ({"exclude_within_km": -1}, "^exclude_within_km must be .*; got -1"),
        ({"permutations": 0}, "permutations .*0"),
        ({"alternative": "more"}, "alternative .*'more'"),
        ({"scheme": "shuffle"}, "^scheme must be .*; got 'shuffle'"),
        ({"rng": "seed"}, "rng .*'seed'"),
    ],
)
def test_invalid_options_are_refused(options, fault):
    with pytest.raises(DataError, match=fault):
        knox_test(some(1), **CLOSE | options)


def test_all_faults_are_listed_at_once():
    with pytest.raises(
        DataError, match=r"(?s)^within_km and within_days are not valid.*within_km .*got -1.*within_days .*got 0.5"
    ):
        knox_test(some(1), within_km=-1, within_days=0.5)


# Sentences and tables


def test_the_sentence_and_the_table_say_the_same():
    found = knox_test(some(1), **CLOSE, permutations=999, rng=1)
    for text in (
        f"{found.statistic:,} pairs",
        "30 km and 2 days",
        "dates shuffled over all events",
        "999 draws",
        "in the same place",
        "between places",
    ):
        assert text in found.sentence
    frame = found.to_frame()
    assert frame.index.tolist() == ["all pairs", "same place", "between places"]
    assert (
        frame.loc["same place", "statistic"] + frame.loc["between places", "statistic"]
        == frame.loc["all pairs", "statistic"]
    )
    assert frame.loc["all pairs", "p_value"] == found.p_value
    assert frame.loc["all pairs", "ratio"] == found.ratio == found.statistic / found.expected
    assert "<table" in found._repr_html_()


def test_text_from_data_stays_text():
    events = some(1).rename(columns={"region_id": "<b>region</b>"})
    found = knox_test(events, **CLOSE, permutations=19, scheme="within_strata", strata="<b>region</b>", rng=1)
    assert "<b>" not in found._repr_html_()


def test_the_poisson_tail_holds_the_observed_count_itself():
    from scipy.stats import poisson

    found = knox_test(some(1), **CLOSE, permutations=9, rng=1)
    assert found.poisson_p_value == pytest.approx(poisson.sf(found.statistic - 1, found.expected))
    assert (
        knox_test(table([0, 0.1, 5, 9], [0] * 4, [0, 9, 20, 21]), **CLOSE, permutations=9, rng=1).poisson_p_value == 1.0
    )
