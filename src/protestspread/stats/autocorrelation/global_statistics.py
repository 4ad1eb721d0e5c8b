"""Global statistics by day: sums over all pairs of neighbors, and their null distribution under permutation."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sp

from ...arguments import Arguments
from ...arrays import FloatArray, IntArray
from ...errors import DataError
from ...graphs.receiving import ReceivingWeights
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
from ...kernels.autocorrelation_plain import Gaps
from ...kernels.dispatch import DAY_FORMS, FORMS
from .panel_blocks import CONSTANT, FIXED, GapWeights, PanelBlock, shared_orders

GlobalAdjust = Literal["max", "holm", "fdr"]
P_FROM = ("permutations", "moments")


@dataclass(frozen=True, eq=False)
class GlobalStatistic:
    """Statistics of the form ``offset + scale · Σ over pairs of weight · value · value``, one per day.

    Attributes
    ----------
    values
        Shape (days, places); 0 where a place was not observed.
    weights
        Weights among the places.
    offset, scale
        One number per day.
    """

    values: FloatArray
    weights: ReceivingWeights | GapWeights
    offset: FloatArray
    scale: FloatArray

    @property
    def gaps(self) -> Gaps | None:
        """What was not observed, if the days have gaps."""
        weights = self.weights
        return Gaps(weights.seen, weights.scale) if isinstance(weights, GapWeights) else None

    @cached_property
    def ties(self) -> sp.csr_array:
        """The weight of each pair, both directions summed; with gaps, the weights with receivers in rows."""
        return self.weights.matrix if isinstance(self.weights, GapWeights) else self.weights.pairs()

    @property
    def work(self) -> float:
        """Elementary operations for one order of the places."""
        return float((self.ties.nnz + self.values.shape[1]) * len(self.values))

    def observed(self) -> FloatArray:
        """Return the statistic of each day."""
        by_place, scale = self.values.T, 1.0 if self.gaps is None else self.gaps.scale.T
        return np.asarray(self.offset + self.scale * (by_place * scale * (self.ties @ by_place)).sum(axis=0))

    def moments(self) -> tuple[FloatArray, FloatArray]:
        """Return the exact mean and variance of each day's statistic over all permutations of the places."""
        days, places = self.values.shape
        weights, counts = self.weights, np.full(days, places)
        if isinstance(weights, GapWeights):
            ties, counts = weights.pairs(), weights.seen.sum(axis=1)
        else:
            ties = [pair_sums(self.ties)] * days
        squares = self.values**2
        first, second, fourth = self.values.sum(axis=1), squares.sum(axis=1), np.einsum("ij,ij->i", squares, squares)
        rows = np.sum((first[:, None] * self.values - squares) ** 2, axis=1)
        tables = zip((first**2 - second) / 2, (second**2 - fourth) / 2, rows, strict=True)
        by_day = [
            product_moments(count, of_ties, PairSums(*map(float, table)))
            for count, of_ties, table in zip(counts.tolist(), ties, tables, strict=True)
        ]
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
        counted[group.rows] = group.count[:, 0]
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
    columns = with_p_values({"places": counted, **table}, null, reasons, alternative, adjust)
    return pd.DataFrame(columns, index=panel.index)


def _null(
    made: list[tuple[PanelBlock, GlobalStatistic]], n: int, seed: int, permutations: int
) -> Iterator[tuple[IntArray, FloatArray]]:
    """Yield rows of the panel, and their statistics under permutations, shape (permutations, days)."""
    for group, forms in made:
        kernel = FORMS if forms.gaps is None else DAY_FORMS
        draw = GlobalDraws(forms, n, group.places, seed, kernel.pays(forms.work * permutations))
        sums = run_replicates(draw, permutations, cost=forms.work, rows=n + len(forms.values))
        yield group.rows, forms.offset + forms.scale * sums


@dataclass(frozen=True, eq=False)
class GlobalDraws:
    """The sums over pairs under permutations, computed by `run_replicates`.

    Attributes
    ----------
    statistic
        The statistic to permute.
    n, places
        The number of places in the panel, and the numbers of those of the statistic.
    seed, compiled
        Seed of the run, and whether the compiled kernel sums.
    """

    statistic: GlobalStatistic
    n: int
    places: IntArray
    seed: int
    compiled: bool

    @cached_property
    def _laid_out(self) -> tuple[Any, ...]:
        """The values and pairs in the format of the compiled kernel."""
        from ...kernels import autocorrelation as kernel

        return kernel.in_blocks(self.statistic.values), kernel.in_fours(self.statistic.ties)

    def __call__(self, first: int, last: int, threads: bool) -> FloatArray:  # noqa: FBT001 - as `run_replicates` calls it
        """Return the sums of replicates `first` to `last` - 1, shape (replicates, days)."""
        values, ties, gaps = self.statistic.values, self.statistic.ties, self.statistic.gaps
        orders = shared_orders(self.n, self.places, self.seed, first, last, threads=threads)
        if not self.compiled:
            return plain.forms(values, ties, orders, gaps)
        if gaps is not None:
            from ...kernels.gaps import forms

            return forms(values, ties, orders, gaps)
        from ...kernels import autocorrelation as kernel

        run: Any = kernel.forms  # numba has no types
        return np.asarray(run(*self._laid_out, orders)[:, : len(values)])


def with_p_values(
    numbers: Mapping[str, npt.NDArray[Any]],
    null: FloatArray,
    reasons: "np.typing.NDArray[np.object_]",
    alternative: Alternative,
    adjust: GlobalAdjust,
) -> dict[str, npt.NDArray[Any]]:
    """Return the numbers of each day with z-scores, p-values, limits of the null distribution and reasons."""
    statistic, expected, variance = (numbers[name] for name in ("statistic", "expected", "variance"))
    deviation = np.sqrt(np.where(reasons == "", variance, np.nan))
    z = (statistic - expected) / deviation
    known = np.where(reasons == "", statistic, np.nan)
    if len(null):
        p = p_values(known, null, alternative)
        low, high = np.full((2, len(statistic)), np.nan)
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
    return {
        **numbers, "z_score": z, "p_value": p, "adjusted_p_value": adjusted, "null_low": low, "null_high": high,
        "reason": reasons.astype(object),
    }  # fmt: skip
