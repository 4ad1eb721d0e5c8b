import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

import protestspread as ps
from protestspread.errors import DataError
from protestspread.kernels import dispatch
from protestspread.places import distances_km

pytestmark = pytest.mark.filterwarnings("ignore::protestspread.errors.ReportsWarning")


def jacquez_test(events, *given, **options):
    """Test reports with shuffled dates, as outside numbers do; the defaults have tests of their own."""
    return ps.jacquez_test(events, *given, **{"unit": "reports"} | options)


def some(seed, n=30, places=None, days=40):
    rng = np.random.default_rng(seed)
    site = np.arange(n) if places is None else rng.integers(0, places, n)
    return gpd.GeoDataFrame(
        {
            "date": pd.Timestamp("2022-01-01") + pd.to_timedelta(rng.integers(0, days, n), unit="D"),
            "region_id": rng.choice(["a", "b"], n),
        },
        index=pd.Index([f"e{i}" for i in range(n)], name="event_id"),
        geometry=gpd.points_from_xy(rng.uniform(60, 80, n)[site], rng.uniform(42, 54, n)[site]),
        crs=4326,
    )


def shared(events, k):
    """Compare all events: neighbors are those at most as far as the k-th nearest."""
    tables = [distances_km(events.rename_axis("city")).to_numpy().copy()]
    day = events["date"].to_numpy().astype("datetime64[D]").astype(int)
    tables.append(np.abs(day[:, None] - day).astype(float))
    neighbors = []
    for table in tables:
        np.fill_diagonal(table, np.inf)
        neighbors.append(table <= np.sort(table, axis=1)[:, k - 1, None] * (1 + 1e-9))
        np.fill_diagonal(neighbors[-1], val=False)
    return int((neighbors[0] & neighbors[1]).sum())


@pytest.mark.parametrize("places", [None, 8])
@pytest.mark.parametrize("k", [1, 3, 7])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_shared_neighbors_match_a_comparison_of_all_events_with_ties(places, k, seed):
    events = some(seed, places=places)
    found = jacquez_test(events, k=k, permutations=9, rng=1)
    assert found.statistic == shared(events, k)
    assert found.increase == shared(events, k) - (shared(events, k - 1) if k > 1 else 0)


def test_draws_are_the_statistic_of_shuffled_dates():
    """The mean of the draws is that of the statistic under independent shuffles."""
    events, rng = some(5, n=20), np.random.default_rng(2)
    found = jacquez_test(events, k=2, permutations=1999, rng=1)
    other = [shared(events.assign(date=rng.permutation(events["date"].to_numpy())), 2) for _ in range(400)]
    assert found.null_distribution.mean() == pytest.approx(np.mean(other), abs=4 * np.std(other) / 20)
    assert found.null_distribution.std() == pytest.approx(np.std(other), rel=0.2)


def test_plain_and_compiled_counts_are_the_same(monkeypatch):
    results = []
    for compiled in (False, True):
        monkeypatch.setattr(dispatch, "FORCED", compiled)
        results.append(jacquez_test(some(1), k=3, permutations=50, rng=1).null_distribution)
    assert np.array_equal(*results)


def test_the_sentence_and_the_table_within_strata():
    found = jacquez_test(some(1), k=3, permutations=99, scheme="within_strata", strata="region_id", rng=1)
    assert "3 nearest neighbors in space" in found.sentence
    assert "within region_id" in found.sentence
    assert found.to_frame().index.tolist() == ["J(3)", "J(3) - J(2)"]
    assert found.to_frame().loc["J(3)", "p_value"] == found.p_value


def test_one_day_has_a_reason():
    found = jacquez_test(some(1, days=1), k=3, permutations=9, rng=1)
    assert np.isnan(found.p_value)
    assert "No p-value" in found.sentence


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"k": 0}, "^k must be .*; got 0"),
        ({"k": 30}, "^k must be .*; got 30"),
        ({"k": 1.5}, "^k must be .*; got 1.5"),
        ({"k": 2, "scheme": "exchange_places"}, "^scheme must be .*; got 'exchange_places'"),
    ],
)
def test_invalid_options_are_refused(options, fault):
    with pytest.raises(DataError, match=fault):
        jacquez_test(some(1), **options)
