"""The known sources of event data, and how a table is recognized."""

import re

import pandas as pd

from ...errors import DataError, FileError, must_be, shorten_list
from ...wording import join_words
from ..headerless import GDELT
from . import acled, ccc, gdelt, mass_mobilization, ucdp
from . import generic as own_table
from .source import Source

TABLE = own_table.SOURCE
SOURCES = {
    source.name: source
    for source in (acled.SOURCE, ucdp.SOURCE, gdelt.SOURCE, ccc.SOURCE, mass_mobilization.SOURCE, TABLE)
}


def recognize(frame: pd.DataFrame, format_: str, name: str, *, mapped: bool) -> Source:
    """Return the source of a table: the format given or, for "auto", the one that its columns match.

    A table with `mapped` columns and a column ``date`` is the user's own table.

    Raises
    ------
    DataError
        The format is unknown.
    FileError
        The table lacks columns of the format, or is a GDELT file with missing columns.
    """
    if format_ in ("auto", gdelt.SOURCE.name) and not mapped:
        _refuse_short_gdelt([str(c) for c in frame.columns], name)
    if format_ == "auto" and mapped and "date" in frame:
        return TABLE
    if format_ == "auto":
        return next((source for source in SOURCES.values() if source.matches([str(c) for c in frame.columns])), TABLE)
    if format_ not in SOURCES:
        raise DataError(must_be("format", join_words([repr(name) for name in ("auto", *SOURCES)], "or"), format_))
    source = SOURCES[format_]
    missing = source.missing_columns([str(c) for c in frame.columns])
    if missing:
        raise FileError(
            name,
            [f"expected the {source.title} columns {', '.join(missing)}; found {shorten_list(frame.columns, 40)}"],
            f"pass {_suggest_format(frame)}, or map the columns with columns={{{missing[0]!r}: 'name in the file', ...}}",
        )
    return source


def _suggest_format(frame: pd.DataFrame) -> str:
    """Return the format argument that matches a table, as a suggestion."""
    found = next((source for source in SOURCES.values() if source.matches([str(c) for c in frame.columns])), None)
    return "format='auto'" if found is None else f"format={found.name!r} (the columns match {found.title})"


def _refuse_short_gdelt(columns: list[str], name: str) -> None:
    """Raise FileError if the first line is a row of GDELT with an unknown number of columns."""
    if len(columns) > 20 and columns[0].isdigit() and re.fullmatch(r"(?:19|20)\d{6}", columns[1]):
        raise FileError(
            name,
            [
                f"expected the {join_words(list(map(str, GDELT)), 'or')} columns of a GDELT event file without a header; "
                f"found {len(columns)}"
            ],
            "use the file as GDELT publishes it, or add a header line with GDELT's column names",
        )


def unrecognized_message() -> str:
    """Return the note that no known format was recognized."""
    titles = [source.title for source in SOURCES.values() if source is not TABLE]
    return f"no known format ({', '.join(titles)}) was recognized; read as your own table"
