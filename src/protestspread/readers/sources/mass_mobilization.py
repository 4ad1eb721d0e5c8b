"""Mass Mobilization: protest against governments, 162 countries, 1990 to 2020.

Columns: Clark & Regan 2016, Mass Mobilization Protest Data, doi:10.7910/DVN/HTTWYL. A row with ``protest`` 0 means that a country
had no protest in a year and is no event. There are no coordinates; `locate_events` looks up the name in ``location``.
"""

import numpy as np
import pandas as pd

from ...arrays import BoolArray
from ..columns import to_numbers
from .sizes import parse_sizes
from .source import Source, find_column


def preprocess(frame: pd.DataFrame) -> pd.DataFrame:
    """Combine day, month and year into dates."""
    frame = frame.copy(deep=False)
    for name, prefix in (("date", "start"), ("date_end", "end")):
        parts = [find_column(frame, f"{prefix}{unit}") for unit in ("year", "month", "day")]
        if None not in parts:
            year, month, day = (_digits(frame[part]) for part in parts if part is not None)
            frame[name] = (year.str.zfill(4) + "-" + month.str.zfill(2) + "-" + day.str.zfill(2)).astype("string")
    return frame


def _digits(numbers: pd.Series) -> pd.Series:
    """Return whole numbers as text; other text is unchanged, for the error message."""
    return numbers.astype("string").str.strip().str.replace(r"\.0$", "", regex=True)


def exclude(frame: pd.DataFrame) -> BoolArray | None:
    """Return which rows are country-years without protest."""
    protest = find_column(frame, "protest")
    if protest is None:
        return None
    return (to_numbers(frame[protest])[0] == 0).to_numpy(dtype=bool)


def postprocess(frame: pd.DataFrame) -> pd.DataFrame:
    """Convert the number of participants: from the text if possible, else from the category."""
    described, category = (find_column(frame, name) for name in ("participants", "participants_category"))
    texts = [frame[name].astype("string") for name in (described, category) if name is not None]
    if texts:
        bounds = parse_sizes(texts[0])
        for text in texts[1:]:
            unread = bounds.isna().all(axis=1)
            bounds = bounds.where(~unread, parse_sizes(text))
        frame["size_low"], frame["size_high"] = bounds["size_low"], bounds["size_high"]
        first = texts[0] if len(texts) == 1 else texts[0].where(texts[0].notna(), texts[1])
        frame["size_text"] = first.astype(object).where(first.notna(), None)
    violent = find_column(frame, "protesterviolence")
    if violent is not None:
        numbers, _ = to_numbers(frame[violent])
        words = np.select([numbers == 1, numbers == 0], ["violent protest", "protest"], default="")
        frame["event_type"] = pd.Series(words, index=frame.index, dtype=object).where(words != "", None)
    return frame


SOURCE = Source(
    name="mass_mobilization",
    title="Mass Mobilization",
    required=("startday", "startmonth", "startyear", "location"),
    fingerprints=(
        frozenset({"startday", "startmonth", "startyear", "protest"}),
        frozenset({"startday", "startmonth", "startyear", "protestnumber"}),
    ),
    renames={
        "id": "event_id",
        "location": "city",
        "country": "country",
        "sources": "source",
        "notes": "note",
        "latitude": "latitude",
        "longitude": "longitude",
    },
    preprocess=preprocess,
    exclude=exclude,
    exclusion_reason="country-year without protest",
    postprocess=postprocess,
    free_text=frozenset({"notes"}),
    size_columns=frozenset({"participants", "participants_category"}),
    counting_columns=frozenset(
        [
            "country",
            "location",
            "protest",
            "startday",
            "startmonth",
            "startyear",
            "endday",
            "endmonth",
            "endyear",
            "protesterviolence",
        ]
    ),
)
