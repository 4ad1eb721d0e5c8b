"""Knox's test at many limits of distance and delay at once, adjusted for multiple testing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from ....arguments import Arguments
from ....arrays import FloatArray
from ....errors import must_be
from ....figures import LimitGrid
from ....inference.multiplicity import max_p_values
from ....inference.permutation_test import (
    Alternative,
    Draws,
    Moments,
    PairSums,
    PermutationResult,
    check_test,
    p_values,
    product_moments,
)
from ....random_streams import seed_of
from ....wording import format_count, format_days, format_p
from ..dated_points import DatedPoints, Strata, Unit, check_unit
from ..exchange import ExchangedPlaces, exchanged_pairs
from ..pair_tables import PairTable, check_bands, check_event_count, count_pairs
from ..schemes import InteractionResult, Scheme, ShuffleDates, caveats_of, check_scheme, scheme_of, tested_on


@dataclass(frozen=True, repr=False, eq=False, kw_only=True)
class MaxKnoxResult(InteractionResult, PermutationResult):
    """Result of the Knox test at every pair of limits, and of the test of the largest z-score.

    Attributes
    ----------
    table
        One row per pair of limits (index ``within_km``, ``within_days``): ``statistic``, ``expected``, ``variance``,
        ``z_score``, ``p_value`` (unadjusted) and ``adjusted_p_value`` (adjusted for all pairs of limits).
    statistic, p_value, null_distribution
        The largest z-score, its p-value, and the largest z-score in each draw.
    moments
        Source of expectation and variance: "exact", "profile" (pairs expected of places of like population, and the variance of
        the draws) or "draws".
    null, alternative, permutations, smallest_p_value, unit, events, reports, places, scheme, caveats, lost
        As in `KnoxResult`.
    reason
        Why there is no p-value, or None.
    """

    table: pd.DataFrame
    moments: str

    @property
    def best(self) -> tuple[float, int]:
        """The limits (km, days) of the largest z-score."""
        z = self.table["z_score"] * (-1 if self.alternative == "less" else 1)
        row = int(np.nanargmax((z.abs() if self.alternative == "two-sided" else z).to_numpy()))
        km, days = self.table.index.to_frame().iloc[row]
        return float(km), int(days)

    def figure(self) -> LimitGrid:
        """Return the z-scores by limits."""
        framed = self.table["adjusted_p_value"].unstack("within_days") <= 0.05  # noqa: PD010
        return LimitGrid(self.table["z_score"].unstack("within_days"), "z-score", framed, "adjusted p ≤ 0.05")  # noqa: PD010

    @property
    def sentence(self) -> str:
        """Return the result in a few sentences."""
        if self.reason:
            return f"The Knox test over several limits is not possible for {self.counted}: {self.reason}."
        km, days = self.best
        row = self.table.to_dict("index")[km, days]
        return (
            f"{self.counted}: of {len(self.table)} pairs of limits, the deviation from the null is largest within {km:g} km and {format_days(days)}: "
            f"{row['statistic']:,.0f} pairs of {self.noun} are observed and {format_count(row['expected'])} are expected with {self.null} "
            f"(z = {row['z_score']:.2f}). Adjusted for the number of limits, {format_p(self.p_value)} from {self.permutations:,} draws."
        )

    def to_frame(self) -> pd.DataFrame:
        """Return a copy of `table`."""
        return self.table.copy()


def max_knox_test(
    events: gpd.GeoDataFrame,
    cities: gpd.GeoDataFrame | None = None,
    *,
    km_bands: Sequence[float],
    day_bands: Sequence[int],
    permutations: int = 999,
    scheme: str | Scheme = "exchange_places",
    strata: Strata | None = None,
    unit: Unit = "place_days",
    exclude_within_km: float = 0.0,
    alternative: Alternative = "greater",
    rng: int | np.random.Generator | None = None,
) -> MaxKnoxResult:
    """Run the Knox test at many limits, adjusted for multiple testing.

    Use it if theory does not determine the limits: the statistic is standardized at every pair of limits, and the largest
    z-score is compared with the largest in each draw. A p-value at limits chosen after seeing the data is not valid.

    Parameters
    ----------
    events
        Dated points, at least four.
    km_bands, day_bands
        Ascending limits, in kilometers and days; each statistic counts the pairs within both.
    cities, permutations, strata, unit, exclude_within_km, alternative, rng
        As in `knox_test`; with "two-sided", the largest absolute z-score is tested.
    scheme
        "exchange_places": each z-score is the excess of pairs of different places, divided by its standard deviation over the
        draws. "dates" or "within_strata" serve to compare with other work.

    Raises
    ------
    SchemaError, CRSError
        The table is not a valid events table.
    DataError
        Limits or the scheme are not valid, or there are fewer than four events.

    Notes
    -----
    What fools `knox_test` fools this test too; neighbors that happen to be the first, on one day, in up to 12% of worlds.

    R. D. Baker (2004), Identifying space–time disease clusters, Acta Tropica 91:291,
    doi:10.1016/j.actatropica.2004.05.002.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> result = ps.max_knox_test(case.events, case.cities, km_bands=(100, 300), day_bands=(0, 1, 2), permutations=99, rng=1)
    >>> result.table.shape
    (6, 6)
    """
    chosen = scheme_of(scheme, strata)
    with Arguments() as check:
        check_event_count(check, events)
        km = check_bands(check, "km_bands", km_bands)
        days = check_bands(check, "day_bands", day_bands, whole=True)
        check_scheme(check, chosen, "exchange_places", "dates", "within_strata")
        least = check.number("exclude_within_km", exclude_within_km, at_least=0)
        if not check.faults and not least < max(km[0], 1e-300):
            need = "at least 0 and less than the first limit in km_bands"
            check.fault(must_be("exclude_within_km", need, exclude_within_km))
        check_test(check, permutations, alternative)
        check_unit(check, unit)
    sample = DatedPoints.of(events, chosen.labels, unit=unit, cities=cities, limits=(km[-1], days[-1]))
    return max_knox_of(
        sample, chosen, km, days, exclude_within_km=exclude_within_km, permutations=permutations,
        alternative=alternative, seed=seed_of(rng),
    )  # fmt: skip


def max_knox_of(
    sample: DatedPoints, scheme: Scheme, km: tuple[float, ...], days: tuple[int, ...], *, exclude_within_km: float, permutations: int,
    alternative: Alternative, seed: int,
) -> MaxKnoxResult:  # fmt: skip
    """Run the test on dated points, on the sphere or in the plane."""
    sampler = scheme.sampler(sample, seed)
    cells = _deviations(sample, scheme, sampler, (km, days, exclude_within_km), permutations)
    deviation = np.sqrt(np.where(cells.variance > 1e-9, cells.variance, np.nan))
    z = cells.deviations.map(lambda values: values / deviation)
    table = pd.DataFrame(
        {
            "statistic": cells.observed.ravel().astype(np.int64), "expected": cells.mean.ravel(),
            "variance": cells.pair_variance.ravel(), "z_score": z.observed.ravel(),
            "p_value": np.where(np.isnan(z.observed), np.nan, p_values(*cells.tested, alternative)).ravel(),
            "adjusted_p_value": max_p_values(z.observed, z.null, alternative).ravel(),
        },
        index=pd.MultiIndex.from_product([km, days], names=["within_km", "within_days"]),
    )  # fmt: skip
    untested = np.isnan(z.observed).all()
    reason = cells.reason or ("the count is the same in every draw at all limits" if untested else None)
    largest = Draws.undefined(permutations) if untested else _most_extreme(z, alternative)
    tail: Alternative = "greater" if alternative == "two-sided" else alternative
    result = MaxKnoxResult(
        table=table, moments=cells.source, what="largest z-score", **tested_on(sample, scheme.name),
        **largest.test(sampler, alternative, reason, tail=tail),
    )  # fmt: skip
    return replace(result, caveats=caveats_of(sample, sampler, result))


@dataclass(frozen=True, eq=False)
class _Deviations:
    """Counts of pairs at every pair of limits, and how far they deviate from those expected."""

    observed: FloatArray
    mean: FloatArray
    deviations: Draws  # of the count, or the standardized excess
    variance: FloatArray  # of the deviations
    pair_variance: FloatArray  # of the count
    source: str
    reason: str | None = None

    @property
    def tested(self) -> tuple[FloatArray, FloatArray]:
        """The deviations, observed and drawn."""
        return self.deviations.observed, self.deviations.null


def _deviations(
    sample: DatedPoints, scheme: Scheme, sampler: Any, limits: tuple[tuple[float, ...], tuple[int, ...], float], permutations: int
) -> _Deviations:  # fmt: skip
    km, days, least_km = limits
    if isinstance(sampler, ExchangedPlaces):
        found = exchanged_pairs(sample, sampler, km, days, permutations, exclude_within_km=least_km)
        observed, expected = np.moveaxis(found.draws.observed, -1, 0)
        variance = found.excess.pooled_moments()[1]
        return _Deviations(observed, expected, found.excess, variance, variance * expected, "profile", found.reason)
    counts = count_pairs(sample, sampler, km, days, permutations, least_km=least_km if least_km > 0 else None)
    exact = isinstance(scheme, ShuffleDates)
    mean, variance = _exact_moments(sample, counts, days) if exact else counts.draws.pooled_moments()
    deviations = counts.draws.map(lambda sums: sums - mean)
    return _Deviations(counts.draws.observed, mean, deviations, variance, variance, "exact" if exact else "draws")


def _exact_moments(sample: DatedPoints, counts: PairTable, days: tuple[int, ...]) -> tuple[FloatArray, FloatArray]:
    """Return the exact mean and variance at each pair of limits."""
    in_space = [PairSums.of_degrees(near) for near in counts.near]
    in_time = [PairSums.of_degrees(sample.near_in_time(limit)) for limit in days]
    moments: list[list[Moments]] = [
        [product_moments(len(sample), space, time) for time in in_time] for space in in_space
    ]
    return np.array([[m.expected for m in row] for row in moments]), np.array(
        [[m.variance for m in row] for row in moments]
    )


def _most_extreme(z: Draws, alternative: Alternative) -> Draws:
    """Return the most extreme z-score over all limits; with "two-sided", of absolute values."""
    tested = ~np.isnan(z.observed)
    turn = np.abs if alternative == "two-sided" else np.positive
    return z.map(lambda scores: (np.min if alternative == "less" else np.max)(turn(scores[:, tested]), axis=1))
