"""Interventions over time, merged by kind: what the lanes beside a curve show."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from ..errors import DataError, name_some
from ..tables import check_interventions

MOST_LANES = 6


@dataclass(frozen=True)
class Lane:
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


def lanes(
    interventions: pd.DataFrame,
    start: pd.Timestamp,
    end: pd.Timestamp,
    *,
    kinds: Sequence[str] | None = None,
    most: int = MOST_LANES,
) -> list[Lane]:
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
    check_interventions(interventions)
    unknown = sorted(set(kinds or ()) - set(interventions["kind"]))
    if unknown:
        raise DataError(
            "the interventions cannot be drawn",
            [f"none of the kind {name_some(unknown)}"],
            f"kinds: {name_some(sorted(set(interventions['kind'])), most=30)}",
        )
    ends = interventions["end"]
    inside = interventions[(interventions["start"] < end) & (ends.isna() | (ends > start))]
    cut = inside.assign(
        start=inside["start"].mask(inside["start"] < start, start),
        known=inside["end"].notna(),
        end=inside["end"].mask(inside["end"] > end, end),
    )
    days = (cut["end"] - cut["start"]).dt.total_seconds().fillna(86_400.0)
    weight = days * cut["region_id"].isna().map({True: max(interventions["region_id"].nunique(), 1), False: 1})
    ranked = weight.groupby(cut["kind"]).sum().sort_values(ascending=False, kind="stable").index
    chosen = ranked[:most] if kinds is None else kinds
    found = [_lane(str(kind), cut[cut["kind"] == kind]) for kind in chosen if (cut["kind"] == kind).any()]
    return sorted(found, key=lambda lane: lane.spans[0][0])


def _lane(kind: str, rows: pd.DataFrame) -> Lane:
    """Join the intervals of one kind; one without a known end counts from its start on, up to the last known end."""
    until = max([*rows["end"].dropna(), rows["start"].max()])
    intervals = sorted(zip(rows["start"], rows["end"].fillna(until), strict=True))
    spans: list[tuple[pd.Timestamp, pd.Timestamp]] = []
    for first, last in intervals:
        if spans and first <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], last))
        else:
            spans.append((first, last))
    return Lane(kind, tuple(spans), is_open=not rows["known"].all())
