"""The rows of a panel after which a simulation goes on."""

import numpy as np
import pandas as pd

from ...arguments import Arguments
from ...arrays import IntArray
from ...errors import DataError, must_be, shorten_list
from ...tables import check_panel
from .specification import Specification, counts_of

_MOST_EVENTS = 10**9  # of one place and day


def given_rows(
    specification: Specification, given: pd.DataFrame | None, days: int | None
) -> tuple[IntArray, pd.DatetimeIndex]:
    """Return the rows that the simulation starts from, and their dates with those that follow.

    Raises
    ------
    DataError
        The rows are not dates and places of the panel or not observed, or fewer days are left than asked for.
    """
    panel, lags = specification.panel, specification.first_rows
    rows = panel.iloc[:lags] if given is None else given
    last = _last_row(panel, rows, lags)
    left = len(panel) - last - 1
    with Arguments("leave out days, or give fewer rows") as check:
        days = check.whole("days", left if days is None else days, at_least=1)
        if not check.faults and days > left:
            check.fault(
                f"days must end within the fitted panel, as its terms have no values later; {left} days are left, got {days}"
            )
    counts = counts_of(rows)[-lags:]
    bad = ~((counts >= 0) & (counts <= _MOST_EVENTS) & (counts % 1 == 0))
    if bad.any():
        raise DataError(
            f"given must end with {lags} observed rows of counts; got other values for {shorten_list(panel.columns[bad.any(axis=0)])}",
            fix="pass given=panel.iloc[:k] that ends with observed rows",
        )
    dates = pd.DatetimeIndex(panel.index[last + 1 - lags : last + 1 + days])
    return counts.astype(np.int64), dates


def _last_row(panel: pd.DataFrame, rows: pd.DataFrame, lags: int) -> int:
    """Return the number of the last given row in the panel."""
    fix = "pass rows of the fitted panel, such as given=panel.iloc[:120]"
    if not isinstance(rows, pd.DataFrame):
        raise DataError(must_be("given", "rows of the fitted panel, or None", rows), fix=fix)
    check_panel(rows)
    if not rows.columns.equals(panel.columns):
        raise DataError("given must have the places of the fitted panel, in the same order", fix=fix)
    where = panel.index.get_indexer(rows.index) if len(rows) else np.empty(0, dtype=np.int64)
    if len(rows) < lags or (where < 0).any() or (np.diff(where) != 1).any():
        raise DataError(f"given must have at least {lags} consecutive dates of the fitted panel", fix=fix)
    return int(where[-1])
