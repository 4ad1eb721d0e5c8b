import itertools

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

import protestspread as ps
from protestspread.errors import DataError
from protestspread.kernels import dispatch
from protestspread.places import distances_km

pytestmark = pytest.mark.filterwarnings("ignore::protestspread.errors.ReportsWarning")


def mantel_test(events, *given, **options):
    """Test reports with shuffled dates, as outside numbers do; the defaults have tests of their own."""
    return ps.mantel_test(events, *given, **{"unit": "reports"} | options)


def some(seed, n=40, days=60):
    rng = np.random.default_rng(seed)
    return gpd.GeoDataFrame(
        {
            "date": pd.Timestamp("2022-01-01") + pd.to_timedelta(rng.integers(0, days, n), unit="D"),
            "region_id": rng.choice(["a", "b"], n),
        },
        index=pd.Index([f"e{i}" for i in range(n)], name="event_id"),
        geometry=gpd.points_from_xy(rng.uniform(60, 80, n), rng.uniform(42, 54, n)),
        crs=4326,
    )


def correlation(events, offset_km, offset_days):
    km = distances_km(events.rename_axis("city")).to_numpy()[np.triu_indices(len(events), 1)]
    day = events["date"].to_numpy().astype("datetime64[D]").astype(int)
    apart = np.abs(day[:, None] - day)[np.triu_indices(len(events), 1)]
    near = (km, apart) if offset_km is None else (1 / (km + offset_km), 1 / (apart + offset_days))
    return np.corrcoef(*near)[0, 1]


@pytest.mark.parametrize("offsets", [(None, None), (1.0, 1.0), (50.0, 3.0)])
@pytest.mark.parametrize("compiled", [True, False])
def test_the_statistic_is_the_correlation_over_pairs(monkeypatch, offsets, compiled):
    monkeypatch.setattr(dispatch, "FORCED", compiled)
    events = some(1)
    found = mantel_test(events, offset_km=offsets[0], offset_days=offsets[1], permutations=9, rng=1)
    assert found.statistic == pytest.approx(correlation(events, *offsets), rel=1e-9)


@pytest.mark.long
@pytest.mark.parametrize("offsets", [(None, None), (10.0, 1.0)])
def test_exact_moments_are_those_of_all_orders(offsets):
    events = some(2, n=6)
    found = mantel_test(events, offset_km=offsets[0], offset_days=offsets[1], permutations=9, rng=1)
    every = [
        correlation(events.assign(date=events["date"].to_numpy()[list(order)]), *offsets)
        for order in itertools.permutations(range(6))
    ]
    assert found.expected == 0.0 == pytest.approx(np.mean(every), abs=1e-12)
    assert found.variance == pytest.approx(np.var(every), rel=1e-9)
    assert found.moments == "exact"


def test_plain_and_compiled_draws_agree(monkeypatch):
    events, draws = some(3, n=90), []
    for compiled in (False, True):
        monkeypatch.setattr(dispatch, "FORCED", compiled)
        draws.append(mantel_test(events, offset_km=10, offset_days=1, permutations=60, rng=1))
    assert draws[0].null_distribution == pytest.approx(draws[1].null_distribution, abs=1e-13)
    assert draws[0].variance == pytest.approx(draws[1].variance, rel=1e-9)
    fast = mantel_test(events, offset_km=10, offset_days=1, permutations=60, precision="float32", rng=1)
    assert fast.null_distribution == pytest.approx(draws[0].null_distribution, abs=2e-6)


def test_no_division_of_the_draws_changes_a_bit(monkeypatch):
    from protestspread.inference import replicates

    events, results = some(3, n=90), []
    monkeypatch.setattr(dispatch, "FORCED", True)
    for width in (1, 7, 256):
        monkeypatch.setattr(replicates, "WIDEST", width)
        results.append(mantel_test(events, offset_km=10, offset_days=1, permutations=60, rng=1).null_distribution)
    assert np.array_equal(results[0], results[1])
    assert np.array_equal(results[0], results[2])


def test_strata_keep_their_dates():
    found = mantel_test(
        some(4), offset_km=10, offset_days=1, permutations=99, scheme="within_strata", strata="region_id", rng=1
    )
    assert found.moments == "draws"
    assert found.expected == pytest.approx(found.null_distribution.mean())
    assert "within region_id" in found.sentence


@pytest.mark.parametrize(
    ("events", "reason"),
    [
        (some(1, days=1), "equally far apart in time"),
        (some(1).set_geometry(gpd.points_from_xy([7] * 40, [50] * 40, crs=4326)), "equally far apart in space"),
        (some(1, n=2), "fewer than three pairs"),
    ],
)
def test_what_cannot_be_correlated_has_a_reason(events, reason):
    found = mantel_test(events, offset_km=10, offset_days=1, permutations=9, rng=1)
    assert reason in found.sentence
    assert np.isnan(found.p_value)
    assert np.isnan(found.statistic)


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"offset_km": 0}, "^offset_km must be .*; got 0"),
        ({"offset_km": None}, "^offset_km must be a number if offset_days is a number; got None"),
        ({"offset_days": float("inf")}, "^offset_days must be .*; got inf"),
        ({"scheme": "exchange_places"}, "^scheme must be .*; got 'exchange_places'"),
        ({"precision": "float16"}, "^precision must be .*; got 'float16'"),
        ({"permutations": -3}, "permutations"),
    ],
)
def test_invalid_options_are_refused(options, fault):
    with pytest.raises(DataError, match=fault):
        mantel_test(some(1), **{"offset_km": 10, "offset_days": 1} | options)


def test_offsets_must_be_given():
    with pytest.raises(TypeError, match="offset_km"):
        mantel_test(some(1))
    assert (
        mantel_test(some(1), offset_km=10, offset_days=1, permutations=9, rng=1)
        .to_frame()
        .loc["mantel", "permutations"]
        == 9
    )
