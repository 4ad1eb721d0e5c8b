"""Decorators that compile kernels: without the interpreter lock, cached on disk, with division as in numpy."""

from collections.abc import Callable
from typing import TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., object])


def compiled(function: F) -> F:
    """Compile a serial kernel at its first call; callers may run it in several threads."""
    return cast("F", numba.njit(nogil=True, cache=True, error_model="numpy")(function))


def threaded(function: F) -> F:
    """Compile a driver that runs serial kernels in threads: only a short `prange` loop."""
    return cast("F", numba.njit(nogil=True, cache=True, error_model="numpy", parallel=True)(function))
