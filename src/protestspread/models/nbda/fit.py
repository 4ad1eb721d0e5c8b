"""Base of OADA and TADA fits: shares of onsets by transmission, and the likelihood-ratio test."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, Self

import numpy as np
import pandas as pd

from ...arguments import Arguments
from ...arrays import IntArray
from ...ensembles.ensemble import Ensemble
from ...errors import DataError, shorten_list
from ...figures import EstimateRows
from ...graphs.diffusion import DiffusionGraph
from ...inference.likelihood.comparison import likelihood_ratio_test
from ...inference.likelihood.fits import Fit
from ...inference.likelihood.profiles import check_level
from ...inference.permutation_test import MOST_PERMUTATIONS, p_values
from ...inference.replicates import run_replicates
from ...random_streams import seed_of
from ...wording import as_sentence, format_number, format_p, join_words
from ..base import DrawPanel
from ..simulation import given_rows, simulate_panels
from .hazards import INFINITE, Hazards, Strengths, network_parents
from .likelihood_ratio import LikelihoodRatio, SimulatedStatistics
from .model import NetworkDiffusionModel, OnsetRates

_TINY = 1e-9
_FAR = 6.0  # coordinate of a strength that runs to infinity with another
_REFIT = 1e8  # nanoseconds to simulate and refit a spread of some forty places

Data = Literal["order", "times"]
"""Whether the order or the times of the onsets are fitted."""


def describe_data(data: Data, onsets: int, places: int) -> tuple[str, bool]:
    """Return the subject of a sentence about the onsets, and whether it is singular.

    Examples
    --------
    >>> describe_data("times", 25, 42)
    ('the times at which 25 of 42 places joined', False)
    """
    words = "the order in which" if data == "order" else "the times at which"
    return f"{words} {onsets} of {places} places joined", data == "order"


def format_strength(value: float) -> str:
    """Format a strength of transmission.

    Examples
    --------
    >>> format_strength(0.2534), format_strength(float("inf"))
    ('s = 0.253', 's → ∞ (exposed places always join first)')
    """
    return "s → ∞ (exposed places always join first)" if np.isinf(value) else f"s = {format_number(value)}"


@dataclass(frozen=True, repr=False, eq=False)
class NetworkFit(Fit):
    """Base of the fits of onsets to networks.

    A place joins once, so there are no standard errors that allow for dependence within places.

    Attributes
    ----------
    rates
        The ranked onsets, exposures and attributes that the rates depend on.
    """

    rates: Hazards

    @property
    def networks(self) -> tuple[str, ...]:
        """Names of the networks."""
        return self.rates.networks

    @property
    def transmitted(self) -> pd.DataFrame:
        """The share of each place's rate at its onset that is due to each network: one row per onset."""
        return self.rates.transmitted(self.optimum.coordinates[self._baseline_size :])

    @property
    def strengths(self) -> Strengths:
        """The estimated strengths and the rates of each place; infinite strengths are represented by very large ones."""
        return self.rates.strengths(self.optimum.coordinates[self._baseline_size :])

    @property
    def unbounded(self) -> tuple[str, ...]:
        """The networks whose strengths run to infinity, alone or in a fixed ratio to each other."""
        first = self._baseline_size
        at = self.optimum.coordinates[first : first + len(self.networks)]
        return tuple(name for name, one in zip(self.networks, at, strict=True) if one > _FAR and at.max() >= INFINITE)

    @property
    def share_transmitted(self) -> pd.Series:
        """The estimated share of the onsets attributed to each network: the mean of ``transmitted``."""
        return self.transmitted.mean().rename("share of onsets").rename_axis("network")

    def parents(self) -> pd.DataFrame:
        """Return who may have preceded each onset, by network, with the share of each in its rate.

        Returns
        -------
        DataFrame
            ``source, source_date, target, date, network, probability``; the row from outside has no source and no network.
            Seeds have no ``source_date``. `transmission_tree` sums over networks.
        """
        return network_parents(self.rates, self.strengths)

    @cached_property
    def _null_fit(self) -> Self:
        return self._refit(self.rates.subset(self.rates.common))

    @property
    def graph(self) -> DiffusionGraph:
        """The networks as one graph, each a kind of tie: ``simulate(fit.model, fit.graph, ...)``."""
        return DiffusionGraph(self.rates.acquisitions.places, self.rates.ties)

    @property
    def model(self) -> NetworkDiffusionModel:
        """The fitted model; infinite strengths are represented by very large ones."""
        found, places, (scale, shape) = self.strengths, self.rates.acquisitions.places, self._baseline_model
        return NetworkDiffusionModel(
            dict(zip(self.networks, found.s.tolist(), strict=True)),
            scale,
            shape,
            spontaneous=pd.Series(found.spontaneous, index=places),
            susceptible=pd.Series(found.susceptible, index=places),
            continuous=self._continuous,
        )

    @property
    def boundary_parameters(self) -> tuple[str, ...]:
        """The strengths, which cannot be below 0."""
        return self.rates.names[: len(self.networks)]

    @property
    def conditional_parameters(self) -> Mapping[str, tuple[str, ...]]:
        """Coefficients of attributes on transmission alone, which are not defined without transmission."""
        count = self.rates.transmission_coefficients
        return dict.fromkeys(self.rates.names[-count:] if count else (), self.boundary_parameters)

    @property
    def inputs(self) -> Mapping[str, str]:
        """Digest of each network and attribute; see `Fit.inputs`."""
        return self.rates.inputs

    def without(self, *names: str) -> Self:
        """Return the fit without some networks or attributes; a name that both have leaves both out.

        Parameters
        ----------
        names
            Names of networks and of attributes.

        Raises
        ------
        DataError
            The fit has no such network or attribute.
        """
        known = [*self.networks, *self.rates.attributes.columns]
        with Arguments("choose from the networks and attributes of the fit") as check:
            wanted = check.names("names", names, "names of networks and attributes")
            for name in [] if check.faults else [name for name in wanted if name not in known]:
                check.fault(f"names has no network or attribute {name!r}; the fit has {shorten_list(known, 20)}")
        return self._refit(self.rates.without(wanted))

    def simulate(
        self, draws: int, *, given: pd.Series | None = None, rng: int | np.random.Generator | None = None
    ) -> Ensemble:
        """Simulate panels from the fitted model: 1 from the day of the onset on, by date and place.

        Parameters
        ----------
        draws
            Number of panels.
        given
            Onsets that had happened, place -> date: the days up to the last of them stay as they are, and the days after it
            are simulated. None: all days are. Seeds of the fit are active throughout.
        rng
            A seed or a Generator; draw *i* depends on the seed and on *i* only.

        Returns
        -------
        Ensemble
            Panels of the fitted days. Times (`fit_tada`) are simulated until ``observed_until``. The order (`fit_oada`) says
            nothing of days: each day has as many onsets as in the data, drawn without replacement by the fitted rates.

        Raises
        ------
        DataError
            The onsets of the fit are numbers; for times, they have times of day; ``given`` holds other places or later dates.
        """
        places, dates = self.rates.acquisitions.places, self._check_dated()
        known, start = given_rows(given, dates, places)
        known[self.rates.acquisitions.rank < 0] = -1
        draw = self.onset_sampler(known, start)
        return simulate_panels(draw, dates, places, draws, rng, ties=self._coupled.incoming.nnz)

    def _check_dated(self) -> pd.DatetimeIndex:
        """Return the rows of panels; raise `DataError` where they are not days."""
        if isinstance(dates := self._dates, pd.DatetimeIndex) and self._by_day:
            return dates
        raise DataError(
            "onsets must be dates to simulate panels by date",
            fix="pass dates, such as onsets.dt.normalize(), to the fit",
        )

    @cached_property
    def _coupled(self) -> OnsetRates:
        return self.model.rates_on(self.graph)

    def without_transmission(self) -> Self:
        """Return the fit without networks; attributes and common growth are kept."""
        return self._null_fit

    def likelihood_ratio(
        self, *, bootstrap: int | None = None, rng: int | np.random.Generator | None = None
    ) -> LikelihoodRatio:
        """Test transmission along all networks together against no transmission.

        Parameters
        ----------
        bootstrap
            Number of data sets to simulate from the fit without transmission, each refitted. By default none: the null
            distribution is then ½χ²₀ + ½χ²₁ for one network, and for several a χ² mixture with binomial weights, which
            is exact for large samples where the estimates are independent and approximate otherwise. It is also
            approximate with ``effect="unconstrained"``, whose coefficients are not defined without transmission.
        rng
            A seed or a Generator.

        Raises
        ------
        DataError
            The fit has no networks, or ``bootstrap`` is given and a network represents common growth.
        """
        count = len(self.networks) - len(self.rates.common)
        if not count:
            raise DataError("likelihood_ratio needs a fit with networks; got none", fix="fit at least one network")
        coefficients = self.rates.transmission_coefficients
        null = self.without_transmission().log_likelihood
        statistic, p = likelihood_ratio_test(self.log_likelihood, null, count, coefficients)
        if bootstrap is None:
            simple = count == 1 and not coefficients
            method = (
                "half χ² with 0, half with 1 degree of freedom" if simple else "binomial mixture of χ², approximate"
            )
            return LikelihoodRatio(statistic, p, method, np.zeros(0), self)
        with Arguments() as check:
            check.whole("bootstrap", bootstrap, at_least=1, at_most=MOST_PERMUTATIONS)
        if self.rates.common:
            raise DataError(
                f"bootstrap must be None where networks represent common growth; got {bootstrap} with {shorten_list(self.rates.common)}",
                fix="pass bootstrap=None, or fit without these networks",
            )
        seed = seed_of(rng)
        draw = SimulatedStatistics(self, seed)
        null_statistics = run_replicates(draw, bootstrap, cost=_REFIT, what="simulated spreads", in_threads=False)
        p = float(p_values(statistic, null_statistics))
        return LikelihoodRatio(
            statistic, p, f"{bootstrap} data sets simulated without transmission", null_statistics, self
        )

    def simulate_statistic(self, rng: np.random.Generator) -> float:
        """Return the statistic of one data set simulated without transmission."""
        fit = self._simulate(rng)
        return max(0.0, 2 * (fit.log_likelihood - fit.without_transmission().log_likelihood))

    @property
    def sentence(self) -> str:
        """The test against no transmission and the strengths, in one sentence."""
        return as_sentence(self._conclusion())

    @property
    def caveats(self) -> tuple[str, ...]:
        """What else could give this result."""
        named = any(name not in self.rates.common for name in self.networks)
        return self.rivals if named and self.likelihood_ratio().p_value <= 0.05 else ()

    @property
    def rivals(self) -> tuple[str, ...]:
        """What gives a small p-value without transmission, in sentences."""
        given = self.rates.attributes.columns
        what = f"what places are by themselves, beyond {join_words([str(name) for name in given])}," if len(given) else (
            "what places are by themselves, such as their population,"
        )  # fmt: skip
        return (
            f"Late reports, a cause that tied places share, and {what} look the same. compare_networks holds a network against placebo "
            "networks and spreads without transmission.",
        )

    def _conclusion(self) -> str:
        acquisitions = self.rates.acquisitions
        places = int((acquisitions.rank >= 0).sum())
        subject, singular = describe_data(self._data, acquisitions.events, places)
        names = [name for name in self.networks if name not in self.rates.common]
        growth = [f"'{name}' exposes all places alike: common growth, not a network" for name in self.rates.common]
        if not names:
            return "; ".join([f"{subject}: a model without networks", *growth])
        test = self.likelihood_ratio()
        strengths = join_words([f"'{name}' {format_strength(self.strength(name))}" for name in names])
        share = self.share_transmitted[names].sum()
        if test.statistic == 0:
            text = (
                f"{'shows' if singular else 'show'} no sign of transmission: the model without transmission fits best"
            )
        elif test.p_value > 0.05:
            text = (
                f"{'is' if singular else 'are'} not significantly more likely with transmission than without "
                f"({format_p(test.p_value)})"
            )
        else:
            text = (
                f"{'is' if singular else 'are'} consistent with transmission ({format_p(test.p_value)}), "
                f"{share:.0%} of the onsets attributed to it"
            )
        return "; ".join([f"{subject} {text}; estimated strength: {strengths}", *growth])

    def _scales(self, table: pd.DataFrame, level: str) -> list[EstimateRows]:
        """Return the parameters of the baseline, the strengths, and the coefficients of attributes."""
        first, end = self._baseline_size, self._baseline_size + len(self.networks)
        scales = [
            *self._baseline_scales(table.iloc[:first], level),
            EstimateRows(
                table.iloc[first:end],
                f"strengths with {level} intervals (filled dot: the interval excludes 0)",
                log=True,
            ),
            EstimateRows(
                table.iloc[end:], f"coefficients with {level} intervals (filled dot: the interval excludes 0)"
            ),
        ]
        return [rows for rows in scales if len(rows.table)]

    def _baseline_scales(self, table: pd.DataFrame, level: str) -> list[EstimateRows]:  # noqa: ARG002 - order has no baseline
        return []

    def strength(self, network: str) -> float:
        """Return the estimate of s along a network; infinite where the likelihood increases without bound."""
        return float(self.params.iloc[self._row_of(network)])

    def interval(self, network: str, *, level: float = 0.95) -> tuple[float, float]:
        """Return the profile-likelihood interval of s along a network; NaN where the fit did not converge."""
        level = check_level(level)
        row = self._row_of(network)
        return self._profile(row, level) if self.converged else (np.nan, np.nan)

    def _row_of(self, network: str) -> int:
        with Arguments() as check:
            check.choice("network", network, self.networks)
        return self._baseline_size + self.networks.index(network)

    @property
    def _baseline_size(self) -> int:
        """Number of parameters of the baseline, which precede those of the rates."""
        return 0

    @property
    def _by_day(self) -> bool:
        """Whether onsets are simulated on the dates of the fit."""
        return True

    @property
    def _continuous(self) -> bool:
        """Whether onsets are moments, and exposure begins at once."""
        return False

    @property
    @abstractmethod
    def _baseline_model(self) -> tuple[float | None, float]:
        """The scale and the shape of the baseline."""

    @property
    @abstractmethod
    def _dates(self) -> pd.Index:
        """The rows of panels."""

    @abstractmethod
    def onset_sampler(self, known: IntArray, start: int) -> DrawPanel:
        """Return a function that simulates one panel, with the rows of given onsets and the first simulated row."""

    @property
    @abstractmethod
    def _data(self) -> Data:
        """Whether the order or the times of the onsets are fitted."""

    @abstractmethod
    def _refit(self, rates: Hazards) -> Self:
        """Return the fit of the same method to other rates."""

    @abstractmethod
    def _simulate(self, rng: np.random.Generator) -> Self:
        """Return the fit of the same method to data simulated without transmission."""
