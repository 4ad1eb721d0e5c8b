"""Activity by day and place, from onsets, spells or a panel."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp

from ..arrays import BoolArray, IntArray
from ..checks import is_real, label_faults
from ..errors import DataError, SchemaError, shorten_list
from ..tables import check_onsets, check_panel

_MOST_DAYS = 10**5
_MOST_REPORTS = 20  # of an active place in a row, at the median: more are taken for attendance


def activity_faults(panel: pd.DataFrame, at_least: float | None) -> list[str]:
    """Return why the numbers of a panel do not tell where a place was active: not counts, or, without `at_least`, attendance.

    Examples
    --------
    >>> panel = pd.DataFrame({"Aktau": [np.nan, 0, 2500], "Oral": [np.nan, 0, 1]})
    >>> activity_faults(panel, None)[0][:54], activity_faults(panel, 100)
    ('panel must hold counts of reports; its median where a ', [])
    """
    values = panel.to_numpy(dtype=float, na_value=np.nan)
    odd = (values < 0) | (at_least is None) & (values != np.floor(values)) & ~np.isnan(values)
    if odd.any():
        where = shorten_list(panel.columns[odd.any(axis=0)])
        return [f"panel must hold counts, whole numbers of at least 0; not so for {where}"]
    if at_least is None and (values > 0).any() and (usual := float(np.median(values[values > 0]))) > _MOST_REPORTS:
        return [
            f"panel must hold counts of reports; its median where a place was active is {usual:,.0f}, which looks like attendance: pass at_least, "
            "the number from which a place counts as active"
        ]
    return []


def observed_counts(panel: pd.DataFrame, at_least: float | None) -> tuple[pd.DataFrame, list[str]]:
    """Return a panel without unobserved rows at its ends, and what is wrong with it for a test of active places, in sentences."""
    observed = np.flatnonzero(panel.notna().any(axis=1))
    panel = panel.iloc[observed[0] : observed[-1] + 1] if len(observed) else panel.iloc[:0]
    gaps = np.isnan(panel.to_numpy(dtype=float, na_value=np.nan))
    if not gaps.any():
        return panel, activity_faults(panel, at_least)
    where = panel.index[gaps.any(axis=1)].strftime("%Y-%m-%d")
    missing = (
        f"panel must have no missing values between observed rows; missing for {shorten_list(panel.columns[gaps.any(axis=0)])} "
        f"on {shorten_list(where)}"
    )
    return panel, [missing, *activity_faults(panel, at_least)]


@dataclass(frozen=True, eq=False)
class Activity:
    """Activity by day and place.

    Attributes
    ----------
    days
        All days, without gaps: dates, named ``date``, or whole numbers, named ``time``.
    places
        All places.
    values
        Shape (days, places); 0 where nothing happened or a day was not observed.
    observed
        Whether each day was observed, of the same shape; None where all were.
    """

    days: pd.Index
    places: pd.Index
    values: sp.csr_array
    observed: BoolArray | None = None

    @classmethod
    def of(cls, data: pd.Series | pd.DataFrame, until: Any = None) -> "Activity":
        """Return the activity of onsets (a Series) or of a panel (a DataFrame), to a last day of observation."""
        if isinstance(data, pd.DataFrame):
            return cls.of_panel(data)
        return cls.of_onsets(data, until)

    @classmethod
    def of_panel(cls, panel: pd.DataFrame) -> "Activity":
        """Return the values of a panel.

        Raises
        ------
        SchemaError, DataError
            The panel is not valid, empty, or has negative values.
        """
        check_panel(panel)
        values = panel.to_numpy(dtype=float, na_value=np.nan)
        if not values.size:
            raise DataError("panel must have days and places; got none", fix="pass a panel of counts by date and place")
        low = np.asarray((values < 0).any(axis=0))
        if low.any():
            raise DataError(f"panel must not be negative; got values below 0 for {shorten_list(panel.columns[low])}")
        observed = ~np.isnan(values)
        filled = sp.csr_array(np.nan_to_num(values))
        return cls(panel.index, panel.columns, filled, None if observed.all() else observed)

    @classmethod
    def of_onsets(cls, onsets: pd.Series, until: Any = None) -> "Activity":
        """Return 1 on the onset of each place, for all days from the first onset to the last or to ``until``.

        Raises
        ------
        SchemaError, DataError
            The onsets are neither dates nor whole numbers, no place joined, or one joined after ``until``.
        """
        dated = _check_onsets(onsets)
        joined = np.flatnonzero(onsets.notna())
        if not len(joined):
            raise DataError(
                f"onsets must hold at least one onset; none of {len(onsets)} places joined",
                fix="pass onsets from a panel that covers the events",
            )
        moments = onsets.iloc[joined]
        moments = moments.dt.normalize() if dated else moments.astype(np.int64)
        first, last = moments.min(), moments.max() if until is None else until
        if (moments > last).any():
            raise DataError(
                f"observed_until must be at or after the last onset; got {_day(last)}, before the onsets of {shorten_list(moments.index[moments > last])}",
                fix="pass a later observed_until, or onsets.where(onsets <= observed_until)",
            )
        days = day_range(first, last)
        cells = (np.ones(len(joined)), (days.get_indexer(pd.Index(moments)), joined))
        return cls(days, onsets.index, sp.csr_array(cells, shape=(len(days), len(onsets))))

    @property
    def active(self) -> BoolArray:
        """Whether each place was seen active on each day."""
        return np.asarray(self.values.toarray() > 0)

    def first_rows(self) -> IntArray:
        """Return the row of each place's first active day; the number of days where it has none."""
        rows, places = self.values.nonzero()
        first = np.full(len(self.places), len(self.days))
        np.minimum.at(first, places, rows)
        return first


def day_range(first: Any, last: Any) -> pd.Index:
    """Return all days from the first to the last: dates, or whole numbers.

    Examples
    --------
    >>> day_range(2, 4).tolist()
    [2, 3, 4]
    """
    days: pd.Index
    if isinstance(first, pd.Timestamp):
        days = pd.date_range(first, last, freq="D", name="date")
    else:
        days = pd.RangeIndex(int(first), int(last) + 1, name="time")
    if len(days) > _MOST_DAYS:
        raise DataError(f"onsets must lie within {_MOST_DAYS:,} days; got {len(days):,}", fix="check the dates")
    return days


def _check_onsets(onsets: pd.Series) -> bool:
    """Return whether onsets are dates; raise `SchemaError` where they are neither dates nor whole numbers."""
    if isinstance(onsets, pd.Series) and is_real(onsets.dtype) and not pd.api.types.is_bool_dtype(onsets):
        faults = label_faults(onsets.index, "places")
        values = onsets.to_numpy(dtype=float, na_value=np.nan)
        bad = ~np.isnan(values) & (~np.isfinite(values) | (values % 1 != 0) | (np.abs(values) > 10**9))
        faults += (
            [f"onsets must be dates or whole numbers; got others for {shorten_list(onsets.index[bad])}"]
            if bad.any()
            else []
        )
        if faults:
            raise SchemaError(
                "onsets", faults, "pass dates, or whole numbers of days, NaN for places that had not joined"
            )
        return False
    check_onsets(onsets)
    return True


def _day(moment: Any) -> str:
    return str(moment.date()) if isinstance(moment, pd.Timestamp) else str(moment)
