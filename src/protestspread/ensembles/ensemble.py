"""Ensembles: many possible spreads of the same days and places."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from ..arguments import Arguments, as_list
from ..arrays import FloatArray, IntArray
from ..atomic_files import atomic_path
from ..errors import DataError, must_be
from ..figures import Fan
from ..results import Drawn
from ..tables import check_panel
from ..wording import format_date
from .figures import fan_of
from .tables import columns_of, panel_batch, ranked_counts, spell_rows, write

_BLOCK = 2 * 10**7  # numbers sorted at a time


@dataclass(frozen=True, eq=False, repr=False)
class Ensemble(Drawn):
    """Many possible panels; use ``len(ensemble)``, ``ensemble[i]`` and ``for panel in ensemble``.

    `simulate_many`, `forecast` and ``fit.simulate`` return ensembles. They hold events rather than panels: the first and the
    last day of each spell of activity, or the counts above 0; a panel is made when it is asked for.

    Attributes
    ----------
    dates, places
        Index and columns of every panel.
    draws
        Number of panels.
    counts_events
        Whether panels hold counts of events, rather than 1 where a place is active and 0 elsewhere.
    table
        A pyarrow Table. Spells have the columns ``draw``, ``place`` (position), ``first`` and ``last`` (row, or time in days
        since the start in continuous time, where ``last`` is the recovery); counts have ``draw``, ``place``, ``day`` and
        ``count``.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> near = ps.nearest_graph(case.cities, k=3)
    >>> many = ps.simulate_many(ps.SI(0.2), near, seeds=["Zhanaozen"], days=20, draws=50, rng=7)
    >>> many.totals().shape
    (20, 50)
    >>> float(many.reached_by("2000-01-20")["Zhanaozen"])
    1.0
    """

    dates: pd.DatetimeIndex
    places: pd.Index
    draws: int
    counts_events: bool
    table: pa.Table

    @classmethod
    def from_values(cls, values: npt.ArrayLike, dates: pd.DatetimeIndex, places: pd.Index) -> "Ensemble":
        """Return an ensemble from an array of panels.

        Parameters
        ----------
        values
            Whole numbers, at least 0, shape (draws, days, places). Where none is above 1, they are taken for activity.
        dates, places
            Index and columns of every panel.

        Raises
        ------
        DataError
            ``values`` has another shape or other numbers.

        Examples
        --------
        >>> import pandas as pd
        >>> import protestspread as ps
        >>> days = pd.date_range("2022-01-02", periods=2, name="date")
        >>> ps.Ensemble.from_values([[[1, 0], [1, 1]], [[1, 0], [1, 0]]], days, pd.Index(["A", "B"])).mean()["B"].tolist()
        [0.0, 0.5]
        """
        with Arguments() as check:
            check.instance("dates", dates, pd.DatetimeIndex, "a DatetimeIndex")
            check.instance("places", places, pd.Index, "an Index of places")
            try:
                given = np.asarray(values)
            except ValueError:  # rows of different lengths
                given = np.empty(0)
            if given.ndim != 3 or given.dtype.kind not in "iuf":
                check.fault(f"values must hold numbers, in three dimensions; got {given.dtype}, {given.shape}")
            elif not check.faults and given.shape[1:] != (len(dates), len(places)):
                check.fault(
                    f"values must have the shape (draws, {len(dates)}, {len(places)}) for {len(dates)} dates and "
                    f"{len(places)} places; got {given.shape}"
                )
            elif not (np.isfinite(given) & (given >= 0) & (given % 1 == 0)).all():
                check.fault("values must be whole numbers, at least 0; got others")
        whole = given.astype(np.int64)
        counts = bool(whole.max(initial=0) > 1)
        return cls(dates, places, len(whole), counts, pa.Table.from_batches([panel_batch(whole, 0, counts=counts)]))

    @classmethod
    def empty(cls, dates: pd.DatetimeIndex, places: pd.Index, *, counts_events: bool) -> "Ensemble":
        """Return an ensemble without draws."""
        return cls(dates, places, 0, counts_events, pa.table({}))

    def __len__(self) -> int:
        return self.draws

    def __getitem__(self, draw: int) -> pd.DataFrame:
        return self.panel(draw)

    def __iter__(self) -> Iterator[pd.DataFrame]:
        return (self.panel(draw) for draw in range(self.draws))

    def panel(self, draw: int) -> pd.DataFrame:
        """Return one panel: counts, or 1 on the days on which a place is active.

        Parameters
        ----------
        draw
            Number of the panel, from 0; -1 is the last.

        Raises
        ------
        IndexError
            There is no such panel.
        """
        with Arguments() as check:
            draw = check.whole("draw", draw)
        number = draw + self.draws if draw < 0 else draw
        if not 0 <= number < self.draws:
            raise IndexError(f"draw must be from 0 to {self.draws - 1}; got {draw}")
        values = np.zeros((len(self.dates), len(self.places)), dtype=np.int64)
        for batch in self.table.to_batches():
            held = batch.column("draw").to_numpy()
            first, last = np.searchsorted(held, [number, number + 1])
            self._add(batch.slice(first, last - first), values)
        return self._frame(values)

    @property
    def values(self) -> IntArray:
        """All panels as one array, shape (draws, days, places), made anew: 8 bytes per draw, day and place."""
        change = np.zeros((self.draws, len(self.dates) + 1, len(self.places)), dtype=np.int64)
        for batch in self.table.to_batches():
            if self.counts_events:
                draw, place, day, count = columns_of(batch)
                np.add.at(change, (draw, day, place), count)
            else:
                draw, place, first, last = spell_rows(batch, len(self.dates))
                np.add.at(change, (draw, first, place), 1)
                np.add.at(change, (draw, last + 1, place), -1)
        return (change if self.counts_events else change.cumsum(axis=1))[:, :-1]

    def mean(self) -> pd.DataFrame:
        """Return the mean over draws for each day and place."""
        return self._frame(self._sums() / self.draws)

    def quantile(self, q: float) -> pd.DataFrame:
        """Return a quantile over draws for each day and place, with linear interpolation.

        Raises
        ------
        DataError
            ``q`` is not between 0 and 1.
        """
        with Arguments() as check:
            q = check.number("q", q, at_least=0, at_most=1)
        below = int(q * (self.draws - 1))
        share = q * (self.draws - 1) - below
        lower, upper = self._ranked(below), self._ranked(min(below + 1, self.draws - 1))
        return self._frame(lower + share * (upper - lower))

    def totals(self) -> pd.DataFrame:
        """Return the sum over places, one row per date and one column per draw."""
        total = np.zeros((len(self.dates) + 1, self.draws), dtype=np.int64)
        for batch in self.table.to_batches():
            if self.counts_events:
                draw, _, day, count = columns_of(batch)
                np.add.at(total, (day, draw), count)
            else:
                draw, _, first, last = spell_rows(batch, len(self.dates))
                np.add.at(total, (first, draw), 1)
                np.add.at(total, (last + 1, draw), -1)
        return self._by_draw(total[:-1] if self.counts_events else total.cumsum(axis=0)[:-1])

    def onsets(self) -> pd.DataFrame:
        """Return the first active day of each place, one row per draw and one column per place; NaT where there is none."""
        rows = np.full((self.draws, len(self.places)), -1)
        for draw, place, row in self._onset_rows():
            rows[draw, place] = row
        days = self.dates.to_numpy()[rows]
        days[rows < 0] = np.datetime64("NaT")
        return pd.DataFrame(days, index=pd.RangeIndex(self.draws, name="draw"), columns=self.places)

    def share_joined(self) -> pd.DataFrame:
        """Return the share of places that have been active so far, one row per date and one column per draw."""
        new = np.zeros((len(self.dates), self.draws))
        for draw, _, row in self._onset_rows():
            np.add.at(new, (row, draw), 1)
        return self._by_draw(new.cumsum(axis=0) / max(len(self.places), 1))

    def reached(self) -> pd.DataFrame:
        """Return the share of draws in which each place has been active up to and including each date."""
        new = np.zeros((len(self.dates), len(self.places)))
        for _, place, row in self._onset_rows():
            np.add.at(new, (row, place), 1)
        return self._frame(new.cumsum(axis=0) / self.draws)

    def reached_by(self, day: str | pd.Timestamp) -> pd.Series:
        """Return the share of draws in which each place has been active by a day, which is included.

        Parameters
        ----------
        day
            A date of the panels, such as "2022-01-05".

        Returns
        -------
        Series
            Index: places; a probability under the model that was simulated, for maps:
            ``plot_choropleth(shares, regions, scheme="probability")``.

        Raises
        ------
        DataError
            ``day`` is not a date of the panels.
        """
        with Arguments() as check:
            when = check.day("day", day)
            if not check.faults and when not in self.dates:
                check.fault(f"day must be from {self.dates[0].date()} to {self.dates[-1].date()}; got {when.date()}")
        return pd.Series(self.reached().loc[when], name=f"probability reached by {format_date(when)}")

    def coverage(self, observed: pd.DataFrame, levels: Iterable[float] = (0.5, 0.8, 0.95)) -> pd.DataFrame:
        """Return how often what was observed lies within the central intervals of the draws.

        Parameters
        ----------
        observed
            A panel with some of the dates and all places; unobserved place-days (NaN) and days with one are left out.
        levels
            Levels of the intervals.

        Returns
        -------
        DataFrame
            Index: level. ``totals``: share of days whose sum over places lies in the interval. ``place_days``: share of
            place-days. Intervals include their ends, so that those of small counts hold more than their level.

        Raises
        ------
        DataError, SchemaError
            ``observed`` is no panel, shares no date with the ensemble or lacks a place, or a level is not between 0 and 1.
        """
        check_panel(observed)
        with Arguments() as check:
            if (given := as_list(levels)) is None:
                check.fault(must_be("levels", "numbers from 0 to 1", levels))
            found = [check.number("levels", level, above=0, at_most=1) for level in given or ()]
            days = self.dates[self.dates.isin(observed.index)]
            if not len(days):
                check.fault("observed must have dates of the ensemble; got none")
            if not self.places.isin(observed.columns).all():
                check.fault("observed must have all places of the ensemble")
        seen = observed.loc[days, self.places].astype(float)
        if not self.counts_events:
            seen = seen.gt(0).where(seen.notna()).astype(float)
        total, drawn = seen.sum(axis=1, skipna=False), self.totals().loc[days]
        rows = []
        for level in found:
            low, high = (1 - level) / 2, (1 + level) / 2
            within = (total.ge(drawn.quantile(low, axis=1)) & total.le(drawn.quantile(high, axis=1)))[total.notna()]
            cells = seen.ge(self.quantile(low).loc[days]) & seen.le(self.quantile(high).loc[days])
            rows.append(
                (
                    within.mean(),
                    cells.to_numpy()[seen.notna().to_numpy()].mean() if seen.notna().any(axis=None) else np.nan,
                )
            )
        return pd.DataFrame(rows, index=pd.Index(found, name="level"), columns=["totals", "place_days"])

    def figure(self, *, observed: pd.DataFrame | None = None) -> Fan:
        """Return a fan: events by date if counts are held, else places that have joined; with the observed course."""
        return fan_of(self, observed)

    def save(self, path: str | Path) -> None:
        """Write the ensemble to a file, whole or not at all; `read_ensemble` reads it.

        Parameters
        ----------
        path
            A file in Arrow's IPC stream format, such as "spreads.arrows".

        Raises
        ------
        FileError
            The file cannot be written.
        """
        places = self.places.tolist()
        if not all(isinstance(place, str | int) and not isinstance(place, bool) for place in places):
            raise DataError("places must be text or whole numbers to be written", fix="rename the nodes of the graph")
        header = {
            "dates": self.dates.strftime("%Y-%m-%dT%H:%M:%S").tolist(),
            "unit": self.dates.unit,
            "freq": self.dates.freqstr,
            "places": places,
            "dtype": str(self.places.dtype),
            "names": [self.dates.name, self.places.name],
            "draws": self.draws,
            "counts_events": self.counts_events,
        }
        with atomic_path(path) as partial:
            write(self.table.to_batches(), partial, header, self.table.schema)

    def to_frame(self) -> pd.DataFrame:
        """Return what is held as a table.

        Returns
        -------
        DataFrame
            One row per spell: ``draw``, ``place``, ``first`` and ``last`` day. In continuous time these are moments, ``last``
            is the recovery (NaT where there is none), and the start is the end of the first date. Of counts: ``draw``,
            ``place``, ``date`` and ``count``.
        """
        held: pd.DataFrame = self.table.to_pandas()
        held["place"] = self.places.take(held["place"].to_numpy())
        if self.counts_events:
            held["day"] = self.dates.take(held["day"].to_numpy())
            return held.rename(columns={"day": "date"})
        for name in ("first", "last"):
            if held[name].dtype.kind == "i":
                held[name] = self.dates.take(held[name].to_numpy())
            else:
                days = held[name].astype(float).replace(np.inf, np.nan)
                held[name] = self.dates[0] + pd.to_timedelta(days + 1, unit="D").dt.floor("s")
        return held

    def __repr__(self) -> str:
        first, last = self.dates[0].date(), self.dates[-1].date()
        return f"<Ensemble: {self.draws:,} panels of {len(self.places):,} places, {first} to {last}>"

    def _add(self, batch: pa.RecordBatch, values: IntArray) -> None:
        """Add the panels of a batch to an array of shape (days, places)."""
        if self.counts_events:
            _, place, day, count = columns_of(batch)
            np.add.at(values, (day, place), count)
            return
        _, place, first, last = spell_rows(batch, len(self.dates))
        change = np.zeros((len(self.dates) + 1, len(self.places)), dtype=np.int64)
        np.add.at(change, (first, place), 1)
        np.add.at(change, (last + 1, place), -1)
        values += change.cumsum(axis=0)[:-1]

    def _sums(self) -> IntArray:
        """Return the sum over draws, shape (days, places)."""
        values = np.zeros((len(self.dates), len(self.places)), dtype=np.int64)
        for batch in self.table.to_batches():
            self._add(batch, values)
        return values

    def _ranked(self, rank: int) -> FloatArray:
        """Return the value of each day and place that has a given rank among the draws, the lowest being 0."""
        if not self.counts_events:
            return (rank >= self.draws - self._sums()).astype(float)
        step = max(1, _BLOCK * len(self.dates) // max(self.table.num_rows, 1))
        blocks = [range(start, min(start + step, len(self.dates))) for start in range(0, len(self.dates), step)]
        batches = self.table.to_batches()
        return np.vstack([ranked_counts(batches, self.draws - rank, days, len(self.places)) for days in blocks])

    def _onset_rows(self) -> Iterator[tuple[Any, Any, IntArray]]:
        """Yield draw, place and row of the first activity, once for each draw and place that has one."""
        for batch in self.table.to_batches():
            draw, place, row = columns_of(batch)[:3] if self.counts_events else spell_rows(batch, len(self.dates))[:3]
            cell = draw.astype(np.int64) * len(self.places) + place
            order = np.lexsort((row, cell))
            _, first = np.unique(cell[order], return_index=True)
            yield draw[order][first], place[order][first], row[order][first].astype(np.int64)

    def _by_draw(self, values: "np.typing.NDArray[Any]") -> pd.DataFrame:
        return pd.DataFrame(values, index=self.dates, columns=pd.RangeIndex(self.draws, name="draw"))

    def _frame(self, values: "np.typing.NDArray[Any]") -> pd.DataFrame:
        return pd.DataFrame(values, index=self.dates, columns=self.places)
