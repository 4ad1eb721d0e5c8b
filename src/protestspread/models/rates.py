"""Parameters of models: one number, one number per place, or one per day and place."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..arguments import Arguments
from ..arrays import FloatArray
from ..checks import is_real, label_faults
from ..errors import DataError, must_be, shorten_list
from .terms import Terms


@dataclass(frozen=True, eq=False)
class LogLinearRate:
    """A rate that depends on terms: rate = ``per_day`` · exp(Σ coefficient · term).

    It can be given wherever a model takes a rate, so that a rate depends on attributes of places, on weekdays, or on what was
    in force.

    Parameters
    ----------
    per_day
        The rate per day where all terms are 0: a number or a Series by place.
    terms
        The terms; `Terms` lists their kinds.
    coefficients
        Name of each term -> its coefficient: the logarithm of the factor of the rate for one unit of the term.

    Raises
    ------
    DataError
        A parameter is not of this form.

    Examples
    --------
    >>> import pandas as pd
    >>> import protestspread as ps
    >>> days = pd.date_range("2022-01-02", periods=4, name="date")
    >>> curfew = pd.DataFrame({"A": [0, 0, 1, 1], "B": [0, 0, 0, 1]}, index=days)
    >>> rate = ps.LogLinearRate(0.4, ps.Terms(by={"curfew": curfew}), {"curfew": -0.7})
    >>> rate.values(days, curfew.columns).round(3).tolist()
    [[0.4, 0.4], [0.4, 0.4], [0.199, 0.4], [0.199, 0.199]]
    """

    per_day: float | pd.Series
    terms: Terms
    coefficients: Mapping[str, float]

    def __post_init__(self) -> None:
        with Arguments("see help(protestspread.LogLinearRate)") as check:
            check.instance("terms", self.terms, Terms, "Terms(...)")
            check.instance("coefficients", self.coefficients, Mapping, "a mapping of term -> coefficient")
            if isinstance(self.coefficients, Mapping):
                for name, value in self.coefficients.items():
                    check.number(f"coefficients[{name!r}]", value)
            if isinstance(self.per_day, pd.DataFrame | LogLinearRate):
                check.fault(must_be("per_day", "a number or a Series by place", self.per_day))
            else:
                check.faults += check_rate("per_day", self.per_day)

    def values(self, dates: pd.DatetimeIndex, places: pd.Index) -> FloatArray:
        """Return the rate for each day and place, shape (days, places).

        Raises
        ------
        DataError
            A term lacks a coefficient or a value for a date or place, or a coefficient has no term.
        """
        columns = self.terms.columns(dates, places, may_be_constant=True)
        if set(columns) != set(self.coefficients):
            raise DataError(
                f"coefficients must have one number for each term, {shorten_list(columns, 20)}; got "
                f"{shorten_list(self.coefficients, 20)}"
            )
        log_rate = sum((self.coefficients[name] * values for name, values in columns.items()), np.zeros((1, 1)))
        base = broadcast_rate("per_day", self.per_day, dates, places)
        with np.errstate(over="ignore"):
            rate = np.asarray(base * np.exp(log_rate))
        if not np.isfinite(rate).all():
            raise DataError("coefficients must give finite rates; they are too large", fix="center the terms")
        return rate


Rate = float | pd.Series | pd.DataFrame | LogLinearRate
"""A number, at least 0, for all places and days; a Series by place; a DataFrame by date and place; or a `LogLinearRate`."""


def check_rate(name: str, rate: Rate) -> list[str]:
    """Return the faults of a parameter, before its places and dates are known."""
    if isinstance(rate, LogLinearRate):
        return []  # it checks itself
    if isinstance(rate, (pd.Series, pd.DataFrame)):
        kinds = [rate.dtype] if isinstance(rate, pd.Series) else list(rate.dtypes)
        other = [kind for kind in kinds if pd.api.types.is_bool_dtype(kind) or not is_real(kind)]
        if other:
            return [f"{name} must hold numbers; got {shorten_list(dict.fromkeys(map(str, other)))}"]
        layout = label_faults(rate.index, f"{name} labels")
        if isinstance(rate, pd.DataFrame):
            layout += label_faults(rate.columns, f"{name} columns")
        if layout:
            return layout
    elif isinstance(rate, bool) or not isinstance(rate, (int, float, np.integer, np.floating)):
        need = "a number, a Series by place, a DataFrame by date and place or a LogLinearRate"
        return [must_be(name, need, rate)]
    if isinstance(rate, pd.Series | pd.DataFrame):
        values = rate.to_numpy(dtype=float, na_value=np.nan)
    else:
        values = np.asarray(np.inf if isinstance(rate, int) and rate.bit_length() > 1000 else rate, dtype=float)
    bad = int(np.count_nonzero(~np.isfinite(values) | (values < 0)))
    if not bad:
        return []
    got = f"{rate}" if values.ndim == 0 else f"{bad} of {values.size} values that are negative, NaN or infinite"
    return [f"{name} must be finite and at least 0; got {got}"]


def check_rates(model: object, **rates: Rate) -> None:
    """Raise `DataError` with all faults of the parameters of a model."""
    faults = [fault for name, rate in rates.items() for fault in check_rate(name, rate)]
    if faults:
        name = type(model).__name__
        raise DataError(name if len(faults) == 1 else f"the parameters of {name} are not valid", faults)


def broadcast_rate(name: str, rate: Rate, dates: pd.DatetimeIndex, places: pd.Index) -> FloatArray:
    """Return a parameter for each day and place, shape (days, places), read-only.

    Raises
    ------
    DataError
        The parameter lacks a value for some places or dates; the message names them.
    """
    shape = (len(dates), len(places))
    given: FloatArray
    if isinstance(rate, LogLinearRate):
        return np.broadcast_to(rate.values(dates, places), shape)
    if isinstance(rate, pd.Series):
        _check_covered(name, places, rate.index)
        given = rate.reindex(places).to_numpy(dtype=float, na_value=np.nan)
    elif isinstance(rate, pd.DataFrame):
        _check_covered(name, places, rate.columns)
        _check_covered(name, dates, rate.index)
        given = rate.reindex(index=dates, columns=places).to_numpy(dtype=float, na_value=np.nan)
    else:
        given = np.asarray(rate, dtype=float)
    return np.broadcast_to(given, shape)


def varies_by_day(rate: Rate) -> bool:
    """Return whether a parameter can have other values on other days."""
    return isinstance(rate, pd.DataFrame | LogLinearRate)


def _check_covered(name: str, wanted: pd.Index, given: pd.Index) -> None:
    """Raise `DataError` where a parameter has no value for some places or dates."""
    missing = wanted[~wanted.isin(given)]
    if len(missing):
        labels, each = missing, "place of the graph"
        if isinstance(missing, pd.DatetimeIndex):
            labels, each = missing.strftime("%Y-%m-%d"), "date of the panel"
        raise DataError(f"{name} has no value for {shorten_list(labels)}", fix=f"pass a value for each {each}")
