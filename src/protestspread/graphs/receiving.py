"""Spatial weights with receivers in rows, made from a graph with senders in rows."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

import numpy as np
import scipy.sparse as sp

from ..arguments import Arguments
from ..arrays import FloatArray
from .diffusion import DiffusionGraph

Weights = Literal["normalized", "binary", "given"]


@dataclass(frozen=True, eq=False)
class ReceivingWeights:
    """``matrix[i, j]`` is the weight of place j in the sum for place i.

    Attributes
    ----------
    matrix
        Shape (places, places); with a diagonal only where a place counts among its own neighbors.
    """

    matrix: sp.csr_array

    @cached_property
    def sums(self) -> FloatArray:
        """The sum of the weights of each place's neighbors."""
        return np.asarray(self.matrix.sum(axis=1), dtype=float)

    @cached_property
    def squares(self) -> FloatArray:
        """The sum of the squares of the weights of each place's neighbors."""
        return np.asarray(self.matrix.multiply(self.matrix).sum(axis=1), dtype=float)

    @cached_property
    def neighborless(self) -> "np.typing.NDArray[np.bool_]":
        """Mask of the places that no other place reaches."""
        others = self.matrix - sp.diags_array(self.matrix.diagonal())
        return np.asarray(others.sum(axis=1) == 0)

    def pairs(self) -> sp.csr_array:
        """Return the weight of each pair once, both directions summed: the upper triangle, in ascending order."""
        both = sp.csr_array(sp.triu(self.matrix + self.matrix.T, k=1))
        both.sort_indices()
        return both


def receiving_weights(graph: DiffusionGraph, weights: Weights, *, own: bool = False) -> ReceivingWeights:
    """Return the weights of a graph with receivers in rows.

    Parameters
    ----------
    graph
        ``graph.matrix[i, j]`` is the weight from i to j; here it is the weight of i in the sum for j.
    weights
        "normalized": the weights that reach each place sum to 1. "binary": 1 for every tie. "given": as in the graph.
    own
        Whether a place is its own neighbor, with the largest weight that reaches it (1 for isolates), before
        normalization.
    """
    with Arguments() as check:
        check.choice("weights", weights, get_args(Weights))
    matrix = sp.csr_array(graph.matrix.T)
    matrix.eliminate_zeros()
    if weights == "binary":
        matrix.data = np.ones_like(matrix.data)
    if own:
        largest = np.asarray(matrix.max(axis=1).todense()).ravel() if matrix.nnz else np.zeros(matrix.shape[0])
        matrix = sp.csr_array(matrix + sp.diags_array(np.where(largest > 0, largest, 1.0)))
    if weights == "normalized":
        sums = np.asarray(matrix.sum(axis=1))
        matrix = sp.csr_array(sp.diags_array(np.divide(1.0, sums, out=np.zeros_like(sums), where=sums > 0)) @ matrix)
    matrix.sort_indices()
    return ReceivingWeights(matrix)
