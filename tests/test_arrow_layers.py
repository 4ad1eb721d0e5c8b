"""Arrows, ties and flows as data."""

import numpy as np
import pandas as pd
import pytest

import protestspread as ps
from protestspread.arrow_layers import Arrows, Flows, GraphTies, strength
from protestspread.layers import Code, Phrase
from protestspread.pictures.style.text import say

DAYS = pd.date_range("2022-01-01", periods=3, name="date")
ENDS = DAYS + pd.Timedelta(days=1)
NAN = float("nan")


@pytest.fixture
def tree():
    rows = [(None, "a", "2021-12-30", 0.06), ("a", "b", "2022-01-02", 0.8), ("a", "c", "2022-01-02", 0.1),
            ("b", "b", "2022-01-01", 1.0), ("b", "a", "2022-01-04", 1.0)]  # fmt: skip
    table = pd.DataFrame(rows, columns=["source", "target", "date", "probability"])
    return table.assign(date=pd.to_datetime(table["date"]))


def test_arrows_of_a_tree_on_the_rows_of_a_panel(tree):
    layer = Arrows.of(tree, DAYS, ENDS, 0.2)
    assert layer.table["target"].tolist() == ["a", "b"]  # not the improbable, not to itself, not after the last row
    assert layer.table["appears"].tolist() == [DAYS[0], DAYS[1]]
    assert [len(row.table) for row in layer.over(DAYS, ENDS)] == [1, 2, 2]
    assert [key.label for key in layer.legend()] == [Phrase("arrow_key", {"p": 0.2})]
    assert layer.words() == [Phrase("outside", {"n": 0.1})]
    first = layer.over(DAYS, ENDS)[0]
    assert not first.legend()  # what came from outside has no arrow
    assert Arrows().words() == Arrows().legend() == []


def test_places_of_arrows_are_numbered_with_cities_first(tree):
    layer = Arrows.of(tree, DAYS, ENDS, 0.2)
    assert layer.place_numbers(["b"], ["a", "b"]) == {"b": 0, "a": 1}
    with pytest.raises(ps.DataError, match="places that are not on the map: a"):
        layer.place_numbers(["b"], [])


def test_graph_ties_have_a_key_a_kind(case):
    graph = ps.nearest_graph(case.cities, k=2)
    (key,) = GraphTies(graph).legend()
    assert key.label[0] == Code(graph.kinds[0], is_tie=True)
    count = len(graph.ties[graph.kinds[0]])
    assert say(key.label).startswith(f"{graph.kinds[0]}: {count} ties") or "pairs" in say(key.label)
    looks = {(GraphTies.symbol(n).color, str(GraphTies.symbol(n).dash)) for n in range(28)}
    assert len(looks) == 28  # 7 colors and 4 dash patterns tell 28 kinds apart


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(70, 100, "70–100"), (NAN, 500, "up to 500"), (3000, NAN, "at least 3\u202f000"), (12.5, 12.5, "12.5")],
)
def test_a_strength_in_words(low, high, said):
    assert say(strength(low, high)) == said


def test_flows_are_as_wide_as_they_are_strong():
    table = pd.DataFrame({
        "low": [50, np.nan, np.nan], "high": [100, 50, np.nan], "start": pd.to_datetime(["2022-01-06", None, None]),
        "start_basis": ["dispatch", "arrival", "arrival"], "end": pd.to_datetime([None, "2022-01-14", None]),
    })  # fmt: skip
    layer = Flows(table, ["A", "B", "C"])
    assert layer.widths[:2].tolist()[0] == [7.5, 15.0]
    assert np.isnan(layer.widths[1, 0])
    assert layer.widths[2, 1] == -1  # without figures: dashed
    said = [say(key.label) for key in layer.legend()]
    assert said[0] == "A: 50–100; dispatched 6 Jan 2022, withdrawn (date not found)"
    assert said[1] == "B: up to 50; arrived (date not found), withdrawn 14 Jan 2022"
    with ps.language("ru"):
        assert "6 янв. 2022" in say(layer.legend()[0].label)
    bare = Flows(table[["low", "high"]], ["A", "B", "C"])
    assert say(bare.legend()[0].label) == "A: 50–100"
