"""Interventions on a page: one lane per kind for the whole map, and the regions under each kind by row."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..frames import Frame, row_ends
from ..interventions_by_kind import intervention_spans
from ..style.theme import intervention_color

EVERYWHERE = -1


def lanes_of(
    interventions: pd.DataFrame, steps: Sequence[Frame], regions: Mapping[Any, int], names: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Return the kinds of intervention in force in any frame, those with a lane first.

    Each kind has ``name``, ``color`` and ``rows``: (first row, last row, region), with -1 for all regions. Kinds with a lane
    also have ``spans`` (start and end for the whole map, in fractional rows) and ``open`` (whether the end is unknown).
    """
    dates = pd.DatetimeIndex([step.date for step in steps])
    ends = row_ends(dates)
    drawn = (
        {lane.kind: lane for lane in intervention_spans(interventions, dates[0], ends[-1])}
        if len(interventions)
        else {}
    )
    rows = _rows(steps, regions)
    seen = set().union(*(step.interventions.index for step in steps))
    counts = interventions["kind"][interventions.index.isin(seen)].value_counts(sort=True)
    found = []
    for kind in [*drawn, *(kind for kind in counts.index if kind not in drawn)]:
        entry: dict[str, Any] = {"name": names[kind], "color": intervention_color(kind), "rows": rows.get(kind, [])}
        if kind in drawn:
            spans = [(_position(first, dates, ends), _position(last, dates, ends)) for first, last in drawn[kind].spans]
            entry |= {"spans": spans, "open": drawn[kind].is_open}
        found.append(entry)
    return found


def _rows(steps: Sequence[Frame], regions: Mapping[Any, int]) -> dict[str, list[tuple[int, int, int]]]:
    """Return the first and last row of every run of frames of a kind in a region; regions that are not drawn are left out."""
    runs: dict[tuple[str, int], list[list[int]]] = {}
    before, now = None, set[tuple[str, int]]()
    for row, step in enumerate(steps):
        table = step.interventions
        if table is not before:
            where = [EVERYWHERE if pd.isna(region) else regions.get(region) for region in table["region_id"]]
            now = {(kind, number) for kind, number in zip(table["kind"], where, strict=True) if number is not None}
            before = table
        for key in now:
            found = runs.setdefault(key, [])
            if found and found[-1][1] == row - 1:
                found[-1][1] = row
            else:
                found.append([row, row])
    rows: dict[str, list[tuple[int, int, int]]] = {}
    for kind, number in sorted(runs):
        rows.setdefault(kind, []).extend((first, last, number) for first, last in runs[kind, number])
    return rows


def _position(moment: pd.Timestamp, dates: pd.DatetimeIndex, ends: pd.DatetimeIndex) -> float:
    """Return a moment as a position on the time axis: 2.5 is the middle of the third row."""
    row = int(np.clip(np.searchsorted(dates.to_numpy(), np.datetime64(moment), side="right") - 1, 0, len(dates) - 1))
    share: npt.ArrayLike = (moment - dates[row]) / (ends[row] - dates[row])
    return round(row + float(np.clip(share, 0, 1)), 3)
