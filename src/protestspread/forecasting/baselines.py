"""Baselines: simple forecasts that a model must beat."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from ..arrays import BoolArray, FloatArray, IntArray
from ..errors import DataError
from ..exposures.aligned import align_values
from ..graphs.diffusion import DiffusionGraph
from ..graphs.ties import ties_between
from ..inference.likelihood.continuation import Response
from ..inference.likelihood.fits import Fit
from ..models.counts.fit import fit_endemic_epidemic
from ..models.nbda.tada import fit_tada
from ..models.terms import Terms
from ..onset_dates import onsets
from .forecast import Parameters, forecast

RANK = "population rank"
"""Name of the baseline that needs populations."""
LAST_DAYS = 3
"""Days that "last days' mean" looks back."""


@dataclass(frozen=True, eq=False)
class PastDays:
    """What a baseline is made from, and what it forecasts.

    Attributes
    ----------
    panel
        The rows up to the origin of the forecast.
    response
        What is forecast: counts, who has joined, or who is active.
    days, draws
        Number of days ahead, and of draws.
    population
        Population by place, or None.
    parameters
        Those of baselines that are fitted, as in `forecast`.
    """

    panel: pd.DataFrame
    response: Response
    days: int
    draws: int
    population: pd.Series | None
    parameters: Parameters = "sampled"

    @property
    def values(self) -> FloatArray:
        """The rows; 1 and 0 where activity is forecast."""
        values = self.panel.to_numpy(dtype=float, na_value=np.nan)
        return values if self.response == "counts" else np.where(np.isnan(values), np.nan, values > 0)

    @property
    def joined(self) -> BoolArray:
        """Whether each place was seen active up to each row."""
        return np.logical_or.accumulate(self.panel.to_numpy(dtype=float, na_value=0.0) > 0, axis=0)

    def last_observed(self, days: int) -> FloatArray:
        """Return the mean of the last days on which each place was observed; raise `DataError` where there are none."""
        means = pd.DataFrame(self.values, columns=self.panel.columns).apply(
            lambda column: column.dropna().tail(days).mean()
        )
        if means.isna().any():
            raise DataError(f"panel has no observed day of {int(means.isna().sum())} places before the forecast")
        return np.asarray(means.to_numpy())

    def repeat(self, row: FloatArray) -> IntArray:
        """Return a row as all draws of all days."""
        return np.broadcast_to(row.astype(np.int64), (self.draws, self.days, len(row)))

    def draw(self, fit: Fit, rng: np.random.Generator) -> IntArray:
        """Return draws of the forecast of a fit."""
        return forecast(fit, days=self.days, draws=self.draws, parameters=self.parameters, rng=rng).values


Baseline = Callable[[PastDays, np.random.Generator], IntArray]
"""Function that returns draws, shape (draws, days, places)."""


def persistence(past: PastDays, rng: np.random.Generator) -> IntArray:  # noqa: ARG001 - nothing is drawn
    """Forecast that each day is as the last one on which a place was observed; nobody joins."""
    if past.response == "joined":
        return past.repeat(past.joined[-1])
    return past.repeat(past.last_observed(1))


def last_days_mean(past: PastDays, rng: np.random.Generator) -> IntArray:
    """Forecast Poisson counts (or onsets of all places alike) at the mean rate of the last days."""
    if past.response != "joined":
        recent = past.last_observed(LAST_DAYS)
        return rng.poisson(recent, (past.draws, past.days, len(recent)))
    joined = past.joined[-LAST_DAYS - 1 :]
    at_risk = int((~joined[:-1]).sum())
    rate = np.diff(joined.astype(int), axis=0).sum() / at_risk if at_risk else 0.0
    waits = rng.random((past.draws, past.days, joined.shape[1])) < rate
    return np.logical_or.accumulate(waits | joined[-1], axis=1).astype(np.int64)


def population_rank(past: PastDays, rng: np.random.Generator) -> IntArray:
    """Forecast constant rates that depend on the rank of a place by population alone."""
    places = past.panel.columns
    size, faults = align_values("population", past.population, pd.Index([], name="date"), places)
    if faults:
        raise DataError(faults[0], fix="pass population=cities['population'] to backtest")
    logs = np.log(rankdata(-size.ravel()))
    rank = pd.Series(logs - logs.mean(), index=places, name="log rank")
    if past.response == "joined":
        fit: Fit = fit_tada(onsets(past.panel), {}, attributes=rank, observed_until=past.panel.index[-1])
    else:
        fit = fit_endemic_epidemic(_counts(past), None, own=None, neighbors=None, endemic=Terms(attributes=rank))
    return past.draw(fit, rng)


def homogeneous_epidemic(past: PastDays, rng: np.random.Generator) -> IntArray:
    """Forecast an epidemic in which all places are alike.

    Onsets: each place that joined raises the rate of all others alike. Counts: the total depends on the total of the day
    before, and is divided among the places by their shares of the events so far, with one more event spread evenly.
    """
    places = past.panel.columns
    if past.response == "joined":
        source, target = np.nonzero(~np.eye(len(places), dtype=bool))
        everyone = DiffusionGraph(
            places, {"all": ties_between(source, target, np.ones(len(source)), None, len(places))}
        )
        return past.draw(fit_tada(onsets(past.panel), everyone, observed_until=past.panel.index[-1]), rng)
    panel = _counts(past)
    total = panel.sum(axis=1, skipna=False).to_frame("all places")
    ahead = past.draw(fit_endemic_epidemic(total, None, neighbors=None, endemic=Terms()), rng)[..., 0]
    shares = panel.sum().to_numpy() + 1 / len(places)
    return rng.multinomial(ahead, shares / shares.sum())


def _counts(past: PastDays) -> pd.DataFrame:
    return pd.DataFrame(past.values, index=past.panel.index, columns=past.panel.columns)


BASELINES: Mapping[str, Baseline] = {
    "persistence": persistence,
    RANK: population_rank,
    "homogeneous epidemic": homogeneous_epidemic,
    "last days' mean": last_days_mean,
}
"""Name -> baseline."""
