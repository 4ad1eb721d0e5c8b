import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from protestspread.errors import DataError, SchemaError
from protestspread.stats.interaction.knox import knox_test
from protestspread.stats.interaction.knox_ladder import knox_ladder

CLOSE = {"within_km": 25.0, "within_days": 3}
OVER_ALL, WITHIN = "dates shuffled over all events", "dates shuffled within region_id"


def world(seed, *, shocks, days=200, n=240):
    """Return events of 40 cities in two regions; with shocks, each region has its own few days."""
    rng = np.random.default_rng(seed)
    east = rng.random(40) < 0.5
    lon, lat = np.where(east, 75.0, 65.0) + rng.uniform(0, 1, 40), rng.uniform(45, 46, 40)
    city = rng.integers(0, 40, n)
    day = np.where(east[city] & shocks, rng.integers(10, 20, n), rng.integers(0, days, n))
    day = np.where(~east[city] & shocks, rng.integers(days - 20, days - 10, n), day)
    return gpd.GeoDataFrame(
        {
            "date": pd.Timestamp("2022-01-01") + pd.to_timedelta(day, unit="D"),
            "region_id": np.where(east, "east", "west")[city],
        },
        index=pd.Index([f"e{i}" for i in range(n)], name="event_id"),
        geometry=gpd.points_from_xy(lon[city], lat[city]),
        crs=4326,
    )


def test_each_step_is_the_test_of_its_null():
    events = world(1, shocks=False)
    ladder = knox_ladder(events, **CLOSE, permutations=99, rng=3)
    assert [step.null for step in ladder.steps] == [
        OVER_ALL, WITHIN, "dates shuffled within month", "dates shuffled within region_id and quarter", "places exchanged, each with its dates",
    ]  # fmt: skip
    alone = knox_test(
        events, **CLOSE, permutations=99, scheme="within_strata", strata="region_id", exclude_within_km=1.0, rng=3
    )
    table = ladder.to_frame()
    assert table.loc[(WITHIN, "between places"), "p_value"] == alone.p_value
    assert table.loc[(WITHIN, "all pairs"), "statistic"] == alone.all_pairs.statistic
    assert len(table) == 10
    assert table.index.get_level_values("pairs").tolist() == ["all pairs"] * 5 + ["between places"] * 5


def test_regional_shocks_look_like_contagion_until_dates_stay_in_their_region():
    ladder = knox_ladder(world(2, shocks=True), **CLOSE, permutations=199, rng=1)
    table = ladder.to_frame()
    assert table.loc[(OVER_ALL, "between places"), "p_value"] == 0.005
    assert table.loc[(WITHIN, "between places"), "p_value"] > 0.05
    assert "no longer significant" in ladder.sentence
    assert "without any spread" in ladder.sentence


def test_no_evidence_of_interaction_is_reported():
    assert (
        "The weakest null, “dates shuffled over all events”, is not rejected"
        in knox_ladder(world(1, shocks=False), **CLOSE, permutations=199, rng=1).sentence
    )


def test_robust_interaction_is_described_as_consistent_with_spread():
    """Pairs of events two days and ten kilometers apart, at random times and places."""
    rng = np.random.default_rng(5)
    lon, lat, day = rng.uniform(60, 80, 150), rng.uniform(42, 52, 150), rng.integers(0, 600, 150)
    events = gpd.GeoDataFrame(
        {"date": pd.Timestamp("2020-01-01") + pd.to_timedelta(np.r_[day, day + 2], unit="D"), "region_id": np.tile(np.where(lon > 70, "e", "w"), 2)},
        index=pd.RangeIndex(300, name="event_id"), geometry=gpd.points_from_xy(np.r_[lon, lon], np.r_[lat, lat + 0.09]), crs=4326,
    )  # fmt: skip
    sentence = knox_ladder(events, **CLOSE, permutations=99, rng=1).sentence
    assert "remains significant under each of these nulls. This is consistent with spread" in sentence
    assert "caused" not in sentence


def test_what_the_data_do_not_allow_is_left_out_with_the_reason(case):
    ladder = knox_ladder(case.events.drop(columns="region_id"), within_km=200, within_days=1, permutations=19, rng=1)
    assert [step.scheme for step in ladder.steps] == ["dates", "exchange_places"]
    assert ladder.left_out["dates within month"].startswith("all events lie in one stratum (month)")
    assert "locate_events" in ladder.left_out["dates within region"]
    assert not any("circular" in step.scheme for step in ladder.steps)
    given = knox_ladder(
        case.events, within_km=200, within_days=1, permutations=19, rng=1, strata=["region_id", "event_type"]
    )
    assert given.steps[1].null == "dates shuffled within region_id and event_type"
    assert given.left_out["dates within region and quarter"] == "all events lie in one quarter"


def test_strata_that_hold_nothing_or_one_event_each_are_left_out():
    events = world(1, shocks=False)
    one = knox_ladder(events.assign(region_id="A"), **CLOSE, permutations=19, rng=1)
    assert "nothing would be held fixed" in one.left_out["dates within region"]
    alone = knox_ladder(events.assign(region_id=events.index), **CLOSE, permutations=19, rng=1)
    assert "alone" in alone.left_out["dates within region"]


def test_a_ladder_without_pairs_between_places_says_so():
    events = world(1, shocks=False)
    in_one = events.set_geometry(gpd.points_from_xy(np.repeat([60.0, 80.0], 120), [50.0] * 240, crs=4326))
    assert (
        "Interaction between places cannot be tested" in knox_ladder(in_one, **CLOSE, permutations=19, rng=1).sentence
    )


def test_invalid_input_is_refused():
    events = world(1, shocks=False)
    with pytest.raises(DataError, match=r"^exclude_within_km must be above 0 to define the same place; got 0"):
        knox_ladder(events, **CLOSE, exclude_within_km=0)
    with pytest.raises(DataError, match="within_km"):
        knox_ladder(events, within_km=-1, within_days=1)
    with pytest.raises(SchemaError):
        knox_ladder(events.drop(columns="date"), **CLOSE)
    with pytest.raises(DataError, match="no column 'province'"):
        knox_ladder(events, **CLOSE, strata="province")
    assert "<table" in knox_ladder(events, **CLOSE, permutations=19, rng=1)._repr_html_()


def test_a_null_that_cannot_be_tested_is_not_counted_as_rejected():
    """Two towns 30 km apart, each alone in its region: within regions, pairs between them cannot change."""
    days = pd.to_datetime(["2022-01-01"] * 2 + ["2022-02-01"] * 2 + ["2022-03-01"] * 2 + ["2022-05-01"] * 2)
    lon = [0, 0.3, 10, 10.3, 20, 20.3, 30, 30.3]
    events = gpd.GeoDataFrame(
        {"date": days, "region_id": [f"r{i}" for i in [0, 0, 1, 1, 2, 2, 3, 3]]},
        index=pd.Index([f"e{i}" for i in range(8)], name="event_id"), geometry=gpd.points_from_xy(lon, [0] * 8), crs=4326,
    )  # fmt: skip
    ladder = knox_ladder(events, within_km=50, within_days=2, permutations=199, rng=1)
    assert (
        "remains significant under every null that can be tested (all but “dates shuffled within region_id”"
        in ladder.sentence
    )
