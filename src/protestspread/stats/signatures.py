"""What did each step of the spread look like? Flashpoints, containment, escalation, relocation, extinction."""

from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
import scipy.sparse as sp

from ..arrays import FloatArray, Int32Array
from ..errors import DataError, shorten_list
from ..graphs.diffusion import DiffusionGraph
from ..graphs.matching import match_places
from ..inference.multiplicity import max_p_values
from ..inference.p_values import Alternative, check_alternative, check_permutations, p_values
from ..inference.permutations import PermutationBlocks, shuffle_within_blocks
from ..inference.replicates import run_replicates
from ..kernels import signatures_plain as plain
from ..random_streams import seed_of
from ..results import Result
from ..tables import check_panel
from ..wording import format_count, format_p

SIGNATURES = ("containment", "escalation", "relocation", "extinction", "flashpoint", "adjacent_onset")
"""In the order in which kernels count them."""

_COMPILE_FROM = 3e7  # cells: a quarter of a second in numpy
_MEND = "count_events(events, places) makes whole numbers; cut the panel to what was observed"


@dataclass(frozen=True, repr=False, eq=False)
class SpreadSignatures(Result):
    """How often each signature of spread was seen, and how often it would be with dates shuffled over the events.

    Attributes
    ----------
    table
        Index ``date`` (of the later of two slices) and ``signature``: ``statistic``, ``expected`` and ``variance`` (over
        the draws and the observed), ``z_score``, ``p_value``, ``adjusted_p_value`` (by the largest z-score of the signature
        over all slices), ``null_low`` and ``null_high`` (the middle 95 % of the draws).
    totals
        The same summed over slices, by ``signature``; adjusted over the signatures.
    events, places
        How many events, and places with one.
    alternative, permutations
        As asked for.
    reason
        Why there are no p-values; None where there are.
    """

    table: pd.DataFrame
    totals: pd.DataFrame
    events: int
    places: int
    alternative: Alternative
    permutations: int
    reason: str | None = None

    @property
    def sentence(self) -> str:
        """What was found, in a sentence that can be read aloud."""
        steps = self.table.index.get_level_values("date").nunique()
        about = f"{self.events:,} events at {self.places:,} places over {steps + 1} slices"
        if self.reason:
            return f"No test of the signatures of {about}: {self.reason}."
        clear = self.totals[self.totals["adjusted_p_value"] <= 0.05].sort_values("adjusted_p_value", kind="stable")
        found = [
            f"{str(name).replace('_', ' ')} {'more' if row['z_score'] > 0 else 'less'} often ({row['statistic']:,.0f} times, "
            f"{format_count(row['expected'])} expected, {format_p(row['adjusted_p_value'])})"
            for name, row in clear.to_dict("index").items()
        ]
        what = "; ".join(found) if found else "no signature stands out"
        return f"Of {about}, against dates shuffled over the events: {what} (adjusted for six signatures, {self.permutations:,} draws)."

    def to_frame(self) -> pd.DataFrame:
        """Return the totals; `table` has them by slice."""
        return self.totals.copy()


def spread_signatures(
    panel: pd.DataFrame,
    graph: DiffusionGraph,
    *,
    permutations: int = 999,
    alternative: Alternative = "two-sided",
    rng: int | np.random.Generator | None = None,
) -> SpreadSignatures:
    """Count the signatures of spread from each row of a panel to the next, and hold them against permuted dates.

    A place is active in a row where it has an event; its neighbors are those that it can influence. Of the places active
    in the row before, those with *containment* are still active and nothing is new around them, with *escalation* still
    active and a neighbor is new, with *relocation* quiet and a neighbor is new, with *extinction* quiet and nothing is
    new. Of the places that are new, a *flashpoint* had no active neighbor in the row before (none that can influence
    it), an *adjacent onset* had. One new place may count for several neighbors.

    Parameters
    ----------
    panel
        Whole numbers of events, at least two rows. Rows at the start and the end on which no place was observed are cut
        off; elsewhere nothing may be missing. What the rows are decides what is found: try others (``count_events(...,
        every="3D", day_starts_at="06:00")``, `aggregate_panel`) and show all of them.
    graph
        Ties among the same places.
    permutations
        How often the dates of the events are shuffled over them: each place keeps how many events it had, each row too.
    alternative
        "two-sided", "greater" or "less".
    rng
        A whole number, a numpy Generator, or None.

    Returns
    -------
    SpreadSignatures
        By row and summed; it prints as a sentence and a table, and has ``.plot()``.

    Raises
    ------
    SchemaError
        The panel is no panel.
    DataError
        Counts that are no whole numbers, or missing; fewer than two rows; a graph over other places, or without ties.

    Notes
    -----
    After P. Baudains, S. D. Johnson, A. M. Braithwaite (2013), Geographic patterns of diffusion in the 2011 London riots,
    Applied Geography 45:211, doi:10.1016/j.apgeog.2013.09.010. How they coded each case is not known to us in full: the
    definitions above are this library's.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> result = ps.spread_signatures(ps.count_events(case.events, case.cities), ps.nearest_graph(case.cities, k=4), rng=1)
    >>> result.totals["statistic"].sum() > 0
    np.True_
    """
    check_permutations(permutations)
    check_alternative(alternative)
    panel, graph = _checked(panel, graph)
    counts = panel.to_numpy(dtype=np.int64)
    slices, place = (np.repeat(side, counts[counts > 0]).astype(np.int32) for side in np.nonzero(counts))
    ties, length = sp.csr_array(graph.matrix, copy=True), len(panel)
    ties.eliminate_zeros()
    observed = np.empty((1, length - 1, len(SIGNATURES)), dtype=np.int32)
    plain.signatures(place, slices[:, None], ties, length, observed)
    cost = float(len(panel) * panel.shape[1] + 2 * len(place))
    draw = partial(_draw, place, slices, ties, length, seed_of(rng), cost * permutations > _COMPILE_FROM)
    null = run_replicates(draw, permutations, cost=cost, rows=len(place) + 6 * length)
    reason = None
    if len(np.unique(slices)) < 2 or len(np.unique(place)) < 2:
        reason = (
            "all events fall into one slice or place, and shuffled dates change nothing"
            if len(place)
            else "there are no events"
        )
    index = pd.MultiIndex.from_product([panel.index[1:], SIGNATURES], names=["date", "signature"])
    table = _table(observed[0], null, alternative, over=0)
    totals = _table(observed[0].sum(axis=0), null.sum(axis=1), alternative, over=None)
    return SpreadSignatures(
        table=pd.DataFrame({name: values.ravel() for name, values in table.items()}, index=index),
        totals=pd.DataFrame(totals, index=pd.Index(SIGNATURES, name="signature")),
        events=len(place), places=len(np.unique(place)), alternative=alternative, permutations=permutations, reason=reason,
    )  # fmt: skip


def _checked(panel: pd.DataFrame, graph: DiffusionGraph) -> tuple[pd.DataFrame, DiffusionGraph]:
    """Cut off unobserved rows at the ends, and raise all that stands against counting signatures."""
    check_panel(panel)
    graph = match_places(panel, graph)
    seen = np.flatnonzero(panel.notna().any(axis=1))
    panel = panel.iloc[seen[0] : seen[-1] + 1] if len(seen) else panel.iloc[:0]
    faults = [f"{len(panel)} observed rows: from one to the next there must be a step"] if len(panel) < 2 else []
    values = panel.to_numpy(dtype=float, na_value=np.nan)
    gaps, odd = np.isnan(values), (values < 0) | (values != np.floor(values)) & ~np.isnan(values)
    if gaps.any():
        where = panel.index[gaps.any(axis=1)].strftime("%Y-%m-%d")
        faults.append(f"nothing observed at {shorten_list(panel.columns[gaps.any(axis=0)])} on {shorten_list(where)}")
    if odd.any():
        faults.append(
            f"no whole numbers from 0 at {shorten_list(panel.columns[odd.any(axis=0)])}: dates are shuffled over single events"
        )
    if not graph.matrix.count_nonzero():
        faults.append("the graph has no ties")
    if faults:
        raise DataError("no signatures can be counted", faults, _MEND)
    return panel, graph


def _draw(
    place: Int32Array, slices: Int32Array, ties: sp.csr_array, length: int, seed: int, compiled: bool,  # noqa: FBT001
    first: int, last: int, threads: bool,  # noqa: FBT001 - as `run_replicates` calls it
) -> Int32Array:  # fmt: skip
    drawn = shuffle_within_blocks(slices, PermutationBlocks.whole(len(slices)), seed, first, last, threads=threads)
    out = np.empty((last - first, length - 1, len(SIGNATURES)), dtype=np.int32)
    if compiled:
        from ..kernels import signatures as kernel

        kernel.signatures(place, drawn, ties, length, out)
    else:
        plain.signatures(place, drawn, ties, length, out)
    return out


def _table(
    observed: Int32Array, null: Int32Array, alternative: Alternative, *, over: int | None
) -> dict[str, FloatArray]:
    """Return the columns of the table; adjusted over slices, each signature by itself, or over the signatures."""
    together = np.concatenate([observed[None], null])  # all on one footing, so that p-values by the largest are exact
    mean, variance = together.mean(axis=0), together.var(axis=0, ddof=1)
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
