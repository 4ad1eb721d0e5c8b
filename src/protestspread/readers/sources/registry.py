"""The sources that are known, and which of them a table is from."""

import re

import pandas as pd

from ...errors import DataError, FileError, shorten_list
from ..gdelt_columns import COLUMNS
from . import acled, ccc, gdelt, mass_mobilization, ucdp
from . import generic as own_table
from .source import Source

TABLE = own_table.SOURCE
SOURCES = {
    source.name: source
    for source in (acled.SOURCE, ucdp.SOURCE, gdelt.SOURCE, ccc.SOURCE, mass_mobilization.SOURCE, TABLE)
}


def recognize(frame: pd.DataFrame, asked: str, name: str, *, mapped: bool) -> Source:
    """Return the source that a table is from, by its columns where "auto" is asked for.

    A table with `mapped` columns that has our ``date`` is one's own.

    Raises
    ------
    DataError
        There is no such format.
    FileError
        The columns are not those of the format asked for, or a GDELT file lacks some.
    """
    if asked in ("auto", gdelt.SOURCE.name) and not mapped:
        _refuse_short_gdelt([str(c) for c in frame.columns], name)
    if asked == "auto" and mapped and "date" in frame:
        return TABLE
    if asked == "auto":
        return next((source for source in SOURCES.values() if source.fits([str(c) for c in frame.columns])), TABLE)
    if asked not in SOURCES:
        raise DataError("the format is not known", [repr(asked)], f"one of auto, {', '.join(SOURCES)}")
    source = SOURCES[asked]
    lacks = source.lacks([str(c) for c in frame.columns])
    if lacks:
        raise FileError(
            f"{name!r} is not read as {source.title}",
            [f"expected the columns {', '.join(lacks)}; found {shorten_list(frame.columns, 40)}"],
            f"{_looks_like(frame)}, or columns={{its name: the name in the file}}",
        )
    return source


def _looks_like(frame: pd.DataFrame) -> str:
    """Say which format a table would be taken for."""
    found = next((source for source in SOURCES.values() if source.fits([str(c) for c in frame.columns])), None)
    return "format='auto'" if found is None else f"format={found.name!r}, for it looks like {found.title}"


def _refuse_short_gdelt(columns: list[str], name: str) -> None:
    """Raise FileError where the first line is a row of GDELT, but not of as many columns as GDELT has."""
    if len(columns) > 20 and columns[0].isdigit() and re.fullmatch(r"(?:19|20)\d{6}", columns[1]):
        raise FileError(
            f"{name!r} is not read as {gdelt.SOURCE.title}",
            [
                f"expected {' or '.join(map(str, COLUMNS))} columns without a heading, as GDELT has them; found {len(columns)}"
            ],
            "take the file as GDELT publishes it, or give it a heading with GDELT's names of columns",
        )


def not_recognized() -> str:
    """Say what a table that is of no source was not."""
    titles = [source.title for source in SOURCES.values() if source is not TABLE]
    return f"it was taken for a {TABLE.title}, for its columns are not those of {', '.join(titles)}"
