"""The excess of pairs of different places, against loops over all exchanges of six places."""

import itertools

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

import protestspread as ps
from protestspread.event_places import EventPlaces
from protestspread.inference.exchange import like_places
from protestspread.kernels import dispatch
from protestspread.stats.interaction import exchange
from protestspread.stats.interaction.dated_points import DatedPoints
from protestspread.stats.interaction.exchange import _series, exchanged_pairs
from protestspread.stats.interaction.points import PointSet
from protestspread.stats.interaction.schemes import ExchangePlaces

SITES = np.array([[0.0, 0], [1, 0], [0, 1], [5, 5], [5.5, 5], [9, 9]])
DAYS = [[0, 1, 2], [1, 2], [7], [7, 8, 9, 10], [20], [9, 21]]
PEOPLE = np.array([900.0, 800, 50, 700, 60, 40])
REGION = np.array([0, 0, 0, 1, 1, 1])
KM, TAU = 1.5, 1


def sample(population=None, strata=None):
    place = np.repeat(np.arange(6), [len(days) for days in DAYS])
    day = np.concatenate(DAYS)
    unknown = np.full(6, np.nan) if population is None else population
    return DatedPoints.sorted(
        PointSet(*SITES[place].T.copy(), on_sphere=False), day, None if strata is None else strata[place],
        "" if strata is None else "region", EventPlaces(place, *SITES.T.copy(), unknown),
    )  # fmt: skip


def expected_by_hand(i, j, population, strata):
    """The expected pairs of two places, from the formula."""
    if population is not None:
        series = np.zeros((6, 22))
        for k, days in enumerate(DAYS):
            series[k, days] = 1
        like = like_places(series.sum(axis=1), population, strata) @ series
        return sum(like[i, t] * like[j, u] for t in range(22) for u in range(22) if abs(t - u) <= TAU)
    label = np.zeros(6, dtype=int) if strata is None else strata
    close = every = 0
    for a, b in itertools.permutations(range(6), 2):
        if (label[a], label[b]) == (label[i], label[j]):
            every += len(DAYS[a]) * len(DAYS[b])
            close += sum(abs(t - u) <= TAU for t in DAYS[a] for u in DAYS[b])
    return len(DAYS[i]) * len(DAYS[j]) * close / every


def by_hand(order, population, strata, exclude):
    """X and E with the series of place ``order[p]`` at position p."""
    observed = expected = 0.0
    for p, q in itertools.combinations(range(6), 2):
        if exclude < np.hypot(*(SITES[p] - SITES[q])) <= KM:
            i, j = order[p], order[q]
            observed += sum(abs(t - u) <= TAU for t in DAYS[i] for u in DAYS[j])
            expected += expected_by_hand(i, j, population, strata)
    return observed, expected


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("exclude", [0.0, 0.6])
@pytest.mark.parametrize("strata", [None, REGION], ids=["whole", "strata"])
@pytest.mark.parametrize("population", [None, PEOPLE], ids=["plain", "profile"])
def test_all_exchanges_of_six_places_have_the_excess_of_the_formula(monkeypatch, population, strata, exclude, compiled):
    monkeypatch.setattr(dispatch, "FORCED", compiled)
    points = sample(population, strata)
    sampler = ExchangePlaces(None if strata is None else "region").sampler(points, 1)
    found = exchanged_pairs(points, sampler, (KM,), (TAU,), 400, exclude_within_km=exclude)
    orders = sampler(0, 400).T
    known = {}
    for order, pairs, excess in zip(orders, found.draws.null[:, 0, 0], found.excess.null[:, 0, 0], strict=True):
        observed, expected = known.setdefault(tuple(order), by_hand(order, population, strata, exclude))
        assert pairs == pytest.approx([observed, expected])
        assert excess == pytest.approx((observed - expected) / np.sqrt(expected))
    assert found.draws.observed[0, 0] == pytest.approx(by_hand(range(6), population, strata, exclude))
    # six places are one block: every exchange within the strata occurs, and no other
    allowed = {
        order
        for order in itertools.permutations(range(6))
        if strata is None or all(strata[p] == strata[k] for p, k in enumerate(order))
    }
    assert set(known) <= allowed
    assert strata is None or set(known) == allowed
    assert found.repeats[0] == sum(abs(t - u) <= TAU for days in DAYS for t, u in itertools.combinations(days, 2))
    assert "only 6 places" in found.reason


def test_bands_and_limits_of_time_add_up():
    points = sample(PEOPLE)
    sampler = ExchangePlaces().sampler(points, 1)
    grid = exchanged_pairs(points, sampler, (1.2, 20.0), (0, 1, 30), 9)
    for row, km in enumerate((1.2, 20.0)):
        for column, days in enumerate((0, 1, 30)):
            one = exchanged_pairs(points, sampler, (km,), (days,), 9)
            assert grid.draws.null[:, row, column] == pytest.approx(one.draws.null[:, 0, 0])
            assert grid.draws.observed[row, column] == pytest.approx(one.draws.observed[0, 0])
    place_days = sum(map(len, DAYS))
    every = (place_days**2 - sum(len(days) ** 2 for days in DAYS)) / 2
    assert grid.draws.observed[1, 2] == pytest.approx([every, every])  # all pairs of different places
    assert grid.close_in_space[1] == every


def test_p_of_the_knox_test_is_that_of_the_excess(case):
    found = ps.knox_test(case.events, case.cities, within_km=200, within_days=1, permutations=199, rng=3)
    null, seen = found.null_distribution, found.excess
    assert found.p_value == (1 + (null >= seen - 1e-9).sum()) / 200
    assert found.excess == pytest.approx((found.statistic - found.expected) / np.sqrt(found.expected))
    assert (found.unit, found.reports, found.events) == ("place_days", 152, 90)
    assert "152 reports on 90 place-days" in found.sentence
    assert found.scheme == "exchange_places"
    assert found.statistic == found.between_places.statistic
    power = (np.quantile(null, 0.95) - null.mean() + 0.84 * null.std()) * np.sqrt(found.expected)
    assert found.detectable_excess == pytest.approx(power)
    assert f"about {power:.1f} pairs" in found.sentence


def test_dates_are_tested_by_their_count(case):
    found = ps.knox_test(case.events, scheme="dates", within_km=200, within_days=1, permutations=199, rng=3)
    assert np.isnan(found.excess)
    assert found.p_value == (1 + (found.null_distribution >= found.statistic).sum()) / 200


def test_reports_are_tested_on_request_with_a_warning(case):
    with pytest.warns(ps.ReportsWarning, match=r"^unit='reports': 152 reports are of 90 place-days"):
        found = ps.knox_test(case.events, unit="reports", within_km=200, within_days=1, permutations=19, rng=3)
    assert found.events == found.reports == 152
    assert "152 reports:" in found.sentence


def coarse(**columns):
    rng = np.random.default_rng(1)
    place = rng.integers(0, 15, 60)
    lon, lat = rng.uniform(60, 63, 15), rng.uniform(45, 48, 15)
    return gpd.GeoDataFrame(
        {"date": pd.Timestamp("2022-01-01") + pd.to_timedelta(rng.integers(0, 40, 60), unit="D"),
         "city": [f"c{k:02d}" for k in place], **columns},
        index=pd.RangeIndex(60, name="event_id"), geometry=gpd.points_from_xy(lon[place], lat[place]), crs=4326,
    )  # fmt: skip


def test_events_less_precise_than_the_limits_leave_the_test():
    events = coarse(date_precision=["month"] * 4 + ["day"] * 56, place_precision=["town"] * 50 + ["region"] * 10)
    with pytest.warns(ps.LostEventsWarning, match="10 placed less precisely than the limit in kilometers"):
        found = ps.knox_test(events, within_km=50, within_days=3, permutations=19, rng=1)
    assert dict(found.lost) == {"coarse_place": 10, "coarse_date": 4}
    assert found.reports == 46
    assert "4 dated less precisely than the limit in days" in found.statement
    whole = ps.knox_test(events, within_km=500, within_days=60, permutations=19, rng=1)
    assert whole.reports == 60


def test_more_places_than_fit_into_memory_are_refused(monkeypatch):
    monkeypatch.setattr(exchange, "MOST_PLACES", 10)
    with pytest.raises(
        ps.DataError, match=r"(?s)^events lie at 15 places; at most 10 can be exchanged.*within_km=2.*scheme='dates'"
    ):
        ps.knox_test(coarse(), within_km=50, within_days=3)
    assert ps.knox_test(coarse(), scheme="dates", within_km=50, within_days=3, permutations=9, rng=1).places == 15


def test_strata_must_be_those_of_place_days():
    events = coarse()
    events.loc[1, ["date", "city"]] = events.loc[0, ["date", "city"]].tolist()
    mixed = events.assign(kind=["a", *"b" * 59])
    with pytest.raises(
        ps.DataError, match=r"^strata must be the same for all reports on a place-day: 1 of \d+ place-days"
    ):
        ps.knox_test(mixed, scheme="within_strata", strata="kind", within_km=50, within_days=3)


def test_days_between_distant_dates_need_no_memory_for_each_day():
    """Two waves a century apart: the table of places by days is wide, but the result is right."""
    events = coarse()
    later = events.assign(date=events["date"] + pd.Timedelta(days=36500)).rename(lambda k: k + 100)
    both = ps.knox_test(pd.concat([events, later]), within_km=200, within_days=3, permutations=19, rng=1)
    one = ps.knox_test(events, within_km=200, within_days=3, permutations=19, rng=1)
    assert both.statistic == 2 * one.statistic
    sample = DatedPoints.of(pd.concat([events, later]), unit="place_days")
    assert _series(sample, 3).shape[1] < 100
