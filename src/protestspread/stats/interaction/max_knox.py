"""Which distance, which delay? Knox's test at many limits at once, without paying for it in false findings."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from ...arrays import FloatArray
from ...errors import DataError
from ...inference.moments import Moments, PairSums, product_moments
from ...inference.multiplicity import max_p_values
from ...inference.p_values import Alternative, check_alternative, check_permutations, p_values, smallest_p_value
from ...random_streams import seed_of
from ...results import Result
from ...wording import format_count, format_days, format_p
from .dated_points import DatedPoints
from .pair_tables import PairTable, check_bands, count_pairs
from .reshuffles import ShuffledDates
from .schemes import Scheme, ShuffleDates, scheme_of
from .strata import Strata


@dataclass(frozen=True, repr=False, eq=False)
class MaxKnoxResult(Result):
    """The Knox test at every pair of limits, and the largest of them against the largest that chance gives.

    Attributes
    ----------
    table
        A row for each pair of limits (index ``within_km``, ``within_days``): ``statistic``, ``expected``, ``variance``,
        ``z_score``, ``p_value`` (as if it were the only one) and ``adjusted_p_value`` (as one of all).
    statistic, p_value, null_distribution
        The largest z-score, how often chance gives one as large, and the largest in each draw.
    moments
        Where expectation and variance come from: "exact" or "draws".
    events, scheme, null, alternative, permutations, smallest_p_value
        As in `KnoxResult`.
    reason
        Why there is no p-value; None where there is one.
    """

    table: pd.DataFrame
    statistic: float
    p_value: float
    null_distribution: FloatArray
    moments: str
    events: int
    scheme: str
    null: str
    alternative: Alternative
    permutations: int
    smallest_p_value: float
    reason: str | None = None

    @property
    def best(self) -> tuple[float, int]:
        """The limits (km, days) of the largest z-score."""
        z = self.table["z_score"] * (-1 if self.alternative == "less" else 1)
        row = int(np.nanargmax((z.abs() if self.alternative == "two-sided" else z).to_numpy()))
        km, days = self.table.index.to_frame().iloc[row]
        return float(km), int(days)

    @property
    def sentence(self) -> str:
        """What was found, in a sentence that can be read aloud."""
        if self.reason:
            return f"No largest Knox statistic of {self.events:,} events: {self.reason}."
        km, days = self.best
        row = self.table.to_dict("index")[km, days]
        return (
            f"Of {len(self.table)} pairs of limits, interaction is clearest within {km:g} km and {format_days(days)}: {row['statistic']:,.0f} pairs of "
            f"events, {format_count(row['expected'])} expected with {self.null} (z = {row['z_score']:.2f}); chance finds as much at any of the limits "
            f"with {format_p(self.p_value)} ({self.permutations:,} draws)."
        )

    def to_frame(self) -> pd.DataFrame:
        """Return the table."""
        return self.table.copy()


def max_knox_test(
    events: gpd.GeoDataFrame,
    *,
    km_bands: Sequence[float],
    day_bands: Sequence[int],
    permutations: int = 999,
    scheme: str | Scheme = "dates",
    strata: Strata | None = None,
    exclude_within_km: float = 0.0,
    alternative: Alternative = "greater",
    rng: int | np.random.Generator | None = None,
) -> MaxKnoxResult:
    """Run the Knox test at many limits, and correct for having looked at all of them.

    The honest answer to the question which limits to take: all pairs of them are tried, each is standardized, and the
    largest is held against the largest of every draw. A limit picked after looking has no p-value of its own.

    Parameters
    ----------
    events
        Dated points, four or more.
    km_bands, day_bands
        Ascending limits: each statistic counts the pairs at most so many kilometres *and* at most so many days apart.
    permutations, exclude_within_km, alternative, rng
        As in `knox_test`; with "two-sided", the largest z-score in absolute value counts.
    scheme, strata
        "dates" or "within_strata".

    Raises
    ------
    SchemaError, CRSError
        The events are not events.
    DataError
        Limits or a scheme that make no sense; fewer than four events.

    Notes
    -----
    R. D. Baker (2004), Identifying space–time disease clusters, Acta Tropica 91:291,
    doi:10.1016/j.actatropica.2004.05.002.

    Examples
    --------
    >>> import protestspread as ps
    >>> events = ps.load_case("kazakhstan_2022").events
    >>> result = ps.max_knox_test(events, km_bands=(100, 300), day_bands=(0, 1, 2), permutations=99, rng=1)
    >>> result.table.shape
    (6, 6)
    """
    chosen = scheme_of(scheme, strata)
    km, days = check_bands(km_bands, "km_bands"), tuple(map(int, check_bands(day_bands, "day_bands", whole=True)))
    faults = (
        [] if chosen.name in ("dates", "within_strata") else [f'scheme = {chosen.name!r}: "dates" or "within_strata"']
    )
    if not 0 <= exclude_within_km < max(km[0], 1e-300):
        faults.append(f"exclude_within_km = {exclude_within_km!r}: 0 or more, and less than the first of km_bands")
    if len(events) < 4:
        faults.append(f"{len(events)} events; a z-score needs four")
    if faults:
        raise DataError(
            "the largest Knox statistic cannot be found", faults, "km_bands=(10, 25, 50), day_bands=(1, 3, 7), say"
        )
    check_permutations(permutations)
    check_alternative(alternative)
    return max_knox_of(
        DatedPoints.of(events, chosen.labels), chosen, km, days, exclude_within_km=exclude_within_km, permutations=permutations,
        alternative=alternative, seed=seed_of(rng),
    )  # fmt: skip


def max_knox_of(
    sample: DatedPoints, scheme: Scheme, km: tuple[float, ...], days: tuple[int, ...], *, exclude_within_km: float, permutations: int,
    alternative: Alternative, seed: int,
) -> MaxKnoxResult:  # fmt: skip
    """Run the test on dated points, on the sphere or on a plane."""
    drawn = cast("ShuffledDates", scheme.sampler(sample, seed))
    counts = count_pairs(
        sample, drawn, km, days, permutations, least_km=exclude_within_km if exclude_within_km > 0 else None
    )
    seen, null = counts.observed, counts.null
    exact = isinstance(scheme, ShuffleDates)
    mean, variance = _exact_moments(sample, counts, days) if exact else _moments(seen, null)
    with np.errstate(divide="ignore", invalid="ignore"):
        deviation = np.sqrt(np.where(variance > 1e-9, variance, np.nan))
        z, z_null = (seen - mean) / deviation, (null - mean) / deviation
    table = pd.DataFrame(
        {
            "statistic": seen.ravel().astype(np.int64), "expected": mean.ravel(), "variance": variance.ravel(), "z_score": z.ravel(),
            "p_value": np.where(np.isnan(z), np.nan, p_values(seen, null, alternative)).ravel(),
            "adjusted_p_value": max_p_values(z, z_null, alternative).ravel(),
        },
        index=pd.MultiIndex.from_product([km, days], names=["within_km", "within_days"]),
    )  # fmt: skip
    reason = "at none of the limits can the count change" if np.isnan(z).all() else None
    largest, largest_null = (np.nan, np.full(permutations, np.nan)) if reason else _largest(z, z_null, alternative)
    return MaxKnoxResult(
        table=table, statistic=float(largest), p_value=float(np.nanmin(table["adjusted_p_value"])) if reason is None else float("nan"),
        null_distribution=largest_null, moments="exact" if exact else "draws", events=len(sample), scheme=scheme.name, null=scheme.description(sample),
        alternative=alternative, permutations=permutations, smallest_p_value=smallest_p_value(permutations, drawn.log_arrangements), reason=reason,
    )  # fmt: skip


def _exact_moments(sample: DatedPoints, counts: PairTable, days: tuple[int, ...]) -> tuple[FloatArray, FloatArray]:
    in_space = [PairSums.of_degrees(near) for near in counts.near]
    in_time = [PairSums.of_degrees(sample.near_in_time(limit)) for limit in days]
    found: list[list[Moments]] = [[product_moments(len(sample), space, time) for time in in_time] for space in in_space]
    return np.array([[m.expected for m in row] for row in found]), np.array(
        [[m.variance for m in row] for row in found]
    )


def _moments(seen: FloatArray, null: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return mean and variance over the draws and what was observed: all on one footing, so that the p-value is exact."""
    together = np.concatenate([seen[None], null])
    return np.asarray(together.mean(axis=0)), np.asarray(together.var(axis=0, ddof=1))


def _largest(z: FloatArray, z_null: FloatArray, alternative: Alternative) -> tuple[float, npt.NDArray[np.float64]]:
    turn = {"greater": np.positive, "less": np.negative, "two-sided": np.abs}[alternative]
    flat = turn(z_null).reshape(len(z_null), -1)[:, ~np.isnan(z.ravel())]
    sign = -1.0 if alternative == "less" else 1.0
    return sign * float(np.nanmax(turn(z))), sign * flat.max(axis=1)
