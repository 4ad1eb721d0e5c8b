"""Knox's test: whether pairs of events close in space are close in time more often than expected by chance."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from ...arguments import Arguments
from ...arrays import IntArray
from ...figures import NullHistogram
from ...inference.permutation_test import (
    Alternative,
    Draws,
    Moments,
    PairSums,
    Sampler,
    moments_of_draws,
    product_moments,
    smallest_p_value,
)
from ...lost import describe_lost
from ...random_streams import seed_of
from ...results import Result
from ...wording import format_count, format_days, format_p
from .pair_counts import ExchangedPlaces, check_limits, close_counts
from .points import DatedPoints
from .schemes import Scheme, ShuffleDates, scheme_of
from .strata import Strata


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
        Mean and variance under the null; ``moments.source`` is "exact" (Barton and David) for shuffled dates, otherwise "draws".
    p_value
        (1 + draws at least as extreme) / (draws + 1).
    null_distribution
        The count in each draw.
    reason
        Why there is no p-value, or None.
    """

    statistic: int
    close_in_space: int
    moments: Moments
    p_value: float
    null_distribution: npt.NDArray[np.int64]
    reason: str | None = None

    @property
    def z_score(self) -> float:
        """Standard deviations above the mean under the null."""
        return float("nan") if self.reason else self.moments.z_score(self.statistic)

    @property
    def ratio(self) -> float:
        """Ratio of observed to expected pairs."""
        return self.statistic / self.moments.expected if self.moments.expected > 0 else float("nan")


@dataclass(frozen=True, repr=False, eq=False)
class KnoxResult(Result):
    """Result of the Knox test: pairs of events close in space and time, in total, in the same place and between places.

    Attributes
    ----------
    all_pairs, same_place, between_places
        Counts of pairs. Pairs at most ``exclude_within_km`` apart (0: at one point) are in the same place.
    within_km, within_days, exclude_within_km
        Limits; pairs exactly at a limit are included (≤).
    events, close_in_time
        Number of events, and of pairs close in time at any distance in space.
    scheme, null
        Name and description of what was shuffled.
    alternative, permutations
        Settings of the permutation test.
    smallest_p_value
        Smallest p-value that this test can give.
    notes
        Further remarks for the reader.
    lost
        Number of events that were left out, by reason.
    """

    all_pairs: PairCount
    same_place: PairCount
    between_places: PairCount
    within_km: float
    within_days: int
    exclude_within_km: float
    events: int
    close_in_time: int
    scheme: str
    null: str
    alternative: Alternative
    permutations: int
    smallest_p_value: float
    notes: tuple[str, ...] = ()
    lost: Mapping[str, int] = field(default_factory=dict)

    @property
    def tested(self) -> PairCount:
        """The pairs tested: all pairs, or those between places if ``exclude_within_km`` is above 0."""
        return self.between_places if self.exclude_within_km > 0 else self.all_pairs

    @property
    def statistic(self) -> int:
        """Number of tested pairs that are close in space and time."""
        return self.tested.statistic

    @property
    def expected(self) -> float:
        """Expected number of pairs under the null."""
        return self.tested.moments.expected

    @property
    def variance(self) -> float:
        """Variance of the number of pairs under the null."""
        return self.tested.moments.variance

    @property
    def moments(self) -> str:
        """Source of the expectation and variance: "exact" or "draws"."""
        return self.tested.moments.source

    @property
    def z_score(self) -> float:
        """Standard deviations above the expectation under the null."""
        return self.tested.z_score

    @property
    def p_value(self) -> float:
        """The permutation p-value."""
        return self.tested.p_value

    @property
    def ratio(self) -> float:
        """Ratio of observed to expected pairs."""
        return self.tested.ratio

    @property
    def null_distribution(self) -> npt.NDArray[np.int64]:
        """The statistic in each draw."""
        return self.tested.null_distribution

    @property
    def reason(self) -> str | None:
        """Why there is no p-value, or None."""
        return self.tested.reason

    @property
    def poisson_p_value(self) -> float:
        """P(X ≥ x) of a Poisson count with mean N_s · N_t / N, to compare with older papers.

        **Do not report it as a p-value.** The pairs are not independent: the true variance can be twice that of a Poisson
        count, and this number is then far too small. (Packages that print P(X > x) make it smaller still.)
        """
        from scipy.special import gammainc

        pairs = self.events * (self.events - 1) / 2
        mean = self.tested.close_in_space * self.close_in_time / pairs
        return float(gammainc(self.statistic, mean)) if self.statistic else 1.0

    @property
    def kinds(self) -> Mapping[str, PairCount]:
        """The three counts by kind of pairs."""
        return {"all pairs": self.all_pairs, "same place": self.same_place, "between places": self.between_places}

    def figure(self, *, pairs: str | None = None) -> NullHistogram:
        """Return the draws and the observed count of the pairs tested, or of "all pairs", "same place" or "between places"."""
        with Arguments() as check:
            check.choice("pairs", pairs, list(self.kinds), optional=True)
        count = self.tested if pairs is None else self.kinds[pairs]
        kind = pairs or ("between places" if self.exclude_within_km > 0 else "all pairs")
        which = "" if kind == "all pairs" else f" ({kind})"
        what = f"pairs of events{which} at most {self.within_km:g} km and {format_days(self.within_days)} apart"
        return NullHistogram(count.null_distribution, count.statistic, count.p_value, what, self.null, count.reason)

    @property
    def sentence(self) -> str:
        """The result in a few sentences."""
        more = f"more than {self.exclude_within_km:g} km but " if self.exclude_within_km > 0 else ""
        limits = (
            f"{more}at most {self.within_km:g} km and {'at most ' if more else ''}{format_days(self.within_days)} apart"
        )
        first = f"{format_pairs(self.statistic)} {limits}"
        if self.reason:
            return f"{first}. No p-value: {self.reason}.{self._notes()}"
        kinds = (
            ""
            if self.exclude_within_km > 0
            else f" Of these, {_describe_count(self.same_place, 'in the same place')}, and {_describe_count(self.between_places, 'between places')}."
        )
        return (
            f"{first}; {format_count(self.expected)} are expected with {self.null} (z = {self.z_score:.2f}, {format_p(self.p_value)}"
            f" from {self.permutations:,} draws).{kinds}{self._notes()}"
        )

    def _notes(self) -> str:
        return "".join(f" {note[0].upper()}{note[1:]}." for note in self.notes)

    def to_frame(self) -> pd.DataFrame:
        """Return one row each for all pairs, pairs in the same place and pairs between places."""
        rows = {
            name: {
                "statistic": count.statistic, "expected": count.moments.expected, "ratio": count.ratio, "variance": count.moments.variance,
                "z_score": count.z_score, "p_value": count.p_value, "close_in_space": count.close_in_space, "moments": count.moments.source,
            }
            for name, count in self.kinds.items()
        }  # fmt: skip
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("pairs")


def format_pairs(count: int) -> str:
    """Format a number of pairs of events, with its verb.

    Examples
    --------
    >>> format_pairs(1), format_pairs(1500)
    ('1 pair of events is', '1,500 pairs of events are')
    """
    return "1 pair of events is" if count == 1 else f"{count:,} pairs of events are"


def _describe_count(count: PairCount, where: str) -> str:
    p = "no p-value" if count.reason else format_p(count.p_value)
    verb = "is" if count.statistic == 1 else "are"
    return f"{count.statistic:,} {verb} {where} ({format_count(count.moments.expected)} expected, {p})"


def knox_test(
    events: gpd.GeoDataFrame,
    *,
    within_km: float,
    within_days: int,
    permutations: int = 999,
    scheme: str | Scheme = "dates",
    strata: Strata | None = None,
    exclude_within_km: float = 0.0,
    alternative: Alternative = "greater",
    rng: int | np.random.Generator | None = None,
) -> KnoxResult:
    """Test whether events close in space are close in time more often than expected by chance.

    Run `knox_ladder` before interpreting a small p-value: repeated events in one town, and regions that are active at
    different times, also produce one.

    Parameters
    ----------
    events
        Dated points, at least two. Dates are civil days.
    within_km, within_days
        Limits of closeness: great-circle kilometers and days, both inclusive.
    permutations
        Number of permutations.
    scheme
        What is shuffled: "dates" (over all events), "within_strata" (dates within `strata`), "exchange_places" (places exchanged,
        each with its dates), or a scheme object.
    strata
        For "within_strata" and "exchange_places": one or more columns of the events or calendar units ("month", "quarter",
        ...), or one label per event.
    exclude_within_km
        If above 0, pairs at most this far apart count as the same place, and only the other pairs are tested.
    alternative
        "greater" (interaction), "less" or "two-sided".
    rng
        Seed or Generator. The result does not depend on the number of threads or workers, or on the order of the rows.

    Returns
    -------
    KnoxResult
        The result; without a p-value, but with a reason, if nothing can be tested (no close pairs, one place, one day).

    Raises
    ------
    SchemaError, CRSError
        The table is not a valid events table.
    DataError
        There are fewer than two events with points, or limits or strata are not valid.

    Warns
    -----
    LostEventsWarning
        Events without a point, or without the place that the strata name, are left out, and counted in ``lost``.

    Notes
    -----
    E. G. Knox (1964), Applied Statistics 13:25, doi:10.2307/2985220; exact moments under shuffled dates: D. E. Barton, F. N.
    David (1966). With other schemes, expectation and variance are estimated from the draws; ``moments`` tells which.
    The test detects interaction, whatever its cause; it is biased if the population at risk, or reporting, shifts
    between places over time (M. Kulldorff, U. Hjalmars 1999, Biometrics 55:544, doi:10.1111/j.0006-341X.1999.00544.x).

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> result = ps.knox_test(case.events, within_km=200, within_days=1, permutations=99, rng=1)
    >>> result.moments, result.all_pairs.statistic == result.same_place.statistic + result.between_places.statistic
    ('exact', True)
    """
    chosen = scheme_of(scheme, strata)
    check_limits(within_km, within_days, exclude_within_km, permutations, alternative)
    sample = DatedPoints.of(events, chosen.labels)
    return knox_of(
        sample, chosen, within_km=within_km, within_days=within_days, exclude_within_km=exclude_within_km,
        permutations=permutations, alternative=alternative, seed=seed_of(rng),
    )  # fmt: skip


def knox_of(
    sample: DatedPoints, scheme: Scheme, *, within_km: float, within_days: int, exclude_within_km: float, permutations: int,
    alternative: Alternative, seed: int,
) -> KnoxResult:  # fmt: skip
    """Run the Knox test on dated points, on the sphere or in the plane."""
    sampler, days = scheme.sampler(sample, seed), int(within_days)
    draws, near = close_counts(sample, sampler, (float(exclude_within_km), float(within_km)), days, permutations)
    in_time = PairSums.of_degrees(sample.near_in_time(days))
    exact = isinstance(scheme, ShuffleDates)
    kinds = _KnoxDraws(draws, near, in_time, sampler, exact, alternative, (within_km, days))
    least = smallest_p_value(permutations, sampler.log_arrangements, alternative)
    return KnoxResult(
        all_pairs=kinds.pair_count([0, 1]), same_place=kinds.pair_count([0]), between_places=kinds.pair_count([1]),
        within_km=float(within_km), within_days=days, exclude_within_km=float(exclude_within_km), events=len(sample),
        close_in_time=int(in_time.total), scheme=scheme.name, null=sampler.null, alternative=alternative,
        permutations=permutations, smallest_p_value=least, notes=tuple(_notes(sample, sampler, least, permutations)), lost=sample.lost,
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _KnoxDraws:
    """The close pairs of a Knox test, observed and drawn, by distance band."""

    draws: Draws
    near: tuple[IntArray, ...]
    in_time: PairSums
    sampler: Sampler
    exact: bool
    alternative: Alternative
    limits: tuple[float, int]  # km, days

    def pair_count(self, bands: list[int]) -> PairCount:
        """Return the count of the pairs in some distance bands, with its test."""
        events = len(self.near[0])
        in_space = PairSums.of_degrees(np.sum([self.near[band] for band in bands], axis=0))
        counts = self.draws.map(lambda by_band: by_band[:, bands].sum(axis=1))
        moments = product_moments(events, in_space, self.in_time) if self.exact else moments_of_draws(counts.null)
        pairs = events * (events - 1) // 2
        reason = _reason(int(in_space.total), int(self.in_time.total), pairs, self.limits)
        if reason is None and not self.exact:
            reason = counts.constant("count")
            if reason and isinstance(self.sampler, ExchangedPlaces):
                reason = "exchanging places does not change the number of these pairs"
        p = counts.p_value(self.alternative, reason)
        return PairCount(counts.observed.item(), int(in_space.total), moments, p, counts.null, reason)


def _reason(in_space: int, in_time: int, pairs: int, limits: tuple[float, int]) -> str | None:
    """Return why interaction cannot be tested, or None."""
    if in_space == 0:
        return "no such pairs are close in space"
    if in_time == 0:
        return f"no two events are at most {format_days(limits[1])} apart"
    if in_space == pairs:
        return f"every pair of events is at most {limits[0]:g} km apart"
    if in_time == pairs:
        return f"every pair of events is at most {format_days(limits[1])} apart"
    return None


def _notes(sample: DatedPoints, sampler: Sampler, least: float, permutations: int) -> list[str]:
    notes = [describe_lost(sample.lost)] if sample.lost else []
    if len(sample) < 4:
        notes.append("with fewer than four events the variance is not defined")
    if least > 1 / (permutations + 1) and least > 0.001:
        notes.append(f"there are so few distinct arrangements that p cannot be below {least:.2g}")
    blocks = getattr(sampler, "blocks", None)
    if blocks is not None and len(blocks.alone):
        dates, alone = not isinstance(sampler, ExchangedPlaces), len(blocks.alone)
        what = ("event" if dates else "place") + (" is" if alone == 1 else "s are")
        fixed = "not shuffled" if dates else "not exchanged"
        notes.append(f"{alone:,} {what} alone in {'its' if alone == 1 else 'their'} stratum and {fixed}")
    return notes
