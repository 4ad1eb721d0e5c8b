"""Run work in threads if there are enough rows for threads to save time."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

MANY = 200_000
"""Number of rows from which threads save time."""
Item = TypeVar("Item")
Value = TypeVar("Value")


def worth_threads(rows: int) -> bool:
    """Return whether this number of rows is worth a second thread."""
    return rows >= MANY


def map_threads(function: Callable[[Item], Value], items: Iterable[Item], rows: int) -> list[Value]:
    """Apply a function to each item and return the values in order; operations of Arrow run in parallel."""
    if not worth_threads(rows):
        return list(map(function, items))
    import pyarrow as pa

    with ThreadPoolExecutor(pa.cpu_count()) as pool:
        return list(pool.map(function, items))


def submit(function: Callable[[], Value]) -> Callable[[], Value]:
    """Start a function in a thread; the callable that is returned waits for its value and returns it."""
    pool = ThreadPoolExecutor(1)
    future = pool.submit(copy_context().run, function)
    pool.shutdown(wait=False)
    return future.result
