"""Inferred spread as a table: who probably followed whom, when, with what probability."""

from collections.abc import Hashable, Iterable
from typing import Any

import numpy as np
import pandas as pd

from ..errors import DataError, SchemaError, shorten_list

LEAST = 0.05  # what is less probable is never shown
DRAWN_FROM = 0.2  # arrows that are drawn where nobody says otherwise
_COLUMNS = ("source", "target", "date", "probability")


def no_ties() -> pd.DataFrame:
    """Return the arrows of a frame that has none."""
    return pd.DataFrame(columns=[*_COLUMNS, "appears"])


def tie_table(tree: Any) -> pd.DataFrame:
    """Return the table of a tree: the tree itself, its ``to_frame()`` or its ``table``.

    Raises
    ------
    SchemaError
        It is none, or lacks ``source, target, date, probability``, or they do not hold what their names say.
    """
    table = tree
    if not isinstance(tree, pd.DataFrame):
        table = tree.to_frame() if hasattr(tree, "to_frame") else getattr(tree, "table", None)
    if not isinstance(table, pd.DataFrame):
        raise SchemaError("tree", [f"it is a {type(tree).__name__}"], f"a table of {', '.join(_COLUMNS)}")
    faults = [f"column '{name}' is missing" for name in _COLUMNS if name not in table]
    if not faults:
        table = table.reset_index(drop=True)
        p = pd.to_numeric(table["probability"], errors="coerce").to_numpy(dtype=float)
        faults += [] if ((p >= 0) & (p <= 1 + 1e-9)).all() else ["probabilities outside 0...1, or missing"]
        if not pd.api.types.is_datetime64_dtype(table["date"]):
            faults.append(f"column 'date' holds {table['date'].dtype}, not dates without a zone")
        elif table["date"].isna().any():
            faults.append("dates are missing")
        faults += ["targets are missing"] if table["target"].isna().any() else []
    if faults:
        raise SchemaError(
            "tree", faults, f"a row a possible parent: {', '.join(_COLUMNS)}; source missing: from outside"
        )
    return table


def ties_until(tree: Any, dates: pd.DatetimeIndex, ends: pd.DatetimeIndex, at_least: float) -> list[pd.DataFrame]:
    """Return for each row of a panel the possible parents of all who have joined by then: see `Frame.arrows`."""
    if not 0 <= at_least <= 1:
        raise DataError("the arrows cannot be shown", [f"at_least = {at_least} is no probability"], "0 to 1")
    if tree is None:
        return [no_ties()] * len(dates)
    table = tie_table(tree)[list(_COLUMNS)]
    row = np.searchsorted(ends.to_numpy(), table["date"].to_numpy(), side="right")
    loop = (table["source"].astype(object) == table["target"].astype(object)).to_numpy(dtype=bool, na_value=False)
    least = np.where(table["source"].isna(), min(at_least, LEAST), at_least)
    seen = (row < len(dates)) & (table["probability"].to_numpy(dtype=float) >= least) & ~loop
    row = row[seen]
    order = np.argsort(row, kind="stable")
    shown = table[seen].iloc[order].assign(appears=dates[row[order]]).reset_index(drop=True)
    return [shown.iloc[:count] for count in np.searchsorted(row[order], np.arange(len(dates)), side="right")]


def place_numbers(arrows: pd.DataFrame, cities: Iterable[Hashable], regions: Iterable[Hashable]) -> dict[Hashable, int]:
    """Return the number of each place, cities first, then regions; a name that is both is the city's.

    Raises
    ------
    DataError
        Arrows lead from or to places that are neither (all named).
    """
    places = [*cities, *regions]
    number = {place: row for row, place in reversed(list(enumerate(places)))}
    named = pd.unique(pd.concat([arrows["source"], arrows["target"]]).dropna())
    unknown = [place for place in named if place not in number]
    if unknown:
        raise DataError(
            "the tree cannot be drawn",
            [f"places that are not on the map: {shorten_list(unknown)}"],
            "give cities=, or a tree between the regions",
        )
    return number
