"""What a fit gives to a forecast: the days after its data, and a function that draws panels of them."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd

from ...arguments import Arguments
from ...arrays import FloatArray, IntArray
from ...checks import date_step
from ...errors import DataError, must_be, shorten_list
from ...exposures.aligned import Values, align_values

Response = Literal["counts", "joined", "active"]
"""What forecast panels hold: counts of events, 1 from the onset of a place on, or 1 while a place is active."""
DrawPanel = Callable[[np.random.Generator], IntArray]
Future = Mapping[str, Values]
"""Name of what varies by date in a model -> its values on the days that are forecast."""


@dataclass(frozen=True, eq=False)
class Continuation:
    """The days after the data of a fit.

    Attributes
    ----------
    dates, places
        Index and columns of a forecast panel.
    response
        What the panel holds.
    fit
        The fit, with these days added to its data.
    draw_of
        Function of this fit, or of the same with other parameters, that returns a function that draws a panel; the last rows
        of the panel are ``dates``.
    """

    dates: pd.DatetimeIndex
    places: pd.Index
    response: Response
    fit: Any
    draw_of: Callable[[Any], DrawPanel]

    @cached_property
    def draw(self) -> DrawPanel:
        """The function that draws a panel from the estimates."""
        return self.draw_of(self.fit)


def dates_after(dates: pd.Index, days: int) -> pd.DatetimeIndex:
    """Return the dates that follow those of a fit, at the same distance.

    Raises
    ------
    DataError
        The rows of the fit are numbers, or the dates end after 2262.
    """
    if not isinstance(dates, pd.DatetimeIndex):
        raise DataError("fit must be of dates to be continued; its onsets are numbers", fix="fit onsets that are dates")
    try:
        return pd.date_range(dates[-1], periods=days + 1, freq=date_step(dates) or "D", name=dates.name)[1:]
    except (pd.errors.OutOfBoundsDatetime, OverflowError):
        raise DataError(must_be("days", "a number of days that ends before 2262", days)) from None


def align_future(
    future: Future, varying: Collection[str], dates: pd.DatetimeIndex, places: pd.Index
) -> dict[str, FloatArray]:
    """Return the values of what varies by date on the days that are forecast, shape (days, places or 1).

    Raises
    ------
    DataError
        A name lacks values, or is not of the model; all are named.
    """
    found, faults = {}, []
    fix = "pass future={name: values by date and place, or by date}"
    with Arguments(fix) as check:
        check.instance("future", future, Mapping, "a mapping of name -> values")
    for name in varying:
        if name not in future:
            last = f"{dates[0].date()} to {dates[-1].date()}"
            faults.append(f"future has no values of {name!r}, which varies by date, for {last}")
            continue
        values, wrong = align_values(f"future[{name!r}]", future[name], dates, places)
        faults += wrong
        found[name] = np.broadcast_to(values, (len(dates), values.shape[1]))
    if unknown := [name for name in future if name not in varying]:
        faults.append(
            f"future must have names of what varies by date in the fit; got {shorten_list(map(repr, unknown))}"
        )
    if faults:
        raise DataError(faults[0], fix=fix) if len(faults) == 1 else DataError("future is not valid", faults, fix)
    return found


def append_rows(values: FloatArray, more: FloatArray) -> FloatArray:
    """Return values by day with further days; each has one column, or one a place.

    >>> append_rows(np.zeros((1, 1)), np.ones((1, 2))).tolist()
    [[0.0, 0.0], [1.0, 1.0]]
    """
    wide = max(values.shape[1], more.shape[1])
    return np.vstack([np.broadcast_to(one, (len(one), wide)) for one in (values, more)])
