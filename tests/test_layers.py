"""Layers as data: what each says, and what it is on each row of a panel."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

import protestspread as ps
from protestspread.layers import (
    LOWER_BOUND,
    SMALL_REGION,
    Circles,
    Code,
    Key,
    Layer,
    Phrase,
    Points,
    Regions,
    Responses,
)
from protestspread.pictures.style.text import say

DAYS = pd.date_range("2022-01-01", periods=3, name="date")
ENDS = DAYS + pd.Timedelta(days=1)


def labels(layer):
    return [key.label for key in layer.legend()]


@pytest.fixture
def values():
    return pd.DataFrame([[0, 1], [2, np.nan], [0, 0]], DAYS, ["A", "B"], dtype=float)


@pytest.fixture
def table():
    rows = [("curfew", "A", "2022-01-01", "2022-01-02"), ("summit", None, "2022-01-02 12:00", None)]
    found = pd.DataFrame(
        rows, columns=["kind", "region_id", "start", "end"], index=pd.Index(["i", "j"], name="intervention_id")
    )
    return found.assign(start=pd.to_datetime(found["start"], format="ISO8601"), end=pd.to_datetime(found["end"]))


def test_a_layer_says_nothing_unless_it_has_something_to_say():
    class Plain(Layer):
        kind = "plain"

    layer = Plain()
    assert (*layer.legend(), *layer.words(), *layer.now()) == ()
    assert layer.over(DAYS, ENDS) == [layer] * 3


def test_the_legend_of_regions_is_that_of_all_dates(values):
    layer = Regions(values, ps.classify(values))
    whole, (first, second, third) = labels(layer), layer.over(DAYS, ENDS)
    assert whole == [Phrase("zero"), "1", "≥ 2", Phrase("not_observed"), Phrase("small_region")]
    assert labels(first) == [Phrase("zero"), "1", "≥ 2", Phrase("small_region")]
    assert labels(third) == [Phrase("zero"), Phrase("small_region")]  # no colored class, none missing
    assert layer.legend()[-1].symbol is SMALL_REGION
    assert second.class_index.tolist() == [2, -1]
    assert labels(Regions(values.loc[DAYS[2]], layer.classes, every_class=True))[1:3] == ["1", "≥ 2"]
    named = Regions(values, layer.classes, zero_label="quiet", missing_label="?")
    assert (labels(named)[0], labels(named)[-2]) == ("quiet", "?")


def test_circles_keep_their_size_where_nothing_was_observed():
    cities = gpd.GeoDataFrame(
        index=pd.Index(["x", "y", "z"], name="city"), geometry=gpd.points_from_xy([0, 1, 2], [0] * 3), crs=4326
    )
    panel = pd.DataFrame({"y": pd.array([2, None, 3], dtype="Int64"), "x": [0, 1, -4]}, DAYS)
    layer = Circles.of(cities, panel)
    assert layer.so_far.to_numpy().tolist() == [
        [0, 2, 0],
        [1, 2, 0],
        [0, 5, 0],
    ]  # z was never observed; no area below 0
    assert np.isnan(layer.counts.loc[DAYS[1], "y"])
    assert layer.legend()[0].label == Phrase("city_circle", {"n": 5.0})
    last = layer.over(DAYS, ENDS)[-1]
    assert (last.counts["y"], last.so_far["y"]) == (3, 5)
    assert panel["x"].tolist() == [0, 1, -4]
    many = Circles.of(cities, panel * 1234.5678)
    assert many.legend()[0].label.values["n"] == pytest.approx(6173)  # whole digits are kept, and at least three


def test_responses_name_the_kinds_of_a_date(table):
    layer = Responses(table)
    rows = layer.over(DAYS, ENDS)
    assert [row.now() for row in rows] == [[Code("curfew")], [Code("summit")], [Code("summit")]]
    assert rows[1] is rows[2]  # painters draw what stays the same once
    (_, second, _) = Responses(table, kinds=("curfew",)).over(DAYS, ENDS)
    assert second.now() == []
    assert second.in_force == ("summit",)
    with pytest.raises(ps.SchemaError, match="column 'kind' is missing"):
        Responses(table.drop(columns="kind")).over(DAYS, ENDS)


def test_responses_say_where_they_hold():
    rows = [("one", "A"), ("one", "A"), ("all", "A"), ("all", "B"), ("all", "C"), ("whole", None), ("beyond", "Z")]
    table = pd.DataFrame(rows, columns=["kind", "region_id"]).assign(start=DAYS[0], end=ENDS[0])
    table.index = pd.Index([f"i{row}" for row in range(len(rows))], name="intervention_id")
    people = pd.Series({"A": 0.004, "B": 0.496, "C": 0.5}, name="people")
    (row,) = Responses(table, weights=people).over(DAYS[:1], ENDS[:1])
    assert [say(words) for words in row.now()] == [
        "one (1 of 3 regions, 0.4\u202f% of people)",
        "all",
        "whole",
        "beyond",
    ]
    assert [say(words) for words in row.now_briefly()] == ["one (0.4\u202f%)", "all", "whole", "beyond"]
    (row,) = Responses(table, weights=people.rename("regions")).over(DAYS[:1], ENDS[:1])
    assert say(row.now()[0]) == say(row.now_briefly()[0]) == "one (1 of 3 regions)"
    (row,) = Responses(table).over(DAYS[:1], ENDS[:1])
    assert say(row.now()[0]) == "one"
    assert [say(words) for words in Responses(table, others=("curfew", "price_cut")).words()] == [
        "Not drawn: curfew, price cut"
    ]


def test_lower_bounds_have_a_key_where_there_are_any():
    values = pd.DataFrame({"A": [1.0, 1.0], "B": [0.0, np.nan]}, index=DAYS[:2])
    plain = Regions(values, ps.classify(values))
    bound = Regions(
        values, plain.classes, lower_bound=pd.DataFrame({"A": [False, True], "B": [False, False]}, index=DAYS[:2])
    )
    assert len(bound.legend()) == len(plain.legend()) + 1
    first, second = bound.over(DAYS[:2], ENDS[:2])
    assert first.bound_index.tolist() == [False, False]
    assert second.bound_index.tolist() == [True, False]
    assert LOWER_BOUND in [key.symbol for key in second.legend()]
    assert LOWER_BOUND not in [key.symbol for key in first.legend()]


def test_keys_and_points_are_plain_values():
    assert Key(SMALL_REGION, "x") == Key(SMALL_REGION, "x")
    assert Points(gpd.GeoDataFrame(geometry=[])).symbol.shape == "circle"
