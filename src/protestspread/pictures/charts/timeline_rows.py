"""The rows of a timeline as data: interventions by kind with the number of regions, and flows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import cast

import numpy as np
import pandas as pd

from ...arrow_layers import strength
from ...readers.responses import ACTS
from ...tables import check_flows
from ..interventions_by_kind import Span, cut_to_window, merged, rank_kinds
from ..style.text import day_text, kind_text, say, text

Step = tuple[pd.Timestamp, pd.Timestamp, int]
_DAY = pd.Timedelta(days=1)


@dataclass(frozen=True)
class TimelineRow:
    """One row of a timeline.

    Attributes
    ----------
    kind
        The kind, which determines the color.
    name, words
        The label above the row: the name, then where and until when.
    steps
        Known intervals (start, end, number of regions): disjoint, ascending, inside the window.
    marked
        The same for the marked regions.
    fades_in, fades_out
        Known ends of intervals with an unknown start, and known starts of intervals with an unknown end, each with the
        number of regions.
    goes_on
        Whether it is known to continue after the window.
    acts
        The moments of an act, such as a resignation, that has no duration.
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
        """The moment where it begins in the picture, or None if it is not visible."""
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
    """Return one row per kind of intervention in force within [start, end), the one with the most region-days first.

    Parameters
    ----------
    interventions
        One row per kind, region and interval.
    start, end
        The window; intervals are cut at its ends.
    names
        Region -> name, for all regions.
    kinds
        The kinds to return, in this order; by default all.
    mark
        Ids of regions to distinguish.

    Raises
    ------
    SchemaError, DataError
        See `intervention_spans`.
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
        moments = [day + _DAY / 2 if day == day.normalize() else day for day in days]  # noon where the hour is unknown
        words = ", ".join(dict.fromkeys(day_text(day, year=False) for day in days))
        return TimelineRow(kind, kind_text(kind), words, acts=tuple(moments))
    known, is_open = rows[rows["known"]], rows[~rows["known"]]
    fades = [(cast("pd.Timestamp", moment), _count_regions(some, names)) for moment, some in is_open.groupby("start")]
    return TimelineRow(
        kind,
        kind_text(kind),
        _row_text(rows, names, end),
        steps=_steps(known, len(names)),
        marked=_steps(known[known["region_id"].isna() | known["region_id"].isin(mark)], len(mark)) if len(mark) else (),
        fades_out=tuple(fades),
        goes_on=bool((known["until"] > end).any()),
    )


def _count_regions(rows: pd.DataFrame, names: pd.Series) -> int:
    """Count the regions of rows: all regions where a row is for the whole country."""
    return len(names) if rows["region_id"].isna().any() else int(rows["region_id"].nunique())


def _steps(rows: pd.DataFrame, regions: int) -> tuple[Step, ...]:
    """Count over time the regions with an interval."""

    def spans(some: pd.DataFrame) -> tuple[Span, ...]:
        return merged(zip(some["start"], some["end"], strict=True))

    whole = spans(rows[rows["region_id"].isna()])
    single = [span for _, some in rows.groupby("region_id") for span in spans(some)]
    turns = sorted({moment for span in (*whole, *single) for moment in span})
    place = {moment: number for number, moment in enumerate(turns)}
    change = np.zeros((2, len(turns)), dtype=int)
    for row, group in enumerate((single, whole)):
        for first, last in group:
            change[row, place[first]] += 1
            change[row, place[last]] -= 1
    counts, everywhere = change.cumsum(axis=1)
    totals = np.where(everywhere > 0, regions, counts)
    steps: list[Step] = []
    for (first, last), count in zip(pairwise(turns), totals[:-1], strict=True):
        if count and steps and steps[-1][1:] == (first, count):
            steps[-1] = (steps[-1][0], last, int(count))
        elif count:
            steps.append((first, last, int(count)))
    return tuple(steps)


def _row_text(rows: pd.DataFrame, names: pd.Series, end: pd.Timestamp) -> str:
    """Describe where a kind was in force, and until when."""
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
    """Format an end: the last day, or the day and the hour.

    Examples
    --------
    >>> _until(pd.Timestamp("2022-01-27"), year=True), _until(pd.Timestamp("2022-01-15 07:00"), year=False)
    ('through 26 Jan 2022', 'until 07:00 on 15 Jan')
    """
    midnight = end == end.normalize()
    day = day_text(end - _DAY if midnight else end, year=year)
    return text("through", date=day) if midnight else text("until", time=f"{end:%H:%M}", date=day)


def flow_rows(flows: pd.DataFrame, start: pd.Timestamp, end: pd.Timestamp) -> tuple[list[TimelineRow], list[str]]:
    """Return one row per flow that may have been present within [start, end), and the names of the other flows.

    A flow lasts from its arrival through its last day.
    """
    rows: list[TimelineRow] = []
    outside: list[str] = []
    if flows.empty:
        return rows, outside
    check_flows(flows)
    for _, flow in flows.iterrows():
        arrived, last = (_moment(flow.get(side)) for side in ("start", "end"))
        gone = None if last is None else last.normalize() + _DAY
        sender = flow.get("contributing_country")
        name = f"{sender if isinstance(sender, str) else flow['origin']} → {flow['destination']}"
        if (arrived is not None and arrived >= end) or (gone is not None and gone <= start):
            outside.append(name)
            continue
        dates = [None if day is None else day_text(day, year=not start <= day < end) for day in (arrived, last)]
        rows.append(_dated(TimelineRow("troop_deployment", name, _flow_text(flow, *dates)), arrived, gone, start, end))
    return rows, outside


def _moment(value: object) -> pd.Timestamp | None:
    return value if isinstance(value, pd.Timestamp) else None


def _dated(
    band: TimelineRow, arrived: pd.Timestamp | None, gone: pd.Timestamp | None, start: pd.Timestamp, end: pd.Timestamp
) -> TimelineRow:
    """Add the time of a flow: a bar where both ends are known, a fade where one is, nothing where neither is."""
    beyond = gone is not None and gone > end
    if arrived is not None and gone is not None:
        return replace(band, steps=((max(arrived, start), min(gone, end), 1),), goes_on=beyond)
    if arrived is not None:
        return replace(band, fades_out=((max(arrived, start), 1),))
    return band if gone is None else replace(band, fades_in=((min(gone, end), 1),), goes_on=beyond)


def _flow_text(flow: pd.Series, arrived: str | None, last: str | None) -> str:
    low, high = (float(flow.get(side, np.nan)) for side in ("low", "high"))
    verb = "dispatched" if flow.get("start_basis") == "dispatch" else "arrived"
    begun = text(verb, date=arrived) if arrived else text("no_arrival")
    return f"{say(strength(low, high))}; {begun}, {text('withdrawn', date=last) if last else text('no_withdrawal')}"
