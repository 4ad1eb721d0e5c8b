"""Are places alike because they are neighbors? Spatial autocorrelation day by day, all days in one call.

Every statistic is compared with what it would be if the places had swapped their values of that day, at random. One
random order of the places serves all days of a replicate: values of different days then keep hanging together as they
did, which is what lets a correction by the largest statistic know how many independent chances the days were; and the
order is drawn once, not once a day.
"""

from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from ..chance import seed_of
from ..errors import DataError, name_some
from ..geodesy import FloatArray
from ..graphs.diffusion import DiffusionGraph
from ..inference.p_values import Alternative
from ..tables import check_panel
from .daily_forms import Forms, GlobalAdjust, by_day
from .daily_lags import Lags, LocalAdjust, by_day_and_place
from .days import Days, observed_days
from .standardizing import Rates, check_population, standardize
from .weights import Weights

PFrom = Literal["permutations", "moments"]
Joins = Literal["BB", "BW", "WW"]
Rng = int | np.random.Generator | None

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
    groups, reasons = _rated_days(panel, graph, weights, population, rates)

    def make(days: Days) -> Forms:
        z = _centered(days)
        squares = np.where(days.constant, np.nan, (z**2).sum(axis=1))
        scale = z.shape[1] / days.weights.sums.sum() / squares
        return Forms(z, days.weights.pairs(), np.zeros(len(z)), scale)

    options: dict[str, Any] = {
        "permutations": permutations,
        "p_from": p_from,
        "alternative": alternative,
        "adjust": adjust,
    }
    table = by_day(panel, groups, reasons, make, seed=seed_of(rng), **options)
    return _told(table, "Moran's I", **options)


def join_counts_over_time(
    panel: pd.DataFrame,
    graph: DiffusionGraph,
    *,
    joins: Joins = "BB",
    at_least: float = 1,
    weights: Weights = "binary",
    permutations: int = 999,
    p_from: PFrom = "permutations",
    alternative: Alternative = "greater",
    adjust: GlobalAdjust = "max",
    rng: Rng = None,
) -> pd.DataFrame:
    """Return the join counts of every day: how many ties run between two active places (or an active and a quiet one).

    The natural statistic for where it had arrived: ``join_counts_over_time(ps.active(panel, memory_days=7), graph)``.

    Parameters
    ----------
    panel
        A row a day, a column a place.
    graph
        Ties among the same places. A tie both ways is one join; a tie one way is half a join.
    joins
        "BB": both places active; "BW": one of the two; "WW": neither (black and white, after Cliff and Ord). Neighbors
        that are alike make BB and WW large and BW small: test "BW" with ``alternative="less"``.
    at_least
        From which value on a place counts as active.
    weights, permutations, p_from, alternative, adjust, rng
        As in `moran_over_time`.

    Returns
    -------
    DataFrame
        As `moran_over_time` gives it. On a day when all places are active, or none, the count stands without a p-value.

    Raises
    ------
    SchemaError, DataError
        As in `moran_over_time`.

    Notes
    -----
    A. D. Cliff, J. K. Ord (1981), Spatial Processes, Pion.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> panel = ps.count_events(case.events, case.cities).loc["2022-01-02":"2022-01-05"]
    >>> by_day = ps.join_counts_over_time(panel, ps.nearest_graph(case.cities, k=4), rng=1)
    >>> bool((by_day["statistic"] >= 0).all())
    True
    """
    check_panel(panel)
    if joins not in ("BB", "BW", "WW"):
        raise DataError("there are no such joins", [f"joins = {joins!r}"], '"BB", "BW" or "WW"')
    groups, reasons = observed_days((panel >= at_least).astype(float).where(panel.notna()), graph, weights)

    def make(days: Days) -> Forms:
        active = days.values
        pairs, half = days.weights.pairs(), np.full(len(active), 0.5)
        if joins == "BW":  # with +1 and -1, (1 - product) / 2 tells unlike from like
            return Forms(2 * active - 1, pairs, np.full(len(active), pairs.sum() / 4), -half / 2)
        return Forms(active if joins == "BB" else 1 - active, pairs, 0 * half, half)

    options: dict[str, Any] = {
        "permutations": permutations,
        "p_from": p_from,
        "alternative": alternative,
        "adjust": adjust,
    }
    table = by_day(panel, groups, reasons, make, seed=seed_of(rng), **options)
    return _told(table, f"joins ({joins})", **options)


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
    observed, unseen = _rated_days(panel, graph, weights, population, rates)
    groups = []
    for days in observed:
        z = _centered(days)
        squares = np.where(days.constant, np.nan, (z**2).sum(axis=1))
        groups.append(
            (days, Lags(z, z * ((z.shape[1] - 1) / squares)[:, None], days.constant, days.weights, hold=True))
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
    return _told(_long(panel, table, columns), "local Moran's I", **options)


def getis_ord_over_time(
    panel: pd.DataFrame,
    graph: DiffusionGraph,
    *,
    star: bool = True,
    population: pd.Series | None = None,
    rates: Literal["freeman_tukey"] | None = None,
    weights: Weights = "binary",
    permutations: int = 999,
    p_from: PFrom = "permutations",
    alternative: Alternative = "greater",
    adjust: LocalAdjust = "fdr",
    rng: Rng = None,
) -> pd.DataFrame:
    """Return Getis and Ord's G* (or G) of every day and place: what share of all lies in and around it? Hot spots.

    G*_i = Σ_j w_ij x_j / Σ_j x_j with the place itself among its neighbors, all places swapping their values; G_i leaves the
    place out of both sums, and the others swap theirs.

    Parameters
    ----------
    panel
        Counts or other numbers of at least 0.
    graph
        Ties among the same places.
    star
        Whether a place counts among its own neighbors, with the largest weight that reaches it: G* rather than G.
    population, rates
        As in `moran_over_time`; only "freeman_tukey" (empirical Bayes gives numbers below 0, which have no shares).
    weights, permutations, p_from, rng
        As in `moran_over_time`, but each tie counts 1 by default.
    alternative
        "greater" (hot spots), "less" (cold spots), or "two-sided".
    adjust
        As in `local_moran_over_time`.

    Returns
    -------
    DataFrame
        As `local_moran_over_time` gives it, without ``quadrant``. ``z_score`` is the hot-spot score of Ord and Getis.

    Warns
    -----
    DataWarning
        As in `local_moran_over_time`.

    Raises
    ------
    SchemaError, DataError
        As in `moran_over_time`; values below 0.

    Notes
    -----
    J. K. Ord, A. Getis (1995), Geographical Analysis 27:286, doi:10.1111/j.1538-4632.1995.tb00912.x.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> panel = ps.count_events(case.events, case.cities).loc["2022-01-04":"2022-01-05"]
    >>> hot = ps.getis_ord_over_time(panel, ps.nearest_graph(case.cities, k=4), p_from="moments")
    >>> bool(hot["p_value"].between(0, 1).any())
    True
    """
    if rates not in (None, "freeman_tukey"):
        raise DataError("G has no such rates", [f"rates = {rates!r}"], '"freeman_tukey" or None: values of at least 0')
    observed, unseen = _rated_days(panel, graph, weights, population, rates, own=star)
    below = panel.columns[(panel < 0).any()]
    if len(below):
        raise DataError("G has no meaning", [f"values below 0 in {name_some(below)}"], "numbers of at least 0")
    groups = []
    for days in observed:
        x = days.values
        shared = x.sum(axis=1, keepdims=True) - (0 if star else x)
        factor = np.divide(1.0, shared, out=np.full(x.shape, np.nan), where=shared > 0)
        groups.append((days, Lags(x, factor, days.constant, days.weights, hold=not star)))
    options: dict[str, Any] = {
        "permutations": permutations,
        "p_from": p_from,
        "alternative": alternative,
        "adjust": adjust,
    }
    table, reason = by_day_and_place(panel, groups, unseen, seed=seed_of(rng), **options)
    return _told(_long(panel, table, {"reason": reason}), "G*" if star else "G", **options)


def _rated_days(
    panel: pd.DataFrame,
    graph: DiffusionGraph,
    weights: Weights,
    population: pd.Series | None,
    rates: Rates | None,
    *,
    own: bool = False,
) -> "tuple[list[Days], np.typing.NDArray[np.object_]]":
    """Check what was given; group the days by the places observed, with rates instead of counts where asked for."""
    check_panel(panel)
    people = check_population(population, panel.columns, rates)
    groups, reasons = observed_days(panel, graph, weights, own=own)
    if people is None or rates is None:
        return groups, reasons
    return [replace(days, values=standardize(days.values, people[days.places], rates)) for days in groups], reasons


def _centered(days: Days) -> FloatArray:
    """Return the values less the mean of their day; what is the mean to rounding is 0."""
    z = days.values - days.values.mean(axis=1, keepdims=True)
    largest = np.abs(days.values).max(axis=1, keepdims=True)
    return np.where(np.abs(z) <= 1e-13 * largest, 0.0, z)


def _long(panel: pd.DataFrame, table: dict[str, FloatArray], more: dict[str, Any]) -> pd.DataFrame:
    """Return a row a date and place."""
    days, places = panel.shape
    codes: Any = [np.repeat(np.arange(days), places), np.tile(np.arange(places), days)]
    levels: Any = [panel.index, panel.columns]
    index = pd.MultiIndex(
        levels=levels, codes=codes, names=["date", panel.columns.name or "place"], verify_integrity=False
    )
    return pd.DataFrame({name: values.ravel() for name, values in table.items()} | more, index=index, copy=False)


_HOW_ADJUSTED = {
    "max": "by the largest z-score of all days",
    "holm": "after Holm",
    "fdr": "by the false discovery rate",
}


def _told(
    table: pd.DataFrame, statistic: str, *, permutations: int, p_from: str, alternative: str, adjust: str
) -> pd.DataFrame:
    """Say in ``attrs`` what the table is, for pictures and readers."""
    drawn = f"{permutations:,} permutations of the places, shared by all days"
    how = drawn if p_from == "permutations" else "a normal distribution with exact moments"
    among = " among the places of a day" if table.index.nlevels == 2 else ""
    table.attrs = {
        "statistic": statistic,
        "method": f"{statistic}; p-values ({alternative}) from {how}; adjusted {_HOW_ADJUSTED[adjust]}{among}",
    }
    return table
