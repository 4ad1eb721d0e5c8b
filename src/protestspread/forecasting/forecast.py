"""Forecasts: the days after the data of a fit."""

from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
from scipy.stats import chi2

from ..arguments import Arguments
from ..arrays import FloatArray, IntArray
from ..ensembles.ensemble import Ensemble
from ..errors import FitError
from ..inference.likelihood.continuation import Continuation, Future
from ..inference.likelihood.fits import Fit
from ..models.simulation import simulate_panels

Parameters = Literal["estimate", "sampled"]

_MOST_DAYS = 10_000
_REGION, _TRIES = 0.999, 200  # of the likelihood region that parameters are drawn from, and of draws until one is in it


def forecast(
    fit: Fit,
    *,
    days: int,
    draws: int = 1000,
    future: Future | None = None,
    parameters: Parameters = "sampled",
    rng: int | np.random.Generator | None = None,
) -> Ensemble:
    """Forecast the days after the data of a fit, by simulation.

    Parameters
    ----------
    fit
        Of counts (`fit_endemic_epidemic`), of times of onsets (`fit_tada`), or of an event history with
        ``baseline="none"`` or ``"spline"`` (`fit_event_history`; a spline goes on linearly). Fits of the order of onsets tell
        no dates.
    days
        Number of days (rows of the panel) after the last day of the data.
    draws
        Number of panels.
    future
        Name -> values on these days, by date and place or by date, of what varies by date in the fit: terms ``by=``, a dated
        ``offset``, ``time_varying=``. Trend, weekdays and seasons go on by themselves.
    parameters
        "sampled": each draw uses its own parameters, from the normal distribution of the estimates in the coordinates of the
        search, within their bounds and within the likelihood region of 99.9%. Estimates at a bound stay. "estimate": all
        draws use the estimates, which is faster.
    rng
        A seed or a Generator; draw *i* depends on the seed and on *i* only.

    Returns
    -------
    Ensemble
        Counts; or 1 from the onset of a place on, with the places that had joined; or, after a fit of spells, 1 while a place
        is active.

    Raises
    ------
    DataError
        The fit cannot be continued, the last rows that a count depends on were not observed, ``future`` lacks values, or
        counts grow without bound.
    FitError
        ``parameters="sampled"``, and the fit did not converge or has no covariance of its estimates.

    Notes
    -----
    A forecast says what follows if the fitted model holds and nothing else happens: it knows no curfew, shutdown or
    concession that comes later. "estimate" leaves out the uncertainty of the estimates: after a short past, intervals of totals
    are then too narrow (those of 80% hold 56% seven days ahead, in the worst of six kinds of world), while "sampled" keeps about
    its level; see ``docs/calibration.md``. Places that were not seen to join count as not joined, also where they were not
    observed on the last days. A spell that goes on at the end of the data counts as ended there.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> cities = case.cities[case.cities["in_frame"]]
    >>> panel = ps.count_events(case.events[case.events["city"].isin(cities.index)], cities).loc[:"2022-01-05"]
    >>> near = ps.nearest_graph(cities, k=3)
    >>> fit = ps.fit_tada(ps.onsets(panel), {"near": near}, observed_until="2022-01-05")
    >>> ahead = ps.forecast(fit, days=3, draws=200, rng=1)
    >>> ahead.totals().shape, str(ahead.dates[0].date())
    ((3, 200), '2022-01-06')
    """
    with Arguments() as check:
        check.instance("fit", fit, Fit, "a fit, such as of fit_endemic_epidemic or fit_tada")
        days = check.whole("days", days, at_least=1, at_most=_MOST_DAYS)
        check.choice("parameters", parameters, get_args(Parameters))
    ahead = fit.continuation(days, {} if future is None else future)
    draw = LastRows(ahead) if parameters == "estimate" else SampledParameters(ahead, spread_of(fit))
    counts, ties = ahead.response == "counts", len(ahead.places)
    return simulate_panels(draw, ahead.dates, ahead.places, draws, rng, ties=ties, counts=counts)


@dataclass(frozen=True, eq=False)
class LastRows:
    """Draws the days that are forecast."""

    ahead: Continuation

    def __call__(self, rng: np.random.Generator) -> IntArray:
        """Return one panel."""
        return self.ahead.draw(rng)[-len(self.ahead.dates) :]


@dataclass(frozen=True, eq=False)
class SampledParameters:
    """Draws panels from the model with parameters drawn around the estimates.

    Attributes
    ----------
    ahead
        The days that are forecast.
    spread
        A square root of the covariance of the coordinates, shape (coordinates, coordinates); 0 for those at a bound.
    """

    ahead: Continuation
    spread: FloatArray

    def __call__(self, rng: np.random.Generator) -> IntArray:
        """Return one panel."""
        ahead = self.ahead
        fit = replace(ahead.fit, optimum=replace(ahead.fit.optimum, coordinates=self.coordinates(rng)))
        return ahead.draw_of(fit)(rng)[-len(ahead.dates) :]

    def coordinates(self, rng: np.random.Generator) -> FloatArray:
        """Return drawn coordinates; see `sample_coordinates`."""
        return sample_coordinates(self.ahead.fit, self.spread, rng)


def sample_coordinates(fit: Fit, spread: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Return coordinates drawn around the estimates, that are finite parameters and that the data do not reject.

    Where the likelihood falls faster than that of a normal distribution, draws far from the estimates mean nothing.
    """
    optimum, problem = fit.optimum, fit.optimum.problem
    least = optimum.log_likelihood - chi2.ppf(_REGION, max(int(optimum.free.sum()), 1)) / 2
    for _ in range(_TRIES):
        moved = optimum.coordinates + spread @ rng.standard_normal(len(spread))
        at = np.clip(moved, problem.lower, problem.upper)
        if problem.objective(at)[0] >= least and np.isfinite(problem.params_of(at)[optimum.free]).all():
            return np.asarray(at)
    raise _no_sampling("the likelihood is far from that of a normal distribution")


def spread_of(fit: Fit) -> FloatArray:
    """Return a square root of the covariance of the coordinates; raise `FitError` where there is none."""
    covariance = np.where(np.outer(fit.optimum.free, fit.optimum.free), fit.optimum.covariance, 0.0)
    if not fit.converged or not np.isfinite(covariance).all():
        raise _no_sampling("the fit did not converge, or its data do not identify all estimates")
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))


def _no_sampling(reason: str) -> FitError:
    return FitError("parameters cannot be sampled", [reason], 'pass parameters="estimate", or fit a smaller model')
