"""A timing placebo: the association of onsets with distance to places that join later, compared with simulations."""

from dataclasses import dataclass

import numpy as np

from ...arrays import FloatArray

_FEWEST = 20  # simulated spreads needed for a 95% range


@dataclass(frozen=True, eq=False)
class TimingPlacebo:
    """Association of onsets with distance to places that joined later, in the data and in simulated spreads.

    Attributes
    ----------
    statistic
        The score-test z of an exponent of the distance to the nearest place that joined on a later day, given population
        and the distance to the nearest place that had joined: above 0 where places close to later onsets join earlier. NaN
        where no day has two later onsets.
    contagion
        The statistic in each spread simulated from the fitted exponents, after refitting.
    none
        The statistic in spreads simulated with a distance exponent of 0 and the population exponent fitted under it.

    Notes
    -----
    Under contagion the places that a place influences are close to it, so the statistic is positive even without any effect
    of later onsets. Compare it with the simulated spreads, not with zero.
    """

    statistic: float
    contagion: FloatArray
    none: FloatArray

    @property
    def shares(self) -> tuple[float, float]:
        """The share of simulated spreads with a statistic at least as large: with an effect of distance, and without."""
        return _upper_share(self.statistic, self.contagion), _upper_share(self.statistic, self.none)

    @property
    def resembles(self) -> str:
        """The simulations whose middle 95% include the statistic: "contagion", "none", "both", "neither"; "" if unknown."""
        if np.isnan(self.statistic) or min(len(self.contagion), len(self.none)) < _FEWEST:
            return ""
        with_, without = (_within_middle(draws, self.statistic) for draws in (self.contagion, self.none))
        return {(True, True): "both", (True, False): "contagion", (False, True): "none"}.get(
            (with_, without), "neither"
        )

    @property
    def sentence(self) -> str:
        """Which simulated spreads the statistic resembles, in one sentence."""
        text = {
            "": "cannot be compared with simulations: too few days have later onsets, or too few spreads were simulated",
            "both": "is typical of spreads simulated with and without the fitted effect of distance, and does not distinguish them",
            "contagion": "is typical of spreads simulated with the fitted effect of distance, not of those without",
            "none": "is typical of spreads simulated without an effect of distance, not of those with the fitted effect",
            "neither": "is not typical of spreads simulated with the fitted effect of distance, nor of those without",
        }[self.resembles]
        z = "" if np.isnan(self.statistic) else f" (z = {self.statistic:.1f})".replace("-", "−")
        return f"Timing placebo: the effect of closeness to later onsets{z} {text}."


def _upper_share(value: float, draws: FloatArray) -> float:
    """Return (1 + draws of at least this value) / (draws + 1); NaN without a value or draws."""
    return float("nan") if np.isnan(value) or not len(draws) else float((1 + (draws >= value).sum()) / (len(draws) + 1))


def _within_middle(draws: FloatArray, value: float) -> bool:
    """Return whether the middle 95% of some draws include a value."""
    low, high = np.quantile(draws, [0.025, 0.975])
    return bool(low <= value <= high)
