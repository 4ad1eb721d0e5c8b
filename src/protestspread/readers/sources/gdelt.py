"""GDELT event files, 1.0 and 2.0: one row per event that a machine found in the news, coded in CAMEO.

Columns: see `gdelt_columns`. CAMEO root code 14 is "engage in political dissent"; the rest is left out. Machine-coded events are
reports of reports: several rows may stand for one protest, which shared addresses betray; `screen_events` counts them.
"""

import pandas as pd

from ...arrays import BoolArray
from ..columns import to_numbers
from .date_formats import ISO
from .source import Source, column, words_for

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
    """Find what is no protest."""
    root, base = column(frame, "eventrootcode"), column(frame, "eventcode")
    if root is not None:
        is_protest = frame[root].astype("string").str.strip().str.lstrip("0") == "14"
    elif base is not None:
        is_protest = frame[base].astype("string").str.strip().str.startswith("14")
    else:
        return None
    return ~is_protest.fillna(value=False).to_numpy(dtype=bool)


def postprocess(frame: pd.DataFrame) -> pd.DataFrame:
    """Turn the codes into words."""
    where, what = column(frame, "actiongeo_type"), column(frame, "eventbasecode") or column(frame, "eventcode")
    if where is not None:
        frame["place_precision"] = words_for(frame[where], _PLACES)
    if what is not None:
        codes, _ = to_numbers(frame[what].astype("string").str.slice(0, 3))
        frame["event_type"] = words_for(codes, _TYPES)
    mentions = column(frame, "nummentions")
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
    spelling=ISO,
    exclude=exclude,
    excluded_because="no protest (CAMEO root code is not 14)",
    postprocess=postprocess,
    one_row_a_report=True,
    for_counting=frozenset(
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
