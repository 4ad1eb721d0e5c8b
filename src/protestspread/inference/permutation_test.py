"""How a statistic is held against its null hypothesis: draws, p-values, moments, and the skeleton of every permutation test."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Literal, Protocol, Self, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sp

from ..arguments import Arguments
from ..arrays import FloatArray, Int32Array
from ..figures import Figure, NullHistogram
from ..results import Result
from ..wording import format_number, format_p
from .replicates import run_replicates

Alternative = Literal["greater", "less", "two-sided"]

MOST_PERMUTATIONS = 10**8
_ROUNDING = 1e-11  # relative; sums of the same numbers in another order differ by less


def check_test(check: Arguments, permutations: int, alternative: str = "greater") -> None:
    """Check the arguments that all tests share."""
    check.whole("permutations", permutations, at_least=1, at_most=MOST_PERMUTATIONS)
    check.choice("alternative", alternative, get_args(Alternative))


def p_values(
    observed: npt.ArrayLike, null: npt.ArrayLike, alternative: Alternative = "greater"
) -> npt.NDArray[np.float64]:
    """Return permutation p-values, (1 + permutations at least as extreme) / (permutations + 1); NaN for NaN statistics.

    Parameters
    ----------
    observed
        One statistic, or an array of them, shape (...).
    null
        Statistics under permutations, shape (permutations, ...). Values that differ from the observed only by rounding
        count as equal to it.
    alternative
        "greater", "less", or "two-sided": twice the smaller of the one-sided p-values, at most 1.

    Notes
    -----
    B. Phipson, G. K. Smyth (2010), Permutation p-values should never be zero, Statistical Applications in Genetics and
    Molecular Biology 9:39, doi:10.2202/1544-6115.1585.

    Examples
    --------
    >>> p_values(3, [1, 2, 3, 0]), p_values(3, [1, 2, 3, 0], "two-sided")
    (array(0.4), array(0.8))
    """
    with Arguments() as check:
        check.choice("alternative", alternative, get_args(Alternative))
    seen, drawn = np.asarray(observed), np.asarray(null)
    slack: Any = 0
    if not (np.issubdtype(seen.dtype, np.integer) and np.issubdtype(drawn.dtype, np.integer)):
        slack = _ROUNDING * np.maximum(np.abs(seen), np.abs(drawn).max(axis=0, initial=0.0))
    above = (1 + (drawn >= seen - slack).sum(axis=0)) / (len(drawn) + 1)
    below = (1 + (drawn <= seen + slack).sum(axis=0)) / (len(drawn) + 1)
    p = {"greater": above, "less": below, "two-sided": np.minimum(1.0, 2 * np.minimum(above, below))}[alternative]
    return np.asarray(np.where(np.isnan(seen), np.nan, p), dtype=np.float64)


def smallest_p_value(
    permutations: int, log_arrangements: float = math.inf, alternative: Alternative = "greater"
) -> float:
    """Return the smallest p-value that a test can reach with its permutations and so many distinct arrangements of its data.

    Examples
    --------
    >>> smallest_p_value(999)
    0.001
    >>> round(smallest_p_value(999, math.log(24)), 4)  # four events, four dates
    0.0417
    """
    least = max(1 / (permutations + 1), math.exp(-max(log_arrangements, 0.0)))
    return min(1.0, 2 * least) if alternative == "two-sided" else least


def normal_p_values(z: FloatArray, alternative: Alternative) -> FloatArray:
    """Return p-values of standard normal z-scores; NaN stays NaN.

    Examples
    --------
    >>> normal_p_values(np.array([0.0, 1.959964]), "two-sided").round(6)
    array([1.  , 0.05])
    """
    from scipy.special import ndtr

    with Arguments() as check:
        check.choice("alternative", alternative, get_args(Alternative))
    tail = {"greater": -z, "less": z, "two-sided": -np.abs(z)}[alternative]
    return np.asarray(ndtr(tail) * (2 if alternative == "two-sided" else 1), dtype=np.float64)


@dataclass(frozen=True)
class Moments:
    """Mean and variance of a statistic under the null hypothesis, and their source ("exact" or "draws")."""

    expected: float
    variance: float
    source: str

    def z_score(self, statistic: float) -> float:
        """Return the number of standard deviations between a statistic and the mean; NaN if the variance is 0 or NaN."""
        return (statistic - self.expected) / float(np.sqrt(self.variance)) if self.variance > 0 else float("nan")


@dataclass(frozen=True)
class PairSums:
    """Sums over the pairs i < j of a symmetric table, and over its rows: all that the exact moments need.

    Attributes
    ----------
    total, squares
        Sums over pairs of the entries, and of their squares.
    row_squares
        Sum over rows of the squared row sums.
    """

    total: float
    squares: float
    row_squares: float

    @classmethod
    def of_degrees(cls, degrees: npt.ArrayLike) -> "PairSums":
        """Return the sums of a 0/1 table from the number of ones in each row, as exact integers."""
        degree = np.asarray(degrees, dtype=np.int64)  # degrees below 2³¹: their squares fit into 64 bits
        pairs = int(degree.sum()) // 2
        return cls(
            pairs, pairs, int((degree**2).sum()) if len(degree) < 2**20 else sum(int(d) ** 2 for d in degree.tolist())
        )


def moments_of_draws(null: npt.ArrayLike) -> Moments:
    """Return the sample mean and variance of statistics under permutations."""
    drawn = np.asarray(null, dtype=np.float64)
    return Moments(float(drawn.mean()), float(drawn.var(ddof=1)) if len(drawn) > 1 else float("nan"), "draws")


def detectable_excess(null: npt.ArrayLike, alternative: Alternative) -> float:
    """Return how far the statistic must lie from its mean under the null to be found in about four of five cases.

    The distance of the 5% quantile of the null (2.5% if two-sided) from its mean, and 0.84 standard deviations: approximate,
    because the spread under the alternative is taken to be that under the null.

    Examples
    --------
    >>> round(detectable_excess(np.arange(1000), "greater"))
    692
    """
    drawn = np.asarray(null, dtype=np.float64)
    tail = {"greater": 0.95, "less": 0.05, "two-sided": 0.975}[alternative]
    return float(abs(np.quantile(drawn, tail) - drawn.mean()) + 0.84 * drawn.std())


def product_moments(n: int, one: PairSums, other: PairSums) -> Moments:
    """Return the exact moments of the sum over pairs of products of two tables, with the rows of one permuted at random.

    For 0/1 tables, these are the moments of the Knox statistic (Barton and David); otherwise, of Mantel's statistic.

    Parameters
    ----------
    n
        Number of rows of each table. The variance is NaN for fewer than four.
    one, other
        Sums of the two tables.

    Notes
    -----
    N. Mantel (1967), The detection of disease clustering and a generalized regression approach, Cancer Research 27:209;
    D. E. Barton, F. N. David (1966), The random intersection of two graphs, in: Research Papers in Statistics, Wiley.

    Examples
    --------
    >>> path = PairSums.of_degrees([1, 2, 2, 1])
    >>> moments = product_moments(4, path, path)
    >>> moments.expected, round(moments.variance, 12)
    (1.5, 0.583333333333)
    """
    pairs = n * (n - 1) // 2
    expected = _ratio(one.total * other.total, pairs) if pairs else float("nan")
    if n < 4:
        return Moments(float(expected), float("nan"), "exact")
    # pairs of pairs: identical, sharing one row, or disjoint
    shared = [(sums.row_squares - 2 * sums.squares) for sums in (one, other)]
    apart = [sums.total**2 - sums.squares - share for sums, share in zip((one, other), shared, strict=True)]
    variance = (
        _ratio(one.squares * other.squares, pairs)
        + _ratio(shared[0] * shared[1], n * (n - 1) * (n - 2))
        + _ratio(4 * apart[0] * apart[1], n * (n - 1) * (n - 2) * (n - 3))
        - expected**2
    )
    return Moments(float(expected), max(float(variance), 0.0), "exact")


def _ratio(above: float, below: int) -> "Fraction | float":
    """Divide integers exactly, because the variance is a small difference of large terms."""
    return Fraction(above, below) if isinstance(above, int) else above / below


def pair_sums(pairs: sp.csr_array) -> PairSums:
    """Return the sums of a symmetric table from its upper triangle."""
    rows = np.asarray(pairs.sum(axis=0) + pairs.sum(axis=1))
    return PairSums(float(pairs.data.sum()), float((pairs.data**2).sum()), float((rows**2).sum()))


class Sampler(Protocol):
    """Draws arrangements of the data under a null hypothesis; each column is one arrangement."""

    @property
    def null(self) -> str:
        """Description of the null hypothesis, as part of a sentence."""

    @property
    def observed(self) -> Int32Array:
        """The arrangement of the data, as one column."""

    @property
    def log_arrangements(self) -> float:
        """The logarithm of the number of distinct arrangements."""

    def __call__(self, first: int, last: int, threads: bool = False) -> Int32Array:  # noqa: FBT001, FBT002
        """Return the arrangements of replicates `first` to `last` - 1."""


@dataclass(frozen=True, eq=False)
class Draws:
    """Statistics as observed, of any shape, and under permutations, with one more axis in front."""

    observed: npt.NDArray[Any]
    null: npt.NDArray[Any]

    @classmethod
    def undefined(cls, permutations: int) -> Self:
        """Return the draws of a statistic that is not defined."""
        return cls(np.array(math.nan), np.full(permutations, math.nan))

    def __add__(self, other: "Draws") -> "Draws":
        return Draws(self.observed + other.observed, self.null + other.null)

    def map(self, function: Callable[[npt.NDArray[Any]], npt.NDArray[Any]]) -> "Draws":
        """Apply a function, which keeps the axis of the replicates, to the observed and to the draws."""
        return Draws(function(self.observed[None])[0], function(self.null))

    def pooled_moments(self) -> tuple[FloatArray, FloatArray]:
        """Return mean and variance over the draws and the observed together, so that p-values of z-scores are exact."""
        together = np.concatenate([self.observed[None], self.null])
        return np.asarray(together.mean(axis=0)), np.asarray(together.var(axis=0, ddof=1))

    def constant(self, statistic: str = "statistic") -> str | None:
        """Return that the statistic is not defined, or the same in every draw, if so: the reason why nothing can be tested."""
        if np.isnan(self.observed).all():
            return f"the {statistic} is not defined"
        same = np.isclose(self.null, self.observed, rtol=_ROUNDING, atol=0).all()
        return f"the {statistic} is the same in every draw" if same else None

    def p_value(self, alternative: Alternative, reason: str | None = None) -> float:
        """Return the p-value of one statistic; NaN if there is a reason for none."""
        return math.nan if reason else float(p_values(self.observed, self.null, alternative))

    def test(
        self, sampler: Sampler, alternative: Alternative, reason: str | None, *, tail: Alternative | None = None
    ) -> dict[str, Any]:
        """Return the fields of a `PermutationResult` of one statistic.

        `reason` tells why there is no p-value. `tail` is the side of the null distribution if it is not the alternative: of
        absolute values, the upper one.
        """
        tail = tail or alternative
        return {
            "statistic": self.observed.item(),
            "p_value": self.p_value(tail, reason),
            "null_distribution": self.null,
            "null": sampler.null,
            "alternative": alternative,
            "permutations": len(self.null),
            "smallest_p_value": smallest_p_value(len(self.null), sampler.log_arrangements, tail),
            "reason": reason,
        }


@dataclass(frozen=True, repr=False, eq=False, kw_only=True)
class PermutationResult(Result):
    """Result of a permutation test of one statistic.

    Attributes
    ----------
    statistic, null_distribution
        The statistic, and its value in each draw.
    p_value
        (1 + draws at least as extreme) / (draws + 1); NaN with a reason.
    null, alternative, permutations
        Description of the null hypothesis, and settings of the test.
    smallest_p_value
        Smallest p-value that this test can give.
    reason
        Why there is no p-value, or None.
    what
        Name of the statistic.
    """

    statistic: Any
    p_value: float
    null_distribution: npt.NDArray[Any]
    null: str
    alternative: Alternative
    permutations: int
    smallest_p_value: float
    reason: str | None = None
    what: str = "statistic"

    @property
    def sentence(self) -> str:
        """The result in one sentence."""
        first = f"{self.what[:1].upper()}{self.what[1:]}: {format_number(self.statistic)} observed"
        if self.reason:
            return f"{first}. No p-value: {self.reason}."
        expected = format_number(moments_of_draws(self.null_distribution).expected)
        return f"{first}; {expected} expected with {self.null} ({format_p(self.p_value)} from {self.permutations:,} draws)."

    @property
    def detectable_excess(self) -> float:
        """How far the statistic must lie from its mean under the null to be found in about four of five cases; approximate."""
        return math.nan if self.reason else detectable_excess(self.null_distribution, self.alternative)

    def figure(self) -> Figure:
        """Return the draws and the observed statistic."""
        return NullHistogram(self.null_distribution, self.statistic, self.p_value, self.what, self.null, self.reason)

    def to_frame(self) -> pd.DataFrame:
        """Return the result as a table with one row."""
        moments = moments_of_draws(self.null_distribution)
        row = {
            "statistic": self.statistic, "expected": moments.expected, "variance": moments.variance,
            "z_score": moments.z_score(self.statistic), "p_value": self.p_value, "smallest_p_value": self.smallest_p_value,
        }  # fmt: skip
        return pd.DataFrame([row], index=pd.Index([self.what], name="test"))


@dataclass(frozen=True, eq=False)
class PermutationTest(ABC):
    """A statistic with its null hypothesis. A subclass defines `values`; draws, p-values, reason and figure follow.

    Attributes
    ----------
    sampler
        Draws the arrangements of the data under the null hypothesis.
    """

    what: ClassVar[str] = "statistic"  # its name
    draw_is_parallel: ClassVar[bool] = False  # whether a call uses threads itself
    in_threads: ClassVar[bool] = True  # whether threads can share the replicates, see `run_replicates`

    sampler: Sampler

    @abstractmethod
    def values(self, arranged: Int32Array) -> npt.NDArray[Any]:
        """Return the statistic of each column of `arranged`, shape (columns, ...)."""

    def work(self, units: int) -> tuple[float, int]:
        """Return the elementary operations (about a nanosecond each) and the numbers in memory that a replicate takes."""
        return 20.0 * units, units

    def reason(self, draws: Draws) -> str | None:
        """Return why the null hypothesis could not have been rejected, or None."""
        return draws.constant()

    def __call__(self, first: int, last: int, threads: bool) -> npt.NDArray[Any]:  # noqa: FBT001 - as `run_replicates` calls it
        """Return the statistic of replicates `first` to `last` - 1."""
        return self.values(self.sampler(first, last, threads))

    def draws(self, permutations: int) -> Draws:
        """Compute the statistic of the data and of each replicate: in threads or workers if there is much to do."""
        observed = self.sampler.observed
        cost, rows = self.work(len(observed))
        shared = {"draw_is_parallel": self.draw_is_parallel, "in_threads": self.in_threads}
        null = run_replicates(self, permutations, cost=cost, rows=rows, **shared)
        return Draws(self.values(observed)[0], null)

    def run(self, permutations: int = 999, alternative: Alternative = "greater") -> PermutationResult:
        """Test a single statistic.

        Raises
        ------
        DataError
            The number of permutations or the alternative is not valid.
        """
        with Arguments() as check:
            check_test(check, permutations, alternative)
        draws = self.draws(permutations)
        return PermutationResult(what=self.what, **draws.test(self.sampler, alternative, self.reason(draws)))
