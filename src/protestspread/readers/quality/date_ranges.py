"""Decide what becomes of events that are dated to a range of days."""

import warnings
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from ...errors import DataError, LostEventsWarning, shorten_list
from ...tables import check_events

MOST_ROWS = 20_000_000


def resolve_date_ranges(events: gpd.GeoDataFrame, how: Literal["start", "uniform", "drop"]) -> gpd.GeoDataFrame:
    """Turn events dated to a range (``date`` to ``date_end``) into events of one day.

    Parameters
    ----------
    events
        Events with ``date_end``; an event without one lasts its ``date``.
    how
        "start": each counts on its first day. "uniform": each becomes one row a day of its range, with ``weight`` 1/days,
        for ``count_events(..., weight="weight")``; its rows are called "id (1 of 3)". "drop": those of more than a day are lost.

    Returns
    -------
    GeoDataFrame
        A copy in which ``date_end`` equals ``date`` and ``range_days`` says how long each was; ``weight`` with "uniform".
        ``attrs["lost"]`` counts what "drop" lost.

    Warns
    -----
    LostEventsWarning
        Events lost by "drop".

    Raises
    ------
    SchemaError
        The table is no events table.
    DataError
        No ``date_end``; an unknown `how`; ranges that would become more than 20 million rows.

    Examples
    --------
    >>> import pandas as pd, protestspread as ps
    >>> rows = pd.DataFrame({"date": ["2022-01-02"], "date_end": ["2022-01-03"], "city": ["Aktau"]})
    >>> ps.resolve_date_ranges(ps.read_events(rows), "uniform")[["date", "weight"]]
                          date  weight
    event_id
    row 1 (1 of 2)  2022-01-02     0.5
    row 1 (2 of 2)  2022-01-03     0.5
    """
    check_events(events)
    if "date_end" not in events:
        raise DataError(
            "dates cannot be spread",
            ["the events have no column 'date_end'"],
            f"they have {shorten_list(events.columns, 30)}",
        )
    days = (events["date_end"].fillna(events["date"]) - events["date"]).dt.days.to_numpy() + 1
    if how == "uniform":
        return _spread(events, days)
    if how not in ("start", "drop"):
        raise DataError("dates cannot be spread", [f"how = {how!r}"], "one of start, uniform, drop")
    kept = days == 1 if how == "drop" else np.ones(len(days), dtype=bool)
    spread = events[kept].assign(range_days=days[kept])
    spread["date_end"] = spread["date"]
    if not kept.all():
        lost = {"of more than a day": list(events.index[~kept])}
        spread.attrs["lost"] = {reason: len(ids) for reason, ids in lost.items()}
        warnings.warn(LostEventsWarning("spread_dates", len(events), lost), stacklevel=2)
    return spread


def _spread(events: gpd.GeoDataFrame, days: "np.typing.NDArray[np.int64]") -> gpd.GeoDataFrame:
    if int(days.sum()) > MOST_ROWS:
        longest = events.index[np.argsort(days)[::-1][:5]]
        raise DataError(
            "dates cannot be spread",
            [f"they would become {int(days.sum()):,} rows; the longest: {shorten_list(longest)}"],
            "leave out the longest ranges",
        )
    row = np.repeat(np.arange(len(events)), days)
    nth = np.arange(len(row)) - np.repeat(np.cumsum(days) - days, days)
    spread = events.iloc[row].assign(range_days=days[row], weight=1 / days[row])
    spread["date"] = spread["date"].to_numpy() + nth.astype("timedelta64[D]")
    spread["date_end"] = spread["date"]
    names = [
        f"{name} ({n + 1} of {of})" if of > 1 else name
        for name, n, of in zip(spread.index, nth, days[row], strict=True)
    ]
    return spread.set_index(pd.Index(names, name="event_id", dtype=object))
