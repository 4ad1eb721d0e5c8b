"""Counts of diffusion signatures between time slices, in numpy: for small data and to test `kernels.signatures`."""

import numpy as np
import scipy.sparse as sp

from ..arrays import Int32Array

CONTAINMENT, ESCALATION, RELOCATION, EXTINCTION, FLASHPOINT, ADJACENT_ONSET = range(6)
_AT_ONCE = 1_000_000  # cells held in memory at a time


def signatures(place: Int32Array, slices: Int32Array, ties: sp.csr_array, length: int, out: Int32Array) -> None:
    """Count the signatures from each time slice to the next.

    Parameters
    ----------
    place
        Place of each event, shape (events,).
    slices
        Time slice of each event, by replicate: shape (events, replicates).
    ties
        ``ties[i, j]`` is not 0 if i can influence j.
    length
        Number of slices.
    out
        Output, shape (replicates, length - 1, 6): from each slice to the next, the number of active places with
        *containment* (still active, no new activity among their targets), *escalation* (still active, new activity),
        *relocation* (quiet, new activity) or *extinction* (quiet, no new activity), and the number of places that became
        active as a *flashpoint* (no active source before) or as an *adjacent onset*.
    """
    there = sp.csr_array((np.ones(ties.nnz, dtype=np.float32), ties.indices, ties.indptr), shape=ties.shape)
    places = ties.shape[0]
    step = max(1, _AT_ONCE // (places * length))
    for first in range(0, len(out), step):
        some = slices[:, first : first + step]
        count = some.shape[1]
        active = np.zeros((places, count, length), dtype=bool)
        active[place[:, None], np.arange(count), some] = True
        before, now = active[:, :, :-1].reshape(places, -1), active[:, :, 1:].reshape(places, -1)
        new = (there @ (now & ~before)) > 0
        exposed = (there.T @ before) > 0
        kinds = (
            before & now & ~new,
            before & now & new,
            before & ~now & new,
            before & ~now & ~new,
            now & ~before & ~exposed,
            now & ~before & exposed,
        )
        for kind, which in enumerate(kinds):
            out[first : first + count, :, kind] = which.sum(axis=0).reshape(count, length - 1)
