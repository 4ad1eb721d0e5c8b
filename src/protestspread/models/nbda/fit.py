"""What fits to networks have in common: the share of onsets by transmission, the test against none, and the sentence."""

from abc import abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import pandas as pd
from scipy.stats import binom, chi2

from ...arrays import FloatArray
from ...errors import DataError, shorten_list
from ...inference.likelihood.fits import Fit
from ...inference.p_values import check_permutations, p_values
from ...random_streams import replicate_rng, seed_of
from ...results import Result
from ...wording import format_p
from .hazards import Hazards, Strengths

_TINY = 1e-9


def against_none(height: float, without: float, count: int, beside: int = 0) -> tuple[float, float]:
    """Return the likelihood ratio against no transmission along `count` networks, and its p-value.

    The p-value is that of ½χ²₀ + ½χ²₁ for one network, of the mixture with binomial weights for several, with one more
    degree of freedom for each coefficient of transmission `beside` them, which is too careful rather than too bold.

    Examples
    --------
    >>> against_none(-10.0, -11.3527718, 1)[1].__round__(6)
    0.05
    >>> against_none(-10.0, -10.0, 1)
    (0.0, 1.0)
    """
    statistic = 2 * (height - without)
    if statistic < _TINY:
        return 0.0, 1.0
    some = np.arange(1, count + 1)
    return statistic, float(binom.pmf(some, count, 0.5) @ chi2.sf(statistic, some + beside))


def format_strength(value: float) -> str:
    """Say a strength of transmission.

    Examples
    --------
    >>> format_strength(0.2534), format_strength(float("inf"))
    ('s = 0.253', 's → ∞ (as if only exposure counted, wherever there was any)')
    """
    if np.isinf(value):
        return "s → ∞ (as if only exposure counted, wherever there was any)"
    return "s = 0" if value == 0 else f"s = {value:.3g}"


@dataclass(frozen=True, repr=False, eq=False)
class LikelihoodRatio(Result):
    """A test whether what was seen is more likely with transmission than without.

    Attributes
    ----------
    statistic
        Twice the difference of the log-likelihoods.
    p_value
        Of the null that nothing is passed on.
    method
        What the p-value rests on.
    null_distribution
        The statistic in data drawn without transmission; empty where none were drawn.
    """

    statistic: float
    p_value: float
    method: str
    null_distribution: FloatArray

    @property
    def sentence(self) -> str:
        """What was found."""
        return f"twice the log-likelihood rises by {self.statistic:.3g} with transmission, {format_p(self.p_value)} ({self.method})"

    def to_frame(self) -> pd.DataFrame:
        """Return the numbers as a table of one row."""
        return pd.DataFrame({"statistic": [self.statistic], "p_value": [self.p_value], "method": [self.method]})


@dataclass(frozen=True, repr=False, eq=False)
class NetworkFit(Fit):
    """Base of the fits of onsets to networks.

    Attributes
    ----------
    rates
        The data, in order, and what the rates are made of.
    """

    rates: Hazards

    @property
    def networks(self) -> tuple[str, ...]:
        """Names of the networks."""
        return self.rates.networks

    @property
    def transmitted(self) -> pd.DataFrame:
        """The share of the rate at which each place joined that came along each network: a row an onset."""
        return self.rates.transmitted(self.optimum.coordinates[self._before :])

    @property
    def strengths(self) -> Strengths:
        """What the estimates make of each place; strengths that are infinite stand as very large ones."""
        return self.rates.strengths(self.optimum.coordinates[self._before :])

    @property
    def share_transmitted(self) -> pd.Series:
        """The share of the onsets that came along each network, at the estimates: the mean of `transmitted`."""
        return self.transmitted.mean().rename("share of onsets").rename_axis("network")

    @cached_property
    def _alone(self) -> Self:
        return self._refit(self.rates.subset(self.rates.common))

    def without_transmission(self) -> Self:
        """Return the fit with nothing that is passed on along networks; covariates and common growth stay."""
        return self._alone

    def likelihood_ratio(
        self, *, bootstrap: int | None = None, rng: int | np.random.Generator | None = None
    ) -> LikelihoodRatio:
        """Test whether transmission along the networks, all together, explains more than none.

        Parameters
        ----------
        bootstrap
            How many data sets to draw from the fit without transmission, each fitted anew. By default none: the p-value is
            then ½χ²₀ + ½χ²₁ for one network, and for several the mixture of χ² with binomial weights, which holds where
            the data tell of each network independently and is else rough. With ``effect="unconstrained"`` it is rough as
            well, because without transmission its coefficients do not exist.
        rng
            A seed or a Generator.
        """
        count = len(self.networks) - len(self.rates.common)
        if not count:
            raise DataError("there is nothing to test", ["the fit has no networks"], "a fit with at least one network")
        beside = self.rates.only_transmitted
        without = self.without_transmission().log_likelihood
        statistic, p = against_none(self.log_likelihood, without, count, beside)
        if bootstrap is None:
            simple = count == 1 and not beside
            method = "half χ² with 0, half with 1 degree of freedom" if simple else "binomial mixture of χ², rough"
            return LikelihoodRatio(statistic, p, method, np.zeros(0))
        check_permutations(bootstrap)
        if self.rates.common:
            raise DataError(
                "no data can be drawn without transmission",
                [f"{shorten_list(self.rates.common)} stands for growth common to all"],
                "a fit without it, or bootstrap=None",
            )
        seed = seed_of(rng)
        drawn = np.array([self._drawn_statistic(replicate_rng(seed, number)) for number in range(bootstrap)])
        p = float(p_values(statistic, drawn))
        return LikelihoodRatio(statistic, p, f"{bootstrap} data sets drawn without transmission", drawn)

    def _drawn_statistic(self, rng: np.random.Generator) -> float:
        drawn = self._simulate(rng)
        return max(0.0, 2 * (drawn.log_likelihood - drawn.without_transmission().log_likelihood))

    @property
    def sentence(self) -> str:
        """What was found."""
        arrivals = self.rates.arrivals
        what = f"{self._method} ({arrivals.events} of {int((arrivals.rank >= 0).sum())})"
        told = [name for name in self.networks if name not in self.rates.common]
        growth = [f"'{name}' exposes all alike: common growth, not a network" for name in self.rates.common]
        if not told:
            return "; ".join([f"{what}: no networks, everybody by itself", *growth])
        test = self.likelihood_ratio()
        along = "; ".join([", ".join(f"'{name}' {format_strength(self.strength(name))}" for name in told), *growth])
        share = self.share_transmitted[told].sum()
        if test.statistic == 0:
            found = "gives no sign of transmission: the data are most likely without it"
        elif test.p_value > 0.05:
            found = f"cannot tell transmission from none ({format_p(test.p_value)})"
        else:
            found = f"is consistent with transmission ({format_p(test.p_value)}), {share:.0%} of the onsets by it"
        return f"{what}: it {found}; along {along}"

    def strength(self, network: str) -> float:
        """Return the estimate of s along a network; infinite where the likelihood rises for ever."""
        return float(self.params.iloc[self._before + self.networks.index(network)])

    def interval(self, network: str, *, level: float = 0.95) -> tuple[float, float]:
        """Return the profile-likelihood interval of s along a network; NaN where the fit did not converge."""
        if not self.converged:
            return np.nan, np.nan
        return self._profile(self._before + self.networks.index(network), level)

    @property
    def _before(self) -> int:
        """How many parameters stand before those of the rates."""
        return 0

    @property
    @abstractmethod
    def _method(self) -> str:
        """What was looked at."""

    @abstractmethod
    def _refit(self, rates: Hazards) -> Self:
        """Return the same method applied to other rates."""

    @abstractmethod
    def _simulate(self, rng: np.random.Generator) -> Self:
        """Return the same method applied to data drawn without transmission."""
