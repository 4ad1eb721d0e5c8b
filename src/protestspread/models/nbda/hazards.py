"""The rates of OADA and TADA: spontaneous onsets, and transmission along networks from places that joined before.

R_i(t) = (Σ_k s_k Σ_j a^k_ji z_j(t)) · exp(γ'x_i) + exp(β'x_i), with a^k_ji the weight from j to i in network k, as given, and
z_j(t) = 1 once j has joined.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, get_args

import numpy as np
import pandas as pd
import scipy.sparse as sp

from ...arguments import Arguments
from ...arrays import BoolArray, FloatArray
from ...exposures.until_onset import ExposureUntilOnset
from ...graphs.ties import Ties, ties_between
from ...inference.likelihood.comparison import digest
from ...inference.likelihood.parents import parent_table
from .acquisitions import Acquisitions

Effect = Literal["additive", "multiplicative", "unconstrained"]
"""Where attributes act: on spontaneous onsets, on both rates alike, or on each rate with separate coefficients."""

INFINITE = 25.0
"""The coordinate, asinh(s · typical exposure), at which s counts as infinite: s · typical exposure of 4 · 10¹⁰."""
_STEEPEST = 15.0  # largest coefficient per standard deviation of an attribute


@dataclass(frozen=True, eq=False)
class Strengths:
    """Strengths of transmission, and factors of the spontaneous and transmitted rates of each place."""

    s: FloatArray
    spontaneous: FloatArray
    susceptible: FloatArray


@dataclass(frozen=True, eq=False)
class Hazards:
    """Ranked onsets, exposures and attributes, and the coordinates in which the parameters are optimized.

    Coordinates are asinh(s · typical exposure), linear near 0 and logarithmic for large values, followed by coefficients per
    standard deviation.
    """

    acquisitions: Acquisitions
    exposures: dict[str, ExposureUntilOnset]
    attributes: pd.DataFrame
    effect: Effect
    common: tuple[str, ...] = ()
    """Networks that expose all places alike and therefore represent growth common to all."""

    def __post_init__(self) -> None:
        with Arguments() as check:
            check.choice("effect", self.effect, get_args(Effect))

    @property
    def networks(self) -> tuple[str, ...]:
        """Names of the networks."""
        return tuple(self.exposures)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the parameters."""
        columns = list(self.attributes.columns)
        both = [f"spontaneous: {name}" for name in columns]
        effects = {
            "additive": both,
            "multiplicative": columns,
            "unconstrained": both + [f"transmission: {name}" for name in columns],
        }
        along = (f"common growth: {name}" if name in self.common else f"s {name}" for name in self.networks)
        return (*along, *effects[self.effect])

    @property
    def ties(self) -> dict[str, Ties]:
        """The ties of each network."""
        found = {name: exposure.matrix.tocoo() for name, exposure in self.exposures.items()}
        return {name: ties_between(one.row, one.col, one.data, None, one.shape[0]) for name, one in found.items()}

    @property
    def inputs(self) -> dict[str, str]:
        """A digest of the ties of each network and of the values of each attribute."""
        held = {name: digest(ties.indptr, ties.indices, ties.weights) for name, ties in self.ties.items()}
        columns = zip(self.attributes, self.matrix.T, strict=True)
        return held | {f"attribute {name}": digest(column) for name, column in columns}

    def without_networks(self) -> "Hazards":
        """Return the same data without networks."""
        effect: Effect = "additive" if self.effect == "unconstrained" else self.effect
        return Hazards(self.acquisitions, {}, self.attributes, effect)

    def subset(self, networks: Sequence[str]) -> "Hazards":
        """Return the same data with some of the networks."""
        if not networks:
            return self.without_networks()
        kept = {name: self.exposures[name] for name in networks}
        common = tuple(name for name in self.common if name in kept)
        return Hazards(self.acquisitions, kept, self.attributes, self.effect, common)

    def without(self, names: Sequence[str]) -> "Hazards":
        """Return the same data without some networks and attributes."""
        attributes = self.attributes.drop(columns=[name for name in self.attributes if name in names])
        return replace(self, attributes=attributes).subset([name for name in self.networks if name not in names])

    def with_acquisitions(self, acquisitions: Acquisitions) -> "Hazards":
        """Return the same networks and attributes with other onsets."""
        exposures = {name: acquisitions.exposure(exposure.matrix) for name, exposure in self.exposures.items()}
        return Hazards(acquisitions, exposures, self.attributes, self.effect, self.common)

    def is_common(self, name: str) -> bool:
        """Whether the places that joined were as exposed as the mean place at risk, on each day.

        This holds where a network exposes all places alike; the order is then equally likely at any strength.
        """
        mean = self._mean_exposure(name)
        alike = np.allclose(self.exposures[name].at_onset, mean[self.acquisitions.event_days], rtol=1e-8, atol=0)
        return bool(alike and (mean > 0).any())

    def is_idle(self, name: str) -> bool:
        """Whether no place at risk was exposed along a network on any onset day."""
        return not (self._mean_exposure(name) > 0).any()

    def _mean_exposure(self, name: str) -> FloatArray:
        """Return the mean exposure of all places at risk, by day."""
        acquisitions, exposure = self.acquisitions, self.exposures[name]
        at_risk = np.bincount(acquisitions.rank + 1, minlength=acquisitions.days + 2)[:0:-1].cumsum()[::-1][:-1]
        joined = np.bincount(acquisitions.event_days, exposure.at_onset, minlength=acquisitions.days)
        return np.asarray((exposure.by_day(np.ones(len(acquisitions.rank)), acquisitions.days) + joined) / at_risk)

    @cached_property
    def matrix(self) -> FloatArray:
        """Attributes, shape (places, attributes)."""
        return np.asarray(self.attributes.to_numpy(dtype=float))

    @cached_property
    def spread(self) -> FloatArray:
        """The standard deviation of each attribute."""
        return np.asarray(self.matrix.std(axis=0))

    @cached_property
    def units(self) -> FloatArray:
        """The typical exposure along each network, shape (networks,)."""
        return np.array([exposure.typical for exposure in self.exposures.values()])

    @cached_property
    def at_onset(self) -> FloatArray:
        """Exposure of each place on the day of its onset, shape (networks, events)."""
        return np.array([exposure.at_onset for exposure in self.exposures.values()]).reshape(
            len(self.exposures), self.acquisitions.events
        )

    @cached_property
    def others_exposed(self) -> FloatArray:
        """Summed exposure of the places at risk that did not join, without attributes, shape (networks, days)."""
        ones, days = np.ones(len(self.acquisitions.places)), self.acquisitions.days
        return np.array([exposure.by_day(ones, days) for exposure in self.exposures.values()]).reshape(-1, days)

    # the coordinates

    @cached_property
    def coefficients(self) -> int:
        """Number of coefficients of attributes."""
        return len(self.names) - len(self.exposures)

    @property
    def transmission_coefficients(self) -> int:
        """Number of coefficients that are not defined without transmission."""
        return len(self.attributes.columns) if self.effect == "unconstrained" and self.exposures else 0

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
        """Which upper bounds represent infinity."""
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
        """Starting points: weak, medium and strong transmission, along all networks and along each."""
        count = len(self.exposures)
        strengths = [np.full(count, value) for value in (0.0, 0.1, 1.0, 3.0, 8.0)] if count else [np.zeros(0)]
        if count > 1:
            strengths += [np.where(np.arange(count) == row, 2.0, 0.0) for row in range(count)]
        rows = [np.concatenate([start, np.zeros(self.coefficients)]) for start in strengths]
        if count and self.coefficients:
            rows += [np.concatenate([np.ones(count), np.full(self.coefficients, slope)]) for slope in (-0.7, 0.7)]
        return np.array(rows)

    def params_of(self, at: FloatArray) -> FloatArray:
        """Return strengths and coefficients in the units of the data; infinite at their bounds."""
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
        """Return the strengths and factors at some coordinates; strengths are finite."""
        count, columns = len(self.exposures), self.matrix.shape[1]
        s = np.sinh(at[:count]) / self.units
        ones = np.ones(len(self.acquisitions.places))
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
        """Return derivatives by the coordinates, from those by strengths and by the factors of each place."""
        parts = [by_s * np.cosh(at[: len(self.exposures)]) / self.units]
        if self.matrix.shape[1]:
            own = (by_spontaneous * strengths.spontaneous) @ self.matrix / self.spread
            transmitted = (by_susceptible * strengths.susceptible) @ self.matrix / self.spread
            parts += {"additive": [own], "multiplicative": [own + transmitted], "unconstrained": [own, transmitted]}[
                self.effect
            ]
        return np.concatenate(parts)

    def transmitted(self, at: FloatArray) -> pd.DataFrame:
        """Return the share of the rate at each onset that is due to each network, shape (events, networks)."""
        strengths, order = self.strengths(at), self.acquisitions.order
        along = strengths.s[:, None] * self.at_onset * strengths.susceptible[order]
        rate = along.sum(axis=0) + strengths.spontaneous[order]
        return pd.DataFrame((along / rate).T, index=self.acquisitions.places[order], columns=list(self.networks))


def network_parents(rates: Hazards, strengths: Strengths) -> pd.DataFrame:
    """Return the share of the rate at each onset that is due to each place that had joined.

    The probability that place j, along network k, preceded place i is s_k · a_ji · susceptible_i / rate_i, where rate_i is the
    whole rate at the onset of i. Spontaneous onsets and growth common to all places, which is no network, are from outside.
    """
    acquisitions, order = rates.acquisitions, rates.acquisitions.order
    susceptible = strengths.susceptible[order]
    rate = susceptible * (strengths.s @ rates.at_onset) + strengths.spontaneous[order]
    shares = {
        name: sp.csr_array((exposure.received[order] * (s * susceptible / rate)[:, None]).T)
        for s, (name, exposure) in zip(strengths.s, rates.exposures.items(), strict=True)
        if name not in rates.common
    }
    joined = (acquisitions.rank >= 0) & (acquisitions.rank < acquisitions.days)
    dates = pd.Series(acquisitions.moments).reindex(np.where(joined, acquisitions.rank, -1))
    sources = pd.DataFrame({"place": acquisitions.places.to_numpy(dtype=object), "date": dates.to_numpy()})
    return parent_table(sources.iloc[order].reset_index(drop=True), sources, shares)
