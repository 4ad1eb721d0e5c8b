"""Checks of the arguments that the interaction tests share."""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd

from ...arguments import Arguments
from ...errors import must_be
from ...inference.p_values import check_test
from ...tables import check_events

MOST_DAYS = 10**6  # longer than any dates that can be held


def check_limits(
    within_km: float, within_days: float, exclude_within_km: float, permutations: int, alternative: str
) -> None:
    """Raise `DataError`, with all faults, unless the arguments of a Knox test are valid."""
    with Arguments() as check:
        km = check.number("within_km", within_km, at_least=0)
        least = check.number("exclude_within_km", exclude_within_km, at_least=0)
        if not check.faults and not least < max(km, 1e-300):
            need = f"at least 0 and less than within_km ({km:g})"
            check.fault(must_be("exclude_within_km", need, exclude_within_km))
        days = check.number("within_days", within_days, at_least=0, at_most=MOST_DAYS)
        if isinstance(days, float) and days % 1:
            check.fault(must_be("within_days", "a whole number of days of at least 0", within_days))
        check_test(check, permutations, alternative)


def band_faults(bands: Sequence[float], name: str, *, whole: bool = False) -> dict[str, str]:
    """Return the fault of an argument whose limits do not ascend from 0 or more, or are not whole days; else nothing."""
    need = f"ascending {'whole numbers' if whole else 'numbers'} of at least 0, such as {'(1, 3, 7)' if whole else '(5, 10, 25)'}"
    fault = {name: must_be(name, need, str(bands) if isinstance(bands, list | tuple) else bands)}
    try:
        limits = np.atleast_1d(np.asarray(bands))
        limits = limits.astype(np.float64) if limits.dtype.kind in "iufO" else limits
    except (TypeError, ValueError, OverflowError):
        return fault
    valid = (
        limits.ndim == 1
        and limits.dtype == np.float64  # neither dates nor text nor truth
        and len(limits)
        and np.isfinite(limits).all()
        and limits[0] >= 0
        and (np.diff(limits) > 0).all()
        and not (whole and ((limits % 1).any() or limits[-1] > MOST_DAYS))
    )
    return {} if valid else fault


def band_limits(bands: Sequence[float]) -> tuple[float, ...]:
    """Return valid limits as floats."""
    return tuple(np.atleast_1d(np.asarray(bands, dtype=np.float64)).tolist())


def row_count(events: gpd.GeoDataFrame) -> int:
    """Return the number of events; raise `SchemaError` if they are not a table."""
    if not isinstance(events, pd.DataFrame):
        check_events(events)
    return len(events)


def date_scheme_faults(name: str) -> dict[str, str]:
    """Return the fault of a scheme that does not shuffle dates; else nothing."""
    if name in ("dates", "within_strata"):
        return {}
    return {"scheme": must_be("scheme", "'dates' or 'within_strata' for this test", name)}
