"""What every source of event data has to say about its files."""

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
    """One source of event data: how its files are told, and how its columns become ours.

    Attributes
    ----------
    name, title
        What to ask for it by, and what to call it.
    required
        The columns without which its files cannot be read.
    fingerprints
        Sets of columns (lower case); a table that has all of one set is taken for this source.
    renames
        Its columns (lower case) -> ours. Where two would become one, the first that is there does.
    spelling
        How it writes days.
    preprocess
        Make ``date`` where it is spread over columns, before anything is turned.
    exclude
        Find rows that are no protest event at all; they are not faulty, they are left out, and `excluded_because` says why.
    postprocess
        Make our columns of its codes and texts; runs on what is left.
    for_counting
        Its columns (lower case) that place an event in space and time; the rest need not be read to count.
    for_sizes
        Its columns (lower case) that say how many took part.
    demonstrations
        Which values of ``event_type`` are demonstrations; None: all of them.
    one_row_a_report
        Whether several rows may well stand for one event, because a machine made them from reports.
    """

    name: str
    title: str
    required: tuple[str, ...]
    fingerprints: tuple[frozenset[str], ...]
    renames: Mapping[str, str]
    spelling: DateFormat = ISO
    preprocess: Callable[[pd.DataFrame], pd.DataFrame] = lambda frame: frame
    exclude: Callable[[pd.DataFrame], BoolArray | None] = lambda _: None
    excluded_because: str = ""
    postprocess: Callable[[pd.DataFrame], pd.DataFrame] = lambda frame: frame
    for_counting: frozenset[str] = frozenset()
    for_sizes: frozenset[str] = frozenset({"size_low", "size_high"})
    demonstrations: frozenset[str] | None = None
    one_row_a_report: bool = False

    def fits(self, columns: Collection[str]) -> bool:
        """Say whether a table with these columns looks like one of this source."""
        there = {plain(name) for name in columns}
        return any(sign <= there for sign in self.fingerprints)

    def needed(self, columns: Collection[str], weight: str | None) -> list[str]:
        """Return those columns of a table that counting its events needs, and summing one of their numbers."""
        wanted = set(self.for_counting)
        if weight is not None:
            wanted |= {plain(weight), *(theirs for theirs, ours in self.renames.items() if ours == weight)}
            wanted |= self.for_sizes if weight in ("size_low", "size_high") else set()
        return [name for name in columns if plain(name) in wanted]

    def lacks(self, columns: Collection[str]) -> list[str]:
        """Return the columns that a table must have to be read as one of this source, and has not."""
        there = {plain(name) for name in columns}
        return [] if self.fits(columns) else [name for name in self.required if plain(name) not in there]

    def rename(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Give the columns of a table our names; a column of its own that stands in the way gets "_given" behind it."""
        theirs = {plain(str(name)): name for name in reversed(list(frame.columns))}
        chosen: dict[str, str] = {}
        for name, ours in self.renames.items():
            if name in theirs and ours not in chosen.values():
                chosen[theirs[name]] = ours
        taken = set(chosen.values())
        in_the_way = {name: f"{name}_given" for name in frame.columns if name in taken and name not in chosen}
        return frame.rename(columns=in_the_way | chosen)


def plain(name: str) -> str:
    """Return the name of a column without what differs between releases: case, spaces, dots."""
    return str(name).strip().lower().replace(" ", "_").replace(".", "_")


def words_for(codes: pd.Series, words: Mapping[int, str]) -> pd.Series:
    """Return the words for a column of codes; a code that is not known has none."""
    at, distinct = pd.factorize(codes)
    numbers, _ = to_numbers(pd.Series(distinct))
    found = np.array([*(words.get(number) for number in numbers), None], dtype=object)
    return pd.Series(found[at], index=codes.index, dtype=object, copy=False)


def column(frame: pd.DataFrame, name: str) -> str | None:
    """Return the column of a table that has this name when case, spaces and dots are left aside."""
    return next((str(c) for c in frame.columns if plain(str(c)) == name), None)
