"""Logistic regression of ever joining on distance."""

import math
from dataclasses import dataclass
from typing import Self

import numpy as np

from ...arrays import BoolArray, FloatArray
from ...inference.likelihood.maximize import climb
from .dated_places import DatedPlaces
from .interval_regression import profile_ends

_FARTHEST = 30.0  # log odds per standard deviation of distance that count as infinite
_STEP = 8.0  # about twice a standard error, times the square root of the number of places
_PER_KM = 100.0


@dataclass(frozen=True, eq=False)
class Reach:
    """How the chance of ever joining falls with distance.

    Attributes
    ----------
    odds_ratio, low, high
        Factor of the odds of ever joining for each 100 km farther away, with its 95% profile-likelihood interval.
    p_value
        Of the likelihood ratio, against a chance that does not depend on distance.
    chance
        Fitted chance of each place; NaN if there is no fit.
    log_odds
        Of joining at distance 0 and mean population.
    reason
        Why there is no fit, or None.
    """

    odds_ratio: float
    low: float
    high: float
    p_value: float
    chance: FloatArray
    log_odds: float = math.nan
    reason: str | None = None

    @classmethod
    def without(cls, places: int, reason: str) -> Self:
        """Return a result with a reason instead of numbers."""
        return cls(math.nan, math.nan, math.nan, math.nan, np.full(places, math.nan), reason=reason)

    def chance_at(self, km: FloatArray) -> FloatArray:
        """Return the chance of joining at some distances and mean population."""
        return chances(self.log_odds + math.log(self.odds_ratio) / _PER_KM * km)

    @property
    def nearer(self) -> bool:
        """Whether nearer places were likelier to join: the interval lies below 1."""
        return self.high < 1


def fit_reach(places: DatedPlaces, km: FloatArray) -> Reach:
    """Fit the log odds of ever joining by distance, and by log population if it is in the model."""
    from scipy.stats import chi2

    reason = _reason(places.joined, km)
    if reason is not None:
        return Reach.without(len(km), reason)
    spread, middle = float(km.std()), float(km.mean())
    x = (km - middle) / spread
    design = np.column_stack([places.others, x])
    beta, value = _fit(design, places.joined, np.zeros(len(km)), np.zeros(design.shape[1]))
    best = float(beta[-1])

    def lost(at: float) -> float:
        return 2 * (value - _fit(places.others, places.joined, at * x, beta[:-1])[1])

    low, high = profile_ends(lost, float(chi2.ppf(0.95, 1)), best, _STEP / math.sqrt(len(km)), _FARTHEST)
    odds = [math.exp(min(end * _PER_KM / spread, 300.0)) for end in (best, low, high)]
    p = float(chi2.sf(max(lost(0.0), 0.0), 1))
    return Reach(odds[0], odds[1], odds[2], p, chances(design @ beta), float(beta[0]) - best * middle / spread)


def _reason(joined: BoolArray, km: FloatArray) -> str | None:
    if len(km) == 0:
        return "no other place is left"
    if joined.all() or not joined.any():
        return "all places had an onset" if joined.all() else "no place had an onset"
    return "all places are equally far from the origin" if np.ptp(km) <= 1e-9 * km.max() else None


def chances(eta: FloatArray) -> FloatArray:
    """Return the chances of some log odds."""
    from scipy.special import expit

    return np.asarray(expit(eta))


def _fit(design: FloatArray, joined: BoolArray, offset: FloatArray, start: FloatArray) -> tuple[FloatArray, float]:
    """Return the coefficients and the log-likelihood at the maximum, from a start, with coefficients bounded."""

    def objective(beta: FloatArray) -> tuple[float, FloatArray]:
        eta = offset + design @ beta
        value = -np.logaddexp(0.0, np.where(joined, -eta, eta)).sum()
        return float(value), design.T @ (joined - chances(eta))

    def step_at(beta: FloatArray, value: float, gradient: FloatArray) -> FloatArray | None:
        chance = chances(offset + design @ beta)
        hessian = (design * (chance * (1 - chance))[:, None]).T @ design
        step = np.linalg.lstsq(hessian + 1e-9 * np.eye(len(beta)), gradient, rcond=None)[0]
        return None if gradient @ step < 1e-11 * (1 + abs(value)) else np.clip(step, -5.0, 5.0)

    bound = 2 * _FARTHEST
    return climb(objective, start, step_at, -bound, bound)
