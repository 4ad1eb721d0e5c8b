import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protestspread.readers.columns import to_booleans, to_dates, to_numbers, to_text
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
