"""Waves: the stretches of a panel in which protest was widespread, between quiet days."""

from typing import Any

import numpy as np
import pandas as pd

from .arguments import Arguments
from .arrays import BoolArray, IntArray
from .tables import check_panel


def find_waves(panel: pd.DataFrame, *, at_least: int, quiet_days: int) -> pd.DataFrame:
    """Find waves of protest: days with many active places, separated by quiet days.

    Onsets are meaningful within one wave. In five years of events with permanent background protest, nearly every place has
    its onset in the first days of the file. Find the waves, and cut the panel to one of them before `onsets` or a model.

    Parameters
    ----------
    panel
        One row per date, one column per place.
    at_least
        Number of places with an event on a day of a wave. Choose it above the usual number of active places.
    quiet_days
        Number of days in a row, all observed and with fewer active places, that end a wave.

    Returns
    -------
    DataFrame
        One row per wave, in order of time, index ``wave`` (from 1):

        - ``start``, ``end``: the first and last date with ``at_least`` active places;
        - ``places``: number of places with an event from ``start`` to ``end``;
        - ``place_days``: number of pairs of a place and a date with an event;
        - ``peak``, ``peak_places``: the first date with the most active places, and their number;
        - ``start_open``, ``end_open``: True if the wave may have begun earlier or ended later, because fewer than
          ``quiet_days`` quiet days were observed directly before or after it.

        A date on which unobserved places could bring the number to ``at_least`` is neither active nor quiet: it belongs to
        no wave by itself, and interrupts a row of quiet days.

    Raises
    ------
    SchemaError
        The panel is not valid.
    DataError
        ``at_least`` or ``quiet_days`` is below 1.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> panel = ps.count_events(case.events, case.cities, start="2021-12-25", end="2022-01-20")
    >>> waves = ps.find_waves(panel, at_least=3, quiet_days=3)
    >>> waves[["start", "end", "places", "peak", "peak_places"]]
              start        end  places       peak  peak_places
    wave
    1    2022-01-02 2022-01-08      40 2022-01-05           24
    >>> wave = waves.loc[1]
    >>> first_days = ps.onsets(panel.loc[wave["start"] : wave["end"]])
    """
    with Arguments() as check:
        at_least = check.whole("at_least", at_least, at_least=1)
        quiet_days = check.whole("quiet_days", quiet_days, at_least=1)
    check_panel(panel)
    counts = panel.to_numpy(dtype=float, na_value=np.nan)
    happened = counts > 0
    number = happened.sum(axis=1)
    quiet, width = number + np.isnan(counts).sum(axis=1) < at_least, _widths(pd.DatetimeIndex(panel.index))
    before = np.append(0, _quiet_runs(quiet, width))  # quiet days directly before each date
    after = np.append(_quiet_runs(quiet[::-1], width[::-1])[::-1], 0)  # and from each date on
    waves = [
        _describe(
            panel.index, happened, first, last,
            start_open=bool(before[first] < quiet_days), end_open=bool(after[last + 1] < quiet_days),
        )
        for first, last in _split(number >= at_least, before[1:], quiet_days)
    ]  # fmt: skip
    table = pd.DataFrame(waves, columns=list(_COLUMNS)).astype({name: kind for name, kind in _COLUMNS.items() if kind})
    return table.set_index(pd.RangeIndex(1, len(table) + 1, name="wave"))


_COLUMNS = {
    "start": "", "end": "", "places": "int64", "place_days": "int64", "peak": "", "peak_places": "int64", "start_open": "bool",
    "end_open": "bool",
}  # fmt: skip


def _describe(
    dates: pd.Index, happened: BoolArray, first: int, last: int, *, start_open: bool, end_open: bool
) -> tuple[Any, ...]:
    """Return the row of a wave in the table."""
    wave = happened[first : last + 1]
    number = wave.sum(axis=1)
    peak = int(number.argmax())
    places = int(wave.any(axis=0).sum())
    return (
        dates[first], dates[last], places, int(wave.sum()), dates[first + peak], int(number[peak]), start_open, end_open
    )  # fmt: skip


def _split(active: BoolArray, run: IntArray, quiet_days: int) -> list[tuple[int, int]]:
    """Return the first and last row of each wave: active rows without enough quiet days between them."""
    waves: list[tuple[int, int]] = []
    for row in np.flatnonzero(active).tolist():
        last = waves[-1][1] if waves else 0
        if not waves or run[last:row].max() >= quiet_days:
            waves.append((row, row))
        else:
            waves[-1] = (waves[-1][0], row)
    return waves


def _quiet_runs(quiet: BoolArray, width: IntArray) -> IntArray:
    """Return the number of days in the row of quiet dates that ends at each date."""
    runs, run = np.zeros(len(quiet), dtype=np.int64), 0
    for row in range(len(quiet)):
        run = run + int(width[row]) if quiet[row] else 0
        runs[row] = run
    return runs


def _widths(dates: pd.DatetimeIndex) -> IntArray:
    """Return the number of days from each date to the next; the last is as long as the one before."""
    days = np.diff(dates.to_numpy()) // np.timedelta64(1, "D")
    return np.append(days, days[-1:] if len(days) else 1)[: len(dates)].astype(np.int64)
