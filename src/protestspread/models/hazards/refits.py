"""Event histories of first onsets fitted again to simulated onsets, in the same way as to the data."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from ...arrays import BoolArray, FloatArray, IntArray
from ...errors import DataError
from ...exposures.exposure import exposures_of
from ...exposures.person_days import RiskSet
from ..base import DrawPanel
from ..worlds import NullSpread
from .binary_regression import probability
from .design import EventHistoryDesign
from .fit import EventHistoryFit

_CERTAIN = 1 - 1e-12
_PER_CELL = 3000.0  # nanoseconds of a refit, by place-day


@dataclass(frozen=True, eq=False)
class FittedCalendar:
    """Turns waiting times into days, given the cumulative hazard of each place by day, relative to its rate."""

    cumulative: FloatArray

    def __call__(self, waited: FloatArray) -> FloatArray:
        """Return the day of each place: the first on which its hazard has reached the waiting time."""
        reached = self.cumulative >= waited
        return np.where(reached.any(axis=0), reached.argmax(axis=0), np.inf)


@dataclass(frozen=True, eq=False)
class EventHistoryRefits:
    """An event history of onsets, and the same to other onsets.

    Onsets are days since the first, one a place: 0 for the places of the first day, infinite where a place did not join.
    """

    fit: EventHistoryFit

    def __post_init__(self) -> None:
        if self.fit.design.data.risk.durations is not None:
            raise DataError(
                "fit must be of first onsets; it is of spells", fix="fit onsets, such as those of ps.onsets(panel)"
            )

    @property
    def networks(self) -> dict[str, sp.csr_array]:
        """The networks: weights from row to column."""
        return self.fit.design.data.matrices

    @property
    def attributes(self) -> tuple[str, ...]:
        """Names of the attributes."""
        return tuple(map(str, self.fit.design.data.attributes.columns))

    @property
    def cost(self) -> float:
        """Nanoseconds of one refit, about."""
        return 1e7 + _PER_CELL * self.fit.rows

    @property
    def _rows(self) -> int:
        return len(self.fit.design.days)

    @cached_property
    def observed(self) -> FloatArray:
        """The onsets of the data, shape (places,)."""
        first = self.fit.design.data.risk.activity.first_rows()
        return np.where(first < self._rows, first, np.inf)

    @property
    def at_risk(self) -> BoolArray:
        """Whether a place did not join on the first day, shape (places,)."""
        return self.observed > 0

    @cached_property
    def _unseen(self) -> BoolArray:
        """Place-days that were not observed, as far as the data tell: shape (days, places)."""
        risk, rows = self.fit.design.data.risk, np.arange(self._rows)[:, None]
        return (rows > 0) & (rows <= self.observed) & ~risk.at_risk

    def null(self, population: FloatArray | None, regions: IntArray | None) -> NullSpread:
        """Return the fitted spread without networks, from which worlds draw."""
        model = self.fit.without(*self.networks).model
        chance = np.minimum(probability(model.predictor.to_numpy(), model.link), _CERTAIN)
        hazard = -np.log1p(-chance[:, self.at_risk]).cumsum(axis=0)
        rate = np.maximum(hazard[-1], 1e-300)
        sizes = None if population is None else population[self.at_risk]
        groups = None if regions is None else regions[self.at_risk]
        places = self.fit.design.data.risk.activity.places[self.at_risk]
        return NullSpread(places, rate, FittedCalendar(hazard / rate), sizes, groups, self.observed[self.at_risk])

    def as_observed(self, days: FloatArray, rng: np.random.Generator) -> FloatArray:  # noqa: ARG002 - as of other fits
        """Return onsets on some days of the places at risk as the data would show them, until the last day."""
        every = np.zeros(len(self.observed))
        every[self.at_risk] = np.where(days < self._rows, np.maximum(np.ceil(days), 1), np.inf)
        return every

    @cached_property
    def _sampler(self) -> DrawPanel:
        activity = self.fit.design.data.risk.activity
        return self.fit.model.continue_from(activity.active[:1].astype(float), activity.days)

    def draw(self, rng: np.random.Generator) -> FloatArray:
        """Return onsets simulated from the fit, shape (places,)."""
        panel = self._sampler(rng)
        return np.where(panel.any(axis=0), panel.argmax(axis=0), np.inf)

    def likelihood_ratio(self, days: FloatArray) -> float:
        """Return the likelihood ratio of all networks together against none; 0 where the onsets tell nothing of them."""
        data, rows = self.fit.design.data, np.arange(self._rows)[:, None]
        joined = np.flatnonzero(np.isfinite(days))
        cells = (np.ones(len(joined)), (days[joined].astype(np.int64), joined))
        activity = replace(data.risk.activity, values=sp.csr_array(cells, shape=data.risk.activity.values.shape))
        at_risk = (rows <= days) & (rows > 0) & ~self._unseen
        risk = RiskSet(activity, at_risk, at_risk & (rows == days))
        exposures = {
            name: exposures_of(activity, {name: data.matrices[name]}, data.memories[name])[name]
            for name in data.matrices
        }
        try:
            design = EventHistoryDesign.of(replace(data, risk=risk, exposures=exposures), self.fit.design.baseline)
            idle = [name for name in self.networks if np.ptp(design.covariates[name]) == 0]
            if len(idle) == len(self.networks):
                return 0.0
            full = design.without(tuple(idle)) if idle else design
            full.check_identified()
        except DataError:  # on no day did some places at risk join and others not, or exposure does not vary
            return 0.0
        heights = [
            one.regression(self.fit.link, firth=False).fit().log_likelihood
            for one in (full, full.without(tuple(full.data.matrices)))
        ]
        return max(0.0, 2 * (heights[0] - heights[1]))
