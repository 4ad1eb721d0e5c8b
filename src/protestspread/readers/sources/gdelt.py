"""GDELT event files, 1.0 and 2.0: one row per event that was machine-coded from news reports in CAMEO.

Columns: see `headerless`. CAMEO root code 14 is "engage in political dissent"; other rows are excluded. Several
rows may describe one protest; a shared source URL is a sign of this, and `screen_events` counts such rows.
"""

import pandas as pd

from ...arrays import BoolArray
from ..columns import to_numbers
from .date_formats import ISO
from .source import Source, decode, find_column

_PLACES = {1: "country", 2: "region", 3: "town", 4: "town", 5: "region"}
_TYPES = {
    140: "political dissent",
    141: "demonstration",
    142: "hunger strike",
    143: "strike or boycott",
    144: "obstruction or blockade",
    145: "violent protest",
}


def exclude(frame: pd.DataFrame) -> BoolArray | None:
    """Return which events are no protest."""
    root, base = find_column(frame, "eventrootcode"), find_column(frame, "eventcode")
    if root is not None:
        is_protest = frame[root].astype("string").str.strip().str.lstrip("0") == "14"
    elif base is not None:
        is_protest = frame[base].astype("string").str.strip().str.startswith("14")
    else:
        return None
    return ~is_protest.fillna(value=False).to_numpy(dtype=bool)


def postprocess(frame: pd.DataFrame) -> pd.DataFrame:
    """Convert codes to words."""
    place_type = find_column(frame, "actiongeo_type")
    code = find_column(frame, "eventbasecode") or find_column(frame, "eventcode")
    if place_type is not None:
        frame["place_precision"] = decode(frame[place_type], _PLACES)
    if code is not None:
        codes, _ = to_numbers(frame[code].astype("string").str.slice(0, 3))
        frame["event_type"] = decode(codes, _TYPES)
    mentions = find_column(frame, "nummentions")
    if mentions is not None:
        frame["mentions"] = frame[mentions]
    return frame


SOURCE = Source(
    name="gdelt",
    title="GDELT event file",
    required=("SQLDATE", "ActionGeo_Lat", "ActionGeo_Long", "EventRootCode"),
    fingerprints=(
        frozenset({"globaleventid", "sqldate"}),
        frozenset({"globaleventid", "day", "eventrootcode"}),
        frozenset({"sqldate", "actiongeo_lat", "actiongeo_long"}),
    ),
    renames={
        "globaleventid": "event_id",
        "sqldate": "date",
        "day": "date",
        "actiongeo_lat": "latitude",
        "actiongeo_long": "longitude",
        "actiongeo_countrycode": "country",
        "sourceurl": "source_url",
    },
    date_format=ISO,
    exclude=exclude,
    exclusion_reason="no protest (CAMEO root code is not 14)",
    postprocess=postprocess,
    rows_are_reports=True,
    counting_columns=frozenset(
        [
            "sqldate",
            "day",
            "actiongeo_lat",
            "actiongeo_long",
            "actiongeo_countrycode",
            "eventrootcode",
            "eventcode",
            "eventbasecode",
            "nummentions",
        ]
    ),
)
