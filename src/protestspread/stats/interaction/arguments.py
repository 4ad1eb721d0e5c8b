"""Checks of the arguments that the interaction tests share."""

import math
from collections.abc import Sequence

import numpy as np

from ...errors import argument_error, must_be
from ...inference.p_values import check_alternative, check_permutations


def check_limits(
    within_km: float, within_days: float, exclude_within_km: float, permutations: int, alternative: str
) -> None:
    """Raise `DataError`, with all faults, unless the arguments of a Knox test are valid."""
    faults = {}
    if not (isinstance(within_km, (int, float, np.number)) and 0 <= within_km < math.inf):
        faults["within_km"] = must_be("within_km", "a finite number of kilometers of at least 0", within_km)
    elif not 0 <= exclude_within_km < max(within_km, 1e-300):
        need = f"at least 0 and less than within_km ({within_km:g})"
        faults["exclude_within_km"] = must_be("exclude_within_km", need, exclude_within_km)
    if not (
        isinstance(within_days, (int, float, np.number))
        and 0 <= within_days < math.inf
        and within_days == int(within_days)
    ):
        faults["within_days"] = must_be("within_days", "a whole number of days of at least 0", within_days)
    if faults:
        raise argument_error(faults.values())
    check_permutations(permutations)
    check_alternative(alternative)


def band_faults(bands: Sequence[float], name: str, *, whole: bool = False) -> dict[str, str]:
    """Return the fault of an argument whose limits do not ascend from 0 or more, or are not whole days; else nothing."""
    need = f"ascending {'whole numbers' if whole else 'numbers'} of at least 0, such as {'(1, 3, 7)' if whole else '(5, 10, 25)'}"
    fault = {name: f"{name} must be {need}; got {bands!r}"}
    try:
        limits = np.atleast_1d(np.asarray(bands, dtype=np.float64))
    except (TypeError, ValueError):
        return fault
    valid = (
        limits.ndim == 1
        and len(limits)
        and np.isfinite(limits).all()
        and limits[0] >= 0
        and (np.diff(limits) > 0).all()
        and not (whole and (limits % 1).any())
    )
    return {} if valid else fault


def band_limits(bands: Sequence[float]) -> tuple[float, ...]:
    """Return valid limits as floats."""
    return tuple(np.atleast_1d(np.asarray(bands, dtype=np.float64)).tolist())


def date_scheme_faults(name: str) -> dict[str, str]:
    """Return the fault of a scheme that does not shuffle dates; else nothing."""
    if name in ("dates", "within_strata"):
        return {}
    return {"scheme": must_be("scheme", "'dates' or 'within_strata' for this test", name)}
