"""The days of a panel, those that were observed at the same places together, each with the weights among those places."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ...arrays import BoolArray, FloatArray, Int32Array, IntArray
from ...errors import DataError
from ...graphs.diffusion import DiffusionGraph
from ...graphs.matching import match_places
from ...graphs.receiving import ReceivingWeights, Weights, receiving_weights
from ...inference.permutations import PermutationBlocks, permutations
from ...tables import check_panel

FEWEST = 4
"""Places below which the variance under permutation is not defined."""

CONSTANT = "the same value at all places"
FIXED = "every order of the places gives the same"


@dataclass(frozen=True, eq=False)
class PanelBlock:
    """Days of one pattern of observation.

    Attributes
    ----------
    rows, places
        Rows and columns of the panel.
    values
        Shape (days, places), nothing missing.
    weights
        Among these places alone.
    quiet
        On which days all places had the value 0, before rates were made.
    """

    rows: IntArray
    places: IntArray
    values: FloatArray
    weights: ReceivingWeights
    quiet: BoolArray

    @property
    def constant(self) -> BoolArray:
        """On which days all places have one value (to rounding), or nothing happened."""
        spread = np.ptp(self.values, axis=1)
        return np.asarray(self.quiet | (spread <= 1e-12 * np.abs(self.values).max(axis=1)))


def observed_days(
    panel: pd.DataFrame, graph: DiffusionGraph, weights: Weights, *, own: bool = False
) -> tuple[list[PanelBlock], "npt.NDArray[np.object_]"]:
    """Group the days of a panel by the places observed, and say of each other day why it is left out.

    Returns
    -------
    list of Days, array
        The groups, and a sentence for each row of the panel ("" where it belongs to a group).

    Raises
    ------
    DataError
        The graph is about other places, or ties none of them; fewer than four places.
    """
    check_panel(panel)
    graph = match_places(panel, graph)
    what = "no spatial statistic can be made"
    faults = [f"{panel.shape[1]} places"] if panel.shape[1] < FEWEST else []
    if not graph.matrix.count_nonzero():
        faults.append("the graph has no ties")
    if faults:
        raise DataError(
            what, faults, f"at least {FEWEST} places, and ties among them (nearest_graph, border_graph, ...)"
        )
    values = panel.to_numpy(dtype=float, na_value=np.nan)
    seen = ~np.isnan(values)
    reasons = np.full(len(values), "", dtype=object)
    groups = []
    for rows in _alike(seen):
        places = np.flatnonzero(seen[rows[0]])
        if len(places) < FEWEST:
            reasons[rows] = "no place observed" if not len(places) else f"only {len(places)} places observed"
            continue
        here = graph if len(places) == panel.shape[1] else graph.subgraph(graph.nodes[places])
        if not here.matrix.count_nonzero():
            reasons[rows] = "no ties among the places observed"
            continue
        found = np.ascontiguousarray(values[np.ix_(rows, places)])
        groups.append(
            PanelBlock(rows, places, found, receiving_weights(here, weights, own=own), (found == 0).all(axis=1))
        )
    return groups, reasons


def _alike(seen: BoolArray) -> Iterator[IntArray]:
    """Yield the rows of each pattern, in the order in which the patterns appear."""
    packed = np.packbits(seen, axis=1)
    groups: dict[bytes, list[int]] = {}
    for row, pattern in enumerate(packed):
        groups.setdefault(pattern.tobytes(), []).append(row)
    return (np.array(rows, dtype=np.int64) for rows in groups.values())


def shared_orders(n: int, places: IntArray, seed: int, first: int, last: int, *, threads: bool) -> Int32Array:
    """Return orders of the observed places, a column a replicate; all days share one order of all `n` places.

    Where only some places were observed, those that were not are left out of the order and the rest keep it: every
    order of the observed is then equally likely.
    """
    orders = permutations(PermutationBlocks.whole(n), seed, first, last, threads=threads)
    if len(places) == n:
        return orders
    number = np.full(n, -1, dtype=np.int32)
    number[places] = np.arange(len(places), dtype=np.int32)
    by_replicate = number[orders.T]
    kept = by_replicate[by_replicate >= 0].reshape(last - first, len(places))
    return np.ascontiguousarray(kept.T)
