"""What was done about it, for a page: a lane a kind for the whole map, and who was under what on which row."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ...tables import check_interventions
from ..frames import row_ends
from ..lanes import lanes
from ..style import intervention_color

EVERYWHERE = -1


def lanes_of(
    interventions: pd.DataFrame, dates: pd.DatetimeIndex, regions: Mapping[Any, int], names: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Return the kinds in force within the dates: first those that get a lane, each with its rows by region.

    Every kind has ``name``, ``color``, ``rows`` (first row, last row, region or -1 for everywhere). Those with a lane
    also have ``spans`` (start and end, in rows and parts of rows, for the whole map) and ``open``.
    """
    check_interventions(interventions)
    ends = row_ends(dates)
    window = dates[0], ends[-1]
    drawn = {lane.kind: lane for lane in lanes(interventions, *window)} if len(interventions) else {}
    inside = interventions[
        (interventions["start"] < window[1]) & (interventions["end"].isna() | (interventions["end"] > window[0]))
    ]
    others = [kind for kind in inside["kind"].value_counts(sort=True).index if kind not in drawn]
    found = []
    for kind in [*drawn, *others]:
        entry: dict[str, Any] = {
            "name": names[kind],
            "color": intervention_color(kind),
            "rows": _rows(inside[inside["kind"] == kind], dates, ends, regions),
        }
        if kind in drawn:
            spans = [(_position(first, dates, ends), _position(last, dates, ends)) for first, last in drawn[kind].spans]
            entry |= {"spans": spans, "open": drawn[kind].is_open}
        found.append(entry)
    return found


def _rows(
    table: pd.DataFrame, dates: pd.DatetimeIndex, ends: pd.DatetimeIndex, regions: Mapping[Any, int]
) -> list[tuple[int, int, int]]:
    """Return the first and the last row that each interval overlaps, joined within a region; regions not drawn are left out."""
    first = np.searchsorted(ends.to_numpy(), table["start"].to_numpy(), side="right")
    last = (
        np.searchsorted(
            dates.to_numpy(), table["end"].fillna(dates[-1] + pd.Timedelta(days=36_500)).to_numpy(), side="left"
        )
        - 1
    )
    where = [EVERYWHERE if pd.isna(region) else regions.get(region) for region in table["region_id"]]
    rows = sorted(
        (region, int(a), int(b)) for region, a, b in zip(where, first, last, strict=True) if region is not None
    )
    joined: list[list[int]] = []
    for region, a, b in rows:
        if joined and joined[-1][0] == region and a <= joined[-1][2] + 1:
            joined[-1][2] = max(joined[-1][2], b)
        else:
            joined.append([region, a, b])
    return [(a, b, region) for region, a, b in joined]


def _position(moment: pd.Timestamp, dates: pd.DatetimeIndex, ends: pd.DatetimeIndex) -> float:
    """Return a moment as a place on the curve: 2.5 is the middle of the third row."""
    row = int(np.clip(np.searchsorted(dates.to_numpy(), np.datetime64(moment), side="right") - 1, 0, len(dates) - 1))
    share: npt.ArrayLike = (moment - dates[row]) / (ends[row] - dates[row])
    return round(row + float(np.clip(share, 0, 1)), 3)
