"""UCDP GED: the Uppsala Conflict Data Program's Georeferenced Event Dataset, and its monthly candidate releases.

Columns and codes: UCDP GED Codebook (ucdp.uu.se); Sundberg & Melander 2013, Journal of Peace Research 50:523,
doi:10.1177/0022343313484347. Each row is lethal violence, not protest.
"""

import pandas as pd

from .source import Source, decode, find_column

_DATES = {1: "day", 2: "days", 3: "week", 4: "month", 5: "year"}
_PLACES = {1: "town", 2: "area", 3: "district", 4: "region", 5: "feature", 6: "country", 7: "sea or air"}
_TYPES = {1: "state-based violence", 2: "non-state violence", 3: "one-sided violence"}


def postprocess(frame: pd.DataFrame) -> pd.DataFrame:
    """Convert codes to words."""
    for original, standard, words in (
        ("date_prec", "date_precision", _DATES),
        ("where_prec", "place_precision", _PLACES),
        ("type_of_violence", "event_type", _TYPES),
    ):
        name = find_column(frame, original)
        if name is not None:
            frame[standard] = decode(frame[name], words)
    return frame


SOURCE = Source(
    name="ucdp",
    title="UCDP GED",
    required=("date_start", "latitude", "longitude"),
    fingerprints=(
        frozenset({"type_of_violence", "date_start", "date_end"}),
        frozenset({"where_prec", "date_prec", "date_start"}),
    ),
    renames={
        "id": "event_id",
        "relid": "event_id",
        "date_start": "date",
        "date_end": "date_end",
        "latitude": "latitude",
        "longitude": "longitude",
        "best": "fatalities",
        "best_est": "fatalities",
        "low": "fatalities_low",
        "low_est": "fatalities_low",
        "high": "fatalities_high",
        "high_est": "fatalities_high",
        "country": "country",
        "source_article": "source",
    },
    postprocess=postprocess,
    free_text=frozenset({"source_headline", "source_original", "where_description"}),
    integers=frozenset({"year", "type_of_violence", "where_prec", "date_prec", "event_clarity"}),
    counting_columns=frozenset(
        {"date_start", "date_end", "latitude", "longitude", "country", "best", "type_of_violence"}
    ),
    demonstrations=frozenset(),
)
