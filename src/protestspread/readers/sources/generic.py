"""The user's own table, with standard column names or a mapping to them."""

from .source import LATITUDE, LONGITUDE, Source

SOURCE = Source(
    name="table",
    title="own table",
    required=(),
    fingerprints=(),
    renames={},
    counting_columns=frozenset(
        {"date", "date_end", "city", "region_id", "region", "country", "event_type", "geometry", *LONGITUDE, *LATITUDE}
    ),
)
