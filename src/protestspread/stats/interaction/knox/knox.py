"""Knox's test: whether pairs of events close in space are close in time more often than expected by chance."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from ....arguments import Arguments
from ....figures import NullHistogram
from ....inference.permutation_test import Alternative, smallest_p_value
from ....random_streams import seed_of
from ....wording import format_count, format_days, format_p
from ..dated_points import DatedPoints, Strata, Unit
from ..schemes import LEVEL, InteractionResult, Scheme, ShuffleDates, caveats_of, scheme_of, tested_on
from .knox_counts import KnoxLimits, PairCount, check_limits, count_kinds


@dataclass(frozen=True, repr=False, eq=False)
class KnoxResult(InteractionResult):
    """Result of the Knox test: pairs close in space and time, in total, in the same place and between places.

    Attributes
    ----------
    all_pairs, same_place, between_places
        Counts of pairs. With shuffled dates, pairs at most ``exclude_within_km`` apart (0: at one point) are in the same place;
        with exchanged places, those of one place, and pairs of different places at most ``exclude_within_km`` apart are left
        out.
    within_km, within_days, exclude_within_km
        Limits; pairs exactly at a limit are included (≤).
    close_in_time
        Number of pairs close in time at any distance in space.
    null
        Description of what was shuffled.
    alternative, permutations
        Settings of the permutation test.
    smallest_p_value
        Smallest p-value that this test can give.
    unit, events, reports, places, scheme, caveats, lost
        As in all results of tests of interaction: what was counted ("place_days" or "reports") and how many of these; the number
        of reports and of active places; the name of what was shuffled; what else could give this result and what it cannot
        tell; and the number of events that were left out, by reason.
    """

    all_pairs: PairCount
    same_place: PairCount
    between_places: PairCount
    within_km: float
    within_days: int
    exclude_within_km: float
    close_in_time: int
    null: str
    alternative: Alternative
    permutations: int
    smallest_p_value: float

    @property
    def pairs_tested(self) -> str:
        """The kind of pairs tested: those between places if places are exchanged or ``exclude_within_km`` is above 0."""
        return "between places" if self.scheme == "exchange_places" or self.exclude_within_km > 0 else "all pairs"

    @property
    def tested(self) -> PairCount:
        """The pairs tested."""
        return self.kinds[self.pairs_tested]

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
    def excess(self) -> float:
        """With exchanged places, the standardized excess of pairs, which is tested; otherwise NaN."""
        return self.tested.excess

    @property
    def detectable_excess(self) -> float:
        """Pairs above expectation that the test finds in about four of five cases; approximate."""
        return self.tested.detectable_excess

    @property
    def moments(self) -> str:
        """Source of the expectation and variance: "exact", "profile" or "draws"."""
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
    def null_distribution(self) -> npt.NDArray[np.number]:
        """The number of pairs in each draw; with exchanged places, the excess."""
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
        """Return the draws and the observed of the pairs tested, or of "all pairs", "same place" or "between places"."""
        with Arguments() as check:
            check.choice("pairs", pairs, list(self.kinds), optional=True)
        kind = pairs or self.pairs_tested
        count = self.kinds[kind]
        which = "" if kind == "all pairs" else f" ({kind})"
        what = f"pairs of {self.noun}{which} at most {self.within_km:g} km and {format_days(self.within_days)} apart"
        if not np.isnan(count.excess):
            what = f"standardized excess of {what}"
        return NullHistogram(count.null_distribution, count.tested, count.p_value, what, self.null, count.reason)

    @property
    def sentence(self) -> str:
        """The result in a few sentences."""
        more = f"more than {self.exclude_within_km:g} km but " if self.exclude_within_km > 0 else ""
        limits = (
            f"{more}at most {self.within_km:g} km and {'at most ' if more else ''}{format_days(self.within_days)} apart"
        )
        different = " of different places" if self.scheme == "exchange_places" else ""
        first = f"{self.counted}: {format_pairs(self.statistic, self.noun + different)} {limits}"
        if self.reason:
            return f"{first}. No p-value: {self.reason}."
        return f"{first}; {self._expectation()}{self._kinds()}"

    def _expectation(self) -> str:
        p = f"{format_p(self.p_value)} from {self.permutations:,} draws"
        expected = format_count(self.expected)
        if np.isnan(self.excess):
            return f"{expected} are expected with {self.null} (z = {self.z_score:.2f}, {p})."
        like = (
            "places did the same as others of like population"
            if "like" in self.null
            else "the days of places were unrelated"
        )
        found = "" if self.p_value <= LEVEL else (
            f" The test finds an excess of about {format_count(self.detectable_excess)} pairs in four of five cases (approximate)."
        )  # fmt: skip
        return (
            f"{expected} are expected if {like}. With {self.null}, {p} (standardized excess {self.excess:.2f}).{found}"
        )

    def _kinds(self) -> str:
        if self.pairs_tested == "between places":
            return ""
        return f" Of these, {_describe_count(self.same_place, 'in the same place')}, and {_describe_count(self.between_places, 'between places')}."

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


def format_pairs(count: int, noun: str) -> str:
    """Format a number of pairs, with its verb.

    Examples
    --------
    >>> format_pairs(1, "reports"), format_pairs(1500, "place-days")
    ('1 pair of reports is', '1,500 pairs of place-days are')
    """
    return f"1 pair of {noun} is" if count == 1 else f"{count:,} pairs of {noun} are"


def _describe_count(count: PairCount, where: str) -> str:
    p = "no p-value" if count.reason else format_p(count.p_value)
    verb = "is" if count.statistic == 1 else "are"
    return f"{count.statistic:,} {verb} {where} ({format_count(count.moments.expected)} expected, {p})"


def knox_test(
    events: gpd.GeoDataFrame,
    cities: gpd.GeoDataFrame | None = None,
    *,
    within_km: float,
    within_days: int,
    permutations: int = 999,
    scheme: str | Scheme = "exchange_places",
    strata: Strata | None = None,
    unit: Unit = "place_days",
    exclude_within_km: float = 0.0,
    alternative: Alternative = "greater",
    rng: int | np.random.Generator | None = None,
) -> KnoxResult:
    """Test whether places close in space are active close in time more often than expected by chance.

    Parameters
    ----------
    events
        Dated points, at least two. Dates are civil days.
    cities
        Cities with their ``population`` (see `place_days`): places are then exchanged among those of like population. Without
        it, large places that lie together and protest early look like interaction.
    within_km, within_days
        Limits of closeness: great-circle kilometers and days, both inclusive.
    permutations
        Number of permutations.
    scheme
        What is shuffled: "exchange_places" (whole places, each with its days, within `strata` if given), "dates" (over all
        events) or "within_strata" (dates within `strata`), both to compare with other work, or a scheme object.
    strata
        One or more columns of the events, such as "region_id"; for dates also calendar units ("month", "quarter", ...), or
        one label per event.
    unit
        "place_days": a place active on a day counts once, however many reports tell of it. "reports": each event counts.
    exclude_within_km
        Pairs at most this far apart count as the same place, and only the other pairs are tested.
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
        Events without a point, without the place that the strata name, or less precise in place or date than the limits, are
        left out, and counted in ``lost``.
    ReportsWarning
        With ``unit="reports"``: several reports are of one place and day.

    Notes
    -----
    E. G. Knox (1964), Applied Statistics 13:25, doi:10.2307/2985220; exact moments under shuffled dates: D. E. Barton, F. N.
    David (1966). With other schemes, the variance is estimated from the draws; ``moments`` tells the source.

    With exchanged places, the statistic is the number X of pairs of days of different places, and its *excess*
    (X - E) / √E is tested. E is the number of pairs if each place spread its days over time like the eight places nearest
    to it in population (in its stratum); without populations, if closeness in time did not depend on the pair. Places are
    exchanged within blocks of about five places of like population. Which places are active is held fixed. With fewer than
    ten active places, or fewer than 200 arrangements, there is no p-value.

    What fools it: a cause that neighboring places share and the strata do not hold, such as a shock of other regions than the
    strata; events that were entered a second time under a nearby place (`deduplicate`); neighbors that happen to be the first,
    on one day (up to 10% of worlds); without `cities`, large places that lie together and protest early. Shuffled dates are also
    fooled by places that are active at different times, by campaigns, and by reports in several rows. ``docs/calibration.md``
    has the error rates. A shift of the population at risk, or of reporting, between places looks like interaction too
    (M. Kulldorff, U. Hjalmars 1999, Biometrics 55:544, doi:10.1111/j.0006-341X.1999.00544.x).

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> result = ps.knox_test(case.events, case.cities, within_km=200, within_days=1, permutations=99, rng=1)
    >>> result.reports, result.events, result.places
    (152, 90, 40)
    """
    chosen = scheme_of(scheme, strata)
    check_limits(within_km, within_days, exclude_within_km, permutations, alternative, unit)
    sample = DatedPoints.of(events, chosen.labels, unit=unit, cities=cities, limits=(within_km, within_days))
    limits = KnoxLimits(float(within_km), int(within_days), float(exclude_within_km))
    return knox_of(sample, chosen, limits, permutations=permutations, alternative=alternative, seed=seed_of(rng))


def knox_of(
    sample: DatedPoints, scheme: Scheme, limits: KnoxLimits, *, permutations: int, alternative: Alternative, seed: int
) -> KnoxResult:
    """Run the Knox test on dated points, on the sphere or in the plane."""
    sampler = scheme.sampler(sample, seed)
    kinds = count_kinds(sample, sampler, limits, permutations, alternative, exact=isinstance(scheme, ShuffleDates))
    result = KnoxResult(
        *kinds, within_km=limits.km, within_days=limits.days, exclude_within_km=limits.exclude_km,
        close_in_time=int(sample.near_in_time(limits.days).sum()) // 2, null=sampler.null, alternative=alternative,
        permutations=permutations, smallest_p_value=smallest_p_value(permutations, sampler.log_arrangements, alternative),
        **tested_on(sample, scheme.name),
    )  # fmt: skip
    return replace(result, caveats=caveats_of(sample, sampler, result))
