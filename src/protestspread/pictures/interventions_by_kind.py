"""Interventions over time, merged by kind: the lanes above a curve."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..errors import DataError, shorten_list
from ..interventions import in_force_by_region
from ..tables import check_interventions

MOST_LANES = 6
Span = tuple[pd.Timestamp, pd.Timestamp]
Step = tuple[pd.Timestamp, pd.Timestamp, float]  # start, end, share of the people


@dataclass(frozen=True)
class InterventionRow:
    """One kind of intervention over time.

    Attributes
    ----------
    kind
        The kind, as in the interventions.
    spans
        Disjoint intervals (start, end) in which it was in force in at least one region; ascending, inside the window.
    is_open
        Whether the end of at least one interval is unknown, so it may have lasted longer than shown.
    steps
        Disjoint intervals (start, end, share): where it was in force, with the share of the people who live there. An
        interval with an unknown end lasts to the end of the window.
    known
        The same without intervals whose end is unknown.
    """

    kind: str
    spans: tuple[tuple[pd.Timestamp, pd.Timestamp], ...]
    is_open: bool
    steps: tuple[Step, ...] = ()
    known: tuple[Step, ...] = ()


def intervention_spans(
    interventions: pd.DataFrame,
    start: pd.Timestamp,
    end: pd.Timestamp,
    *,
    kinds: Sequence[str] | None = None,
    most: int = MOST_LANES,
    weights: pd.Series | None = None,
) -> list[InterventionRow]:
    """Merge interventions by kind within the window [start, end), in order of their start.

    Parameters
    ----------
    interventions
        One row per kind, region and interval; a missing ``region_id`` means the whole country.
    start, end
        The window; intervals are cut at its ends.
    kinds
        The kinds to return; by default the `most` kinds with the most region-days (an unknown end counts as one day).
    weights
        The share of the people by region (`region_weights`); by default, measures of regions have the share 0.

    Raises
    ------
    SchemaError
        `interventions` is not a table of interventions.
    DataError
        `kinds` names a kind that no intervention has.
    """
    cut = cut_to_window(interventions, start, end, kinds=kinds)
    chosen = rank_kinds(cut, interventions["region_id"].nunique())[:most] if kinds is None else kinds
    rows = {str(kind): cut[cut["kind"] == kind] for kind in chosen}
    lanes = [_lane(kind, some, end, weights) for kind, some in rows.items() if len(some)]
    return sorted(lanes, key=lambda lane: lane.spans[0][0])


def cut_to_window(
    interventions: pd.DataFrame, start: pd.Timestamp, end: pd.Timestamp, *, kinds: Sequence[str] | None = None
) -> pd.DataFrame:
    """Cut interventions to a window [start, end).

    Adds the columns ``known`` (whether the end is known) and ``until`` (the end before cutting).

    Raises
    ------
    SchemaError, DataError
        See `intervention_spans`.
    """
    check_interventions(interventions)
    unknown = sorted(map(str, set(() if kinds is None else kinds) - set(interventions["kind"])))
    if unknown:
        raise DataError(
            "kinds",
            [f"no intervention has the kind {shorten_list(unknown)}"],
            f"choose from {shorten_list(sorted(set(interventions['kind'])), most=30)}"
            if len(interventions)
            else "omit kinds: there are no interventions",
        )
    ends = interventions["end"]
    inside = interventions[(interventions["start"] < end) & (ends.isna() | (ends > start))]
    return inside.assign(
        start=inside["start"].mask(inside["start"] < start, start),
        known=inside["end"].notna(),
        until=inside["end"],
        end=inside["end"].mask(inside["end"] > end, end),
    )


def rank_kinds(cut: pd.DataFrame, regions: int) -> list[str]:
    """Return the kinds sorted by region-days, largest first (an unknown end counts as one day)."""
    days = (cut["end"] - cut["start"]).dt.total_seconds().fillna(86_400.0)
    weight = days * cut["region_id"].isna().map({True: max(regions, 1), False: 1})
    return list(weight.groupby(cut["kind"]).sum().sort_values(ascending=False, kind="stable").index)


def _lane(kind: str, rows: pd.DataFrame, end: pd.Timestamp, weights: pd.Series | None) -> InterventionRow:
    """Merge the intervals of one kind; in the spans, an interval with an unknown end lasts to the last known end."""
    until = max([*rows["end"].dropna(), rows["start"].max()])
    spans = merged(zip(rows["start"], rows["end"].fillna(until), strict=True))
    steps = (share_steps(some, weights) for some in (rows.fillna({"end": end}), rows[rows["known"]]))
    return InterventionRow(kind, spans, not rows["known"].all(), *steps)


def share_steps(rows: pd.DataFrame, weights: pd.Series | None) -> tuple[Step, ...]:
    """Return the disjoint intervals (start, end, share) of rows with known ends, in ascending order.

    The share is the sum of the weights of the regions where one of the rows is in force. Other regions count as 0; the
    whole country is the sum of all weights, 1 by default.
    """
    weights = pd.Series(dtype=float) if weights is None else weights
    whole = float(weights.sum()) if len(weights) else 1.0
    turns = pd.DatetimeIndex(pd.concat([rows["start"], rows["end"]]).unique()).sort_values()
    if not len(turns):
        return ()
    elsewhere = object()  # a region in which only measures of the whole country hold
    regions = pd.Index(
        [*dict.fromkeys([*weights.index, *rows["region_id"].dropna().unique()]), elsewhere], dtype=object
    )
    inside = in_force_by_region(rows, regions, turns)
    share = np.where(inside[-1], whole, weights.reindex(regions).fillna(0).to_numpy() @ inside).round(12)
    steps: list[Step] = []
    for row in np.flatnonzero(inside.any(axis=0)).tolist():
        start, end = turns[row], turns[row + 1]
        if steps and steps[-1][1:] == (start, share[row]):
            start = steps.pop()[0]
        steps.append((start, end, float(share[row])))
    return tuple(steps)


def merged(intervals: Iterable[Span]) -> tuple[Span, ...]:
    """Merge intervals that touch or overlap; return them in ascending order."""
    spans: list[Span] = []
    for first, last in sorted(intervals):
        if spans and first <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], last))
        else:
            spans.append((first, last))
    return tuple(spans)
