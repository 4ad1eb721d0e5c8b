"""How activity moved from one slice of time to the next, counted in plain numpy; the test of `kernels.signatures`."""

import numpy as np
import scipy.sparse as sp

from ..arrays import Int32Array

CONTAINMENT, ESCALATION, RELOCATION, EXTINCTION, FLASHPOINT, ADJACENT_ONSET = range(6)
_AT_ONCE = 1_000_000  # cells held at a time


def signatures(place: Int32Array, slices: Int32Array, ties: sp.csr_array, length: int, out: Int32Array) -> None:
    """Count signatures.

    Parameters
    ----------
    place
        Where each event happened.
    slices
        In which slice, by replicate: shape (events, replicates).
    ties
        ``ties[i, j]`` is not 0 where i can influence j.
    length
        How many slices there are.
    out
        Shape (replicates, length - 1, 6): from each slice to the next, how many active places were *contained* (still
        active, nothing new around them), *escalated* (still active, something new), *relocated* (quiet, something new)
        or *extinct* (quiet, nothing new), and how many places became active as a *flashpoint* (no active neighbor
        before) or as an *adjacent onset*.
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
