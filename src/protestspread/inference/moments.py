"""Mean and variance of a statistic under the null hypothesis: exact if a formula is known, else from permutations."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp


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
