"""OADA and TADA fitted again to simulated onsets, in the same way as to the data."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from ...arrays import BoolArray, FloatArray, IntArray
from ...errors import DataError
from ...inference.likelihood.maximize import climb_from
from ..worlds import NullSpread
from .acquisitions import ObservationWindow
from .fit import NetworkFit
from .hazards import Hazards
from .null_draws import EVALUATIONS, null_spread, redrawn_onsets
from .oada import OADAFit
from .spec import STRENGTHS, NBDASpec
from .tada import TADAFit

_EVALUATION = 2e5  # nanoseconds of one evaluation, for few places
_PER_TIE = 30.0  # nanoseconds a tie more


@dataclass(frozen=True, eq=False)
class NetworkRefits:
    """A fit of onsets to networks, and the same fit to other onsets.

    Onsets are days since the beginning of observation, one a place: 0 for seeds, infinite where a place did not join.
    """

    fit: NetworkFit

    def __post_init__(self) -> None:
        if self._clock is not None and not self._clock.daily:
            raise DataError(
                "fit must be of onsets by day; its times are continuous",
                fix='pass time="daily" to fit_tada, or use fit_oada',
            )

    @property
    def _clock(self) -> ObservationWindow | None:
        return self.fit.clock if isinstance(self.fit, TADAFit) else None

    @cached_property
    def _spec(self) -> NBDASpec:
        ties = self.fit.ties if isinstance(self.fit, OADAFit) else "exact"
        return NBDASpec(ties, getattr(self.fit, "baseline", "constant"), None, None, None)

    @cached_property
    def _null(self) -> NetworkFit:
        return self.fit.without_transmission()

    @property
    def networks(self) -> dict[str, sp.csr_array]:
        """The networks: weights from row to column."""
        exposures = self.fit.rates.exposures
        return {name: exposures[name].matrix for name in self.fit.networks if name not in self.fit.rates.common}

    @property
    def attributes(self) -> tuple[str, ...]:
        """Names of the attributes."""
        return tuple(self.fit.rates.attributes.columns)

    @property
    def cost(self) -> float:
        """Nanoseconds of one refit, about."""
        ties = sum(int(matrix.nnz) for matrix in self.networks.values())
        return float(EVALUATIONS * (_EVALUATION + _PER_TIE * ties))

    @cached_property
    def observed(self) -> FloatArray:
        """The onsets of the data, shape (places,)."""
        acquisitions = self.fit.rates.acquisitions
        if self._clock is not None:
            return self._clock.times
        return self._days_of_ranks(acquisitions.rank)

    def _days_of_ranks(self, rank: IntArray) -> FloatArray:
        return np.concatenate([[0.0], self._since(self.fit.rates.acquisitions.moments), [np.inf]])[rank + 1]

    def _since(self, moments: npt.ArrayLike) -> FloatArray:
        """Return days, or numbers, since the first onset, from 1 on."""
        acquisitions = self.fit.rates.acquisitions
        since = np.asarray(moments) - acquisitions.moments[0]
        return np.asarray(since / np.timedelta64(1, "D") if acquisitions.dated else since, dtype=float) + 1

    def null(self, population: FloatArray | None, regions: IntArray | None) -> NullSpread:
        """Return the fitted spread without networks, from which worlds draw; see `null_spread`."""
        return replace(null_spread(self._null, population, regions), onsets=self.observed[self.at_risk])

    @property
    def at_risk(self) -> BoolArray:
        """Whether a place is no seed, shape (places,)."""
        return self.fit.rates.acquisitions.rank >= 0

    def as_observed(self, days: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Return onsets on some days of the places at risk as the data would show them: in order, or until the end."""
        every = np.zeros(len(self.observed))
        every[self.at_risk] = days
        acquisitions, clock = redrawn_onsets(self.fit.rates.acquisitions, self._clock, every, rng)
        return self._days_of_ranks(acquisitions.rank) if clock is None else clock.times

    def draw(self, rng: np.random.Generator) -> FloatArray:
        """Return onsets simulated from the fit, shape (places,)."""
        acquisitions = self.fit.rates.acquisitions
        ends = self._since(acquisitions.dates) if self._clock is None else self._clock.ends
        panel = self.fit.onset_sampler(np.where(self.at_risk, len(ends), -1), 0)(rng)
        days = np.where(panel.any(axis=0), ends[panel.argmax(axis=0)], np.inf)
        return np.where(self.at_risk, days, 0.0)

    def likelihood_ratio(self, days: FloatArray) -> float:
        """Return the likelihood ratio of all networks together against none; 0 where nobody was exposed."""
        rates, clock = self._refitted(days)
        exposing = [name for name in self.networks if rates.exposures[name].received.nnz]
        if not exposing:
            return 0.0
        null, full = rates.subset(rates.common), rates.subset([*rates.common, *exposing])
        at, height = climb_from(self._spec.problem(null, clock), self._null.optimum.coordinates)
        known, along = (
            dict(zip(null.names, at[len(at) - len(null.names) :], strict=True)),
            full.names[: len(full.networks)],
        )
        starts = [
            [known.get(name, strength if name in along else 0.0) for name in full.names] for strength in STRENGTHS
        ]
        problem = self._spec.problem(full, clock, np.array(starts))
        best = max(problem.starts, key=lambda point: problem.objective(point)[0])
        return max(0.0, 2 * (climb_from(problem, best)[1] - height))

    def _refitted(self, days: FloatArray) -> tuple[Hazards, ObservationWindow | None]:
        """Return the rates and the times of other onsets."""
        acquisitions, clock = self.fit.rates.acquisitions, self._clock
        if clock is None:
            ranks = np.searchsorted(self._since(acquisitions.moments), days)
            found = acquisitions.with_ranks(np.where(self.at_risk, ranks, -1))
        else:
            found, clock = clock.redated(acquisitions, days)
        return self.fit.rates.with_acquisitions(found), clock
