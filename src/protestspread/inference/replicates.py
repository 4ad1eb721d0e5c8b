"""Draw permutations, and run the replicates of a test: serially if they are few, else in threads or with joblib.

Each replicate has its own random stream (`protestspread.random_streams`), so results do not depend on how replicates are
divided. Python threads suffice where kernels release the interpreter lock.
"""

import multiprocessing
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..arrays import FloatArray, Int32Array, IntArray
from ..kernels import plain
from ..kernels.dispatch import SHUFFLED, repeated
from ..progress import progress

T = TypeVar("T")
R = TypeVar("R")
DrawReplicates = Callable[[int, int, bool], npt.NDArray[Any]]
"""Function (first, last, threads) -> one row for each replicate from `first` to `last` - 1; may start threads if `threads`."""

RARE = 0.05
"""A p-value at most this is a claim."""
_ENOUGH = 10  # replicates that reach the observed statistic
_BATCH = 32  # replicates between two looks
WIDEST = 256  # most replicates in one table
_TABLE_BYTES = 2**27  # most bytes in one table
_LONGEST = 1e8  # most elementary operations in one short table, a tenth of a second
_THREADS_PAY = 4e6  # elementary operations, about four milliseconds, above which threads pay
_BAR_PAYS = 1e7  # the same for a progress bar, which shows after a second
_WORKERS_PAY = 2e8  # the same for the workers of joblib
_AHEAD = 4  # parts of each thread that are begun before the first is taken

_parallel_region = threading.Lock()  # not every threading layer of numba allows two threads at once


def run_replicates(draw: DrawReplicates, count: int, **options: Any) -> npt.NDArray[Any]:
    """Return the rows of `count` replicates in one array, with the options of `replicate_parts`."""
    return np.concatenate(list(replicate_parts(draw, count, **options)))


def replicate_parts(
    draw: Callable[[int, int, bool], R],
    count: int,
    *,
    first: int = 0,
    cost: float,
    rows: int = 1,
    draw_is_parallel: bool = False,
    in_threads: bool = True,
    short: bool = False,
    what: str = "permutations",
) -> Generator[R]:
    """Yield the replicates from `first` to `count` - 1 in consecutive parts, each as soon as it and those before are done.

    Parameters
    ----------
    draw
        Computes replicates. Replicate *i* must not depend on the part it is in. Must be picklable if other processes
        run it.
    count, first
        Number of replicates in all, and of those that are left out at the start.
    cost
        Elementary operations (about a nanosecond each) per replicate.
    rows
        Numbers held in memory per replicate.
    draw_is_parallel
        Whether `draw` itself uses threads within one table of replicates.
    in_threads
        Whether threads can share the replicates; False where `draw` holds the interpreter lock, as plain Python does.
    short
        Whether a part takes at most about a tenth of a second, so that an interruption is soon noticed.
    what
        Label of the progress bar, which only longer work has.

    Notes
    -----
    Within ``joblib.parallel_config(backend=..., n_jobs=...)``, chunks of at least a tenth of a second go to its workers:
    processes ("loky") or a cluster ("dask"). Otherwise, threads run, as many as numba may use (`numba.set_num_threads`).
    """
    width, workers, left = _width(rows, cost if short else 1.0), _workers(), count - first
    what = what if cost * left >= _BAR_PAYS else ""
    if workers > 1 and cost * left >= _WORKERS_PAY:
        even = -(-left // workers)
        several = cost * left >= workers * _WORKERS_PAY
        chunk = max(min(width, even), int(_WORKERS_PAY / 2 / cost)) if several else even
        chunks = _cut(first, count, chunk)
        work = partial(_run_chunk, draw, width, -(-len(chunks) // workers))
        for parts in _run_in_workers(work, chunks, what):
            yield from parts
    else:
        threads = thread_count(cost * left) if in_threads else 1
        batches = _cut(first, count, width if draw_is_parallel else min(width, -(-left // threads)))
        inner = threads > len(batches) or (draw_is_parallel and threads > 1)  # threads within a batch

        def run(batch: tuple[int, int]) -> R:
            with _parallel_region if inner else nullcontext(), repeated(len(batches)):
                return draw(*batch, inner)

        yield from _shared(run, batches, 1 if inner else threads, what)


def run_until_clear(
    draw: DrawReplicates,
    count: int,
    observed: FloatArray,
    statistic: Callable[[npt.NDArray[Any]], FloatArray],
    **options: Any,
) -> npt.NDArray[Any]:
    """Return the rows of at most `count` replicates, fewer where no p-value can be small any more.

    Parameters
    ----------
    draw, options
        As in `run_replicates`.
    count
        Number of replicates without stopping.
    observed
        Observed statistics, shape (tests,).
    statistic
        Function from rows to statistics, shape (replicates, tests).

    Notes
    -----
    Drawing stops once every observed statistic is reached in 10 replicates, and in more than 0.05 · (count + 1). Then
    (1 + #) / (n + 1) is above 0.05, as it would be after all replicates, and n does not depend on batches or workers.

    J. Besag, P. Clifford (1991), Sequential Monte Carlo p-values, Biometrika 78:301-304, doi:10.1093/biomet/78.2.301.

    Examples
    --------
    >>> draw = lambda first, last, threads: np.arange(first, last)[:, None] % 2
    >>> len(run_until_clear(draw, 99, np.array([1.0]), lambda rows: rows, cost=1.0))
    20
    """
    enough = max(_ENOUGH, int(RARE * (count + 1)))
    parts: list[npt.NDArray[Any]] = []
    for first in range(0, count, _BATCH):
        parts += replicate_parts(draw, min(first + _BATCH, count), first=first, **options)
        rows = np.concatenate(parts)
        reached = (~(statistic(rows) < observed - slack(observed))).cumsum(axis=0).min(axis=1, initial=count)
        if reached[-1] >= enough:
            return rows[: int(np.argmax(reached >= enough)) + 1]
    return np.concatenate(parts) if parts else draw(0, 0, False)  # noqa: FBT003


def slack(observed: FloatArray) -> FloatArray:
    """Return by how much a statistic may fall short of the observed one and still count as equal: maxima are not exact."""
    return np.asarray(1e-7 * np.maximum(1.0, np.abs(observed)))


def reached_p(observed: FloatArray, drawn: FloatArray) -> FloatArray:
    """Return (1 + replicates that reach the observed statistic) / (replicates + 1), by test; NaN for NaN statistics.

    Examples
    --------
    >>> reached_p(np.array([2.0, np.nan]), np.array([[1.0, 1.0], [2.0, 1.0], [0.0, 1.0]]))
    array([0.5, nan])
    """
    p = (1 + (drawn >= observed - slack(observed)).sum(axis=0)) / (len(drawn) + 1)
    return np.where(np.isnan(observed), np.nan, p)


def first_batch(count: int, *, cost: float, rows: int) -> int:
    """Return the size of the first batch of `run_replicates` if it uses several threads, else 0."""
    threads = 1 if _workers() > 1 else thread_count(cost * count)
    return 0 if threads == 1 else min(_width(rows), -(-count // threads))


def share_out(work: Callable[[T], R], pieces: Sequence[T], *, cost: float, what: str = "") -> list[R]:
    """Return ``work(piece)`` for each piece, in order; in threads if the total cost is high enough."""
    return list(_shared(work, pieces, thread_count(cost), what))


def _shared(work: Callable[[T], R], pieces: Sequence[T], threads: int, what: str) -> Iterator[R]:
    """Yield ``work(piece)`` for each piece, in order; pieces that have not begun are given up if the caller stops."""
    if threads == 1 or len(pieces) == 1:
        yield from (work(piece) for piece in _with_progress(pieces, what))
        return
    here, pool = copy_context(), ThreadPoolExecutor(threads)
    begun: deque[Future[R]] = deque()
    try:
        for piece in _with_progress(pieces, what, len(pieces)):
            begun.append(pool.submit(here.copy().run, work, piece))
            if len(begun) > _AHEAD * threads:
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def thread_count(cost: float) -> int:
    """Return the number of threads to use for `cost` elementary operations; 1 in a worker process."""
    if cost < _THREADS_PAY or multiprocessing.parent_process() is not None:
        return 1
    if "numba" in sys.modules:
        from numba import get_num_threads

        return int(get_num_threads())
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _width(rows: int, cost: float = 1.0) -> int:
    """Return the number of replicates of one part: limited by memory, and by time so that an interruption is noticed."""
    return max(1, min(WIDEST, _TABLE_BYTES // (4 * max(rows, 1)), int(_LONGEST / max(cost, 1.0))))


def _cut(first: int, count: int, size: int) -> list[tuple[int, int]]:
    return [(start, min(start + size, count)) for start in range(first, count, max(size, 1))]


def _with_progress(pieces: Any, what: str, total: int | None = None) -> Any:
    return progress(pieces, what, total=total) if what else pieces


def _run_chunk(draw: Callable[[int, int, bool], R], width: int, chunks: int, chunk: tuple[int, int]) -> list[R]:
    """Run one of the `chunks` of a worker."""
    threads, batches = False, _cut(*chunk, width)
    with repeated(chunks * len(batches)):
        return [draw(start, after, threads) for start, after in batches]


def _run_in_workers(
    work: Callable[[tuple[int, int]], list[R]], chunks: list[tuple[int, int]], what: str
) -> Iterator[list[R]]:
    from joblib import Parallel, delayed

    done = Parallel(return_as="generator")(delayed(work)(chunk) for chunk in chunks)
    yield from _with_progress(done, what, len(chunks))


def _workers() -> int:
    """Return the number of workers of the active joblib configuration; 1 without one."""
    if "joblib" not in sys.modules:
        return 1
    from joblib import Parallel, effective_n_jobs

    jobs = Parallel().n_jobs
    return 1 if jobs in (None, 1) else int(effective_n_jobs(jobs))


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


@dataclass(frozen=True, eq=False)
class ShuffledValues:
    """A sampler of permuted values: integers below 2³¹, exchanged within blocks.

    Attributes
    ----------
    values, blocks, seed
        As in `shuffle_within_blocks`.
    null
        Description of the null hypothesis, as part of a sentence.
    """

    values: Int32Array
    blocks: PermutationBlocks
    seed: int
    null: str = "values shuffled"

    @property
    def observed(self) -> Int32Array:
        """The values themselves, as one column."""
        return self.values[:, None]

    @property
    def log_arrangements(self) -> float:
        """The logarithm of the number of distinct arrangements of the values."""
        return self.blocks.log_arrangements(self.values)

    def __call__(self, first: int, last: int, threads: bool = False) -> Int32Array:  # noqa: FBT001, FBT002
        """Return values with one row per value and one column per replicate."""
        return shuffle_within_blocks(self.values, self.blocks, self.seed, first, last, threads=threads)
