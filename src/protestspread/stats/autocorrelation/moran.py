"""Moran's I by day, global and local: whether neighboring places have similar values.

Each statistic is compared with its distribution under random permutations of the values of the day among the places. All
days of a replicate share one permutation, which preserves the dependence between days, so that the correction by the
largest statistic takes it into account.
"""

from typing import Any

import numpy as np
import pandas as pd

from ...arrays import FloatArray
from ...graphs.diffusion import DiffusionGraph
from ...graphs.receiving import Weights
from ...inference.permutation_test import Alternative
from ...random_streams import seed_of
from .global_statistics import GlobalAdjust, GlobalStatistic, by_day
from .local_statistics import LocalAdjust, SpatialLag, by_day_and_place
from .over_time import LEAST_LOCAL_SUM, LEAST_MEAN, PFrom, Rng, by_name, check_moments, long_table, rated_days
from .panel_blocks import PanelBlock
from .rates import Rates
from .results import GlobalAutocorrelation, LocalAutocorrelation

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
) -> GlobalAutocorrelation:
    """Return Moran's I of each day: whether neighbors have similar values.

    I = (n / Σw) · Σ_ij w_ij z_i z_j / Σ_i z_i², where z is the value minus the mean of the day and w_ij the weight of place j
    in the sum for place i, ``graph.matrix[j, i]``: graphs have sources in rows, and here receivers are in rows.

    Parameters
    ----------
    panel
        Counts or other numbers, one row per day, one column per place. Raw counts mostly reflect population: pass
        `population` and `rates`, or a panel of rates. Missing places are excluded from the day, and so are their ties.
    graph
        Graph of the same places.
    population, rates
        Inhabitants by place, and how to convert counts to rates: "empirical_bayes" (Assunção and Reis 1999) or
        "freeman_tukey"; see Notes.
    weights
        "normalized": the weights that reach each place sum to 1; "binary": 1 for each tie; "given": as in the graph.
    permutations
        Number of random permutations of the places, shared by all days.
    p_from
        "permutations": (1 + number of permutations with a statistic at least as extreme) / (permutations + 1).
        "moments": a normal distribution with the exact mean and variance, without a smallest p-value; a rough
        approximation for few places, and refused for sparse counts: see Notes.
    alternative
        "greater" (neighbors are similar), "less", or "two-sided".
    adjust
        Correction for the number of days: "max" (by the largest z-score of all days in each permutation), "holm" or
        "fdr".
    rng
        A whole number, a numpy Generator, or None.

    Returns
    -------
    GlobalAutocorrelation
        ``to_frame()`` has the index ``date`` and the columns ``places`` (observed), ``statistic``, ``expected`` and ``variance``
        under all permutations (exact), ``z_score``, ``p_value``, ``adjusted_p_value``, ``null_low`` and ``null_high`` (the
        middle 95% of the null distribution), ``reason`` (why numbers are missing, else ""): fewer than four places observed,
        no ties, or the same value at all places.

    Raises
    ------
    SchemaError
        `panel` is not a valid panel.
    DataError
        The places of the graph and the panel differ (all are named); the graph has no ties; fewer than four places;
        rates without a population; unknown options; ``p_from="moments"`` with sparse counts.

    Notes
    -----
    A. D. Cliff, J. K. Ord (1981), Spatial Processes, Pion; R. M. Assunção, E. A. Reis (1999), Statistics in Medicine
    18:2147. Places without neighbors count in n and add nothing to the sum.

    Moments are refused if counts are below 1 a place on average on a day, or, for values that are no counts, if more than a
    tenth of them are 0. With independent Poisson counts at 40 and 100 places, p ≤ 0.005 on 3.0% of days at a mean of 0.05,
    2.0% at 0.1, 1.4% at 0.3 and 0.8% at 1.

    One seed gives the same p-values for any order of the columns: places are numbered by name before they are permuted.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> panel = ps.count_events(case.events, case.cities).loc["2022-01-02":"2022-01-08"]
    >>> by_day = ps.moran_over_time(panel, ps.nearest_graph(case.cities, k=4), rng=1)
    >>> list(by_day.to_frame().columns[:4])
    ['places', 'statistic', 'expected', 'variance']
    >>> print(by_day.sentence)
    Moran's I, tested on 7 of 7 days against 999 permutations of the places, shared by all days: with p-values adjusted by the
    largest z-score of all days, the values of 2 days (2022-01-02, 2022-01-03) are significantly larger than expected.
    """
    panel = by_name(panel)
    groups, reasons = rated_days(panel, graph, weights, population, rates)
    check_moments(p_from, panel, LEAST_MEAN, "the count of a place")

    def make(days: PanelBlock) -> GlobalStatistic:
        z = _centered(days)
        squares = np.where(days.constant, np.nan, (z**2).sum(axis=1))
        scale = days.count[:, 0] / days.total / squares
        return GlobalStatistic(z, days.weights, np.zeros(len(z)), scale)

    options: dict[str, Any] = {
        "permutations": permutations,
        "p_from": p_from,
        "alternative": alternative,
        "adjust": adjust,
    }
    table = by_day(panel, groups, reasons, make, seed=seed_of(rng), **options)
    return GlobalAutocorrelation.of(table, "Moran's I", rates=rates, **options)


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
) -> LocalAutocorrelation:
    """Return the local Moran's I of each day and place, which identifies clusters and spatial outliers.

    I_i = z_i / m · Σ_j w_ij z_j, where z is the value minus the mean of the day and m = Σz² / (n − 1). A place keeps its
    own value while the others are permuted (conditional permutation).

    Parameters
    ----------
    panel, graph, population, rates, weights, permutations, p_from, rng
        As in `moran_over_time`.
    alternative
        "greater" (similar to its neighbors), "less" (dissimilar), or "two-sided".
    adjust
        Correction for the number of places, separately for each day: "fdr" (Benjamini and Hochberg; Caldas de Castro and
        Singer 2006) or "holm". With few permutations and many places, neither can reach significance, and a warning is
        issued that says how many permutations are needed.

    Returns
    -------
    LocalAutocorrelation
        ``to_frame()`` has the index ``date`` and place, and the columns ``statistic``, ``expected`` and ``variance`` under all permutations of the others (exact),
        ``z_score``, ``p_value``, ``adjusted_p_value``, ``quadrant`` ("high-high": place and neighbors above the mean,
        "low-high", ...), ``reason`` (why numbers are missing, else "").

    Warns
    -----
    DataWarning
        Too few permutations for the number of places: a single finding cannot reach 0.05. The smallest adjusted p-value of a
        single finding is places / (permutations + 1), and twice that if ``alternative="two-sided"``.

    Raises
    ------
    SchemaError, DataError
        As in `moran_over_time`.

    Notes
    -----
    L. Anselin (1995), Geographical Analysis 27:93, doi:10.1111/j.1538-4632.1995.tb00338.x, who uses m = Σz² / n;
    n − 1 follows GeoDa and PySAL. Moments are refused if a place and its neighbors have fewer than 80 events on average on a
    day (mean count times mean number of neighbors), or, for values that are no counts, if more than a tenth of them are 0. With
    independent Poisson counts at 40 to 100 places and 2 to 8 neighbors, moments give a false finding on 39–44% of days at a mean
    of 0.05 a place, 28% at 0.1, 5–8% at 1, and at most 4% at the limit. R. R. Sokal, N. L. Oden, B. A. Thomson (1998), Geographical Analysis 30:331,
    doi:10.1111/j.1538-4632.1998.tb00406.x; M. Caldas de Castro, B. H. Singer (2006), Geographical Analysis 38:180,
    doi:10.1111/j.0016-7363.2006.00682.x.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> panel = ps.count_events(case.events, case.cities).loc["2022-01-04":"2022-01-05"]
    >>> local = ps.local_moran_over_time(panel, ps.nearest_graph(case.cities, k=4), permutations=2999, rng=1)
    >>> local.to_frame().index.names
    FrozenList(['date', 'city'])
    """
    given, panel = panel, by_name(panel)
    blocks, reasons = rated_days(panel, graph, weights, population, rates)
    check_moments(p_from, panel, *LEAST_LOCAL_SUM, [days.neighborhood for days in blocks])
    groups = []
    for days in blocks:
        z = _centered(days)
        squares = np.where(days.constant, np.nan, (z**2).sum(axis=1))
        groups.append(
            (days, SpatialLag(z, z * (days.count - 1) / squares[:, None], days.constant, days.weights, hold=True))
        )
    options: dict[str, Any] = {
        "permutations": permutations,
        "p_from": p_from,
        "alternative": alternative,
        "adjust": adjust,
    }
    table, reason = by_day_and_place(panel, groups, reasons, seed=seed_of(rng), **options)
    quadrant = np.full(panel.shape, -1, dtype=np.int8)
    for days, lags in groups:
        where = np.ix_(days.rows, days.places)
        quadrant[where] = 2 * (lags.values <= 0) + (table["statistic"][where] * lags.values <= 0)
    quadrant[np.isnan(table["statistic"])] = -1
    columns: dict[str, Any] = {
        "quadrant": (quadrant, _QUADRANTS),
        "reason": reason,
    }
    found = long_table(given, panel.columns, table, columns)
    return LocalAutocorrelation.of(found, "local Moran's I", rates=rates, **options)


def _centered(days: PanelBlock) -> FloatArray:
    """Return the values minus the mean of their day; 0 if the difference is only rounding."""
    z = days.values - days.values.sum(axis=1, keepdims=True) / days.count
    largest = np.abs(days.values).max(axis=1, keepdims=True)
    return np.where((np.abs(z) <= 1e-13 * largest) | ~days.seen, 0.0, z)
