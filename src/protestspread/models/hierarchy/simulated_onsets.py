"""Spreads drawn from a fitted model of who joins next, or thinned as if small places had been overlooked."""

import numpy as np
import pandas as pd

from ...arrays import FloatArray, IntArray
from .risk_sets import RiskSets


def simulate_onsets(joining: RiskSets, exponents: FloatArray, rng: np.random.Generator) -> RiskSets:
    """Return a spread with the same first day and as many on each day, others chosen as the exponents say.

    A day's places are drawn one after another without replacement, in proportion to population to the power of the first
    exponent times distance to the power of minus the second: what the exact likelihood of ties sums over.
    """
    distances, population, distance = joining.distances, *exponents
    waves = np.where(joining.waves == 0, 0, -1)
    far = distances.to_nearest(np.flatnonzero(waves == 0))
    for wave, count in enumerate(joining.day_sizes[1:].tolist(), start=1):
        at_risk = np.flatnonzero(waves < 0)
        score = population * joining.size[at_risk] - distance * np.log(far[at_risk]) + rng.gumbel(size=len(at_risk))
        new = at_risk[np.argpartition(-score, count - 1)[:count]]
        waves[new] = wave
        far = np.minimum(far, distances.to_nearest(new))
    return RiskSets(waves, joining.size, distances)


def thin_onsets(joining: RiskSets, exponent: float, rng: np.random.Generator) -> RiskSets:
    """Return the spread as it would look were a place's joining reported with probability (population / largest)^exponent."""
    reported = np.exp(exponent * (joining.size - joining.size.max()))
    kept = (joining.waves >= 0) & (rng.random(len(reported)) < reported)
    return RiskSets(_renumbered(np.where(kept, joining.waves, -1)), joining.size, joining.distances)


def _renumbered(waves: IntArray) -> IntArray:
    """Return the days that are left, numbered from 0."""
    codes = pd.factorize(np.where(waves < 0, np.iinfo(np.int64).max, waves), sort=True)[0]
    return np.where(waves < 0, -1, codes)
