"""Turn columns of text into dates, numbers and flags, naming every row that cannot be turned.

Columns of a million rows hold few distinct dates and names: what is slow is done once for each distinct value.
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


def to_dates(series: pd.Series, spelling: DateFormat = ISO) -> tuple[pd.Series, list[Fault]]:
    """Return local dates (with any clock time left in), and what is wrong: unreadable ones, ones with a zone."""
    if isinstance(series.dtype, pd.DatetimeTZDtype):
        return series, [
            Fault("the dates carry a time zone; give local civil days: .dt.tz_convert(zone).dt.tz_localize(None)")
        ]
    if pd.api.types.is_datetime64_any_dtype(series):
        return series, []
    codes, distinct = pd.factorize(series.astype("string"))
    texts = _stripped(pd.Series(distinct, dtype="string"))
    zoned = texts.str.contains(r":.*(?:Z|[+-]\d{2}:?\d{2})$", regex=True).fillna(value=False).to_numpy(dtype=bool)
    moments = spelling.read(texts.mask(zoned))
    parsed = pd.Series(moments.array.take(codes, allow_fill=True), index=series.index, name=series.name, copy=False)
    unread, with_zone = parsed.isna().to_numpy() & _take(texts.notna().to_numpy(dtype=bool), codes), _take(zoned, codes)
    unread &= ~with_zone
    faults = []
    if unread.any():
        examples = shorten_list(map(repr, texts[np.unique(codes[unread])].unique()), 3)
        more = "; pandas.to_datetime(..., format=...) reads others" if spelling is ISO else ""
        what = f"not a date written as {spelling.example}"
        faults.append(Fault.at(what, series.index, unread, f": {examples}{more}"))
    if with_zone.any():
        faults.append(
            Fault.at("dates with a time zone", series.index, with_zone, "; give local civil days, without one")
        )
    return parsed, faults


def to_numbers(series: pd.Series) -> tuple[pd.Series, list[Fault]]:
    """Return numbers, missing where blank, and the rows that hold something else."""
    if pd.api.types.is_numeric_dtype(series) and not pd.api.types.is_bool_dtype(series):
        return series, []
    quick = _cast(series)
    if quick is not None:
        return quick, []
    text = _stripped(series)
    numbers = pd.to_numeric(text.astype(object), errors="coerce").astype("Float64").astype(float)
    unread = (numbers.isna() & text.notna() & (text.str.lower() != "nan")).to_numpy(dtype=bool)
    if not unread.any():
        return numbers, []
    examples = shorten_list(map(repr, series[unread].head(1000).unique()), 3)
    return numbers, [Fault.at("not a number", series.index, unread, f": {examples}")]


def to_flags(series: pd.Series) -> tuple[pd.Series, list[Fault]]:
    """Return True and False; blank is False; and the rows that hold something else."""
    if pd.api.types.is_bool_dtype(series):
        return series.astype(bool), []
    text = _stripped(series).str.lower()
    unread = (text.notna() & ~text.isin(TRUE | FALSE)).to_numpy(dtype=bool)
    return text.isin(TRUE).fillna(value=False).astype(bool), [
        Fault.at("neither true nor false", series.index, unread)
    ] if unread.any() else []


def to_text(series: pd.Series) -> pd.Series:
    """Return a column of pandas' text type as plain Python text, None where missing; equal values are one object."""
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
        values = np.array([*distinct, None], dtype=object)[codes]  # the code of a gap is -1: the last
    return pd.Series(values, index=series.index, name=series.name, dtype=object, copy=False)


def turn(
    frame: pd.DataFrame,
    *,
    numbers: Iterable[str] = (),
    flags: Iterable[str] = (),
    dates: Iterable[str] = (),
    spelling: DateFormat = ISO,
) -> tuple[pd.DataFrame, list[Fault]]:
    """Turn the named columns that are there; all other text columns become plain text. Return the table and all faults."""
    return turn_in_place(frame.copy(), numbers=numbers, flags=flags, dates=dates, spelling=spelling)


def turn_in_place(
    frame: pd.DataFrame, *, numbers: Iterable[str], flags: Iterable[str], dates: Iterable[str], spelling: DateFormat
) -> tuple[pd.DataFrame, list[Fault]]:
    """Do as `turn` to a table of one's own: a copy of a million rows takes as long as half of the turning."""
    ways: dict[str, Callable[[pd.Series], tuple[pd.Series, list[Fault]]]] = {
        name: lambda series: (to_text(series), []) for name in texts_of(frame)
    }
    ways |= dict.fromkeys(flags, to_flags) | dict.fromkeys(numbers, to_numbers)
    ways |= dict.fromkeys(dates, lambda series: to_dates(series, spelling))
    names = [name for name in dict.fromkeys([*dates, *numbers, *flags, *ways]) if name in frame]
    faults = []
    for name, (turned, wrong) in zip(
        names, map_threads(lambda name: ways[name](frame[name]), names, len(frame)), strict=True
    ):
        frame[name] = turned
        faults += [fault.of(name) for fault in wrong]
    return frame, faults


def texts_of(frame: pd.DataFrame) -> list[str]:
    """Return the columns of pandas' text type."""
    return [name for name in frame.columns if isinstance(frame[name].dtype, pd.StringDtype)]


def _stripped(series: pd.Series) -> pd.Series:
    text = series.astype("string").str.strip()
    return text.mask(text == "")  # an empty field of a CSV is missing; so is an empty text in a frame


def arrow_texts(series: pd.Series) -> pa.ChunkedArray | None:
    """Return the Arrow text below a column, where there is some."""
    if not (isinstance(series.dtype, pd.StringDtype) and series.dtype.storage == "pyarrow"):
        return None
    texts = pa.array(series.array)
    return texts if isinstance(texts, pa.ChunkedArray) else pa.chunked_array([texts])


def _cast(series: pd.Series) -> pd.Series | None:
    """Turn a column of text into numbers at once; None where some value is not plainly a number."""
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
