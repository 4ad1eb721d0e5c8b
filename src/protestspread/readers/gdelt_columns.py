"""Column names of GDELT event files, which have no header line.

The GDELT Event Database Data Format Codebook, V 1.03 (2013) and V 2.0 (2015): 57 columns up to March 2013, 58 since
(with the URL of a report), 61 in GDELT 2.0 (with the second administrative level).
"""

import re

_ACTOR = [
    "Code",
    "Name",
    "CountryCode",
    "KnownGroupCode",
    "EthnicCode",
    "Religion1Code",
    "Religion2Code",
    "Type1Code",
    "Type2Code",
    "Type3Code",
]
_EVENT = [
    "IsRootEvent",
    "EventCode",
    "EventBaseCode",
    "EventRootCode",
    "QuadClass",
    "GoldsteinScale",
    "NumMentions",
    "NumSources",
    "NumArticles",
    "AvgTone",
]
_GEO_1 = ["Type", "FullName", "CountryCode", "ADM1Code", "Lat", "Long", "FeatureID"]
_GEO_2 = ["Type", "FullName", "CountryCode", "ADM1Code", "ADM2Code", "Lat", "Long", "FeatureID"]


def _columns(geo: list[str], *last: str) -> tuple[str, ...]:
    return (
        *("GLOBALEVENTID", "SQLDATE", "MonthYear", "Year", "FractionDate"),
        *(f"Actor{number}{name}" for number in (1, 2) for name in _ACTOR),
        *_EVENT,
        *(f"{actor}Geo_{name}" for actor in ("Actor1", "Actor2", "Action") for name in geo),
        *last,
    )


COLUMNS = {
    57: _columns(_GEO_1, "DATEADDED"),
    58: _columns(_GEO_1, "DATEADDED", "SOURCEURL"),
    61: _columns(_GEO_2, "DATEADDED", "SOURCEURL"),
}
"""Number of columns -> column names."""


def headerless_columns(line: str) -> tuple[str, ...] | None:
    """Return the column names of the GDELT event file that begins with this line, or None if it is no such file."""
    fields = line.split("\t")
    if len(fields) in COLUMNS and fields[0].strip().isdigit() and re.fullmatch(r"\d{8}", fields[1].strip()):
        return COLUMNS[len(fields)]
    return None
