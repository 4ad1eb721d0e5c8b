import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protestspread.readers.columns import (
    id_texts,
    to_booleans,
    to_counts,
    to_dates,
    to_numbers,
    to_plain_numbers,
    to_text,
)
from protestspread.readers.sources.date_formats import AMERICAN, ISO, NAMED_MONTHS


@pytest.mark.parametrize(
    ("text", "date_format"),
    [
        ("2022-01-02", ISO), ("20220102", ISO), ("2022/01/02", ISO), (" 2022-01-02 ", ISO), ("2022-01-02 00:00:00.000", ISO),
        ("02 January 2022", NAMED_MONTHS), ("2 January 2022", NAMED_MONTHS), ("02-Jan-22", NAMED_MONTHS), ("2-January-2022", NAMED_MONTHS),
        ("2 JAN 2022", NAMED_MONTHS), ("2022-01-02", NAMED_MONTHS), ("1/2/2022", AMERICAN), ("01/02/2022", AMERICAN), ("2022-01-02", AMERICAN),
    ],
)  # fmt: skip
def test_date_formats(text, date_format):
    dates, faults = to_dates(pd.Series([text, None, text]), date_format)
    assert faults == []
    assert dates.tolist()[0] == pd.Timestamp("2022-01-02") == dates.tolist()[2]
    assert pd.isna(dates.tolist()[1])


@pytest.mark.parametrize("text", ["2022", "2022-01", "2022-1-2", "1/2/2022", "0000-01-01", "0001-01-01", "1699-12-31", "2200-01-01", "9999-12-31",
                                  "2022-02-30", "2022-01-02Z", "2022-01-02T25:00", "now", "10000-01-01", "2022/01-02", "99999999"])  # fmt: skip
def test_texts_that_are_no_date(text):
    dates, faults = to_dates(pd.Series([text]))
    assert dates.isna().all()
    assert [fault.rows.tolist() for fault in faults] == [[True]]


@given(st.dates(pd.Timestamp("1970-01-01").date(), pd.Timestamp("2068-12-31").date()))
def test_every_day_can_be_written_with_the_name_of_its_month(day):
    month = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ][day.month - 1]
    texts = [f"{day.day} {month} {day.year}", f"{day.day:02d}-{month[:3]}-{day.year % 100:02d}", day.isoformat()]
    dates, faults = to_dates(pd.Series(texts), NAMED_MONTHS)
    assert faults == []
    assert dates.dt.date.tolist() == [day] * 3


@pytest.mark.parametrize("dtype", ["object", "string", pd.StringDtype("pyarrow")])
def test_numbers_booleans_and_text_of_every_text_dtype(dtype):
    texts = pd.Series(["1", " 2.5", None, "x", "nan"], dtype=dtype)
    numbers, faults = to_numbers(texts)
    assert numbers.tolist()[:2] == [1, 2.5]
    assert numbers.isna().tolist() == [False, False, True, True, True]
    assert [(str(fault), fault.rows.tolist()) for fault in faults] == [
        ("not a number in 1 of 5 rows (3): 'x'", [False, False, False, True, False])
    ]
    booleans, faults = to_booleans(pd.Series(["yes", "FALSE", None, "2"], dtype=dtype))
    assert booleans.tolist() == [True, False, False, False]
    assert faults[0].rows.tolist() == [False, False, False, True]
    plain = to_text(texts)
    assert plain.tolist() == texts.astype(object).where(texts.notna(), None).tolist()
    assert plain.dtype == object


def test_equal_texts_share_one_object():
    texts = to_text(pd.Series([f"country {i % 2}" for i in range(50)], dtype=pd.StringDtype("pyarrow")))
    assert texts.iloc[0] is texts.iloc[2]


@pytest.mark.parametrize(
    ("texts", "numbers"),
    [
        (["1.000", "1.500", "30"], [1000, 1500, 30]), (["1,000", "12,345,678"], [1000, 12_345_678]), (["1 000", "2\u00a0500", None], [1000, 2500, None]),
        (["1'000", "1’500"], [1000, 1500]), (["1.000.000", "5"], [1_000_000, 5]), (["0.5", "2.25"], [0.5, 2.25]), (["100.0", "5.0"], [100, 5]),
        ([" 7 ", ""], [7, None]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("dtype", ["object", pd.StringDtype("pyarrow")])
def test_numbers_of_people_with_marks_of_thousands(texts, numbers, dtype):
    read, faults = to_counts(pd.Series(texts, dtype=dtype))
    assert faults == []
    assert [None if pd.isna(number) else number for number in read] == numbers


@pytest.mark.parametrize(
    ("texts", "bad"),
    [
        (["1.500", "2.5", "7"], [True, False, False]), (["1.000", "1,000", "3"], [True, True, False]), (["1.000", "33.333333", "1"], [True, False, False]),
        (["1.500", "0.500"], [True, False]),
    ],
)  # fmt: skip
def test_a_mark_that_may_be_thousands_or_a_fraction_is_a_fault(texts, bad):
    read, faults = to_counts(pd.Series(texts, dtype="string"))
    assert [fault.rows.tolist() for fault in faults] == [bad]
    assert "may be thousands or a fraction" in faults[0]
    assert read.isna().tolist() == bad


@given(st.lists(st.integers(0, 10**9), min_size=1), st.sampled_from([".", ",", " ", "'"]))
def test_every_whole_number_is_read_with_its_marks(numbers, mark):
    read, faults = to_counts(pd.Series([f"{number:,}".replace(",", mark) for number in numbers], dtype="string"))
    assert faults == []
    assert read.tolist() == numbers


@given(st.lists(st.one_of(st.integers(-(10**6), 10**6).map(str), st.just("0.5"), st.none()), min_size=1))
def test_plain_numbers_are_recognized(texts):
    read = to_plain_numbers(pd.Series(texts, dtype="string"))
    assert pd.api.types.is_numeric_dtype(read) == any(text is not None for text in texts)
    assert [None if pd.isna(value) else float(value) for value in read] == [
        None if t is None else float(t) for t in texts
    ]


@given(
    st.lists(
        st.one_of(
            st.integers(-(2**60), 2**60).map(str), st.sampled_from(["007", "-0", "0", "10", "99", "1000000000000000"])
        ),
        min_size=1,
    )
)
def test_numbers_cast_by_arrow_are_those_of_any_other_column(texts):
    by_arrow = to_plain_numbers(pd.Series(texts, dtype="string[pyarrow]"))
    pd.testing.assert_series_equal(
        by_arrow.astype(object), to_plain_numbers(pd.Series(texts, dtype=object)).astype(object)
    )


@pytest.mark.parametrize("code", ["007", "1e5", "0x10", "nan", "inf", "1 000", "+1", "1.", "9" * 17, "-007", "x", ""])
def test_codes_are_no_numbers(code):
    series = pd.Series(["1", code], dtype="string")
    assert to_plain_numbers(series) is series


@pytest.mark.parametrize(
    ("ids", "texts"),
    [
        (pd.Series([12.0, None]), ["12", None]), (pd.Series([12.5, 13.0]), ["12.5", "13.0"]), (pd.Series(["12.0", "7.0"]), ["12", "7"]),
        (pd.Series(["12.0", "A"]), ["12.0", "A"]), (pd.Series([" a ", ""]), ["a", None]), (pd.Series([12, 7]), ["12", "7"]),
    ],
)  # fmt: skip
def test_ids_as_text(ids, texts):
    assert [None if pd.isna(text) else text for text in id_texts(ids)] == texts
