"""Spreads simulated from a conditional logit model, or thinned by under-reporting of small places."""

import numpy as np
import pandas as pd

from ...arrays import FloatArray, IntArray
from .risk_sets import RiskSets


def simulate_onsets(risk_sets: RiskSets, exponents: FloatArray, rng: np.random.Generator) -> RiskSets:
    """Return a spread with the same first day and the same number of onsets per day, simulated from the exponents.

    The places of a day are drawn one after another without replacement, with probability proportional to
    population^(first exponent) · distance^(-second exponent), as in the exact likelihood of ties.
    """
    distances, population, distance = risk_sets.distances, *exponents
    waves = np.where(risk_sets.waves == 0, 0, -1)
    far = distances.to_nearest(np.flatnonzero(waves == 0))
    for wave, count in enumerate(risk_sets.day_sizes[1:].tolist(), start=1):
        at_risk = np.flatnonzero(waves < 0)
        score = population * risk_sets.size[at_risk] - distance * np.log(far[at_risk]) + rng.gumbel(size=len(at_risk))
        new = at_risk[np.argpartition(-score, count - 1)[:count]]
        waves[new] = wave
        far = np.minimum(far, distances.to_nearest(new))
    return RiskSets(waves, risk_sets.size, distances)


def thin_onsets(risk_sets: RiskSets, exponent: float, rng: np.random.Generator) -> RiskSets:
    """Return the spread if each onset is reported with probability (population / largest population)^exponent."""
    reported = np.exp(exponent * (risk_sets.size - risk_sets.size.max()))
    kept = (risk_sets.waves >= 0) & (rng.random(len(reported)) < reported)
    return RiskSets(_renumber(np.where(kept, risk_sets.waves, -1)), risk_sets.size, risk_sets.distances)


def _renumber(waves: IntArray) -> IntArray:
    """Return the remaining onset days, numbered from 0."""
    codes = pd.factorize(np.where(waves < 0, np.iinfo(np.int64).max, waves), sort=True)[0]
    return np.where(waves < 0, -1, codes)
