"""The two nulls of `response_test`: outside numbers, all arrangements of small data, exact moments."""

import itertools
import math

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import protestspread as ps
from protestspread.inference.replicates import PermutationBlocks
from protestspread.stats.interaction.knox.response import ResponseLimits, response_of
from protestspread.stats.interaction.knox.response_nulls import (
    DatesShuffled,
    ExchangedTypes,
    TypesExchanged,
    exchanged_type_means,
    exchanged_type_moments,
    shuffled_date_moments,
)
from protestspread.stats.interaction.knox.typed_points import TypedPoints
from protestspread.stats.interaction.points import PointSet

TOY = """0 0 1 A, 1 1 2 B, 10 0 2 A, 11 1 3 B, 12 0 4 B, 30 0 1 A, 31 2 3 A, 0 0 3 B, 10 0 5 B, 30 0 6 B, 2 0 4 B, 12 1 6 A, 31 0 2 A, 50 0 1 B,
51 1 5 A"""
# limits, pairs in each order, dates of B, types over all, types within places: mean, variance, P(at least as many)
TABLE = [
    (3, 0, 2, 4, 2, (5.75, 1.9375, 0.951785714), (4, 2.687179487, 0.631390831), (2.5, 1.25, 0.25)),
    (3, 1, 2, 4, 2, (4, 1.357142857, 0.664285714), (4, 2.687179487, 0.631390831), (2.5, 1.25, 0.25)),
    (5, 1, 3, 7, 3, (5.625, 1.341517857, 0.210714286), (5.066666667, 4.462222222, 0.258275058), (4, 3.5, 0.125)),
]


def toy():
    rows = [row.split() for row in TOY.split(",")]
    x, y, day = np.array([row[:3] for row in rows], dtype=float).T
    positions = PointSet(x, y, on_sphere=False)
    first, site = positions.sites
    return TypedPoints.sorted(
        positions.at(first), site, day.astype(int), [row[3] == "B" for row in rows], unit="reports"
    )


def nulls(points, limits):
    near = points.near(limits.km)
    return (
        TypesExchanged.of(points, near, limits.days, 1),
        DatesShuffled.of(points, near, limits.days, 1, "dates shuffled"),
    )


def of_all(null, columns, weights):
    """Return mean, variance and P(at least as many as observed) over all arrangements."""
    many, seen = null.values(columns) @ weights, null.values(null.sampler.observed)[0] @ weights
    return many.mean(), many.var(), (many >= seen).mean()


@pytest.mark.parametrize("row", TABLE)
def test_the_toy_in_all_its_arrangements(row):
    km, least, most, forward, reverse, dates, types, within = row
    limits, points = ResponseLimits(km, most, least == 0), toy()
    by_types, by_dates = nulls(points, limits)
    weights = limits.weights[0]
    days = by_dates.sampler.values
    orders = days[np.array(list(itertools.permutations(range(8)))).T]
    assert of_all(by_dates, orders, weights) == pytest.approx(dates, abs=1e-9)
    assert by_dates.moments(weights).expected == pytest.approx(dates[0], abs=1e-9)
    assert by_dates.moments(weights).variance == pytest.approx(dates[1], abs=1e-9)

    labels = np.ones((15, math.comb(15, 7)), dtype=np.int32)
    for column, zeros in enumerate(itertools.combinations(range(15), 7)):
        labels[list(zeros), column] = 0
    assert of_all(by_types, labels, weights) == pytest.approx(types, abs=1e-9)
    whole = ExchangedTypes(by_types.sampler.values, PermutationBlocks.whole(15), 1)
    moments = exchanged_type_moments(by_types.pairs, whole, weights)
    assert (moments.expected, moments.variance) == pytest.approx(types[:2], abs=1e-9)

    kept = np.array([np.bincount(points.place, column) for column in labels.T]) == np.bincount(
        points.place, points.then
    )
    inside = labels[:, kept.all(axis=1)]
    assert inside.shape[1] == 8
    assert of_all(by_types, inside, weights) == pytest.approx(within, abs=1e-9)
    moments = by_types.moments(weights)
    assert (moments.expected, moments.variance) == pytest.approx(within[:2], abs=1e-9)

    result = response_of(points, ("A", "B"), limits, permutations=4999, seed=3)
    assert (result.types.forward.observed, result.types.reverse.observed) == (forward, reverse)
    for null, (mean, variance, p) in ((result.types, within), (result.dates, dates)):
        assert abs(null.forward.p_value - p) < 4 * np.sqrt(p * (1 - p) / 5000) + 1 / 5000
        assert null.forward.expected == pytest.approx(mean, abs=1e-9)
        assert null.forward.variance == pytest.approx(variance, abs=1e-9)


@pytest.fixture(scope="module")
def kazakhstan(reference):
    table = pd.read_csv(reference / "data" / "next_kz_event_types.csv", parse_dates=["date"])
    points = gpd.points_from_xy(table.pop("lon"), table.pop("lat"))
    return gpd.GeoDataFrame(table, geometry=points, crs=4326).rename_axis("event_id").rename(index="e{}".format)


@pytest.mark.filterwarnings("ignore::protestspread.ReportsWarning")
@pytest.mark.parametrize(
    ("same_day", "within_km", "pairs", "dates", "types"),
    [
        (True, 0, (20, 4), (17.357142857, 2.801020408, 0.104), (14.371212121, 15.175837925, 0.060606061)),
        (False, 0, (16, 0), (14.785714286, 1.388147567, 0.268), (9.053030303, 11.332036272, 0.015151515)),
        (False, 100, (16, 0), (14.785714286, 1.388147567, 0.268), None),
    ],
)
def test_protest_and_armed_clash_in_january_2022(kazakhstan, same_day, within_km, pairs, dates, types):
    result = ps.response_test(
        kazakhstan, first="protest", then="armed_clash", within_km=within_km, within_days=2, include_same_day=same_day,
        unit="reports", permutations=4999, rng=1,
    )  # fmt: skip
    assert (result.first_events, result.then_events) == (63, 14)
    assert (result.statistic, result.types.reverse.observed) == pairs
    for null, numbers in ((result.dates, dates), (result.types, types)):
        if numbers:
            mean, variance, p = numbers
            assert (null.forward.expected, null.forward.variance) == pytest.approx((mean, variance), abs=1e-9)
            assert abs(null.forward.p_value - p) < 4 * np.sqrt(p * (1 - p) / 5000) + 0.002
    assert result.verdict == "no evidence that armed_clash follows protest"


def test_types_of_january_2022_exactly(kazakhstan):
    """P is a sum over the labelings of each city, convolved over the cities."""
    chosen = kazakhstan[kazakhstan["event_type"].isin(["protest", "armed_clash"])]
    for least, seen, p in ((0, 20, 0.060606061), (1, 16, 0.015151515)):
        chances = {0: 1.0}
        for _, city in chosen.groupby("city"):
            day, then = city["date"].dt.day.to_numpy(), (city["event_type"] == "armed_clash").to_numpy()
            if then.all() or not then.any():
                continue
            apart = day - day[:, None]
            close = (apart >= least) & (apart <= 2)
            ways = [
                close[np.ix_(np.setdiff1d(range(len(day)), b), b)].sum()
                for b in map(list, itertools.combinations(range(len(day)), then.sum()))
            ]
            values, counts = np.unique(ways, return_counts=True)
            new = {}
            for (have, chance), (value, count) in itertools.product(
                chances.items(), zip(values.tolist(), counts, strict=True)
            ):
                new[have + value] = new.get(have + value, 0.0) + chance * count / len(ways)
            chances = new
        assert sum(chance for value, chance in chances.items() if value >= seen) == pytest.approx(p, abs=1e-9)


@st.composite
def small_points(draw):
    count = draw(st.integers(2, 7))
    place = draw(st.lists(st.integers(0, 2), min_size=count, max_size=count))
    days = draw(st.lists(st.integers(0, 4), min_size=count, max_size=count))
    then = draw(
        st.lists(st.booleans(), min_size=count, max_size=count).filter(lambda kinds: 0 < sum(kinds) < len(kinds))
    )
    sites = PointSet(np.array([0.0, 3.0, 20.0]), np.zeros(3), on_sphere=False)
    return TypedPoints.sorted(sites, place, days, then, unit=draw(st.sampled_from(["place_days", "reports"])))


def labelings(null):
    """Return every arrangement of types within blocks, each as often as any other."""
    blocks, values = null.sampler.blocks, null.sampler.values
    parts = [sorted(set(itertools.permutations(values[rows]))) for rows in np.split(blocks.rows, blocks.starts[1:-1])]
    columns = []
    for way in itertools.product(*parts):
        column = np.empty(len(values), dtype=np.int32)
        column[blocks.rows] = np.concatenate(way)
        columns.append(column)
    return np.array(columns).T


@settings(max_examples=30)
@given(small_points(), st.sampled_from([0.0, 5.0, 100.0]), st.lists(st.integers(-2, 3), min_size=5, max_size=5))
def test_moments_are_those_of_all_arrangements(points, km, weights):
    weights = np.array(weights)
    if not points.then.any() or points.then.all():
        return
    by_types, by_dates = nulls(points, ResponseLimits(km, 2))
    arranged = (
        labelings(by_types),
        np.array(list(itertools.permutations(by_dates.sampler.values))).T,
    )
    for null, columns in zip((by_types, by_dates), arranged, strict=True):
        mean, variance, _ = of_all(null, columns, weights)
        moments = null.moments(weights)
        assert (moments.expected, moments.variance) == pytest.approx((mean, variance), abs=1e-9)
        assert null.expected == pytest.approx(null.values(columns).mean(axis=0), abs=1e-9)
    assert by_types.values(by_types.sampler.observed).tolist() == by_dates.values(by_dates.sampler.observed).tolist()
    assert exchanged_type_means(by_types.pairs, by_types.sampler, 2) == pytest.approx(by_types.expected)


@settings(max_examples=20)
@given(small_points(), st.sampled_from([0.0, 5.0, 100.0]))
def test_pairs_are_counted_as_by_hand(points, km):
    by_types, _ = nulls(points, ResponseLimits(km, 2))
    lags = []
    for a, b in itertools.product(np.flatnonzero(~points.then), np.flatnonzero(points.then)):
        if points.sites.km(points.place[a], points.place[b]) <= km:
            lags.append(int(points.days[b]) - int(points.days[a]))
    by_hand = [lags.count(lag) for lag in (-2, -1, 0, 1, 2)]
    assert by_types.values(by_types.sampler.observed)[0].tolist() == by_hand


def test_days_with_both_types_keep_them():
    sites = PointSet(np.zeros(1), np.zeros(1), on_sphere=False)
    given_days, then = [0, 0, 1, 2, 3], [False, True, False, True, False]
    drawn = {
        unit: TypesExchanged.of(points, points.near(0.0), 2, 5).sampler(0, 60)
        for unit in ("place_days", "reports")
        for points in (TypedPoints.sorted(sites, 0, given_days, then, unit=unit),)
    }
    assert set(drawn["place_days"][:2].sum(axis=0)) == {1}
    assert drawn["place_days"][0].tolist() == [0] * 60
    assert set(drawn["reports"][:2].sum(axis=0)) == {0, 1, 2}
    assert len({tuple(column) for column in drawn["place_days"].T}) == 3


def test_dates_are_shuffled_within_strata():
    sites = PointSet(np.arange(4.0) * 100, np.zeros(4), on_sphere=False)
    place, days = np.array([0, 1, 2, 3] * 2), np.array([0, 1, 20, 21, 2, 3, 22, 23])
    points = TypedPoints.sorted(sites, place, days, np.arange(8) >= 4, place // 2)
    null = DatesShuffled.of(points, points.near(0.0), 3, 1, "dates shuffled")
    early = points.days[points.then] < 10
    drawn, middle = null.sampler(0, 50), np.median(null.sampler.values)
    assert ((drawn < middle) == early[:, None]).all()
    assert len(np.unique(drawn, axis=1).T) == 4
    moments = null.moments(np.array([0, 0, 0, 0, 1, 1, 1]))
    every = [null.values(np.array([[*a, *b]]).T.astype(np.int32))[0, 4:].sum()
             for a in itertools.permutations(null.sampler.values[:2]) for b in itertools.permutations(null.sampler.values[2:])]  # fmt: skip
    assert (moments.expected, moments.variance) == pytest.approx((np.mean(every), np.var(every)))


def test_a_single_date_has_no_variance():
    assert shuffled_date_moments(np.array([[2.0]]), np.array([0]), np.array([0])) == (2.0, 0.0)


def test_long_gaps_between_days_change_nothing():
    sites = PointSet(np.zeros(1), np.zeros(1), on_sphere=False)
    then = [False, True, False, True]
    for days in ([0, 2, 10, 11], [0, 2, 900_000, 900_001]):
        points = TypedPoints.sorted(sites, 0, days, then)
        null = DatesShuffled.of(points, points.near(0.0), 3, 1, "dates shuffled")
        assert null.before.size < 40
        assert null.values(null.sampler.observed)[0].tolist() == [0, 0, 0, 0, 1, 1, 0]
