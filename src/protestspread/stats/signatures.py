"""Signatures of spread from one time slice to the next: containment, escalation, relocation, extinction and new places."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import scipy.sparse as sp

from ..arguments import Arguments
from ..arrays import BoolArray, FloatArray, Int32Array, UInt8Array
from ..errors import argument_error, shorten_list
from ..figures import NullBand, NullLadder
from ..graphs.diffusion import DiffusionGraph
from ..graphs.matching import match_places
from ..inference.exchange import cannot_tell, population_blocks, ranking_known
from ..inference.multiplicity import max_p_values
from ..inference.permutation_test import Alternative, Draws, PermutationTest, check_test, p_values
from ..inference.replicates import PermutationBlocks, ShuffledValues
from ..inference.strata import populations_of
from ..kernels import plain
from ..kernels.dispatch import SIGNATURES as KERNEL
from ..panels import activity_faults
from ..random_streams import seed_of
from ..results import Result
from ..tables import check_panel
from ..wording import format_count, format_p, format_places

SIGNATURES = ("containment", "escalation", "relocation", "extinction", "flashpoint", "adjacent_onset")
"""The signatures, in the order in which the kernels count them."""

_LEVEL = 0.05
_FIX = "pass the counts of count_events(events, places), cut to the dates that were observed, and a graph with ties"


@dataclass(frozen=True, repr=False, eq=False)
class SpreadSignatures(Result):
    """Frequencies of the signatures of spread, observed and expected with whole places exchanged.

    Attributes
    ----------
    table
        Index ``date`` (of the later of two slices) and ``signature``: ``statistic``, ``expected`` and ``variance`` (over
        the draws and the observed), ``z_score``, ``p_value``, ``adjusted_p_value`` (from the largest z-score of the
        signature over all slices), ``null_low`` and ``null_high`` (the middle 95% of the draws).
    totals
        The same, summed over slices, by ``signature``; p-values are adjusted for the six signatures.
    place_days, places
        Number of active places over all slices, and of places that were ever active.
    null, alternative, permutations
        Description of what was exchanged, and settings of the permutation test.
    reason
        Why there are no p-values, or None.
    """

    table: pd.DataFrame
    totals: pd.DataFrame
    place_days: int
    places: int
    null: str
    alternative: Alternative
    permutations: int
    reason: str | None = None

    def figure(self) -> NullLadder:
        """Return the count of each signature, over its counts with exchanged places."""
        bands = [
            NullBand(
                row["null_low"],
                row["null_high"],
                row["expected"],
                "no p-value" if np.isnan(row["adjusted_p_value"]) else f"adjusted p = {row['adjusted_p_value']:.2g}",
                observed=row["statistic"],
                clear=row["adjusted_p_value"] <= 0.05,
            )
            for row in self.totals.to_dict("records")
        ]
        names = [str(name).replace("_", " ") for name in self.totals.index]
        axis = "count over all time steps" + (f"; no test: {self.reason}" if self.reason else "")
        return NullLadder(names, {"places exchanged": bands}, axis)

    @property
    def sentence(self) -> str:
        """The result in a few sentences."""
        steps = self.table.index.get_level_values("date").nunique()
        about = f"{self.place_days:,} active place-days of {format_places(self.places)} in {steps + 1} time slices"
        if self.reason:
            return f"The signatures of {about} cannot be tested: {self.reason}."
        texts = [
            f"{str(name).replace('_', ' ')} is {'more' if row['z_score'] > 0 else 'less'} frequent ({row['statistic']:,.0f} observed, "
            f"{format_count(row['expected'])} expected, {format_p(row['adjusted_p_value'])})"
            for name, row in self._clear.to_dict("index").items()
        ]
        what = "; ".join(texts) if texts else "no signature differs significantly from its expected frequency"
        return f"For {about}, compared with {self.null}: {what}. The p-values are adjusted for six signatures ({self.permutations:,} draws)."

    @property
    def _clear(self) -> pd.DataFrame:
        """The totals that differ from those expected."""
        return self.totals[self.totals["adjusted_p_value"] <= _LEVEL].sort_values("adjusted_p_value", kind="stable")

    @property
    def caveats(self) -> tuple[str, ...]:
        """What else could give this result."""
        more = self._clear.index[self._clear["z_score"] > 0]
        claimed = not self.reason and {"escalation", "relocation", "adjacent_onset"} & {*more}
        return ("A cause that neighboring places share looks the same.",) if claimed else ()

    def to_frame(self) -> pd.DataFrame:
        """Return a copy of the totals; `table` has the values by slice."""
        return self.totals.copy()


def spread_signatures(
    panel: pd.DataFrame,
    graph: DiffusionGraph,
    places: gpd.GeoDataFrame | None = None,
    *,
    at_least: float | None = None,
    permutations: int = 999,
    alternative: Alternative = "two-sided",
    rng: int | np.random.Generator | None = None,
) -> SpreadSignatures:
    """Count the signatures of spread from each row of a panel to the next, and test them with whole places exchanged.

    A place is active in a row if it has an event, and new if it was not active in the row before; its neighbors are the
    places that it can influence. A place that was active in the row before shows *containment* if it is still active and
    no neighbor is new, *escalation* if it is still active and a neighbor is new, *relocation* if it is inactive and a
    neighbor is new, and *extinction* if it is inactive and no neighbor is new. A new place is a *flashpoint* if no place
    that can influence it was active in the row before, and an *adjacent onset* otherwise. One new place may count for
    several neighbors.

    Parameters
    ----------
    panel
        Counts of events, at least two rows. Rows at the start and the end in which no place was observed are dropped;
        values may not be missing elsewhere. Results depend on the length of the time slices: repeat the analysis with
        others (``count_events(..., every="3D", day_starts_at="06:00")``, `aggregate_panel`) and report all of them.
    graph
        Ties between the same places.
    places
        Cities or regions with their ``population``. Active places are exchanged, each with its days, within blocks of about five
        places of like population; which places are active is held fixed. Without populations there are no p-values, because
        large places that lie together would be taken for signatures.
    at_least
        The count from which a place is active in a row; by default 1. Required if the panel holds attendance and not counts
        of reports.
    permutations
        Number of exchanges.
    alternative
        "two-sided", "greater" or "less".
    rng
        A whole number, a numpy Generator, or None.

    Returns
    -------
    SpreadSignatures
        Results by row and in total, with ``.sentence`` and ``.plot()``.

    Raises
    ------
    SchemaError
        The panel is not a valid panel.
    DataError
        Counts are missing or not whole numbers, or look like attendance and ``at_least`` is not given; there are fewer than two
        rows; or the graph has other places or no ties.

    Notes
    -----
    After P. Baudains, S. D. Johnson, A. M. Braithwaite (2013), Geographic patterns of diffusion in the 2011 London riots,
    Applied Geography 45:211, doi:10.1016/j.apgeog.2013.09.010. The article does not fully describe the coding of each case;
    the definitions above are those of this library. The article shuffles dates over events; that null is rejected wherever
    places have campaigns of their own or large places lie together (100% and 62-90% of simulated worlds without spread), so
    places are exchanged here. A cause that neighboring places share still looks the same.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> result = ps.spread_signatures(ps.count_events(case.events, case.cities), ps.nearest_graph(case.cities, k=4), case.cities, rng=1)
    >>> result.totals["statistic"].sum() > 0
    np.True_
    """
    with Arguments() as check:
        check_test(check, permutations, alternative)
        check.number("at_least", at_least, above=0, optional=True)
    panel, graph = _check_inputs(panel, graph, at_least)
    active = np.asarray(panel.to_numpy(dtype=float) >= (at_least or 1), dtype=bool)
    population = populations_of(panel.columns, places)
    blocks, reason = _blocks(np.asarray(active.any(axis=0)), population)
    ties = sp.csr_array(graph.matrix, copy=True)
    ties.eliminate_zeros()
    null = "places of like population exchanged, each with its days"
    sampler = ShuffledValues(np.arange(len(population), dtype=np.int32), blocks, seed_of(rng), null)
    test = SignatureCounts(
        sampler, np.ascontiguousarray(active.T.astype(np.uint8)), ties, KERNEL.pays(3.0 * active.size * permutations)
    )
    if reason is None:
        draws = test.draws(permutations)
    else:
        seen = test.values(sampler.observed)[0].astype(float)
        draws = Draws(seen, np.full((permutations, *seen.shape), np.nan))
    index = pd.MultiIndex.from_product([panel.index[1:], SIGNATURES], names=["date", "signature"])
    table = _table(draws, alternative, over=0)
    totals = _table(draws.map(lambda counts: counts.sum(axis=1)), alternative, over=None)
    return SpreadSignatures(
        table=pd.DataFrame({name: values.ravel() for name, values in table.items()}, index=index),
        totals=pd.DataFrame(totals, index=pd.Index(SIGNATURES, name="signature")), place_days=int(active.sum()),
        places=int(active.any(axis=0).sum()), null=null, alternative=alternative, permutations=permutations, reason=reason,
    )  # fmt: skip


def _blocks(active: BoolArray, population: FloatArray) -> tuple[PermutationBlocks, str | None]:
    """Return blocks of active places of like population, other places alone, and why they cannot show anything, or None."""
    if not active.any():
        return PermutationBlocks.of(range(len(active))), "no place was active"
    ranked = population_blocks(population[active])
    label = np.arange(len(active)) + len(active)
    label[np.flatnonzero(active)[ranked.rows]] = np.repeat(np.arange(len(ranked.sizes)), ranked.sizes)
    reason = cannot_tell(ranked)
    if reason is None and not ranking_known(population[active]):
        reason = "the populations of the places are not known; pass places with a column population"
    return PermutationBlocks.of(label), reason


def _check_inputs(
    panel: pd.DataFrame, graph: DiffusionGraph, at_least: float | None
) -> tuple[pd.DataFrame, DiffusionGraph]:
    """Drop unobserved rows at the ends, and match and sort the places; raise `DataError` with all faults."""
    check_panel(panel)
    panel = panel[sorted(panel.columns, key=str)]
    graph = match_places(panel, graph)
    observed = np.flatnonzero(panel.notna().any(axis=1))
    panel = panel.iloc[observed[0] : observed[-1] + 1] if len(observed) else panel.iloc[:0]
    faults = [f"panel must have at least two observed rows; got {len(panel)}"] if len(panel) < 2 else []
    gaps = np.isnan(panel.to_numpy(dtype=float, na_value=np.nan))
    if gaps.any():
        where = panel.index[gaps.any(axis=1)].strftime("%Y-%m-%d")
        faults.append(
            f"panel must have no missing values between observed rows; missing for {shorten_list(panel.columns[gaps.any(axis=0)])} on {shorten_list(where)}"
        )
    faults += activity_faults(panel, at_least)
    if not graph.matrix.count_nonzero():
        faults.append("graph must have ties; it has none")
    if faults:
        raise argument_error(faults, _FIX)
    return panel, graph


@dataclass(frozen=True, eq=False)
class SignatureCounts(PermutationTest):
    """Counts of signatures in each slice but the first, with places exchanged."""

    active: UInt8Array  # places by slices
    ties: sp.csr_array
    compiled: bool

    def work(self, units: int) -> tuple[float, int]:
        """Return operations and numbers of a replicate."""
        return 3.0 * self.active.size, units + 6 * self.active.shape[1]

    def values(self, arranged: Int32Array) -> Int32Array:
        """Return counts of shape (columns, steps, signatures)."""
        out = np.empty((arranged.shape[1], self.active.shape[1] - 1, len(SIGNATURES)), dtype=np.int32)
        if self.compiled:
            from ..kernels import signatures as kernel

            kernel.signatures(self.active, arranged, self.ties, out)
        else:
            plain.signatures(self.active, arranged, self.ties, out)
        return out


def _table(draws: Draws, alternative: Alternative, *, over: int | None) -> dict[str, FloatArray]:
    """Return the columns of a table, adjusted over the slices for each signature (`over` = 0) or over the signatures (None)."""
    observed, null = draws.observed, draws.null
    mean, variance = draws.pooled_moments()
    deviation = np.sqrt(np.where(variance > 0, variance, np.nan))
    z, drawn = (observed - mean) / deviation, (null - mean) / deviation
    if over is None:
        adjusted = max_p_values(z, drawn, alternative)
    else:
        adjusted = np.column_stack([max_p_values(z[:, k], drawn[:, :, k], alternative) for k in range(z.shape[1])])
    low, high = np.quantile(null, [0.025, 0.975], axis=0)
    p = np.where(np.isnan(z), np.nan, p_values(observed, null, alternative))
    return {
        "statistic": np.asarray(observed, dtype=np.float64), "expected": mean, "variance": variance, "z_score": z, "p_value": p,
        "adjusted_p_value": adjusted, "null_low": low, "null_high": high,
    }  # fmt: skip
