"""Transmission trees: the possible parents of each place, with probabilities."""

import numpy as np
import pandas as pd

from ..checks import can_be_hashed, is_real, layout_faults
from ..errors import SchemaError, must_be, shorten_list

_COLUMNS = ("source", "target", "date", "probability")
_FIX = (
    "give one row per possible parent: source (missing: from outside), target, date of the target's onset, probability"
)


class TransmissionTree:
    """Who probably followed whom: one row for each possible parent of each place. Inferred, never certain.

    Parameters
    ----------
    table
        ``source`` (missing: from outside), ``target``, ``date`` (the onset of the target), ``probability`` (0 to 1).
        The probabilities of a target sum to at most 1; the rest is not explained by the rows.

    Raises
    ------
    SchemaError
        Missing columns or targets, dates with a time or zone, probabilities outside 0 to 1 or with a sum above 1, places that
        follow themselves, parents given twice, a target with two dates.

    Examples
    --------
    >>> import pandas as pd
    >>> import protestspread as ps
    >>> tree = ps.TransmissionTree(pd.DataFrame({
    ...     "source": [None, "Zhanaozen", None], "target": ["Zhanaozen", "Aktau", "Aktau"],
    ...     "date": pd.to_datetime(["2022-01-01", "2022-01-02", "2022-01-02"]), "probability": [1.0, 0.7, 0.3],
    ... }))
    >>> tree
    <TransmissionTree: 3 possible parents of 2 places, 1 to 2 January 2022; 65% from outside, inferred>
    """

    def __init__(self, table: pd.DataFrame) -> None:
        if not isinstance(table, pd.DataFrame) or (layout := layout_faults(table)):
            faults = (
                [*map(str, layout)] if isinstance(table, pd.DataFrame) else [must_be("table", "a DataFrame", table)]
            )
            raise SchemaError("transmission tree", faults, _FIX)
        missing = [
            f"column '{name}' is missing; the table has {shorten_list(table.columns)}"
            for name in _COLUMNS
            if name not in table
        ]
        odd = [name for name in ("source", "target") if not missing and not can_be_hashed(table[name])]
        faults = missing or [f"column '{name}' holds values that cannot be compared, such as lists" for name in odd]
        faults = faults or _faults(table)
        if faults:
            raise SchemaError("transmission tree", faults, _FIX)
        self._table = table[list(_COLUMNS)].reset_index(drop=True)

    @property
    def table(self) -> pd.DataFrame:
        """All rows: ``source, target, date, probability``, as a copy."""
        return self._table.copy()

    @property
    def edges(self) -> pd.DataFrame:
        """The rows whose source is a place, as a copy."""
        return self._table[self._table["source"].notna()].reset_index(drop=True)

    @property
    def external(self) -> pd.Series:
        """The probability that each target started from outside: the sum of its rows without a source."""
        outside = self._table["probability"].where(self._table["source"].isna(), 0.0)
        return outside.groupby(self._table["target"], sort=False).sum().rename("external")

    def __repr__(self) -> str:
        targets = self.external
        if not len(targets):
            return "<TransmissionTree: empty>"
        first, last = self._table["date"].min(), self._table["date"].max()
        days = f"{first.day} {first:%B %Y} to {last.day} {last:%B %Y}"
        if (first.year, first.month) == (last.year, last.month):
            days = f"{first.day} to {last.day} {last:%B %Y}" if first != last else f"{first.day} {first:%B %Y}"
        parents = f"{len(self._table)} possible parents of {len(targets)} places"
        return f"<TransmissionTree: {parents}, {days}; {targets.mean():.0%} from outside, inferred>"


def _faults(table: pd.DataFrame) -> list[str]:
    source, target, date, probability = (table[name] for name in _COLUMNS)
    if not pd.api.types.is_datetime64_dtype(date):
        return [f"column 'date' holds {date.dtype}, not dates without a time zone"]
    if not is_real(probability.dtype):
        return [f"column 'probability' holds {probability.dtype}, not numbers"]
    faults = []
    if target.isna().any():
        faults.append(f"{int(target.isna().sum())} rows have no target")
    if date.isna().any() or (date != date.dt.normalize()).any():
        faults.append("column 'date' has missing dates or dates with a time of day")
    if not probability.between(0, 1).all():
        faults.append(f"probabilities outside 0 to 1 for {shorten_list(target[~probability.between(0, 1)].unique())}")
    sums = probability.groupby(target).sum()
    if (sums > 1 + 1e-9).any():
        faults.append(f"probabilities that sum to more than 1 for {shorten_list(sums.index[sums > 1 + 1e-9])}")
    loops = (source == target).to_numpy(dtype=bool, na_value=False)
    if loops.any():
        faults.append(f"places that follow themselves: {shorten_list(target[loops].unique())}")
    twice = table[["source", "target"]].duplicated()
    if twice.any():
        faults.append(f"parents given more than once for {shorten_list(target[twice].unique())}")
    days = date.groupby(target).nunique()
    if (days > 1).any():
        faults.append(f"more than one date for {shorten_list(np.asarray(days.index[days > 1]))}")
    return faults
