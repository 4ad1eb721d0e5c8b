"""Interventions over time, merged by kind: what the lanes beside a curve show."""

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
        As in the interventions.
    spans
        When it was in force somewhere: (start, end), apart, ascending, inside the window.
    is_open
        Whether the end of one of them is not known: it may have lasted beyond what is drawn.
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
    """Merge interventions by kind, for the window [start, end), in the order in which they began.

    Parameters
    ----------
    interventions
        A row a kind, region and interval; ``region_id`` missing means the whole country.
    start, end
        The window. What lies outside is cut off.
    kinds
        Which ones. By default those that were in force in most regions for most days (one day, where the end is not
        known), `most` of them.

    Raises
    ------
    SchemaError
        The interventions are not interventions.
    DataError
        None of them is of one of the kinds asked for.
    """
    cut = cut_to_window(interventions, start, end, kinds=kinds)
    chosen = rank_kinds(cut, interventions["region_id"].nunique())[:most] if kinds is None else kinds
    found = [_lane(str(kind), cut[cut["kind"] == kind]) for kind in chosen if (cut["kind"] == kind).any()]
    return sorted(found, key=lambda lane: lane.spans[0][0])


def cut_to_window(
    interventions: pd.DataFrame, start: pd.Timestamp, end: pd.Timestamp, *, kinds: Sequence[str] | None = None
) -> pd.DataFrame:
    """Return what lies in a window [start, end), cut off at its ends, with the columns ``known`` (its end) and ``until``.

    Raises
    ------
    SchemaError, DataError
        See `intervention_spans`.
    """
    check_interventions(interventions)
    unknown = sorted(set(kinds or ()) - set(interventions["kind"]))
    if unknown:
        raise DataError(
            "the interventions cannot be drawn",
            [f"none of the kind {shorten_list(unknown)}"],
            f"kinds: {shorten_list(sorted(set(interventions['kind'])), most=30)}",
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
    """Return the kinds, first those that held most regions for most days (one day, where the end is not known)."""
    days = (cut["end"] - cut["start"]).dt.total_seconds().fillna(86_400.0)
    weight = days * cut["region_id"].isna().map({True: max(regions, 1), False: 1})
    return list(weight.groupby(cut["kind"]).sum().sort_values(ascending=False, kind="stable").index)


def _lane(kind: str, rows: pd.DataFrame) -> InterventionRow:
    """Join the intervals of one kind; one without a known end counts from its start on, up to the last known end."""
    until = max([*rows["end"].dropna(), rows["start"].max()])
    spans = merged(zip(rows["start"], rows["end"].fillna(until), strict=True))
    return InterventionRow(kind, spans, is_open=not rows["known"].all())


def merged(intervals: Iterable[Span]) -> tuple[Span, ...]:
    """Return intervals joined where they touch, apart and ascending."""
    spans: list[Span] = []
    for first, last in sorted(intervals):
        if spans and first <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], last))
        else:
            spans.append((first, last))
    return tuple(spans)
