"""A table of one's own: our names of columns, or a mapping to them."""

from .source import LATITUDE, LONGITUDE, Source

SOURCE = Source(
    name="table",
    title="table of one's own",
    required=(),
    fingerprints=(),
    renames={},
    for_counting=frozenset({"date", "date_end", "city", "country", "event_type", "geometry", *LONGITUDE, *LATITUDE}),
)
