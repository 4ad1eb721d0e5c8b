"""Turn columns of text into dates, numbers and flags, naming every row that cannot be turned."""

from collections.abc import Iterable

import pandas as pd

from ..errors import name_some

TRUE, FALSE = {"true", "1", "yes", "t"}, {"false", "0", "no", "f"}


def to_dates(series: pd.Series) -> tuple[pd.Series, list[str]]:
    """Return local dates (with any clock time left in), and what is wrong: unreadable ones, ones with a zone."""
    if isinstance(series.dtype, pd.DatetimeTZDtype):
        return series, ["the dates carry a time zone; give local civil days: .dt.tz_convert(zone).dt.tz_localize(None)"]
    if pd.api.types.is_datetime64_any_dtype(series):
        return series, []
    text = series.astype("string").str.strip()
    zoned = text.str.contains(r"(?:Z|[+-]\d{2}:?\d{2})$", regex=True).fillna(value=False) & text.str.contains(
        ":", regex=False
    ).fillna(value=False)
    parsed = pd.to_datetime(text.mask(zoned), format="ISO8601", errors="coerce")
    unread = parsed.isna() & text.notna() & ~zoned
    faults = []
    if unread.any():
        examples = name_some(dict.fromkeys(repr(v) for v in text[unread]), 3)
        faults.append(
            f"not a date written as 2022-01-31 in {_rows(unread)}: {examples}; pandas.to_datetime(..., format=...) reads others"
        )
    if zoned.any():
        faults.append(f"dates with a time zone in {_rows(zoned)}; give local civil days, without one")
    return parsed, faults


def to_numbers(series: pd.Series) -> tuple[pd.Series, list[str]]:
    """Return numbers, missing where blank, and the rows that hold something else."""
    if pd.api.types.is_numeric_dtype(series) and not pd.api.types.is_bool_dtype(series):
        return series, []
    numbers = pd.to_numeric(series, errors="coerce").astype("Float64").astype(float)
    unread = numbers.isna() & series.notna() & (series.astype("string").str.strip().str.lower() != "nan")
    return numbers, [
        f"not a number in {_rows(unread)}: {name_some(series[unread].map(repr).unique(), 3)}"
    ] if unread.any() else []


def to_flags(series: pd.Series) -> tuple[pd.Series, list[str]]:
    """Return True and False; blank is False; and the rows that hold something else."""
    if pd.api.types.is_bool_dtype(series):
        return series.astype(bool), []
    text = series.astype("string").str.strip().str.lower()
    unread = text.notna() & ~text.isin(TRUE | FALSE)
    return text.isin(TRUE).fillna(value=False).astype(bool), [
        f"neither true nor false in {_rows(unread)}"
    ] if unread.any() else []


def turn(
    frame: pd.DataFrame, *, numbers: Iterable[str] = (), flags: Iterable[str] = (), dates: Iterable[str] = ()
) -> tuple[pd.DataFrame, list[str]]:
    """Turn the named columns that are there; all other text columns become plain text. Return the table and all faults."""
    frame, faults = frame.copy(), []
    for names, how in ((numbers, to_numbers), (flags, to_flags), (dates, to_dates)):
        for name in names:
            if name in frame:
                frame[name], wrong = how(frame[name])
                faults += [f"column '{name}': {fault}" for fault in wrong]
    for name in frame.columns:
        if isinstance(frame[name].dtype, pd.StringDtype):
            frame[name] = frame[name].astype(object).where(frame[name].notna(), None)
    return frame, faults


def _rows(which: pd.Series) -> str:
    return f"{int(which.sum())} of {len(which)} rows ({name_some(which.index[which.to_numpy(dtype=bool)])})"
