"""Dated points in a canonical order: the sample that the interaction tests work on."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from ...arrays import Int32Array, IntArray
from ...checks import can_be_hashed
from ...errors import DataError, shorten_list
from ...geometry_checks import points_present
from ...lost import count_lost, located_by, lost_ids, warn_of_lost
from ...tables import check_events
from .points import PointSet

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
        raise _strata_error(f"got {type(strata).__name__}") from None
    if (
        given
        and all(isinstance(name, str) and (name in events or name in CALENDAR) for name in given)
        and len(given) != len(events)
    ):
        return _codes(events, [_stratum_values(events, name) for name in given], " and ".join(given))
    if isinstance(strata, pd.Series):
        if not can_be_hashed(strata.index) or set(strata.index) != set(events.index) or len(strata) != len(events):
            raise _strata_error("the labels and the events have different indexes")
        return _codes(events, [strata.reindex(events.index)], str(strata.name or "the strata given"))
    if len(given) != len(events):
        if given and len(given) < 10 and all(isinstance(name, str) for name in given):
            unknown = [name for name in given if name not in events and name not in CALENDAR]
            raise _strata_error(*(f"there is no column {name!r}" for name in unknown), names=events.columns)
        raise _strata_error(f"got {len(given):,} labels for {len(events):,} events")
    return _codes(events, [pd.Series(given, index=events.index)], "the strata given")


def _stratum_values(events: pd.DataFrame, name: str) -> pd.Series:
    if name in events:
        return events[name]
    if name in CALENDAR:
        return pd.Series(pd.DatetimeIndex(events["date"]).to_period(CALENDAR[name]), index=events.index)
    raise _strata_error(f"there is no column {name!r}", names=events.columns)


def _strata_error(*faults: str, names: Iterable[object] = ()) -> DataError:
    known = f" ({shorten_list(columns, 20)})" if (columns := list(names)) else ""
    return DataError(
        "strata must be columns of the events, calendar units or one label per event",
        faults,
        f"pass column names{known}, calendar units ({shorten_list(CALENDAR)}), or a Series with the index of the events",
    )


def _codes(events: gpd.GeoDataFrame, parts: list[pd.Series], name: str) -> tuple[npt.NDArray[np.int64], str]:
    """Return a number for each combination of labels, and the name of the strata."""
    if not all(isinstance(part, pd.Series) and can_be_hashed(part) for part in parts):
        raise _strata_error(f"{name} holds values that cannot be compared, such as lists")
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


def leave_out_unlocated(
    events: gpd.GeoDataFrame, strata: Strata | None, *, stacklevel: int = 5
) -> tuple[gpd.GeoDataFrame, Strata | None, dict[str, int]]:
    """Return the events that have a point and the place that the strata name, their strata, and what was left out."""
    if strata is not None and not isinstance(strata, str | pd.Series):
        try:
            strata = list(strata)
        except TypeError:
            raise _strata_error(f"got {type(strata).__name__}") from None
    each = strata is not None and not isinstance(strata, str) and len(strata) == len(events)  # one label per event
    names = [] if each or strata is None else [strata] if isinstance(strata, str) else list(strata)
    placeless = np.zeros(len(events), dtype=bool)
    for name in ("city", "region_id"):
        if name in names and name in events and events[name].notna().any():
            placeless |= events[name].isna().to_numpy()
    pointless = ~points_present(events)
    kept = ~(pointless | placeless)
    if kept.all():
        return events, strata, {}
    lost = lost_ids(events.index, {"no_point": pointless, "not_located": placeless})
    warn_of_lost(
        "test of interaction", len(events), lost, known=lost if located_by(events) else (), stacklevel=stacklevel
    )
    if isinstance(strata, pd.Series):
        strata = strata[~strata.index.isin(events.index[~kept])]
    elif each:
        strata = np.asarray(strata, dtype=object)[kept]
    return events[kept], strata, count_lost(lost)


@dataclass(frozen=True, eq=False)
class DatedPoints:
    """Dated points, in an order that does not depend on the order of the events table.

    Attributes
    ----------
    positions, days
        Points, and days counted from the first day.
    strata, strata_name
        The number of each event's stratum, and the name of the strata; None without strata.
    first_day
        The first day, in days since 1 January 1970.
    lost
        Number of events that were left out, by reason.
    """

    positions: PointSet
    days: Int32Array
    strata: IntArray | None = None
    strata_name: str = ""
    first_day: int = 0
    lost: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, events: gpd.GeoDataFrame, strata: Strata | None = None) -> "DatedPoints":
        """Check events and return their points and days.

        Raises
        ------
        SchemaError, CRSError
            The table is not a valid events table.
        DataError
                There are fewer than two events, or the strata do not fit them.

        Warns
        -----
        LostEventsWarning
            Events without a point, or without the place that the strata name; they are left out, and counted in ``lost``.
        """
        check_events(events)
        events, strata, lost = leave_out_unlocated(events, strata)
        if len(events) < 2:
            raise DataError(
                f"events must have at least two rows to form a pair; got {len(events)}",
                fix="pass at least four events: with fewer, the variance of the statistic is not defined",
            )
        days = events["date"].to_numpy().astype("datetime64[D]").astype(np.int64)
        labels, name = (None, "") if strata is None else strata_labels(events, strata)
        return replace(cls.sorted(PointSet.of(events), days, labels, name), lost=lost)

    @classmethod
    def sorted(
        cls, positions: PointSet, days: npt.ArrayLike, strata: IntArray | None = None, strata_name: str = ""
    ) -> "DatedPoints":
        """Return dated points in canonical order: neighbors close together, events at one point by date."""
        given = np.asarray(days, dtype=np.int64)
        first = int(given.min())
        order = positions.order(given) if strata is None else positions.order(given, strata)
        return cls(
            positions.at(order),
            (given[order] - first).astype(np.int32),
            None if strata is None else strata[order],
            strata_name,
            first,
        )

    def __len__(self) -> int:
        return len(self.days)

    @property
    def last_day(self) -> int:
        """The last day, counted from the first."""
        return int(self.days.max())

    def near_in_time(self, within_days: int) -> IntArray:
        """Return, for each event, the number of other events at most `within_days` days away."""
        so_far = np.concatenate([[0], np.cumsum(np.bincount(self.days))])
        after, before = (
            np.minimum(self.days + (within_days + 1), len(so_far) - 1),
            np.maximum(self.days - within_days, 0),
        )
        return np.asarray(so_far[after] - so_far[before] - 1, dtype=np.int64)
