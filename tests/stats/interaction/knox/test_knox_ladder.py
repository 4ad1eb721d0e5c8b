import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

import protestspread as ps
from protestspread.errors import DataError, SchemaError

CLOSE = {"within_km": 25.0, "within_days": 3}
OVER_ALL, WITHIN = "places exchanged, each with its days", "places exchanged within region_id, each with its days"
DATES = "dates shuffled over all events"


def world(seed, *, shocks=False, days=200, n=240, count=40):
    """Events of cities in two regions; with shocks, each region has its own few days."""
    rng = np.random.default_rng(seed)
    east = rng.random(count) < 0.5
    lon, lat = np.where(east, 75.0, 65.0) + rng.uniform(0, 1, count), rng.uniform(45, 46, count)
    city = rng.integers(0, count, n)
    day = np.where(east[city] & shocks, rng.integers(10, 20, n), rng.integers(0, days, n))
    day = np.where(~east[city] & shocks, rng.integers(days - 20, days - 10, n), day)
    return table(
        lon[city], lat[city], day, city=[f"c{k:02d}" for k in city], region_id=np.where(east, "east", "west")[city]
    )


def table(lon, lat, day, **columns):
    return gpd.GeoDataFrame(
        {"date": pd.Timestamp("2022-01-01") + pd.to_timedelta(day, unit="D"), **columns},
        index=pd.Index([f"e{i}" for i in range(len(lon))], name="event_id"), geometry=gpd.points_from_xy(lon, lat), crs=4326,
    )  # fmt: skip


def contagious(seed=5, places=60, n=40):
    """Each event is followed by one in the nearest other place, a day later; two regions."""
    rng = np.random.default_rng(seed)
    lon, lat = rng.uniform(60, 64, places), rng.uniform(44, 48, places)
    apart = np.hypot(lon[:, None] - lon, lat[:, None] - lat) + np.diag(np.full(places, np.inf))
    first, day = rng.integers(0, places, n), rng.integers(0, 300, n)
    place, when = np.r_[first, apart.argmin(axis=1)[first]], np.r_[day, day + 1]
    names = [f"c{k:02d}" for k in place]
    return table(lon[place], lat[place], when, city=names, region_id=np.where(lon[place] > 62, "e", "w"))


def test_each_step_is_the_test_of_its_null():
    events = world(1)
    ladder = ps.knox_ladder(events, **CLOSE, permutations=99, rng=3)
    assert [step.null for step in ladder.steps] == [OVER_ALL, WITHIN, DATES]
    options = [{}, {"strata": "region_id"}, {"scheme": "dates"}]
    for step, given in zip(ladder.steps, options, strict=True):
        alone = ps.knox_test(events, **CLOSE, permutations=99, exclude_within_km=1.0, rng=3, **given)
        pd.testing.assert_frame_equal(step.to_frame(), alone.to_frame())
        row = ladder.to_frame().loc[step.null]
        assert row["p_value"] == alone.p_value
        assert row["statistic"] == alone.between_places.statistic
        assert row["detectable_excess"] == alone.detectable_excess
    assert "For comparison only: with dates shuffled" in ladder.sentence


def test_regional_shocks_are_not_said_to_be_interaction():
    ladder = ps.knox_ladder(world(2, shocks=True), **CLOSE, permutations=199, rng=1)
    p = ladder.to_frame()["p_value"]
    assert p[OVER_ALL] == p[DATES] == 0.005
    assert p[WITHIN] > 0.05
    assert ladder.verdict == "no evidence of interaction"
    assert "no evidence of interaction" in ladder.sentence
    assert "pairs would be found in four of five cases" in ladder.sentence


def test_interaction_is_said_only_where_both_nulls_reject():
    ladder = ps.knox_ladder(contagious(), **CLOSE, permutations=199, rng=1)
    assert [step.p_value <= 0.05 for step in ladder.exchanged] == [True, True]
    assert ladder.verdict == "interaction between places"
    assert "Interaction between places is significant with" in ladder.sentence
    assert "consistent with spread" in ladder.sentence
    assert "caused" not in ladder.sentence
    assert any("unless it acts on whole strata (region_id)" in text for text in ladder.caveats)
    assert any("Populations were not given" in text for text in ladder.caveats)
    assert all(text in repr(ladder) for text in ladder.caveats)


def test_without_strata_a_shared_cause_is_named():
    ladder = ps.knox_ladder(contagious().drop(columns="region_id"), **CLOSE, permutations=199, rng=1)
    assert ladder.verdict == "interaction between places"
    assert "A cause that neighboring places share looks the same." in ladder.caveats
    assert "locate_events" in ladder.left_out["places exchanged within strata"]
    one = ps.knox_ladder(contagious().assign(region_id="A"), **CLOSE, permutations=19, rng=1)
    assert "nothing would be held fixed" in one.left_out["places exchanged within strata"]


@pytest.mark.parametrize(("permutations", "verdict"), [(19, "interaction between places"), (9, "cannot tell")])
def test_a_step_that_could_not_reject_is_no_evidence(permutations, verdict):
    ladder = ps.knox_ladder(contagious(), **CLOSE, permutations=permutations, rng=1)
    assert ladder.verdict == verdict
    assert ("cannot be told" in ladder.sentence) == (verdict == "cannot tell")


def test_few_places_cannot_tell():
    ladder = ps.knox_ladder(world(1, count=8), **CLOSE, permutations=99, rng=1)
    assert ladder.verdict == "cannot tell"
    assert "only 8 places were active" in ladder.sentence
    alone = contagious()
    alone["region_id"] = alone["city"]  # each place is a stratum: within these nothing can be exchanged
    ladder = ps.knox_ladder(alone, **CLOSE, permutations=99, rng=1)
    assert ladder.verdict == "cannot tell"
    assert "the other null could not have been rejected" in ladder.sentence


def test_the_order_of_rows_and_of_cities_does_not_matter(case):
    options = {"within_km": 200, "within_days": 1, "permutations": 99, "rng": 1}
    tables = [
        ps.knox_ladder(rows, cities, **options).to_frame()
        for rows, cities in (
            (case.events, case.cities),
            (case.events.iloc[::-1], case.cities.sample(frac=1, random_state=2)),
        )
    ]
    pd.testing.assert_frame_equal(*tables)


def test_invalid_input_is_refused():
    events = world(1)
    with pytest.raises(DataError, match=r"^exclude_within_km must be above 0 to define the same place; got 0"):
        ps.knox_ladder(events, **CLOSE, exclude_within_km=0)
    with pytest.raises(DataError, match="within_km"):
        ps.knox_ladder(events, within_km=-1, within_days=1)
    with pytest.raises(SchemaError):
        ps.knox_ladder(events.drop(columns="date"), **CLOSE)
    with pytest.raises(DataError, match="no column 'province'"):
        ps.knox_ladder(events, **CLOSE, strata="province")
    with pytest.raises(DataError, match=r"^unit must be"):
        ps.knox_ladder(events, **CLOSE, unit="rows")
    assert "<table" in ps.knox_ladder(events, **CLOSE, permutations=19, rng=1)._repr_html_()
