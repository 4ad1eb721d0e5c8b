"""Strata within which dates or places are exchanged: columns of the events, calendar units or labels."""

from collections.abc import Iterable, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from ...checks import can_be_hashed
from ...errors import DataError, shorten_list

CALENDAR = {"year": "Y", "quarter": "Q", "month": "M", "week": "W"}

Strata = str | Sequence[str] | pd.Series | npt.NDArray[Any]
"""A column of the events, a calendar unit ("month"), a list of these, or one label per event."""


def strata_labels(events: gpd.GeoDataFrame, strata: Strata) -> tuple[npt.NDArray[np.int64], str]:
    """Return the stratum number of each event, and the name of the strata.

    Parameters
    ----------
    events
        Events with a ``date`` and the columns named in `strata`.
    strata
        One or more names of columns or calendar units ("year", "quarter", "month", "week"), whose combinations are the
        strata; or one label per event: a Series with the index of the events, or an array in their order.

    Raises
    ------
    DataError
        A name is unknown, or labels are missing, too few or indexed by other events.

    Examples
    --------
    >>> import protestspread as ps
    >>> events = ps.load_case("kazakhstan_2022").events
    >>> codes, name = strata_labels(events, ["region_id", "month"])
    >>> name, len(codes) == len(events)
    ('region_id and month', True)
    """
    if isinstance(strata, str):
        return _codes(events, [_stratum_values(events, strata)], strata)
    try:
        given = list(strata)
    except TypeError:
        raise strata_error(f"got {type(strata).__name__}") from None
    if (
        given
        and all(isinstance(name, str) and (name in events or name in CALENDAR) for name in given)
        and len(given) != len(events)
    ):
        return _codes(events, [_stratum_values(events, name) for name in given], " and ".join(given))
    if isinstance(strata, pd.Series):
        if not can_be_hashed(strata.index) or set(strata.index) != set(events.index) or len(strata) != len(events):
            raise strata_error("the labels and the events have different indexes")
        return _codes(events, [strata.reindex(events.index)], str(strata.name or "the strata given"))
    if len(given) != len(events):
        if given and len(given) < 10 and all(isinstance(name, str) for name in given):
            unknown = [name for name in given if name not in events and name not in CALENDAR]
            raise strata_error(*(f"there is no column {name!r}" for name in unknown), names=events.columns)
        raise strata_error(f"got {len(given):,} labels for {len(events):,} events")
    return _codes(events, [pd.Series(given, index=events.index)], "the strata given")


def _stratum_values(events: pd.DataFrame, name: str) -> pd.Series:
    if name in events:
        return events[name]
    if name in CALENDAR:
        return pd.Series(pd.DatetimeIndex(events["date"]).to_period(CALENDAR[name]), index=events.index)
    raise strata_error(f"there is no column {name!r}", names=events.columns)


def strata_error(*faults: str, names: Iterable[object] = ()) -> DataError:
    """Return the error of strata that are not valid, with the names that are known."""
    known = f" ({shorten_list(columns, 20)})" if (columns := list(names)) else ""
    return DataError(
        "strata must be columns of the events, calendar units or one label per event",
        faults,
        f"pass column names{known}, calendar units ({shorten_list(CALENDAR)}), or a Series with the index of the events",
    )


def _codes(events: gpd.GeoDataFrame, parts: list[pd.Series], name: str) -> tuple[npt.NDArray[np.int64], str]:
    """Return a number for each combination of labels, and the name of the strata."""
    if not all(isinstance(part, pd.Series) and can_be_hashed(part) for part in parts):
        raise strata_error(f"{name} holds values that cannot be compared, such as lists")
    missing = np.any([part.isna().to_numpy() for part in parts], axis=0)
    if missing.any():
        raise DataError(
            "strata must have a label for every event",
            [f"{name} is missing for {int(missing.sum())} of {len(events)}: {shorten_list(events.index[missing])}"],
            "fill in the missing labels, or drop these events",
        )
    codes = np.zeros(len(events), dtype=np.int64)
    for part in parts:
        number, labels = pd.factorize(part, sort=False)
        codes = pd.factorize(codes * len(labels) + number)[0].astype(np.int64)
    return codes, name
