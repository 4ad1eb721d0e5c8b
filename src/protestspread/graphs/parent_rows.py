"""The rows of a transmission tree: their checks, and the onsets of sources."""

import numpy as np
import pandas as pd

from ..checks import can_be_hashed, is_real, layout_faults
from ..errors import SchemaError, must_be, shorten_list

REQUIRED = ("source", "target", "date", "probability")
_MOST = 10**9
_FIX = (
    "give one row per possible parent: source (missing: from outside), target, date of the target's onset, probability, and "
    "for spells source_date"
)


def check_parent_rows(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a tree with ``source_date``, missing where it is not known and for rows from outside.

    Raises
    ------
    SchemaError
        The rows are not those of a tree; all faults are named.
    """
    if not isinstance(table, pd.DataFrame):
        raise SchemaError("transmission tree", [must_be("table", "a DataFrame", table)], _FIX)
    faults = [str(fault) for fault in layout_faults(table)]
    faults = faults or [
        f"column '{name}' is missing; the table has {shorten_list(table.columns)}"
        for name in REQUIRED
        if name not in table
    ]
    faults = faults or [
        f"column '{name}' holds values that cannot be compared, such as lists"
        for name in ("source", "target")
        if not can_be_hashed(table[name])
    ]
    faults = faults or _type_faults(table) or _value_faults(table)
    if faults:
        raise SchemaError("transmission tree", faults, _FIX)
    kept = table[list(REQUIRED)].reset_index(drop=True)
    kind = table["date"].dtype if pd.api.types.is_datetime64_dtype(table["date"]) else float
    dates = _first_dates(kept) if "source_date" not in table else table["source_date"].reset_index(drop=True)
    return kept.assign(date=kept["date"].astype(kind), source_date=dates.where(kept["source"].notna()).astype(kind))


def _first_dates(table: pd.DataFrame) -> pd.Series:
    """Return the date of each source, where it is a target with an earlier date."""
    dates = table.drop_duplicates("target").set_index("target")["date"]
    found = dates.reindex(table["source"]).set_axis(table.index)
    return found.where(found < table["date"])


def _type_faults(table: pd.DataFrame) -> list[str]:
    dated = pd.api.types.is_datetime64_dtype(table["date"])
    faults = []
    for name in ("date", "source_date"):
        if name not in table or (name == "source_date" and table[name].isna().all()):
            continue
        column = table[name]
        numbers = is_real(column.dtype) and not pd.api.types.is_bool_dtype(column)
        if name == "date" and not dated and not numbers:
            faults.append(f"column '{name}' holds {column.dtype}, not dates without a time zone, or numbers")
        elif name == "source_date" and (pd.api.types.is_datetime64_dtype(column) != dated or not (dated or numbers)):
            faults.append(f"column '{name}' holds {column.dtype}, not {table['date'].dtype} as 'date'")
    if not is_real(table["probability"].dtype):
        faults.append(f"column 'probability' holds {table['probability'].dtype}, not numbers")
    return faults


def _value_faults(table: pd.DataFrame) -> list[str]:
    source, target, date, probability = (table[name] for name in REQUIRED)
    faults = []
    if target.isna().any():
        faults.append(f"{int(target.isna().sum())} rows have no target")
    for name in ("date", "source_date"):
        faults += _date_faults(table[name], name) if name in table else []
    if not probability.between(0, 1).all():
        faults.append(f"probabilities outside 0 to 1 for {shorten_list(target[~probability.between(0, 1)].unique())}")
    onset = table.groupby(["target", "date"], sort=False, dropna=False).ngroup()
    over = onset.map(probability.groupby(onset).sum()) > 1 + 1e-9
    if over.any():
        faults.append(f"probabilities that sum to more than 1 for {shorten_list(target[over].unique())}")
    loops = (source == target).to_numpy(dtype=bool, na_value=False)
    if loops.any():
        faults.append(f"places that follow themselves: {shorten_list(target[loops].unique())}")
    known = ["source_date"] if "source_date" in table else []
    twice = table[["source", *known, "target", "date"]].duplicated()
    if twice.any():
        faults.append(f"parents given more than once for {shorten_list(target[twice].unique())}")
    if known:
        late = (table["source_date"] >= date).to_numpy(dtype=bool, na_value=False) & source.notna().to_numpy()
        if late.any():
            faults.append(f"parents that are not earlier than {shorten_list(target[late].unique())}")
        return faults
    days = date.groupby(target).nunique()
    if (days > 1).any():
        faults.append(f"more than one date for {shorten_list(np.asarray(days.index[days > 1]))}, without source_date")
    return faults


def _date_faults(dates: pd.Series, name: str) -> list[str]:
    """Return the faults of dates; the date of a source may be missing."""
    missing = name == "date" and dates.isna().any()
    if not pd.api.types.is_datetime64_dtype(dates):
        odd = (np.abs(dates.dropna().to_numpy(dtype=float)) > _MOST).any()
        return [f"column '{name}' has missing numbers, or numbers beyond {_MOST:,}"] if missing or odd else []
    odd = bool((dates.dropna() != dates.dropna().dt.normalize()).any())
    return [f"column '{name}' has missing dates or dates with a time of day"] if missing or odd else []
