"""Blocks of the days of a panel with the same observed places, and the weights among these places."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sp

from ...arrays import BoolArray, FloatArray, Int32Array, IntArray
from ...errors import argument_error
from ...graphs.diffusion import DiffusionGraph
from ...graphs.matching import match_places
from ...graphs.receiving import ReceivingWeights, Weights, among, received, weighted
from ...inference.permutation_test import PairSums
from ...inference.replicates import PermutationBlocks, permutations
from ...kernels.autocorrelation_plain import spliced
from ...tables import check_panel

FEWEST = 4
"""Smallest number of places for which the variance under permutation is defined."""

_FEW_DAYS = 8  # with as many, a block of their own is faster

Convert = Callable[[FloatArray, IntArray], FloatArray]

CONSTANT = "the same value at all places"
FIXED = "the statistic is the same for every permutation"


@dataclass(frozen=True, eq=False)
class GapWeights:
    """Weights on days with gaps, as `ReceivingWeights` has them; all but `matrix` have the shape (days, places).

    Attributes
    ----------
    whole
        Weights among all places.
    seen
        Mask of the places that were observed.
    normalized
        Whether the weights of the observed neighbors sum to 1.
    """

    whole: ReceivingWeights
    seen: BoolArray
    normalized: bool

    @property
    def matrix(self) -> sp.csr_array:
        """The weights among all places; those among the observed are `scale` times as large."""
        return self.whole.matrix

    def on(self, days: slice) -> "GapWeights":
        """Return the weights on some of the days."""
        return replace(self, seen=self.seen[days])

    @cached_property
    def scale(self) -> FloatArray:
        """The factor of the weights that reach each place, because some of its neighbors were not observed."""
        left = self._among_seen(self.matrix)
        return np.divide(self.whole.sums, left, out=np.ones_like(left), where=self.seen & (left > 0) & self.normalized)

    @cached_property
    def sums(self) -> FloatArray:
        """The sum of the weights of each place's neighbors."""
        return self.scale * self._among_seen(self.matrix)

    @cached_property
    def squares(self) -> FloatArray:
        """The sum of the squares of the weights of each place's neighbors."""
        return self.scale**2 * self._among_seen(self.matrix.multiply(self.matrix))

    @cached_property
    def neighborless(self) -> BoolArray:
        """Mask of the places that no other place reaches."""
        return np.asarray(self._among_seen(self.matrix - sp.diags_array(self.matrix.diagonal())) == 0)

    @cached_property
    def totals(self) -> FloatArray:
        """The sum of all weights, by day."""
        return np.asarray((self.sums * self.seen).sum(axis=1))

    def pairs(self) -> list[PairSums]:
        """Return the sums over all pairs of places, both directions added, by day."""
        scale, turned = self.scale * self.seen, self.matrix.T.tocsr()
        both = (scale * self._among_seen(self.matrix.multiply(turned), scale)).sum(axis=1)
        rows = self.seen * (self.sums + self._among_seen(turned, scale))
        squares = (self.seen * self.squares).sum(axis=1) + both
        return [PairSums(*map(float, day)) for day in zip(self.totals, squares, (rows**2).sum(axis=1), strict=True)]

    def _among_seen(self, matrix: sp.csr_array, values: FloatArray | None = None) -> FloatArray:
        return np.ascontiguousarray((matrix @ (self.seen.astype(float) if values is None else values).T).T)


@dataclass(frozen=True, eq=False)
class PanelBlock:
    """Days with the same observed places, or days with gaps at different places.

    Attributes
    ----------
    rows, places
        Row and column numbers in the panel.
    values
        Shape (days, places); 0 where a place was not observed.
    weights
        Weights among these places.
    quiet
        Mask of the days on which all counts are 0.
    """

    rows: IntArray
    places: IntArray
    values: FloatArray
    weights: ReceivingWeights | GapWeights
    quiet: BoolArray

    @property
    def seen(self) -> BoolArray:
        """Mask of the observed values."""
        return self.weights.seen if isinstance(self.weights, GapWeights) else np.ones(self.values.shape, dtype=bool)

    @property
    def count(self) -> IntArray:
        """The number of observed places of each day, as a column."""
        return np.asarray(self.seen.sum(axis=1, keepdims=True))

    @property
    def total(self) -> FloatArray:
        """The sum of all weights, by day."""
        weights = self.weights
        return weights.totals if isinstance(weights, GapWeights) else np.full(len(self.rows), weights.sums.sum())

    @property
    def neighborhood(self) -> tuple[IntArray, float]:
        """The rows, and the mean number of places over which a place sums."""
        return self.rows, self.weights.matrix.nnz / len(self.places)

    @property
    def constant(self) -> BoolArray:
        """Mask of the days on which all places have the same value (up to rounding), or all counts are 0."""
        observed = np.where(self.seen, self.values, np.nan)
        spread = np.fmax.reduce(observed, axis=1) - np.fmin.reduce(observed, axis=1)
        return np.asarray(self.quiet | (spread <= 1e-12 * np.abs(self.values).max(axis=1)))


def observed_days(
    panel: pd.DataFrame, graph: DiffusionGraph, weights: Weights, *, own: bool = False, convert: Convert | None = None
) -> tuple[list[PanelBlock], "npt.NDArray[np.object_]"]:
    """Group the days of a panel by their observed places; return a reason for each day that is excluded.

    Days with gaps that few other days have at the same places are one block, unless the gaps change the weight of a place
    itself.

    Parameters
    ----------
    convert
        Converts the values of some days and places, for instance to rates.

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
    whole = weighted(matrix, weights, own=own)
    values = panel.to_numpy(dtype=float, na_value=np.nan)
    seen, quiet = ~np.isnan(values), (np.nan_to_num(values) == 0).all(axis=1)
    reasons, tied = np.full(len(values), "", dtype=object), _tied(matrix, seen)
    blocks, apart, converted = [], [], np.zeros(values.shape)
    for rows in _rows_by_pattern(seen):
        places = np.flatnonzero(seen[rows[0]])
        if len(places) < FEWEST:
            reasons[rows] = "no place observed" if not len(places) else f"only {len(places)} places observed"
        elif not tied[rows[0]]:
            reasons[rows] = "no ties among the places observed"
        else:
            observed = np.ascontiguousarray(values[np.ix_(rows, places)])
            observed = observed if convert is None else convert(observed, places)
            if len(places) < panel.shape[1] and len(rows) < _FEW_DAYS and (weights == "binary" or not own):
                converted[np.ix_(rows, places)] = observed
                apart.append(rows)
                continue
            here = whole if len(places) == panel.shape[1] else weighted(among(matrix, places), weights, own=own)
            blocks.append(PanelBlock(rows, places, observed, here, quiet[rows]))
    if apart:
        rows = np.sort(np.concatenate(apart))
        gaps = GapWeights(whole, seen[rows], weights == "normalized")
        blocks.append(PanelBlock(rows, np.arange(panel.shape[1]), converted[rows], gaps, quiet[rows]))
    return blocks, reasons


def _tied(matrix: sp.csr_array, seen: BoolArray) -> BoolArray:
    """Return on which days there are ties among the observed places."""
    return np.asarray((seen * ((matrix != 0).astype(float) @ seen.T.astype(float)).T).any(axis=1))


def _rows_by_pattern(seen: BoolArray) -> Iterator[IntArray]:
    """Yield the rows of each pattern of observed places, in order of first appearance."""
    packed = np.packbits(seen, axis=1)
    groups: dict[bytes, list[int]] = {}
    for row, pattern in enumerate(packed):
        groups.setdefault(pattern.tobytes(), []).append(row)
    return (np.array(rows, dtype=np.int64) for rows in groups.values())


def shared_orders(n: int, places: IntArray, seed: int, first: int, last: int, *, threads: bool) -> Int32Array:
    """Return orders of the observed places, one column per replicate; all days share one order of all `n` places."""
    return spliced(permutations(PermutationBlocks.whole(n), seed, first, last, threads=threads), places)
