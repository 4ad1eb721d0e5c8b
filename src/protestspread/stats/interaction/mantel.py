"""Mantel's test: the correlation of proximity in space and proximity in time over all pairs of events."""

import math
from dataclasses import dataclass, replace
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from ...arguments import Arguments
from ...arrays import FloatArray, Int32Array
from ...errors import must_be
from ...geodesy import EARTH_RADIUS_KM
from ...inference.permutation_test import (
    Alternative,
    Draws,
    Moments,
    PairSums,
    PermutationResult,
    PermutationTest,
    check_test,
    moments_of_draws,
    product_moments,
)
from ...inference.replicates import share_out
from ...kernels import plain
from ...kernels.dispatch import PRODUCTS
from ...random_streams import seed_of
from ...wording import format_p
from .dated_points import DatedPoints, Strata, Unit, check_unit
from .schemes import InteractionResult, Scheme, ShuffleDates, caveats_of, check_scheme, scheme_of, tested_on

Precision = Literal["float64", "float32"]

_LANES = 8  # columns are padded to a multiple of the width of the processor's vectors


@dataclass(frozen=True, repr=False, eq=False, kw_only=True)
class MantelResult(InteractionResult, PermutationResult):
    """Result of Mantel's test: the correlation of proximity in space and in time over all pairs of events.

    Attributes
    ----------
    statistic
        The correlation; positive if events close in space are close in time.
    expected, variance, moments
        Moments under the null, and their source: "exact" for shuffled dates, otherwise "draws".
    p_value, null_distribution, permutations, alternative, smallest_p_value
        Results and settings of the permutation test.
    offset_km, offset_days
        Proximity is 1 / (km + offset_km) and 1 / (days + offset_days); None if the distances themselves are correlated.
    null
        Description of what was shuffled.
    unit, events, reports, places, scheme, caveats, lost
        As in `KnoxResult`.
    reason
        Why there is no p-value, or None.
    """

    expected: float
    variance: float
    moments: str
    offset_km: float | None
    offset_days: float | None

    @property
    def z_score(self) -> float:
        """Standard deviations above the expectation under the null."""
        return Moments(self.expected, self.variance, self.moments).z_score(self.statistic)

    @property
    def sentence(self) -> str:
        """Return the result in one sentence."""
        if self.reason:
            return f"The Mantel correlation of {self.counted} is not defined: {self.reason}."
        measures = (
            "distance in space and in time"
            if self.offset_km is None
            else f"proximity in space, 1 / (km + {self.offset_km:g}), and in time, 1 / (days + {self.offset_days:g}),"
        )
        return (
            f"The correlation of {measures} over all pairs of {self.noun} ({self.counted}) is {self.statistic:.4f}; {self.expected:.4f} is "
            f"expected with {self.null} (z = {self.z_score:.2f}, {format_p(self.p_value)} from {self.permutations:,} draws)."
        )

    def to_frame(self) -> pd.DataFrame:
        """Return the result as a table with one row."""
        names = (
            "statistic",
            "expected",
            "variance",
            "z_score",
            "p_value",
            "moments",
            "scheme",
            "permutations",
            "events",
        )
        return pd.DataFrame([{name: getattr(self, name) for name in names}], index=pd.Index(["mantel"], name="test"))


def mantel_test(
    events: gpd.GeoDataFrame,
    *,
    offset_km: float | None,
    offset_days: float | None,
    permutations: int = 999,
    scheme: str | Scheme = "dates",
    strata: Strata | None = None,
    unit: Unit = "place_days",
    alternative: Alternative = "greater",
    precision: Precision = "float64",
    rng: int | np.random.Generator | None = None,
) -> MantelResult:
    """Test whether proximity in space correlates with proximity in time over all pairs of events.

    Distant pairs carry little information about contagion but outnumber close pairs: prefer `knox_test`, and use this
    test to compare with older work.

    Parameters
    ----------
    events
        Dated points, at least two.
    offset_km, offset_days
        Proximity is 1 / (km + offset_km) and 1 / (days + offset_days). The result depends on both and on the units, so
        there is no default. With None for both, the distances themselves are correlated.
    permutations, alternative, rng
        As in `knox_test`.
    scheme, strata
        "dates" or "within_strata". Whole places are not exchanged in this test: campaigns of single places, and places that are
        active at different times, give small p-values too. It serves to compare with older work.
    unit
        "place_days" or "reports", as in `knox_test`.
    precision
        "float32" takes a third of the time and agrees to about six digits.

    Raises
    ------
    SchemaError, CRSError
        The table is not a valid events table.
    DataError
        Offsets or the scheme are not valid, or there are fewer than two events.

    Notes
    -----
    N. Mantel (1967), Cancer Research 27:209. Expectation and variance under shuffled dates are his exact moments. No table
    of pairs is kept: memory is linear in the number of events.

    Examples
    --------
    >>> import protestspread as ps
    >>> events = ps.load_case("kazakhstan_2022").events
    >>> ps.mantel_test(events, offset_km=10, offset_days=1, permutations=99, rng=1).expected
    0.0
    """
    chosen = scheme_of(scheme, strata)
    with Arguments() as check:
        _check_offsets(check, offset_km, offset_days)
        check.choice("precision", precision, ["float64", "float32"])
        check_scheme(check, chosen, "dates", "within_strata")
        check_test(check, permutations, alternative)
        check_unit(check, unit)
    sample = DatedPoints.of(events, chosen.labels, unit=unit)
    return mantel_of(
        sample, chosen, offset_km, offset_days, permutations=permutations, alternative=alternative, precision=precision, seed=seed_of(rng)
    )  # fmt: skip


def _check_offsets(check: Arguments, offset_km: float | None, offset_days: float | None) -> None:
    """Check that the offsets are numbers above 0, or both None."""
    for name, offset in (("offset_km", offset_km), ("offset_days", offset_days)):
        check.number(name, offset, above=0, optional=True)
    if (offset_km is None) != (offset_days is None):
        missing, given = ("offset_km", "offset_days") if offset_km is None else ("offset_days", "offset_km")
        check.fault(must_be(missing, f"a number if {given} is a number", None))


def mantel_of(
    sample: DatedPoints, scheme: Scheme, offset_km: float | None, offset_days: float | None, *, permutations: int, alternative: Alternative,
    precision: Precision, seed: int,
) -> MantelResult:  # fmt: skip
    """Run Mantel's test on dated points, on the sphere or in the plane."""
    n, pairs = len(sample), len(sample) * (len(sample) - 1) // 2
    in_time = -1.0 if offset_days is None else float(offset_days)
    space = plain.Space(
        np.ascontiguousarray(sample.positions.vectors.T), EARTH_RADIUS_KM if sample.positions.on_sphere else 0.0,
        -1.0 if offset_km is None else float(offset_km),
    )  # fmt: skip
    small = not PRODUCTS[precision].pays(pairs * permutations)
    near, mean = _centered_sums(n, *(_space_sums(space) if small else _compiled_space_sums(space)))
    when, mean_when = _centered_sums(n, *_time_sums(sample.days, in_time))
    scale = math.sqrt(near.squares * when.squares)
    reason = _reason(near, when, pairs)
    test = ProductSums(scheme.sampler(sample, seed), space, in_time, precision, small)
    draws = Draws.undefined(permutations)
    if reason is None:
        draws = test.draws(permutations).map(lambda sums: (sums - pairs * mean * mean_when) / scale)
    exact = isinstance(scheme, ShuffleDates)
    moments = product_moments(n, near, when) if exact else moments_of_draws(draws.null)
    variance = moments.variance / scale**2 if exact and scale else moments.variance
    result = MantelResult(
        expected=0.0 if exact else moments.expected, variance=variance, moments=moments.source, offset_km=offset_km, offset_days=offset_days,
        what="correlation between proximity in space and proximity in time",
        **tested_on(sample, scheme.name), **draws.test(test.sampler, alternative, reason),
    )  # fmt: skip
    return replace(result, caveats=caveats_of(sample, test.sampler, result))


@dataclass(frozen=True, eq=False)
class ProductSums(PermutationTest):
    """Sums of the products of proximity in space and in time under permuted dates, many replicates at a time."""

    draw_is_parallel = True

    space: plain.Space
    offset_days: float
    precision: Precision
    small: bool

    def work(self, units: int) -> tuple[float, int]:
        """Return operations and numbers of a replicate."""
        return 0.35 * (units * (units - 1) // 2), 2 * units

    def __call__(self, first: int, last: int, threads: bool) -> FloatArray:  # noqa: FBT001 - as `run_replicates` calls it
        """Return the sums of replicates `first` to `last` - 1."""
        return self.products(self.sampler(first, last, threads), threads=threads)

    def values(self, arranged: Int32Array) -> FloatArray:
        """Return the sum of products for each column of days."""
        return self.products(arranged, threads=True)

    def products(self, days: Int32Array, *, threads: bool) -> FloatArray:
        """Return the sum of products for each column of days."""
        columns = days.shape[1]
        if self.small:
            sums = np.zeros(columns, dtype=self.precision)
            plain.products(self.space, days.astype(self.precision), self.offset_days, sums)
            return sums.astype(np.float64)
        from ...kernels import mantel

        table: npt.NDArray[Any] = np.zeros((len(days), -(-columns // _LANES) * _LANES), dtype=self.precision)
        table[:, :columns] = days
        stripes = np.zeros((plain.STRIPES, table.shape[1]))
        share_out(
            lambda k: mantel.stripe_products(self.space, k, table, self.offset_days, stripes[k]), range(plain.STRIPES),
            cost=0.2 * len(days) ** 2 * columns if threads else 0,
        )  # fmt: skip
        return np.asarray(stripes.sum(axis=0)[:columns])


def _space_sums(space: plain.Space) -> tuple[float, float, FloatArray]:
    """Return the sums over pairs of spatial proximity and of its square, and the sum for each event."""
    n = space.vectors.shape[1]
    one, other = np.triu_indices(n, 1)
    near = plain.nearness(space, one, other)
    rows = np.bincount(one, near, minlength=n) + np.bincount(other, near, minlength=n)
    return float(near.sum()), float((near**2).sum()), np.asarray(rows, dtype=np.float64)


def _compiled_space_sums(space: plain.Space) -> tuple[float, float, FloatArray]:
    """Return the same sums as `_space_sums`, from compiled code."""
    from ...kernels import mantel

    n = space.vectors.shape[1]
    sums, rows = np.zeros((plain.STRIPES, 2)), np.zeros((plain.STRIPES, n))
    share_out(lambda k: mantel.stripe_sums(space, k, sums[k], rows[k]), range(plain.STRIPES), cost=3.0 * n * n)
    total, squares = sums.sum(axis=0)
    return float(total), float(squares), np.asarray(rows.sum(axis=0))


def _time_sums(days: Int32Array, offset_days: float) -> tuple[float, float, FloatArray]:
    """Return the same sums for proximity in time, from the number of events on each day."""
    day, back, count = np.unique(days, return_inverse=True, return_counts=True)
    rows, squares = np.zeros(len(day)), 0.0
    for k in range(len(day)):
        apart = np.abs(day - day[k]).astype(np.float64)
        near = apart if offset_days < 0 else 1 / (apart + offset_days)
        rows[k] = near @ count - near[k]
        squares += count[k] * float(near**2 @ count - near[k] ** 2)
    return float(rows @ count) / 2, squares / 2, rows[back]


def _centered_sums(n: int, total: float, squares: float, rows: FloatArray) -> tuple[PairSums, float]:
    """Return the sums of proximity minus its mean, to keep precision, and the mean."""
    pairs = n * (n - 1) // 2
    mean = total / pairs
    spread = max(squares - pairs * mean**2, 0.0)
    return PairSums(0.0, spread if spread > 1e-12 * squares else 0.0, float(((rows - (n - 1) * mean) ** 2).sum())), mean


def _reason(near: PairSums, when: PairSums, pairs: int) -> str | None:
    """Return why there is no correlation, or None."""
    if pairs < 3:
        return "there are fewer than three pairs"
    if near.squares == 0:
        return "all pairs are equally far apart in space"
    return "all pairs are equally far apart in time" if when.squares == 0 else None
