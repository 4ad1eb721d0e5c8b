"""Global statistics by day: sums over all pairs of neighbors, and their null distribution under permutation."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
import scipy.sparse as sp

from ...arguments import Arguments
from ...arrays import FloatArray, IntArray
from ...errors import DataError
from ...inference.multiplicity import adjust as adjust_p
from ...inference.multiplicity import max_p_values
from ...inference.permutation_test import (
    Alternative,
    PairSums,
    check_test,
    normal_p_values,
    p_values,
    pair_sums,
    product_moments,
)
from ...inference.replicates import run_replicates
from ...kernels import autocorrelation_plain as plain
from ...kernels.dispatch import DAY_FORMS, FORMS
from .panel_blocks import CONSTANT, FIXED, PanelBlock, remaining, shared_orders

GlobalAdjust = Literal["max", "holm", "fdr"]
P_FROM = ("permutations", "moments")


@dataclass(frozen=True, eq=False)
class GlobalStatistic:
    """Statistics of the form ``offset + scale · Σ over pairs of weight · value · value``, one per day.

    Attributes
    ----------
    values
        Shape (days, places).
    pairs
        The weight of each pair, both directions summed.
    offset, scale
        One number per day.
    """

    values: FloatArray
    pairs: sp.csr_array
    offset: FloatArray
    scale: FloatArray

    @property
    def work(self) -> float:
        """Elementary operations for one order of the places."""
        return float((self.pairs.nnz + self.values.shape[1]) * len(self.values))

    def observed(self) -> FloatArray:
        """Return the statistic of each day."""
        return np.asarray(self.offset + self.scale * (self.values.T * (self.pairs @ self.values.T)).sum(axis=0))

    def moments(self) -> tuple[FloatArray, FloatArray]:
        """Return the exact mean and variance of each day's statistic over all permutations of the places."""
        ties, places = pair_sums(self.pairs), self.values.shape[1]
        squares = self.values**2
        first, second, fourth = self.values.sum(axis=1), squares.sum(axis=1), np.einsum("ij,ij->i", squares, squares)
        rows = np.sum((first[:, None] * self.values - squares) ** 2, axis=1)
        tables = zip((first**2 - second) / 2, (second**2 - fourth) / 2, rows, strict=True)
        by_day = [product_moments(places, ties, PairSums(*map(float, table))) for table in tables]
        expected = np.array([moments.expected for moments in by_day])
        return self.offset + self.scale * expected, self.scale**2 * np.array([moments.variance for moments in by_day])


def by_day(
    panel: pd.DataFrame,
    groups: list[PanelBlock],
    reasons: "np.typing.NDArray[np.object_]",
    make: Callable[[PanelBlock], GlobalStatistic],
    *,
    permutations: int,
    p_from: str,
    alternative: Alternative,
    adjust: GlobalAdjust,
    seed: int,
) -> pd.DataFrame:
    """Return the table described in `moran_over_time`."""
    with Arguments() as check:
        check_test(check, permutations, alternative)
        check.choice("p_from", p_from, P_FROM)
        check.choice("adjust", adjust, get_args(GlobalAdjust))
    if (p_from, adjust) == ("moments", "max"):
        what = "adjust='max' needs permutations; got p_from='moments'"
        raise DataError(what, fix="pass adjust='holm' or 'fdr', or p_from='permutations'")
    days = len(panel)
    table = {name: np.full(days, np.nan) for name in ("statistic", "expected", "variance")}
    counted = np.zeros(days, dtype=np.int64)
    null = np.full((permutations if p_from == "permutations" else 0, days), np.nan)
    made = [(group, make(group)) for group in groups]
    for group, forms in made:
        counted[group.rows] = len(group.places)
        table["statistic"][group.rows] = forms.observed()
        table["expected"][group.rows], table["variance"][group.rows] = forms.moments()
        fixed = table["variance"][group.rows] <= 1e-14 * (
            table["expected"][group.rows] ** 2 + table["statistic"][group.rows] ** 2
        )
        reasons[group.rows[fixed]], reasons[group.rows[group.constant]] = FIXED, CONSTANT
    if len(null):
        for rows, drawn in _null(made, panel.shape[1], seed, permutations):
            null[:, rows] = drawn
    null[:, reasons != ""] = np.nan
    return _table(pd.DataFrame({"places": counted, **table}, index=panel.index), null, reasons, alternative, adjust)


def _null(
    made: list[tuple[PanelBlock, GlobalStatistic]], n: int, seed: int, permutations: int
) -> Iterator[tuple[IntArray, FloatArray]]:
    """Yield rows of the panel, and their statistics under permutations, shape (permutations, days)."""
    alone = [(group, forms) for group, forms in made if group.alone(n)]
    for group, forms in made:
        if not group.alone(n):
            laid_out: tuple[Any, ...] = ()
            if FORMS.pays(forms.work * permutations):
                from ...kernels import autocorrelation as kernel

                laid_out = (kernel.in_blocks(forms.values), kernel.in_fours(forms.pairs))
            draw = GlobalDraws(forms, laid_out, n, group.places, seed)
            sums = run_replicates(draw, permutations, cost=forms.work, rows=n + len(forms.values))
            yield group.rows, forms.offset + forms.scale * sums
    if alone:
        groups, statistics = zip(*alone, strict=True)
        work = sum(forms.work for forms in statistics)
        places = tuple(group.places for group in groups)
        together = GapDraws(statistics, places, n, seed, DAY_FORMS.pays(work * permutations))
        sums = run_replicates(together, permutations, cost=work, rows=n + sum(len(group.rows) for group in groups))
        offset, scale = (np.concatenate([getattr(forms, name) for forms in statistics]) for name in ("offset", "scale"))
        yield np.concatenate([group.rows for group in groups]), offset + scale * sums


@dataclass(frozen=True, eq=False)
class GlobalDraws:
    """The sums over pairs under permutations, computed by `run_replicates`.

    Attributes
    ----------
    statistic
        The statistic to permute.
    laid_out
        Its values and pairs in the format of the compiled kernel; empty for numpy.
    n, places
        The number of places in the panel, and the numbers of those observed.
    seed
        Seed of the run.
    """

    statistic: GlobalStatistic
    laid_out: tuple[Any, ...]
    n: int
    places: IntArray
    seed: int

    def __call__(self, first: int, last: int, threads: bool) -> FloatArray:  # noqa: FBT001 - as `run_replicates` calls it
        """Return the sums of replicates `first` to `last` - 1, shape (replicates, days)."""
        values, pairs = self.statistic.values, self.statistic.pairs
        orders = shared_orders(self.n, self.places, self.seed, first, last, threads=threads)
        if not self.laid_out:
            return plain.forms(values, pairs, orders)
        from ...kernels import autocorrelation as kernel

        run: Any = kernel.forms  # numba has no types
        return np.asarray(run(*self.laid_out, orders)[:, : len(values)])


@dataclass(frozen=True, eq=False)
class GapDraws:
    """The sums over pairs under permutations on days with gaps, computed by `run_replicates`; all days share one order.

    Attributes
    ----------
    statistics, places
        The statistics of the days of each pattern of gaps, and the numbers of its observed places.
    n, seed, compiled
        The number of places in the panel, the seed of the run, and whether the compiled kernel sums.
    """

    statistics: tuple[GlobalStatistic, ...]
    places: tuple[IntArray, ...]
    n: int
    seed: int
    compiled: bool

    def __call__(self, first: int, last: int, threads: bool) -> FloatArray:  # noqa: FBT001 - as `run_replicates` calls it
        """Return the sums of replicates `first` to `last` - 1, shape (replicates, days)."""
        orders = shared_orders(self.n, np.arange(self.n), self.seed, first, last, threads=threads)
        groups = zip(self.statistics, self.places, strict=True)
        if not self.compiled:
            return np.hstack([plain.forms(one.values, one.pairs, remaining(orders, here)) for one, here in groups])
        from ...kernels import gaps

        lanes, many = gaps.in_lanes(orders), last - first
        sums = [
            gaps.forms(gaps.day_of(values, self.n, here), one.pairs, lanes, many)
            for one, here in groups
            for values in one.values
        ]
        return np.column_stack(sums)


def _table(
    numbers: pd.DataFrame,
    null: FloatArray,
    reasons: "np.typing.NDArray[np.object_]",
    alternative: Alternative,
    adjust: GlobalAdjust,
) -> pd.DataFrame:
    """Add z-scores, p-values, limits of the null distribution and reasons to the numbers of each day."""
    statistic, expected, variance = (numbers[name].to_numpy() for name in ("statistic", "expected", "variance"))
    deviation = np.sqrt(np.where(reasons == "", variance, np.nan))
    z = (statistic - expected) / deviation
    known = np.where(reasons == "", statistic, np.nan)
    if len(null):
        p = p_values(known, null, alternative)
        low, high = np.full((2, len(numbers)), np.nan)
        low[reasons == ""], high[reasons == ""] = np.quantile(null[:, reasons == ""], [0.025, 0.975], axis=0)
        adjusted = (
            max_p_values(z, (null - expected) / deviation, alternative)
            if adjust == "max"
            else adjust_p(p, adjust, permutations=len(null), alternative=alternative)
        )
    else:
        p = normal_p_values(z, alternative)
        low, high = expected - 1.959964 * deviation, expected + 1.959964 * deviation
        adjusted = adjust_p(p, adjust) if adjust != "max" else p
    return numbers.assign(
        z_score=z, p_value=p, adjusted_p_value=adjusted, null_low=low, null_high=high, reason=reasons.astype(object)
    )
