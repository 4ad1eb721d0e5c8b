"""Local statistics by day and place: sums over a place's neighbors, and their null distribution under permutation."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Self, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from ...arguments import Arguments
from ...arrays import BoolArray, FloatArray, Int32Array, IntArray, UInt32Array
from ...graphs.receiving import ReceivingWeights
from ...inference.multiplicity import adjust as adjust_p
from ...inference.multiplicity import warn_if_few_permutations
from ...inference.permutation_test import Alternative, check_test, normal_p_values
from ...inference.replicates import WIDEST, PermutationBlocks, replicate_parts
from ...inference.replicates import permutations as draw_permutations
from ...kernels import autocorrelation_plain as plain
from ...kernels.autocorrelation_plain import Gaps
from ...kernels.dispatch import DAY_COUNTS, LAG_COUNTS
from .global_statistics import P_FROM
from .panel_blocks import CONSTANT, GapWeights, PanelBlock, shared_orders

LocalAdjust = Literal["fdr", "holm"]

_ROUNDING = 1e-9  # of a standard deviation: sums that differ by less count as equal
_ORDERS, _FEW_PLACES = (
    1000,
    8000,
)  # orders at a time for up to 8000 places; with fewer orders, arranging the values dominates
_PIECE = 1 << 15  # numbers at a time that fit into the cache
Coded = tuple[npt.NDArray[np.int8], Sequence[str]]
NAMES = ("statistic", "expected", "variance", "z_score", "p_value", "adjusted_p_value")
_REASONS = (
    "",
    CONSTANT,
    "no neighbors observed",
    "the same value at all other places",
    "its value equals the mean of all places",
    "not observed",
)

_NOT_OBSERVED = len(_REASONS) - 1


@dataclass(frozen=True, eq=False)
class SpatialLag:
    """Statistics of the form ``factor · Σ over neighbors of weight · value``, one per day and place.

    Attributes
    ----------
    values
        Shape (days, places).
    factor
        The part that permutations do not change, shape (days, places).
    constant
        Mask of the days on which all places have the same value.
    weights
        One row per receiving place; with a diagonal if a place is its own neighbor.
    hold
        Whether a place keeps its own value while the others are permuted.
    """

    values: FloatArray
    factor: FloatArray
    constant: BoolArray
    weights: ReceivingWeights | GapWeights
    hold: bool

    @property
    def gaps(self) -> Gaps | None:
        """What was not observed, if the days have gaps."""
        weights = self.weights
        return Gaps(weights.seen, weights.scale) if isinstance(weights, GapWeights) else None

    @property
    def precision(self) -> Literal["float64", "float32"]:
        """The precision in which the compiled kernel counts."""
        return plain.precision(self.values)

    def on(self, days: slice) -> Self:
        """Return the lags of some of the days."""
        weights = self.weights.on(days) if isinstance(self.weights, GapWeights) else self.weights
        some = {name: getattr(self, name)[days] for name in ("values", "factor", "constant")}
        return replace(self, **some, weights=weights)

    def sums(self) -> FloatArray:
        """Return the observed sums."""
        sums = np.ascontiguousarray((self.weights.matrix @ self.values.T).T)
        return sums if self.gaps is None else sums * self.gaps.scale

    def moments(self) -> tuple[FloatArray, FloatArray]:
        """Return the exact mean and variance of the sums under permutation of all places, or of all others if `hold`."""
        gaps = self.gaps
        places: Any = self.values.shape[1] if gaps is None else gaps.seen.sum(axis=1, keepdims=True)
        squared = self.values**2
        total, squares = self.values.sum(axis=1, keepdims=True), squared.sum(axis=1, keepdims=True)
        many = places - 1 if self.hold else places
        mean = (total - self.values) / many if self.hold else total / many
        left = squares - squared if self.hold else squares
        sums, of_squares = self.weights.sums, self.weights.squares
        spread = (left / many - mean**2) * ((many * of_squares - sums**2) / (many - 1))
        rounding = 1e-13 / many * squares * of_squares
        return mean * sums, np.where(spread > rounding, spread, 0.0)


def by_day_and_place(
    panel: pd.DataFrame,
    groups: list[tuple[PanelBlock, SpatialLag]],
    day_reasons: "npt.NDArray[np.object_]",
    *,
    permutations: int,
    p_from: str,
    alternative: Alternative,
    adjust: LocalAdjust,
    seed: int,
) -> tuple[dict[str, FloatArray], Coded]:
    """Return the columns described in `local_moran_over_time`, shape (days, places), and the reasons."""
    _check(p_from, adjust, alternative, permutations)
    drawn = permutations if p_from == "permutations" else 0
    reasons = [*_REASONS, *sorted(set(day_reasons) - set(_REASONS))]
    code = np.full(panel.shape, _NOT_OBSERVED, dtype=np.int8)
    code[day_reasons != ""] = np.array(
        [reasons.index(reason) for reason in day_reasons[day_reasons != ""]], dtype=np.int8
    )[:, None]
    table: dict[str, FloatArray] = {}
    for days, lags in groups:
        tests = LocalTests(lags, days.places, panel.shape[1], drawn, alternative, adjust, seed)
        kernel = LAG_COUNTS[lags.precision] if lags.gaps is None else DAY_COUNTS
        tests = replace(tests, compiled=kernel.pays(tests.work * len(days.rows)))
        parts = list(replicate_parts(tests, len(days.rows), cost=tests.work, rows=8 * len(days.places), what="days"))
        columns = {
            name: np.concatenate([part[:, column] for part in parts]) for column, name in enumerate((*NAMES, ""))
        }
        if columns[""].shape == panel.shape:
            code[:] = columns.pop("")
            table = columns
            break
        where = np.ix_(days.rows, days.places)
        code[where] = columns.pop("")
        for name, values in columns.items():
            table.setdefault(name, np.full(panel.shape, np.nan))[where] = values
    if drawn and table:
        most = int((~np.isnan(table["p_value"])).sum(axis=1).max(initial=0))
        warn_if_few_permutations(most, drawn, alternative=alternative)
    return table or {name: np.full(panel.shape, np.nan) for name in NAMES}, (code, reasons)


def _check(p_from: str, adjust: str, alternative: str, permutations: int) -> None:
    with Arguments() as check:
        check_test(check, permutations, alternative)
        check.choice("p_from", p_from, P_FROM)
        check.choice("adjust", adjust, get_args(LocalAdjust))


@dataclass(frozen=True, eq=False)
class LocalTests:
    """The tests of a group of days, run for some of the days at a time by `replicate_parts`.

    Attributes
    ----------
    lags
        The statistics to test.
    places, n
        Numbers of the observed places, and the number of places in the panel.
    permutations
        Number of permutations; 0 for p-values from moments.
    alternative, adjust, seed
        As in `by_day_and_place`.
    compiled
        Whether to count with the compiled kernel.
    blocks
        Blocks within which values are permuted; None: among all places of the panel.
    """

    lags: SpatialLag
    places: IntArray
    n: int
    permutations: int
    alternative: Alternative
    adjust: LocalAdjust
    seed: int
    compiled: bool = False
    blocks: PermutationBlocks | None = None

    @property
    def work(self) -> float:
        """Elementary operations for one day."""
        return float((self.lags.weights.matrix.nnz + 3 * len(self.places)) * max(self.permutations, 1))

    def __call__(self, first: int, last: int, threads: bool) -> FloatArray:  # noqa: FBT001 - as `run_replicates` calls it
        """Return the results of days `first` to `last` - 1: shape (days, the six of `NAMES` and the reason, places)."""
        lags = self.lags.on(slice(first, last))
        out, low, high = _measured(lags)
        orders = _orders(self, self.places, threads=threads)
        self.finish(lags, out, _counts(lags, low, high, orders, compiled=self.compiled))
        return out

    def finish(self, lags: SpatialLag, out: FloatArray, counts: UInt32Array) -> None:
        """Write the p-values into the results."""
        for piece in _pieces(*lags.values.shape):
            z, why = out[piece, 3], out[piece, -1]
            p = (
                _p_values(counts[piece], lags.factor[piece], self.permutations, self.alternative)
                if self.permutations
                else normal_p_values(z, self.alternative)
            )
            p[why > 0] = np.nan
            out[piece, 4] = p
            for row, of_day in enumerate(p, start=piece.start):
                out[row, 5] = adjust_p(of_day, self.adjust)


def _orders(test: LocalTests, places: IntArray, *, threads: bool) -> Iterator[Int32Array]:
    """Yield orders of some of the places, in parts of limited size."""
    at_once = min(_ORDERS, max(WIDEST, _ORDERS * _FEW_PLACES // test.n))
    for start in range(0, test.permutations, at_once):
        last = min(start + at_once, test.permutations)
        if test.blocks is None:
            yield shared_orders(test.n, places, test.seed, start, last, threads=threads)
        else:
            yield draw_permutations(test.blocks, test.seed, start, last, threads=threads)


def _pieces(days: int, width: int) -> list[slice]:
    step = max(1, _PIECE // width)
    return [slice(start, start + step) for start in range(0, days, step)]


def _measured(lags: SpatialLag) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the results without p-values, and the limits with which permuted sums are compared."""
    days, width = lags.values.shape
    out = np.empty((days, len(NAMES) + 1, width))
    sums, slack = np.empty((2, days, width))
    for piece in _pieces(days, width):
        sums[piece], slack[piece] = _measure(lags.on(piece), out[piece])
    return out, sums - slack, sums + slack


def _measure(lags: SpatialLag, out: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Write the statistic, its moments, z-score and reason into `out`; return the sums and their rounding errors."""
    sums, (expected, variance) = lags.sums(), lags.moments()
    why = np.zeros(sums.shape)
    why[variance == 0] = 3
    why[lags.factor == 0] = 4
    why[np.broadcast_to(lags.weights.neighborless, why.shape)] = 2
    why[lags.constant] = 1
    if lags.gaps is not None:
        why[~lags.gaps.seen] = _NOT_OBSERVED
    deviation = np.sqrt(variance)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.sign(lags.factor) * (sums - expected) / deviation
    z[why > 0] = np.nan
    missing = (why == 1) | (why == 2) | (why == _NOT_OBSERVED)
    for column, values in enumerate((lags.factor * sums, lags.factor * expected, lags.factor**2 * variance)):
        values[missing] = np.nan
        out[:, column] = values
    out[:, 3], out[:, -1] = z, why
    return sums, _ROUNDING * deviation


def _counts(
    lags: SpatialLag, low: FloatArray, high: FloatArray, orders: Iterable[Int32Array], *, compiled: bool
) -> UInt32Array:
    """Count the orders with sums of at least `low`, and of at most `high`: shape (days, 2, places)."""
    count: Any = plain.lag_counts
    more: dict[str, Any] = {} if lags.gaps is None else {"gaps": lags.gaps}
    if compiled:
        from ...kernels import autocorrelation, gaps

        count = (autocorrelation if lags.gaps is None else gaps).lag_counts
        more |= {"numbers": lags.precision} if lags.gaps is None else {}
    counts = np.zeros((len(low), 2, low.shape[1]), dtype=np.uint32)
    for some in orders:
        count(lags.values, lags.weights.matrix, some, low, high, counts, hold=lags.hold, **more)
    return counts


def _p_values(counts: UInt32Array, factor: FloatArray, permutations: int, alternative: Alternative) -> FloatArray:
    """Convert counts of sums at least and at most the observed to p-values; a negative factor reverses the tails."""
    least, most = counts[:, 0], counts[:, 1]
    reversed_ = factor < 0
    above, below = np.where(reversed_, most, least), np.where(reversed_, least, most)
    extreme = {"greater": above, "less": below, "two-sided": np.minimum(above, below)}[alternative]
    p = (1.0 + extreme) / (permutations + 1)
    return np.asarray(np.minimum(1.0, 2 * p) if alternative == "two-sided" else p)
