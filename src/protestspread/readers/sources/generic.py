"""The user's own table, with standard column names or a mapping to them."""

from .date_formats import OWN
from .sizes import fill_sizes
from .source import LATITUDE, LONGITUDE, Source

_STANDARD = (
    *("event_id", "date", "date_end", "time", *LONGITUDE, *LATITUDE, "city", "country", "region_id", "event_type"),
    *(
        "sub_event_type",
        "size_low",
        "size_high",
        "size_text",
        "fatalities",
        "fatalities_low",
        "fatalities_high",
        "minor",
    ),
    *("date_precision", "place_precision", "source", "source_url", "note", "mentions", "weight", "count"),
)


SOURCE = Source(
    name="table",
    title="own table",
    required=(),
    fingerprints=(),
    renames={name: name for name in _STANDARD},
    ignore_marks=True,
    date_format=OWN,
    postprocess=fill_sizes,
    size_columns=frozenset({"size_low", "size_high", "size_text"}),
    counting_columns=frozenset(
        {"date", "date_end", "city", "region_id", "region", "country", "event_type", "geometry", *LONGITUDE, *LATITUDE}
    ),
)
