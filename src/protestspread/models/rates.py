"""Parameters of models: one number, one number per place, or one per day and place."""

import numpy as np
import pandas as pd

from ..arrays import FloatArray
from ..checks import is_real, label_faults
from ..errors import DataError, must_be, shorten_list

Rate = float | pd.Series | pd.DataFrame
"""A number, at least 0, for all places and days; a Series by place; or a DataFrame by date and place."""


def check_rate(name: str, rate: Rate) -> list[str]:
    """Return the faults of a parameter, before its places and dates are known."""
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
    elif isinstance(rate, int) and rate.bit_length() > 1000:
        return [must_be(name, "finite", rate)]
    elif isinstance(rate, bool) or not isinstance(rate, (int, float, np.integer, np.floating)):
        return [must_be(name, "a number, a Series by place or a DataFrame by date and place", rate)]
    if isinstance(rate, pd.Series | pd.DataFrame):
        values = rate.to_numpy(dtype=float, na_value=np.nan)
    else:
        values = np.asarray(rate, dtype=float)
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


def _check_covered(name: str, wanted: pd.Index, given: pd.Index) -> None:
    """Raise `DataError` where a parameter has no value for some places or dates."""
    missing = wanted[~wanted.isin(given)]
    if len(missing):
        labels, each = missing, "place of the graph"
        if isinstance(missing, pd.DatetimeIndex):
            labels, each = missing.strftime("%Y-%m-%d"), "date of the panel"
        raise DataError(f"{name} has no value for {shorten_list(labels)}", fix=f"pass a value for each {each}")
