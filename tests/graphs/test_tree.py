"""The tree: possible parents with probabilities, never one certain one."""

import pandas as pd
import pytest

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
