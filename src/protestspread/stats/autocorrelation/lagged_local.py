"""The lagged Moran's I of each place: whose neighbors were active before, given its own past."""

from dataclasses import dataclass, replace
from typing import Any, Literal, Self, get_args

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sp
from scipy.special import gammaln

from ...arguments import Arguments
from ...arrays import FloatArray, Int32Array, IntArray
from ...graphs.diffusion import DiffusionGraph
from ...graphs.receiving import Weights
from ...inference.multiplicity import adjust as adjust_p
from ...inference.multiplicity import warn_if_few_permutations
from ...inference.permutation_test import Alternative, Draws, PermutationTest, check_test, smallest_p_value
from ...inference.replicates import PermutationBlocks, replicate_parts
from ...inference.strata import PlaceStrata
from ...kernels.dispatch import LAG_COUNTS
from ...random_streams import seed_of
from .lagged import columns_of
from .lagged_results import LocalLaggedMoran
from .lagged_series import LaggedSeries, Values, check_series, lagged_series
from .local_statistics import NAMES, LocalAdjust, LocalTests, SpatialLag
from .over_time import Rng, long_table
from .results import LEVEL

PlacesAdjust = Literal["max", "fdr", "holm"]

_QUADRANTS = ("high-high", "high-low", "low-high", "low-low")
_REASONS = (
    "", "the date has no statistic", "no active neighbors", "all exchanges give its neighbors the same values",
    "its value follows from its own past", "not observed in both rows", "never active",
)  # fmt: skip
_NO_NEIGHBORS, _NOT_OBSERVED, _NEVER_ACTIVE = 2, 5, 6
_FEW_WAYS = "the neighbors can be exchanged in too few ways for p ≤ 0.05"


def local_lagged_moran_over_time(
    panel: pd.DataFrame,
    graph: DiffusionGraph,
    places: gpd.GeoDataFrame | None = None,
    *,
    lag: int = 1,
    values: Values = "activity",
    at_least: float | None = None,
    strata: PlaceStrata = None,
    weights: Weights = "normalized",
    permutations: int = 999,
    alternative: Alternative = "greater",
    adjust: PlacesAdjust = "max",
    rng: Rng = None,
) -> LocalLaggedMoran:
    """Return the lagged Moran's I of each place: which places were more active the day after their neighbors were.

    I_i(t) = (n − 1) · e_i(t) Σ_j w_ij x_j(t − lag) / √(Σe² · Σx²), with e, x and w as in `lagged_moran_over_time`. Over all days,
    the numerators of a place and the sums of squares are added up before the division.

    Parameters
    ----------
    panel, graph, places, lag, values, at_least, weights, permutations, rng
        As in `lagged_moran_over_time`.
    strata
        A label per place: places are exchanged within strata only.
    alternative
        "greater" (more active after its neighbors were, or less after they were not), "less", or "two-sided".
    adjust
        Correction for the number of places, over all days: "max" (by the largest z-score of all places in each draw), "fdr"
        (Benjamini and Hochberg) or "holm". The values of single days are adjusted among all places and days, by Holm's method
        if ``adjust="holm"``, else by that of Benjamini and Hochberg.

    Returns
    -------
    LocalLaggedMoran
        ``overall`` has a row per place, with the statistic over all days and its p-values, on which the verdict rests.
        ``to_frame()`` has the index ``date`` (the later day of a pair) and place, with ``quadrant`` and ``reason``.

    Warns
    -----
    DataWarning
        Too few permutations for the number of places, if ``adjust`` is "fdr" or "holm".

    Raises
    ------
    SchemaError, DataError
        As in `lagged_moran_over_time`.

    Notes
    -----
    The series of the place itself is held, and all others are exchanged within blocks of about five places of like population.
    A place with three neighbors then has no p-value below 1/125, and one with a single neighbor none below 1/5: places whose
    neighbors can be exchanged in too few ways for p ≤ 0.05 are not tested. Values of single days can hardly reach
    significance. Use a graph with six or more neighbors to find single places: with three, a place was named in 14 to 19% of
    simulated worlds with strong contagion. What fools `lagged_moran_over_time` fools it, in fewer worlds.

    L. Anselin (1995), Geographical Analysis 27:93, doi:10.1111/j.1538-4632.1995.tb00338.x (the local form).

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> panel = ps.count_events(case.events, case.cities)
    >>> local = ps.local_lagged_moran_over_time(panel, ps.nearest_graph(case.cities, k=4), case.cities, rng=1)
    >>> local.overall["adjusted_p_value"].nsmallest(2).round(3).to_dict()
    {'Zhetybay': 0.05, 'Aksay': 0.131}
    """
    with Arguments() as check:
        check_series(check, lag, values, at_least, weights)
        check_test(check, permutations, alternative)
        check.choice("adjust", adjust, get_args(PlacesAdjust))
    series = lagged_series(panel, graph, places, lag=lag, values=values, at_least=at_least, weights=weights)
    series = series if strata is None else series.within(strata)
    seed = seed_of(rng)
    overall = overall_of(series, seed, permutations, alternative, adjust)
    columns, codes = _by_date(series, seed, permutations, alternative, "holm" if adjust == "holm" else "fdr")
    table = long_table(panel.iloc[lag:], series.panel.columns, columns, codes)
    overall = overall.reindex(panel.columns.rename(panel.columns.name or "place"))
    return LocalLaggedMoran.tested(
        series, table, overall, permutations=permutations, alternative=alternative, adjust=adjust
    )


def _by_date(
    series: LaggedSeries, seed: int, permutations: int, alternative: Alternative, adjust: LocalAdjust
) -> tuple[dict[str, FloatArray], dict[str, Any]]:
    """Return the columns of the table by date, shape (dates, places of the panel), and pairs of codes and categories."""
    (dates, many), (left, before) = series.residual.shape, series.squares
    tested = series.own_reasons == ""
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.where(tested, (series.observed.sum(axis=1) - 1) / np.sqrt(left * before), np.nan)
    lags = ExchangedLag(
        series.earlier, series.residual * scale[:, None], ~tested, series.weights, hold=True, blocks=series.blocks
    )
    drawn = 0 if series.reason else permutations
    test = LocalTests(lags, np.arange(many), many, drawn, alternative, adjust, seed, blocks=series.blocks)
    test = replace(test, compiled=LAG_COUNTS[lags.precision].pays(test.work * dates))
    out = np.zeros((dates, len(NAMES) + 1, many))
    if out.size:
        out = np.concatenate(list(replicate_parts(test, dates, cost=test.work, rows=8 * many, what="days")))
    code = np.where(series.observed, out[:, -1], _NOT_OBSERVED).astype(np.int8)
    code[(code == 0) & (series.reason is not None)] = len(_REASONS)
    numbers = dict(zip(NAMES, out.transpose(1, 0, 2), strict=False))
    numbers["p_value"][code > 0] = np.nan
    numbers["adjusted_p_value"] = adjust_p(numbers["p_value"], adjust)
    high = 2 * (series.residual <= 0) + (lags.sums() <= 0)
    quadrant = np.where(np.isnan(numbers["statistic"]), -1, high).astype(np.int8)

    def of_all(values: npt.NDArray[Any], other: float) -> npt.NDArray[Any]:
        spread = np.full((dates, series.panel.shape[1]), other, dtype=values.dtype)
        spread[:, series.active] = values
        return spread

    reasons = (*_REASONS, *([series.reason] if series.reason else []))
    codes = {"quadrant": (of_all(quadrant, -1), _QUADRANTS), "reason": (of_all(code, _NEVER_ACTIVE), reasons)}
    return {name: of_all(table, np.nan) for name, table in numbers.items()}, codes


def overall_of(
    series: LaggedSeries, seed: int, permutations: int, alternative: Alternative, adjust: PlacesAdjust
) -> pd.DataFrame:
    """Return the statistic of each place that was ever active over all dates, and its test."""
    tested, (left, before) = series.own_reasons == "", series.squares
    scale = (len(series.active) - 1) / np.sqrt(left[tested].sum() * before[tested].sum()) if tested.any() else np.nan
    residual, earlier = series.residual[tested] * scale, series.earlier[tested]
    if series.reason:
        sums = (residual * (series.weights.matrix @ earlier.T).T).sum(axis=0) * (1 if tested.any() else np.nan)
        draws = Draws(sums, np.full((permutations, len(sums)), np.nan))
    else:
        draws = HeldSums.of(series, residual, earlier, seed).draws(permutations)
    of_ways = np.exp(-_log_ways(series)) * (2 if alternative == "two-sided" else 1)
    reasons = np.full(len(of_ways), series.reason or "", dtype=object)
    reasons[of_ways > LEVEL] = series.reason or _FEW_WAYS
    reasons[series.weights.neighborless] = _REASONS[_NO_NEIGHBORS]
    columns = columns_of(draws, reasons, alternative, "max")
    if adjust != "max":
        columns["adjusted_p_value"] = adjust_p(columns["p_value"], adjust)
        warn_if_few_permutations(int((~np.isnan(columns["p_value"])).sum()), permutations, alternative=alternative)
    least = np.clip(of_ways, smallest_p_value(permutations, alternative=alternative), 1.0)
    table = pd.DataFrame(
        {
            "place_days": series.observed[tested].sum(axis=0), **{name: columns[name] for name in NAMES},
            "smallest_p_value": least, "reason": columns["reason"],
        },
        index=series.panel.columns[series.active],
    ).reindex(series.panel.columns)  # fmt: skip
    return table.fillna({"place_days": 0, "reason": _REASONS[_NEVER_ACTIVE]}).astype({"place_days": int})


def _log_ways(series: LaggedSeries) -> FloatArray:
    """Return the logarithm of the number of ways in which other places can come to the neighbors of each place."""
    member, sizes, block = _members(series.blocks)
    taken = sp.coo_array((series.weights.matrix != 0).astype(float) @ member)
    row, column = taken.coords
    free = sizes[column] - (block[row] == column)
    ways = gammaln(free + 1) - gammaln(free - taken.data + 1)
    return np.asarray(np.bincount(row, ways, minlength=len(block)), dtype=np.float64)


def _members(blocks: PermutationBlocks) -> tuple[sp.csr_array, IntArray, IntArray]:
    """Return which place is in which block as a matrix of 0 and 1, the sizes of the blocks, and the block of each place."""
    block = np.empty(len(blocks), dtype=np.int64)
    block[blocks.rows] = np.repeat(np.arange(len(blocks.sizes)), blocks.sizes)
    shape = (len(block), len(blocks.sizes))
    return sp.csr_array((np.ones(len(block)), (np.arange(len(block)), block)), shape=shape), blocks.sizes, block


@dataclass(frozen=True, eq=False)
class ExchangedLag(SpatialLag):
    """Sums over neighbors whose values are exchanged within blocks, while the place itself is held."""

    blocks: PermutationBlocks

    @property
    def precision(self) -> Literal["float64", "float32"]:
        """Double: with so few places in a block, sums often equal the observed one."""
        return "float64"

    def moments(self) -> tuple[FloatArray, FloatArray]:
        """Return the exact mean and variance of the sums over all exchanges of the other places within their blocks."""
        member, sizes, block = _members(self.blocks)
        x, matrix = self.values, self.weights.matrix
        total, squares = x @ member, x**2 @ member
        mean, variance = _of_sample(total, squares, sizes)
        own_mean, own_variance = _of_sample(total[:, block] - x, squares[:, block] - x**2, sizes[block] - 1)
        taken, of_squares = (sp.csr_array(table @ member) for table in (matrix, matrix.multiply(matrix)))
        own, own_squares = (np.asarray(table.multiply(member).sum(axis=1)) for table in (taken, of_squares))
        others, other_squares = (table - table.multiply(member) for table in (taken, of_squares))
        spread = other_squares - others.multiply(others) @ sp.diags_array(1 / sizes)
        expected = (others @ mean.T).T + own * own_mean
        variances = (spread @ variance.T).T + (own_squares - own**2 / np.maximum(sizes[block] - 1, 1)) * own_variance
        rounding = 1e-13 * np.abs(x).max(axis=1, keepdims=True, initial=0.0) ** 2 * self.weights.squares
        return expected, np.where(variances > rounding, variances, 0.0)


def _of_sample(total: FloatArray, squares: FloatArray, size: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return the mean of some numbers and their variance (divisor n - 1) from their sum and sum of squares; 0 where undefined."""
    mean = total / np.maximum(size, 1)
    return mean, (squares - total * mean) / np.maximum(size - 1, 1) * (size > 1)


@dataclass(frozen=True, eq=False)
class HeldSums(PermutationTest):
    """Σ_t e_i(t) Σ_j w_ij x_j(t) of each place i, itself held, while the others are exchanged within their blocks.

    Attributes
    ----------
    ties
        Weights, one row per place that is held.
    slot
        Position of each place in its block.
    products
        For each tie, and each place of the block of the neighbor: the weight times Σ_t e_i x of that place.
    """

    ties: sp.csr_array
    slot: IntArray
    products: FloatArray

    @classmethod
    def of(cls, series: LaggedSeries, residual: FloatArray, earlier: FloatArray, seed: int) -> Self:
        """Return the sums of some residuals and earlier values."""
        blocks, ties = series.blocks, series.weights.matrix
        slot, (_, sizes, block) = np.empty(len(blocks), dtype=np.int64), _members(blocks)
        slot[blocks.rows] = np.arange(len(blocks)) - np.repeat(blocks.starts[:-1], sizes)
        products = np.empty((ties.nnz, sizes.max()))
        row, first = series.weights.rows, blocks.starts[:-1][block[ties.indices]]
        for number in range(products.shape[1]):
            place = blocks.rows[np.minimum(first + number, len(blocks) - 1)]  # beyond a block: never taken
            products[:, number] = ties.data * np.einsum("te,te->e", residual[:, row], earlier[:, place])
        return cls(series.sampler(seed), ties, slot, products)

    def work(self, units: int) -> tuple[float, int]:
        """Return operations and numbers of a replicate."""
        return 30.0 * self.ties.nnz + 2.0 * units, 4 * self.ties.nnz

    def values(self, arranged: Int32Array) -> FloatArray:
        """Return the sums, shape (columns, places): a neighbor to which the held place would come takes what came to that place."""
        row = np.repeat(np.arange(len(arranged)), np.diff(self.ties.indptr))
        taken = arranged[self.ties.indices]
        taken = np.where(taken == row[:, None], arranged[row], taken)
        sums = sp.csr_array((np.ones(len(row)), np.arange(len(row)), self.ties.indptr), shape=(len(arranged), len(row)))
        return np.ascontiguousarray((sums @ self.products[np.arange(len(row))[:, None], self.slot[taken]]).T)
