"""The checks of arguments: each kind with valid values, wrong types, ends of the range, and several faults at once."""

from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest

import protestspread as ps
from protestspread.arguments import Arguments


def one(method, value, **options):
    with Arguments() as check:
        return getattr(check, method)("x", value, **options)


@pytest.mark.parametrize("value", [0, 0.5, np.float32(0.5), np.int8(1), 1])
def test_numbers(value):
    assert one("number", value, at_least=0, at_most=1) == value


@pytest.mark.parametrize("value", ["0", True, np.True_, None, np.nan, np.inf, -0.1, 1.1, [1], pd.NA, pd.NaT, 1j])
def test_no_numbers(value):
    with pytest.raises(ps.DataError, match=r"^x must be a number from 0 to 1; got"):
        one("number", value, at_least=0, at_most=1)


def test_above_excludes_its_end():
    with pytest.raises(ps.DataError, match=r"^x must be a number above 0; got 0$"):
        one("number", 0, above=0)
    assert one("number", None, above=0, optional=True) is None


@pytest.mark.parametrize("value", [1, np.int64(1), np.uint8(1)])
def test_whole_numbers(value):
    assert type(one("whole", value, at_least=1)) is int


@pytest.mark.parametrize("value", [1.0, "1", True, 0, None, np.float64(1), np.nan])
def test_no_whole_numbers(value):
    with pytest.raises(ps.DataError, match=r"^x must be a whole number of at least 1; got"):
        one("whole", value, at_least=1)


@pytest.mark.parametrize(
    "value",
    [
        "2022-01-03",
        " 2022-01-03 ",
        "2022-01-03 17:30",
        "2022-01-03T17:30:05",
        date(2022, 1, 3),
        datetime.fromisoformat("2022-01-03T17:00"),
        pd.Timestamp("2022-01-03 23:59"),
        np.datetime64("2022-01-03"),
    ],
)
def test_days(value):
    assert one("day", value) == pd.Timestamp("2022-01-03")


@pytest.mark.parametrize(
    "value",
    ["03.01.2022", "1/3/2022", 20220103, 1.5, "garbage", "", pd.NaT, None, "2022-13-01", "2022-02-30", True, "2022", "9999-01-01",
     pd.Timestamp("2022-01-03", tz="UTC"), np.datetime64("NaT"), ["2022-01-03"], date.min],
)  # fmt: skip
def test_nothing_is_guessed_about_dates(value):
    with pytest.raises(ps.DataError, match=r"^x must be a (local )?date"):
        one("day", value)


def test_moments_keep_the_time_of_day():
    assert one("moment", "2022-01-03 17:30") == pd.Timestamp("2022-01-03 17:30")


@pytest.mark.parametrize("call", [
    lambda junk: ps.match_places(junk, ps.load_case("kazakhstan_2022").cities),
    lambda junk: ps.match_places(["Oral"], ps.load_case("kazakhstan_2022").cities, regions=junk),
    lambda junk: ps.count_event_files(junk, ps.load_case("kazakhstan_2022").regions),
    lambda junk: ps.deduplicate(ps.load_case("kazakhstan_2022").events, within_km=1, same=junk),
])  # fmt: skip
def test_an_array_without_a_dimension_is_no_list(call):
    with pytest.raises(ps.ProtestSpreadError, match=r"must be|array"):
        call(np.array(2))


def test_words_and_flags():
    assert one("choice", "a", choices=["a", "b"]) == "a"
    with pytest.raises(ps.DataError, match=r"^x must be 'a', 'b' or None; got 3$"):
        one("choice", 3, choices=["a", "b"], optional=True)
    assert one("flag", np.True_) is True
    with pytest.raises(ps.DataError, match=r"^x must be True or False; got 1$"):
        one("flag", 1)
    with pytest.raises(ps.DataError, match=r"^x must be text that is not blank; got ' '$"):
        one("text", " ")


def test_all_faults_at_once_and_errors_within_the_block_are_not_hidden():
    with pytest.raises(ps.DataError) as told, Arguments(fix="see the docs") as check:
        check.number("a", "x")
        check.instance("b", 3, str, "a str")
        check.fault("c is wrong")
    assert str(told.value).splitlines()[0] == "a, b and c are not valid:"
    assert told.value.fix == "see the docs"
    with pytest.raises(ZeroDivisionError), Arguments() as check:
        check.number("a", "x")
        1 / 0  # noqa: B018
