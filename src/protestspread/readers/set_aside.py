"""Set faulty rows of events aside, with reasons, and leave values of optional columns blank that cannot be read."""

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from ..arrays import BoolArray
from ..tables import check_events
from .pipeline import NormalizedEvents

OPTIONAL = frozenset(
    [
        "date_end",
        "time",
        "size_low",
        "size_high",
        "size_text",
        "fatalities",
        "fatalities_low",
        "fatalities_high",
        "minor",
        "date_precision",
        "place_precision",
        "event_type",
        "sub_event_type",
        "source",
        "source_url",
        "note",
        "mentions",
        "region_id",
        "weight",
    ]
)
"""Optional columns: an unreadable value is left blank and reported as a finding."""
_PLAIN_REASONS = {"empty geometry": "no coordinates and no city"}
_PARTNER = {"size_low above size_high": ("size_low",), "fatalities_low above fatalities_high": ("fatalities_low",)}


class Blank(NamedTuple):
    """Values of one column that were left blank: the reason, and the ids of their events."""

    column: str
    reason: str
    events: pd.Index


def faulty_rows(prepared: NormalizedEvents) -> tuple[BoolArray, npt.NDArray[np.object_]]:
    """Return which events are unusable, and the reasons for each, joined by semicolons."""
    faulty = np.zeros(len(prepared.events), dtype=bool)
    reasons = np.full(len(faulty), "", dtype=object)
    for fault in prepared.faults:
        if fault.rows is not None and fault.column not in OPTIONAL:
            faulty |= fault.rows
            reason = fault.reason.split(": '")[0]  # without the examples, which may come from other rows
            reason = _PLAIN_REASONS.get(reason, reason)
            reasons[fault.rows] = [f"{before}; {reason}" if before else reason for before in reasons[fault.rows]]
    return faulty, reasons


def usable_events(prepared: NormalizedEvents, faulty: BoolArray) -> tuple[gpd.GeoDataFrame, list[Blank]]:
    """Return the events without faulty rows, with unreadable values left blank, and the blanks."""
    events, blanks = prepared.events, []
    for fault in prepared.faults:
        if fault.rows is None or fault.column not in OPTIONAL or fault.column not in events:
            continue
        blank = fault.rows & ~faulty
        if blank.any():
            boolean = pd.api.types.is_bool_dtype(events[fault.column])
            for name in [] if boolean else [fault.column, *_PARTNER.get(fault.reason, ())]:
                events[name] = events[name].mask(fault.rows)
            text = f"{fault.reason}; {'set to false' if boolean else 'left blank'}"
            blanks.append(Blank(fault.column, text, events.index[blank]))
    events = events[~faulty]
    check_events(events)
    return events, blanks
