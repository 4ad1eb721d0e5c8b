"""The description of a source of event data: its columns, codes and date format."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from ...arrays import BoolArray
from ..columns import to_numbers
from ..names import squeeze_name
from .date_formats import ISO, DateFormat

LONGITUDE, LATITUDE = ("longitude", "lon", "lng", "long"), ("latitude", "lat")
_KINDS: dict[str, Literal["number", "integer", "code"]] = {
    **dict.fromkeys((*LONGITUDE, *LATITUDE), "number"),
    **dict.fromkeys(("event_type", "sub_event_type", "country", "source"), "code"),
}
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
    free_text
        Columns (lower case) of free text, which reading leaves out unless all columns are wanted.
    integers
        Columns (lower case) of codes and years, which are whole numbers written without marks.
    ignore_marks
        Whether names of columns also match without their spaces, underscores, dots and dashes.
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
    free_text: frozenset[str] = frozenset()
    integers: frozenset[str] = frozenset()
    ignore_marks: bool = False
    rows_are_reports: bool = False

    def matches(self, columns: Collection[str]) -> bool:
        """Return whether a table with these columns is recognized as this source."""
        names = {normalize_name(name) for name in columns}
        return any(fingerprint <= names for fingerprint in self.fingerprints)

    def columns_for_counting(self, columns: Collection[str], weight: str | None) -> list[str]:
        """Return the columns of a table that are needed to count its events, or to sum `weight`."""
        key = squeeze_name if self.ignore_marks else normalize_name
        wanted = set(self.counting_columns)
        if weight is not None:
            wanted |= {weight, *(name for name, standard in self.renames.items() if standard == weight)}
            wanted |= self.size_columns if weight in ("size_low", "size_high") else set()
        wanted = {key(name) for name in wanted}
        return [name for name in columns if key(name) in wanted]

    def only_size_columns(self, columns: Collection[str]) -> list[str]:
        """Return the columns of free text that must be read for sizes, because no other column of the file has them."""
        sizes = [name for name in columns if normalize_name(name) in self.size_columns]
        text = self.free_text_columns(columns)
        return [] if any(name not in text for name in sizes) else [name for name in sizes if name in text]

    def kinds(self, columns: Collection[str]) -> dict[str, Literal["number", "integer", "code"]]:
        """Return the kinds of columns of a text file that are known without looking at their values."""
        key = squeeze_name if self.ignore_marks else normalize_name
        kinds = {key(name): _KINDS[new] for name, new in self.renames.items() if new in _KINDS}
        kinds |= dict.fromkeys(self.integers, "integer")
        return {name: kinds[key(name)] for name in columns if key(name) in kinds}

    def missing_columns(self, columns: Collection[str]) -> list[str]:
        """Return the required columns that a table does not have."""
        names = {normalize_name(name) for name in columns}
        return [] if self.matches(columns) else [name for name in self.required if normalize_name(name) not in names]

    def rename(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Rename columns to the standard names; an original column with a name that is taken gets the suffix "_given"."""
        key = squeeze_name if self.ignore_marks else normalize_name
        ordered = sorted(frame.columns, key=lambda name: name != normalize_name(name))  # exact names come first
        originals = {key(name): name for name in reversed(ordered)}
        renamed: dict[str, str] = {}
        for name, standard in self.renames.items():
            original = originals.get(key(name))
            if original is not None and original not in renamed and standard not in renamed.values():
                renamed[original] = standard
        taken = set(renamed.values())
        conflicts = {name: f"{name}_given" for name in frame.columns if name in taken and name not in renamed}
        return frame.rename(columns=conflicts | renamed)

    def free_text_columns(self, columns: Collection[str], *, renamed: bool = False) -> list[str]:
        """Return the columns of free text among those of a file or, after renaming, of a table of events."""
        names = {self.renames.get(name, name) if renamed else name for name in self.free_text}
        return [name for name in columns if normalize_name(name) in names]


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
