"""ACLED exports: Armed Conflict Location & Event Data, old and current columns.

Columns, precision codes and the crowd size tag: ACLED Codebook and knowledge base (acleddata.com). Until 2023 exports had
``data_id``, ``event_id_no_cnty`` and ``iso3``, and the crowd size was given as ``[size=...]`` in the notes; since then ``tags``
holds ``crowd size=...``. Shapefiles truncate column names to ten characters. ACLED's terms forbid redistributing its rows.
"""

import re

import numpy as np
import pandas as pd

from .date_formats import NAMED_MONTHS
from .sizes import parse_sizes
from .source import Source, decode, find_column

_TAG = re.compile(r"(?:^|[;\[])\s*(?:crowd\s+)?size\s*=\s*([^;\]\[]*)", re.IGNORECASE)
_DATES = {1: "day", 2: "week", 3: "month"}
_PLACES = {1: "town", 2: "area", 3: "region"}


def postprocess(frame: pd.DataFrame) -> pd.DataFrame:
    """Convert precision codes to words and size tags to numbers."""
    if "time_precision" in frame:
        frame["date_precision"] = decode(frame["time_precision"], _DATES)
    if "geo_precision" in frame:
        frame["place_precision"] = decode(frame["geo_precision"], _PLACES)
    text = find_column(frame, "tags") or find_column(frame, "note")  # since 2023 only the tags have sizes
    if text is not None:
        size = size_tags(frame[text])
        bounds = parse_sizes(size)
        frame["size_low"], frame["size_high"], frame["size_text"] = bounds["size_low"], bounds["size_high"], size
    return frame


def size_tags(texts: pd.Series) -> pd.Series:
    """Return the size tag of each text, or None if it has none; several tags are joined by " to "."""
    codes, distinct = pd.factorize(texts.astype("string"))
    tags = np.array(
        [*(_join_sizes(_TAG.findall(text)) if "=" in text else None for text in distinct), None], dtype=object
    )
    return pd.Series(tags[codes], index=texts.index, dtype=object)


def _join_sizes(sizes: list[str]) -> str | None:
    return " to ".join(dict.fromkeys(size.strip() for size in sizes if size.strip())) or None


SOURCE = Source(
    name="acled",
    title="ACLED export",
    required=("event_date", "latitude", "longitude"),
    fingerprints=(
        frozenset({"event_id_cnty", "event_date"}),
        frozenset({"event_date", "sub_event_type", "geo_precision"}),
        frozenset({"event_date", "event_type", "actor1", "latitude"}),
        frozenset({"event_id_c", "event_date"}),
        frozenset({"event_date", "sub_event_", "geo_precis"}),
    ),
    renames={
        "event_id_cnty": "event_id",
        "event_id_c": "event_id",
        "data_id": "event_id",
        "event_date": "date",
        "event_type": "event_type",
        "sub_event_type": "sub_event_type",
        "sub_event_": "sub_event_type",
        "latitude": "latitude",
        "longitude": "longitude",
        "fatalities": "fatalities",
        "country": "country",
        "source": "source",
        "notes": "note",
        "time_precision": "time_precision",
        "time_preci": "time_precision",
        "geo_precision": "geo_precision",
        "geo_precis": "geo_precision",
    },
    date_format=NAMED_MONTHS,
    postprocess=postprocess,
    free_text=frozenset({"notes"}),
    integers=frozenset({"year", "time_precision", "geo_precision", "iso", "timestamp"}),
    counting_columns=frozenset({"event_date", "event_type", "latitude", "longitude", "country", "fatalities"}),
    size_columns=frozenset({"tags", "notes"}),
    demonstrations=frozenset({"Protests", "Riots", "Riots/Protests"}),
)
