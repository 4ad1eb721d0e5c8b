"""Format numbers, dates and lists for the sentences of results."""

import math
from decimal import Decimal

import pandas as pd


def format_p(p: float) -> str:
    """Format a p-value.

    Examples
    --------
    >>> format_p(0.0312), format_p(3e-20), format_p(float("nan"))
    ('p = 0.031', 'p < 0.001', 'no p-value')
    """
    if math.isnan(p):
        return "no p-value"
    return "p < 0.001" if p < 0.001 else f"p = {p:.2g}"


def format_count(expected: float) -> str:
    """Format an expected count.

    Examples
    --------
    >>> format_count(1234.56), format_count(0.0387)
    ('1,234.6', '0.039')
    """
    return f"{expected:,.1f}" if expected >= 1 or expected == 0 else f"{expected:.2g}"


def format_number(number: float, digits: int = 3) -> str:
    """Format a number to significant digits, without an exponent and with a typographic minus sign.

    Examples
    --------
    >>> format_number(28371.9), format_number(-0.0000991), format_number(-0.1443, 2), format_number(math.inf)
    ('28,400', '−0.0000991', '−0.14', '∞')
    """
    if math.isnan(number):
        return "nan"
    if math.isinf(number):
        return "∞" if number > 0 else "−∞"
    return f"{Decimal(f'{number:.{digits}g}'):,f}".replace("-", "−", 1)


def format_days(count: int) -> str:
    """Format a number of days.

    Examples
    --------
    >>> format_days(1), format_days(1500)
    ('1 day', '1,500 days')
    """
    return "1 day" if count == 1 else f"{count:,} days"


def format_places(count: int) -> str:
    """Format a number of places.

    Examples
    --------
    >>> format_places(1), format_places(42)
    ('1 place', '42 places')
    """
    return "1 place" if count == 1 else f"{count:,} places"


def format_date(day: pd.Timestamp) -> str:
    """Format a date.

    Examples
    --------
    >>> format_date(pd.Timestamp("2022-01-05"))
    '5 January 2022'
    """
    return f"{day.day} {day:%B %Y}"


def format_period(first: pd.Timestamp, last: pd.Timestamp) -> str:
    """Format the first and the last of some days.

    Examples
    --------
    >>> format_period(pd.Timestamp("2022-01-02"), pd.Timestamp("2022-01-08"))
    '2 January 2022 to 8 January 2022'
    >>> format_period(pd.Timestamp("2022-01-02"), pd.Timestamp("2022-01-02"))
    '2 January 2022'
    """
    return format_date(first) if first == last else f"{format_date(first)} to {format_date(last)}"


def as_sentence(text: str) -> str:
    """Return a text with a capital letter and a period.

    Examples
    --------
    >>> as_sentence("no radial front from Zhanaozen")
    'No radial front from Zhanaozen.'
    """
    return f"{text[:1].upper()}{text[1:].removesuffix('.')}."


def join_words(words: list[str], conjunction: str = "and") -> str:
    """Join words with commas and a conjunction.

    Examples
    --------
    >>> join_words(["road", "rail", "oil"])
    'road, rail and oil'
    """
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {conjunction} {words[-1]}"
