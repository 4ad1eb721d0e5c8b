"""Who may swap with whom: permutations within blocks, drawn from a stream for each replicate."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..arrays import Int32Array, IntArray
from ..kernels import plain
from .replicates import worth_compiling


@dataclass(frozen=True, eq=False)
class PermutationBlocks:
    """Rows in blocks; only rows of one block swap their values.

    Attributes
    ----------
    rows
        All rows, those of one block together.
    starts
        Where each block begins in `rows`; the last entry is the number of rows.
    """

    rows: Int32Array
    starts: IntArray

    @classmethod
    def whole(cls, n: int) -> "PermutationBlocks":
        """Return one block of all rows."""
        return cls(np.arange(n, dtype=np.int32), np.array([0, n], dtype=np.int64))

    @classmethod
    def of(cls, labels: Iterable[object]) -> "PermutationBlocks":
        """Return a block a label, in the order in which the labels appear.

        Examples
        --------
        >>> PermutationBlocks.of(["a", "b", "a"]).rows
        array([0, 2, 1], dtype=int32)
        """
        codes, names = pd.factorize(np.asarray(list(labels), dtype=object), use_na_sentinel=False)
        sizes = np.bincount(codes, minlength=len(names))
        return cls(
            np.argsort(codes, kind="stable").astype(np.int32), np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        )

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def sizes(self) -> IntArray:
        """How many rows each block has."""
        return np.asarray(np.diff(self.starts), dtype=np.int64)

    @property
    def alone(self) -> IntArray:
        """The rows that are the only one of their block, and never move."""
        first = self.starts[:-1]
        return np.asarray(self.rows[first[self.sizes == 1]], dtype=np.int64)

    def log_arrangements(self, values: npt.ArrayLike) -> float:
        """Return the logarithm of the number of different ways in which `values` can stand.

        Examples
        --------
        >>> round(np.exp(PermutationBlocks.whole(4).log_arrangements([1, 1, 2, 3])))  # 4! / 2!
        12
        """
        value, _ = pd.factorize(np.asarray(values)[self.rows])
        block = np.repeat(np.arange(len(self.sizes)), self.sizes)
        equal = np.unique(block * len(self) + value, return_counts=True)[1]
        log_factorial = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, len(self) + 1)))])
        return float(log_factorial[self.sizes].sum() - log_factorial[equal].sum())


def shuffle_within_blocks(
    values: npt.ArrayLike, blocks: PermutationBlocks, seed: int, first: int, last: int, *, threads: bool = False
) -> Int32Array:
    """Return `values` shuffled within their blocks: a row a value, a column a replicate from `first` to below `last`.

    Column *i* hangs on the values, the blocks, the seed and *i* alone: the position p of ``blocks.rows`` swaps with one
    drawn from its block's positions up to p by word p of the stream of replicate *i* (Fisher and Yates, upwards). So the
    numpy and the compiled path give the same, however the replicates are divided.

    Parameters
    ----------
    values
        Whole numbers below 2³¹, one a row.
    blocks
        Who may swap with whom.
    seed
        Of the run, see `protestspread.random_streams.seed_of`.
    first, last
        Which replicates.
    threads
        Whether compiled code may start threads.

    Examples
    --------
    >>> shuffle_within_blocks([1, 2, 3, 10, 20], PermutationBlocks.of("aaabb"), 7, 0, 3)
    array([[ 2,  3,  1],
           [ 3,  1,  2],
           [ 1,  2,  3],
           [20, 10, 10],
           [10, 20, 20]], dtype=int32)
    """
    given = np.asarray(values, dtype=np.int32)[blocks.rows]
    out = np.empty((len(blocks), last - first), dtype=np.int32)
    if not out.size:
        return out
    order = plain.RowBlocks(blocks.rows, blocks.starts)
    if worth_compiling("shuffled", len(blocks) * (1.5e-5 + 2.5e-8 * out.shape[1])):
        from ..kernels import streams

        (streams.shuffled_by_threads if threads else streams.shuffled)(given, order, np.uint64(seed), first, out)
    else:
        plain.shuffled(given, order, np.uint64(seed), first, out)
    return out


def permutations(blocks: PermutationBlocks, seed: int, first: int, last: int, *, threads: bool = False) -> Int32Array:
    """Return permutations of the rows within their blocks, a column a replicate: what `shuffle_within_blocks` does with row numbers."""
    return shuffle_within_blocks(np.arange(len(blocks), dtype=np.int32), blocks, seed, first, last, threads=threads)
