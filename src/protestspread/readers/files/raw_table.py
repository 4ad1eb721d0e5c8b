"""What comes out of a file before anybody asks what it means."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ...errors import shorten_list


def choose(names: Sequence[str], only: Collection[str] | None) -> list[str]:
    """Return the columns to read, in the order of the file.

    Raises
    ------
    ValueError
        The file has no such column.
    """
    missing = [name for name in only or () if name not in names]
    if missing:
        raise ValueError(f"there is no column {shorten_list(map(repr, missing))}; it has {shorten_list(names, 40)}")
    return [name for name in names if only is None or name in only]


@dataclass(frozen=True)
class BrokenRow:
    """A row of a text file that has more or fewer fields than the heading."""

    number: int  # counted from the first row below the heading
    text: str
    fields: int
    expected: int

    @property
    def reason(self) -> str:
        """Say what is wrong with it."""
        quote = "; a quote may be missing" if "\n" in self.text.strip() else ""
        return f"it has {self.fields} fields, not {self.expected}{quote}"


@dataclass(frozen=True, eq=False)
class RawTable:
    """A table as the file has it: text stays text where the file holds text.

    Attributes
    ----------
    frame
        The rows that have the shape of the table.
    broken
        The rows that have not.
    name
        The name of the file, or "the table".
    written_as
        What `write_events` noted of dtypes and order, where it wrote the file.
    """

    frame: pd.DataFrame
    broken: tuple[BrokenRow, ...] = ()
    name: str = "the table"
    written_as: Mapping[str, Any] = field(default_factory=dict)

    def row_numbers(self) -> npt.NDArray[np.int64]:
        """Return the number of each row of `frame` in the file, from 1, the broken ones counted."""
        total = len(self.frame) + len(self.broken)
        there = np.ones(total + 1, dtype=bool)
        there[[0, *(row.number for row in self.broken)]] = False
        return np.flatnonzero(there)
