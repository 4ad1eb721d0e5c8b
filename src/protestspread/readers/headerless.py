"""Column names of files without a header line, as downloaded: GDELT events and GeoNames, separated by tabs.

The GDELT Event Database Data Format Codebook, V 1.03 (2013) and V 2.0 (2015): 57 columns up to March 2013, 58 since
(with the URL of a report), 61 in GDELT 2.0 (with the second administrative level). GeoNames: geonames.org, readme.txt.
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


GDELT = {
    57: _columns(_GEO_1, "DATEADDED"),
    58: _columns(_GEO_1, "DATEADDED", "SOURCEURL"),
    61: _columns(_GEO_2, "DATEADDED", "SOURCEURL"),
}
"""Number of columns -> column names."""


GEONAMES = (
    "geonameid", "name", "asciiname", "alternatenames", "latitude", "longitude", "feature_class", "feature_code", "country_code", "cc2",
    "admin1_code", "admin2_code", "admin3_code", "admin4_code", "population", "elevation", "dem", "timezone", "modification_date",
)  # fmt: skip


def headerless_columns(line: str) -> tuple[str, ...] | None:
    """Return the column names of the file that begins with this line, or None if it is of neither kind."""
    fields = [field.strip() for field in line.split("\t")]
    if not fields[0].isdigit():
        return None
    if len(fields) == len(GEONAMES):
        known = re.fullmatch(r"[A-Z]?", fields[6]) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", fields[-1])
        return GEONAMES if known else None
    return GDELT[len(fields)] if len(fields) in GDELT and re.fullmatch(r"\d{8}", fields[1]) else None
