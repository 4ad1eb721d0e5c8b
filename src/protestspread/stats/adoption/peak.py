"""The day and the height of the peak of each place, and of all places together."""

from collections.abc import Hashable, Mapping

import numpy as np
import pandas as pd

from ...errors import DataError
from ...panels import aggregate_panel
from ...tables import check_panel

TOTAL = "all places"


def peak(panel: pd.DataFrame, *, by: pd.Series | Mapping[Hashable, Hashable] | None = None) -> pd.DataFrame:
    """Return when each place, and all places together, had the highest value, and how high it was.

    Parameters
    ----------
    panel
        One row per day (or week, month), one column per place.
    by
        Mapping from every place to its group, such as ``cities["region_id"]``: sums over groups instead of places.

    Returns
    -------
    DataFrame
        Index: places (or groups), then ``all places``.

        - ``date``, ``height``: the first date with the highest observed value; NaT where nothing happened on observed dates;
        - ``dates_at_peak``: number of dates with this value;
        - ``unobserved``: number of dates without a value. An unobserved date could be the peak: where it is above 0, date and
          height are those of the highest *observed* value, and the height is a lower bound. A sum over places is unobserved where
          a place is.

    Raises
    ------
    SchemaError, DataError
        The panel is not valid or empty, ``by`` lacks a place, or a place is called "all places".

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> panel = ps.count_events(case.events, case.regions, observed=case.coverage)
    >>> found = ps.peak(panel).loc["all places"]
    >>> str(found["date"].date()), int(found["height"]), int(found["unobserved"])
    ('2022-01-05', 59, 0)
    """
    values = with_total(panel, by)
    array = values.to_numpy(dtype=float, na_value=np.nan)
    height = np.max(np.where(np.isnan(array), -np.inf, array), axis=0)
    height = np.where(np.isneginf(height), np.nan, height)
    at_peak = (array == height) & (array > 0)
    date = pd.Series(values.index[at_peak.argmax(axis=0)], index=values.columns).where(at_peak.any(axis=0))
    found = {
        "date": date, "height": height, "dates_at_peak": at_peak.sum(axis=0), "unobserved": np.isnan(array).sum(axis=0)
    }  # fmt: skip
    return pd.DataFrame(found, index=values.columns)


def with_total(panel: pd.DataFrame, by: pd.Series | Mapping[Hashable, Hashable] | None) -> pd.DataFrame:
    """Return a panel, or its sums by group, with the sum over all places as its last column; NaN where a place is unobserved."""
    check_panel(panel)
    if not panel.size:
        raise DataError("panel must have days and places; got none", fix="pass a panel of counts by date and place")
    parts = panel if by is None else aggregate_panel(panel, by)
    if TOTAL in parts.columns:
        raise DataError(f"panel must have no place called {TOTAL!r}", fix="rename this column")
    values, sums = (table.to_numpy(dtype=float, na_value=np.nan) for table in (panel, parts))
    columns = pd.Index([*parts.columns, TOTAL], dtype=object, name=parts.columns.name)
    return pd.DataFrame(np.column_stack([sums, values.sum(axis=1)]), panel.index, columns)
