"""Does nearness to places that join later "explain" who joins now? It does under contagion too, so simulations are the measure."""

from dataclasses import dataclass

import numpy as np

from ...arrays import FloatArray

_FEWEST = 20  # numbers from simulations below which no middle 95 % is spoken of


@dataclass(frozen=True, eq=False)
class TimingPlacebo:
    """How well nearness to places that joined later tells who joins now, beside the same in simulated spreads.

    Attributes
    ----------
    statistic
        The score test's z of an exponent of the distance to the nearest place that joined on a later day, beside
        population and the distance to the nearest that had joined: above 0 where places near later ones join sooner. NaN
        where no day has two later places.
    contagion
        The same in each spread simulated from the fitted exponents, refitted.
    none
        The same with the distance exponent at 0 and the population exponent fitted so.

    Notes
    -----
    On ties that run both ways a place that was drawn in has its followers near it, so pure contagion gives a clear lead
    and the statistic must never be held against zero. It stops nothing by itself.
    """

    statistic: float
    contagion: FloatArray
    none: FloatArray

    @property
    def shares(self) -> tuple[float, float]:
        """The share of simulated spreads with at least this statistic: of those with contagion, and of those without."""
        return _share(self.statistic, self.contagion), _share(self.statistic, self.none)

    @property
    def resembles(self) -> str:
        """Which simulations hold the statistic in their middle 95 %: "contagion", "none", "both" or "neither"; "" if unknown."""
        if np.isnan(self.statistic) or min(len(self.contagion), len(self.none)) < _FEWEST:
            return ""
        with_, without = (_holds(draws, self.statistic) for draws in (self.contagion, self.none))
        return {(True, True): "both", (True, False): "contagion", (False, True): "none"}.get(
            (with_, without), "neither"
        )

    @property
    def sentence(self) -> str:
        """What it says, in a sentence that can be read aloud."""
        said = {
            "": "cannot be compared: too few days have later ones, or too few spreads were simulated",
            "both": "resembles spreads simulated with the fitted nearness and without any alike: it cannot tell them apart",
            "contagion": "resembles spreads simulated with the fitted nearness, not those without any",
            "none": "resembles spreads simulated without any nearness, not those with the fitted one",
            "neither": "resembles spreads simulated neither with the fitted nearness nor without any",
        }[self.resembles]
        number = "" if np.isnan(self.statistic) else f" (z = {self.statistic:.1f})"
        return f"Timing placebo: nearness to places that joined later{number} {said}."


def _share(value: float, draws: FloatArray) -> float:
    return float("nan") if np.isnan(value) or not len(draws) else float((1 + (draws >= value).sum()) / (len(draws) + 1))


def _holds(draws: FloatArray, value: float) -> bool:
    low, high = np.quantile(draws, [0.025, 0.975])
    return bool(low <= value <= high)
