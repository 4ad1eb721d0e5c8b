"""Placebo networks: places exchanged, ties kept."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp

from ...arguments import Arguments
from ...arrays import FloatArray, IntArray
from ...checks import can_be_hashed
from ...errors import DataError, shorten_list
from ...random_streams import replicate_rng
from .acquisitions import Exposure, ObservationWindow
from .hazards import Hazards
from .spec import NBDASpec

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
            fix="pass larger regions, placebos=0, or strata=None to exchange all places",
        )
    return np.asarray(codes)


def permute_within_strata(codes: IntArray, rng: np.random.Generator) -> IntArray:
    """Return row numbers, permuted within each stratum.

    Examples
    --------
    >>> codes = np.array([0, 1, 0, 1, 1])
    >>> rows = permute_within_strata(codes, np.random.default_rng(1))
    >>> bool((codes[rows] == codes).all()), sorted(rows.tolist())
    (True, [0, 1, 2, 3, 4])
    """
    rows = np.empty(len(codes), dtype=np.int64)
    rows[np.argsort(codes, kind="stable")] = np.lexsort((rng.random(len(codes)), codes))
    return rows


def permute_nodes(matrix: sp.csr_array, rows: IntArray) -> sp.csr_array:
    """Return the network in which place i has the ties of place ``rows[i]``."""
    place_of = np.empty_like(rows)
    place_of[rows] = np.arange(len(rows))
    ties = matrix.tocoo()
    source, target = ties.coords
    return sp.csr_array((ties.data, (place_of[source], place_of[target])), shape=matrix.shape)


@dataclass(frozen=True, eq=False)
class PlaceboDraws:
    """Computes the likelihood ratios of placebo networks, and whether a placebo equals the network."""

    spec: NBDASpec
    rates: Hazards
    clock: ObservationWindow | None
    codes: IntArray
    seed: int
    null: tuple[FloatArray, float]

    def __call__(self, first: int, last: int, threads: bool) -> FloatArray:  # noqa: ARG002, FBT001 - the signature `run_replicates` calls
        """Return likelihood ratios and whether the network is unchanged, shape (placebos, 2, networks)."""
        draws = [self._draw(number) for number in range(first, last)]
        return np.array(draws).reshape(-1, 2, len(self.rates.networks))

    def _draw(self, number: int) -> list[FloatArray]:
        rows = permute_within_strata(self.codes, replicate_rng(self.seed, number))
        placebos, unchanged = {}, []
        for name, exposure in self.rates.exposures.items():
            matrix = permute_nodes(exposure.matrix, rows)
            placebos[name] = Exposure.of(matrix, self.rates.acquisitions)
            unchanged.append(float(abs(matrix - exposure.matrix).sum() == 0))
        rates = replace(self.rates, exposures=placebos)
        return [self.spec.statistics(rates, self.clock, self.null), np.array(unchanged)]


def largest_placebo(rows: FloatArray) -> FloatArray:
    """Return, for each network, the largest statistic of a placebo: of its own, or of any network that has changed.

    So the p-value holds for the best of several networks. A network that is its own placebo tells nothing of the others.

    Examples
    --------
    >>> largest_placebo(np.array([[[1.0, 7.0, 3.0], [0, 1, 0]]]))
    array([[3., 7., 3.]])
    """
    statistic, unchanged = rows[:, 0], rows[:, 1] > 0
    best = np.where(unchanged, 0.0, statistic).max(axis=1, keepdims=True, initial=0.0)
    return np.asarray(np.maximum(statistic, best))
