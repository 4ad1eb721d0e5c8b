"""The tree: possible parents with probabilities, never one certain one."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import protestspread as ps


def table(*rows):
    frame = pd.DataFrame(list(rows), columns=["source", "target", "date", "probability"])
    return frame.assign(date=pd.to_datetime(frame["date"]))


@pytest.fixture
def tree():
    return ps.TransmissionTree(
        table(
            (None, "Zhanaozen", "2022-01-01", 1.0),
            ("Zhanaozen", "Aktau", "2022-01-02", 0.7),
            (None, "Aktau", "2022-01-02", 0.3),
            ("Zhanaozen", "Oral", "2022-02-03", 0.4),
            ("Aktau", "Oral", "2022-02-03", 0.35),
        )
    )


def test_it_keeps_every_possible_parent(tree):
    assert len(tree.table) == 5
    assert list(tree.edges["source"]) == ["Zhanaozen", "Zhanaozen", "Aktau"]
    assert tree.external.to_dict() == {"Zhanaozen": 1.0, "Aktau": 0.3, "Oral": 0.0}
    assert repr(tree) == (
        "<TransmissionTree: 5 possible parents of 3 places, 1 January 2022 to 3 February 2022; 43% from outside, inferred>"
    )


def test_it_is_never_changed(tree):
    given = table((None, "A", "2022-01-01", 0.5))
    made = ps.TransmissionTree(given)
    given.loc[0, "probability"] = 0.9
    copied = tree.table
    copied.loc[0, "probability"] = 0.0
    assert made.table["probability"].tolist() == [0.5]
    assert tree.table["probability"].iloc[0] == 1.0


def test_one_day_and_none():
    assert "1 January 2022; 100%" in repr(ps.TransmissionTree(table((None, "A", "2022-01-01", 1.0))))
    assert "1 to 2 January 2022" in repr(
        ps.TransmissionTree(table((None, "A", "2022-01-01", 1.0), ("A", "B", "2022-01-02", 1.0)))
    )
    empty = table((None, "A", "2022-01-01", 1.0)).iloc[:0]
    assert repr(ps.TransmissionTree(empty)) == "<TransmissionTree: empty>"


def test_depth_and_days_by_hand(tree):
    assert tree.depth.to_dict() == pytest.approx({"Zhanaozen": 0, "Aktau": 0.7, "Oral": (0.4 * 1 + 0.35 * 1.7) / 0.75})
    assert tree.days["Aktau"] == 1
    assert tree.days["Oral"] == pytest.approx((33 * 0.4 + 32 * 0.35) / 0.75)
    assert np.isnan(tree.days["Zhanaozen"])
    assert tree.share_without_parent == pytest.approx(1 / 3)
    assert tree.share_external == pytest.approx(1.3 / 3)
    assert tree.most_likely["source"].fillna("outside").tolist() == ["outside", "Zhanaozen", "Zhanaozen"]
    assert tree.assumptions == ()
    assert tree.draws.empty
    assert tree.sensitivity.empty
    assert tree.observed_until == pd.Timestamp("2022-02-03")


def test_a_source_without_an_onset_counts_as_outside_in_depth():
    tree = ps.TransmissionTree(table(("Moscow", "A", "2022-01-02", 1.0), ("A", "B", "2022-01-04", 1.0)))
    assert tree.depth.to_dict() == {"A": 1.0, "B": 2.0}
    assert tree.table["source_date"].isna().tolist() == [True, False]
    assert np.isnan(tree.days["A"])


SPELLS = pd.DataFrame({
    "source": [None, None, "A", "B"], "target": ["A", "B", "B", "A"], "probability": [1.0, 0.4, 0.6, 1.0],
    "date": pd.to_datetime(["2022-01-01", "2022-01-03", "2022-01-03", "2022-01-06"]),
    "source_date": pd.to_datetime([None, None, "2022-01-01", "2022-01-03"]),
})  # fmt: skip


def test_a_target_has_an_onset_for_each_spell():
    tree = ps.TransmissionTree(SPELLS)
    assert tree.onsets["depth"].tolist() == pytest.approx([0, 0.6, 1.6])
    assert tree.depth.to_dict() == pytest.approx({"A": 0.8, "B": 0.6})
    assert tree.external.to_dict() == pytest.approx({"A": 0.5, "B": 0.4})
    assert tree.share_external == pytest.approx(1.4 / 3)
    assert "3 onsets in 2 places" in repr(tree)
    assert "Of 3 onsets in 2 places, an expected 47% started from outside" in tree.sentence
    pd.testing.assert_frame_equal(ps.TransmissionTree(tree.table).table, tree.table)


def test_numbers_are_dates_too():
    days = SPELLS.assign(date=[1, 3, 3, 6], source_date=[np.nan, np.nan, 1, 3])
    tree = ps.TransmissionTree(days)
    assert tree.onsets["depth"].tolist() == pytest.approx([0, 0.6, 1.6])
    assert tree.onsets["days"].iloc[1:].tolist() == [2, 3]
    assert "time 1 to 6" in repr(tree)


def test_the_matrix_by_region(tree):
    found = tree.by_region({"Zhanaozen": "West", "Aktau": "West", "Oral": "North"})
    assert found.index.tolist() == ["West", "North", "outside"]
    assert found.columns.tolist() == ["West", "North"]
    assert found.to_numpy() == pytest.approx(np.array([[0.7, 0.75], [0, 0], [1.3, 0]]))
    assert found.to_numpy().sum() == pytest.approx(tree.table["probability"].sum())
    ax = tree.plot(
        strata={"Zhanaozen": "$W$", "Aktau": "$W$", "Oral": "North"}, ax=Figure((6, 4)).add_subplot(), title="T"
    )
    assert ax.get_yticklabels()[2].get_text() == "outside"
    assert not ax.get_yticklabels()[0].get_parse_math()
    assert [text.get_text() for text in ax.texts if text.get_text()] == ["0.7", "0.8", "1.3"]
    places = tree.figure().values
    assert places.loc["outside"].tolist() == [1.0, 0.3, 0.0]


@pytest.mark.parametrize(
    ("call", "fault"),
    [
        (lambda tree: tree.by_region({"Zhanaozen": "West", "Aktau": None}), "strata has no label for Aktau, Oral"),
        (
            lambda tree: tree.by_region(dict.fromkeys(["Zhanaozen", "Aktau", "Oral"], "outside")),
            "must not have the label",
        ),
        (lambda tree: tree.by_region("region_id"), "strata must be a Series or a mapping"),
        (lambda _: ps.TransmissionTree(SPELLS.iloc[:0]).figure(), "tree must not be empty"),
        (
            lambda tree: ps.TransmissionTree(tree.table, observed_until="2022-01-09"),
            "observed_until must be at or after",
        ),
        (lambda tree: ps.TransmissionTree(tree.table, draws=tree.table), "draws must be a table with draw"),
        (lambda tree: ps.TransmissionTree(tree.table, assumptions="one"), "assumptions must be a list of sentences"),
        (lambda tree: ps.TransmissionTree(tree.table, delay_days=0), "delay_days must be a whole number"),
    ],
)
def test_what_is_wrong_is_said(tree, call, fault):
    with pytest.raises(ps.DataError, match=fault):
        call(tree)


def test_many_places_are_drawn_by_region():
    rows = [(None, f"p{number}", "2022-01-01", 1.0) for number in range(41)]
    tree = ps.TransmissionTree(table(*rows))
    with pytest.raises(ps.DataError, match="strata must have at most 40 groups to be drawn; got 41 places"):
        tree.figure()
    assert tree.figure(strata={f"p{number}": number % 3 for number in range(41)}).values.loc["outside"].sum() == 41
    with pytest.raises(ps.DataError, match="at most 40 groups to be drawn; got 41"):
        tree.figure(strata={f"p{number}": number for number in range(41)})


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"source_date": pd.to_datetime([None, None, "2022-01-03", "2022-01-03"])}, "not earlier than B"),
        ({"source_date": [None, None, 1.0, 2.0]}, "column 'source_date' holds float64, not datetime64"),
        (
            {"source_date": pd.to_datetime([None, None, "2022-01-01 10:00", "2022-01-03 00:00"])},
            "'source_date' has .*time of day",
        ),
        ({"date": [1.0, np.inf, np.inf, 6.0], "source_date": np.nan}, "'date' has missing numbers, or numbers beyond"),
    ],
)
def test_dates_of_sources_are_checked(change, fault):
    with pytest.raises(ps.SchemaError, match=fault):
        ps.TransmissionTree(SPELLS.assign(**change))


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ([("A", "A", "2022-01-01", 0.5)], "follow themselves: A"),
        ([("A", "B", "2022-01-01", 1.5)], "outside 0 to 1 for B"),
        ([("A", "B", "2022-01-01", float("nan"))], "outside 0 to 1 for B"),
        ([("A", "B", "2022-01-01", 0.6), ("C", "B", "2022-01-01", 0.5)], "sum to more than 1 for B"),
        ([("A", "B", "2022-01-01", 0.2), ("A", "B", "2022-01-01", 0.2)], "given more than once for B"),
        ([(None, "B", "2022-01-01", 0.2), (None, "B", "2022-01-01", 0.2)], "given more than once for B"),
        ([("A", "B", "2022-01-01", 0.2), ("C", "B", "2022-01-02", 0.2)], "more than one date for B"),
        ([("A", None, "2022-01-01", 0.2)], "1 rows have no target"),
        ([("A", "B", "2022-01-01 10:00", 0.2)], "dates with a time of day"),
        ([("A", "B", None, 0.2)], "missing dates"),
    ],
)
def test_what_is_no_tree(rows, fault):
    with pytest.raises(ps.SchemaError, match=fault):
        ps.TransmissionTree(table(*rows))


def test_columns_are_checked():
    with pytest.raises(ps.SchemaError, match=r"'date' is missing[^\n]*\n.*'probability' is missing"):
        ps.TransmissionTree(pd.DataFrame({"source": ["A"], "target": ["B"]}))
    rows = table(("A", "B", "2022-01-01", 0.5))
    with pytest.raises(ps.SchemaError, match="not dates without a time zone"):
        ps.TransmissionTree(rows.assign(date="2022-01-01"))
    with pytest.raises(ps.SchemaError, match="not dates without a time zone"):
        ps.TransmissionTree(rows.assign(date=rows["date"].dt.tz_localize("UTC")))
    with pytest.raises(ps.SchemaError, match="not numbers"):
        ps.TransmissionTree(rows.assign(probability="much"))
