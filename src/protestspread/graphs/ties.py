"""The ties of one kind, held as a compressed sparse row matrix."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sp

from ..arguments import Arguments
from ..arrays import FloatArray, Int32Array
from ..checks import can_be_hashed
from ..errors import must_be


@dataclass(frozen=True, eq=False)
class Ties:
    """The ties of one kind: compressed rows by sender, with weights and, where known, kilometers. Read-only.

    Attributes
    ----------
    indptr, indices
        ``indices[indptr[i]:indptr[i + 1]]`` are the rows of the places that place i can influence, ascending (int32).
    weights
        One for each of `indices`, finite and at least 0.
    km
        One for each of `indices`, at least 0, NaN where unknown; or None where no kilometers are known.
    """

    indptr: Int32Array
    indices: Int32Array
    weights: FloatArray
    km: FloatArray | None = None

    def __post_init__(self) -> None:
        for name, dtype in (("indptr", np.int32), ("indices", np.int32), ("weights", float), ("km", float)):
            if (given := getattr(self, name)) is not None:
                array = np.asarray(given, dtype=dtype).view()
                array.flags.writeable = False
                object.__setattr__(self, name, array)

    def __len__(self) -> int:
        return len(self.indices)

    @property
    def sources(self) -> Int32Array:
        """The row of the sender of each tie."""
        return np.repeat(np.arange(len(self.indptr) - 1, dtype=np.int32), np.diff(self.indptr))

    def matrix(self) -> sp.csr_array:
        """Return the weights as a sparse matrix that shares this memory and cannot be written."""
        n = len(self.indptr) - 1
        return sp.csr_array((self.weights, self.indices, self.indptr), shape=(n, n), copy=False)

    def faults(self, n: int) -> list[str]:
        """Return all faults of these ties among ``n`` places."""
        if (
            len(self.indptr) != n + 1
            or self.indptr[0] != 0
            or self.indptr[-1] != len(self)
            or (np.diff(self.indptr) < 0).any()
        ):
            return [f"the row pointer does not fit {n} places and {len(self)} ties"]
        if any(len(column) != len(self) for column in (self.weights, self.km) if column is not None):
            return ["weights or km do not have one value per tie"]
        if len(self) and (self.indices.min() < 0 or self.indices.max() >= n):
            return [f"ties to rows outside 0 to {n - 1}"]
        faults = value_faults(self.weights, self.km)
        if (self.indices == self.sources).any():
            faults.append("a place is tied to itself")
        starts = np.zeros(len(self) + 1, dtype=bool)
        starts[self.indptr] = True
        if (~starts[1:-1] & (np.diff(self.indices) <= 0)).any():
            faults.append("targets of a sender repeat or are not in ascending order")
        return faults

    def reverse(self) -> "Ties":
        """Return the ties with source and target exchanged."""
        n = len(self.indptr) - 1
        turned = sp.csr_array((np.arange(len(self), dtype=np.int32), self.indices, self.indptr), shape=(n, n)).tocsc()
        return self._pick(turned.indptr, turned.indices, turned.data)

    def reorder(self, row_of: Int32Array, n: int) -> "Ties":
        """Return the ties with place i in row ``row_of[i]`` of ``n``; places with -1 are dropped."""
        source, target = row_of[self.sources], row_of[self.indices]
        kept = np.flatnonzero((source >= 0) & (target >= 0))
        km = None if self.km is None else self.km[kept]
        return ties_between(source[kept], target[kept], self.weights[kept], km, n)

    def scaled(self, factor: FloatArray) -> "Ties":
        """Return the ties with each weight multiplied by its factor."""
        return Ties(self.indptr, self.indices, self.weights * factor, self.km)

    def equals(self, other: "Ties") -> bool:
        """Whether ties, weights and kilometers are equal (NaN equals NaN)."""
        if self.km is None or other.km is None:
            same_km = self.km is other.km
        else:
            same_km = np.array_equal(self.km, other.km, equal_nan=True)
        return (
            same_km
            and np.array_equal(self.indptr, other.indptr)
            and np.array_equal(self.indices, other.indices)
            and np.array_equal(self.weights, other.weights)
        )

    def _pick(self, indptr: Int32Array, indices: Int32Array, which: npt.NDArray[np.integer]) -> "Ties":
        return Ties(indptr, indices, self.weights[which], None if self.km is None else self.km[which])


def value_faults(weights: FloatArray, km: FloatArray | None) -> list[str]:
    """Return the faults of weights and kilometers, with counts."""
    faults = []
    if bad := int(np.count_nonzero(~np.isfinite(weights))):
        faults.append(f"{bad} of {len(weights)} weights are NaN or infinite")
    if bad := int(np.count_nonzero(weights < 0)):
        faults.append(f"{bad} of {len(weights)} weights are negative")
    if km is not None and (bad := int(np.count_nonzero((km < 0) | np.isinf(km)))):
        faults.append(f"{bad} of {len(km)} kilometers are negative or infinite")
    return faults


def ties_between(
    source: npt.ArrayLike, target: npt.ArrayLike, weights: FloatArray, km: FloatArray | None, n: int
) -> Ties:
    """Return ties from row ``source`` to row ``target`` among ``n`` places; pairs must be unique."""
    positions = np.arange(1, len(weights) + 1, dtype=np.int32)  # from 1: a sparse sum drops zeros
    rows = (np.asarray(source, dtype=np.int32), np.asarray(target, dtype=np.int32))
    order = sp.csr_array((positions, rows), shape=(n, n))
    which = order.data - 1
    return Ties(order.indptr, order.indices, weights[which], None if km is None else km[which])


def ties_both_ways(pairs: npt.ArrayLike, weights: FloatArray, km: FloatArray | None, n: int) -> Ties:
    """Return ties in both directions between the rows ``pairs``, shape (2, pairs); pairs must be unique in either order."""
    one, other = np.sort(np.asarray(pairs, dtype=np.int32).reshape(2, -1), axis=0)
    upper = sp.csr_array((np.arange(1, len(weights) + 1, dtype=np.int32), (one, other)), shape=(n, n))
    both = upper + upper.T.tocsr()
    which = both.data - 1
    return Ties(both.indptr, both.indices, weights[which], None if km is None else km[which])


def check_parts(nodes: object, ties: object, points: object, fix: str) -> tuple[pd.Index, FloatArray | None]:
    """Check the types of the parts of a graph; return its nodes, and its points as an array of their own."""
    with Arguments(fix) as check:
        names = nodes if isinstance(nodes, pd.Index) else check.names("nodes", nodes, "a list of names")
        check.instance("ties", ties, Mapping, "a mapping from each kind to its Ties")
        for kind, own in ties.items() if isinstance(ties, Mapping) else ():
            check.text("kind", kind)
            check.instance("ties", own, Ties, "a mapping from each kind to its Ties")
        try:
            xy = None if points is None else np.array(points, dtype=float)
        except (TypeError, ValueError, OverflowError):
            check.fault(must_be("points", "longitude and latitude of each place, or None", points))
    with Arguments("name each place by text or by a number") as check:
        index = names if isinstance(names, pd.Index) else pd.Index(names, tupleize_cols=False)  # keeps its hash table
        if isinstance(index, pd.MultiIndex) or not can_be_hashed(index):
            check.fault("nodes must be names with one level; got a MultiIndex or lists")
    return index, xy


def tie_facts(ties: Ties) -> str:
    """Describe the ties of one kind: their number, weights and lengths."""
    if not len(ties):
        return "no ties"
    low, high = ties.weights.min(), ties.weights.max()
    text = f"{len(ties):,} ties, weight {low:.4g}" + ("" if low == high else f" to {high:.4g}")
    if ties.km is not None and not np.isnan(ties.km).all():
        text += f", {np.nanmin(ties.km):.0f} to {np.nanmax(ties.km):.0f} km (median {np.nanmedian(ties.km):.0f})"
    return text
