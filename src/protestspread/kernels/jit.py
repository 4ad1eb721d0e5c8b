"""How every kernel is compiled: without the interpreter's lock, kept on disk, divided as numpy divides."""

from collections.abc import Callable
from typing import TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., object])


def compiled(function: F) -> F:
    """Compile a serial kernel, when it is first called; callers run it on as many threads as they like."""
    return cast("F", numba.njit(nogil=True, cache=True, error_model="numpy")(function))


def threaded(function: F) -> F:
    """Compile a driver that shares serial kernels out among threads: a `prange` loop of a few lines and nothing else."""
    return cast("F", numba.njit(nogil=True, cache=True, error_model="numpy", parallel=True)(function))
