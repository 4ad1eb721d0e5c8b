import itertools

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

import protestspread as ps
from protestspread.errors import CRSError, DataError
from protestspread.geodesy import great_circle_km
from protestspread.kernels import dispatch
from protestspread.projection import equal_area_crs
from protestspread.stats.interaction.dated_points import DatedPoints
from protestspread.stats.interaction.edge_correction import Ground
from protestspread.stats.interaction.points import PointSet
from protestspread.stats.interaction.schemes import ShuffleDates
from protestspread.stats.interaction.space_time_k import space_time_k_of

LIMITS = {"within_km": (20.0, 50.0), "within_days": (0, 2, 6)}
BOX = gpd.GeoDataFrame(
    index=pd.Index(["A", "B"], name="region_id"),
    geometry=[shapely.box(70, 45, 70.5, 46), shapely.box(70.5, 45, 71, 46)],
    crs=4326,
)
WINDOW = {"start": "2022-01-01", "end": "2022-01-31"}


pytestmark = pytest.mark.filterwarnings("ignore::protestspread.errors.ReportsWarning")


def space_time_k_test(events, *given, **options):
    """Test reports with shuffled dates, as outside numbers do; the defaults have tests of their own."""
    return ps.space_time_k_test(events, *given, **{"unit": "reports", "scheme": "dates"} | options)


def some(seed=1, n=60, days=31):
    rng = np.random.default_rng(seed)
    return gpd.GeoDataFrame(
        {"date": pd.Timestamp("2022-01-01") + pd.to_timedelta(rng.integers(0, days, n), unit="D")},
        index=pd.Index([f"e{i}" for i in range(n)], name="event_id"),
        geometry=gpd.points_from_xy(rng.uniform(70, 71, n), rng.uniform(45, 46, n)),
        crs=4326,
    )


def planar(n=40, side=10.0, days=20, seed=2):
    rng = np.random.default_rng(seed)
    xy, day = rng.uniform(0, side, (n, 2)), rng.integers(0, days, n)
    return DatedPoints.sorted(PointSet(xy[:, 0].copy(), xy[:, 1].copy(), on_sphere=False), day)


def by_hand(sample, area, first, last, km, days):
    """Evaluate the formula pair by pair, with arcs by shapely."""
    n, x, y, day = len(sample), sample.positions.x, sample.positions.y, sample.days
    k, k_space, k_time = 0.0, 0.0, 0.0
    for i, j in itertools.permutations(range(n), 2):
        distance, apart = np.hypot(x[i] - x[j], y[i] - y[j]), abs(int(day[i]) - int(day[j]))
        circle = shapely.Point(x[i], y[i]).buffer(distance, quad_segs=2000).boundary
        w = circle.intersection(area).length / circle.length if distance <= km else np.nan
        v = sum(first <= day[i] + step <= last for step in (-apart, apart)) / 2
        k += (1 / (w * v)) if distance <= km and apart <= days else 0
        k_space += 1 / w if distance <= km else 0
        k_time += 1 / v if apart <= days else 0
    time = last - first + 1
    return area.area * time / (n * (n - 1)) * k, area.area / (n * (n - 1)) * k_space, time / (n * (n - 1)) * k_time


@pytest.mark.long
@pytest.mark.parametrize("compiled", [False, True])
def test_k_is_its_formula_with_edges(monkeypatch, compiled):
    monkeypatch.setattr(dispatch, "FORCED", compiled)
    sample, area = planar(), shapely.box(0, 0, 10, 10)
    ground = Ground(area, sample.positions.x, sample.positions.y)
    window = (-2, sample.last_day)
    found = space_time_k_of(
        sample,
        ShuffleDates(),
        (1.5, 3.0),
        (2, 5),
        ground=ground,
        window=window,
        permutations=9,
        alternative="greater",
        seed=1,
    )
    for km in (1.5, 3.0):
        for days in (2, 5):
            k, k_space, k_time = by_hand(sample, area, *window, km, days)
            assert found.k.loc[km, days] == pytest.approx(k, rel=1e-5)
            assert found.k_space[km] == pytest.approx(k_space, rel=1e-5)
            assert found.k_time[days] == pytest.approx(k_time, rel=1e-9)
            assert found.excess.loc[km, days] == pytest.approx(k - k_space * k_time, rel=1e-3)
            assert found.relative_excess.loc[km, days] == pytest.approx(k / (k_space * k_time) - 1, rel=1e-3)


def test_with_edges_corrected_k_of_uniform_points_is_the_area_of_the_disc():
    """20 samples of 150 points: K(s) / πs² is 1 with correction, and well below without."""
    area, ratios, raw = shapely.box(0, 0, 10, 10), [], []
    for seed in range(20):
        sample = planar(150, seed=seed)
        ground = Ground(area, sample.positions.x, sample.positions.y)
        found = space_time_k_of(
            sample,
            ShuffleDates(),
            (2.0,),
            (3,),
            ground=ground,
            window=(0, 19),
            permutations=1,
            alternative="greater",
            seed=1,
        )
        ratios.append(found.k_space[2.0] / (np.pi * 4))
        raw.append(
            np.mean(
                [
                    (np.hypot(sample.positions.x - x, sample.positions.y - y) <= 2).sum() - 1
                    for x, y in zip(sample.positions.x, sample.positions.y, strict=True)
                ]
            )
            / 150
            * 100
            / (4 * np.pi)
        )
    assert np.mean(ratios) == pytest.approx(1, abs=4 * np.std(ratios) / np.sqrt(20))
    assert np.mean(raw) < 0.95


def test_without_a_boundary_k_is_a_share_of_pairs():
    events = some()
    found = space_time_k_test(events, **LIMITS, permutations=9, rng=1)
    lon, lat, day = events.geometry.x.to_numpy(), events.geometry.y.to_numpy(), events["date"].to_numpy()
    one, other = np.triu_indices(60, 1)
    km, apart = (
        great_circle_km(lon[one], lat[one], lon[other], lat[other]),
        np.abs((day[one] - day[other]) / np.timedelta64(1, "D")),
    )
    assert found.edge_correction == "none"
    for limit in LIMITS["within_km"]:
        assert found.k_space[limit] == pytest.approx((km <= limit).mean())
        for days in LIMITS["within_days"]:
            assert found.k.loc[limit, days] == pytest.approx(((km <= limit) & (apart <= days)).mean())
            assert found.k_time[days] == pytest.approx((apart <= days).mean())


def test_on_the_sphere_weights_are_those_of_the_plane():
    events = some()
    found = space_time_k_test(events, BOX, **LIMITS, **WINDOW, permutations=9, rng=1)
    crs = equal_area_crs(BOX)
    assert found.edge_correction == "ripley"
    area = BOX.to_crs(crs).area.sum() / 1e6
    assert found.k_space[50.0] / area > (space_time_k_test(events, **LIMITS, permutations=9, rng=1).k_space[50.0])
    assert found.k_space[20.0] == pytest.approx(np.pi * 400, rel=0.35)  # the area of the disc, for uniform points


def test_the_statistic_is_a_sum_of_standardized_excesses():
    found = space_time_k_test(some(), **LIMITS, permutations=199, rng=1)
    assert found.statistic == pytest.approx(found.residual.to_numpy().sum())
    assert found.p_value == (1 + (found.null_distribution >= found.statistic).sum()) / 200
    assert abs(found.null_distribution.mean()) < 0.5 * found.null_distribution.std()
    frame = found.to_frame()
    assert frame.loc[(20.0, 2), "excess"] == found.excess.loc[20.0, 2]
    assert frame["k"].to_numpy() == pytest.approx((frame["expected"] + frame["excess"]).to_numpy())


def test_simulated_interaction_is_detected():
    events = some(n=40)
    again = events.rename(lambda name: f"{name} again")
    again["date"] += pd.Timedelta(days=1)
    found = space_time_k_test(
        pd.concat([events, again]), within_km=(5.0, 10.0), within_days=(1, 3), permutations=99, rng=1
    )
    assert found.p_value == 0.01
    assert "99 draws" in found.sentence
    assert found.relative_excess.loc[5.0, 1] > 1


def test_no_division_of_the_draws_changes_a_bit(monkeypatch):
    from protestspread.inference import replicates

    for compiled in (False, True):
        monkeypatch.setattr(dispatch, "FORCED", compiled)
        results = []
        for width in (1, 13, 256):
            monkeypatch.setattr(replicates, "WIDEST", width)
            results.append(space_time_k_test(some(), BOX, **LIMITS, **WINDOW, permutations=40, rng=1).null_distribution)
        assert np.array_equal(results[0], results[1])
        assert np.array_equal(results[0], results[2])


def test_one_day_has_a_reason():
    found = space_time_k_test(some(days=1), **LIMITS, permutations=9, rng=1)
    assert np.isnan(found.p_value)
    assert "the number of pairs is the same in every draw at all limits" in found.sentence


@pytest.mark.parametrize(
    ("boundary", "options", "fault"),
    [
        (BOX, {}, "^start and end are not valid"),
        (BOX, {"start": "2022-01-05", "end": "2022-01-31"}, "^start and end must enclose all events"),
        (BOX, {"start": "2022-01-01", "end": "soon"}, "^end must be a date such as .*; got 'soon'"),
        (BOX.iloc[:1], WINDOW, r"^boundary must contain all events: .* lie outside: e\d+"),
        (BOX, {**WINDOW, "within_km": (20.0, 300.0)}, "^within_km is too long.*lie almost entirely outside"),
        (None, {"within_km": (5, 1)}, "^within_km must be ascending"),
        (None, {"within_days": (0.5,)}, "^within_days must be ascending whole"),
        (BOX, {**WINDOW, "scheme": "exchange_places"}, "^scheme must be .*; got 'exchange_places'"),
    ],
)
def test_invalid_input_is_refused(boundary, options, fault):
    events = some() if "entirely" not in fault else pd.concat([some(), far_apart()])
    with pytest.raises(DataError, match=fault):
        space_time_k_test(events, boundary, **LIMITS | options)


def far_apart():
    """Two events in opposite corners, 136 km apart: the circle around either through the other lies almost entirely outside."""
    return gpd.GeoDataFrame(
        {"date": pd.to_datetime(["2022-01-02", "2022-01-03"])}, index=pd.Index(["sw", "ne"], name="event_id"),
        geometry=gpd.points_from_xy([70.00001, 70.99999], [45.00001, 45.99999]), crs=4326,
    )  # fmt: skip


def test_three_events_and_a_projected_boundary_are_refused():
    with pytest.raises(DataError, match=r"^events must have at least four rows; got 3"):
        space_time_k_test(some(n=3), **LIMITS)
    with pytest.raises(CRSError):
        space_time_k_test(some(), BOX.to_crs(3857), **LIMITS, **WINDOW)
