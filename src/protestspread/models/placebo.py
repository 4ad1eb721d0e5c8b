"""Placebo networks: whether a network explains the data better than the same network with places exchanged."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from ..arrays import FloatArray, IntArray
from ..figures import NullHistogram
from ..inference.exchange import cannot_tell, population_blocks, ranking_known
from ..inference.replicates import PermutationBlocks, reached_p, run_until_clear, shuffle_within_blocks
from ..results import Result
from ..wording import as_sentence, format_p, join_words

PlaceboVerdict = Literal["consistent with transmission", "no evidence of transmission", "cannot tell"]
LEVEL = 0.05

SignedRoot = Callable[[IntArray], float]
"""Function from an order of the places to the signed root of the likelihood ratio of the network so exchanged."""


@dataclass(frozen=True, repr=False, eq=False)
class Placebos:
    """Placebo networks of one null: which places are exchanged, the statistics, and the p-value (NaN with a reason)."""

    null: str
    draws: FloatArray
    p_value: float
    reason: str = ""


@dataclass(frozen=True, repr=False, eq=False)
class PlaceboTest(Result):
    """A network held against placebo networks: the same ties with places exchanged.

    Attributes
    ----------
    network
        Name of the network.
    statistic
        Signed root of the likelihood ratio of the network against none; positive if exposed places had more.
    likelihood_p_value
        p-value of the likelihood ratio against no effect, one-sided where the effect is one parameter.
    placebos
        The placebo networks of each null: places exchanged over the country and, if strata are given, within strata.
    """

    network: str
    statistic: float
    likelihood_p_value: float
    placebos: tuple[Placebos, ...]

    @property
    def p_value(self) -> float:
        """The largest p-value of the nulls: share of placebo networks, the network included, that reach the statistic."""
        return float(max(one.p_value for one in self.placebos))

    @property
    def reason(self) -> str:
        """Why the test cannot tell, or ""."""
        return next((one.reason for one in self.placebos if one.reason), "")

    @property
    def verdict(self) -> PlaceboVerdict:
        """Transmission is only claimed where the likelihood ratio and the placebo networks of every null reject."""
        if self.reason:
            return "cannot tell"
        clear = max(self.p_value, self.likelihood_p_value) <= LEVEL
        return "consistent with transmission" if clear else "no evidence of transmission"

    @property
    def sentence(self) -> str:
        """The verdict, with all nulls."""
        if self.reason:
            return as_sentence(f"cannot tell whether '{self.network}' carried the spread: {self.reason}")
        held = join_words(
            [
                f"{format_p(one.p_value)} against {len(one.draws):,} placebo networks ({one.null})"
                for one in self.placebos
            ]
            + [f"{format_p(self.likelihood_p_value)} against no effect"]
        )
        if self.verdict == "consistent with transmission":
            return f"The data are consistent with transmission along '{self.network}': {held}."
        return f"No evidence of transmission along '{self.network}': {held}."

    @property
    def caveats(self) -> tuple[str, ...]:
        """What else could give this result."""
        if self.verdict != "consistent with transmission":
            return ()
        without = (
            ""
            if len(self.placebos) > 1
            else "Without strata, differences between regions in when their places are active look the same."
        )
        return (
            "A cause that tied places share, reporting delays that follow the network, and large places that lie close together and join "
            "first look the same.",
            *([without] if without else []),
        )

    def to_frame(self) -> pd.DataFrame:
        """Return one row per null: ``placebos, placebo_mean, p_value``, and the statistic."""
        rows = [
            {
                "statistic": self.statistic, "placebos": len(one.draws),
                "placebo_mean": float(np.mean(one.draws)) if len(one.draws) else np.nan,
                "p_value": one.p_value, "likelihood_p_value": self.likelihood_p_value,
            }
            for one in self.placebos
        ]  # fmt: skip
        return pd.DataFrame(rows, index=pd.Index([one.null for one in self.placebos], name="null"))

    def figure(self) -> NullHistogram:
        """Return the statistics of the placebo networks with the largest p-value, and the observed one."""
        one = max(self.placebos, key=lambda placebos: -1.0 if np.isnan(placebos.p_value) else placebos.p_value)
        what = f"signed root of the likelihood ratio of '{self.network}'"
        return NullHistogram(one.draws, self.statistic, one.p_value, what, one.null, one.reason or None)


@dataclass(frozen=True, eq=False)
class _PlaceboStatistics:
    """Computes the statistic of placebo networks."""

    statistic: SignedRoot
    blocks: PermutationBlocks
    seed: int

    def __call__(self, first: int, last: int, threads: bool) -> FloatArray:  # noqa: ARG002, FBT001 - as `run_replicates` calls it
        """Return the statistics of draws ``first`` to ``last`` - 1, shape (draws, 1)."""
        places = np.arange(len(self.blocks))
        orders = shuffle_within_blocks(places, self.blocks, self.seed, first, last)
        return np.array([self.statistic(order.astype(np.int64)) for order in orders.T]).reshape(-1, 1)


@dataclass(frozen=True, eq=False)
class Exchange:
    """How places are exchanged: their populations (NaN where not known), and the number of each place's stratum or None."""

    population: FloatArray
    strata: IntArray | None

    def nulls(self) -> dict[str, PermutationBlocks]:
        """Return what is exchanged, in words -> blocks of places: over the country and, with strata, within them.

        Within small strata, places of like population cannot be exchanged, so that both nulls are needed.
        """
        like = " of like population" if ranking_known(self.population) else ""
        found = {f"places{like} exchanged": population_blocks(self.population)}
        if self.strata is not None:
            found["places exchanged within strata"] = population_blocks(self.population, self.strata)
        return found


@dataclass(frozen=True)
class Refits:
    """Number of placebo networks of each null, the seed of the draws, and nanoseconds of one refit."""

    permutations: int
    seed: int
    cost: float


def run_placebo_test(
    network: str, statistic: SignedRoot, exchange: Exchange, refits: Refits, *, likelihood_p: float | None = None
) -> PlaceboTest:
    """Return the test of a network, given the function that refits it with places exchanged.

    Drawing stops early where a p-value cannot become small.

    Parameters
    ----------
    network
        Name of the network.
    statistic
        Signed root of the likelihood ratio, given an order of the places.
    exchange
        Which places can be exchanged.
    refits
        How many placebo networks are refitted.
    likelihood_p
        p-value of the likelihood ratio; by default one-sided, of one parameter.
    """
    from scipy.stats import norm

    observed = np.array([statistic(np.arange(len(exchange.population)))])
    found = []
    for null, blocks in exchange.nulls().items():
        reason = cannot_tell(blocks) or (
            ""
            if 1 / (refits.permutations + 1) <= LEVEL
            else f"{refits.permutations} placebo networks cannot give p ≤ {LEVEL:g}"
        )
        if reason:
            found.append(Placebos(null, np.zeros(0), np.nan, reason))
            continue
        draw = _PlaceboStatistics(statistic, blocks, refits.seed)
        drawn = run_until_clear(
            draw, refits.permutations, observed, _same, cost=refits.cost, what="placebo networks", in_threads=False
        )
        found.append(Placebos(null, drawn[:, 0], float(reached_p(observed, drawn)[0])))
    one_sided = float(norm.sf(observed[0])) if likelihood_p is None else likelihood_p
    return PlaceboTest(network, float(observed[0]), one_sided, tuple(found))


def _same(rows: FloatArray) -> FloatArray:
    return rows
