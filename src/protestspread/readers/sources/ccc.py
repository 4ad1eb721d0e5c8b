"""The Crowd Counting Consortium: crowds in the United States since 2017, in the columns of all its releases.

Columns: CCC data dictionary and the releases of 2017-2020, 2021-2024 (``type``, ``source_1``) and 2025 on (``event_type``,
``source1``; doi:10.7910/DVN/6OPP7H, 9MMYDI, RI9JFU); its own sheets say ``CityTown`` and ``EstimateLow``. The Consortium writes
"hundreds" as 200 and "thousands" as 2000; its numbers are kept, and the word stands in ``size_text``.
"""

import numpy as np
import pandas as pd

from ...arrays import BoolArray
from ..columns import to_flags, to_numbers
from .date_formats import AMERICAN
from .sizes import parse_sizes
from .source import Source, column


def exclude(frame: pd.DataFrame) -> BoolArray | None:
    """Find what happened online only: it has no place."""
    online = column(frame, "online")
    if online is None:
        return None
    yes, _ = to_flags(frame[online])
    return yes.to_numpy(dtype=bool)


def postprocess(frame: pd.DataFrame) -> pd.DataFrame:
    """Let the locality stand for the place where there are no coordinates, and words for the size where there are no numbers."""
    if "locality" in frame and {"latitude", "longitude"} <= set(frame.columns):
        lon, lat = (to_numbers(frame[name])[0] for name in ("longitude", "latitude"))
        frame["city"] = frame["locality"].where(lon.isna() & lat.isna())
    elif "locality" in frame:
        frame["city"] = frame["locality"]
    if "size_text" in frame:
        bounds = parse_sizes(frame["size_text"].astype("string"))
        given = [to_numbers(frame[name])[0] for name in ("size_low", "size_high") if name in frame]
        silent = np.logical_and.reduce([numbers.isna().to_numpy() for numbers in given]) if given else True
        for name in ("size_low", "size_high"):
            frame[name] = np.where(silent, bounds[name], frame.get(name, np.nan))
    if "source" in frame:
        is_address = frame["source"].astype("string").str.match(r"https?://").fillna(value=False).astype(bool)
        frame["source_url"] = frame["source"].where(is_address)
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
    spelling=AMERICAN,
    exclude=exclude,
    excluded_because="online only: it took place nowhere",
    postprocess=postprocess,
    for_sizes=frozenset({"size_low", "size_high", "estimatelow", "estimatehigh"}),
    for_counting=frozenset(["date", "locality", "citytown", "lat", "lon", "online", "type", "event_type", "eventtype"]),
)
