"""Who had joined when: onsets in order, from what moment on, until when they were watched."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ...arrays import FloatArray, IntArray
from ...errors import DataError, SchemaError, shorten_list
from ...tables import check_onsets

SeedPlaces = Iterable[Hashable] | str | None
Moment = str | pd.Timestamp | float | None
"""A date, or a number where onsets are numbers."""

FIRST_DAY = "first day"
_MEND_SEEDS = 'seeds=None, seeds="first day", or a list of places'


@dataclass(frozen=True, eq=False)
class Acquisitions:
    """Onsets in order.

    Attributes
    ----------
    places
        All that were watched.
    rank
        Of each place's onset among the distinct moments at which somebody joined, 0, 1, ...; -1 for the seeds, who were there
        before; `days` for those that never joined.
    moments
        The distinct moments, ascending: dates or numbers.
    order
        Row numbers of those that joined, by moment, seeds left out, shape (events,).
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
        """Put onsets in order.

        Raises
        ------
        DataError, SchemaError
            These are no onsets; nobody joined; everybody is a seed; seeds that are not among the places, or never joined.
        """
        dated = _check(onsets)
        joined = onsets.notna().to_numpy()
        if not joined.any():
            raise DataError(
                "there is no spread to look at",
                [f"none of {len(onsets)} places joined"],
                "onsets of at least two places, from panels that reach the events",
            )
        early = _seed_rows(onsets, seeds)
        there = joined & ~early
        if not there.any():
            raise DataError(
                "there is no spread to look at",
                [f"all {int(joined.sum())} places that joined are seeds: nobody joined after them"],
                "fewer seeds, or onsets that reach further",
            )
        values = onsets.to_numpy()
        moments, rank = np.unique(values[there], return_inverse=True)
        if early.any() and values[early & joined].max() >= moments[0]:
            late = onsets.index[early & joined & (values >= moments[0])]
            raise DataError(
                "these are no seeds", [f"joined when others had, or with them: {shorten_list(late)}"], _MEND_SEEDS
            )
        ranks = np.full(len(onsets), len(moments), dtype=np.int64)
        ranks[there], ranks[early] = rank, -1
        rows = np.flatnonzero(there)
        return cls(onsets.index, ranks, moments, rows[np.argsort(rank, kind="stable")], dated)

    @property
    def days(self) -> int:
        """How many distinct moments there are."""
        return len(self.moments)

    @property
    def events(self) -> int:
        """How many places joined, seeds left out."""
        return len(self.order)

    @property
    def event_days(self) -> IntArray:
        """The rank of each event's moment."""
        return self.rank[self.order]

    def with_ranks(self, rank: IntArray) -> "Acquisitions":
        """Return the same moments, with other places at them."""
        rows = np.flatnonzero((rank >= 0) & (rank < self.days))
        order = rows[np.argsort(rank[rows], kind="stable")]
        return Acquisitions(self.places, rank, self.moments, order, self.dated)


@dataclass(frozen=True, eq=False)
class ObservationWindow:
    """Onsets as lengths of time since observation began.

    Attributes
    ----------
    times
        Of each place: to its onset; 0 for seeds; infinite for those that never joined.
    end
        To the end of observation.
    daily
        Whether these are numbers of whole days, the first of which is day 1.
    """

    times: FloatArray
    end: float
    daily: bool

    @classmethod
    def of(
        cls, arrivals: Acquisitions, *, observed_from: Moment, observed_until: Moment, time: str | None
    ) -> "ObservationWindow":
        """Measure onsets from `observed_from` (by default the first onset's day; 0 for numbers) to `observed_until`."""
        if time not in (None, "continuous", "daily"):
            raise DataError("time has no such form", [f"time = {time!r}"], '"continuous", "daily" or None')
        daily = arrivals.dated if time is None else time == "daily"
        moments, end = _since(arrivals, observed_from, observed_until)
        late = arrivals.places[(arrivals.rank < arrivals.days) & (arrivals.rank >= 0)][
            moments[arrivals.rank[(arrivals.rank < arrivals.days) & (arrivals.rank >= 0)]] > end
        ]
        faults = [f"joined after observed_until = {observed_until}: {shorten_list(late)}"] if len(late) else []
        if not faults and moments[0] <= 0:
            faults = [
                f"somebody joined at the moment of observed_from or before: {shorten_list(arrivals.places[arrivals.rank == 0])}"
            ]
        if not faults and daily and (moments % 1 != 0).any():
            faults = ['time="daily" needs whole days; these onsets are not']
        if faults:
            raise DataError(
                "onsets and the time of observation do not fit",
                faults,
                "observed_from before the first onset, observed_until at or after the last; "
                "onsets.where(onsets <= observed_until) for those that had not joined by then; seeds for who was there before",
            )
        times = np.full(len(arrivals.rank), np.inf)
        times[arrivals.order] = moments[arrivals.event_days]
        times[arrivals.rank < 0] = 0.0
        return cls(times, np.floor(end) if daily else end, daily)


def _check(onsets: pd.Series) -> bool:
    """Return whether onsets are dates; raise where they are neither dates nor numbers."""
    if isinstance(onsets, pd.Series) and pd.api.types.is_numeric_dtype(onsets) and onsets.dtype != bool:
        faults = [] if onsets.index.is_unique else ["places stand more than once"]
        faults += ["infinite onsets: NaN is for those that never joined"] if np.isinf(onsets).any() else []
        if faults:
            raise SchemaError("onsets", faults, "one number a place, NaN for those that had not joined")
        return False
    check_onsets(onsets)
    return True


def _seed_rows(onsets: pd.Series, seeds: SeedPlaces) -> npt.NDArray[np.bool_]:
    if seeds is None:
        return np.zeros(len(onsets), dtype=bool)
    if isinstance(seeds, str):
        if seeds != FIRST_DAY:
            raise DataError("these are no seeds", [f"seeds = {seeds!r}"], _MEND_SEEDS)
        return np.asarray(onsets == onsets.min(), dtype=bool)
    wanted = pd.Index(list(seeds))
    strangers = wanted[~wanted.isin(onsets.index)]
    if len(strangers):
        raise DataError("these are no seeds", [f"not among the places: {shorten_list(strangers)}"], _MEND_SEEDS)
    return np.asarray(onsets.index.isin(wanted), dtype=bool)


def _since(arrivals: Acquisitions, observed_from: Moment, observed_until: Moment) -> tuple[FloatArray, float]:
    if not arrivals.dated:
        given = [0.0 if observed_from is None else observed_from, observed_until]
        numbers = [float(number) for number in given if isinstance(number, (int, float, np.number))]
        if len(numbers) < 2 or not np.isfinite(numbers).all():
            raise DataError(
                "onsets and the time of observation do not fit",
                [f"onsets are numbers, observed_from = {observed_from!r}, observed_until = {observed_until!r}"],
                "numbers on the scale of the onsets",
            )
        start, end = numbers
        return arrivals.moments.astype(float) - start, end - start
    first = _date(arrivals.moments[0] if observed_from is None else observed_from)
    last = _date(observed_until)
    if first is None or last is None:
        raise DataError(
            "onsets and the time of observation do not fit",
            [f"onsets are dates, observed_from = {observed_from!r}, observed_until = {observed_until!r}"],
            "dates, such as '2022-01-08'",
        )
    before = first.normalize() - pd.Timedelta(days=1)  # a day is over at its end: the first counts as one
    day = pd.Timedelta(days=1)
    return ((pd.DatetimeIndex(arrivals.moments) - before) / day).to_numpy(dtype=float), float((last - before) / day)


def _date(moment: Any) -> pd.Timestamp | None:
    """Return a moment as a date; None where it is none."""
    if isinstance(moment, (int, float)):
        return None
    try:
        date = pd.Timestamp(moment)
    except (TypeError, ValueError):
        return None
    return date if isinstance(date, pd.Timestamp) else None
