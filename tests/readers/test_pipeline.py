"""Shortcuts in reading give the same results as the full checks."""

import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import protestspread as ps
from protestspread.checks import names_are_unique
from protestspread.readers.pipeline import distinct_points
from protestspread.tables import EVENTS

DEGREES = st.one_of(
    st.sampled_from(["", "nan", "inf", "-inf", " 12", "1,000", "0x10", "90", "90.1", "-180", "180.5", "400", "x", "1e308"]),
    st.floats(-200, 200).map(str),
)  # fmt: skip


@pytest.mark.long
@given(st.lists(st.tuples(DEGREES, DEGREES), min_size=1, max_size=6))
def test_points_known_to_be_sound_have_no_fault(rows):
    rows = pd.DataFrame(rows, columns=["lon", "lat"]).assign(date="2022-01-02")
    quick = _faults_of(rows)
    with pytest.MonkeyPatch.context() as patch:
        faults = type(EVENTS).faults
        patch.setattr(type(EVENTS), "faults", lambda table, frame, **_: faults(table, frame))
        assert _faults_of(rows) == quick


def _faults_of(rows):
    try:
        return str(EVENTS.faults(ps.read_events(rows)))
    except ps.SchemaError as fault:
        return str(fault)


@pytest.mark.parametrize(
    ("value", "says"),
    [("nan", "empty geometry"), ("inf", "infinite coordinates"), ("1,000", "not a number"), ("0x10", "not a number")],
)
def test_an_invalid_latitude_is_named(tmp_path, value, says):
    path = tmp_path / "e.csv"
    path.write_text(f'date,lon,lat\n2022-01-02,70,50\n2022-01-02,70,"{value}"\n')
    with pytest.raises(ps.SchemaError, match=says):
        ps.read_events(path)


def test_blanks_around_numbers_and_dates_are_ignored(tmp_path):
    path = tmp_path / "e.csv"
    path.write_text("date,lon,lat\n 2022-01-02 ,70, 12\n2022-01-02,70,12\n")
    events = ps.read_events(path)
    assert events.geometry.y.tolist() == [12, 12]
    assert events["date"].tolist() == [pd.Timestamp("2022-01-02")] * 2


def test_an_unreadable_date_is_shown_once_whatever_its_blanks():
    rows = pd.DataFrame({"date": ["soon", " soon", "soon ", "later"], "lon": 70, "lat": 50})
    with pytest.raises(ps.SchemaError, match=r"in 4 of 4 rows \(.*\): 'soon', 'later'"):
        ps.read_events(rows)


@given(st.lists(st.one_of(st.text(max_size=3), st.none(), st.just(float("nan"))), max_size=8))
def test_names_are_unique_if_a_set_has_as_many(names):
    assert names_are_unique(pd.Index(names, dtype=object)) == (len(set(names)) == len(names))


class _Colliding(str):
    __slots__ = ()

    def __hash__(self):
        return 7


def test_names_with_equal_hashes_are_compared():
    assert names_are_unique(pd.Index([_Colliding("a"), _Colliding("b")], dtype=object))
    assert not names_are_unique(pd.Index([_Colliding("a"), _Colliding("a")], dtype=object))


def test_points_with_equal_longitude_and_latitude_are_fast():
    same = np.random.default_rng(1).uniform(0, 80, 100_000)
    begin = time.process_time()
    points = distinct_points(same, same)
    assert time.process_time() - begin < 2  # complex numbers would take minutes
    assert len(points) == 100_000
