"""Counts of diffusion signatures between time slices, compiled. The plain version is `kernels.plain`."""

from typing import NamedTuple

import numpy as np
import scipy.sparse as sp

from ..arrays import Int32Array, UInt8Array
from .jit import compiled
from .plain import ADJACENT_ONSET, CONTAINMENT, ESCALATION, EXTINCTION, FLASHPOINT, RELOCATION


class TieLists(NamedTuple):
    """The targets and the sources of each place, with the position at which each list begins."""

    target_starts: Int32Array
    targets: Int32Array
    source_starts: Int32Array
    sources: Int32Array


@compiled
def _any_new(before: UInt8Array, now: UInt8Array, columns: Int32Array, first: int, after: int) -> bool:
    for e in range(first, after):  # noqa: SIM110 - numba has no generators
        if now[columns[e]] and not before[columns[e]]:
            return True
    return False


@compiled
def _any_active(before: UInt8Array, columns: Int32Array, first: int, after: int) -> bool:
    for e in range(first, after):  # noqa: SIM110
        if before[columns[e]]:
            return True
    return False


@compiled
def _count_step(before: UInt8Array, now: UInt8Array, ties: TieLists, out: Int32Array) -> None:
    """Count the signatures from one slice to the next."""
    starts, targets, back, sources = ties
    out[:] = 0
    for i in range(len(now)):
        if before[i]:
            new = _any_new(before, now, targets, starts[i], starts[i + 1])
            if now[i]:
                out[ESCALATION if new else CONTAINMENT] += 1
            else:
                out[RELOCATION if new else EXTINCTION] += 1
        elif now[i]:
            out[ADJACENT_ONSET if _any_active(before, sources, back[i], back[i + 1]) else FLASHPOINT] += 1


@compiled
def _signatures(active: UInt8Array, places: Int32Array, ties: TieLists, out: Int32Array) -> None:
    moved = np.empty((active.shape[1], len(active)), np.uint8)
    for replicate in range(len(out)):
        for position in range(len(active)):
            for t in range(active.shape[1]):
                moved[t, position] = active[places[position, replicate], t]
        for t in range(active.shape[1] - 1):
            _count_step(moved[t], moved[t + 1], ties, out[replicate, t])


def signatures(active: UInt8Array, places: Int32Array, ties: sp.csr_array, out: Int32Array) -> None:
    """Compute the same as `plain.signatures`."""
    back = ties.T.tocsr()
    sides = (ties.indptr, ties.indices, back.indptr, back.indices)
    lists = TieLists(*(side.astype(np.int32, copy=False) for side in sides))
    _signatures(active, places, lists, out)
