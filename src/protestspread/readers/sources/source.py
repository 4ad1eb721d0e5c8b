"""The description of a source of event data: its columns, codes and date format."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...arrays import BoolArray
from ..columns import to_numbers
from .date_formats import ISO, DateFormat

LONGITUDE, LATITUDE = ("longitude", "lon", "lng", "long"), ("latitude", "lat")
TOWN = "town"
"""The place precision of an event whose town is known."""


@dataclass(frozen=True, eq=False)
class Source:
    """One source of event data: how to recognize its files and convert its columns.

    Attributes
    ----------
    name, title
        The name for the argument ``format``, and the title for messages.
    required
        Columns that its files must have.
    fingerprints
        Sets of columns (lower case); a table with all columns of one set is recognized as this source.
    renames
        Column of the source (lower case) -> standard name. If several map to one name, the first in the table is used.
    date_format
        How dates are written.
    preprocess
        Combine a ``date`` that is spread over columns, before any conversion.
    exclude
        Find rows that are no protest events. They are excluded, with `exclusion_reason`, and do not count as faulty.
    postprocess
        Make standard columns from codes and texts; runs on the rows that were kept.
    counting_columns
        Columns (lower case) that give an event's place and time, the only ones read for counting.
    size_columns
        Columns (lower case) that give the crowd size.
    demonstrations
        Values of ``event_type`` that are demonstrations; None means all.
    rows_are_reports
        Whether rows are machine-coded from reports, so that several may describe one event.
    """

    name: str
    title: str
    required: tuple[str, ...]
    fingerprints: tuple[frozenset[str], ...]
    renames: Mapping[str, str]
    date_format: DateFormat = ISO
    preprocess: Callable[[pd.DataFrame], pd.DataFrame] = lambda frame: frame
    exclude: Callable[[pd.DataFrame], BoolArray | None] = lambda _: None
    exclusion_reason: str = ""
    postprocess: Callable[[pd.DataFrame], pd.DataFrame] = lambda frame: frame
    counting_columns: frozenset[str] = frozenset()
    size_columns: frozenset[str] = frozenset({"size_low", "size_high"})
    demonstrations: frozenset[str] | None = None
    rows_are_reports: bool = False

    def matches(self, columns: Collection[str]) -> bool:
        """Return whether a table with these columns is recognized as this source."""
        names = {normalize_name(name) for name in columns}
        return any(fingerprint <= names for fingerprint in self.fingerprints)

    def columns_for_counting(self, columns: Collection[str], weight: str | None) -> list[str]:
        """Return the columns of a table that are needed to count its events, or to sum `weight`."""
        wanted = set(self.counting_columns)
        if weight is not None:
            wanted |= {normalize_name(weight), *(name for name, standard in self.renames.items() if standard == weight)}
            wanted |= self.size_columns if weight in ("size_low", "size_high") else set()
        return [name for name in columns if normalize_name(name) in wanted]

    def missing_columns(self, columns: Collection[str]) -> list[str]:
        """Return the required columns that a table does not have."""
        names = {normalize_name(name) for name in columns}
        return [] if self.matches(columns) else [name for name in self.required if normalize_name(name) not in names]

    def rename(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Rename columns to the standard names; an original column with a name that is taken gets the suffix "_given"."""
        originals = {normalize_name(str(name)): name for name in reversed(list(frame.columns))}
        renamed: dict[str, str] = {}
        for name, standard in self.renames.items():
            if name in originals and standard not in renamed.values():
                renamed[originals[name]] = standard
        taken = set(renamed.values())
        conflicts = {name: f"{name}_given" for name in frame.columns if name in taken and name not in renamed}
        return frame.rename(columns=conflicts | renamed)


def normalize_name(name: str) -> str:
    """Return a column name in lower case with underscores for spaces and dots, which differ between releases."""
    return str(name).strip().lower().replace(" ", "_").replace(".", "_")


def decode(codes: pd.Series, words: Mapping[int, str]) -> pd.Series:
    """Return the words for a column of codes, None for unknown codes."""
    position, distinct = pd.factorize(codes)
    numbers, _ = to_numbers(pd.Series(distinct))
    decoded = np.array([*(words.get(number) for number in numbers), None], dtype=object)
    return pd.Series(decoded[position], index=codes.index, dtype=object, copy=False)


def find_column(frame: pd.DataFrame, name: str) -> str | None:
    """Return the column of a table whose normalized name is `name`, or None."""
    return next((str(c) for c in frame.columns if normalize_name(str(c)) == name), None)
