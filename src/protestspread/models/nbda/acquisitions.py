"""The order and the times of onsets, the period of observation, and the matrices of networks."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sp

from ...arguments import Arguments
from ...arrays import BoolArray, FloatArray, IntArray
from ...checks import is_real, label_faults
from ...errors import DataError, SchemaError, must_be, shorten_list
from ...exposures.networks import Graphs
from ...exposures.networks import network_matrices as matrices_of
from ...exposures.until_onset import ExposureUntilOnset
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

    @cached_property
    def dates(self) -> pd.Index:
        """The rows of a panel: all days from the first onset to the last, with the moments; numbers of numeric onsets."""
        moments: pd.Index = pd.Index(self.moments, name="date")
        if not self.dated:
            return moments
        moments = pd.DatetimeIndex(moments).as_unit("ns")
        return moments.union(pd.date_range(moments[0].normalize(), moments[-1], name="date"))

    @property
    def event_days(self) -> IntArray:
        """Rank of each onset, shape (events,)."""
        return self.rank[self.order]

    def exposure(self, matrix: sp.csr_array) -> ExposureUntilOnset:
        """Return the exposure along a network to the places that joined on earlier days."""
        return ExposureUntilOnset.of(matrix, self.rank, self.order, self.days)

    def with_ranks(self, rank: IntArray) -> "Acquisitions":
        """Return acquisitions with the same moments and other ranks of places."""
        rows = np.flatnonzero((rank >= 0) & (rank < self.days))
        order = rows[np.argsort(rank[rows], kind="stable")]
        return Acquisitions(self.places, rank, self.moments, order, self.dated)

    def reordered(self, days: FloatArray, rng: np.random.Generator) -> "Acquisitions":
        """Return the acquisitions of other onsets: as many on each day as here, in the order of some days.

        Which of the places of one day come first is drawn.
        """
        at_risk = np.flatnonzero(self.rank >= 0)
        first = np.lexsort((rng.random(len(at_risk)), days[at_risk]))[: self.events]
        rank = np.where(self.rank < 0, self.rank, self.days)
        rank[at_risk[first]] = self.event_days
        return self.with_ranks(rank)


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
    start
        The moment, or number, at which time is 0.
    """

    times: FloatArray
    end: float
    daily: bool
    start: pd.Timestamp | float

    @classmethod
    def of(
        cls, acquisitions: Acquisitions, *, observed_from: Moment, observed_until: Moment, time: str | None
    ) -> "ObservationWindow":
        """Measure onsets from ``observed_from`` (by default the day of the first onset; 0 for numbers)."""
        with Arguments() as check:
            check.choice("time", time, ["continuous", "daily"], optional=True)
        daily = acquisitions.dated if time is None else time == "daily"
        moments, end, begun = _since(acquisitions, observed_from, observed_until)
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
        return cls(times, np.floor(end) if daily else end, daily, begun)

    @property
    def whole_days(self) -> bool:
        """Whether the rows of a panel are days, because no onset has a time of day."""
        onsets = self.times[np.isfinite(self.times)]
        return self.daily or (isinstance(self.start, pd.Timestamp) and not (onsets % 1).any())

    @cached_property
    def ends(self) -> FloatArray:
        """Time at the end of each row of a panel: of each day, or of the intervals between onsets."""
        if self.whole_days:
            return np.minimum(np.arange(1, np.ceil(self.end) + 1), self.end)
        return np.unique(np.append(self.times[np.isfinite(self.times) & (self.times > 0)], self.end))

    @property
    def dates(self) -> pd.Index:
        """The rows of a panel: dates, or numbers of numeric onsets."""
        times = np.ceil(self.ends) if self.whole_days else self.ends
        if isinstance(self.start, pd.Timestamp):
            dates = self.start + pd.to_timedelta(times, unit="D").round("ms")  # days as fractions are not exact
            return pd.DatetimeIndex(dates, name="date").as_unit("ns")
        return pd.Index(self.start + times, name="date")

    def longer(self, days: int) -> "ObservationWindow":
        """Return the window with further days, after its last day."""
        return replace(self, end=float(np.ceil(self.end)) + days)

    def redated(self, acquisitions: Acquisitions, times: FloatArray) -> tuple[Acquisitions, "ObservationWindow"]:
        """Return other onsets, at some times since the beginning of observation, and their window; seeds stay."""
        seeds = acquisitions.rank < 0
        times = np.ceil(times) if self.daily else times
        times = np.where(seeds, 0.0, np.where(times > self.end, np.inf, times))
        joined = np.isfinite(times) & ~seeds
        moments, rank = np.unique(times[joined], return_inverse=True)
        ranks = np.where(seeds, -1, len(moments))
        ranks[joined] = rank
        return replace(acquisitions, moments=moments).with_ranks(ranks), replace(self, times=times)


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


def seed_places(onsets: pd.Series, seeds: SeedPlaces) -> list[Hashable]:
    """Return the places that joined before the process began."""
    return list(onsets.index[_seed_rows(onsets, seeds)])


def _since(
    acquisitions: Acquisitions, observed_from: Moment, observed_until: Moment
) -> tuple[FloatArray, float, pd.Timestamp | float]:
    """Return the onset moments and the end of observation, as times since observation began, and when it began."""
    if not acquisitions.dated:
        with Arguments("pass numbers, because the onsets are numbers") as check:
            start = check.number("observed_from", 0.0 if observed_from is None else observed_from)
            end = check.number("observed_until", observed_until)
        return acquisitions.moments.astype(float) - start, end - start, start
    with Arguments("pass dates, such as '2022-01-08', because the onsets are dates") as check:
        first = check.moment("observed_from", acquisitions.moments[0] if observed_from is None else observed_from)
        last = check.moment("observed_until", observed_until)
    before = first.normalize() - pd.Timedelta(days=1)  # times are counted to the end of a day, so the first day is 1
    day = pd.Timedelta(days=1)
    times = ((pd.DatetimeIndex(acquisitions.moments) - before) / day).to_numpy(dtype=float)
    return times, float((last - before) / day), before


def network_matrices(places: pd.Index, graphs: Graphs) -> dict[str, sp.csr_array]:
    """Return name -> matrix of weights *from* row *to* column, in the order of the places.

    Raises
    ------
    DataError
        ``graphs`` is not a graph or a dict of graphs, or the places of a graph differ from those of the onsets; the message
        names them. An empty dict is a model without networks.
    """
    if isinstance(graphs, Mapping) and not graphs:
        return {}
    fix = "pass graph.subgraph(onsets.index), or onsets.reindex(graph.nodes) if the other places had not joined"
    return matrices_of(places, graphs, whose="the onsets", fix=fix)
