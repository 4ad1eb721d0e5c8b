"""Numbers of pairs close in space and time, by kind of pairs, with their distribution under a null hypothesis."""

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ....arguments import Arguments
from ....errors import must_be
from ....inference.permutation_test import (
    Alternative,
    Draws,
    Moments,
    PairSums,
    Sampler,
    check_test,
    detectable_excess,
    moments_of_draws,
    product_moments,
)
from ....wording import format_days
from ..dated_points import DatedPoints, check_unit
from ..exchange import ExchangedPairs, ExchangedPlaces, exchanged_pairs
from ..pair_counts import close_counts
from ..points import MOST_DAYS

Kinds = tuple["PairCount", "PairCount", "PairCount"]
"""All pairs, those in the same place, and those between places."""


@dataclass(frozen=True, eq=False)
class PairCount:
    """The number of pairs of one kind that are close in space and time, with its distribution under the null.

    Attributes
    ----------
    statistic
        Pairs observed to be close in space and time.
    close_in_space
        Pairs of this kind that are close in space, at any distance in time.
    moments
        Mean and variance under the null; ``moments.source`` is "exact" (Barton and David) for shuffled dates, "profile" for
        exchanged places (the mean is that of places of like population), otherwise "draws".
    p_value
        (1 + draws at least as extreme) / (draws + 1).
    null_distribution
        The count in each draw; with exchanged places, the excess.
    detectable_excess
        Pairs above expectation that the test finds in about four of five cases; approximate.
    excess
        With exchanged places, the standardized excess (X - E) / √E, whose p-value this is; otherwise NaN.
    reason
        Why there is no p-value, or None.
    """

    statistic: int
    close_in_space: int
    moments: Moments
    p_value: float
    null_distribution: npt.NDArray[np.number]
    detectable_excess: float
    excess: float = math.nan
    reason: str | None = None

    @property
    def tested(self) -> float:
        """What is tested: the excess with exchanged places, otherwise the count."""
        return self.statistic if math.isnan(self.excess) else self.excess

    @property
    def z_score(self) -> float:
        """Standard deviations above the mean under the null."""
        if self.reason:
            return math.nan
        moments = self.moments if math.isnan(self.excess) else moments_of_draws(self.null_distribution)
        return moments.z_score(self.tested)

    @property
    def ratio(self) -> float:
        """Ratio of observed to expected pairs."""
        return self.statistic / self.moments.expected if self.moments.expected > 0 else math.nan

    def pairs_of(self, null: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Return values of the null distribution as numbers of pairs."""
        values = np.asarray(null, dtype=np.float64)
        if math.isnan(self.excess):
            return values
        return self.moments.expected + values * math.sqrt(self.moments.expected)


@dataclass(frozen=True)
class KnoxLimits:
    """The limits of a Knox test: kilometers, days, and kilometers up to which two points are in the same place."""

    km: float
    days: int
    exclude_km: float


def check_limits(
    within_km: float, within_days: float, exclude_within_km: float, permutations: int, alternative: str, unit: str
) -> None:
    """Raise `DataError`, with all faults, unless the arguments of a Knox test are valid."""
    with Arguments() as check:
        add_limit_faults(check, within_km, within_days, exclude_within_km)
        check_test(check, permutations, alternative)
        check_unit(check, unit)


def add_limit_faults(check: Arguments, within_km: float, within_days: float, exclude_within_km: float) -> None:
    """Check the limits of closeness."""
    km = check.number("within_km", within_km, at_least=0)
    least = check.number("exclude_within_km", exclude_within_km, at_least=0)
    if not check.faults and not least < max(km, 1e-300):
        need = f"at least 0 and less than within_km ({km:g})"
        check.fault(must_be("exclude_within_km", need, exclude_within_km))
    days = check.number("within_days", within_days, at_least=0, at_most=MOST_DAYS)
    if isinstance(days, float) and days % 1:
        check.fault(must_be("within_days", "a whole number of days of at least 0", within_days))


def count_kinds(
    sample: DatedPoints, sampler: Sampler, limits: KnoxLimits, permutations: int, alternative: Alternative, *, exact: bool
) -> Kinds:  # fmt: skip
    """Count the pairs of each kind, and test them; `exact` for the exact moments of dates shuffled over all events."""
    if isinstance(sampler, ExchangedPlaces):
        found = exchanged_pairs(
            sample, sampler, (limits.km,), (limits.days,), permutations, exclude_within_km=limits.exclude_km
        )
        return _exchanged_kinds(sample, found, limits, alternative)
    draws, near = close_counts(sample, sampler, (limits.exclude_km, limits.km), limits.days, permutations)
    in_time = PairSums.of_degrees(sample.near_in_time(limits.days))

    def kind(bands: list[int]) -> PairCount:
        in_space = PairSums.of_degrees(np.sum([near[band] for band in bands], axis=0))
        counts = draws.map(lambda by_band: by_band[:, bands].sum(axis=1))
        moments = product_moments(len(sample), in_space, in_time) if exact else moments_of_draws(counts.null)
        reason = _reason(int(in_space.total), int(in_time.total), len(sample), limits)
        if reason is None and not exact:
            reason = counts.constant("count")
        return PairCount(
            counts.observed.item(), int(in_space.total), moments, counts.p_value(alternative, reason), counts.null,
            detectable_excess(counts.null, alternative), reason=reason,
        )  # fmt: skip

    return kind([0, 1]), kind([0]), kind([1])


def _exchanged_kinds(sample: DatedPoints, found: ExchangedPairs, limits: KnoxLimits, alternative: Alternative) -> Kinds:
    """Return the kinds of pairs; those within a place are the same in every draw."""
    pairs, excess = found.draws.observed[0, 0], Draws(found.excess.observed[0, 0], found.excess.null[:, 0, 0])
    observed, expected, close = round(float(pairs[0])), float(pairs[1]), int(found.close_in_space[0])
    reason = found.reason
    if close == 0:
        reason = "no such pairs are close in space"
    elif expected <= 0:
        reason = f"no such pairs are expected to be at most {format_days(limits.days)} apart"
    reason = reason or (
        "exchanging places does not change the number of these pairs" if excess.constant("excess") else None
    )
    between = PairCount(
        observed, close, Moments(expected, expected * moments_of_draws(excess.null).variance, "profile"),
        excess.p_value(alternative, reason), excess.null, detectable_excess(excess.null, alternative) * math.sqrt(expected),
        excess.observed.item(), reason,
    )  # fmt: skip
    days = np.bincount(sample.place)
    repeats, within = int(found.repeats[0]), int((days * (days - 1) // 2).sum())
    same = PairCount(
        repeats, within, Moments(float(repeats), 0.0, "profile"), math.nan, np.full(len(excess.null), repeats), math.nan,
        reason="exchanging places does not change the number of pairs in the same place",
    )  # fmt: skip
    every = replace(
        between, statistic=observed + repeats, close_in_space=close + within,
        moments=replace(between.moments, expected=expected + repeats),
    )  # fmt: skip
    return every, same, between


def _reason(in_space: int, in_time: int, n: int, limits: KnoxLimits) -> str | None:
    """Return why interaction cannot be tested, or None."""
    pairs = n * (n - 1) // 2
    if in_space == 0:
        return "no such pairs are close in space"
    if in_time == 0:
        return f"no pairs are at most {format_days(limits.days)} apart"
    if in_space == pairs:
        return f"all pairs are at most {limits.km:g} km apart"
    if in_time == pairs:
        return f"all pairs are at most {format_days(limits.days)} apart"
    return None
