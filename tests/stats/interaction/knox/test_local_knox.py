"""The local Knox statistic: against loops over all exchanges, against knox_test, and on planted clusters."""

import itertools

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import protestspread as ps
from protestspread.errors import DataError, DataWarning
from protestspread.event_places import EventPlaces
from protestspread.inference.exchange import like_places
from protestspread.inference.multiplicity import adjust
from protestspread.inference.replicates import PermutationBlocks
from protestspread.stats.interaction.dated_points import DatedPoints
from protestspread.stats.interaction.knox import local_counts
from protestspread.stats.interaction.knox.knox_counts import KnoxLimits
from protestspread.stats.interaction.knox.local_counts import HeldDates, exchanged_neighbors, shuffled_neighbors
from protestspread.stats.interaction.knox.local_knox import local_knox_of
from protestspread.stats.interaction.pair_counts import ShuffledDates
from protestspread.stats.interaction.points import PointSet
from protestspread.stats.interaction.schemes import ExchangePlaces

pytestmark = pytest.mark.filterwarnings("ignore:permutations must be at least")

SITES = np.array([[0.0, 0], [1, 0], [0, 1], [5, 5], [5.5, 5], [9, 9], [1, 1], [5, 6], [0.5, 0], [9, 8.5]])
DAYS = [[0, 1, 2], [1, 2], [7], [7, 8, 9, 10], [20], [9, 21], [1, 8], [2, 7], [0, 9], [8]]
PEOPLE = np.array([900.0, 800, 50, 700, 60, 40, 300, 20, 500, 100])
REGION = np.array([0, 0, 0, 1, 1, 1, 0, 1, 0, 1])
LIMITS = KnoxLimits(1.5, 1, 0.0)


def sample(population=None, strata=None):
    place = np.repeat(np.arange(len(SITES)), [len(days) for days in DAYS])
    unknown = np.full(len(SITES), np.nan) if population is None else population
    return DatedPoints.sorted(
        PointSet(*SITES[place].T.copy(), on_sphere=False), np.concatenate(DAYS), None if strata is None else strata[place],
        "" if strata is None else "region", EventPlaces(place, *SITES.T.copy(), unknown),
    )  # fmt: skip


def close_by_hand():
    """The days of each place close to each day."""
    return np.array([[sum(abs(day - other) <= LIMITS.days for other in days) for day in range(22)] for days in DAYS])


def expected_by_hand(population, strata):
    """The expected days of each place close to each day, from the formula."""
    sizes, close = np.array([float(len(days)) for days in DAYS]), close_by_hand()
    if population is not None:
        return like_places(sizes, population, strata).toarray() @ close
    label = np.zeros(len(SITES), dtype=int) if strata is None else strata
    return np.array([
        sizes[j] * close[label == label[j]].sum(axis=0) / sizes[label == label[j]].sum() for j in range(len(SITES))
    ])  # fmt: skip


def by_hand(place, days, order, tables):
    """X and E of a place on some of its days, with the series of place ``order[p]`` at position p."""
    near = [p for p in range(len(SITES)) if p != place and np.hypot(*(SITES[p] - SITES[place])) <= LIMITS.km]
    return tuple(sum(table[order[p], day] for p in near for day in days) for table in tables)


def excess(observed, expected):
    return (observed - expected) / np.sqrt(expected if expected > 1e-9 else 1.0)


@pytest.mark.parametrize("strata", [None, REGION], ids=["whole", "strata"])
@pytest.mark.parametrize("population", [None, PEOPLE], ids=["plain", "profile"])
def test_p_values_are_those_of_all_exchanges_that_hold_the_place(monkeypatch, population, strata):
    monkeypatch.setattr(local_counts, "attainable_level", lambda _: 1.0)  # all are tested, also where ways are few
    monkeypatch.setattr(local_counts, "cannot_tell", lambda _: None)
    points, draws = sample(population, strata), 1500
    sampler = ExchangePlaces(None if strata is None else "region").sampler(points, 1)
    found = exchanged_neighbors(points, sampler, LIMITS, draws)
    blocks = np.split(sampler.blocks.rows, sampler.blocks.starts[1:-1])
    tables, rng, tested = (close_by_hand(), expected_by_hand(population, strata)), np.random.default_rng(1), 0
    for place in range(len(SITES)):
        for counts, row, days in (
            (found.places, place, DAYS[place]),
            *((found.place_days, k, [points.days[k]]) for k in np.flatnonzero(points.place == place)),
        ):
            seen = by_hand(place, days, range(len(SITES)), tables)
            assert (counts.statistic[row], counts.expected[row]) == pytest.approx(seen)
            if counts.reason[row]:
                continue
            tested, reached = tested + 1, 0
            for _ in range(300):
                order = np.arange(len(SITES))
                for block in blocks:
                    others = block[block != place]
                    order[others] = rng.permutation(others)
                drawn = by_hand(place, days, order, tables)
                reached += excess(*drawn) >= excess(*seen) - 1e-9
            p = counts.p_value[row]
            assert p == pytest.approx(reached / 300, abs=4.5 * np.sqrt(p * (1 - p) * (1 / 300 + 1 / draws)) + 0.005)
    assert tested > 10


def test_all_arrangements_that_hold_a_unit_are_equally_likely():
    n = 5
    every = np.array(list(itertools.permutations(range(n))), dtype=np.int32).T
    one, other = np.array([(i, j) for i in range(n) for j in range(n) if i != j], dtype=np.int32).T
    days = np.zeros(n, dtype=np.int32)
    held = HeldDates(ShuffledDates(days, PermutationBlocks.whole(n), 1), one, other, days, 0).neighbors(every)
    for unit in range(n):
        arrangements, counts = np.unique(held[one == unit], axis=1, return_counts=True)
        assert arrangements.shape[1] == 24
        assert set(counts) == {5}
        assert not (arrangements == unit).any()


def test_the_hypergeometric_p_value_is_that_of_all_orders_of_the_other_dates():
    days, xy = np.array([0, 1, 1, 3, 4, 4]), np.array([[0.0, 0], [1, 0], [0, 1], [5, 5], [1, 1], [0.5, 0]])
    points = DatedPoints.sorted(PointSet(*xy.T.copy(), on_sphere=False), days)
    found = shuffled_neighbors(points, 1, LIMITS, 2000)
    for row in range(6):
        near = [j for j in range(6) if j != row and points.positions.km(row, j) <= LIMITS.km]
        others = [j for j in range(6) if j != row]
        numbers = []
        for order in itertools.permutations(others):
            day = dict(zip(others, points.days[list(order)], strict=True))
            numbers.append(sum(abs(day[j] - points.days[row]) <= 1 for j in near))
        seen = sum(abs(points.days[j] - points.days[row]) <= 1 for j in near)
        assert found.place_days.statistic[row] == seen
        assert found.p_hypergeometric[row] == pytest.approx(np.mean(np.array(numbers) >= seen))
        assert found.place_days.expected[row] == pytest.approx(np.mean(numbers))


def test_the_draws_agree_with_the_hypergeometric_p_value(case):
    found = ps.local_knox(case.events, scheme="dates", within_km=200, within_days=1, permutations=4999, rng=1).table
    tested = found[found["p_value"].notna()]
    exact = tested["p_hypergeometric"]
    assert len(tested) > 30
    assert (abs(tested["p_value"] - exact) <= 4 * np.sqrt(exact * (1 - exact) / 4999) + 1 / 5000).all()
    assert found.loc[found["p_value"].isna(), "reason"].ne("").all()


@pytest.mark.parametrize("exclude", [0.0, 20.0])
@pytest.mark.parametrize("unit", ["place_days", "reports"])
@pytest.mark.parametrize("scheme", ["exchange_places", "dates"])
@pytest.mark.filterwarnings("ignore::protestspread.errors.ReportsWarning")
def test_neighbors_add_up_to_twice_the_pairs_of_the_knox_test(case, scheme, unit, exclude):
    given = {
        "within_km": 200, "within_days": 1, "scheme": scheme, "unit": unit, "exclude_within_km": exclude, "permutations": 9, "rng": 1
    }  # fmt: skip
    local, whole = ps.local_knox(case.events, case.cities, **given), ps.knox_test(case.events, case.cities, **given)
    assert local.table["statistic"].sum() == local.place_table["statistic"].sum() == 2 * whole.statistic


def clustered(rng, *, cluster=True, shift=0.0):
    """60 places with 5 days each; six neighbors of unlike population protest on the same days."""
    lon, lat = rng.uniform(60, 70, 60), rng.uniform(40, 50, 60)
    population = rng.permutation(60) * 1000.0 + 1000
    date = rng.integers(0, 200, (60, 5))
    if cluster:
        lon[::10], lat[::10] = 65 + np.arange(6) * 0.05, 45.0
        population[::10] = np.arange(6) * 10_000.0 + 1500
        date[::10] = [20, 60, 100, 140, 180]
    place = np.arange(60).repeat(5)
    lon = (lon + shift + 180) % 360 - 180
    cities = gpd.GeoDataFrame({"population": population}, index=pd.Index([f"c{k:02d}" for k in range(60)], name="city"),
                              geometry=gpd.points_from_xy(lon, lat), crs=4326)  # fmt: skip
    events = gpd.GeoDataFrame(
        {"date": pd.Timestamp("2022-01-01") + pd.to_timedelta(date.ravel(), unit="D"), "city": cities.index[place]},
        index=pd.RangeIndex(300, name="event_id"), geometry=cities.geometry.to_numpy()[place], crs=4326,
    )  # fmt: skip
    return events, cities


@pytest.fixture(scope="module")
def planted():
    events, cities = clustered(np.random.default_rng(3))
    return ps.local_knox(events, cities, within_km=40, within_days=1, permutations=4999, rng=1), events, cities


def test_a_planted_cluster_is_found_and_named(planted):
    found, _, _ = planted
    cluster = [f"c{k}0" for k in range(6)]
    days = found.significant.index.get_level_values("place")
    assert set(days) <= set(cluster)
    assert len(days) >= 20
    assert set(found.significant_places.index) == set(cluster)
    assert found.verdict == "more neighbors than expected"
    first = found.significant["excess"].idxmax()
    assert f"{first[0]} on {first[1]:%Y-%m-%d}" in found.sentence
    assert f"{len(days)} of {found.table['p_value'].notna().sum()} place-days tested" in found.sentence
    assert "places of like population exchanged" in found.sentence
    assert any("cause that neighboring places share" in text for text in found.caveats)
    assert any("share their neighbors" in text for text in found.caveats)
    by_place = found.by_place()
    assert (by_place.loc[cluster, "significant_days"] > 0).sum() >= 5
    assert by_place["significant_days"].sum() == len(days)


def test_nothing_is_claimed_without_a_cluster():
    found = ps.local_knox(
        *clustered(np.random.default_rng(4), cluster=False), within_km=200, within_days=1, permutations=999, rng=1
    )
    assert found.verdict == "no more neighbors than expected"
    assert "none of" in found.sentence
    assert not any("cause that neighboring" in text for text in found.caveats)
    assert any("a single place-day has an adjusted p-value of at least" in text for text in found.caveats)


def test_the_map_has_the_numbers_and_what_was_found(planted, case):
    found, _, cities = planted
    drawn = found.figure(regions=case.regions)
    assert drawn.regions is case.regions
    assert list(drawn.places["value"]) == list(found.by_place()["statistic"])
    assert set(drawn.places.index[drawn.places["filled"]]) == {f"c{k}0" for k in range(6)}
    assert np.allclose(drawn.places["lon"], cities.geometry.x)
    assert "within 40 km and 1 day" in drawn.heading
    assert found.figure().regions is None


def test_p_values_are_adjusted_over_those_tested(planted):
    found, events, cities = planted
    for table in (found.table, found.place_table):
        assert table["adjusted_p_value"].to_numpy() == pytest.approx(adjust(table["p_value"], "fdr"), nan_ok=True)
        assert (table["p_value"].isna() == (table["reason"] != "")).all()
    holm = ps.local_knox(events, cities, within_km=40, within_days=1, permutations=99, adjust="holm", rng=1).table
    assert holm["adjusted_p_value"].to_numpy() == pytest.approx(adjust(holm["p_value"], "holm"), nan_ok=True)


def test_tables_are_copies_in_the_order_of_places_and_dates(planted):
    found, _, _ = planted
    assert found.to_frame().index.is_monotonic_increasing
    assert list(found.table.index.names) == ["place", "date"]
    for table in (found.to_frame(), found.by_place()):
        table["statistic"] = 0
    assert found.table["statistic"].sum() == found.place_table["statistic"].sum() > 0


def test_only_places_with_enough_exchanges_are_tested(planted):
    """Each of k places tested can be exchanged in 20 k ways or more, and no more than k can."""
    found, _, _ = planted
    for table in (found.table, found.place_table):
        few = table["reason"].str.extract(r"in fewer than ([\d,]+) ways")[0].dropna().str.replace(",", "").astype(int)
        assert len(set(few)) == 1
        assert few.iloc[0] / 20 >= table["p_value"].notna().sum()


def test_nothing_can_be_found_with_very_few_draws(planted):
    _, events, cities = planted
    found = ps.local_knox(events, cities, within_km=40, within_days=1, permutations=18, rng=1)
    assert found.verdict == "cannot tell"
    assert found.reason == "with 18 draws, no p-value can be below 0.053"
    assert found.table["p_value"].notna().any()


def test_few_draws_are_warned_of(case):
    with pytest.warns(DataWarning, match="permutations must be at least"):
        ps.local_knox(case.events, case.cities, within_km=200, within_days=1, permutations=99, rng=1)


@settings(max_examples=8)
@given(seed=st.integers(0, 10**6))
def test_the_order_of_the_rows_and_the_antimeridian_do_not_matter(seed):
    rng = np.random.default_rng(seed)
    events, cities = clustered(np.random.default_rng(5))
    given = {"within_km": 100, "within_days": 1, "permutations": 19, "rng": 1}
    one = ps.local_knox(events, cities, **given)
    mixed = ps.local_knox(events.sample(frac=1, random_state=rng), cities.sample(frac=1, random_state=rng), **given)
    pd.testing.assert_frame_equal(one.table, mixed.table)
    moved, theirs = clustered(np.random.default_rng(5), shift=115.0)  # the cluster lies on both sides of 180°
    across = ps.local_knox(moved, theirs, **given)
    assert list(across.table["statistic"]) == list(one.table["statistic"])
    assert across.table["expected"].to_numpy() == pytest.approx(one.table["expected"].to_numpy())


def events_at(lon, lat, days):
    date = pd.Timestamp("2022-01-01") + pd.to_timedelta(days, unit="D")
    return gpd.GeoDataFrame(
        {"date": date, "city": [f"c{x:g} {y:g}" for x, y in zip(lon, lat, strict=True)]},
        index=pd.RangeIndex(len(days), name="event_id"), geometry=gpd.points_from_xy(lon, lat), crs=4326,
    )  # fmt: skip


GRID = np.array([(60 + 2 * x, 40 + 2 * y) for x in range(4) for y in range(3)], dtype=float)


@pytest.mark.parametrize(
    ("lon", "lat", "days", "scheme", "reason"),
    [
        ([60] * 5, [40] * 5, range(5), "exchange_places", "only 1 place was active"),
        ([60] * 5, [40] * 5, range(5), "dates", "no number of neighbors would give p ≤ 0.05"),
        ([60, 60.1], [40, 40], [0, 0], "exchange_places", "only 2 places were active"),
        ([60, 60.1], [40, 40], [0, 0], "dates", "no number of neighbors would give p ≤ 0.05"),
        (GRID[:, 0], GRID[:, 1], [0] * 12, "exchange_places", "no other place lies within 50 km"),
        (GRID[:, 0], GRID[:, 1], [0] * 12, "dates", "no other place-days lie within 50 km"),
        (60 + GRID[:, 0] / 1000, GRID[:, 1] / 1000, [0] * 12, "exchange_places", "the places near it can be exchanged in fewer than 20 ways"),
        (60 + GRID[:, 0] / 1000, GRID[:, 1] / 1000, [0] * 12, "dates", "no number of neighbors would give p ≤ 0.05"),
        (60 + GRID[:, 0] / 1000, GRID[:, 1] / 1000, np.arange(12) * 9, "dates", "no other place-days lie within 1 day"),
    ],
)  # fmt: skip
def test_what_cannot_be_told_has_its_reason(lon, lat, days, scheme, reason):
    found = ps.local_knox(
        events_at(lon, lat, list(days)), within_km=50, within_days=1, scheme=scheme, permutations=19, rng=1
    )
    assert found.verdict == "cannot tell"
    assert found.reason.startswith(reason)
    assert found.table["p_value"].isna().all()
    assert found.table["reason"].str.startswith(reason).all()
    assert f"cannot tell where there are more {found.neighbors} than expected: {reason}" in found.sentence
    assert not found.figure().places["filled"].any()
    assert found.figure().note.startswith("Cannot tell")


def test_one_day_is_the_same_in_every_draw():
    """Twelve places in a row, all on one day: each exchange gives the same numbers."""
    events = events_at(60 + np.arange(12) * 0.3, [40] * 12, [0] * 12)
    found = ps.local_knox(events, within_km=80, within_days=1, permutations=99, rng=1)
    assert found.reason == "the excess is the same in every draw"


def test_invalid_arguments_are_refused_together(case):
    with pytest.raises(DataError) as caught:
        ps.local_knox(case.events, within_km=-1, within_days=1.5, permutations=0, unit="days", adjust="bonferroni")
    for name in ("within_km", "within_days", "permutations", "unit", "adjust"):
        assert f"{name} must be" in str(caught.value)
    with pytest.raises(
        DataError, match=r"^scheme must be 'exchange_places' or 'dates' for this test; got 'within_strata'"
    ):
        ps.local_knox(case.events, within_km=1, within_days=1, scheme="within_strata", strata="month")
    with pytest.raises(DataError, match=r"^events must have at least two rows"):
        ps.local_knox(case.events.iloc[:1], within_km=1, within_days=1)


def test_too_many_neighbors_are_refused(case, monkeypatch):
    monkeypatch.setattr("protestspread.stats.interaction.knox.local_counts._MOST_PAIRS", 10)
    for scheme in ("exchange_places", "dates"):
        with pytest.raises(DataError, match=r"^within_km=200 gives .* neighbors of place-days; at most 10"):
            ps.local_knox(case.events, within_km=200, within_days=1, scheme=scheme, permutations=9)


def test_a_plane_is_tested_alike():
    found = local_knox_of(sample(PEOPLE), ExchangePlaces(), LIMITS, permutations=99, adjust="fdr", seed=1)
    assert found.table["statistic"].sum() == sum(
        by_hand(place, DAYS[place], range(len(SITES)), (close_by_hand(),))[0] for place in range(len(SITES))
    )
