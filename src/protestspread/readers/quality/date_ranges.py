"""Resolve events that are dated to a range of days."""

import warnings
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from ...arguments import Arguments
from ...errors import DataError, LostEventsWarning, shorten_list
from ...tables import check_events

MOST_ROWS = 20_000_000


def resolve_date_ranges(events: gpd.GeoDataFrame, how: Literal["start", "uniform", "drop"]) -> gpd.GeoDataFrame:
    """Convert events dated to a range (``date`` to ``date_end``) to events of one day.

    Parameters
    ----------
    events
        Events with ``date_end``; if it is missing, the event is dated to the day ``date``.
    how
        "start": use the first day. "uniform": make one row per day of the range, with ``weight`` 1/days for
        ``count_events(..., weight="weight")`` and ids such as "id (1 of 3)". "drop": drop events of more than one day.

    Returns
    -------
    GeoDataFrame
        A copy in which ``date_end`` equals ``date``, with ``range_days`` (the length of the original range in days) and, for
        "uniform", ``weight``. ``attrs["lost"]`` counts the events dropped.

    Warns
    -----
    LostEventsWarning
        Events dropped by "drop".

    Raises
    ------
    SchemaError
        `events` is not a valid table of events.
    DataError
        There is no ``date_end``, `how` is unknown, or the result would have more than 20 million rows.

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
    with Arguments() as check:
        check.choice("how", how, ("start", "uniform", "drop"))
    if "date_end" not in events:
        raise DataError(
            f"events must have a column 'date_end'; got {shorten_list(events.columns, 30)}",
            fix="name the column when you read the events: read_events(..., columns={'date_end': 'name in the file'})",
        )
    days = (events["date_end"].fillna(events["date"]) - events["date"]).dt.days.to_numpy() + 1
    if how == "uniform":
        return _spread_uniformly(events, days)
    kept = days == 1 if how == "drop" else np.ones(len(days), dtype=bool)
    resolved = events[kept].assign(range_days=days[kept])
    resolved["date_end"] = resolved["date"]
    if not kept.all():
        lost = {"several_days": list(events.index[~kept])}
        resolved.attrs["lost"] = {reason: len(ids) for reason, ids in lost.items()}
        warnings.warn(LostEventsWarning("resolve_date_ranges", len(events), lost), stacklevel=2)
    return resolved


def _spread_uniformly(events: gpd.GeoDataFrame, days: "np.typing.NDArray[np.int64]") -> gpd.GeoDataFrame:
    if int(days.sum()) > MOST_ROWS:
        longest = events.index[np.argsort(days)[::-1][:5]]
        raise DataError(
            f"how = 'uniform' must give at most {MOST_ROWS:,} rows; got {int(days.sum()):,}",
            [f"the longest ranges are those of {shorten_list(longest)}"],
            "drop the longest ranges, or use how='start'",
        )
    row = np.repeat(np.arange(len(events)), days)
    day = np.arange(len(row)) - np.repeat(np.cumsum(days) - days, days)
    spread = events.iloc[row].assign(range_days=days[row], weight=1 / days[row])
    spread["date"] = spread["date"].to_numpy() + day.astype("timedelta64[D]")
    spread["date_end"] = spread["date"]
    names = [
        f"{name} ({n + 1} of {of})" if of > 1 else name
        for name, n, of in zip(spread.index, day, days[row], strict=True)
    ]
    return spread.set_index(pd.Index(names, name="event_id", dtype=object))
