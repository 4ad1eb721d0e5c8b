"""Did places join in the order in which a network would have carried it? Order of acquisition (OADA)."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...arrays import FloatArray
from ...errors import DataError, shorten_list
from ...inference.likelihood.maximize import Problem, maximize
from ...inference.likelihood.partial_likelihood import TieMethod, check_tie_method, partial_log_likelihood
from .acquisitions import Acquisitions, SeedPlaces
from .exposures import Exposure, Graphs, design, network_matrices
from .fit import NetworkFit
from .hazards import Effect, Hazards


@dataclass(frozen=True, repr=False, eq=False)
class OADAFit(NetworkFit):
    """A fit of the order in which places joined to networks: `NetworkFit` says what it holds.

    Attributes
    ----------
    ties
        How those that joined on one day were taken.
    """

    ties: TieMethod

    @property
    def _method(self) -> str:
        return "by the order in which places joined"

    def _refit(self, rates: Hazards) -> "OADAFit":
        return fit_order(rates, self.ties)

    def _simulate(self, rng: np.random.Generator) -> "OADAFit":
        """Return this model fitted to an order drawn without transmission, with as many places on each day."""
        rates, arrivals = self.rates, self.rates.arrivals
        alone = self.without_transmission()
        speed = alone.strengths.spontaneous
        at_risk = np.flatnonzero(arrivals.rank >= 0)
        turn = at_risk[np.argsort(rng.exponential(size=len(at_risk)) / speed[at_risk])]
        rank = arrivals.rank.copy()
        rank[at_risk] = arrivals.days
        rank[turn[: arrivals.events]] = arrivals.event_days
        return self._refit(rates.redrawn(arrivals.with_ranks(rank)))


def fit_oada(
    onsets: pd.Series,
    graphs: Graphs,
    *,
    covariates: pd.DataFrame | pd.Series | None = None,
    effect: Effect = "additive",
    ties: TieMethod = "exact",
    seeds: SeedPlaces = None,
) -> OADAFit:
    """Fit how strongly networks passed it on to the order in which places joined: order-of-acquisition diffusion analysis.

    A place that has not joined does so at a rate, relative to the others at risk, of Σ_k s_k · (weights from those that
    joined on earlier days) + 1. What all places feel alike cancels, whenever it comes. What neighbors feel alike does not:
    compare with placebo networks (`compare_networks`).

    Parameters
    ----------
    onsets
        Place -> date or number; NaT or NaN where it had not joined: at risk throughout.
    graphs
        One graph, or name -> graph, over the same places. Weights are taken as given: s is per unit of weight.
    covariates
        A row a place, columns of numbers, best centered: s is relative to a place where all are 0.
    effect
        What covariates act on: "additive", joining without transmission only, exp(β'x); "multiplicative", both alike;
        "unconstrained", on transmission by coefficients of its own.
    ties
        "exact" for those that joined on one day: all orders, summed. "efron": an approximation, poor with many.
    seeds
        Places that were there before it began and pass it on, but do not count as events: a list, "first day", or none.

    Returns
    -------
    OADAFit
        Its sentence, ``params``, ``intervals()`` (profile likelihood, often one-sided), ``share_transmitted``,
        ``likelihood_ratio()``, ``summary()``, ``diagnostics()``.

    Raises
    ------
    DataError
        Nobody joined, or all on one day; places of the two sides that differ; covariates without values; networks
        along which nobody at risk was exposed, or everybody was alike, so that the order is as likely with as without them.

    Notes
    -----
    M. Franz, C. L. Nunn (2009), Network-based diffusion analysis: a new method for detecting social learning, Proceedings
    of the Royal Society B 276:1829-1836, doi:10.1098/rspb.2008.1824. W. Hoppitt, N. J. Boogert, K. N. Laland (2010),
    Detecting social transmission in networks, Journal of Theoretical Biology 263:544-555, doi:10.1016/j.jtbi.2010.01.004.

    Exposure is to places that joined on earlier days. Where many join within a day, what passed between them then is not
    seen, and s comes out too small (``docs/calibration.md``: half of it, with 300 places in eight days).

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> cities = case.cities[case.cities["in_frame"]]
    >>> first = ps.onsets(ps.count_events(case.events, case.cities))[cities.index]
    >>> fit = ps.fit_oada(first, {"near": ps.nearest_graph(cities, k=4)})
    >>> fit.events, list(fit.params.index)
    (25, ['s near'])
    """
    check_tie_method(ties)
    arrivals = Acquisitions.of(onsets, seeds)
    if arrivals.days == 1 and (arrivals.rank >= 0).all():
        raise DataError(
            "the order says nothing",
            [
                f"all {arrivals.events} places that joined did so on one day ({_describe_order(arrivals)}): nobody joined after another"
            ],
            "onsets to the hour, or seeds that were there before",
        )
    matrices = network_matrices(arrivals.places, graphs)
    exposures = {name: Exposure.of(matrix, arrivals) for name, matrix in matrices.items()}
    rates = Hazards(arrivals, exposures, design(covariates, arrivals.places), effect)
    check_identified(rates)
    return fit_order(rates, ties)


def fit_order(rates: Hazards, ties: TieMethod, *, compiled: bool | None = None) -> OADAFit:
    """Fit data that were checked; `compiled` as in `partial_log_likelihood`."""
    return OADAFit(maximize(order_problem(rates, ties, compiled=compiled)), rates.arrivals.events, rates, ties)


def order_problem(rates: Hazards, ties: TieMethod, *, compiled: bool | None = None) -> Problem:
    """Return the partial likelihood of the order as a problem to be maximized."""
    arrivals, exposures = rates.arrivals, list(rates.exposures.values())
    days, order, event_days = arrivals.days, arrivals.order, arrivals.event_days
    plain = rates.effect == "additive" or not rates.coefficients  # nothing weighs exposures

    def objective(at: FloatArray) -> tuple[float, FloatArray]:
        strengths = rates.strengths(at)
        received = strengths.s @ rates.at_onset
        beside = (
            rates.others_exposed
            if plain
            else np.array([exposure.by_day(strengths.susceptible, days) for exposure in exposures]).reshape(-1, days)
        )
        waiting = np.bincount(arrivals.rank + 1, strengths.spontaneous, minlength=days + 2)[:0:-1].cumsum()[::-1][1:]
        own = strengths.spontaneous[order] + strengths.susceptible[order] * received
        value, by_rate, by_others = partial_log_likelihood(
            own, waiting + strengths.s @ beside, event_days, ties=ties, compiled=compiled
        )
        by_s = rates.at_onset @ (by_rate * strengths.susceptible[order]) + beside @ by_others
        by_spontaneous = by_susceptible = np.zeros(0)
        if rates.coefficients:
            by_spontaneous = np.concatenate([[0.0, 0.0], by_others.cumsum()])[
                arrivals.rank + 1
            ]  # from 0: none for seeds
            by_spontaneous[order] += by_rate
            by_susceptible = np.zeros(len(arrivals.rank))
            by_susceptible[order] = by_rate * received
            if not plain:
                for s, exposure in zip(strengths.s, exposures, strict=True):
                    by_susceptible += s * exposure.by_place(by_others)
        return float(value.sum()), rates.gradient(at, strengths, by_s, by_spontaneous, by_susceptible)

    return Problem(
        rates.names, objective, rates.starts, rates.lower, rates.upper, rates.params_of, rates.unbounded_above
    )


def check_identified(rates: Hazards) -> None:
    """Raise `DataError` where a network leaves the order as likely as it is without it."""
    idle = [name for name in rates.networks if rates.is_idle(name)]
    alike = [name for name in rates.networks if rates.is_common(name)]
    faults = [f"{_named(idle)}: nobody who had not joined was tied to somebody who had"] if idle else []
    if alike:
        faults.append(
            f"{_named(alike)}: those that joined were exposed just as the others at risk were, so that the order is as likely "
            "with transmission as without it (so it is with a broadcast, or with two places)"
        )
    if faults:
        raise DataError(
            "the order cannot tell whether these networks carried it",
            faults,
            "leave them out; growth that all share alike shows in times only: fit_tada",
        )


def _named(names: list[str]) -> str:
    return ("network " if len(names) == 1 else "networks ") + shorten_list([f"'{name}'" for name in names])


def _describe_order(arrivals: Acquisitions) -> str:
    moment = arrivals.moments[0]
    return str(pd.Timestamp(moment).date()) if arrivals.dated else f"{moment:g}"
