"""Results as flat lists of numbers, with short strings where the order of places matters."""

import hashlib
from functools import cache

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

import protestspread as ps

from .worlds import case, simulated

LONGEST = 20  # longer arrays are stored as moments


@cache
def labels():
    """The strings that are stored: places, events and the networks that are named here. All others are left out."""
    tables = [table.index for world in (case(), simulated()) for table in (world.linked, world.regions, world.events)]
    return frozenset(name for table in tables for name in table) | {"near", "rank", "near + rank"}


def numbers(*values):
    """Return values, arrays, tables, graphs and shapes as one flat list."""
    return [number for value in values for number in flat(value)]


def flat(value):
    if isinstance(value, ps.DiffusionGraph):
        return numbers(value.nodes, value.edges)
    if isinstance(value, dict):
        return numbers(*value.values())
    if isinstance(value, pd.DataFrame):
        wide = len(value.columns) > 12 and all(pd.api.types.is_numeric_dtype(kind) for kind in value.dtypes)
        columns = [value.to_numpy()] if wide else [value.iloc[:, at] for at in range(value.shape[1])]
        return numbers(len(value), value.index, value.columns, *columns)
    if isinstance(value, pd.MultiIndex) and not all(isinstance(name, str) for row in value for name in row):
        return numbers(*(value.get_level_values(level) for level in range(value.nlevels)))
    if isinstance(value, gpd.GeoSeries | shapely.Geometry):
        return numbers(shapely.get_coordinates(value))
    return of_array(pd.Series(np.ravel(value) if not isinstance(value, pd.Series | pd.Index) else list(value)))


def of_array(series):
    if pd.api.types.is_datetime64_any_dtype(series):
        return shortened(["NaT" if pd.isna(date) else date.isoformat() for date in series])
    if pd.api.types.is_timedelta64_dtype(series):
        series = series / pd.Timedelta(days=1)
    try:
        array = series.to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError):
        texts = [" + ".join(text) if isinstance(text, tuple) else text for text in series]
        texts = ["NaN" if not isinstance(text, str) else text for text in texts]
        return shortened(texts) if set(texts) <= labels() | {"NaN"} else []
    if len(array) <= LONGEST:
        return [told(number) for number in array]
    known = np.where(np.isfinite(array), array, 0.0)
    weights = np.arange(1, len(array) + 1) / len(array)
    moments = [len(array), (~np.isfinite(array)).sum(), known.sum(), (known**2).sum(), (known * weights).sum()]
    return [told(float(number)) for number in (*moments, *array[:4])]


def told(number):
    return float(number) if np.isfinite(number) else {np.inf: "inf", -np.inf: "-inf"}.get(number, "NaN")


def shortened(texts):
    if len(texts) <= LONGEST:
        return texts
    return [len(texts), hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16], *texts[:4]]


def of(result, *names):
    """The table of a result and some of its attributes."""
    return numbers(result.to_frame(), *(getattr(result, name) for name in names))
