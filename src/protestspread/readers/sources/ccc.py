"""The Crowd Counting Consortium: crowds in the United States since 2017, for all its releases.

Columns: CCC data dictionary and the releases of 2017-2020, 2021-2024 (``type``, ``source_1``) and 2025 on (``event_type``,
``source1``; doi:10.7910/DVN/6OPP7H, 9MMYDI, RI9JFU); its spreadsheets use ``CityTown`` and ``EstimateLow``. The Consortium codes
"hundreds" as 200 and "thousands" as 2000; its numbers are kept, and the word is kept in ``size_text``.
"""

import pandas as pd

from ...arrays import BoolArray
from ..columns import to_booleans, to_numbers
from .date_formats import AMERICAN
from .sizes import fill_sizes
from .source import Source, find_column


def exclude(frame: pd.DataFrame) -> BoolArray | None:
    """Return which events were online only and therefore have no place."""
    online = find_column(frame, "online")
    if online is None:
        return None
    is_online, _ = to_booleans(frame[online])
    return is_online.to_numpy(dtype=bool)


def postprocess(frame: pd.DataFrame) -> pd.DataFrame:
    """Use the locality where coordinates are missing, and the size in words where numbers are missing."""
    if "locality" in frame and {"latitude", "longitude"} <= set(frame.columns):
        lon, lat = (to_numbers(frame[name])[0] for name in ("longitude", "latitude"))
        frame["city"] = frame["locality"].where(lon.isna() & lat.isna())
    elif "locality" in frame:
        frame["city"] = frame["locality"]
    frame = fill_sizes(frame)
    if "source" in frame:
        is_address = frame["source"].astype("string").str.match(r"https?://").fillna(value=False).astype(bool)
        frame["source_url"] = frame["source"].where(is_address, None)
    return frame


SOURCE = Source(
    name="ccc",
    title="Crowd Counting Consortium",
    required=("date", "locality", "state"),
    fingerprints=(
        frozenset({"date", "locality", "state", "size_text"}),
        frozenset({"date", "locality", "state", "valence"}),
        frozenset({"citytown", "stateterritory", "date"}),
    ),
    renames={
        "date": "date",
        "locality": "locality",
        "citytown": "locality",
        "state": "state",
        "stateterritory": "state",
        "lat": "latitude",
        "lon": "longitude",
        "type": "event_type",
        "event_type": "event_type",
        "eventtype": "event_type",
        "size_low": "size_low",
        "estimatelow": "size_low",
        "size_high": "size_high",
        "estimatehigh": "size_high",
        "size_text": "size_text",
        "estimatetext": "size_text",
        "source_1": "source",
        "source1": "source",
        "notes": "note",
        "misc": "note",
    },
    date_format=AMERICAN,
    free_text=frozenset({"notes", "misc", "claim", "claims", "claims_summary", "claims_verbatim", "location_detail"}),
    exclude=exclude,
    exclusion_reason="online event, without a place",
    postprocess=postprocess,
    size_columns=frozenset({"size_low", "size_high", "estimatelow", "estimatehigh"}),
    counting_columns=frozenset(
        ["date", "locality", "citytown", "lat", "lon", "online", "type", "event_type", "eventtype"]
    ),
)
