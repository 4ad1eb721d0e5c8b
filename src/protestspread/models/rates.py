"""Parameters of models: one number for all, one for each place, or one for each day and place."""

import numpy as np
import pandas as pd

from ..arrays import FloatArray
from ..errors import DataError, shorten_list

Rate = float | pd.Series | pd.DataFrame
"""A number of at least 0: for all places and days, by place (Series), or by date and place (DataFrame)."""


def check_rate(name: str, rate: Rate) -> list[str]:
    """Return what is wrong with a parameter, whatever places it will meet."""
    if isinstance(rate, (pd.Series, pd.DataFrame)):
        kinds = [rate.dtype] if isinstance(rate, pd.Series) else list(rate.dtypes)
        if any(pd.api.types.is_bool_dtype(kind) or not pd.api.types.is_numeric_dtype(kind) for kind in kinds):
            return [f"{name} holds something else than numbers"]
    elif isinstance(rate, bool) or not isinstance(rate, (int, float, np.integer, np.floating)):
        return [f"{name} = {rate!r} is neither a number nor a Series by place nor a DataFrame by date and place"]
    values = np.asarray(rate, dtype=float)
    bad = int(np.count_nonzero(~np.isfinite(values) | (values < 0)))
    if not bad:
        return []
    return [f"{name} = {rate}" if values.ndim == 0 else f"{name}: {bad} of {values.size} are negative, NaN or infinite"]


def check_rates(model: object, **rates: Rate) -> None:
    """Raise all that is wrong with the parameters of a model."""
    faults = [fault for name, rate in rates.items() for fault in check_rate(name, rate)]
    if faults:
        raise DataError(f"{type(model).__name__} has no such parameters", faults, "finite numbers of at least 0")


def spread_out(name: str, rate: Rate, dates: pd.DatetimeIndex, places: pd.Index) -> FloatArray:
    """Return a parameter by day and place, shape (days, places), read-only.

    Raises
    ------
    DataError
        It is given by place or by date, and some are missing: they are named.
    """
    shape = (len(dates), len(places))
    given: FloatArray
    if isinstance(rate, pd.Series):
        _lacking(name, places, rate.index)
        given = rate.reindex(places).to_numpy(dtype=float)
    elif isinstance(rate, pd.DataFrame):
        _lacking(name, places, rate.columns)
        _lacking(name, dates, rate.index)
        given = rate.reindex(index=dates, columns=places).to_numpy(dtype=float)
    else:
        given = np.asarray(rate, dtype=float)
    return np.broadcast_to(given, shape)


def _lacking(name: str, wanted: pd.Index, given: pd.Index) -> None:
    lacking = wanted[~wanted.isin(given)]
    if len(lacking):
        what = lacking.strftime("%Y-%m-%d") if isinstance(lacking, pd.DatetimeIndex) else lacking
        raise DataError(f"{name} is not known everywhere", [f"no value for {shorten_list(what)}"], "give one for each")
