"""What a simulation from a fit needs: rates of the parts, the rows after which it goes on, and the days after the data."""

from dataclasses import replace

import numpy as np
import pandas as pd

from ...arguments import Arguments
from ...arrays import FloatArray, IntArray
from ...errors import DataError, must_be, shorten_list
from ...inference.likelihood.continuation import Future, align_future, append_rows, dates_after
from ...inference.likelihood.maximize import Optimum
from ...tables import check_panel
from ..rates import Rate
from .design import Design
from .specification import ENDEMIC, Part, Specification, counts_of

_MOST_EVENTS = 10**9  # of one place and day


def part_rates(specification: Specification, optimum: Optimum) -> dict[str, Rate]:
    """Return name -> rate of each part, for all dates and places; 0 for a part that the data drive to nothing."""
    panel, found = specification.panel, {}
    for part, where in zip(specification.parts, specification.rates.slices, strict=True):
        values = Design.of(part.columns, slice(None), panel.shape).rate(optimum.coordinates[where])
        if optimum.coordinates[where.start] <= optimum.problem.lower[where.start]:
            values = np.zeros((1, 1))
        found[part.name] = _as_rate(values * specification.offset if part.name == ENDEMIC else values, panel)
    return found


def _as_rate(values: FloatArray, panel: pd.DataFrame) -> Rate:
    if len(values) > 1:
        return pd.DataFrame(np.broadcast_to(values, panel.shape), index=panel.index, columns=panel.columns)
    if len(np.unique(values)) == 1:
        return float(values[0, 0])
    return pd.Series(values[0], index=panel.columns)


def continued(specification: Specification, days: int, future: Future) -> Specification:
    """Return the specification with days that were not observed: trend, weekdays and seasons go on, other terms as given.

    Raises
    ------
    DataError
        The last rows were not observed, or what varies by date has no values in ``future``.
    """
    panel = specification.panel
    recent = panel.iloc[-specification.first_rows :]
    if recent.isna().any(axis=None):
        raise DataError(
            f"fit must end with {specification.first_rows} observed rows to be continued; not observed were {shorten_list(recent.columns[recent.isna().any()])}",
            fix="fit the panel up to its last day on which all places were observed",
        )
    dates = panel.index.append(later := dates_after(panel.index, days))
    lasting = {
        part.name: part.terms.of_dates.columns(pd.DatetimeIndex(dates), panel.columns) for part in specification.parts
    }
    varying = {
        name: None
        for part in specification.parts
        for name, values in part.columns.items()
        if len(values) > 1 and name not in lasting[part.name]
    }
    by_offset = ["offset"] if len(specification.offset) > 1 else []
    more = align_future(future, [*varying, *by_offset], later, panel.columns)

    def longer(part: Part) -> Part:
        known = lasting[part.name]
        columns = {
            name: known[name] if name in known else append_rows(values, more[name]) if name in more else values
            for name, values in part.columns.items()
        }
        return replace(part, columns=columns)

    return replace(
        specification,
        panel=panel.reindex(dates),
        parts=tuple(map(longer, specification.parts)),
        offset=append_rows(specification.offset, more["offset"]) if by_offset else specification.offset,
        inside=np.pad(specification.inside, ((0, days), (0, 0))),
    )


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
