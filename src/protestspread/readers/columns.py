"""Convert columns of text to dates, numbers and booleans, and name every row that cannot be converted.

Columns of a million rows hold few distinct dates and names, so the slow steps run once per distinct value.
"""

from collections.abc import Callable, Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ..checks import Fault
from ..errors import shorten_list
from ..parallel import map_threads
from .sources.date_formats import ISO, DateFormat

TRUE, FALSE = {"true", "1", "yes", "t"}, {"false", "0", "no", "f"}


def to_dates(series: pd.Series, date_format: DateFormat = ISO) -> tuple[pd.Series, list[Fault]]:
    """Return local dates (clock times included), and the faults: unreadable dates and dates with a time zone."""
    if isinstance(series.dtype, pd.DatetimeTZDtype):
        return series, [
            Fault("the dates carry a time zone; convert to local dates: .dt.tz_convert(zone).dt.tz_localize(None)")
        ]
    if pd.api.types.is_datetime64_any_dtype(series):
        return series, []
    codes, distinct = pd.factorize(series.astype("string"))
    texts = _strip(pd.Series(distinct, dtype="string"))
    zoned = texts.str.contains(r":.*(?:Z|[+-]\d{2}:?\d{2})$", regex=True).fillna(value=False).to_numpy(dtype=bool)
    moments = date_format.read(texts.mask(zoned))
    parsed = pd.Series(moments.array.take(codes, allow_fill=True), index=series.index, name=series.name, copy=False)
    unread, with_zone = parsed.isna().to_numpy() & _take(texts.notna().to_numpy(dtype=bool), codes), _take(zoned, codes)
    unread &= ~with_zone
    faults = []
    if unread.any():
        examples = shorten_list(map(repr, texts[np.unique(codes[unread])].unique()), 3)
        more = "; convert other formats with pandas.to_datetime(..., format=...)" if date_format is ISO else ""
        what = f"not a date written as {date_format.example}"
        faults.append(Fault.at(what, series.index, unread, f": {examples}{more}"))
    if with_zone.any():
        faults.append(Fault.at("dates with a time zone", series.index, with_zone, "; write local dates without a zone"))
    return parsed, faults


def to_numbers(series: pd.Series) -> tuple[pd.Series, list[Fault]]:
    """Return numbers, missing where blank, and the faults: values that are not numbers."""
    if pd.api.types.is_numeric_dtype(series) and not pd.api.types.is_bool_dtype(series):
        return series, []
    numbers = _cast_numbers(series)
    if numbers is not None:
        return numbers, []
    text = _strip(series)
    numbers = pd.to_numeric(text.astype(object), errors="coerce").astype("Float64").astype(float)
    unread = (numbers.isna() & text.notna() & (text.str.lower() != "nan")).to_numpy(dtype=bool)
    if not unread.any():
        return numbers, []
    examples = shorten_list(map(repr, series[unread].head(1000).unique()), 3)
    return numbers, [Fault.at("not a number", series.index, unread, f": {examples}")]


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
    booleans: Iterable[str] = (),
    dates: Iterable[str] = (),
    date_format: DateFormat = ISO,
) -> tuple[pd.DataFrame, list[Fault]]:
    """Return a copy with the named columns converted and all other text as Python strings, and the faults."""
    return convert_in_place(frame.copy(), numbers=numbers, booleans=booleans, dates=dates, date_format=date_format)


def convert_in_place(
    frame: pd.DataFrame,
    *,
    numbers: Iterable[str],
    booleans: Iterable[str],
    dates: Iterable[str],
    date_format: DateFormat,
) -> tuple[pd.DataFrame, list[Fault]]:
    """Convert the columns of a table in place, because copying a million rows takes half as long as converting them."""
    converters: dict[str, Callable[[pd.Series], tuple[pd.Series, list[Fault]]]] = {
        name: lambda series: (to_text(series), []) for name in text_columns(frame)
    }
    converters |= dict.fromkeys(booleans, to_booleans) | dict.fromkeys(numbers, to_numbers)
    converters |= dict.fromkeys(dates, lambda series: to_dates(series, date_format))
    names = [name for name in dict.fromkeys([*dates, *numbers, *booleans, *converters]) if name in frame]
    faults = []
    for name, (converted, column_faults) in zip(
        names, map_threads(lambda name: converters[name](frame[name]), names, len(frame)), strict=True
    ):
        frame[name] = converted
        faults += [fault.of(name) for fault in column_faults]
    return frame, faults


def text_columns(frame: pd.DataFrame) -> list[str]:
    """Return the names of the columns with a pandas string dtype."""
    return [name for name in frame.columns if isinstance(frame[name].dtype, pd.StringDtype)]


def _strip(series: pd.Series) -> pd.Series:
    text = series.astype("string").str.strip()
    return text.mask(text == "")  # an empty field or string is a missing value


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
