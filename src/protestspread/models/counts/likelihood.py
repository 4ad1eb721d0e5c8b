"""The log-likelihood of counts given their means, Poisson or negative binomial, with first and second derivatives."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import gammaln

from ...arrays import BoolArray, FloatArray, IntArray

_LARGE = 1e-3


@dataclass(frozen=True, eq=False)
class Counts:
    """Counts by day and place, shape (days, places), with what their likelihood needs again and again.

    The variance is μ(1 + ψμ). Only log(1 + kψ) for k below each count depends on ψ and not on μ, so that sums over the cells
    become sums over k. Derivatives are 0 in cells outside the likelihood.

    Attributes
    ----------
    values
        The counts; 0 outside the likelihood.
    outside
        Mask of the cells outside the likelihood; None if there are none.
    positive
        Numbers of the cells with events, in the flattened table.
    more_than
        Number of cells with more than k events, k = 0, 1, ...
    constant
        Σ log y!.
    """

    values: FloatArray
    outside: BoolArray | None
    positive: IntArray
    more_than: FloatArray
    constant: float

    @classmethod
    def of(cls, values: FloatArray, inside: BoolArray) -> "Counts":
        """Prepare counts; `inside` marks the cells in the likelihood."""
        kept = np.where(inside, values, 0.0)
        positive = np.flatnonzero(kept)
        events = kept.ravel()[positive]
        times = np.bincount(events.astype(np.int64))
        more_than = times[::-1].cumsum()[::-1][1:].astype(float)
        return cls(kept, None if inside.all() else ~inside, positive, more_than, float(gammaln(events + 1).sum()))

    def value(self, at: "Means") -> float:
        """Return the log-likelihood."""
        mean, events = at.mean.ravel()[self.positive], self.values.ravel()[self.positive]
        joint = float(events @ np.log(mean)) - self.constant
        if not at.psi:
            return joint - self._sum(at.mean)
        own = float(self.more_than @ np.log1p(at.psi * np.arange(len(self.more_than))))
        return joint + own - float(events @ at.logs.ravel()[self.positive]) - self._sum(at.logs) / at.psi

    def slope(self, at: "Means") -> FloatArray:
        """Return the derivative by the mean of each cell."""
        slope = (self.values - at.mean) / at.mean
        return self._inside(slope * at.inverse if at.psi else slope)

    def bend(self, at: "Means") -> FloatArray:
        """Return the second derivative by the mean of each cell."""
        bend = -self.values / at.mean**2
        if at.psi:
            bend += at.psi * (1 + at.psi * self.values) * at.inverse**2
        return self._inside(bend)

    def mixed(self, at: "Means") -> FloatArray:
        """Return the derivative by the mean of each cell and by log ψ."""
        return self._inside(at.psi * (at.mean - self.values) * at.inverse**2)

    def psi_slopes(self, at: "Means") -> FloatArray:
        """Return the derivative by log ψ, for each place."""
        k = at.psi * np.arange(len(self.more_than))
        own = np.concatenate([[0.0], np.cumsum(k / (1 + k))])[self.values.astype(np.int64)]
        return np.asarray(self._inside(own + self._psi_slope(at)).sum(axis=0))

    def psi_slope(self, at: "Means") -> float:
        """Return the derivative by log ψ."""
        k = at.psi * np.arange(len(self.more_than))
        return float(self.more_than @ (k / (1 + k))) + self._sum(self._psi_slope(at))

    def psi_bend(self, at: "Means") -> float:
        """Return the second derivative by log ψ."""
        k, share = at.psi * np.arange(len(self.more_than)), at.share
        cells = (share * (1 + share) - at.logs) / at.psi - self.values * share * at.inverse
        return float(self.more_than @ (k / (1 + k) ** 2)) + self._sum(cells)

    def _psi_slope(self, at: "Means") -> FloatArray:
        return (at.logs - at.share) / at.psi - self.values * at.share

    def _sum(self, cells: FloatArray) -> float:
        return float(cells.sum() if self.outside is None else cells.sum(where=~self.outside))

    def _inside(self, cells: FloatArray) -> FloatArray:
        if self.outside is not None:
            cells[self.outside] = 0.0
        return cells


@dataclass(frozen=True, eq=False)
class Means:
    """Expected counts and ψ, with what value and derivatives share."""

    mean: FloatArray
    psi: float

    @cached_property
    def inverse(self) -> FloatArray:
        """1 / (1 + ψμ)."""
        return np.asarray(1 / (1 + self.psi * self.mean))

    @cached_property
    def share(self) -> FloatArray:
        """ψμ / (1 + ψμ)."""
        return np.asarray(self.psi * self.mean * self.inverse)

    @cached_property
    def logs(self) -> FloatArray:
        """log(1 + ψμ); the plain logarithm is several times as fast, and exact enough unless it is divided by a small ψ."""
        widened = self.psi * self.mean
        return np.asarray(np.log(1 + widened) if self.psi > _LARGE else np.log1p(widened))
