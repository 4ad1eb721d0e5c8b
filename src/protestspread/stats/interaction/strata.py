"""Strata: within what dates or places may be shuffled, named as columns, as parts of the calendar, or given outright."""

from collections.abc import Iterable, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from ...errors import DataError, shorten_list

CALENDAR = {"year": "Y", "quarter": "Q", "month": "M", "week": "W"}

Strata = str | Sequence[str] | pd.Series | npt.NDArray[Any]
"""A column of the events, a part of the calendar ("month"), several of these, or a label an event."""


def strata_labels(events: gpd.GeoDataFrame, strata: Strata) -> tuple[npt.NDArray[np.int64], str]:
    """Return the number of each event's stratum, and what the strata are called.

    Parameters
    ----------
    events
        With a ``date`` and what columns are named.
    strata
        Names of columns or of parts of the calendar ("year", "quarter", "month", "week"), one or several, whose
        combinations are the strata; or a label an event: a Series with the index of the events, or an array in their order.

    Raises
    ------
    DataError
        Unknown names; labels that are missing, too few, or of other events.

    Examples
    --------
    >>> import protestspread as ps
    >>> events = ps.load_case("kazakhstan_2022").events
    >>> codes, name = strata_labels(events, ["region_id", "month"])
    >>> name, len(codes) == len(events)
    ('region_id and month', True)
    """
    if isinstance(strata, str):
        return _codes(events, [_part(events, strata)], strata)
    given = list(strata)
    if (
        given
        and all(isinstance(name, str) and (name in events or name in CALENDAR) for name in given)
        and len(given) != len(events)
    ):
        return _codes(events, [_part(events, name) for name in given], " and ".join(given))
    if isinstance(strata, pd.Series):
        if not strata.index.sort_values().equals(events.index.sort_values()):
            raise _unfit("the labels have another index than the events")
        return _codes(events, [strata.reindex(events.index)], str(strata.name or "the strata given"))
    if len(given) != len(events):
        if given and len(given) < 10 and all(isinstance(name, str) for name in given):
            unknown = [name for name in given if name not in events and name not in CALENDAR]
            raise _unfit(*(f"there is no column {name!r}" for name in unknown), names=events.columns)
        raise _unfit(f"there are {len(given):,} labels for {len(events):,} events")
    return _codes(events, [pd.Series(given, index=events.index)], "the strata given")


def _part(events: pd.DataFrame, name: str) -> pd.Series:
    if name in events:
        return events[name]
    if name in CALENDAR:
        return pd.Series(pd.DatetimeIndex(events["date"]).to_period(CALENDAR[name]), index=events.index)
    raise _unfit(f"there is no column {name!r}", names=events.columns)


def _unfit(*faults: str, names: Iterable[object] = ()) -> DataError:
    known = f" ({shorten_list(columns, 20)})" if (columns := list(names)) else ""
    return DataError(
        "the strata do not fit the events",
        faults,
        f"columns of the events{known}, {shorten_list(CALENDAR)}, or a label an event",
    )


def _codes(events: gpd.GeoDataFrame, parts: list[pd.Series], name: str) -> tuple[npt.NDArray[np.int64], str]:
    missing = np.any([part.isna().to_numpy() for part in parts], axis=0)
    if missing.any():
        raise DataError(
            "the strata do not fit the events",
            [f"{int(missing.sum())} events have no {name}: {shorten_list(events.index[missing])}"],
            "fill them in, or leave these events out",
        )
    codes = np.zeros(len(events), dtype=np.int64)
    for part in parts:
        number, labels = pd.factorize(part, sort=False)
        codes = pd.factorize(codes * len(labels) + number)[0].astype(np.int64)
    return codes, name
