"""The events of a test of interaction: their unit, their points and days, their strata and places."""

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import starmap
from typing import Any, Literal, get_args

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from ...arguments import Arguments
from ...arrays import BoolArray, FloatArray, Int32Array, IntArray
from ...checks import can_be_hashed
from ...errors import DataError, ReportsWarning, shorten_list
from ...event_places import PRECISION_KM, EventPlaces, first_reports, point_name
from ...geodesy import points_present
from ...lost import count_lost, located_by, lost_ids, warn_of_lost
from ...onset_dates import PRECISION_DAYS
from ...tables import check_cities, check_events
from .points import PointSet

Unit = Literal["place_days", "reports"]
Limits = tuple[float, float]
"""Kilometers and days: events that are less precise are left out."""

CALENDAR = {"year": "Y", "quarter": "Q", "month": "M", "week": "W"}

Strata = str | Sequence[str] | pd.Series | npt.NDArray[Any]
"""A column of the events, a calendar unit ("month"), a list of these, or one label per event."""


@dataclass(frozen=True, eq=False)
class DatedPoints:
    """Dated points, in an order that does not depend on the order of the events table.

    Attributes
    ----------
    positions, days
        Points, and days counted from the first day.
    strata, strata_name
        The number of each point's stratum, and the name of the strata; None without strata.
    first_day
        The first day, in days since 1 January 1970.
    place, sites, population, names
        The number of each point's place, numbered by name; the point, the population and the name of each place.
    unit, reports
        What a point is: "place_days" or "reports"; and the number of reports.
    lost
        Number of events that were left out, by reason.
    """

    positions: PointSet
    days: Int32Array
    strata: IntArray | None
    strata_name: str
    first_day: int
    place: IntArray
    sites: PointSet
    population: FloatArray
    unit: Unit = "reports"
    reports: int = 0
    lost: Mapping[str, int] = field(default_factory=dict)
    names: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        events: gpd.GeoDataFrame,
        strata: Strata | None = None,
        *,
        unit: Unit,
        cities: gpd.GeoDataFrame | None = None,
        limits: Limits | None = None,
    ) -> "DatedPoints":
        """Check events and return their place-days, or each of them.

        Raises
        ------
        SchemaError, CRSError
            A table is not valid.
        DataError
            There are fewer than two events, or the strata do not fit them.

        Warns
        -----
        LostEventsWarning
            Events without a point, without the place that the strata name, or less precise than the limits; they are left out,
            and counted in ``lost``.
        ReportsWarning
            Reports are tested, and some of them are of one place and day.
        """
        check_events(events)
        if cities is not None:
            check_cities(cities)
        events, strata, lost = leave_out(events, strata, limits)
        if len(events) < 2:
            raise DataError(
                f"events must have at least two rows to form a pair; got {len(events)}",
                fix="pass at least four events: with fewer, the variance of the statistic is not defined",
            )
        labels, name = (None, "") if strata is None else strata_labels(events, strata)
        places = EventPlaces.of(events, cities, warn=unit == "place_days")
        sites = PointSet.at_coordinates(places.x, places.y)
        first, _ = first_reports(places.place, events["date"].to_numpy())
        if unit == "reports":
            positions, rows = PointSet.of(events), np.arange(len(events))
            if len(first) < len(events):
                warnings.warn(ReportsWarning(len(events), len(first)), stacklevel=4)
        else:
            positions, rows = sites.at(places.place[first]), first
            check_one_stratum(places.place, events["date"], labels, name)
        days = events["date"].to_numpy().astype("datetime64[D]").astype(np.int64)[rows]
        chosen = None if labels is None else labels[rows]
        found = replace(places, place=places.place[rows])
        return replace(cls.sorted(positions, days, chosen, name, found), unit=unit, reports=len(events), lost=lost)

    @classmethod
    def sorted(
        cls,
        positions: PointSet,
        days: npt.ArrayLike,
        strata: IntArray | None = None,
        strata_name: str = "",
        places: EventPlaces | None = None,
    ) -> "DatedPoints":
        """Return dated points in canonical order: neighbors close together, points at one place by date.

        Without `places`, each distinct point is a place of unknown population.
        """
        given = np.asarray(days, dtype=np.int64)
        if places is None:
            rows, site = positions.sites
            places = EventPlaces(site, positions.x[rows], positions.y[rows], np.full(len(rows), np.nan))
        order = positions.order(given, *([] if strata is None else [strata]), places.place)
        return cls(
            positions.at(order), (given[order] - given.min()).astype(np.int32), None if strata is None else strata[order], strata_name,
            int(given.min()), places.place[order], PointSet(places.x, places.y, positions.on_sphere), places.population, reports=len(given),
            names=places.names or tuple(starmap(point_name, zip(places.x, places.y, strict=True))),
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self.days)

    @property
    def noun(self) -> str:
        """What a point is, in the plural."""
        return "place-days" if self.unit == "place_days" else "reports"

    @property
    def last_day(self) -> int:
        """The last day, counted from the first."""
        return int(self.days.max())

    @cached_property
    def site_strata(self) -> IntArray | None:
        """The stratum of each place; `DataError` if a place has several."""
        if self.strata is None:
            return None
        pairs = np.unique(np.column_stack([self.place, self.strata]), axis=0)
        mixed = len(pairs) - len(self.sites)
        if mixed:
            raise DataError(
                "strata must be the same for all events at a place",
                [f"{mixed} places have events in more than one {self.strata_name}"],
                "pass strata of places, such as strata='region_id'; to shuffle dates within months, use scheme='within_strata'",
            )
        return np.asarray(pairs[:, 1], dtype=np.int64)

    def near_in_time(self, within_days: int) -> IntArray:
        """Return, for each point, the number of other points at most `within_days` days away."""
        so_far = np.concatenate([[0], np.cumsum(np.bincount(self.days))])
        after, before = (
            np.minimum(self.days + (within_days + 1), len(so_far) - 1),
            np.maximum(self.days - within_days, 0),
        )
        return np.asarray(so_far[after] - so_far[before] - 1, dtype=np.int64)


def check_unit(check: Arguments, unit: str) -> None:
    """Check what is counted."""
    check.choice("unit", unit, get_args(Unit))


def leave_out(
    events: gpd.GeoDataFrame, strata: Strata | None, limits: Limits | None, *, stacklevel: int = 5
) -> tuple[gpd.GeoDataFrame, Strata | None, dict[str, int]]:
    """Return the events that have a point, the place that the strata name, and the precision that limits need; their strata; and the rest by reason."""
    if strata is not None and not isinstance(strata, str | pd.Series):
        try:
            strata = list(strata)
        except TypeError:
            raise strata_error(f"got {type(strata).__name__}") from None
    each = strata is not None and not isinstance(strata, str) and len(strata) == len(events)  # one label per event
    names = [] if each or strata is None else [strata] if isinstance(strata, str) else list(strata)
    names = [name for name in names if isinstance(name, str)]
    placeless = np.zeros(len(events), dtype=bool)
    for name in ("city", "region_id"):
        if name in names and name in events and events[name].notna().any():
            placeless |= events[name].isna().to_numpy()
    reasons = {"no_point": ~points_present(events), "not_located": placeless, **_coarse(events, limits)}
    kept = ~np.any(list(reasons.values()), axis=0)
    if kept.all():
        return events, strata, {}
    lost = lost_ids(events.index, reasons)
    known = {"no_point", "not_located"} & lost.keys() if located_by(events) else ()
    warn_of_lost("test of interaction", len(events), lost, known=known, stacklevel=stacklevel)
    if isinstance(strata, pd.Series):
        strata = strata[~strata.index.isin(events.index[~kept])]
    elif each:
        strata = np.asarray(strata, dtype=object)[kept]
    return events[kept], strata, count_lost(lost)


def _coarse(events: gpd.GeoDataFrame, limits: Limits | None) -> dict[str, BoolArray]:
    """Return which events are less precise than the limits, in place and in time."""
    if limits is None:
        return {}
    columns = (("coarse_place", "place_precision", PRECISION_KM), ("coarse_date", "date_precision", PRECISION_DAYS))
    return {
        reason: (events[column].map(dict(margins)).fillna(0).to_numpy(dtype=float) > limit)
        for (reason, column, margins), limit in zip(columns, limits, strict=True)
        if column in events
    }


def check_one_stratum(place: IntArray, dates: pd.Series, labels: IntArray | None, name: str) -> None:
    """Raise `DataError` if the reports of a place-day lie in several strata."""
    if labels is None:
        return
    day = dates.to_numpy().astype("datetime64[D]").astype(np.int64)
    rows = pd.DataFrame({"place": place, "day": day, "label": labels}).drop_duplicates()
    several = rows.groupby(["place", "day"]).size() > 1
    if several.any():
        raise DataError(
            "strata must be the same for all reports on a place-day",
            [f"{int(several.sum())} of {len(several)} place-days have reports in more than one {name}"],
            "pass strata of places or calendar units, such as 'region_id' or 'month', or unit='reports'",
        )


def row_count(events: gpd.GeoDataFrame) -> int:
    """Return the number of events; raise `SchemaError` if they are not a table."""
    if not isinstance(events, pd.DataFrame):
        check_events(events)
    return len(events)


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
