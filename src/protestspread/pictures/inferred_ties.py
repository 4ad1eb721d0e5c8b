"""Inferred ties as a table: possible parents, the date and the probability."""

from collections.abc import Hashable, Iterable
from typing import Any

import numpy as np
import pandas as pd

from ..arguments import Arguments
from ..checks import can_be_hashed, layout_faults
from ..errors import DataError, SchemaError, shorten_list

LEAST = 0.05  # the lowest probability that is shown by default
DRAWN_FROM = 0.2  # the default lowest probability of an arrow in animations and web maps
_COLUMNS = ("source", "target", "date", "probability")
_FIX = f"pass a TransmissionTree or a table with one row per possible parent and the columns {', '.join(_COLUMNS)}"


def no_ties() -> pd.DataFrame:
    """Return an empty table of arrows."""
    return pd.DataFrame(columns=[*_COLUMNS, "appears"])


def tie_table(tree: Any) -> pd.DataFrame:
    """Return the table of a tree: the tree itself, its ``to_frame()`` or its ``table``.

    Raises
    ------
    SchemaError
        It is not a table, or the columns ``source, target, date, probability`` are missing or not valid.
    """
    table = tree
    if not isinstance(tree, pd.DataFrame):
        table = getattr(tree, "table", None)
    if not isinstance(table, pd.DataFrame):
        raise SchemaError("tree", [f"expected a TransmissionTree or a DataFrame; got {type(tree).__name__}"], _FIX)
    faults = [*map(str, layout_faults(table))]
    faults = faults or [f"column '{name}' is missing" for name in _COLUMNS if name not in table]
    faults += [
        f"column '{name}' holds values that cannot be compared"
        for name in ("source", "target")
        if not faults and not can_be_hashed(table[name])
    ]
    if not faults:
        table = table.reset_index(drop=True)
        p = pd.to_numeric(table["probability"], errors="coerce").to_numpy(dtype=float)
        if not ((p >= 0) & (p <= 1 + 1e-9)).all():
            faults.append("column 'probability' must hold numbers between 0 and 1, without missing values")
        if not pd.api.types.is_datetime64_dtype(table["date"]):
            faults.append(f"column 'date' must hold dates without a time zone; got {table['date'].dtype}")
        elif table["date"].isna().any():
            faults.append("column 'date' has missing values")
        faults += ["column 'target' has missing values"] if table["target"].isna().any() else []
    if faults:
        raise SchemaError("tree", faults, f"{_FIX}; a missing source means from outside")
    return table


def ties_until(tree: Any, dates: pd.DatetimeIndex, ends: pd.DatetimeIndex, at_least: float) -> list[pd.DataFrame]:
    """Return for each row of a panel the possible parents of all onsets up to then (see `Frame.arrows`)."""
    with Arguments() as check:
        check.number("at_least", at_least, at_least=0, at_most=1)
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
    """Return the number of each place, cities first, then regions; a name that is both gets the city's number.

    Raises
    ------
    DataError
        Arrows have a source or target that is neither city nor region (all named).
    """
    places = [*cities, *regions]
    number = {place: row for row, place in reversed(list(enumerate(places)))}
    named = pd.unique(pd.concat([arrows["source"], arrows["target"]]).dropna())
    unknown = [place for place in named if place not in number]
    if unknown:
        raise DataError(
            "tree",
            [f"places that are not on the map: {shorten_list(unknown)}"],
            "pass cities= with every city in the tree, or a tree whose places are the regions",
        )
    return number
