"""The rate at which places join: by themselves, and drawn in along networks by those that joined before.

R_i(t) = (Σ_k s_k Σ_j a^k_ji z_j(t)) · exp(γ'x_i) + exp(β'x_i), with a^k_ji the weight from j to i in network k, as given, and
z_j(t) = 1 once j has joined. OADA and TADA share it, and what the search for its parameters needs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

import numpy as np
import pandas as pd

from ...arrays import BoolArray, FloatArray
from ...errors import DataError
from .acquisitions import Acquisitions
from .exposures import Exposure

Effect = Literal["additive", "multiplicative", "unconstrained"]
"""Where covariates act: on joining by oneself only, on both alike, on each in its own way."""

INFINITE = 25.0
"""The coordinate, asinh(s · typical exposure), from which on s stands for infinity: 4 · 10¹⁰."""
_STEEPEST = 15.0  # of a covariate's coefficient, a standard deviation


@dataclass(frozen=True, eq=False)
class Strengths:
    """One set of parameters: strengths of transmission, and what covariates make of each place."""

    s: FloatArray
    spontaneous: FloatArray
    susceptible: FloatArray


@dataclass(frozen=True, eq=False)
class Hazards:
    """The data of the rates, and the coordinates in which their parameters are searched.

    Coordinates are asinh(s · typical exposure), straight near 0 and logarithmic far out, then coefficients by standard
    deviation.
    """

    arrivals: Acquisitions
    exposures: dict[str, Exposure]
    covariates: pd.DataFrame
    effect: Effect
    common: tuple[str, ...] = ()
    """Networks that expose all alike, so that they stand for growth common to all."""

    def __post_init__(self) -> None:
        if self.effect not in get_args(Effect):
            raise DataError(
                "covariates have no such effect",
                [f"effect = {self.effect!r}"],
                '"additive" (on joining by oneself), "multiplicative" (on both alike) or "unconstrained"',
            )

    @property
    def networks(self) -> tuple[str, ...]:
        """Names of the networks."""
        return tuple(self.exposures)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the parameters."""
        columns = list(self.covariates.columns)
        both = [f"spontaneous: {name}" for name in columns]
        effects = {
            "additive": both,
            "multiplicative": columns,
            "unconstrained": both + [f"transmission: {name}" for name in columns],
        }
        along = (f"common growth: {name}" if name in self.common else f"s {name}" for name in self.networks)
        return (*along, *effects[self.effect])

    def without_networks(self) -> "Hazards":
        """Return the same with nothing that is passed on."""
        effect: Effect = "additive" if self.effect == "unconstrained" else self.effect
        return Hazards(self.arrivals, {}, self.covariates, effect)

    def subset(self, networks: Sequence[str]) -> "Hazards":
        """Return the same with some of the networks."""
        if not networks:
            return self.without_networks()
        kept = {name: self.exposures[name] for name in networks}
        common = tuple(name for name in self.common if name in kept)
        return Hazards(self.arrivals, kept, self.covariates, self.effect, common)

    def redrawn(self, arrivals: Acquisitions) -> "Hazards":
        """Return the same networks and covariates with other onsets."""
        exposures = {name: Exposure.of(exposure.matrix, arrivals) for name, exposure in self.exposures.items()}
        return Hazards(arrivals, exposures, self.covariates, self.effect, self.common)

    def is_common(self, name: str) -> bool:
        """Whether those that joined were exposed along a network just as all at risk were on average, day by day.

        So it is where a network exposes all alike. The order is then as likely at any strength.
        """
        mean = self._mean_exposure(name)
        alike = np.allclose(self.exposures[name].at_onset, mean[self.arrivals.event_days], rtol=1e-8, atol=0)
        return bool(alike and (mean > 0).any())

    def is_idle(self, name: str) -> bool:
        """Whether nobody at risk was exposed along a network on any day on which somebody joined."""
        return not (self._mean_exposure(name) > 0).any()

    def _mean_exposure(self, name: str) -> FloatArray:
        """Return the mean exposure of all at risk, by day."""
        arrivals, exposure = self.arrivals, self.exposures[name]
        at_risk = np.bincount(arrivals.rank + 1, minlength=arrivals.days + 2)[:0:-1].cumsum()[::-1][:-1]
        joined = np.bincount(arrivals.event_days, exposure.at_onset, minlength=arrivals.days)
        return np.asarray((exposure.by_day(np.ones(len(arrivals.rank)), arrivals.days) + joined) / at_risk)

    @cached_property
    def matrix(self) -> FloatArray:
        """Covariates, shape (places, covariates)."""
        return np.asarray(self.covariates.to_numpy(dtype=float))

    @cached_property
    def spread(self) -> FloatArray:
        """The standard deviation of each covariate."""
        return np.asarray(self.matrix.std(axis=0))

    @cached_property
    def units(self) -> FloatArray:
        """The typical exposure along each network."""
        return np.array([exposure.typical for exposure in self.exposures.values()])

    @cached_property
    def at_onset(self) -> FloatArray:
        """Exposure of each event's place on its day, shape (networks, events)."""
        return np.array([exposure.at_onset for exposure in self.exposures.values()]).reshape(
            len(self.exposures), self.arrivals.events
        )

    @cached_property
    def others_exposed(self) -> FloatArray:
        """Exposure of all that were at risk and did not join, by day, with covariates left out, shape (networks, days)."""
        ones, days = np.ones(len(self.arrivals.places)), self.arrivals.days
        return np.array([exposure.by_day(ones, days) for exposure in self.exposures.values()]).reshape(-1, days)

    # the coordinates

    @cached_property
    def coefficients(self) -> int:
        """How many coefficients of covariates there are."""
        return len(self.names) - len(self.exposures)

    @property
    def only_transmitted(self) -> int:
        """How many coefficients there would not be without transmission."""
        return len(self.covariates.columns) if self.effect == "unconstrained" and self.exposures else 0

    @property
    def lower(self) -> FloatArray:
        """Lower bounds of the coordinates."""
        return np.asarray(np.concatenate([np.zeros(len(self.exposures)), -self._steepest]))

    @property
    def upper(self) -> FloatArray:
        """Upper bounds of the coordinates."""
        return np.concatenate([np.full(len(self.exposures), INFINITE), self._steepest])

    @property
    def unbounded_above(self) -> BoolArray:
        """Which upper bounds stand for infinity."""
        return np.arange(len(self.names)) < len(self.exposures)

    @cached_property
    def _steepest(self) -> FloatArray:
        if not self.coefficients:
            return np.zeros(0)
        highest = np.abs(self.matrix / self.spread).max(axis=0)
        steepest = np.minimum(_STEEPEST, 300 / (len(highest) * highest))
        return np.tile(steepest, self.coefficients // len(highest))

    @property
    def starts(self) -> FloatArray:
        """Where to search from: weak, middling and strong transmission, along all networks and along each."""
        count = len(self.exposures)
        strengths = [np.full(count, value) for value in (0.0, 0.1, 1.0, 3.0, 8.0)] if count else [np.zeros(0)]
        if count > 1:
            strengths += [np.where(np.arange(count) == row, 2.0, 0.0) for row in range(count)]
        rows = [np.concatenate([start, np.zeros(self.coefficients)]) for start in strengths]
        if count and self.coefficients:
            rows += [np.concatenate([np.ones(count), np.full(self.coefficients, slope)]) for slope in (-0.7, 0.7)]
        return np.array(rows)

    def params_of(self, at: FloatArray) -> FloatArray:
        """Return strengths and coefficients of the covariates as given; infinite at their bounds."""
        count = len(self.exposures)
        strengths = np.where(at[:count] >= INFINITE, np.inf, np.sinh(np.minimum(at[:count], INFINITE)) / self.units)
        slopes = at[count:] / self._scale
        slopes[at[count:] >= self._steepest] = np.inf
        slopes[at[count:] <= -self._steepest] = -np.inf
        return np.concatenate([strengths, slopes])

    @cached_property
    def _scale(self) -> FloatArray:
        return np.tile(self.spread, self.coefficients // len(self.spread)) if self.coefficients else np.zeros(0)

    def strengths(self, at: FloatArray) -> Strengths:
        """Return what the coordinates stand for; strengths stay finite."""
        count, columns = len(self.exposures), self.matrix.shape[1]
        s = np.sinh(at[:count]) / self.units
        ones = np.ones(len(self.arrivals.places))
        if not columns:
            return Strengths(s, ones, ones)
        slopes = at[count:] / self._scale
        spontaneous = np.exp(self.matrix @ slopes[:columns])
        if self.effect == "additive":
            return Strengths(s, spontaneous, ones)
        if self.effect == "multiplicative":
            return Strengths(s, spontaneous, spontaneous)
        return Strengths(s, spontaneous, np.exp(self.matrix @ slopes[columns:]))

    def gradient(
        self,
        at: FloatArray,
        strengths: Strengths,
        by_s: FloatArray,
        by_spontaneous: FloatArray,
        by_susceptible: FloatArray,
    ) -> FloatArray:
        """Carry derivatives by strengths and by what covariates make of each place over to the coordinates."""
        parts = [by_s * np.cosh(at[: len(self.exposures)]) / self.units]
        if self.matrix.shape[1]:
            own = (by_spontaneous * strengths.spontaneous) @ self.matrix / self.spread
            drawn = (by_susceptible * strengths.susceptible) @ self.matrix / self.spread
            parts += {"additive": [own], "multiplicative": [own + drawn], "unconstrained": [own, drawn]}[self.effect]
        return np.concatenate(parts)

    def transmitted(self, at: FloatArray) -> pd.DataFrame:
        """Return the share of each onset's rate that came along each network, a row an event, a column a network."""
        strengths, order = self.strengths(at), self.arrivals.order
        along = strengths.s[:, None] * self.at_onset * strengths.susceptible[order]
        rate = along.sum(axis=0) + strengths.spontaneous[order]
        return pd.DataFrame((along / rate).T, index=self.arrivals.places[order], columns=list(self.networks))
