"""What happened after the origin of a forecast, and how a forecast of it scores."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import bernoulli

from ..arrays import BoolArray, FloatArray, IntArray
from ..inference.likelihood.continuation import Response
from .joint_scores import energy_score, pit
from .scores import crps, log_score, weighted_interval_score

LEVELS = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
"""Levels of the quantiles of totals: the median, and central intervals of 50, 80 and 95%."""
TOTALS = ("observed", "median", "low", "high")
MEANS = ("crps_total", "interval_score", "crps_places", "log_score", "energy_score", "brier_score")
SCORES = (*TOTALS, *MEANS)
"""What is known of one forecast: its total, and its scores."""


@dataclass(frozen=True, eq=False)
class Target:
    """What happened in the places of a forecast by one day.

    Attributes
    ----------
    date
        The day.
    observed
        The response on the day; NaN where not observed.
    reached
        1 where a place was active on a day since the origin, 0 where not, NaN where it is not known.
    at_risk
        Whether a place had never been seen active up to the origin.
    response
        What is forecast. Of who has joined, only places at risk are scored.
    """

    date: pd.Timestamp
    observed: FloatArray
    reached: FloatArray
    at_risk: BoolArray
    response: Response

    @classmethod
    def of(cls, panel: pd.DataFrame, origin: int, horizon: int, response: Response) -> "Target":
        """Return what happened by the row ``origin + horizon`` of a panel."""
        values = panel.to_numpy(dtype=float, na_value=np.nan)
        since = values[origin + 1 : origin + horizon + 1]
        reached = np.where((since > 0).any(axis=0), 1.0, np.where(np.isnan(since).any(axis=0), np.nan, 0.0))
        at_risk = np.asarray(~(values[: origin + 1] > 0).any(axis=0))
        last = since[-1]
        active = np.where(np.isnan(last), np.nan, last > 0)
        observed = {"counts": last, "joined": reached, "active": active}[response]
        return cls(panel.index[origin + horizon], observed, reached, at_risk, response)

    @property
    def scored(self) -> BoolArray:
        """The places that are scored."""
        known = ~np.isnan(self.observed)
        return known & self.at_risk if self.response == "joined" else known

    def onsets(self, drawn: IntArray) -> tuple[FloatArray, FloatArray]:
        """Return the chance of an onset of each place at risk, and whether it happened."""
        rows = self.at_risk & ~np.isnan(self.reached)
        return (drawn[..., rows] > 0).any(axis=1).mean(axis=0), self.reached[rows]

    def scores(self, drawn: IntArray) -> dict[str, float]:
        """Return the scores of draws of the days since the origin, shape (draws, days, places)."""
        places, y = drawn[:, -1, self.scored].astype(float), self.observed[self.scored]
        if not len(y):
            return {"places": 0, **dict.fromkeys(SCORES, np.nan)}
        total, observed = places.sum(axis=1), float(y.sum())
        quantiles = dict(zip(LEVELS, np.quantile(total, LEVELS).tolist(), strict=True))
        chance, happened = self.onsets(drawn)
        return {
            "places": len(y),
            "observed": observed,
            "median": quantiles[0.5],
            "low": quantiles[0.1],
            "high": quantiles[0.9],
            "crps_total": crps(total, observed),
            "interval_score": weighted_interval_score(quantiles, observed),
            "crps_places": float(crps(places, y).mean()),
            "log_score": float(self._log_score(places, y).mean()),
            "energy_score": energy_score(places, y),
            "brier_score": float(((chance - happened) ** 2).mean()) if len(chance) else np.nan,
        }

    def pit(self, drawn: IntArray) -> pd.Series:
        """Return the PIT histogram of the places that are scored."""
        return pit(drawn[:, -1, self.scored], self.observed[self.scored])

    def _log_score(self, places: FloatArray, y: FloatArray) -> FloatArray:
        if self.response == "counts":
            return log_score(places, y)
        return log_score(bernoulli((places.sum(axis=0) + 0.5) / (len(places) + 1)), y)
