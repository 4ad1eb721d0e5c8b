"""Reproduction numbers and generation times: by hand, against EpiEstim, and where days are not complete."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import protestspread as ps

FLU = [1, 1, 0, 2, 5, 3, 3, 3, 6, 2, 5, 9, 13, 12, 13, 11, 12, 6, 6, 6, 3, 1, 0, 2, 0, 0, 0, 0, 2, 0, 2, 0]  # Flu2009
SERIAL = [0.233, 0.359, 0.198, 0.103, 0.053, 0.027, 0.014, 0.007, 0.003, 0.002, 0.001]


def tree(days=(0, 1, 1, 2, 4), external=0.1, **options):
    places = list("ABCDEFGHIJ")[: len(days)]
    pairs = [(a, b) for a in places for b in places if a != b]
    graph = ps.DiffusionGraph.from_edges(pd.DataFrame(pairs, columns=["source", "target"]), places)
    dates = pd.Timestamp("2022-01-01") + pd.to_timedelta(pd.Series(days, places), unit="D")
    options = {"delay": [0.5, 0.3, 0.15, 0.05], "external": external, **options}
    return ps.transmission_tree(dates, graph, **options)


def test_days_whose_children_cannot_all_be_seen_have_no_number():
    found = ps.reproduction(tree()).by_place.set_index("place")
    assert found["reproduction"].notna().tolist() == [True, False, False, False, False]
    assert found["children"].to_numpy() == pytest.approx([1.947619048, 0.557142857, 0.557142857, 0.4, 0], abs=2e-9)
    longer = ps.reproduction(tree(observed_until="2022-01-07")).by_place.set_index("place")
    assert longer["reproduction"].notna().tolist() == [True, True, True, True, False]
    pd.testing.assert_series_equal(longer["children"], found["children"])
    assert ps.reproduction(tree(), delay_days=2).by_place["reproduction"].notna().tolist() == [True] * 4 + [False]


def test_by_day_and_by_window_by_hand():
    result = ps.reproduction(tree(observed_until="2022-01-09"), window_days=2)
    table, children = result.by_day, ps.reproduction(tree()).by_place["children"]
    assert table["onsets"].tolist() == [1, 3, 3, 1, 1, 1, 0, 0, 0]
    assert table["children"].iloc[1] == pytest.approx(children[:3].sum())
    assert table["reproduction"].iloc[1:4].tolist() == pytest.approx(
        [children[:3].sum() / 3, children[1:4].sum() / 3, children[3]]
    )
    assert table["reproduction"].isna().tolist() == [True, False, False, False, False, True, True, True, True]
    assert (table["low"] <= table["reproduction"]).sum() == (table["high"] >= table["reproduction"]).sum() == 4


def test_the_variance_of_a_window_counts_each_child_once():
    given = tree(observed_until="2022-01-09", draws=4000, rng=3)
    early = given.draws["source"].isin(list("ABC"))
    numbers = early.groupby(given.draws["draw"]).sum() / 3
    row = ps.reproduction(given, window_days=2).by_day.iloc[1]
    sd = (row["high"] - row["reproduction"]) / 1.959963984540054
    assert numbers.mean() == pytest.approx(row["reproduction"], abs=4 * sd / np.sqrt(4000))
    assert numbers.std() == pytest.approx(sd, rel=0.06)


def test_influenza_of_2009():
    """EpiEstim 2.2.4, wallinga_teunis(n_sim = 0): windows of 7 days by day of onset; it does not leave out the last ones."""
    counts = pd.Series(FLU, pd.date_range("2009-04-27", periods=32, name="date"))
    result = ps.reproduction(counts, delay=SERIAL, window_days=7)
    ends = np.array([8, 11, 15, 18, 22, 25, 29, 32]) - 1
    expected = [1.534692829, 1.511244231, 1.233628902, 0.895985377, 0.493599800, 0.378010739, 0.789579575, 0.471747700]
    table = result.by_day.iloc[ends]
    assert (table["children"] / table["onsets"]).to_numpy() == pytest.approx(expected, abs=2e-9)
    assert table["reproduction"].iloc[:4].to_numpy() == pytest.approx(expected[:4], abs=2e-9)
    assert table["reproduction"].iloc[4:].isna().all()
    assert "an onset was followed by" in result.sentence


def test_counts_of_one_event_a_place_are_a_tree_without_an_outside():
    days = (0, 1, 1, 2, 4, 4, 7, 8, 12)
    counts = pd.Series(np.bincount(days).astype(float), pd.date_range("2022-01-01", periods=13, name="date"))
    of_tree = ps.reproduction(tree(days, external=0), window_days=3)
    of_counts = ps.reproduction(counts, delay=[0.5, 0.3, 0.15, 0.05], window_days=3)
    pd.testing.assert_frame_equal(of_counts.by_day, of_tree.by_day, check_freq=False, check_index_type=False)
    assert of_counts.by_place.empty


def test_a_day_that_was_not_observed_is_not_zero():
    counts = pd.Series(
        [2.0, 3, 1, 4, 6, np.nan, 5, 8, 7, 3, 2, 1, 0, 2], pd.date_range("2022-01-01", periods=14, name="date")
    )
    table = ps.reproduction(counts, delay=[0.5, 0.3, 0.2]).by_day
    # children of days 2 to 4 and parents of days 6 to 8 can lie on day 5; children of day 6 and 7 have parents on day 5
    assert np.flatnonzero(table["reproduction"].notna()).tolist() == [0, 1, 8, 9, 10]
    whole = ps.reproduction(counts.fillna(4), delay=[0.5, 0.3, 0.2]).by_day
    assert table["reproduction"].iloc[[8, 9, 10]].tolist() == pytest.approx(
        whole["reproduction"].iloc[[8, 9, 10]].tolist()
    )


def test_without_a_given_delay_95_percent_of_the_children_tell_it(case):
    places = case.cities[case.cities["in_frame"]]
    events = case.events[~case.events["minor"] & case.events["city"].isin(places.index)]
    first = ps.onsets(ps.count_events(events, places, start="2022-01-01", end="2022-01-08"))
    given = ps.transmission_tree(ps.fit_oada(first, ps.nearest_graph(places, k=3)))
    result, times = ps.reproduction(given), ps.generation_time(given)
    assert times.sum() == pytest.approx(1)
    assert times.cumsum()[result.delay_days] >= 0.95 > times.cumsum().get(result.delay_days - 1, 0)
    assert result.by_day["reproduction"].iloc[-result.delay_days :].isna().all()
    ax = result.plot(ax=Figure((8, 5)).add_subplot(), title="After each day")
    ax.figure.canvas.draw()


def test_times_within_days_belong_to_the_day_that_they_end_in():
    times = ps.TransmissionTree(pd.DataFrame({
        "source": [None, "A", "A"], "target": ["A", "B", "C"], "date": [1.2, 3.5, 4.0], "probability": [1.0, 1.0, 1.0]}),
        observed_until=6.5)  # fmt: skip
    table = ps.reproduction(times, delay_days=3).by_day
    assert table.index.tolist() == [2, 3, 4, 5, 6]
    assert table["onsets"].tolist() == [1, 0, 2, 0, 0]
    assert table["reproduction"].iloc[0] == 2
    assert table["reproduction"].iloc[1:].isna().all()
    assert ps.generation_time(times).to_dict() == {1: 0, 2: 0, 3: 1}


def test_generation_times_by_hand():
    found = ps.generation_time(tree(external=0))
    # A to B, A to C: 1 day, 1 each; D: A after 2 days with 0.3, B and C after 1 with 0.5 each; E from A, B, C and D
    weights = {1: 2 + 1 / 1.3, 2: 0.3 / 1.3 + 0.3 / 0.65, 3: 0.3 / 0.65, 4: 0.05 / 0.65}
    assert found.to_dict() == pytest.approx({days: weight / 4 for days, weight in weights.items()})
    assert ps.generation_time(ps.transmission_tree(pd.Series([1], ["A"]), ps.DiffusionGraph.from_edges(
        pd.DataFrame({"source": ["B"], "target": ["A"]})).subgraph(["A"]), delay=[1.0], external=0.1)).empty  # fmt: skip


@pytest.mark.parametrize(
    ("call", "fault"),
    [
        (lambda: ps.reproduction(3), "data must be a TransmissionTree, or counts"),
        (lambda: ps.reproduction(tree(), delay=[1.0]), "delay must be None with a tree"),
        (lambda: ps.reproduction(tree(), delay_days=0), "delay_days must be a whole number of at least 1"),
        (lambda: ps.reproduction(pd.Series(FLU), window_days=2), "delay must be the probabilities"),
        (
            lambda: ps.reproduction(pd.Series(FLU), delay=[0.5, 0.5], delay_days=2),
            "delay_days must be None with counts",
        ),
        (lambda: ps.reproduction(pd.Series([1, -2]), delay=[1.0]), "counts of at least 0"),
        (lambda: ps.reproduction(pd.Series([1, 2], ["a", "b"]), delay=[1.0]), "one row per day"),
        (lambda: ps.generation_time("tree"), "tree must be a TransmissionTree"),
    ],
)
def test_what_is_wrong_is_said(call, fault):
    with pytest.raises(ps.DataError, match=fault):
        call()


def test_no_complete_day_is_said():
    result = ps.reproduction(tree((0, 1, 1)))
    assert result.sentence == "No reproduction number: on no day are onsets complete, as children follow within 4 days."
    with pytest.raises(ps.DataError, match="its days are numbers"):
        ps.reproduction(pd.Series(FLU), delay=SERIAL).figure()
