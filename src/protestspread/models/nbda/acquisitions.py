"""The order and the times of onsets, and the period of observation."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ...arguments import Arguments
from ...arrays import BoolArray, FloatArray, IntArray
from ...checks import is_real, label_faults
from ...errors import DataError, SchemaError, must_be, shorten_list
from ...tables import check_onsets

SeedPlaces = Iterable[Hashable] | str | None
Moment = str | pd.Timestamp | float | None
"""A date, or a number where onsets are numbers."""

FIRST_DAY = "first day"
_SEEDS_FIX = 'pass seeds=None, seeds="first day" or a list of places that joined before all others'


@dataclass(frozen=True, eq=False)
class Acquisitions:
    """Onsets in order.

    Attributes
    ----------
    places
        All observed places.
    rank
        Rank of each place's onset among the distinct onset moments, 0, 1, ...; -1 for seeds; ``days`` for places that never
        joined.
    moments
        The distinct onset moments, ascending: dates or numbers.
    order
        Row numbers of the places that joined, by onset, without seeds, shape (events,).
    dated
        Whether onsets are dates.
    """

    places: pd.Index
    rank: IntArray
    moments: npt.NDArray[Any]
    order: IntArray
    dated: bool

    @classmethod
    def of(cls, onsets: pd.Series, seeds: SeedPlaces = None) -> "Acquisitions":
        """Rank onsets.

        Raises
        ------
        DataError, SchemaError
            The onsets are not valid, no place joined, all places are seeds, or seeds are not among the places or joined with
            or after other places.
        """
        dated = _check(onsets)
        joined = onsets.notna().to_numpy()
        if not joined.any():
            raise DataError(
                f"onsets must hold at least one onset; none of {len(onsets)} places joined",
                fix="pass onsets from a panel that covers the events",
            )
        early = _seed_rows(onsets, seeds)
        there = joined & ~early
        if not there.any():
            raise DataError(
                f"seeds must leave later onsets; all {int(joined.sum())} places that joined are seeds",
                fix="pass fewer seeds, or onsets that cover a longer period",
            )
        values = onsets.to_numpy()
        moments, rank = np.unique(values[there], return_inverse=True)
        late = early & joined
        late[late] = values[late] >= moments[0]
        if late.any():
            raise DataError(
                f"seeds must have joined before all other places; got {shorten_list(onsets.index[late])}",
                fix=_SEEDS_FIX,
            )
        ranks = np.full(len(onsets), len(moments), dtype=np.int64)
        ranks[there], ranks[early] = rank, -1
        rows = np.flatnonzero(there)
        return cls(onsets.index, ranks, moments, rows[np.argsort(rank, kind="stable")], dated)

    @property
    def days(self) -> int:
        """Number of distinct onset moments."""
        return len(self.moments)

    @property
    def events(self) -> int:
        """Number of places that joined, without seeds."""
        return len(self.order)

    @property
    def event_days(self) -> IntArray:
        """Rank of each onset, shape (events,)."""
        return self.rank[self.order]

    def with_ranks(self, rank: IntArray) -> "Acquisitions":
        """Return acquisitions with the same moments and other ranks of places."""
        rows = np.flatnonzero((rank >= 0) & (rank < self.days))
        order = rows[np.argsort(rank[rows], kind="stable")]
        return Acquisitions(self.places, rank, self.moments, order, self.dated)


@dataclass(frozen=True, eq=False)
class ObservationWindow:
    """Times of onsets since the beginning of observation.

    Attributes
    ----------
    times
        Time of each place's onset; 0 for seeds; infinite for places that never joined.
    end
        Time at which observation ends.
    daily
        Whether times are whole days, of which the first is day 1.
    """

    times: FloatArray
    end: float
    daily: bool

    @classmethod
    def of(
        cls, acquisitions: Acquisitions, *, observed_from: Moment, observed_until: Moment, time: str | None
    ) -> "ObservationWindow":
        """Measure onsets from ``observed_from`` (by default the day of the first onset; 0 for numbers)."""
        with Arguments() as check:
            check.choice("time", time, ["continuous", "daily"], optional=True)
        daily = acquisitions.dated if time is None else time == "daily"
        moments, end = _since(acquisitions, observed_from, observed_until)
        joined = np.flatnonzero((acquisitions.rank >= 0) & (acquisitions.rank < acquisitions.days))
        onset = moments[acquisitions.rank[joined]]

        def places(chosen: BoolArray) -> str:
            return shorten_list(acquisitions.places[joined[chosen]])

        if (onset > end).any():
            raise DataError(
                f"observed_until must be at or after the last onset; got {observed_until}, before the onsets of {places(onset > end)}",
                fix="pass a later observed_until, or onsets.where(onsets <= observed_until)",
            )
        if moments[0] <= 0:
            start = 0 if observed_from is None else observed_from
            raise DataError(
                f"observed_from must be before the first onset; got {start}, not before the onsets of {places(onset <= 0)}",
                fix="pass an earlier observed_from, or name these places as seeds",
            )
        if daily and (moments % 1 != 0).any():
            raise DataError(
                f"onsets must be whole days where time is 'daily'; got fractions of days for {places(onset % 1 != 0)}",
                fix="pass time='continuous'",
            )
        times = np.full(len(acquisitions.rank), np.inf)
        times[acquisitions.order] = moments[acquisitions.event_days]
        times[acquisitions.rank < 0] = 0.0
        return cls(times, np.floor(end) if daily else end, daily)


def _check(onsets: pd.Series) -> bool:
    """Return whether onsets are dates; raise `SchemaError` where they are neither dates nor numbers."""
    if isinstance(onsets, pd.Series) and is_real(onsets.dtype) and not pd.api.types.is_bool_dtype(onsets):
        faults = label_faults(onsets.index, "places")
        infinite = np.isinf(onsets.to_numpy(dtype=float, na_value=np.nan))
        faults += [f"onsets are infinite for {shorten_list(onsets.index[infinite])}"] if infinite.any() else []
        if faults:
            raise SchemaError("onsets", faults, "pass one number per place, NaN for places that had not joined")
        return False
    check_onsets(onsets)
    return True


def _seed_rows(onsets: pd.Series, seeds: SeedPlaces) -> BoolArray:
    """Return which places are seeds."""
    if seeds is None:
        return np.zeros(len(onsets), dtype=bool)
    if isinstance(seeds, str):
        if seeds != FIRST_DAY:
            raise DataError(must_be("seeds", "None, 'first day' or a list of places", seeds), fix=_SEEDS_FIX)
        return np.asarray(onsets == onsets.min(), dtype=bool)
    with Arguments(_SEEDS_FIX) as check:
        names = check.names("seeds", seeds, "None, 'first day' or a list of places")
    wanted = pd.Index(names, tupleize_cols=False)
    unknown = wanted[~wanted.isin(onsets.index)]
    if len(unknown):
        raise DataError(f"seeds must be places of the onsets; got {shorten_list(unknown)}", fix=_SEEDS_FIX)
    return np.asarray(onsets.index.isin(wanted), dtype=bool)


def _since(acquisitions: Acquisitions, observed_from: Moment, observed_until: Moment) -> tuple[FloatArray, float]:
    """Return the onset moments and the end of observation, as times since observation began."""
    if not acquisitions.dated:
        with Arguments("pass numbers, because the onsets are numbers") as check:
            start = check.number("observed_from", 0.0 if observed_from is None else observed_from)
            end = check.number("observed_until", observed_until)
        return acquisitions.moments.astype(float) - start, end - start
    with Arguments("pass dates, such as '2022-01-08', because the onsets are dates") as check:
        first = check.moment("observed_from", acquisitions.moments[0] if observed_from is None else observed_from)
        last = check.moment("observed_until", observed_until)
    before = first.normalize() - pd.Timedelta(days=1)  # times are counted to the end of a day, so the first day is 1
    day = pd.Timedelta(days=1)
    return ((pd.DatetimeIndex(acquisitions.moments) - before) / day).to_numpy(dtype=float), float((last - before) / day)
