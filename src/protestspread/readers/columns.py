"""Convert columns of text to dates, numbers and booleans, and name every row that cannot be converted.

Columns of a million rows hold few distinct dates and names, so the slow steps run once per distinct value.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ..errors import shorten_list
from ..faults import Fault
from .sources.date_formats import ISO, DateFormat, fitting_patterns

TRUE, FALSE = {"true", "1", "yes", "t"}, {"false", "0", "no", "f"}


def to_dates(series: pd.Series, date_format: DateFormat = ISO) -> tuple[pd.Series, list[Fault]]:
    """Return local dates (clock times included), and the faults: unreadable dates and dates with a time zone."""
    if isinstance(series.dtype, pd.DatetimeTZDtype):
        return series, [
            Fault("the dates carry a time zone; convert to local dates: .dt.tz_convert(zone).dt.tz_localize(None)")
        ]
    if pd.api.types.is_datetime64_any_dtype(series):
        return series, []
    codes, distinct = _distinct_texts(series)
    texts = _strip(distinct)
    zoned = texts.str.contains(r":.*(?:Z|[+-]\d{2}:?\d{2})$", regex=True).fillna(value=False).to_numpy(dtype=bool)
    moments = date_format.read(texts.mask(zoned))
    parsed = pd.Series(moments.array.take(codes, allow_fill=True), index=series.index, name=series.name, copy=False)
    unread, with_zone = parsed.isna().to_numpy() & _take(texts.notna().to_numpy(dtype=bool), codes), _take(zoned, codes)
    unread &= ~with_zone
    faults = []
    if unread.any():
        examples = shorten_list(map(repr, texts[np.unique(codes[unread])].unique()), 3)
        more = _date_hint(texts[np.unique(codes[unread])], date_format)
        what = f"not a date written as {date_format.example}"
        faults.append(Fault.at(what, series.index, unread, f": {examples}{more}"))
    if with_zone.any():
        faults.append(Fault.at("dates with a time zone", series.index, with_zone, "; write local dates without a zone"))
    return parsed, faults


def _date_hint(texts: pd.Series, date_format: DateFormat) -> str:
    """Return how to read dates in another format."""
    if not date_format.may_be_told:
        return "; convert other formats with pandas.to_datetime(..., format=...)" if date_format is ISO else ""
    patterns = fitting_patterns(texts)
    if not patterns:
        return "; pass their format, as in date_format='%d.%m.%Y'"
    proposals = " or ".join(f"date_format={pattern!r}" for pattern in patterns[:3])
    return f"; pass {proposals}{', whichever the table uses' if len(patterns) > 1 else ''}"


def to_numbers(series: pd.Series) -> tuple[pd.Series, list[Fault]]:
    """Return numbers, missing where blank, and the faults: values that are not numbers."""
    if pd.api.types.is_numeric_dtype(series) and not pd.api.types.is_bool_dtype(series):
        return series, []
    numbers = _cast_numbers(series)
    if numbers is not None:
        return numbers, []
    codes, distinct = _distinct_texts(series)
    text = _strip(distinct)
    parsed = pd.to_numeric(text.astype(object), errors="coerce").astype("Float64").astype(float)
    values = np.append(parsed.to_numpy(dtype=float), np.nan)[codes]
    numbers = pd.Series(values, index=series.index, name=series.name, copy=False)
    unread = _take((parsed.isna() & text.notna() & (text.str.lower() != "nan")).to_numpy(dtype=bool), codes)
    if not unread.any():
        return numbers, []
    return numbers, [Fault.at("not a number", series.index, unread, f": {_examples(series[unread])}")]


def to_counts(series: pd.Series) -> tuple[pd.Series, list[Fault]]:
    """Return numbers of people, and the faults; 1.000, 1,000, 1 000 and 1'000 are a thousand.

    A point or comma before three digits could also mark a fraction. It is read as a mark of thousands, because persons are
    whole, unless the column has other numbers that it marks as fractions (2.5) or has both marks; then it is a fault.
    """
    if pd.api.types.is_numeric_dtype(series) or _are_whole(series):
        return to_numbers(series)
    codes, distinct = _distinct_texts(series)
    texts = _strip(distinct)
    mark = texts.str.extract(_GROUPED)[0]
    grouped = mark.notna().to_numpy(dtype=bool)
    if not grouped.any():
        return to_numbers(series)
    single = texts.str.fullmatch(r"\d+[.,]\d{3}").fillna(value=False).to_numpy(dtype=bool) & grouped
    fractions = texts.str.contains(r"\d[.,]\d", regex=True).fillna(value=False).to_numpy(dtype=bool) & ~grouped
    unsure = single & bool(fractions.any() or len({*mark[grouped]} & {".", ","}) > 1)
    plain = texts.where(~grouped, texts.str.replace(r"[^\d]", "", regex=True))
    distinct_numbers, faults = to_numbers(plain.where(~unsure))
    values = np.append(distinct_numbers.to_numpy(dtype=float), np.nan)[codes]
    numbers = pd.Series(values, index=series.index, name=series.name, copy=False)
    if faults:
        bad = _take(np.asarray(faults[0].rows, dtype=bool), codes)
        faults = [Fault.at("not a number", series.index, bad, f": {_examples(series[bad])}")]
    if unsure.any():
        bad = _take(unsure, codes)
        what = "a number that may be thousands or a fraction"
        faults.append(Fault.at(what, series.index, bad, f": {_examples(series[bad])}; write thousands without a mark"))
    return numbers, faults


_GROUPED = re.compile(r"^[1-9]\d{0,2}([.,'\u2019 \u00a0\u2009\u202f])\d{3}(?:\1\d{3})*$")
_WRITTEN_PLAINLY = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?"


def _are_whole(series: pd.Series) -> bool:
    """Return whether an Arrow column holds whole numbers only, the common case."""
    texts = arrow_texts(series)
    try:
        return texts is not None and pc.cast(texts, pa.int64()) is not None
    except pa.ArrowInvalid:
        return False


def to_plain_numbers(series: pd.Series) -> pd.Series:
    """Return a column of text as numbers if all of it are numbers, without leading zeros; else return it unchanged."""
    if pd.api.types.is_numeric_dtype(series):
        return series
    some = series.iloc[:1000].dropna().astype("string")
    if not some.str.fullmatch(_WRITTEN_PLAINLY).all() or series.isna().all():
        return series
    whole_numbers = _whole_numbers(series)
    if whole_numbers is not None:
        return whole_numbers
    codes, distinct = pd.factorize(series)
    texts = pd.Series(distinct, dtype="string")
    if texts.empty or not texts.str.fullmatch(_WRITTEN_PLAINLY).all():
        return series
    numbers = pd.to_numeric(texts.astype(object), errors="coerce").to_numpy(dtype=float)
    if (np.abs(numbers) >= _MOST_EXACT).any():  # such as ids that a float would round
        return series
    values = np.append(numbers, np.nan)[codes]
    whole = not (codes < 0).any() and not texts.str.contains(".", regex=False).any()
    return pd.Series(values.astype(np.int64) if whole else values, index=series.index, name=series.name, copy=False)


_MOST_EXACT = 2**53
_POWERS_OF_TEN = 10 ** np.arange(1, 16)


def _whole_numbers(series: pd.Series) -> pd.Series | None:
    """Return an Arrow column of plainly written whole numbers, none missing, as integers; None for any other column."""
    texts = arrow_texts(series)
    if texts is None or texts.null_count:
        return None
    try:
        numbers = pc.cast(texts, pa.int64()).to_numpy()
    except pa.ArrowInvalid:
        return None
    digits = np.searchsorted(_POWERS_OF_TEN, np.abs(numbers), side="right") + 1 + (numbers < 0)
    if (pc.utf8_length(texts).to_numpy() != digits).any():  # leading zeros, or too many digits
        return None
    return pd.Series(numbers, index=series.index, name=series.name, copy=False)


def _own_column(series: pd.Series) -> pd.Series:
    """Return a column of the user's own as numbers, or as pandas' usual type of text."""
    numbers = to_plain_numbers(series)
    texts = arrow_texts(numbers)
    if texts is None:
        return numbers
    return pd.Series(_STR.__from_arrow__(texts), index=series.index, name=series.name, copy=False)


_STR: Any = pd.StringDtype("pyarrow", na_value=np.nan)


def id_texts(series: pd.Series) -> pd.Series:
    """Return ids as text without blanks around them, missing where blank; whole numbers stored as 12.0 become "12"."""
    numbers = series
    if pd.api.types.is_float_dtype(series):
        values = series.to_numpy(dtype=float, na_value=np.nan)
        whole = (values == np.floor(values)) & (np.abs(values) < _MOST_EXACT)
        if (whole | np.isnan(values)).all():
            numbers = series.astype("Int64")
    texts = _strip(numbers)
    first, whole = texts.iloc[:1000].dropna(), r"\d+\.0"
    if not first.empty and first.str.fullmatch(whole).all() and texts.dropna().str.fullmatch(whole).all():
        texts = texts.str.removesuffix(".0")
    return texts


def _examples(series: pd.Series) -> str:
    return shorten_list(dict.fromkeys(map(repr, series.head(1000))), 3)


def to_booleans(series: pd.Series) -> tuple[pd.Series, list[Fault]]:
    """Return booleans, False where blank, and the faults: values that are neither true nor false."""
    if pd.api.types.is_bool_dtype(series):
        return series.astype(bool), []
    text = _strip(series).str.lower()
    unread = (text.notna() & ~text.isin(TRUE | FALSE)).to_numpy(dtype=bool)
    return text.isin(TRUE).fillna(value=False).astype(bool), [
        Fault.at("neither true nor false", series.index, unread)
    ] if unread.any() else []


def to_text(series: pd.Series) -> pd.Series:
    """Return a pandas string column as Python strings, None where missing; equal values share one object."""
    if not isinstance(series.dtype, pd.StringDtype):
        return series
    texts = arrow_texts(series)
    if texts is None:
        plain = series.astype(object)
        return plain.where(plain.notna(), None)
    if len(texts.slice(0, 1000).unique()) > 500:
        values = texts.to_numpy(zero_copy_only=False)
    else:
        codes, distinct = pd.factorize(series)
        values = np.array([*distinct, None], dtype=object)[codes]  # a missing value has code -1, the last entry
    return pd.Series(values, index=series.index, name=series.name, dtype=object, copy=False)


def convert_columns(
    frame: pd.DataFrame,
    *,
    numbers: Iterable[str] = (),
    counts: Iterable[str] = (),
    booleans: Iterable[str] = (),
    dates: Iterable[str] = (),
    date_format: DateFormat = ISO,
) -> tuple[pd.DataFrame, list[Fault]]:
    """Return a copy with the named columns converted and all other text as Python strings, and the faults."""
    return convert_in_place(
        frame.copy(), numbers=numbers, counts=counts, booleans=booleans, dates=dates, date_format=date_format
    )


def convert_in_place(
    frame: pd.DataFrame,
    *,
    numbers: Iterable[str],
    counts: Iterable[str],
    booleans: Iterable[str],
    dates: Iterable[str],
    date_format: DateFormat,
    parse: Iterable[str] = (),
) -> tuple[pd.DataFrame, list[Fault]]:
    """Convert the columns of a table in place, because copying a million rows takes half as long as converting them.

    Columns in `parse` become numbers if all of their values are numbers.
    """
    converters: dict[str, Callable[[pd.Series], tuple[pd.Series, list[Fault]]]] = {
        name: lambda series: (to_text(series), []) for name in text_columns(frame)
    }
    converters |= dict.fromkeys(parse, lambda series: (_own_column(series), []))
    converters |= dict.fromkeys(booleans, to_booleans) | dict.fromkeys(numbers, to_numbers)
    converters |= dict.fromkeys(counts, to_counts)
    converters |= dict.fromkeys(dates, lambda series: to_dates(series, date_format))
    names = [name for name in dict.fromkeys([*dates, *numbers, *counts, *booleans, *converters]) if name in frame]
    faults = []
    for name in names:  # one after the other: in threads they took no less time, and a tenth more memory
        frame[name], column_faults = converters[name](frame[name])
        faults += [fault.of(name) for fault in column_faults]
    return frame, faults


def text_columns(frame: pd.DataFrame) -> list[str]:
    """Return the names of the columns with a pandas string dtype."""
    return [name for name in frame.columns if isinstance(frame[name].dtype, pd.StringDtype)]


def _distinct_texts(series: pd.Series) -> tuple[npt.NDArray[np.int64], pd.Series]:
    """Return the code of each row and the distinct texts; missing values have the code -1."""
    if series.dtype == object and pd.api.types.infer_dtype(series, skipna=True) == "string":
        codes, distinct = pd.factorize(series)  # without a second copy of the texts
    else:
        codes, distinct = pd.factorize(series.astype("string"))
    return codes, pd.Series(distinct, dtype="string")


def _strip(series: pd.Series) -> pd.Series:
    text = series.astype("string").str.strip()
    empty = text == ""  # an empty field or string is a missing value
    return text.mask(empty) if empty.any() else text


def arrow_texts(series: pd.Series) -> pa.ChunkedArray | None:
    """Return the Arrow array behind a column, or None if it has none."""
    if not (isinstance(series.dtype, pd.StringDtype) and series.dtype.storage == "pyarrow"):
        return None
    texts = pa.array(series.array)
    return texts if isinstance(texts, pa.ChunkedArray) else pa.chunked_array([texts])


def _cast_numbers(series: pd.Series) -> pd.Series | None:
    """Cast an Arrow column of text to numbers; return None if any value is not a plain number."""
    texts = arrow_texts(series)
    if texts is None:
        return None
    try:
        numbers = pc.cast(texts, pa.float64())
    except pa.ArrowInvalid:
        return None
    return pd.Series(numbers.to_numpy(zero_copy_only=False), index=series.index, name=series.name, copy=False)


def _take(values: npt.NDArray[np.bool_], codes: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    return np.append(values, False)[codes]
