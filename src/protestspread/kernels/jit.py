"""Decorators that compile kernels: without the interpreter lock, cached on disk, with division as in numpy."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., object])


def compiled(function: F) -> F:
    """Compile a serial kernel at its first call; callers may run it in several threads."""
    return cast("F", _forgiving(numba.njit(nogil=True, cache=True, error_model="numpy")(function)))


def lean(function: F) -> F:
    """Compile a serial kernel that makes no arrays, without counting references to those it is given."""
    return cast("F", _forgiving(numba.njit(nogil=True, cache=True, error_model="numpy", _nrt=False)(function)))


def inlined(function: F) -> F:
    """Compile as a part of the kernels that call it: where a call would count references to arrays."""
    return cast("F", numba.njit(nogil=True, error_model="numpy", inline="always")(function))


def threaded(function: F) -> F:
    """Compile a driver that runs serial kernels in threads: only a short `prange` loop."""
    return cast("F", _forgiving(numba.njit(nogil=True, cache=True, error_model="numpy", parallel=True)(function)))


def _forgiving(dispatcher: Any) -> Any:
    """Take the index of numba's cache for empty if it was written by a version whose classes have other names.

    Numba reads the types of all that is held before it asks whether the source is still the same.
    """
    file: Any = getattr(getattr(dispatcher, "_cache", None), "_cache_file", None)
    load = getattr(file, "_load_index", None)
    if load is not None:

        def load_index() -> Any:
            try:
                return load()
            except (AttributeError, ImportError):
                return {}

        file._load_index = load_index  # noqa: SLF001 - numba has no public way
    return dispatcher
