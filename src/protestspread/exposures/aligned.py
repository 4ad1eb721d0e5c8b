"""Values by day and place that stand beside a panel."""

import numpy as np
import pandas as pd

from ..arrays import FloatArray
from ..checks import is_real, label_faults
from ..errors import must_be, shorten_list

Values = pd.DataFrame | pd.Series
_NOTHING = np.arange(2.0)[:, None]  # stands for values that are not valid


def align_values(name: str, values: object, days: pd.Index, places: pd.Index) -> tuple[FloatArray, list[str]]:
    """Return values by day and place, shape (days or 1, places or 1), and their faults.

    Parameters
    ----------
    name
        What the values are, in messages.
    values
        A DataFrame by day and place, or a Series by day or by place, of finite numbers or True and False.
    days, places
        Rows and columns wanted.
    """
    if not isinstance(values, pd.DataFrame | pd.Series):
        return _NOTHING, [must_be(name, "a DataFrame by date and place, or a Series by date or place", values)]
    table = isinstance(values, pd.DataFrame)
    axes = [values.index, values.columns] if isinstance(values, pd.DataFrame) else [values.index]
    faults = [fault for axis in axes for fault in label_faults(axis, f"{name} labels")]
    kinds = list(values.dtypes) if isinstance(values, pd.DataFrame) else [values.dtype]
    if not all(is_real(kind) or pd.api.types.is_bool_dtype(kind) for kind in kinds):
        got = shorten_list(dict.fromkeys(map(str, kinds)))
        faults.append(f"{name} must hold numbers or True and False; got {got}")
    by_day = isinstance(values.index, pd.DatetimeIndex) or (
        values.index.name is not None and values.index.name == days.name
    )
    wanted = [days, places] if table else [days if by_day else places]
    for axis, needed in zip(axes, wanted, strict=True):
        if not faults and len(missing := needed[~needed.isin(axis)]):
            labels = missing.strftime("%Y-%m-%d") if isinstance(missing, pd.DatetimeIndex) else missing
            faults.append(f"{name} has no value for {shorten_list(labels)}")
    if faults:
        return _NOTHING, faults
    found = (
        values.reindex(index=days, columns=places) if isinstance(values, pd.DataFrame) else values.reindex(wanted[0])
    )
    array = np.asarray(found.astype(float).to_numpy(na_value=np.nan), dtype=float)
    array = array if table else array[:, None] if by_day else array[None, :]
    bad = int(np.count_nonzero(~np.isfinite(array)))
    return array, [f"{name} must be finite; got {bad} values that are NaN or infinite"] if bad else []
