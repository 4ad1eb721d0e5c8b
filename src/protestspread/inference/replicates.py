"""Runs a test's draws: where they are few, at once; where they are many, by threads, or by whatever joblib was told to use.

What replicate *i* draws comes from its own stream (`protestspread.random_streams`), so the results are the same however the
replicates are divided. Threads are Python's: kernels run without the interpreter's lock, and each takes long enough.
"""

import multiprocessing
import os
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from functools import partial
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from ..progress import progress

T = TypeVar("T")
R = TypeVar("R")
DrawReplicates = Callable[[int, int, bool], npt.NDArray[Any]]
"""Draws the replicates from the first to below the last, and returns a row for each; told whether it may start threads."""

WIDEST = 256  # replicates side by side in one table
_TABLE_BYTES = 2**27  # of one such table
_THREADS_PAY = 4e6  # elementary operations: four milliseconds
_WORKERS_PAY = 2e8
_COMPILING = 0.1  # seconds of numpy beyond which it pays

_alone = threading.Lock()  # not every threading layer of numba's can be entered by two threads at once
_spent: dict[str, float] = {}  # seconds that work for each kernel would have taken in numpy, in this process


def run_replicates(
    draw: DrawReplicates,
    count: int,
    *,
    cost: float,
    rows: int = 1,
    draw_is_parallel: bool = False,
    what: str = "permutations",
) -> npt.NDArray[Any]:
    """Return what `count` replicates draw, a row a replicate, the same however they are divided: see `run_replicates_in_parts`."""
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
    """Return what `count` replicates draw in parts, a row a replicate; the parts in their order.

    Parameters
    ----------
    draw
        Must say the same about replicate *i* whatever first and last are; something that can be pickled, where other
        processes are to run it.
    count
        How many replicates.
    cost
        Elementary operations (about a nanosecond each) of one replicate.
    rows
        How many numbers a replicate keeps in memory while it is drawn.
    draw_is_parallel
        Whether `draw` itself shares out the work of one table of replicates among threads, where it may.
    what
        What the progress bar says.

    Notes
    -----
    Inside ``joblib.parallel_config(backend=..., n_jobs=...)``, chunks of a tenth of a second or more go to its workers:
    other processes ("loky"), or a cluster ("dask"). Else as many threads as numba may use (`numba.set_num_threads`).
    """
    width, workers = _width(rows), _workers()
    if workers > 1 and cost * count >= _WORKERS_PAY:
        chunk = (
            int(max(width, _WORKERS_PAY / 2 / cost, 1))
            if cost * count >= workers * _WORKERS_PAY
            else -(-count // workers)
        )
        parts = _by_workers(partial(_in_turn, draw, width), _cut(count, chunk), what)
    else:
        threads = thread_count(cost * count)
        batches = _cut(count, width if draw_is_parallel else min(width, -(-count // threads)))
        alone = threads > len(batches) or (draw_is_parallel and threads > 1)
        with _alone if alone else nullcontext():
            parts = share_out(lambda batch: draw(*batch, alone), batches, cost=0 if alone else cost * count, what=what)
    return parts


def first_batch(count: int, *, cost: float, rows: int) -> int:
    """Return how many replicates one of several threads of `run_replicates` will draw first; 0 where there will be no others."""
    threads = 1 if _workers() > 1 else thread_count(cost * count)
    return 0 if threads == 1 else min(_width(rows), -(-count // threads))


def share_out(work: Callable[[T], R], pieces: Sequence[T], *, cost: float, what: str = "") -> list[R]:
    """Return what `work` makes of each piece, in their order; by threads, where all of them cost enough."""
    threads = thread_count(cost)
    if threads == 1 or len(pieces) == 1:
        return [work(piece) for piece in _told(pieces, what)]
    with ThreadPoolExecutor(threads) as pool:
        return list(_told(pool.map(work, pieces), what, len(pieces)))


def thread_count(cost: float) -> int:
    """Return how many threads work of so many elementary operations is worth.

    One where this process is itself one of many workers.
    """
    if cost < _THREADS_PAY or multiprocessing.parent_process() is not None:
        return 1
    if "numba" in sys.modules:
        from numba import get_num_threads

        return int(get_num_threads())
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def worth_compiling(kernel: str, seconds: float) -> bool:
    """Whether work that takes so long in numpy should go to a kernel: once all such work together is longer than compiling.

    Only for whole numbers, which come out the same either way.
    """
    _spent[kernel] = _spent.get(kernel, 0.0) + seconds
    return _spent[kernel] > _COMPILING and seconds > _COMPILING / 1000


def _width(rows: int) -> int:
    return max(1, min(WIDEST, _TABLE_BYTES // (4 * max(rows, 1))))


def _cut(count: int, size: int) -> list[tuple[int, int]]:
    return [(first, min(first + size, count)) for first in range(0, count, size)]


def _told(pieces: Any, what: str, total: int | None = None) -> Any:
    return progress(pieces, what, total=total) if what else pieces


def _in_turn(draw: DrawReplicates, width: int, chunk: tuple[int, int]) -> npt.NDArray[Any]:
    first, last = chunk
    alone = False
    return np.concatenate([draw(first + start, first + after, alone) for start, after in _cut(last - first, width)])


def _by_workers(
    work: Callable[[tuple[int, int]], npt.NDArray[Any]], chunks: list[tuple[int, int]], what: str
) -> list[npt.NDArray[Any]]:
    from joblib import Parallel, delayed

    done = Parallel(return_as="generator")(delayed(work)(chunk) for chunk in chunks)
    return list(_told(done, what, len(chunks)))


def _workers() -> int:
    """Return how many workers the caller told joblib to use; 1 where it was told nothing."""
    if "joblib" not in sys.modules:
        return 1
    from joblib import Parallel, effective_n_jobs

    jobs = Parallel().n_jobs
    return 1 if jobs in (None, 1) else int(effective_n_jobs(jobs))
