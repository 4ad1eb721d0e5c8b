"""Signatures of spread from one time slice to the next: containment, escalation, relocation, extinction and new places."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse as sp

from ..arguments import Arguments
from ..arrays import FloatArray, Int32Array
from ..errors import argument_error, shorten_list
from ..figures import NullBand, NullLadder
from ..graphs.diffusion import DiffusionGraph
from ..graphs.matching import match_places
from ..inference.multiplicity import max_p_values
from ..inference.permutation_test import Alternative, Draws, PermutationTest, check_test, p_values
from ..inference.replicates import PermutationBlocks, ShuffledValues
from ..kernels import plain
from ..kernels.dispatch import SIGNATURES as KERNEL
from ..random_streams import seed_of
from ..results import Result
from ..tables import check_panel
from ..wording import format_count, format_p, format_places

SIGNATURES = ("containment", "escalation", "relocation", "extinction", "flashpoint", "adjacent_onset")
"""The signatures, in the order in which the kernels count them."""

_MOST_EVENTS = 10**7  # of one place on one day: each event is a row of its own
_FIX = "pass the counts of count_events(events, places), cut to the dates that were observed, and a graph with ties"


@dataclass(frozen=True, repr=False, eq=False)
class SpreadSignatures(Result):
    """Frequencies of the signatures of spread, observed and expected with dates shuffled over the events.

    Attributes
    ----------
    table
        Index ``date`` (of the later of two slices) and ``signature``: ``statistic``, ``expected`` and ``variance`` (over
        the draws and the observed), ``z_score``, ``p_value``, ``adjusted_p_value`` (from the largest z-score of the
        signature over all slices), ``null_low`` and ``null_high`` (the middle 95% of the draws).
    totals
        The same, summed over slices, by ``signature``; p-values are adjusted for the six signatures.
    events, places
        Number of events, and of places with at least one.
    alternative, permutations
        Settings of the permutation test.
    reason
        Why there are no p-values, or None.
    """

    table: pd.DataFrame
    totals: pd.DataFrame
    events: int
    places: int
    alternative: Alternative
    permutations: int
    reason: str | None = None

    def figure(self) -> NullLadder:
        """Return the count of each signature, over its counts with shuffled dates."""
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
        return NullLadder(names, {"dates shuffled": bands}, axis)

    @property
    def sentence(self) -> str:
        """The result in a few sentences."""
        steps = self.table.index.get_level_values("date").nunique()
        about = f"{self.events:,} events at {format_places(self.places)} in {steps + 1} time slices"
        if self.reason:
            return f"The signatures of {about} cannot be tested: {self.reason}."
        clear = self.totals[self.totals["adjusted_p_value"] <= 0.05].sort_values("adjusted_p_value", kind="stable")
        texts = [
            f"{str(name).replace('_', ' ')} is {'more' if row['z_score'] > 0 else 'less'} frequent ({row['statistic']:,.0f} observed, "
            f"{format_count(row['expected'])} expected, {format_p(row['adjusted_p_value'])})"
            for name, row in clear.to_dict("index").items()
        ]
        what = "; ".join(texts) if texts else "no signature differs significantly from its expected frequency"
        return (
            f"For {about}, compared with dates shuffled over the events: {what}. The p-values are adjusted for six signatures "
            f"({self.permutations:,} draws)."
        )

    def to_frame(self) -> pd.DataFrame:
        """Return a copy of the totals; `table` has the values by slice."""
        return self.totals.copy()


def spread_signatures(
    panel: pd.DataFrame,
    graph: DiffusionGraph,
    *,
    permutations: int = 999,
    alternative: Alternative = "two-sided",
    rng: int | np.random.Generator | None = None,
) -> SpreadSignatures:
    """Count the signatures of spread from each row of a panel to the next, and test them against permuted dates.

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
    permutations
        Number of shuffles of the dates over the events; each place and each row keeps its number of events.
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
        Counts are missing or not whole numbers, there are fewer than two rows, or the graph has other places or no ties.

    Notes
    -----
    After P. Baudains, S. D. Johnson, A. M. Braithwaite (2013), Geographic patterns of diffusion in the 2011 London riots,
    Applied Geography 45:211, doi:10.1016/j.apgeog.2013.09.010. The article does not fully describe the coding of each case;
    the definitions above are those of this library.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> result = ps.spread_signatures(ps.count_events(case.events, case.cities), ps.nearest_graph(case.cities, k=4), rng=1)
    >>> result.totals["statistic"].sum() > 0
    np.True_
    """
    with Arguments() as check:
        check_test(check, permutations, alternative)
    panel, graph = _check_inputs(panel, graph)
    counts = panel.to_numpy(dtype=float).astype(np.int64)
    slices, place = (np.repeat(side, counts[counts > 0]).astype(np.int32) for side in np.nonzero(counts))
    ties, length = sp.csr_array(graph.matrix, copy=True), len(panel)
    ties.eliminate_zeros()
    sampler = ShuffledValues(
        slices, PermutationBlocks.whole(len(slices)), seed_of(rng), "dates shuffled over the events"
    )
    work = float(panel.size + 2 * len(place)) * permutations
    draws = SignatureCounts(sampler, place, ties, length, KERNEL.pays(work)).draws(permutations)
    reason = None
    if len(np.unique(slices)) < 2 or len(np.unique(place)) < 2:
        reason = (
            "all events fall into one slice or place, so shuffling dates changes nothing"
            if len(place)
            else "there are no events"
        )
    index = pd.MultiIndex.from_product([panel.index[1:], SIGNATURES], names=["date", "signature"])
    table = _table(draws, alternative, over=0)
    totals = _table(draws.map(lambda counts: counts.sum(axis=1)), alternative, over=None)
    return SpreadSignatures(
        table=pd.DataFrame({name: values.ravel() for name, values in table.items()}, index=index),
        totals=pd.DataFrame(totals, index=pd.Index(SIGNATURES, name="signature")),
        events=len(place), places=len(np.unique(place)), alternative=alternative, permutations=permutations, reason=reason,
    )  # fmt: skip


def _check_inputs(panel: pd.DataFrame, graph: DiffusionGraph) -> tuple[pd.DataFrame, DiffusionGraph]:
    """Drop unobserved rows at the ends and match the places; raise `DataError` with all faults."""
    check_panel(panel)
    graph = match_places(panel, graph)
    observed = np.flatnonzero(panel.notna().any(axis=1))
    panel = panel.iloc[observed[0] : observed[-1] + 1] if len(observed) else panel.iloc[:0]
    faults = [f"panel must have at least two observed rows; got {len(panel)}"] if len(panel) < 2 else []
    values = panel.to_numpy(dtype=float, na_value=np.nan)
    gaps, odd = (
        np.isnan(values),
        (values < 0) | (values > _MOST_EVENTS) | (values != np.floor(values)) & ~np.isnan(values),
    )
    if gaps.any():
        where = panel.index[gaps.any(axis=1)].strftime("%Y-%m-%d")
        faults.append(
            f"panel must have no missing values between observed rows; missing for {shorten_list(panel.columns[gaps.any(axis=0)])} on {shorten_list(where)}"
        )
    if odd.any():
        faults.append(
            f"panel must hold whole numbers from 0 to 10,000,000, because dates are shuffled over events; not so for {shorten_list(panel.columns[odd.any(axis=0)])}"
        )
    if not graph.matrix.count_nonzero():
        faults.append("graph must have ties; it has none")
    if faults:
        raise argument_error(faults, _FIX)
    return panel, graph


@dataclass(frozen=True, eq=False)
class SignatureCounts(PermutationTest):
    """Counts of signatures in each slice but the first, with dates shuffled over the events."""

    place: Int32Array
    ties: sp.csr_array
    length: int
    compiled: bool

    def work(self, units: int) -> tuple[float, int]:
        """Return operations and numbers of a replicate."""
        return float(self.length * self.ties.shape[0] + 2 * units), units + 6 * self.length

    def values(self, arranged: Int32Array) -> Int32Array:
        """Return counts of shape (columns, steps, signatures)."""
        out = np.empty((arranged.shape[1], self.length - 1, len(SIGNATURES)), dtype=np.int32)
        if self.compiled:
            from ..kernels import signatures as kernel

            kernel.signatures(self.place, arranged, self.ties, self.length, out)
        else:
            plain.signatures(self.place, arranged, self.ties, self.length, out)
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
