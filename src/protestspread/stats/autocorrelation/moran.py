"""Are places alike because they are neighbors? Spatial autocorrelation day by day, all days in one call.

Every statistic is compared with what it would be if the places had swapped their values of that day, at random. One
random order of the places serves all days of a replicate: values of different days then keep hanging together as they
did, which is what lets a correction by the largest statistic know how many independent chances the days were; and the
order is drawn once, not once a day.
"""

from typing import Any

import numpy as np
import pandas as pd

from ...arrays import FloatArray
from ...graphs.diffusion import DiffusionGraph
from ...graphs.receiving import Weights
from ...inference.p_values import Alternative
from ...random_streams import seed_of
from .global_statistics import GlobalAdjust, GlobalStatistic, by_day
from .local_statistics import LocalAdjust, SpatialLag, by_day_and_place
from .over_time import PFrom, Rng, describe, long_table, rated_days
from .panel_blocks import PanelBlock
from .rates import Rates

_QUADRANTS = ("high-high", "high-low", "low-high", "low-low")


def moran_over_time(
    panel: pd.DataFrame,
    graph: DiffusionGraph,
    *,
    population: pd.Series | None = None,
    rates: Rates | None = None,
    weights: Weights = "normalized",
    permutations: int = 999,
    p_from: PFrom = "permutations",
    alternative: Alternative = "greater",
    adjust: GlobalAdjust = "max",
    rng: Rng = None,
) -> pd.DataFrame:
    """Return Moran's I of every day: do neighbors have like values.

    I = (n / Σw) · Σ_ij w_ij z_i z_j / Σ_i z_i², where z is the value less the day's mean and w_ij the weight of place j in
    the sum for place i: ``graph.matrix[j, i]``, because graphs run from source to target and here places receive.

    Parameters
    ----------
    panel
        Counts or any numbers, a row a day, a column a place. Counts as they are mostly show where many people live: give
        `population` and `rates`, or rates of your own. A day on which some places are missing is measured among the
        others, with the ties among them.
    graph
        Ties among the same places.
    population, rates
        Inhabitants by place, and how to make counts comparable: "empirical_bayes" (Assunção and Reis 1999) or
        "freeman_tukey"; see Notes.
    weights
        "normalized": what reaches each place sums to 1; "binary": 1 a tie; "given": as in the graph.
    permutations
        Random orders of the places, shared by all days (see the head of this module).
    p_from
        "permutations": the share of orders with a statistic at least as extreme, (1 + #) / (permutations + 1).
        "moments": a normal distribution with the exact mean and variance; it draws nothing and has no floor, and is
        rough for few places or many zeros.
    alternative
        "greater" (neighbors are alike), "less", or "two-sided".
    adjust
        How p-values are corrected for the number of days: "max" (by the largest z-score of all days in each
        replicate), "holm" or "fdr".
    rng
        A whole number, a numpy Generator, or None.

    Returns
    -------
    DataFrame
        Index ``date``; ``places`` observed, ``statistic``, ``expected`` and ``variance`` over all orders (exact),
        ``z_score``, ``p_value``, ``adjusted_p_value``, ``null_low`` and ``null_high`` (the middle 95 % of the null), ``reason``
        (why numbers are missing, else ""): fewer than four places observed, no ties, one value everywhere.

    Raises
    ------
    SchemaError
        The panel is no panel.
    DataError
        The graph is about other places (both sides named) or has no ties; fewer than four places; no population where
        rates are asked for; unknown options.

    Notes
    -----
    A. D. Cliff, J. K. Ord (1981), Spatial Processes, Pion; R. M. Assunção, E. A. Reis (1999), Statistics in Medicine
    18:2147. A place that nothing reaches counts among the n places, and adds nothing to the sum.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> panel = ps.count_events(case.events, case.cities).loc["2022-01-02":"2022-01-08"]
    >>> by_day = ps.moran_over_time(panel, ps.nearest_graph(case.cities, k=4), rng=1)
    >>> list(by_day.columns[:4])
    ['places', 'statistic', 'expected', 'variance']
    """
    groups, reasons = rated_days(panel, graph, weights, population, rates)

    def make(days: PanelBlock) -> GlobalStatistic:
        z = _centered(days)
        squares = np.where(days.constant, np.nan, (z**2).sum(axis=1))
        scale = z.shape[1] / days.weights.sums.sum() / squares
        return GlobalStatistic(z, days.weights.pairs(), np.zeros(len(z)), scale)

    options: dict[str, Any] = {
        "permutations": permutations,
        "p_from": p_from,
        "alternative": alternative,
        "adjust": adjust,
    }
    table = by_day(panel, groups, reasons, make, seed=seed_of(rng), **options)
    return describe(table, "Moran's I", **options)


def local_moran_over_time(
    panel: pd.DataFrame,
    graph: DiffusionGraph,
    *,
    population: pd.Series | None = None,
    rates: Rates | None = None,
    weights: Weights = "normalized",
    permutations: int = 999,
    p_from: PFrom = "permutations",
    alternative: Alternative = "two-sided",
    adjust: LocalAdjust = "fdr",
    rng: Rng = None,
) -> pd.DataFrame:
    """Return the local Moran's I of every day and place: which places are like their neighbors, which stand out.

    I_i = z_i / m · Σ_j w_ij z_j, where z is the value less the day's mean and m = Σz² / (n − 1). A place keeps its own
    value while the others swap theirs (conditional permutation).

    Parameters
    ----------
    panel, graph, population, rates, weights, permutations, p_from, rng
        As in `moran_over_time`.
    alternative
        "greater" (like its neighbors), "less" (unlike), or "two-sided".
    adjust
        How p-values are corrected for the number of places, day by day: "fdr" (Benjamini and Hochberg; Caldas de Castro
        and Singer 2006) or "holm". With few permutations and many places neither can find anything, and a warning
        says so: draw more, or take ``p_from="moments"``.

    Returns
    -------
    DataFrame
        Index ``date`` and place; ``statistic``, ``expected`` and ``variance`` over all orders of the others (exact),
        ``z_score``, ``p_value``, ``adjusted_p_value``, ``quadrant`` ("high-high": above the mean among neighbors above it,
        "low-high", ...), ``reason`` (why numbers are missing, else "").

    Warns
    -----
    DataWarning
        So few permutations for so many places that one finding alone could not reach 0.05.

    Raises
    ------
    SchemaError, DataError
        As in `moran_over_time`.

    Notes
    -----
    L. Anselin (1995), Geographical Analysis 27:93, doi:10.1111/j.1538-4632.1995.tb00338.x, there with m = Σz² / n; the
    n − 1 is that of GeoDa and PySAL. R. R. Sokal, N. L. Oden, B. A. Thomson (1998), Geographical Analysis 30:331,
    doi:10.1111/j.1538-4632.1998.tb00406.x; M. Caldas de Castro, B. H. Singer (2006), Geographical Analysis 38:180,
    doi:10.1111/j.0016-7363.2006.00682.x.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> panel = ps.count_events(case.events, case.cities).loc["2022-01-04":"2022-01-05"]
    >>> local = ps.local_moran_over_time(panel, ps.nearest_graph(case.cities, k=4), permutations=1999, rng=1)
    >>> local.index.names
    FrozenList(['date', 'city'])
    """
    observed, unseen = rated_days(panel, graph, weights, population, rates)
    groups = []
    for days in observed:
        z = _centered(days)
        squares = np.where(days.constant, np.nan, (z**2).sum(axis=1))
        groups.append(
            (days, SpatialLag(z, z * ((z.shape[1] - 1) / squares)[:, None], days.constant, days.weights, hold=True))
        )
    options: dict[str, Any] = {
        "permutations": permutations,
        "p_from": p_from,
        "alternative": alternative,
        "adjust": adjust,
    }
    table, reason = by_day_and_place(panel, groups, unseen, seed=seed_of(rng), **options)
    quadrant = np.full(panel.shape, -1, dtype=np.int8)
    for days, lags in groups:
        where = np.ix_(days.rows, days.places)
        quadrant[where] = 2 * (lags.values <= 0) + (table["statistic"][where] * lags.values <= 0)
    quadrant[np.isnan(table["statistic"])] = -1
    columns: dict[str, Any] = {
        "quadrant": pd.Categorical.from_codes(quadrant.ravel(), categories=pd.Index(_QUADRANTS)),
        "reason": reason,
    }
    return describe(long_table(panel, table, columns), "local Moran's I", **options)


def _centered(days: PanelBlock) -> FloatArray:
    """Return the values less the mean of their day; what is the mean to rounding is 0."""
    z = days.values - days.values.mean(axis=1, keepdims=True)
    largest = np.abs(days.values).max(axis=1, keepdims=True)
    return np.where(np.abs(z) <= 1e-13 * largest, 0.0, z)
