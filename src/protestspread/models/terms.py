"""Terms: what the logarithm of one part of a rate depends on, besides its intercept."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ..arguments import Arguments
from ..arrays import FloatArray
from ..checks import layout_faults
from ..errors import DataError, must_be
from ..exposures.aligned import Values, align_values

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_TREND_ROWS = 100
_MOST_PAIRS = 10


@dataclass(frozen=True, eq=False)
class Terms:
    """The terms of one part of a model: log rate = intercept + Σ coefficient · term.

    Parameters
    ----------
    trend
        A linear trend: the number of rows since the first, divided by 100.
    weekday
        True: six effects, relative to Monday. "weekend": one effect of Saturday and Sunday. Only for daily panels.
    seasonal
        Number of pairs of a sine and a cosine with a period of one year (365 rows of a daily panel, 52 of a weekly, 12 of a
        monthly one), or (pairs, rows of one period).
    by
        Name -> values: a DataFrame by date and place (such as a panel that is 1 where a curfew was in force), or a Series by
        date or by place.
    attributes
        What places are by themselves: one row per place and numeric columns, preferably centered.

    Raises
    ------
    DataError
        An option is not of these forms.

    Examples
    --------
    >>> import pandas as pd
    >>> import protestspread as ps
    >>> curfew = pd.DataFrame({"A": [0, 1, 1], "B": [0, 0, 0]}, index=pd.date_range("2022-01-03", periods=3, name="date"))
    >>> terms = ps.Terms(trend=True, by={"curfew": curfew})
    >>> list(terms.columns(curfew.index, curfew.columns))
    ['trend', 'curfew']
    """

    trend: bool = False
    weekday: bool | str = False
    seasonal: int | tuple[int, float] = 0
    by: Mapping[str, Values] = field(default_factory=dict)
    attributes: pd.DataFrame | pd.Series | None = None

    def __post_init__(self) -> None:
        with Arguments("see help(protestspread.Terms)") as check:
            check.flag("trend", self.trend)
            if not (isinstance(self.weekday, str) and self.weekday == "weekend"):
                check.flag("weekday", self.weekday)
            pairs, period = (
                self.seasonal if isinstance(self.seasonal, tuple) and len(self.seasonal) == 2 else (self.seasonal, 1)
            )
            check.whole("seasonal", pairs, at_least=0, at_most=_MOST_PAIRS)
            check.number("seasonal", period, above=0)
            if check.instance("by", self.by, Mapping, "a mapping of name -> values by date and place") is self.by:
                for name in self.by if isinstance(self.by, Mapping) else ():
                    check.text("each name in by", name)

    def __bool__(self) -> bool:
        return bool(self.trend or self.weekday or self.seasonal or self.by or self.attributes is not None)

    @property
    def of_dates(self) -> "Terms":
        """The terms that any date has: trend, weekday and seasons."""
        return Terms(self.trend, self.weekday, self.seasonal)

    def columns(
        self, dates: pd.DatetimeIndex, places: pd.Index, *, may_be_constant: bool = False
    ) -> dict[str, FloatArray]:
        """Return name -> values of each term, of shape (days or 1, places or 1).

        Parameters
        ----------
        dates, places
            Index and columns of the panel.
        may_be_constant
            Whether a term may be the same everywhere; a fit could not estimate its coefficient.

        Raises
        ------
        DataError
            A term has no value for a date or place, values that are not finite, or is the same everywhere; all are named.
        """
        found: dict[str, FloatArray] = {}
        if self.trend:
            found["trend"] = np.arange(len(dates))[:, None] / _TREND_ROWS
        found |= self._weekdays(dates)
        found |= self._seasons(dates)
        faults: list[str] = []
        given: list[tuple[Hashable, Values]] = [*self.by.items(), *_by_attribute(self.attributes).items()]
        for name, values in given:
            if name in found:
                faults.append(f"terms must have different names; got {name!r} twice")
                continue
            found[str(name)], wrong = align_values(f"term {name!r}", values, dates, places)
            faults += wrong
        faults += [
            f"term {name!r} must vary; it is the same everywhere"
            for name, values in found.items()
            if not may_be_constant and np.ptp(values) == 0
        ]
        if faults:
            raise DataError("terms are not valid", faults, "pass finite numbers for each date and place of the panel")
        return found

    def _weekdays(self, dates: pd.DatetimeIndex) -> dict[str, FloatArray]:
        if not self.weekday:
            return {}
        if len(dates) > 1 and (np.diff(dates.to_numpy()) != np.timedelta64(1, "D")).any():
            raise DataError("weekday must be False for a panel that is not daily", fix="pass Terms(weekday=False)")
        number = dates.day_of_week.to_numpy()[:, None]
        if self.weekday == "weekend":
            return {"weekend": (number >= 5).astype(float)}
        return {_WEEKDAYS[day]: (number == day).astype(float) for day in range(1, 7)}

    def _seasons(self, dates: pd.DatetimeIndex) -> dict[str, FloatArray]:
        pairs, period = self.seasonal if isinstance(self.seasonal, tuple) else (self.seasonal, _rows_per_year(dates))
        angle = 2 * np.pi * np.arange(len(dates))[:, None] / period
        return {
            f"{wave} {pair}": function(pair * angle)
            for pair in range(1, pairs + 1)
            for wave, function in (("sine", np.sin), ("cosine", np.cos))
        }


def _rows_per_year(dates: pd.DatetimeIndex) -> int:
    """Return 365, 52 or 12 for daily, weekly and monthly panels, and what comes nearest for others."""
    step = (dates[-1] - dates[0]) / max(len(dates) - 1, 1) if len(dates) > 1 else pd.Timedelta(days=1)
    days = max(step / pd.Timedelta(days=1), 1.0)
    return 12 if 28 <= days <= 31 else max(int(365 / days), 1)


def _by_attribute(attributes: pd.DataFrame | pd.Series | None) -> dict[Hashable, Values]:
    if attributes is None:
        return {}
    if isinstance(attributes, pd.Series):
        return {attributes.name or "attribute": attributes}
    if not isinstance(attributes, pd.DataFrame):
        raise DataError(must_be("attributes", "a DataFrame or a Series by place", attributes))
    if faults := layout_faults(attributes):
        raise DataError("attributes", list(map(str, faults)), "pass one row per place, one column per attribute")
    return {name: attributes[name] for name in attributes.columns}
