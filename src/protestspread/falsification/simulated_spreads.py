"""Spreads simulated from a fit of onsets and from its rivals, and what describes them."""

import zlib
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import scipy.sparse as sp

from ..arrays import BoolArray, FloatArray, IntArray
from ..inference.likelihood.comparison import digest
from ..models.worlds import NullSpread, World, draw_days
from ..random_streams import replicate_rng
from .spread_statistics import LIKELIHOOD_RATIO, SpreadStatistics

Key = tuple[str, str]
"""Names of a rival and of one of its worlds."""
_STREAMS = 2**24  # streams of one world; more than draws can be
_PER_CELL = 40.0  # nanoseconds of the exponents, by onset day and place


class OnsetRefits(Protocol):
    """A fit of onsets that can be fitted again to others: days, 0 for seeds and infinite where a place did not join."""

    @property
    def observed(self) -> FloatArray:
        """The onsets of the data."""

    @property
    def at_risk(self) -> BoolArray:
        """Whether a place is no seed."""

    @property
    def networks(self) -> dict[str, sp.csr_array]:
        """The networks: weights from row to column."""

    @property
    def attributes(self) -> tuple[str, ...]:
        """Names of the attributes."""

    @property
    def cost(self) -> float:
        """Nanoseconds of one refit, about."""

    def null(self, population: FloatArray | None, regions: IntArray | None) -> NullSpread:
        """Return the fitted spread without networks."""

    def as_observed(self, days: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Return onsets of the places at risk as the data would show them, for all places."""

    def draw(self, rng: np.random.Generator) -> FloatArray:
        """Return onsets simulated from the fit."""

    def likelihood_ratio(self, days: FloatArray) -> float:
        """Return the likelihood ratio of the networks against none."""


@dataclass(frozen=True, eq=False)
class SimulatedSpreads:
    """What all worlds of a fit share.

    Attributes
    ----------
    refits
        The fit, and the same fit to other onsets.
    statistics
        What describes a spread, beside the likelihood ratio of the networks.
    null
        The fitted spread without networks, from which worlds draw.
    """

    refits: OnsetRefits
    statistics: SpreadStatistics
    null: NullSpread

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all statistics."""
        return (LIKELIHOOD_RATIO, *self.statistics.names)

    @cached_property
    def observed(self) -> FloatArray:
        """The statistics of the data."""
        return np.asarray(self.describe(self.refits.observed[None])[0])

    @property
    def inputs(self) -> str:
        """A digest of what the draws depend on, beside the networks, the worlds and the seed."""
        null = self.null
        known = [np.zeros(0) if values is None else values for values in (null.population, null.regions)]
        return digest(self.observed, self.refits.observed, null.rate, *known)

    def describe(self, spreads: FloatArray) -> FloatArray:
        """Return the statistics of spreads, shape (spreads, places) -> (spreads, statistics)."""
        ratios = np.array([[self.refits.likelihood_ratio(days)] for days in spreads]).reshape(len(spreads), 1)
        return np.hstack([ratios, self.statistics.of(spreads)])

    @property
    def cost(self) -> float:
        """Nanoseconds of one draw, about."""
        onsets = self.refits.observed
        return self.refits.cost + _PER_CELL * len(np.unique(onsets)) * len(onsets)

    def draws_of(self, key: Key, world: World | None, seed: int) -> "CloudDraws":
        """Return what draws the spreads of a world, or of the fit (None)."""
        number = zlib.crc32(" / ".join(key).encode())  # the draws of a world do not depend on the other worlds
        return CloudDraws(self, world, seed, number * _STREAMS)


@dataclass(frozen=True, eq=False)
class CloudDraws:
    """Draws spreads of one world, or of the fit (None), and describes them; ``stream`` is the first of its random streams."""

    spreads: SimulatedSpreads
    world: World | None
    seed: int
    stream: int

    def __call__(self, first: int, last: int, threads: bool) -> FloatArray:  # noqa: ARG002, FBT001 - as `replicate_parts` calls it
        """Return the statistics of draws ``first`` to ``last`` - 1, shape (draws, statistics)."""
        return self.spreads.describe(np.array([self._draw(number) for number in range(first, last)]))

    def _draw(self, number: int) -> FloatArray:
        rng, refits = replicate_rng(self.seed, self.stream + number), self.spreads.refits
        if self.world is None:
            return refits.draw(rng)
        return refits.as_observed(draw_days(self.world, self.spreads.null, rng), rng)
