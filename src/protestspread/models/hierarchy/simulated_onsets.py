"""Spreads simulated from a conditional logit model, or thinned by under-reporting of small places."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...arrays import FloatArray, IntArray
from ...inference.likelihood.onset_order import draw_next
from ..simulation import panel_of
from .risk_sets import RiskSets


def simulate_onsets(risk_sets: RiskSets, exponents: FloatArray, rng: np.random.Generator) -> RiskSets:
    """Return a spread with the same first day and the same number of onsets per day, simulated from the exponents."""
    counts = risk_sets.day_sizes
    first = np.where(risk_sets.waves == 0, 0, len(counts))
    rows = OnsetsInOrder(risk_sets, exponents, counts, first, 1).rows(rng)
    return RiskSets(np.where(rows < len(counts), rows, -1), risk_sets.size, risk_sets.distances)


@dataclass(frozen=True, eq=False)
class OnsetsInOrder:
    """Draws spreads with a given number of onsets in each row.

    The places of a row are drawn one after another without replacement, with probability proportional to
    population^(first exponent) · distance^(-second exponent), as in the exact likelihood of ties.

    Attributes
    ----------
    risk_sets
        Populations and distances.
    exponents
        Of population and distance.
    counts
        Number of onsets in each row.
    known
        Row of each onset that is given, the number of rows for other places.
    start
        The first row that is simulated.
    """

    risk_sets: RiskSets
    exponents: FloatArray
    counts: IntArray
    known: IntArray
    start: int

    def __call__(self, rng: np.random.Generator) -> IntArray:
        """Return one panel, 1 from the row of each onset on."""
        return panel_of(self.rows(rng), len(self.counts))

    def rows(self, rng: np.random.Generator) -> IntArray:
        """Return the row of each place's onset in one draw, the number of rows for places without one."""
        distances, size, (population, distance) = self.risk_sets.distances, self.risk_sets.size, self.exponents
        rows, never = self.known.copy(), len(self.counts)
        far = distances.to_nearest(np.flatnonzero(rows < never))
        for row in self.start + np.flatnonzero(self.counts[self.start :]):
            at_risk = np.flatnonzero(rows == never)
            if not len(at_risk):
                break
            rate = population * size[at_risk] - distance * np.log(far[at_risk])
            new = at_risk[draw_next(rate, min(int(self.counts[row]), len(at_risk)), rng)]
            rows[new] = row
            far = np.minimum(far, distances.to_nearest(new))
        return rows


def thin_onsets(risk_sets: RiskSets, exponent: float, rng: np.random.Generator) -> RiskSets:
    """Return the spread if each onset is reported with probability (population / largest population)^exponent."""
    reported = np.exp(exponent * (risk_sets.size - risk_sets.size.max()))
    kept = (risk_sets.waves >= 0) & (rng.random(len(reported)) < reported)
    return RiskSets(_renumber(np.where(kept, risk_sets.waves, -1)), risk_sets.size, risk_sets.distances)


def _renumber(waves: IntArray) -> IntArray:
    """Return the remaining onset days, numbered from 0."""
    codes = pd.factorize(np.where(waves < 0, np.iinfo(np.int64).max, waves), sort=True)[0]
    return np.where(waves < 0, -1, codes)
