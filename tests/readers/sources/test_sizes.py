import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protestspread.readers.sources.acled import size_tags
from protestspread.readers.sources.sizes import fill_sizes, parse_size, parse_sizes

NAN = np.nan


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("500", 500, 500),
        ("about 500", 500, 500),
        ("around 1,500 people", 1500, 1500),
        ("1 500", 1500, 1500),
        ("an estimated 12,000", 12000, 12000),
        ("at least 100", 100, NAN),
        ("more than 2 thousand", 2000, NAN),
        ("over a dozen", 12, NAN),
        ("50+", 50, NAN),
        (">1000", 1000, NAN),
        ("50 or more", 50, NAN),
        ("less than 50", NAN, 50),
        ("up to 2 thousand", NAN, 2000),
        ("as many as 300", NAN, 300),
        ("between 100 and 200", 100, 200),
        ("200 to 100", 100, 200),
        ("100–200", 100, 200),
        ("10 000-15 000", 10000, 15000),
        ("2-3 thousand", 2000, 3000),
        ("between two and three hundred", 200, 300),
        ("500 to 2 thousand", 500, 2000),
        ("at least 100 but fewer than 200", 100, 200),
        ("dozens", 12, NAN),
        ("hundreds", 100, NAN),
        ("several hundred", 200, NAN),
        ("thousands of people", 1000, NAN),
        ("tens of thousands", 10000, NAN),
        ("hundreds of thousands", 100000, NAN),
        ("1000s", 1000, NAN),
        ("hundreds to thousands", 100, NAN),
        ("a hundred", 100, 100),
        ("half a million", 500000, 500000),
        ("twenty five", 25, 25),
        ("0", 0, 0),
    ],
)
def test_sizes(text, low, high):
    np.testing.assert_array_equal(parse_size(text), (low, high))
    np.testing.assert_array_equal(parse_size(f"  {text.upper()} "), (low, high))


@pytest.mark.parametrize(
    "text",
    ["", "no report", "unknown", "large", "five buses", "300 families", "two hundred and fifty", "100, 200", "1e5", "-5", "1" * 40,
     "up to several hundred", "2 groups of 50", "100 and 200", "half", "x" * 10_000, "between 1 and", "100 200 300"],
)  # fmt: skip
def test_ambiguous_sizes_are_missing(text):
    np.testing.assert_array_equal(parse_size(text), (NAN, NAN))


@given(st.integers(0, 10**8), st.integers(0, 10**8))
def test_numbers_are_read_as_they_are_written(one, other):
    low, high = sorted((one, other))
    assert parse_size(f"between {one:,} and {other:,}") == (low, high)
    assert parse_size(f"about {one}") == (one, one)


@given(st.text(max_size=60))
def test_any_text_gives_two_numbers_in_order_or_none(text):
    low, high = parse_size(text)
    assert not low > high
    assert all(np.isnan(bound) or 0 <= bound <= 1e8 for bound in (low, high))


def test_a_column_is_parsed_like_its_texts():
    texts = pd.Series(["hundreds", None, "about 5", "hundreds"], index=["a", "a", "b", None])
    bounds = parse_sizes(texts)
    np.testing.assert_array_equal(bounds["size_low"], [100, NAN, 5, 100])
    np.testing.assert_array_equal(bounds["size_high"], [NAN, NAN, 5, NAN])


def test_tags():
    texts = pd.Series(
        [
            "crowd size=about 5",
            "a; crowd size=no report;b",
            "It grew. [size=10] [Size = 20]",
            "size matters",
            None,
            "[size=]",
        ]
    )
    assert size_tags(texts).tolist() == ["about 5", "no report", "10 to 20", None, None, None]


@pytest.mark.parametrize(
    ("text", "bounds"),
    [
        ("1.500", (1500, 1500)), ("about 1.000", (1000, 1000)), ("1.000 - 2.000", (1000, 2000)), ("1.250 million", (1_250_000, 1_250_000)),
        ("1.5 thousand", (1500, 1500)), ("1.000.000", (1e6, 1e6)), ("0.500", (0.5, 0.5)), ("2.500+", (2500, None)),
    ],
)  # fmt: skip
def test_a_point_before_three_digits_marks_thousands_but_not_before_a_unit(text, bounds):
    assert tuple(None if np.isnan(bound) else bound for bound in parse_size(text)) == bounds


def test_sizes_in_words_fill_in_where_there_are_no_numbers():
    rows = pd.DataFrame({"size_text": ["50 - 100", "500+", "about 300", None], "size_low": ["7", "", "x", None]})
    filled = fill_sizes(rows.copy())
    assert filled["size_low"].tolist()[:3] == ["7", 500, "x"]  # a value that cannot be read stays, to be named
    assert [None if pd.isna(size) else size for size in filled["size_high"]] == [None, None, None, None]
    assert fill_sizes(rows[["size_text"]].copy())["size_high"].tolist()[:1] == [100]
