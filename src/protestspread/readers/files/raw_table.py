"""Tables as read from a file, before any conversion."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ...errors import shorten_list
from .file_types import NO_COLUMN

Only = Collection[str] | Callable[[Sequence[str]], Collection[str] | None] | None
"""The columns to read: their names, or a function that chooses them among all names; None for all."""


def select_columns(names: Sequence[str], only: Only) -> list[str]:
    """Return the columns to read, in the order of the file.

    Raises
    ------
    ValueError
        The file does not have such a column.
    """
    only = only(names) if callable(only) else only
    missing = [name for name in only or () if name not in names]
    if missing:
        raise ValueError(f"{NO_COLUMN} {shorten_list(map(repr, missing))}; the table has {shorten_list(names, 40)}")
    return [name for name in names if only is None or name in only]


@dataclass(frozen=True)
class BrokenRow:
    """A row of a text file with more or fewer fields than the header."""

    number: int  # from 1, below the header
    text: str
    fields: int
    expected: int

    @property
    def reason(self) -> str:
        """The fault, as a sentence."""
        quote = " (a quote may be missing)" if "\n" in self.text.strip() else ""
        return f"expected {self.expected} fields; found {self.fields}{quote}"


@dataclass(frozen=True, eq=False)
class RawTable:
    """A table as it is in the file; text stays text.

    Attributes
    ----------
    frame
        The rows with the right number of fields.
    broken
        The other rows.
    name
        The name of the file, or "the table".
    is_text
        Whether all columns are text, because the file has no types.
    written_as
        The dtypes and column order stored by `write_events`, if it wrote the file.
    """

    frame: pd.DataFrame
    broken: tuple[BrokenRow, ...] = ()
    name: str = "the table"
    written_as: Mapping[str, Any] = field(default_factory=dict)
    is_text: bool = False

    def row_numbers(self) -> npt.NDArray[np.int64]:
        """Return the row number in the file of each row of `frame`, from 1, with broken rows counted."""
        total = len(self.frame) + len(self.broken)
        is_row = np.ones(total + 1, dtype=bool)
        is_row[[0, *(row.number for row in self.broken)]] = False
        return np.flatnonzero(is_row)
