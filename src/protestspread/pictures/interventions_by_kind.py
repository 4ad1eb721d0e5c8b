"""Interventions over time, merged by kind: the lanes above a curve."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from ..errors import DataError, shorten_list
from ..tables import check_interventions

MOST_LANES = 6
Span = tuple[pd.Timestamp, pd.Timestamp]


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
    """

    kind: str
    spans: tuple[tuple[pd.Timestamp, pd.Timestamp], ...]
    is_open: bool


def intervention_spans(
    interventions: pd.DataFrame,
    start: pd.Timestamp,
    end: pd.Timestamp,
    *,
    kinds: Sequence[str] | None = None,
    most: int = MOST_LANES,
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

    Raises
    ------
    SchemaError
        `interventions` is not a table of interventions.
    DataError
        `kinds` names a kind that no intervention has.
    """
    cut = cut_to_window(interventions, start, end, kinds=kinds)
    chosen = rank_kinds(cut, interventions["region_id"].nunique())[:most] if kinds is None else kinds
    lanes = [_lane(str(kind), cut[cut["kind"] == kind]) for kind in chosen if (cut["kind"] == kind).any()]
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


def _lane(kind: str, rows: pd.DataFrame) -> InterventionRow:
    """Merge the intervals of one kind; an interval with an unknown end lasts to the last known end."""
    until = max([*rows["end"].dropna(), rows["start"].max()])
    spans = merged(zip(rows["start"], rows["end"].fillna(until), strict=True))
    return InterventionRow(kind, spans, is_open=not rows["known"].all())


def merged(intervals: Iterable[Span]) -> tuple[Span, ...]:
    """Merge intervals that touch or overlap; return them in ascending order."""
    spans: list[Span] = []
    for first, last in sorted(intervals):
        if spans and first <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], last))
        else:
            spans.append((first, last))
    return tuple(spans)
