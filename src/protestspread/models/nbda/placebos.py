"""Placebo networks, whose places have changed names, and onsets drawn anew within the error of their dates."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sp

from ...arrays import IntArray
from ...errors import DataError, shorten_list

PlaceStrata = pd.Series | Mapping[Any, Any] | None


def strata_of(places: pd.Index, strata: PlaceStrata) -> IntArray:
    """Return the number of each place's stratum; 0 for all, where there are none.

    Raises
    ------
    DataError
        Places without a stratum; strata of one place each, within which there is nothing to change.
    """
    if strata is None:
        return np.zeros(len(places), dtype=np.int64)
    labels = pd.Series(strata)
    if not labels.index.is_unique:
        raise DataError("the strata do not fit the onsets", ["places stand more than once"], "one label a place")
    labels = labels.reindex(places)
    if labels.isna().any():
        raise DataError(
            "the strata do not fit the onsets",
            [f"no label for {shorten_list(places[labels.isna().to_numpy()])}"],
            "a label for each place, such as cities['region_id']",
        )
    codes = pd.factorize(labels)[0].astype(np.int64)
    if len(np.unique(codes)) == len(places):
        raise DataError(
            "there are no placebo networks",
            ["every stratum has one place: no names can change places within it"],
            "larger regions, placebos=0, or strata=None to let all places change names",
        )
    return codes


def shuffled_within(codes: IntArray, rng: np.random.Generator) -> IntArray:
    """Return row numbers in which those of each stratum have changed places.

    Examples
    --------
    >>> codes = np.array([0, 1, 0, 1, 1])
    >>> rows = shuffled_within(codes, np.random.default_rng(1))
    >>> bool((codes[rows] == codes).all()), sorted(rows.tolist())
    (True, [0, 1, 2, 3, 4])
    """
    rows = np.empty(len(codes), dtype=np.int64)
    rows[np.argsort(codes, kind="stable")] = np.lexsort((rng.random(len(codes)), codes))
    return rows


def permute_nodes(matrix: sp.csr_array, rows: IntArray) -> sp.csr_array:
    """Return the network whose place i has the ties of place rows[i]."""
    place_of = np.empty_like(rows)
    place_of[rows] = np.arange(len(rows))
    ties = matrix.tocoo()
    source, target = ties.coords
    return sp.csr_array((ties.data, (place_of[source], place_of[target])), shape=matrix.shape)


def check_date_intervals(onsets: pd.Series, intervals: tuple[pd.Series, pd.Series]) -> tuple[pd.Series, pd.Series]:
    """Return the earliest and latest onset of each place, in the order of the onsets.

    Raises
    ------
    DataError
        These are not two Series over the same places, or an onset lies outside its interval, or has none.
    """
    fix = "(earliest, latest), two Series over the places of the onsets, with earliest <= onset <= latest"
    if not (
        isinstance(intervals, tuple) and len(intervals) == 2 and all(isinstance(end, pd.Series) for end in intervals)
    ):
        raise DataError("the dates have no intervals", [f"date_intervals is a {type(intervals).__name__}"], fix)
    earliest, latest = (end.reindex(onsets.index) for end in intervals)
    joined = onsets.notna()
    none = joined & (earliest.isna() | latest.isna())
    faults = [f"no interval for {shorten_list(onsets.index[none])}"] if none.any() else []
    try:
        outside = joined & ~none & ((onsets < earliest) | (onsets > latest))
    except TypeError:
        raise DataError("the dates have no intervals", ["they are of another kind than the onsets"], fix) from None
    faults += [f"the onset lies outside its interval: {shorten_list(onsets.index[outside])}"] if outside.any() else []
    if faults:
        raise DataError("the dates have no intervals", faults, fix)
    return earliest, latest


def sample_onsets(onsets: pd.Series, earliest: pd.Series, latest: pd.Series, rng: np.random.Generator) -> pd.Series:
    """Return onsets drawn evenly from their intervals: whole days for dates and whole numbers, else any moment.

    Examples
    --------
    >>> days = pd.Series([2.0, 3.0, None], index=["A", "B", "C"])
    >>> sample_onsets(days, days, days + 2, np.random.default_rng(1)).tolist()
    [3.0, 5.0, nan]
    """
    joined = onsets.notna().to_numpy()
    low, high = earliest[joined], latest[joined]
    drawn = onsets.copy()
    share = rng.random(int(joined.sum()))
    if pd.api.types.is_numeric_dtype(onsets):
        first, last = low.to_numpy(dtype=float), high.to_numpy(dtype=float)
        whole = bool((np.concatenate([first, last]) % 1 == 0).all())
        new: npt.NDArray[Any] = first + (np.floor(share * (last - first + 1)) if whole else share * (last - first))
        drawn = drawn.astype(float)
    else:
        days = (high - low).dt.days.to_numpy(dtype=float)
        new = (low + pd.to_timedelta(np.floor(share * (days + 1)), unit="D")).to_numpy()
    drawn[joined] = new
    return drawn
