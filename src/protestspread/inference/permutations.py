"""Permutations within blocks, with one random stream per replicate."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..arrays import Int32Array, IntArray
from ..kernels import plain
from ..kernels.dispatch import SHUFFLED


@dataclass(frozen=True, eq=False)
class PermutationBlocks:
    """Rows in blocks; values are permuted within blocks only.

    Attributes
    ----------
    rows
        All rows, sorted by block.
    starts
        Position in `rows` at which each block begins; the last entry is the number of rows.
    """

    rows: Int32Array
    starts: IntArray

    @classmethod
    def whole(cls, n: int) -> "PermutationBlocks":
        """Return a single block of `n` rows."""
        return cls(np.arange(n, dtype=np.int32), np.array([0, n], dtype=np.int64))

    @classmethod
    def of(cls, labels: Iterable[object]) -> "PermutationBlocks":
        """Return one block per label, in order of first appearance.

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
        """Number of rows in each block."""
        return np.asarray(np.diff(self.starts), dtype=np.int64)

    @property
    def alone(self) -> IntArray:
        """Rows that are alone in their block and so keep their value."""
        first = self.starts[:-1]
        return np.asarray(self.rows[first[self.sizes == 1]], dtype=np.int64)

    def log_arrangements(self, values: npt.ArrayLike) -> float:
        """Return the logarithm of the number of distinct arrangements of `values`.

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
    """Return `values` shuffled within blocks: one row per value, one column per replicate from `first` to `last` - 1.

    Replicate *i* depends only on the values, the blocks, the seed and *i*: position p of ``blocks.rows`` is swapped with
    a position of its block up to p, drawn from word p of the stream of replicate *i* (Fisher and Yates, upwards). The
    numpy and the compiled version therefore return the same values, for any division into batches.

    Parameters
    ----------
    values
        Integers below 2³¹, one per row.
    blocks
        Blocks within which values are exchanged.
    seed
        Seed of the run, see `protestspread.random_streams.seed_of`.
    first, last
        Range of replicates; `last` is excluded.
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
    if SHUFFLED.pays(len(blocks) * (600 + out.shape[1])):
        from ..kernels import streams

        (streams.shuffled_by_threads if threads else streams.shuffled)(given, order, np.uint64(seed), first, out)
    else:
        plain.shuffled(given, order, np.uint64(seed), first, out)
    return out


def permutations(blocks: PermutationBlocks, seed: int, first: int, last: int, *, threads: bool = False) -> Int32Array:
    """Return permutations of the row numbers within blocks, one column per replicate: see `shuffle_within_blocks`."""
    return shuffle_within_blocks(np.arange(len(blocks), dtype=np.int32), blocks, seed, first, last, threads=threads)
