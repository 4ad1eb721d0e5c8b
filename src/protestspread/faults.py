"""Faults of a table that record their rows."""

from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from .arrays import BoolArray
from .errors import shorten_list


class Fault(str):
    """A sentence about a fault of a table, with the rows it concerns.

    Attributes
    ----------
    rows
        True for each faulty row; None if the fault concerns the whole table.
    reason
        The sentence without the rows.
    column
        The faulty column; None if the fault concerns no single column.
    """

    __slots__ = ("column", "reason", "rows")
    column: str | None
    reason: str
    rows: BoolArray | None

    def __new__(
        cls, text: str, rows: BoolArray | None = None, reason: str | None = None, column: str | None = None
    ) -> Self:
        """Create the sentence with its rows, reason and column."""
        self = super().__new__(cls, text)
        self.rows, self.reason, self.column = rows, text if reason is None else reason, column
        return self

    @classmethod
    def at(cls, what: str, index: pd.Index, bad: "npt.NDArray[np.bool_] | pd.Series", more: str = "") -> "Fault":
        """Return a fault that counts and names the bad rows of a table."""
        rows = np.asarray(bad, dtype=bool)
        names = index[rows]
        return cls(f"{what} in {len(names)} of {len(rows)} rows ({shorten_list(names)}){more}", rows, what + more)

    def named(self, column: str) -> "Fault":
        """Return the same fault with its column recorded."""
        return Fault(str(self), self.rows, self.reason, column)

    def of(self, column: str) -> "Fault":
        """Return the same fault with the column at the start of the sentence."""
        return Fault(f"column '{column}': {self}", self.rows, f"column '{column}': {self.reason}", column)
