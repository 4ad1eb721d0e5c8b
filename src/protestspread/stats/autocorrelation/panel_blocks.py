"""Blocks of the days of a panel with the same observed places, and the weights among these places."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ...arrays import BoolArray, FloatArray, Int32Array, IntArray
from ...errors import argument_error
from ...graphs.diffusion import DiffusionGraph
from ...graphs.matching import match_places
from ...graphs.receiving import ReceivingWeights, Weights, among, received, weighted
from ...inference.replicates import PermutationBlocks, permutations
from ...tables import check_panel

FEWEST = 4
"""Smallest number of places for which the variance under permutation is defined."""

_FEW_DAYS = 8  # with as many, a batch of their own is faster

CONSTANT = "the same value at all places"
FIXED = "the statistic is the same for every permutation"


@dataclass(frozen=True, eq=False)
class PanelBlock:
    """Days with the same observed places.

    Attributes
    ----------
    rows, places
        Row and column numbers in the panel.
    values
        Shape (days, places), without missing values.
    weights
        Weights among these places.
    quiet
        Mask of the days on which all counts are 0.
    """

    rows: IntArray
    places: IntArray
    values: FloatArray
    weights: ReceivingWeights
    quiet: BoolArray

    def alone(self, n: int) -> bool:
        """Whether the days have gaps, of `n` places, and are so few that they are tested together with other such days."""
        return len(self.places) < n and len(self.rows) < _FEW_DAYS

    @property
    def neighborhood(self) -> tuple[IntArray, float]:
        """The rows, and the mean number of places over which a place sums."""
        return self.rows, self.weights.matrix.nnz / len(self.places)

    @property
    def constant(self) -> BoolArray:
        """Mask of the days on which all places have the same value (up to rounding), or all counts are 0."""
        spread = np.ptp(self.values, axis=1)
        return np.asarray(self.quiet | (spread <= 1e-12 * np.abs(self.values).max(axis=1)))


def observed_days(
    panel: pd.DataFrame, graph: DiffusionGraph, weights: Weights, *, own: bool = False
) -> tuple[list[PanelBlock], "npt.NDArray[np.object_]"]:
    """Group the days of a panel by their observed places; return a reason for each day that is excluded.

    Returns
    -------
    list of PanelBlock, array
        The blocks, and the reason for each row of the panel ("" if it is in a block).

    Raises
    ------
    DataError
        The places of the graph and the panel differ; the graph has no ties; fewer than four places.
    """
    check_panel(panel)
    graph = match_places(panel, graph)
    faults = [f"panel must have at least {FEWEST} places; got {panel.shape[1]}"] if panel.shape[1] < FEWEST else []
    if not graph.matrix.count_nonzero():
        faults.append("graph must have ties among the places of the panel; got no ties")
    if faults:
        raise argument_error(
            faults, "pass a graph such as nearest_graph(cities, k=4), and more places if there are too few"
        )
    matrix = received(graph, weights)
    values = panel.to_numpy(dtype=float, na_value=np.nan)
    seen = ~np.isnan(values)
    reasons = np.full(len(values), "", dtype=object)
    blocks = []
    for rows in _rows_by_pattern(seen):
        places = np.flatnonzero(seen[rows[0]])
        if len(places) < FEWEST:
            reasons[rows] = "no place observed" if not len(places) else f"only {len(places)} places observed"
            continue
        here = matrix if len(places) == panel.shape[1] else among(matrix, places)
        if not here.nnz:
            reasons[rows] = "no ties among the places observed"
            continue
        observed = np.ascontiguousarray(values[np.ix_(rows, places)])
        blocks.append(PanelBlock(rows, places, observed, weighted(here, weights, own=own), (observed == 0).all(axis=1)))
    return blocks, reasons


def _rows_by_pattern(seen: BoolArray) -> Iterator[IntArray]:
    """Yield the rows of each pattern of observed places, in order of first appearance."""
    packed = np.packbits(seen, axis=1)
    groups: dict[bytes, list[int]] = {}
    for row, pattern in enumerate(packed):
        groups.setdefault(pattern.tobytes(), []).append(row)
    return (np.array(rows, dtype=np.int64) for rows in groups.values())


def shared_orders(n: int, places: IntArray, seed: int, first: int, last: int, *, threads: bool) -> Int32Array:
    """Return orders of the observed places, one column per replicate; all days share one order of all `n` places.

    Places that were not observed are removed from the order, so every order of the observed places is equally likely.
    """
    return remaining(permutations(PermutationBlocks.whole(n), seed, first, last, threads=threads), places)


def remaining(orders: Int32Array, places: IntArray) -> Int32Array:
    """Remove the places that were not observed from orders of all places, and number the others."""
    n, replicates = orders.shape
    if len(places) == n:
        return orders
    number = np.full(n, -1, dtype=np.int32)
    number[places] = np.arange(len(places), dtype=np.int32)
    by_replicate = number[orders.T]
    kept = by_replicate[by_replicate >= 0].reshape(replicates, len(places))
    return np.ascontiguousarray(kept.T)
