"""Inferred spread, for a page: who probably followed whom, when, with what probability."""

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ...errors import DataError, SchemaError, name_some
from ..frames import row_ends

LEAST = 0.05  # what is less probable never enters a page
_MOST = 5_000
_COLUMNS = ("source", "target", "date", "probability")


def arrows_of(
    tree: Any, dates: pd.DatetimeIndex, cities: Sequence[Hashable], regions: Sequence[Hashable]
) -> dict[str, Any]:
    """Return arrows between places numbered cities first, then regions: source, target, row, probability.

    A row without a source came from outside and draws no arrow; ``outside`` counts the places that did, by row,
    each with its probability. Rows after the last date are left out.
    """
    table = table_of(tree)
    number = {place: len(cities) + row for row, place in enumerate(regions)} | {
        place: row for row, place in enumerate(cities)
    }
    named = pd.unique(pd.concat([table["source"], table["target"]]).dropna())
    unknown = [place for place in named if place not in number]
    if unknown:
        raise DataError(
            "the tree cannot be drawn",
            [f"places that are not on the map: {name_some(unknown)}"],
            "give cities=, or a tree between the regions",
        )
    row = np.searchsorted(row_ends(dates).to_numpy(), table["date"].to_numpy(), side="right")
    shown = table.assign(row=row)[(row < len(dates)) & (table["probability"].to_numpy() >= LEAST)]
    inside = shown[shown["source"].notna() & (shown["source"] != shown["target"])]
    inside = inside.sort_values("probability", ascending=False, kind="stable").head(_MOST)
    outside = shown[shown["source"].isna()].groupby("row")["probability"].sum()
    return {
        "source": [number[place] for place in inside["source"]],
        "target": [number[place] for place in inside["target"]],
        "row": inside["row"].tolist(),
        "probability": [round(float(p), 3) for p in inside["probability"]],
        "outside": [[row, round(p, 2)] for row, p in zip(outside.index.tolist(), outside.tolist(), strict=True)],
    }


def table_of(tree: Any) -> pd.DataFrame:
    """Return the table of a tree: the tree itself, its ``to_frame()`` or its ``table``."""
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
