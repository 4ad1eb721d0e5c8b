"""Work beside other work, on the other cores, where there are rows enough for it to pay."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

MANY = 200_000
"""Rows from which a second thread is worth starting."""
Given = TypeVar("Given")
Made = TypeVar("Made")


def worth_threads(rows: int) -> bool:
    """Whether so many rows are worth a second thread."""
    return rows >= MANY


def map_threads(make: Callable[[Given], Made], things: Iterable[Given], rows: int) -> list[Made]:
    """Return what is made of each thing, in their order; what Arrow does of it runs side by side."""
    if not worth_threads(rows):
        return list(map(make, things))
    import pyarrow as pa

    with ThreadPoolExecutor(pa.cpu_count()) as pool:
        return list(pool.map(make, things))


def submit(find: Callable[[], Made]) -> Callable[[], Made]:
    """Begin to find something on a thread of its own; what is returned waits for it, and returns it."""
    pool = ThreadPoolExecutor(1)
    found = pool.submit(find)
    pool.shutdown(wait=False)
    return found.result
