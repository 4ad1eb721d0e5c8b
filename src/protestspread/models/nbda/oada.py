"""Order-of-acquisition diffusion analysis (OADA): the order of onsets given networks."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...arrays import FloatArray, IntArray
from ...errors import DataError, shorten_list
from ...exposures.networks import Graphs
from ...inference.likelihood.maximize import Problem, maximize
from ...inference.likelihood.onset_order import chances_given_count
from ...inference.likelihood.partial_likelihood import TieMethod, check_tie_method, partial_log_likelihood
from ..attributes import design
from .acquisitions import Acquisitions, SeedPlaces, network_matrices
from .fit import Data, NetworkFit
from .hazards import Effect, Hazards
from .model import OrderedOnsets


@dataclass(frozen=True, repr=False, eq=False)
class OADAFit(NetworkFit):
    """A fit of the order of onsets to networks.

    Attributes
    ----------
    ties
        Treatment of onsets on the same day: "exact" or "efron".
    """

    ties: TieMethod

    @property
    def _data(self) -> Data:
        return "order"

    @property
    def settings(self) -> Mapping[str, object]:
        """The treatment of ties; the names of the parameters tell the effect of attributes."""
        return {"ties": self.ties}

    def observed(self) -> pd.DataFrame:
        """Return 1 where a place joined, 0 where it was at risk, by date and place; NaN elsewhere and on days without onset."""
        acquisitions = self.rates.acquisitions
        day = np.arange(acquisitions.days)[:, None]
        return self._panel(np.where(acquisitions.rank >= day, acquisitions.rank == day, np.nan))

    def expected(self) -> pd.DataFrame:
        """Return the chance of each place at risk to join on a day, given the days before and the number of onsets that day.

        The chances of a day sum to its number of onsets. They are exact for one onset, and approximate for several (Rosén 1997,
        doi:10.1016/S0378-3758(96)00185-1).
        """
        acquisitions = self.rates.acquisitions
        day = np.arange(acquisitions.days)[:, None]
        values = self._coupled.given((acquisitions.rank < day).astype(float))
        values[acquisitions.rank < day] = np.nan
        for row, count in zip(values, np.bincount(acquisitions.event_days), strict=True):
            row[np.isfinite(row)] = chances_given_count(row[np.isfinite(row)], count)
        return self._panel(values)

    def _panel(self, values: FloatArray) -> pd.DataFrame:
        """Return values by onset day as a panel of all dates."""
        panel = np.full((len(self._dates), values.shape[1]), np.nan)
        panel[self._rows] = values
        return pd.DataFrame(panel, index=self._dates, columns=self.rates.acquisitions.places)

    @property
    def _dates(self) -> pd.Index:
        return self.rates.acquisitions.dates

    @property
    def _rows(self) -> IntArray:
        """The row of each onset day in a panel."""
        return self._dates.get_indexer(pd.Index(self.rates.acquisitions.moments))

    @property
    def _baseline_model(self) -> tuple[float | None, float]:
        return None, 1.0

    def onset_sampler(self, known: IntArray, start: int) -> OrderedOnsets:
        """Return a function that simulates one panel; see `NetworkFit.onset_sampler`."""
        counts = np.zeros(len(self._dates), dtype=np.int64)
        counts[self._rows] = np.bincount(self.rates.acquisitions.event_days)
        return OrderedOnsets(self._coupled, counts, known, start)

    def _refit(self, rates: Hazards) -> "OADAFit":
        return fit_order(rates, self.ties)

    def _simulate(self, rng: np.random.Generator) -> "OADAFit":
        """Return the fit to an order simulated without transmission, with the same number of onsets on each day."""
        rates, acquisitions = self.rates, self.rates.acquisitions
        rate = self.without_transmission().strengths.spontaneous
        at_risk = acquisitions.rank >= 0
        waited = np.full(len(rate), np.inf)
        waited[at_risk] = rng.exponential(size=int(at_risk.sum())) / rate[at_risk]
        return self._refit(rates.with_acquisitions(acquisitions.reordered(waited, rng)))


def fit_oada(
    onsets: pd.Series,
    graphs: Graphs,
    *,
    attributes: pd.DataFrame | pd.Series | None = None,
    effect: Effect = "additive",
    ties: TieMethod = "exact",
    seeds: SeedPlaces = None,
) -> OADAFit:
    """Fit strengths of transmission along networks to the order of onsets: order-of-acquisition diffusion analysis.

    The rate of onset of a place at risk, relative to the other places at risk, is Σ_k s_k · (weights from places that
    joined on earlier days) + 1. Influences common to all places cancel, whatever their timing. Influences common to
    neighbors do not: compare with placebo networks (`compare_networks`).

    Parameters
    ----------
    onsets
        First day (or number) of each place, by place; NaT or NaN where it had not joined and was at risk throughout.
    graphs
        One graph, or a dict of name -> graph, over the same places. Weights are used as given: s is per unit of weight.
    attributes
        One row per place and numeric columns, preferably centered: s is relative to a place where all are 0.
    effect
        "additive": attributes act on the spontaneous rate, exp(β'x); "multiplicative": on both rates alike;
        "unconstrained": on both rates, with separate coefficients.
    ties
        Treatment of onsets on the same day. "exact" sums over all possible orders; "efron" is an approximation, inaccurate
        where many places join on one day.
    seeds
        Places that had joined before the process began. They transmit, but are not counted as onsets: a list of places,
        "first day" (all places that joined on it) or None.

    Returns
    -------
    OADAFit
        With ``sentence``, ``params``, ``intervals()`` (profile likelihood, often one-sided), ``share_transmitted``,
        ``likelihood_ratio()``, ``summary()`` and ``diagnostics()``.

    Raises
    ------
    DataError
        No place joined, or all joined on one day; the places of onsets and graphs differ; attributes are not valid; along a
        network no place at risk was exposed, or all were exposed alike, so that the order has no information about it.

    Notes
    -----
    M. Franz, C. L. Nunn (2009), Network-based diffusion analysis: a new method for detecting social learning, Proceedings
    of the Royal Society B 276:1829-1836, doi:10.1098/rspb.2008.1824. W. Hoppitt, N. J. Boogert, K. N. Laland (2010),
    Detecting social transmission in networks, Journal of Theoretical Biology 263:544-555, doi:10.1016/j.jtbi.2010.01.004.

    Exposure is to places that joined on earlier days. Where many places join on one day, transmission among them is not
    observed and s is underestimated (by half with 300 places in eight days, see ``docs/calibration.md``).

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
    acquisitions = Acquisitions.of(onsets, seeds)
    matrices = network_matrices(acquisitions.places, graphs)
    exposures = {name: acquisitions.exposure(matrix) for name, matrix in matrices.items()}
    rates = Hazards(acquisitions, exposures, design(attributes, acquisitions.places), effect)
    check_identified(rates)
    return fit_order(rates, ties)


def fit_order(rates: Hazards, ties: TieMethod) -> OADAFit:
    """Fit data that have been checked."""
    return OADAFit(maximize(order_problem(rates, ties)), rates.acquisitions.events, rates, ties)


def order_problem(rates: Hazards, ties: TieMethod) -> Problem:
    """Return the partial likelihood of the order as an optimization problem."""
    acquisitions, exposures = rates.acquisitions, list(rates.exposures.values())
    days, order, event_days = acquisitions.days, acquisitions.order, acquisitions.event_days
    plain = rates.effect == "additive" or not rates.coefficients  # attributes do not act on transmission

    def objective(at: FloatArray) -> tuple[float, FloatArray]:
        strengths = rates.strengths(at)
        received = strengths.s @ rates.at_onset
        exposed = (
            rates.others_exposed
            if plain
            else np.array([exposure.by_day(strengths.susceptible, days) for exposure in exposures]).reshape(-1, days)
        )
        waiting = np.bincount(acquisitions.rank + 1, strengths.spontaneous, minlength=days + 2)[:0:-1].cumsum()[::-1][
            1:
        ]
        own = strengths.spontaneous[order] + strengths.susceptible[order] * received
        value, by_rate, by_others = partial_log_likelihood(own, waiting + strengths.s @ exposed, event_days, ties=ties)
        by_s = rates.at_onset @ (by_rate * strengths.susceptible[order]) + exposed @ by_others
        by_spontaneous = by_susceptible = np.zeros(0)
        if rates.coefficients:
            by_spontaneous = np.concatenate([[0.0, 0.0], by_others.cumsum()])[acquisitions.rank + 1]  # 0 for seeds
            by_spontaneous[order] += by_rate
            by_susceptible = np.zeros(len(acquisitions.rank))
            by_susceptible[order] = by_rate * received
            if not plain:
                for s, exposure in zip(strengths.s, exposures, strict=True):
                    by_susceptible += s * exposure.by_place(by_others)
        return float(value.sum()), rates.gradient(at, strengths, by_s, by_spontaneous, by_susceptible)

    return Problem(
        rates.names, objective, rates.starts, rates.lower, rates.upper, rates.params_of, rates.unbounded_above
    )


def check_identified(rates: Hazards) -> None:
    """Raise `DataError` where the order has no information about a network."""
    acquisitions = rates.acquisitions
    if acquisitions.days == 1 and (acquisitions.rank >= 0).all():
        moment, joined = acquisitions.moments[0], acquisitions.events
        day = str(pd.Timestamp(moment).date()) if acquisitions.dated else f"{moment:g}"
        who = "the only place that joined" if joined == 1 else f"all {joined} places that joined"
        raise DataError(
            f"onsets must fall on at least two days; {who} did so on one day ({day})",
            fix="pass onsets to the hour, or seeds that had joined before",
        )
    idle = [name for name in rates.networks if rates.is_idle(name)]
    common = [name for name in rates.networks if rates.is_common(name)]
    faults = [f"{_format_networks(idle)}: no place at risk had a tie from a place that had joined"] if idle else []
    if common:
        faults.append(
            f"{_format_networks(common)}: places that joined were as exposed as the others at risk, so the order is equally "
            "likely with and without transmission (as with a broadcast network, or with two places)"
        )
    if faults:
        raise DataError(
            "graphs holds networks about which the order of onsets has no information",
            faults,
            "leave these networks out, or use fit_tada for growth common to all places",
        )


def _format_networks(names: list[str]) -> str:
    return ("network " if len(names) == 1 else "networks ") + shorten_list([f"'{name}'" for name in names])
