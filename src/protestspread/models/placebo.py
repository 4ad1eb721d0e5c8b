"""Placebo networks: whether a network explains the data better than the same network with places exchanged."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from ..arrays import FloatArray, IntArray
from ..figures import NullHistogram
from ..inference.exchange import cannot_tell
from ..inference.permutation_test import p_values
from ..inference.replicates import PermutationBlocks, run_replicates, shuffle_within_blocks
from ..results import Result
from ..wording import as_sentence, format_p

PlaceboVerdict = Literal["consistent with transmission", "no evidence of transmission", "cannot tell"]
LEVEL = 0.05

SignedRoot = Callable[[IntArray], float]
"""Function from an order of the places to the signed root of the likelihood ratio of the network so exchanged."""


@dataclass(frozen=True, repr=False, eq=False)
class PlaceboTest(Result):
    """A network held against placebo networks, in which places of like population are exchanged within strata.

    Attributes
    ----------
    network
        Name of the network.
    statistic
        Signed root of the likelihood ratio of the network against none; positive if exposed places had more.
    p_value
        Share of placebo networks (the network itself included) with a statistic at least as large.
    likelihood_p_value
        One-sided p-value of the likelihood ratio against no effect.
    draws
        The statistic of each placebo network.
    null
        Which places are exchanged.
    reason
        Why the test cannot tell, or "".
    """

    network: str
    statistic: float
    p_value: float
    likelihood_p_value: float
    draws: FloatArray
    null: str
    reason: str = ""

    @property
    def verdict(self) -> PlaceboVerdict:
        """Transmission is only claimed where both the likelihood ratio and the placebo networks reject."""
        if self.reason:
            return "cannot tell"
        clear = max(self.p_value, self.likelihood_p_value) <= LEVEL
        return "consistent with transmission" if clear else "no evidence of transmission"

    @property
    def sentence(self) -> str:
        """The verdict, with both nulls."""
        if self.reason:
            return as_sentence(f"cannot tell whether '{self.network}' carried the spread: {self.reason}")
        held = (
            f"{format_p(self.p_value)} against {len(self.draws):,} placebo networks ({self.null}), "
            f"{format_p(self.likelihood_p_value)} against no effect"
        )
        if self.verdict == "consistent with transmission":
            return f"The data are consistent with transmission along '{self.network}': {held}."
        return f"No evidence of transmission along '{self.network}': {held}."

    @property
    def caveats(self) -> tuple[str, ...]:
        """What else could give this result."""
        if self.verdict != "consistent with transmission":
            return ()
        return (
            "A cause that tied places share, and late reports that run along the network, look the same.",
            *(
                ()
                if "strata" in self.null
                else ("Without strata, regions that differ in how soon they join look the same.",)
            ),
        )

    def to_frame(self) -> pd.DataFrame:
        """Return the numbers as a table with one row."""
        row = {
            "statistic": self.statistic, "placebo_mean": float(np.mean(self.draws)) if len(self.draws) else np.nan,
            "p_value": self.p_value, "likelihood_p_value": self.likelihood_p_value, "verdict": self.verdict,
        }  # fmt: skip
        return pd.DataFrame([row], index=pd.Index([self.network], name="network"))

    def figure(self) -> NullHistogram:
        """Return the statistics of the placebo networks and the observed one."""
        what = f"signed root of the likelihood ratio of '{self.network}'"
        return NullHistogram(self.draws, self.statistic, self.p_value, what, self.null, self.reason or None)


@dataclass(frozen=True, eq=False)
class _PlaceboStatistics:
    """Computes the statistic of placebo networks."""

    statistic: SignedRoot
    blocks: PermutationBlocks
    seed: int

    def __call__(self, first: int, last: int, threads: bool) -> FloatArray:  # noqa: ARG002, FBT001 - as `run_replicates` calls it
        """Return the statistics of draws ``first`` to ``last`` - 1."""
        places = np.arange(len(self.blocks))
        orders = shuffle_within_blocks(places, self.blocks, self.seed, first, last)
        return np.array([self.statistic(order.astype(np.int64)) for order in orders.T])


def run_placebo_test(
    network: str,
    statistic: SignedRoot,
    blocks: PermutationBlocks,
    *,
    permutations: int,
    null: str,
    seed: int,
    cost: float,
) -> PlaceboTest:
    """Return the test of a network, given the function that refits it with places exchanged.

    Parameters
    ----------
    network
        Name of the network.
    statistic
        Signed root of the likelihood ratio, given an order of the places.
    blocks
        Places that can be exchanged.
    permutations
        Number of placebo networks.
    null
        Which places are exchanged, in words.
    seed
        Seed of the draws.
    cost
        Nanoseconds of one refit.
    """
    from scipy.stats import norm

    observed = statistic(np.arange(len(blocks)))
    likelihood_p = float(norm.sf(observed))
    reason = cannot_tell(blocks) or ""
    if reason:
        return PlaceboTest(network, observed, np.nan, likelihood_p, np.zeros(0), null, reason)
    draw = _PlaceboStatistics(statistic, blocks, seed)
    draws = run_replicates(draw, permutations, cost=cost, what="placebo networks", in_threads=False)
    p = float(p_values(observed, draws))
    short = "" if 1 / (permutations + 1) <= LEVEL else f"{permutations} placebo networks cannot give p ≤ {LEVEL:g}"
    return PlaceboTest(network, float(observed), p, likelihood_p, draws, null, short)
