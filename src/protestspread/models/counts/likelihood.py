"""The log-likelihood of counts given their means, Poisson or negative binomial, with first and second derivatives."""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from ...arrays import BoolArray, FloatArray, IntArray


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

    def value(self, mean: FloatArray, psi: float) -> float:
        """Return the log-likelihood."""
        at, events = mean.ravel()[self.positive], self.values.ravel()[self.positive]
        told = float(events @ np.log(at)) - self.constant
        if not psi:
            return told - self._sum(mean)
        widths = np.log1p(psi * mean)
        own = float(self.more_than @ np.log1p(psi * np.arange(len(self.more_than))))
        return told + own - float(events @ widths.ravel()[self.positive]) - self._sum(widths) / psi

    def slope(self, mean: FloatArray, psi: float) -> FloatArray:
        """Return the derivative by the mean of each cell."""
        return self._inside((self.values - mean) / (mean * (1 + psi * mean)))

    def bend(self, mean: FloatArray, psi: float) -> FloatArray:
        """Return the second derivative by the mean of each cell."""
        curved = psi * (1 + psi * self.values) / (1 + psi * mean) ** 2 if psi else 0.0
        return self._inside(curved - self.values / mean**2)

    def mixed(self, mean: FloatArray, psi: float) -> FloatArray:
        """Return the derivative by the mean of each cell and by log ψ."""
        return self._inside(psi * (mean - self.values) / (1 + psi * mean) ** 2)

    def psi_slopes(self, mean: FloatArray, psi: float) -> FloatArray:
        """Return the derivative by log ψ, for each place."""
        k = psi * np.arange(len(self.more_than))
        own = np.concatenate([[0.0], np.cumsum(k / (1 + k))])[self.values.astype(np.int64)]
        return np.asarray(self._inside(own + self._psi_slope(mean, psi)).sum(axis=0))

    def psi_slope(self, mean: FloatArray, psi: float) -> float:
        """Return the derivative by log ψ."""
        k = psi * np.arange(len(self.more_than))
        return float(self.more_than @ (k / (1 + k))) + self._sum(self._psi_slope(mean, psi))

    def psi_bend(self, mean: FloatArray, psi: float) -> float:
        """Return the second derivative by log ψ."""
        k, x = psi * np.arange(len(self.more_than)), psi * mean
        share = x / (1 + x)
        cells = (share - np.log1p(x)) / psi + share**2 / psi - self.values * share / (1 + x)
        return float(self.more_than @ (k / (1 + k) ** 2)) + self._sum(cells)

    def _psi_slope(self, mean: FloatArray, psi: float) -> FloatArray:
        x = psi * mean
        return (np.log1p(x) - x / (1 + x)) / psi - self.values * x / (1 + x)

    def _sum(self, cells: FloatArray) -> float:
        return float(cells.sum() if self.outside is None else cells.sum(where=~self.outside))

    def _inside(self, cells: FloatArray) -> FloatArray:
        if self.outside is not None:
            cells[self.outside] = 0.0
        return cells
