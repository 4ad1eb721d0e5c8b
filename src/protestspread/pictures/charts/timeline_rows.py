"""What a timeline shows beside its bars, as data: interventions by kind with the regions they held, and flows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import cast

import numpy as np
import pandas as pd

from ...readers.responses import ACTS
from ...tables import check_flows
from ..frames import day_text
from ..interventions_by_kind import Span, cut_to_window, merged, rank_kinds
from ..style.text import kind_text, text
from ..style.theme import number_text

Step = tuple[pd.Timestamp, pd.Timestamp, int]
_DAY = pd.Timedelta(days=1)


@dataclass(frozen=True)
class TimelineRow:
    """One row of a timeline.

    Attributes
    ----------
    kind
        What colors it.
    name, words
        What is written above it: what it is, then where and until when.
    steps
        Where it is known: (start, end, regions held), apart, ascending, inside the window.
    marked
        The same for the regions marked.
    fades_in, fades_out
        Moments inside the window before which, or after which, it is not known how long it held, and regions.
    goes_on
        Whether it is known to last beyond the window.
    acts
        Moments, where it is an act and not a state.
    """

    kind: str
    name: str
    words: str
    steps: tuple[Step, ...] = ()
    marked: tuple[Step, ...] = ()
    fades_in: tuple[tuple[pd.Timestamp, int], ...] = ()
    fades_out: tuple[tuple[pd.Timestamp, int], ...] = ()
    goes_on: bool = False
    acts: tuple[pd.Timestamp, ...] = ()

    @property
    def first(self) -> pd.Timestamp | None:
        """Where it begins in the picture, if it is seen there at all."""
        steps, fades = [step[0] for step in self.steps], [fade[0] for fade in (*self.fades_in, *self.fades_out)]
        return min([*steps, *fades, *self.acts], default=None)


def intervention_rows(
    interventions: pd.DataFrame,
    start: pd.Timestamp,
    end: pd.Timestamp,
    names: pd.Series,
    *,
    kinds: Sequence[str] | None,
    mark: Sequence[str] = (),
) -> list[TimelineRow]:
    """Return a band a kind in force within [start, end), the one that held most regions for most days first.

    Parameters
    ----------
    interventions
        A row a kind, region and interval.
    names
        Region -> name: all the regions there are.
    kinds
        Which ones, in this order; by default all.
    mark
        Regions to tell apart.

    Raises
    ------
    SchemaError, DataError
        See `lanes`.
    """
    if interventions.empty and kinds is None:
        return []
    cut = cut_to_window(interventions, start, end, kinds=kinds)
    order = rank_kinds(cut, len(names)) if kinds is None else kinds
    tables = ((kind, cut[cut["kind"] == kind]) for kind in order)
    return [_band(str(kind), rows, names, end, mark) for kind, rows in tables if len(rows)]


def _band(kind: str, rows: pd.DataFrame, names: pd.Series, end: pd.Timestamp, mark: Sequence[str]) -> TimelineRow:
    if kind in ACTS:
        days = list(dict.fromkeys(rows["start"].sort_values()))
        middles = [day + _DAY / 2 if day == day.normalize() else day for day in days]  # the hour is not known
        said = ", ".join(dict.fromkeys(day_text(day, year=False) for day in days))
        return TimelineRow(kind, kind_text(kind), said, acts=tuple(middles))
    known, is_open = rows[rows["known"]], rows[~rows["known"]]
    fades = [(cast("pd.Timestamp", moment), _held(some, names)) for moment, some in is_open.groupby("start")]
    return TimelineRow(
        kind,
        kind_text(kind),
        _row_text(rows, names, end),
        steps=_steps(known, len(names)),
        marked=_steps(known[known["region_id"].isna() | known["region_id"].isin(mark)], len(mark)) if len(mark) else (),
        fades_out=tuple(fades),
        goes_on=bool((known["until"] > end).any()),
    )


def _held(rows: pd.DataFrame, names: pd.Series) -> int:
    """Return how many regions rows hold: all, where one of them is of the whole country."""
    return len(names) if rows["region_id"].isna().any() else int(rows["region_id"].nunique())


def _steps(rows: pd.DataFrame, regions: int) -> tuple[Step, ...]:
    """Count over time the regions that intervals hold."""

    def spans(some: pd.DataFrame) -> tuple[Span, ...]:
        return merged(zip(some["start"], some["end"], strict=True))

    whole = spans(rows[rows["region_id"].isna()])
    single = [span for _, some in rows.groupby("region_id") for span in spans(some)]
    turns = sorted({moment for span in (*whole, *single) for moment in span})
    place = {moment: number for number, moment in enumerate(turns)}
    change = np.zeros((2, len(turns)), dtype=int)
    for row, found in enumerate((single, whole)):
        for first, last in found:
            change[row, place[first]] += 1
            change[row, place[last]] -= 1
    counts, everywhere = change.cumsum(axis=1)
    held = np.where(everywhere > 0, regions, counts)
    steps: list[Step] = []
    for (first, last), count in zip(pairwise(turns), held[:-1], strict=True):
        if count and steps and steps[-1][1:] == (first, count):
            steps[-1] = (steps[-1][0], last, int(count))
        elif count:
            steps.append((first, last, int(count)))
    return tuple(steps)


def _row_text(rows: pd.DataFrame, names: pd.Series, end: pd.Timestamp) -> str:
    """Say where a kind was in force, and until when."""
    known = rows[rows["known"]]
    where = _where(rows, names)
    if known.empty:
        return f"{where}; {text('no_end')}"
    last = known["until"].max()
    longest = _where(known[known["until"] == last], names)
    until = _until(last, year=last > end)
    ends = f", {until}" if longest == where else f"; {text('where_until', where=longest, until=until)}"
    return f"{where}{ends}" if rows["known"].all() else f"{where}{ends}; {text('some_no_end')}"


def _where(rows: pd.DataFrame, names: pd.Series) -> str:
    regions = list(dict.fromkeys(rows["region_id"].dropna()))
    if rows["region_id"].isna().any():
        return text("whole_country")
    if len(regions) <= 2:
        return ", ".join(str(names.get(region, region)) for region in regions)
    if len(regions) == len(names):
        return text("all_regions", n=len(names))
    return text("some_regions", n=len(regions), total=len(names))


def _until(end: pd.Timestamp, *, year: bool) -> str:
    """Write an end: the last day, or the day and the hour.

    Examples
    --------
    >>> _until(pd.Timestamp("2022-01-27"), year=True), _until(pd.Timestamp("2022-01-15 07:00"), year=False)
    ('through 26 Jan 2022', 'to 07:00 on 15 Jan')
    """
    midnight = end == end.normalize()
    day = day_text(end - _DAY if midnight else end, year=year)
    return text("through", date=day) if midnight else text("until", time=f"{end:%H:%M}", date=day)


def flow_rows(flows: pd.DataFrame, start: pd.Timestamp, end: pd.Timestamp) -> tuple[list[TimelineRow], list[str]]:
    """Return a band a flow that may have been there within [start, end), and the names of the others.

    It lasts from the arrival through the last day.
    """
    found: list[TimelineRow] = []
    outside: list[str] = []
    if flows.empty:
        return found, outside
    check_flows(flows)
    for _, flow in flows.iterrows():
        arrived, last = (_moment(flow.get(side)) for side in ("start", "end"))
        gone = None if last is None else last.normalize() + _DAY
        sender = flow.get("contributing_country")
        name = f"{sender if isinstance(sender, str) else flow['origin']} → {flow['destination']}"
        if (arrived is not None and arrived >= end) or (gone is not None and gone <= start):
            outside.append(name)
            continue
        said = [None if day is None else day_text(day, year=not start <= day < end) for day in (arrived, last)]
        found.append(_dated(TimelineRow("troop_deployment", name, _flow_text(flow, *said)), arrived, gone, start, end))
    return found, outside


def _moment(value: object) -> pd.Timestamp | None:
    return value if isinstance(value, pd.Timestamp) else None


def _dated(
    band: TimelineRow, arrived: pd.Timestamp | None, gone: pd.Timestamp | None, start: pd.Timestamp, end: pd.Timestamp
) -> TimelineRow:
    """Give a flow its time: a bar where both ends are known, a fade where one is, nothing where neither is."""
    beyond = gone is not None and gone > end
    if arrived is not None and gone is not None:
        return replace(band, steps=((max(arrived, start), min(gone, end), 1),), goes_on=beyond)
    if arrived is not None:
        return replace(band, fades_out=((max(arrived, start), 1),))
    return band if gone is None else replace(band, fades_in=((min(gone, end), 1),), goes_on=beyond)


def _flow_text(flow: pd.Series, arrived: str | None, last: str | None) -> str:
    low, high = (float(flow.get(side, np.nan)) for side in ("low", "high"))
    strength = strength_text(low, high)
    verb = "dispatched" if flow.get("start_basis") == "dispatch" else "arrived"
    begun = text(verb, date=arrived) if arrived else text("no_arrival")
    return f"{strength}; {begun}, {text('withdrawn', date=last) if last else text('no_withdrawal')}"


def strength_text(low: float, high: float) -> str:
    """Write a strength, or what is known of it.

    Examples
    --------
    >>> strength_text(70, 100), strength_text(float("nan"), 500)
    ('70–100', 'up to 500')
    """
    if np.isnan(low) and np.isnan(high):
        return text("no_strength")
    if np.isnan(low):
        return text("up_to", n=number_text(high))
    if np.isnan(high):
        return text("at_least", n=number_text(low))
    return number_text(low) if low == high else f"{number_text(low)}–{number_text(high)}"
