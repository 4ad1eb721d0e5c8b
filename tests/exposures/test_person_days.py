import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import protestspread as ps

PLACES = list("ABCD")


def ring(places=PLACES):
    pairs = [(one, other, 1.0) for one, other in zip(places, places[1:] + places[:1], strict=True)]
    return ps.DiffusionGraph.from_edges(pd.DataFrame(pairs, columns=["source", "target", "weight"]), nodes=places)


def day(number):
    return pd.Timestamp("2022-01-01") + pd.Timedelta(days=number - 1)


def test_the_table_by_hand():
    onsets = pd.Series({"A": day(1), "B": day(2), "C": day(4), "D": pd.NaT})
    curfew = pd.DataFrame(0, pd.date_range(day(1), day(5), name="date"), PLACES)
    curfew.loc[day(5)] = 1
    found = ps.person_days(
        onsets, {"ring": ring()}, attributes=pd.Series([1.0, 2, 3, 4], PLACES, name="size"),
        time_varying={"curfew": curfew}, observed_until="2022-01-05",
    )  # fmt: skip
    rows = [[row.date.day, row.place, row.joined, row.ring, row.size_, row.curfew] for row in found.rename(columns={"size": "size_"}).itertuples()]  # fmt: skip
    assert rows == [
        [2, "B", 1, 1, 2, 0], [2, "C", 0, 0, 3, 0], [2, "D", 0, 0, 4, 0],
        [3, "C", 0, 1, 3, 0], [3, "D", 0, 0, 4, 0],
        [4, "C", 1, 1, 3, 0], [4, "D", 0, 0, 4, 0],
        [5, "D", 0, 1, 4, 1],
    ]  # fmt: skip


def test_a_place_is_at_risk_of_a_new_spell_after_its_gap():
    panel = pd.DataFrame(0, pd.date_range(day(1), periods=8, name="date"), PLACES)
    panel.loc[day(2) : day(3), "A"] = 1
    panel.loc[day(7), "A"] = 1
    for gap, days in ((1, [2, 5, 6, 7]), (2, [2, 6, 7])):
        found = ps.person_days(ps.spells(panel, gap_days=gap), {"ring": ring()}, memory=ps.Lag(1), panel=panel)
        mine = found[found["place"] == "A"]
        assert mine["date"].dt.day.tolist() == days
        assert mine["joined"].tolist() == [int(number in (2, 7)) for number in days]
        other = found[found["place"] == "B"]
        assert other["date"].dt.day.tolist() == list(range(2, 9))
        assert other.loc[other["ring"] > 0, "date"].dt.day.tolist() == [3, 4, 8]


def test_own_spells_without_a_panel_are_observed_from_the_first_to_the_last():
    own = pd.DataFrame({"place": ["A", "B"], "start": [day(1), day(3)], "end": [day(2), day(5)]})
    found = ps.person_days(own, {"ring": ring()})
    assert found["date"].min() == day(2)
    assert found["date"].max() == day(4)
    assert found["joined"].sum() == 1


@given(st.integers(0, 10**6))
@settings(max_examples=30, deadline=None)
def test_every_place_is_at_risk_until_it_joins(seed):
    rng = np.random.default_rng(seed)
    numbers = rng.integers(1, 7, 4).astype(float)
    numbers[rng.random(4) < 0.3] = np.nan
    onsets = pd.Series(numbers, PLACES)
    if onsets.notna().sum() < 2 or onsets.nunique() < 2:
        return
    found = ps.person_days(onsets, {"ring": ring()}, observed_until=8)
    first = onsets.min()
    for place in PLACES:
        until = 8 if np.isnan(onsets[place]) else onsets[place]
        mine = found[found["place"] == place]
        assert mine["time"].tolist() == list(range(int(first) + 1, int(until) + 1))
        assert mine["joined"].tolist() == [int(time == onsets[place]) for time in mine["time"]]
    exposed = ps.exposure(onsets, {"ring": ring()})["ring"]
    for row in found[found["time"] <= onsets.max()].itertuples():
        assert row.ring == exposed.loc[row.time, row.place]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"data": "onsets"}, "data must be onsets"),
        ({"data": pd.Series({"A": day(1), "B": pd.NaT, "C": pd.NaT, "D": pd.NaT})}, "after the first day"),
        ({"data": pd.DataFrame({"place": ["A"]})}, "spells lacks the columns start, end"),
        ({"data": pd.DataFrame({"place": ["A"], "start": [day(2)], "end": [day(2)]})}, "'end' must be after 'start'"),
        (
            {"data": pd.DataFrame({"place": ["A", "A"], "start": [day(2), day(3)], "end": [day(4), day(5)]})},
            "must not overlap",
        ),
        ({"data": pd.DataFrame({"place": ["X"], "start": [day(2)], "end": [day(3)]})}, "places of the graphs; got X"),
        ({"attributes": pd.Series([1.0], ["A"], name="size")}, "no value for B, C"),
        ({"attributes": pd.DataFrame({"ring": 1.0}, PLACES)}, "names must differ; got ring"),
        ({"attributes": 3}, "attributes must be a DataFrame"),
        ({"time_varying": {"curfew": 1}}, "curfew"),
        ({"time_varying": pd.Series([1])}, "time_varying must be a mapping"),
        ({"observed_until": 4}, "observed_until must be a date"),
        ({"observed_until": "2022-01-02"}, "observed_until must be at or after the last onset"),
        ({"memory": {"road": ps.Since()}}, "memory has none for the network 'ring'"),
        ({"panel": 3}, "expected a DataFrame"),
        ({"graphs": {}}, "at least one graph"),
    ],
)
def test_bad_input(change, message):
    onsets = pd.Series({"A": day(1), "B": day(2), "C": day(4), "D": pd.NaT})
    call = {"data": onsets, "graphs": {"ring": ring()}} | change
    with pytest.raises(ps.ProtestSpreadError, match=message):
        ps.person_days(**call)
