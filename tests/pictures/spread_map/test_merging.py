import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from protestspread.pictures.spread_map.api import spread_map
from protestspread.pictures.spread_map.merging import merge_small
from protestspread.pictures.style.text import player_words

WORDS = player_words("en", None, [])
DAYS = pd.date_range("2022-01-01", periods=2, name="date")


def row_of_squares(n):
    return gpd.GeoDataFrame(
        {"name": [f"Region {i}" for i in range(n)]}, index=pd.Index([f"R{i}" for i in range(n)], name="region_id"),
        geometry=[shapely.box(i, 0, i + 1, 1) for i in range(n)], crs=4326,
    )  # fmt: skip


def panel_of(totals, names):
    return pd.DataFrame([[0] * len(totals), totals], index=DAYS, columns=names)


def merged(panel, regions, least, **given):
    given = {"cities": None, "city_panel": None, "tree": None, "interventions": None} | given
    return merge_small(panel, regions, min_count=least, words=WORDS, **given)


def test_a_small_region_joins_the_neighbor_it_borders_and_quiet_ones_stay():
    regions = row_of_squares(4)
    panel, kept, *_ = merged(panel_of([9, 1, 0, 5], regions.index), regions, 3)
    assert panel.sum().to_dict() == {"R0": 10, "R2": 0, "R3": 5}
    assert kept["name"].to_dict() == {"R0": "Region 0 and 1 more", "R2": "Region 2", "R3": "Region 3"}
    assert kept.geometry["R0"].equals(shapely.box(0, 0, 2, 1))
    assert list(panel.columns) == list(kept.index)


@given(st.lists(st.integers(0, 6), min_size=1, max_size=7), st.integers(1, 8))
def test_no_count_below_the_limit_is_left_while_another_place_is_there(totals, least):
    regions = row_of_squares(len(totals))
    panel, kept, *_ = merged(panel_of(totals, regions.index), regions, least)
    left = panel.sum()
    assert left.sum() == sum(totals)
    assert len(left) == 1 or not ((left > 0) & (left < least)).any()
    assert kept.geometry.union_all().equals(regions.geometry.union_all())


def test_what_was_unobserved_stays_unobserved():
    regions = row_of_squares(2)
    panel = panel_of([9, 1], regions.index).astype(float)
    panel.iloc[0, 1] = np.nan
    assert merged(panel, regions, 3)[0]["R0"].isna().tolist() == [True, False]


def test_cities_arrows_and_interventions_follow():
    regions = row_of_squares(3)
    cities = gpd.GeoDataFrame(
        {"region_id": ["R0", "R1", "R2", "R2"]}, index=pd.Index(["a", "b", "c", "quiet"], name="city"),
        geometry=gpd.points_from_xy([0.5, 1.4, 2.5, 2.9], [0.5] * 4), crs=4326,
    )  # fmt: skip
    city_panel = panel_of([9, 1, 5, 0], cities.index)
    tree = pd.DataFrame(
        {
            "source": ["a", "b", "a", None],
            "target": ["b", "c", "c", "a"],
            "date": DAYS[[0, 0, 0, 0]],
            "probability": [0.9, 0.4, 0.6, 1.0],
        }
    )
    responses = pd.DataFrame(
        {"kind": ["curfew"], "region_id": ["R1"], "start": DAYS[:1], "end": [pd.NaT]},
        index=pd.Index(["i"], name="intervention_id"),
    )
    _panel, kept, towns, town_panel, arrows, laws = merged(
        panel_of([9, 1, 5], regions.index),
        regions,
        3,
        cities=cities,
        city_panel=city_panel,
        tree=tree,
        interventions=responses,
    )
    assert towns["name"].to_dict() == {"a": "a and 1 more", "c": "c", "quiet": "quiet"}
    assert town_panel.sum().to_dict() == {"a": 10, "c": 5, "quiet": 0}
    assert laws["region_id"].tolist() == ["R0"]
    assert arrows[["source", "target", "probability"]].fillna("outside").to_numpy().tolist() == [
        ["a", "c", 0.6],
        ["outside", "a", 1.0],
    ]
    assert set(towns["region_id"]) <= set(kept.index)
    page = spread_map(
        panel_of([9, 1, 5], regions.index), regions, cities=cities, city_panel=city_panel, min_count=3
    )._payload
    assert page["regions"]["names"] == ["Region 0 and 1 more", "Region 2"]
    assert "fewer than 3" in " ".join(page["notes"])


def test_cities_that_together_count_too_few_are_not_drawn():
    regions = row_of_squares(2)
    cities = gpd.GeoDataFrame(
        {"region_id": ["R0"]}, index=pd.Index(["a"], name="city"), geometry=gpd.points_from_xy([0.5], [0.5]), crs=4326
    )
    _, _, towns, town_panel, *_ = merged(
        panel_of([1, 0], regions.index), regions, 3, cities=cities, city_panel=panel_of([1], cities.index)
    )
    assert len(towns) == 0
    assert town_panel.shape == (2, 0)


def test_the_tables_given_are_not_changed():
    regions = row_of_squares(2)
    panel = panel_of([9, 1], regions.index)
    before = panel.copy(), regions.copy()
    merged(panel, regions, 3)
    pd.testing.assert_frame_equal(panel, before[0])
    assert regions.equals(before[1])


@pytest.mark.parametrize("engine", ["canvas", "folium"])
def test_a_map_of_merged_places_is_written(engine):
    regions = row_of_squares(3)
    made = spread_map(panel_of([9, 1, 5], regions.index), regions, min_count=3, engine=engine)
    assert "Region 0 and 1 more" in made._payload["regions"]["names"]
