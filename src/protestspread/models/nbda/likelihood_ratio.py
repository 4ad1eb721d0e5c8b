"""The likelihood ratio of transmission along networks against none, and its simulated null distribution."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd

from ...arrays import FloatArray
from ...figures import Estimates, Figure, NullHistogram
from ...random_streams import replicate_rng
from ...results import Result
from ...wording import format_p


class TestedFit(Protocol):
    """What a test needs of an OADA or TADA fit; see `NetworkFit` for each."""

    @property
    def rivals(self) -> tuple[str, ...]: ...  # noqa: D102
    def figure(self) -> Estimates: ...  # noqa: D102
    def simulate_statistic(self, rng: np.random.Generator) -> float: ...  # noqa: D102


@dataclass(frozen=True, repr=False, eq=False)
class LikelihoodRatio(Result):
    """A likelihood-ratio test of transmission along networks against none.

    Attributes
    ----------
    statistic
        Twice the difference of the log-likelihoods.
    p_value
        Of the null hypothesis of no transmission.
    method
        The null distribution that gives the p-value.
    null_distribution
        The statistic in data simulated without transmission; empty without a bootstrap.
    fit
        The fit tested.
    """

    statistic: float
    p_value: float
    method: str
    null_distribution: FloatArray
    fit: TestedFit

    def figure(self) -> Figure:
        """Return the simulated statistics and the observed one; without a bootstrap, the estimates of the fit."""
        if len(self.null_distribution):
            what, null = "likelihood ratio of transmission against none", "data simulated without transmission"
            return NullHistogram(self.null_distribution, self.statistic, self.p_value, what, null)
        estimates = self.fit.figure()
        return Estimates(estimates.scales, f"{self.sentence} {estimates.note}")

    @property
    def sentence(self) -> str:
        """The statistic and the p-value, in one sentence."""
        return f"Likelihood ratio {self.statistic:.3g} for transmission against none, {format_p(self.p_value)} ({self.method})."

    @property
    def caveats(self) -> tuple[str, ...]:
        """What else could give a small p-value."""
        return self.fit.rivals if self.p_value <= 0.05 else ()

    def to_frame(self) -> pd.DataFrame:
        """Return the numbers as a table with one row."""
        return pd.DataFrame({"statistic": [self.statistic], "p_value": [self.p_value], "method": [self.method]})


@dataclass(frozen=True, eq=False)
class SimulatedStatistics:
    """Computes the likelihood ratio in data simulated without transmission."""

    fit: TestedFit
    seed: int

    def __call__(self, first: int, last: int, threads: bool) -> FloatArray:  # noqa: ARG002, FBT001 - the signature `run_replicates` calls
        """Return one likelihood ratio for each replicate."""
        return np.array([self.fit.simulate_statistic(replicate_rng(self.seed, draw)) for draw in range(first, last)])
