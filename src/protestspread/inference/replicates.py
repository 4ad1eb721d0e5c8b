"""Run the replicates of a test: serially if they are few, else in threads or with the active joblib backend.

Each replicate has its own random stream (`protestspread.random_streams`), so results do not depend on how replicates are
divided. Python threads suffice, because kernels release the interpreter lock.
"""

import multiprocessing
import os
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from contextvars import copy_context
from functools import partial
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from ..kernels.dispatch import repeated
from ..progress import progress

T = TypeVar("T")
R = TypeVar("R")
DrawReplicates = Callable[[int, int, bool], npt.NDArray[Any]]
"""Function (first, last, threads) -> one row for each replicate from `first` to `last` - 1; may start threads if `threads`."""

WIDEST = 256  # most replicates in one table
_TABLE_BYTES = 2**27  # most bytes in one table
_THREADS_PAY = 4e6  # elementary operations, about four milliseconds, above which threads pay
_WORKERS_PAY = 2e8  # the same for the workers of joblib

_parallel_region = threading.Lock()  # not every threading layer of numba allows two threads at once


def run_replicates(
    draw: DrawReplicates,
    count: int,
    *,
    cost: float,
    rows: int = 1,
    draw_is_parallel: bool = False,
    what: str = "permutations",
) -> npt.NDArray[Any]:
    """Return the rows of `count` replicates in one array: see `run_replicates_in_parts`."""
    return np.concatenate(
        run_replicates_in_parts(draw, count, cost=cost, rows=rows, draw_is_parallel=draw_is_parallel, what=what)
    )


def run_replicates_in_parts(
    draw: DrawReplicates,
    count: int,
    *,
    cost: float,
    rows: int = 1,
    draw_is_parallel: bool = False,
    what: str = "permutations",
) -> list[npt.NDArray[Any]]:
    """Return the rows of `count` replicates, one row per replicate, in consecutive parts.

    Parameters
    ----------
    draw
        Computes replicates. Replicate *i* must not depend on `first` and `last`. Must be picklable if other processes
        run it.
    count
        Number of replicates.
    cost
        Elementary operations (about a nanosecond each) per replicate.
    rows
        Numbers held in memory per replicate.
    draw_is_parallel
        Whether `draw` itself uses threads within one table of replicates.
    what
        Label of the progress bar.

    Notes
    -----
    Within ``joblib.parallel_config(backend=..., n_jobs=...)``, chunks of at least a tenth of a second go to its workers:
    processes ("loky") or a cluster ("dask"). Otherwise, threads run, as many as numba may use (`numba.set_num_threads`).
    """
    width, workers = _width(rows), _workers()
    if workers > 1 and cost * count >= _WORKERS_PAY:
        chunk = (
            int(max(width, _WORKERS_PAY / 2 / cost, 1))
            if cost * count >= workers * _WORKERS_PAY
            else -(-count // workers)
        )
        chunks = _cut(count, chunk)
        work = partial(_run_chunk, draw, width, -(-len(chunks) // workers))
        parts = _run_in_workers(work, chunks, what)
    else:
        threads = thread_count(cost * count)
        batches = _cut(count, width if draw_is_parallel else min(width, -(-count // threads)))
        inner = threads > len(batches) or (draw_is_parallel and threads > 1)  # threads within a batch
        with _parallel_region if inner else nullcontext(), repeated(len(batches)):
            parts = share_out(lambda batch: draw(*batch, inner), batches, cost=0 if inner else cost * count, what=what)
    return parts


def first_batch(count: int, *, cost: float, rows: int) -> int:
    """Return the size of the first batch of `run_replicates` if it uses several threads, else 0."""
    threads = 1 if _workers() > 1 else thread_count(cost * count)
    return 0 if threads == 1 else min(_width(rows), -(-count // threads))


def share_out(work: Callable[[T], R], pieces: Sequence[T], *, cost: float, what: str = "") -> list[R]:
    """Return ``work(piece)`` for each piece, in order; in threads if the total cost is high enough."""
    threads = thread_count(cost)
    if threads == 1 or len(pieces) == 1:
        return [work(piece) for piece in _with_progress(pieces, what)]
    with ThreadPoolExecutor(threads) as pool:
        here = copy_context()  # `repeated` holds in the threads too
        done = pool.map(lambda piece: here.copy().run(work, piece), pieces)
        return list(_with_progress(done, what, len(pieces)))


def thread_count(cost: float) -> int:
    """Return the number of threads to use for `cost` elementary operations; 1 in a worker process."""
    if cost < _THREADS_PAY or multiprocessing.parent_process() is not None:
        return 1
    if "numba" in sys.modules:
        from numba import get_num_threads

        return int(get_num_threads())
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _width(rows: int) -> int:
    return max(1, min(WIDEST, _TABLE_BYTES // (4 * max(rows, 1))))


def _cut(count: int, size: int) -> list[tuple[int, int]]:
    return [(first, min(first + size, count)) for first in range(0, count, size)]


def _with_progress(pieces: Any, what: str, total: int | None = None) -> Any:
    return progress(pieces, what, total=total) if what else pieces


def _run_chunk(draw: DrawReplicates, width: int, chunks: int, chunk: tuple[int, int]) -> npt.NDArray[Any]:
    """Run one of the `chunks` of a worker."""
    first, last = chunk
    threads, batches = False, _cut(last - first, width)
    with repeated(chunks * len(batches)):
        return np.concatenate([draw(first + start, first + after, threads) for start, after in batches])


def _run_in_workers(
    work: Callable[[tuple[int, int]], npt.NDArray[Any]], chunks: list[tuple[int, int]], what: str
) -> list[npt.NDArray[Any]]:
    from joblib import Parallel, delayed

    done = Parallel(return_as="generator")(delayed(work)(chunk) for chunk in chunks)
    return list(_with_progress(done, what, len(chunks)))


def _workers() -> int:
    """Return the number of workers of the active joblib configuration; 1 without one."""
    if "joblib" not in sys.modules:
        return 1
    from joblib import Parallel, effective_n_jobs

    jobs = Parallel().n_jobs
    return 1 if jobs in (None, 1) else int(effective_n_jobs(jobs))
