"""Does nearness in space go with nearness in time, over all pairs of events? Mantel's test."""

import math
from dataclasses import dataclass
from typing import Any, Literal, cast

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from ...arrays import FloatArray
from ...errors import DataError
from ...geodesy import EARTH_RADIUS_KM
from ...inference.moments import Moments, PairSums, moments_of_draws, product_moments
from ...inference.p_values import Alternative, check_alternative, check_permutations, p_values, smallest_p_value
from ...inference.replicates import run_replicates, share_out
from ...kernels import plain
from ...random_streams import seed_of
from ...results import Result
from ...wording import format_p
from .dated_points import DatedPoints
from .reshuffles import ShuffledDates
from .schemes import Scheme, ShuffleDates, scheme_of
from .strata import Strata

Precision = Literal["float64", "float32"]

_SMALL = 2e7  # pairs times draws: up to so many stay in numpy
_LANES = 8  # columns are filled up to a multiple of what the processor takes at once


@dataclass(frozen=True, repr=False, eq=False)
class MantelResult(Result):
    """Mantel's test: the correlation, over all pairs of events, of nearness in space and nearness in time.

    Attributes
    ----------
    statistic
        The correlation; above 0 where events near in space are near in time.
    expected, variance, moments
        Under the null: "exact" for shuffled dates, else those of the "draws".
    p_value, null_distribution, permutations, alternative, smallest_p_value
        The permutation test.
    offset_km, offset_days
        Nearness is 1 / (km + offset_km) and 1 / (days + offset_days); None: distances themselves.
    events, scheme, null
        How many events; what was shuffled.
    reason
        Why there is no p-value; None where there is one.
    """

    statistic: float
    expected: float
    variance: float
    moments: str
    p_value: float
    null_distribution: FloatArray
    permutations: int
    alternative: Alternative
    smallest_p_value: float
    offset_km: float | None
    offset_days: float | None
    events: int
    scheme: str
    null: str
    reason: str | None = None

    @property
    def z_score(self) -> float:
        """Standard deviations above the expectation."""
        return Moments(self.expected, self.variance, self.moments).z_score(self.statistic)

    @property
    def sentence(self) -> str:
        """What was found, in a sentence that can be read aloud."""
        if self.reason:
            return f"No Mantel correlation of {self.events:,} events: {self.reason}."
        near = (
            "distances"
            if self.offset_km is None
            else f"nearness, 1 / (km + {self.offset_km:g}) and 1 / (days + {self.offset_days:g}),"
        )
        return (
            f"The correlation of {near} over all pairs of {self.events:,} events is {self.statistic:.4f}; with {self.null} it would be "
            f"{self.expected:.4f} (z = {self.z_score:.2f}, {format_p(self.p_value)} from {self.permutations:,} draws)."
        )

    def to_frame(self) -> pd.DataFrame:
        """Return the numbers in one row."""
        names = [
            "statistic",
            "expected",
            "variance",
            "z_score",
            "p_value",
            "moments",
            "scheme",
            "permutations",
            "events",
        ]
        return pd.DataFrame([{name: getattr(self, name) for name in names}], index=pd.Index(["mantel"], name="test"))


def mantel_test(
    events: gpd.GeoDataFrame,
    *,
    offset_km: float | None,
    offset_days: float | None,
    permutations: int = 999,
    scheme: str | Scheme = "dates",
    strata: Strata | None = None,
    alternative: Alternative = "greater",
    precision: Precision = "float64",
    rng: int | np.random.Generator | None = None,
) -> MantelResult:
    """Test whether nearness in space goes with nearness in time, over all pairs of events.

    Pairs that are far apart say little about contagion, and outweigh the few that are near: prefer `knox_test`, and use
    this to compare with older work.

    Parameters
    ----------
    events
        Dated points, two or more.
    offset_km, offset_days
        Nearness is 1 / (km + offset_km) and 1 / (days + offset_days). The result hangs on both, and on the units, so they
        must be given. None for both correlates the distances themselves.
    permutations, alternative, rng
        As in `knox_test`.
    scheme, strata
        "dates" or "within_strata".
    precision
        "float32" takes a third of the time and agrees to six digits or so.

    Raises
    ------
    SchemaError, CRSError
        The events are not events.
    DataError
        Offsets or a scheme that make no sense; fewer than two events.

    Notes
    -----
    N. Mantel (1967), Cancer Research 27:209. Expectation and variance under shuffled dates are his exact ones. No table of
    pairs is held: memory grows with the number of events alone.

    Examples
    --------
    >>> import protestspread as ps
    >>> events = ps.load_case("kazakhstan_2022").events
    >>> ps.mantel_test(events, offset_km=10, offset_days=1, permutations=99, rng=1).expected
    0.0
    """
    chosen = scheme_of(scheme, strata)
    faults = [f"{name} = {value!r}: above 0, or None for both" for name, value in (("offset_km", offset_km), ("offset_days", offset_days))
              if value is not None and not 0 < value < math.inf]  # fmt: skip
    if (offset_km is None) != (offset_days is None):
        faults.append("one offset is None, the other is not")
    if precision not in ("float64", "float32"):
        faults.append(f'precision = {precision!r}: "float64" or "float32"')
    if chosen.name not in ("dates", "within_strata"):
        faults.append(f'scheme = {chosen.name!r}: "dates" or "within_strata"')
    if faults:
        raise DataError("Mantel's test is not clear", faults, "offset_km=10, offset_days=1, say")
    check_permutations(permutations)
    check_alternative(alternative)
    sample = DatedPoints.of(events, chosen.labels)
    return mantel_of(
        sample,
        chosen,
        offset_km,
        offset_days,
        permutations=permutations,
        alternative=alternative,
        precision=precision,
        seed=seed_of(rng),
    )


def mantel_of(
    sample: DatedPoints, scheme: Scheme, offset_km: float | None, offset_days: float | None, *, permutations: int, alternative: Alternative,
    precision: Precision, seed: int,
) -> MantelResult:  # fmt: skip
    """Run Mantel's test on dated points, on the sphere or on a plane."""
    n, pairs = len(sample), len(sample) * (len(sample) - 1) // 2
    in_time = -1.0 if offset_days is None else float(offset_days)
    space = plain.Space(
        np.ascontiguousarray(sample.positions.vectors.T), EARTH_RADIUS_KM if sample.positions.on_sphere else 0.0,
        -1.0 if offset_km is None else float(offset_km),
    )  # fmt: skip
    small = pairs * permutations <= _SMALL
    near, mean = _centered(n, *(_space_sums(space) if small else _compiled_space_sums(space)))
    when, mean_when = _centered(n, *_time_sums(sample.days, in_time))
    drawn = cast("ShuffledDates", scheme.sampler(sample, seed))
    scale = math.sqrt(near.squares * when.squares)
    reason = _reason(near, when, pairs)
    draw = _Products(space, drawn, in_time, precision, small)
    observed, null = math.nan, np.full(permutations, math.nan)
    if reason is None:
        shift = pairs * mean * mean_when
        observed = (float(draw.products(sample.days[:, None], threads=True)[0]) - shift) / scale
        null = (
            run_replicates(draw, permutations, cost=0.35 * pairs, rows=2 * n, draw_is_parallel=True) - shift
        ) / scale
    exact = isinstance(scheme, ShuffleDates)
    found = product_moments(n, near, when) if exact else moments_of_draws(null)
    variance = found.variance / scale**2 if exact and scale else found.variance
    return MantelResult(
        statistic=observed, expected=0.0 if exact else found.expected, variance=variance, moments=found.source,
        p_value=float(p_values(observed, null, alternative)), null_distribution=null, permutations=permutations, alternative=alternative,
        smallest_p_value=smallest_p_value(permutations, drawn.log_arrangements, alternative), offset_km=offset_km, offset_days=offset_days,
        events=n, scheme=scheme.name, null=scheme.description(sample), reason=reason,
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Products:
    """Adds up nearness in space times nearness in time, for many drawn dates side by side."""

    space: plain.Space
    drawn: ShuffledDates
    offset_days: float
    precision: Precision
    small: bool

    def __call__(self, first: int, last: int, threads: bool) -> FloatArray:  # noqa: FBT001
        return self.products(self.drawn(first, last), threads=threads)

    def products(self, days: npt.NDArray[np.int32], *, threads: bool) -> FloatArray:
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
    """Return the sum of nearness over pairs, of its square, and of each row."""
    n = space.vectors.shape[1]
    one, other = np.triu_indices(n, 1)
    near = plain.nearness(space, one, other)
    rows = np.bincount(one, near, minlength=n) + np.bincount(other, near, minlength=n)
    return float(near.sum()), float((near**2).sum()), np.asarray(rows, dtype=np.float64)


def _compiled_space_sums(space: plain.Space) -> tuple[float, float, FloatArray]:
    from ...kernels import mantel

    n = space.vectors.shape[1]
    sums, rows = np.zeros((plain.STRIPES, 2)), np.zeros((plain.STRIPES, n))
    share_out(lambda k: mantel.stripe_sums(space, k, sums[k], rows[k]), range(plain.STRIPES), cost=3.0 * n * n)
    total, squares = sums.sum(axis=0)
    return float(total), float(squares), np.asarray(rows.sum(axis=0))


def _time_sums(days: npt.NDArray[np.int32], offset_days: float) -> tuple[float, float, FloatArray]:
    """Return the same for nearness in time, from how many events each day has."""
    day, back, count = np.unique(days, return_inverse=True, return_counts=True)
    rows, squares = np.zeros(len(day)), 0.0
    for k in range(len(day)):
        apart = np.abs(day - day[k]).astype(np.float64)
        near = apart if offset_days < 0 else 1 / (apart + offset_days)
        rows[k] = near @ count - near[k]
        squares += count[k] * float(near**2 @ count - near[k] ** 2)
    return float(rows @ count) / 2, squares / 2, rows[back]


def _centered(n: int, total: float, squares: float, rows: FloatArray) -> tuple[PairSums, float]:
    """Return the sums of nearness less its mean, which keep their digits, and the mean."""
    pairs = n * (n - 1) // 2
    mean = total / pairs
    spread = max(squares - pairs * mean**2, 0.0)
    return PairSums(0.0, spread if spread > 1e-12 * squares else 0.0, float(((rows - (n - 1) * mean) ** 2).sum())), mean


def _reason(near: PairSums, when: PairSums, pairs: int) -> str | None:
    if pairs < 3:
        return "fewer than three pairs have no correlation"
    if near.squares == 0:
        return "all pairs are equally far apart"
    return "all pairs are equally far apart in time" if when.squares == 0 else None
