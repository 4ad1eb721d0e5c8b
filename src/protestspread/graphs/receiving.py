"""Spatial weights with receivers in rows, made from a graph with senders in rows."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

import numpy as np
import scipy.sparse as sp

from ..arguments import Arguments
from ..arrays import FloatArray, IntArray
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

    @property
    def rows(self) -> IntArray:
        """The row of each weight."""
        return np.repeat(np.arange(self.matrix.shape[0]), np.diff(self.matrix.indptr))

    @cached_property
    def sums(self) -> FloatArray:
        """The sum of the weights of each place's neighbors."""
        return np.bincount(self.rows, self.matrix.data, minlength=self.matrix.shape[0]).astype(float)

    @cached_property
    def squares(self) -> FloatArray:
        """The sum of the squares of the weights of each place's neighbors."""
        return np.bincount(self.rows, self.matrix.data**2, minlength=self.matrix.shape[0]).astype(float)

    @cached_property
    def neighborless(self) -> "np.typing.NDArray[np.bool_]":
        """Mask of the places that no other place reaches."""
        rows = self.rows
        others = self.matrix.data * (rows != self.matrix.indices)
        return np.asarray(np.bincount(rows, others, minlength=self.matrix.shape[0]) == 0)

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
    return weighted(received(graph, weights), weights, own=own)


def received(graph: DiffusionGraph, weights: Weights) -> sp.csr_array:
    """Return what each place receives, one row per receiver, before it is normalized."""
    with Arguments() as check:
        check.choice("weights", weights, get_args(Weights))
    matrix = sp.csr_array(graph.matrix.T)
    matrix.eliminate_zeros()
    if weights == "binary":
        matrix.data = np.ones_like(matrix.data)
    matrix.sort_indices()
    return matrix


def among(matrix: sp.csr_array, places: IntArray) -> sp.csr_array:
    """Return the rows and columns of some places, in ascending order."""
    number = np.full(matrix.shape[0], -1, dtype=matrix.indices.dtype)
    number[places] = np.arange(len(places))
    rows, columns = np.repeat(number, np.diff(matrix.indptr)), number[matrix.indices]
    kept = (rows >= 0) & (columns >= 0)
    starts = np.concatenate([[0], np.cumsum(np.bincount(rows[kept], minlength=len(places)))])
    return sp.csr_array((matrix.data[kept], columns[kept], starts.astype(columns.dtype)), shape=(len(places),) * 2)


def weighted(matrix: sp.csr_array, weights: Weights, *, own: bool = False) -> ReceivingWeights:
    """Add the places themselves and normalize, as `receiving_weights` does, what each place receives."""
    if own:
        largest = np.asarray(matrix.max(axis=1).todense()).ravel() if matrix.nnz else np.zeros(matrix.shape[0])
        matrix = sp.csr_array(matrix + sp.diags_array(np.where(largest > 0, largest, 1.0)))
        matrix.sort_indices()
    if weights == "normalized":
        sums = ReceivingWeights(matrix).sums
        inverse = np.divide(1.0, sums, out=np.zeros_like(sums), where=sums > 0)
        data = np.repeat(inverse, np.diff(matrix.indptr)) * matrix.data
        matrix = sp.csr_array((data, matrix.indices, matrix.indptr), shape=matrix.shape)
    return ReceivingWeights(matrix)
