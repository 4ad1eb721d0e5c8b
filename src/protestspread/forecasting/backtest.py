"""Backtests: forecasts made from the past only, day after day, scored against what happened."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
import pandas as pd

from ..arguments import Arguments
from ..arrays import IntArray
from ..ensembles.ensemble import Ensemble
from ..errors import DataError, FitError, ProtestSpreadError, must_be, shorten_list
from ..graphs.diffusion import DiffusionGraph
from ..inference.likelihood.continuation import Future
from ..inference.likelihood.fits import Fit
from ..random_streams import replicate_rng, seed_of
from ..tables import check_panel
from ..wording import format_days
from .baselines import BASELINES, RANK, PastDays
from .forecast import Parameters, forecast
from .result import MODEL, Backtest, Failure, Scored
from .targets import Target

Graphs = DiffusionGraph | Mapping[str, DiffusionGraph] | None
GraphsOf = Graphs | Callable[[pd.DataFrame], Graphs]
FitFunction = Callable[[pd.DataFrame, Any], Fit]

_FUNCTION: Any = Callable  # what `isinstance` takes
_DEFAULT = ("persistence", "population rank", "homogeneous epidemic", "last days' mean")


def backtest(
    fit_function: FitFunction,
    panel: pd.DataFrame,
    graphs: GraphsOf,
    *,
    start: str | pd.Timestamp,
    horizons: Iterable[int] = (1, 3, 7),
    baselines: Iterable[str] = _DEFAULT,
    population: pd.Series | None = None,
    future: Future | None = None,
    draws: int = 500,
    parameters: Parameters = "sampled",
    rng: int | np.random.Generator | None = None,
) -> Backtest:
    """Forecast from each day of a panel on what its past tells, and score the forecasts beside simple baselines.

    Parameters
    ----------
    fit_function
        Function of the panel up to a day and of the graphs that returns a fit, such as ``ps.fit_endemic_epidemic``. It is
        called anew for each day. Whatever it needs (onsets, thresholds, which places are in the frame) it must derive from
        the panel it is given: ``lambda past, graphs: ps.fit_tada(ps.onsets(past), graphs, observed_until=past.index[-1])``.
    panel
        Counts, or 1 and 0, by date and place; NaN where not observed.
    graphs
        Passed on to ``fit_function``; or a function of the panel up to a day that returns them, where graphs are chosen or
        estimated from the data.
    start
        The last day of the data of the first forecast.
    horizons
        Numbers of days (rows) ahead.
    baselines
        "persistence": as on the last day; nobody joins. "last days' mean": Poisson counts with the mean of the last 3 days of
        each place; onsets of all places alike at the rate of these days. "population rank": constant rates that depend on the
        rank by population alone. "homogeneous epidemic": an epidemic in which all places are alike; counts are divided by the
        shares of events so far.
    population
        Population by place, for "population rank", which is refused without it.
    future
        As in `forecast`; values of all days of the panel.
    draws
        Number of panels of each forecast.
    parameters
        "sampled" or "estimate", as in `forecast`; of the model and of the baselines that are fitted.
    rng
        A seed or a Generator.

    Returns
    -------
    Backtest
        Scores by day and horizon, means, PIT, Brier score with its parts, and the forecasts that could not be made, with
        their reasons.

    Raises
    ------
    SchemaError, DataError
        The panel or an option is not valid, ``fit_function`` returns no fit, or a fit is of places that the panel lacks.

    Notes
    -----
    Rolling origin: L. J. Tashman (2000), International Journal of Forecasting 16:437, doi:10.1016/S0169-2070(00)00065-0. Days
    of one wave depend on each other, so that differences of scores are not tested: the effective n is the number of days.
    Nothing tells which place is next: scores are sums and means over places.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> cities = case.cities[case.cities["in_frame"]]
    >>> graph = ps.nearest_graph(cities, k=3)
    >>> model = ps.EndemicEpidemicModel(endemic=0.1, own=0.3, neighbors=0.3)
    >>> panel = ps.simulate(model, graph, seeds=[], days=60, rng=1)
    >>> fit = lambda past, graphs: ps.fit_endemic_epidemic(past, graphs, endemic=ps.Terms())
    >>> result = ps.backtest(fit, panel, graph, start="2000-02-20", horizons=[1], baselines=["persistence"], draws=100, rng=1)
    >>> result.summary()["crps_total"].round(2).to_dict()
    {('model', 1): 2.31, ('persistence', 1): 3.33}
    """
    check_panel(panel)
    with Arguments() as check:
        check.instance("fit_function", fit_function, _FUNCTION, "a function of a panel and graphs that returns a fit")
        draws = check.whole("draws", draws, at_least=2, at_most=10**6)
        check.choice("parameters", parameters, get_args(Parameters))
        check.instance("future", future, (Mapping, type(None)), "a mapping of name -> values, or None")
        check.instance("population", population, (pd.Series, type(None)), "a Series by place, or None")
        wanted = _check_horizons(check, horizons)
        named = check.names("baselines", baselines, "a list of baselines")
        for name in named if isinstance(named, list) else ():
            check.choice("baselines", name, list(BASELINES))
        first = _check_start(check, start, panel, wanted)
    refused = [name for name in named if name == RANK and population is None]
    names = [name for name in dict.fromkeys(named) if name not in refused]
    options = _Options(population, {} if future is None else future, draws, parameters)
    run = _Run(fit_function, panel, graphs, wanted, options)
    seed, last = seed_of(rng), len(panel) - min(wanted)
    found = [one for row in range(first, last) for one in run.at(row, names, replicate_rng(seed, row))]
    failures = [Failure(pd.NaT, name, "population must be given") for name in refused]
    late = [horizon for horizon in wanted if first + horizon >= len(panel)]
    failures += [Failure(pd.NaT, MODEL, f"no day of the panel is {format_days(one)} after start") for one in late]
    scored = [one for one in found if isinstance(one, Scored)]
    return Backtest.of(scored, [*failures, *(one for one in found if isinstance(one, Failure))], draws)


def _check_horizons(check: Arguments, horizons: object) -> list[int]:
    """Return the numbers of days ahead in order; [1] where they are not valid."""
    wanted = check.names("horizons", horizons, "a list of numbers of days")
    listed = wanted if isinstance(wanted, list) else [1]  # others are recorded as faults
    for horizon in listed:
        check.whole("horizons", horizon, at_least=1, at_most=10_000)
    if not listed:
        check.fault("horizons must have at least one number of days")
    return [1] if check.faults else sorted({int(horizon) for horizon in wanted})


def _check_start(check: Arguments, start: object, panel: pd.DataFrame, horizons: list[int]) -> int:
    """Return the row of the last day of the data of the first forecast."""
    first = check.day("start", start)
    row = -1 if check.faults else int(panel.index.get_indexer(pd.DatetimeIndex([first]))[0])
    if not check.faults and not 0 <= row < len(panel) - horizons[0]:
        end = f", at least {format_days(horizons[0])} before its last"
        check.fault(f"start must be a date of the panel{end}; got {first.date()}")
    return row


@dataclass(frozen=True, eq=False)
class _Options:
    population: pd.Series | None
    future: Future
    draws: int
    parameters: Parameters


@dataclass(frozen=True, eq=False)
class _Run:
    """Forecasts from the rows of a panel."""

    fit_function: FitFunction
    panel: pd.DataFrame
    graphs: GraphsOf
    horizons: list[int]
    options: _Options

    def at(self, row: int, baselines: list[str], rng: np.random.Generator) -> Iterator[Scored | Failure]:
        """Yield the scores of the model and of the baselines from one row, or why there are none."""
        origin, options = self.panel.index[row], self.options
        horizons = [horizon for horizon in self.horizons if row + horizon < len(self.panel)]
        past = self.panel.iloc[: row + 1].copy()
        try:
            fit = self._fit(past)
            response = fit.continuation(max(horizons), options.future).response
            given: dict[str, Any] = {"future": options.future, "parameters": options.parameters}
            ahead = forecast(fit, days=max(horizons), draws=options.draws, rng=rng, **given)
        except _NoFitError:
            raise
        except ProtestSpreadError as error:
            yield Failure.of(origin, MODEL, error)
            return
        self._check_ahead(ahead, row)
        observed = self.panel[ahead.places]
        targets = {horizon: Target.of(observed, row, horizon, response) for horizon in horizons}
        yield from _scored(MODEL, origin, targets, ahead.values)
        size, how = options.draws, options.parameters
        simple = PastDays(past[ahead.places], response, max(horizons), size, options.population, how)
        for name in baselines:
            try:
                drawn = BASELINES[name](simple, rng)
            except ProtestSpreadError as error:
                yield Failure.of(origin, name, error)
                continue
            yield from _scored(name, origin, targets, drawn if response == "counts" else np.minimum(drawn, 1))

    def _fit(self, past: pd.DataFrame) -> Fit:
        fit = self.fit_function(past, self.graphs(past.copy()) if callable(self.graphs) else self.graphs)
        if not isinstance(fit, Fit):
            raise _NoFitError(must_be("fit_function", "a function that returns a fit", fit))
        if not fit.converged:
            raise FitError("the fit did not converge")
        return fit

    def _check_ahead(self, ahead: Ensemble, row: int) -> None:
        """Raise `DataError` where a forecast is not of the places of the panel and of the days after a row."""
        if len(other := ahead.places[~ahead.places.isin(self.panel.columns)]):
            raise _NoFitError(f"fit_function must return a fit of places of the panel; got {shorten_list(other)}")
        if ahead.dates[0] != self.panel.index[row + 1]:
            raise _NoFitError(
                f"fit_function must return a fit whose data end on {self.panel.index[row].date()}, the last day of the panel that "
                f"it was given; they end before {ahead.dates[0].date()}",
                fix="pass observed_until=past.index[-1] to the fit",
            )


class _NoFitError(DataError):
    """What ``fit_function`` returned cannot be forecast on any day, so that the backtest ends."""


def _scored(name: str, origin: pd.Timestamp, targets: Mapping[int, Target], drawn: IntArray) -> Iterator[Scored]:
    for horizon, target in targets.items():
        days = drawn[:, :horizon]
        yield Scored(name, origin, horizon, target.date, target.scores(days), target.pit(days), target.onsets(days))
