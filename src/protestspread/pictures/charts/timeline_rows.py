"""The rows of a timeline as data: interventions by kind with the number of regions, and flows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import pandas as pd

from ...arrow_layers import strength
from ...readers.responses import ACTS
from ...tables import check_flows
from ..interventions_by_kind import Step, cut_to_window, rank_kinds, share_steps
from ..style.text import day_text, kind_text, percent_text, say, text

_FLOW = 0.6  # the height of the band of a flow, as a share
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
        Known intervals (start, end, share of the people): disjoint, ascending, inside the window.
    marked
        The same for the marked regions.
    fades_in, fades_out
        Known ends of intervals with an unknown start, and known starts of intervals with an unknown end, each with the
        share of the people.
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
    fades_in: tuple[tuple[pd.Timestamp, float], ...] = ()
    fades_out: tuple[tuple[pd.Timestamp, float], ...] = ()
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
    weights: pd.Series,
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
    weights
        Region -> share of the people (`region_weights`).
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
    return [_band(str(kind), rows, Where(names, weights), end, mark) for kind, rows in tables if len(rows)]


def _band(kind: str, rows: pd.DataFrame, where: "Where", end: pd.Timestamp, mark: Sequence[str]) -> TimelineRow:
    if kind in ACTS:
        days = list(dict.fromkeys(rows["start"].sort_values()))
        moments = [day + _DAY / 2 if day == day.normalize() else day for day in days]  # noon where the hour is unknown
        words = ", ".join(dict.fromkeys(day_text(day, year=False) for day in days))
        return TimelineRow(kind, kind_text(kind), words, acts=tuple(moments))
    known, is_open = rows[rows["known"]], rows[~rows["known"]]
    fades = [(cast("pd.Timestamp", moment), where.share(some)) for moment, some in is_open.groupby("start")]
    marked = known[known["region_id"].isna() | known["region_id"].isin(mark)] if len(mark) else known.iloc[:0]
    return TimelineRow(
        kind,
        kind_text(kind),
        _row_text(rows, where, end),
        steps=share_steps(known, where.weights),
        marked=share_steps(marked, where.weights[where.weights.index.isin(mark)]),
        fades_out=tuple(fades),
        goes_on=bool((known["until"] > end).any()),
    )


@dataclass(frozen=True, eq=False)
class Where:
    """Names of regions and their shares of the people, to say where measures were in force."""

    names: pd.Series
    weights: pd.Series

    def share(self, rows: pd.DataFrame) -> float:
        """Return the share of the people in the regions of rows: 1 where a row is for the whole country."""
        if rows["region_id"].isna().any():
            return 1.0
        return round(float(self.weights[self.weights.index.isin(rows["region_id"])].sum()), 12)

    def words(self, rows: pd.DataFrame) -> str:
        """Return where rows were in force: "3 of 17 regions, 12 % of people"."""
        regions = list(dict.fromkeys(rows["region_id"].dropna()))
        if rows["region_id"].isna().any():
            return text("whole_country")
        if len(regions) == len(self.names):
            return text("all_regions", n=len(self.names))
        some = ", ".join(str(self.names.get(region, region)) for region in regions)
        some = some if len(regions) <= 2 else text("some_regions", n=len(regions), total=len(self.names))
        people = text("share_people", share=percent_text(self.share(rows)))
        return f"{some}, {people}" if self.weights.name == "people" else some


def _row_text(rows: pd.DataFrame, where: Where, end: pd.Timestamp) -> str:
    """Describe where a kind was in force, and until when."""
    known = rows[rows["known"]]
    here = where.words(rows)
    if known.empty:
        return f"{here}; {text('no_end')}"
    last = known["until"].max()
    longest = where.words(known[known["until"] == last])
    until = _until(last, year=last > end)
    ends = f", {until}" if longest == here else f"; {text('where_until', where=longest, until=until)}"
    return f"{here}{ends}" if rows["known"].all() else f"{here}{ends}; {text('some_no_end')}"


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
        return replace(band, steps=((max(arrived, start), min(gone, end), _FLOW),), goes_on=beyond)
    if arrived is not None:
        return replace(band, fades_out=((max(arrived, start), _FLOW),))
    return band if gone is None else replace(band, fades_in=((min(gone, end), _FLOW),), goes_on=beyond)


def _flow_text(flow: pd.Series, arrived: str | None, last: str | None) -> str:
    low, high = (float(flow.get(side, np.nan)) for side in ("low", "high"))
    verb = "dispatched" if flow.get("start_basis") == "dispatch" else "arrived"
    begun = text(verb, date=arrived) if arrived else text("no_arrival")
    return f"{say(strength(low, high))}; {begun}, {text('withdrawn', date=last) if last else text('no_withdrawal')}"
