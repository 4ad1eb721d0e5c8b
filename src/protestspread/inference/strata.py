"""Strata and populations: the groups of places within which placebos exchange them."""

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from ..arguments import Arguments
from ..arrays import FloatArray, IntArray
from ..checks import can_be_hashed
from ..errors import DataError, shorten_list
from ..exposures.aligned import align_values
from ..tables import check_places

PlaceStrata = pd.Series | Mapping[Any, Any] | None


def encode_strata(places: pd.Index, strata: PlaceStrata) -> IntArray:
    """Return the number of each place's stratum; 0 for all places if ``strata`` is None.

    Raises
    ------
    DataError
        Places have no stratum or several, or each stratum has one place only.
    """
    if strata is None:
        return np.zeros(len(places), dtype=np.int64)
    with Arguments("pass a label for each place, such as cities['region_id']") as check:
        labels = check.by_label("strata", strata, "a label by place (a Series or a dict)")
        if not check.faults and not can_be_hashed(labels):
            check.fault("strata must hold labels; got values that cannot be compared, such as lists")
    labels = labels.reindex(places)
    if labels.isna().any():
        raise DataError(
            f"strata must have one label per place; no label for {shorten_list(places[labels.isna().to_numpy()])}",
            fix="pass a label for each place, such as cities['region_id']",
        )
    codes = pd.factorize(labels)[0].astype(np.int64)
    if len(np.unique(codes)) == len(places):
        raise DataError(
            "strata must group places; every stratum has one place only",
            fix="pass larger regions, or strata=None to exchange all places",
        )
    return np.asarray(codes)


def population_of(check: Arguments, population: object, places: pd.Index) -> FloatArray:
    """Return the population of each place; NaN for all if none is given."""
    if population is None:
        return np.full(len(places), np.nan)
    given = check.by_label("population", population, "a Series of numbers by place, or None")
    values, faults = align_values("population", given, pd.Index([], name="date"), places)
    for fault in faults:
        check.fault(fault)
    return values.ravel()


def populations_of(names: pd.Index, places: gpd.GeoDataFrame | None) -> FloatArray:
    """Return the population of each place of the panel; NaN where it is not known."""
    if places is None:
        return np.full(len(names), np.nan)
    check_places(places)
    if "population" not in places:
        return np.full(len(names), np.nan)
    return np.asarray(places["population"].reindex(names).to_numpy(dtype=float, na_value=np.nan))
