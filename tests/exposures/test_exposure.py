import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import protestspread as ps

TIES = [(1, 2, 1), (1, 3, 1), (2, 3, 2), (3, 4, 1), (2, 5, 1), (4, 5, 0.5), (4, 6, 1), (5, 6, 3)]
RETURNS = {1: "11000000", 2: "00110010", 3: "01100011", 4: "00010110", 5: "00000100", 6: "00000000"}


def toy_graph(*, weighted=True):
    ties = pd.DataFrame(TIES, columns=["source", "target", "weight"])
    return ps.DiffusionGraph.from_edges(ties if weighted else ties.assign(weight=1.0)).subgraph([1, 2, 3, 4, 5, 6])


def toy_panel():
    days = pd.date_range("2022-01-01", periods=8, name="date")
    return pd.DataFrame({place: [int(one) for one in text] for place, text in RETURNS.items()}, index=days)


def rows(table, place):
    return table["tie"][place].round(9).tolist()


def test_the_toy_in_which_all_who_joined_count():
    onsets = pd.Series({1: 1, 2: 2, 3: 4, 4: 3, 5: 5, 6: np.nan})
    today = ps.exposure(onsets, toy_graph(weighted=False), normalize="target", include_today=True)
    wanted = {1: "0 0 0 0 0", 2: "1 1 1 1 1", 3: ".5 1 1 1 1", 4: "0 0 0 1 1", 5: "0 .5 1 1 1", 6: "0 0 .5 .5 1"}
    for place, text in wanted.items():
        assert rows(today, place) == [float(one) for one in text.split()]
    assert today.index.tolist() == [1, 2, 3, 4, 5]
    assert today.index.name == "time"
    before = ps.exposure(onsets, toy_graph(weighted=False), normalize="target")
    assert before.iloc[1:].to_numpy().tolist() == today.iloc[:-1].to_numpy().tolist()
    assert not before.iloc[0].any()


@pytest.mark.parametrize(
    ("memory", "wanted"),
    [
        (
            ps.Since(),
            {
                2: "0 1 1 1 1 1 1 1", 3: "0 .333333333 .333333333 1 1 1 1 1", 4: "0 0 1 1 1 1 1 1",
                5: "0 0 0 .666666667 1 1 1 1", 6: "0 0 0 0 .25 .25 1 1", 1: "0 0 0 0 0 0 0 0",
            },
        ),
        (
            ps.Lag(1),
            {
                2: "0 1 1 0 0 0 0 0", 3: "0 .333333333 .333333333 .666666667 .666666667 0 0 .666666667",
                4: "0 0 1 1 0 0 0 1", 5: "0 0 0 .666666667 1 0 .333333333 1", 6: "0 0 0 0 .25 0 1 .25",
            },
        ),
    ],
)  # fmt: skip
def test_the_toy_in_which_places_return(memory, wanted):
    found = ps.exposure(toy_panel(), toy_graph(), memory=memory, normalize="target")
    for place, text in wanted.items():
        assert rows(found, place) == [float(one) for one in text.split()]


def test_days_and_lag_of_one_day_are_the_same_for_zeros_and_ones():
    one, other = (ps.exposure(toy_panel(), toy_graph(), memory=memory) for memory in (ps.Days(1), ps.Lag(1)))
    pd.testing.assert_frame_equal(one, other)


def plain(values, weights, memory):
    """The definition, cell by cell."""
    days, places = values.shape
    found = np.zeros((days, places))
    for day in range(days):
        for place in range(places):
            for source in range(places):
                past = values[:day, source]
                if isinstance(memory, ps.Since):
                    kept = float((past > 0).any())
                elif isinstance(memory, ps.Days):
                    kept = float((past[-memory.days :] > 0).any())
                elif isinstance(memory, ps.Lag):
                    kept = past[-memory.days] if len(past) >= memory.days else 0.0
                elif isinstance(memory, ps.Decay):
                    kept = sum(value * 2 ** (-(day - 1 - u) / memory.half_life_days) for u, value in enumerate(past))
                else:
                    share = [(1 - memory.p) ** lag for lag in range(memory.max_days)]
                    kept = sum(share[lag] * past[-1 - lag] for lag in range(min(len(past), memory.max_days))) / sum(
                        share
                    )
                found[day, place] += weights[source, place] * kept
    return found


MEMORIES = [
    ps.Since(),
    ps.Days(1),
    ps.Days(3),
    ps.Decay(2),
    ps.Decay(0.5),
    ps.Lag(1),
    ps.Lag(2),
    ps.Geometric(3, p=0.4),
]


@given(st.integers(0, 10**6), st.sampled_from(MEMORIES), st.floats(0.02, 0.9))
def test_every_memory_is_its_definition(seed, memory, share):
    rng = np.random.default_rng(seed)
    values = np.where(rng.random((7, 4)) < share, rng.integers(1, 5, (7, 4)), 0)
    weights = np.where(rng.random((4, 4)) < 0.5, rng.random((4, 4)), 0) * (1 - np.eye(4))
    places = list("ABCD")
    ties = [(places[i], places[j], weights[i, j]) for i, j in zip(*np.nonzero(weights), strict=True)]
    graph = ps.DiffusionGraph.from_edges(pd.DataFrame(ties, columns=["source", "target", "weight"]), nodes=places)
    panel = pd.DataFrame(values, pd.date_range("2022-01-01", periods=7, name="date"), places)
    found = ps.exposure(panel, {"net": graph}, memory=memory)["net"]
    np.testing.assert_allclose(found, plain(values, weights, memory), atol=1e-12)


@pytest.mark.parametrize("memory", MEMORIES)
def test_an_unobserved_day_is_unknown_where_its_value_could_matter(memory):
    panel = toy_panel().astype(float)
    panel.loc["2022-01-03", 2] = np.nan
    found = ps.exposure(panel, toy_graph(), memory=memory)["tie"]
    low, high = (ps.exposure(panel.fillna(fill), toy_graph(), memory=memory)["tie"] for fill in (0, 1))
    differs = (low - high).abs() > 1e-12
    assert found.isna().equals(differs)
    assert found[~differs].equals(low[~differs])


def test_two_networks_side_by_side_keep_their_orientation():
    graph = toy_graph()
    found = ps.exposure(toy_panel(), {"there": graph, "back": graph.reverse()}, memory=ps.Lag(1))
    assert found["there"].loc["2022-01-02"].tolist() == [0, 1, 1, 0, 0, 0]
    assert found["back"].loc["2022-01-03"].tolist() == [1, 2, 0, 0, 0, 0]
    assert found.columns.names == ["network", "place"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"memory": 3}, "memory must be a memory"),
        ({"normalize": "row"}, "normalize must be"),
        ({"include_today": 1}, "include_today must be True or False"),
        ({"memory": ps.Geometric(3)}, "p must be a number"),
        ({"data": toy_panel() - 2}, "panel must not be negative"),
        ({"data": toy_panel().iloc[:0]}, "panel must have days and places"),
        ({"data": pd.Series({1: 1.5, 2: 2, 3: 1, 4: 1, 5: 1, 6: 1})}, "whole numbers"),
        ({"data": pd.Series(dict.fromkeys(range(1, 7), np.nan))}, "at least one onset"),
        ({"data": toy_panel().rename(columns={6: 7})}, "the network 'tie' lacks 1 of the data: 7"),
        ({"graphs": {"": toy_graph()}}, "each name in graphs"),
        ({"graphs": 3}, "graphs must be a DiffusionGraph"),
    ],
)
def test_bad_input(change, message):
    call = {"data": toy_panel(), "graphs": toy_graph()} | change
    with pytest.raises(ps.ProtestSpreadError, match=message):
        ps.exposure(**call)


@pytest.mark.parametrize(
    "make",
    [lambda: ps.Days(0), lambda: ps.Lag(0), lambda: ps.Decay(0), lambda: ps.Geometric(2, p=0), lambda: ps.Geometric(0)],
)
def test_bad_memories(make):
    with pytest.raises(ps.DataError, match="must be"):
        make()
