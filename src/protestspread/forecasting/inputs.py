"""Check forecasts and observations, and bring them into arrays."""

from typing import Any, TypeVar, cast

import numpy as np
import pandas as pd

from ..arguments import Arguments
from ..arrays import FloatArray
from ..errors import DataError, must_be

Draws = FloatArray
"""Draws of a forecast, shape (draws, *shape of what is forecast)."""
Observed = TypeVar("Observed")
"""What was observed: a number, an array, a Series or a DataFrame; scores come back in the same form."""
_FIX = "pass draws of shape (draws, *shape of observed), or a distribution such as scipy.stats.poisson(2.5)"


def numbers(name: str, values: Any) -> FloatArray:
    """Return values as floats; raise `DataError` for what is not a number or is infinite. NaN stays."""
    try:
        found = np.asarray(
            values.to_numpy(dtype=float, na_value=np.nan) if isinstance(values, pd.Series | pd.DataFrame) else values
        )
        real = found.dtype.kind in "iufb"
    except (TypeError, ValueError):
        found, real = np.zeros(0), False
    if not real:
        raise DataError(must_be(name, "numbers", values))
    found = found.astype(float)
    if np.isinf(found).any():
        raise DataError(f"{name} must be finite; got {int(np.isinf(found).sum())} infinite values")
    return found


def draws_of(forecast: Any, y: FloatArray, *, at_least: int = 1, counts: bool = False) -> Draws | None:
    """Return the draws of a forecast of ``y``; None for a distribution.

    Raises
    ------
    DataError
        It is neither, its shape does not match, there are too few draws, or they are not numbers (or not counts).
    """
    if callable(getattr(forecast, "cdf", None)) and hasattr(forecast, "dist"):
        _check_distribution(forecast, y)
        return None
    drawn = numbers("forecast", forecast)
    with Arguments(_FIX) as check:
        if drawn.ndim != y.ndim + 1 or drawn.shape[1:] != y.shape:
            got = ", ".join(map(str, drawn.shape))
            check.fault(f"forecast must have the shape (draws{''.join(f', {n}' for n in y.shape)}); got ({got})")
        elif len(drawn) < at_least:
            check.fault(f"forecast must have at least {at_least} draws; got {len(drawn)}")
        if np.isnan(drawn).any():
            check.fault("forecast must not have NaN")
        elif counts and ((drawn < 0) | (drawn % 1 != 0)).any():
            check.fault("forecast must hold counts, whole numbers of at least 0")
    return drawn


def _check_distribution(forecast: Any, y: FloatArray) -> None:
    """Raise `DataError` where the parameters of a distribution do not match what was observed, or are not valid."""
    shape = np.shape(forecast.mean())
    with Arguments(_FIX) as check:
        if shape not in {(), (1,), y.shape}:
            check.fault(f"forecast must have parameters of the shape {y.shape} of observed; got {shape}")
        if np.isnan(forecast.cdf(0)).any():
            check.fault("forecast must have valid parameters")


def vectors_of(forecast: Any, observed: Any, *, at_least: int = 1) -> tuple[Draws, FloatArray]:
    """Return draws and observation of a vector; raise `DataError` where their shapes do not match."""
    y = numbers("observed", observed)
    if y.ndim != 1 or not len(y):
        raise DataError(f"observed must have one dimension, of at least 1 place; got the shape {y.shape}")
    drawn = draws_of(forecast, y, at_least=at_least)
    if drawn is None:
        raise DataError("forecast must be draws of shape (draws, places); got a distribution", fix="pass draws")
    return drawn, y


def probabilities(probability: Any, observed: Any) -> tuple[FloatArray, FloatArray]:
    """Return probabilities and what happened (1 or 0) as flat arrays, without pairs that were not observed."""
    chance, happened = numbers("probability", probability), numbers("observed", observed)
    with Arguments("pass probabilities from 0 to 1, and 1, 0 or NaN for what happened") as check:
        if chance.shape != happened.shape:
            check.fault(f"probability must have the shape {happened.shape} of observed; got {chance.shape}")
        if not ((chance >= 0) & (chance <= 1)).all():
            check.fault("probability must be from 0 to 1")
        if not (np.isnan(happened) | (happened == 0) | (happened == 1)).all():
            check.fault("observed must be 1, 0 or NaN")
    known = ~np.isnan(happened)
    return chance[known], happened[known]


def like(observed: Observed, values: FloatArray) -> Observed:
    """Return values as what was observed: a Series, a DataFrame, an array, or a number."""
    found: Any = values if np.ndim(values) else float(values)
    if isinstance(observed, pd.DataFrame):
        found = pd.DataFrame(values, index=observed.index, columns=observed.columns)
    if isinstance(observed, pd.Series):
        found = pd.Series(values, index=observed.index)
    return cast("Observed", found)
