"""Are events that are close in space closer in time than chance would have it? Knox's test, with its traps marked."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from ...errors import DataError
from ...inference.moments import Moments, PairSums, moments_of_draws, product_moments
from ...inference.p_values import Alternative, check_alternative, check_permutations, p_values, smallest_p_value
from ...random_streams import seed_of
from ...results import Result
from ...wording import format_count, format_days, format_p
from .dated_points import DatedPoints
from .pair_counts import CloseCounts, close_counts
from .reshuffles import Reshuffle, ShuffledDates
from .schemes import Scheme, ShuffleDates, scheme_of
from .strata import Strata


@dataclass(frozen=True, eq=False)
class PairCount:
    """How many pairs of one kind are close in space and time, and what the null gives.

    Attributes
    ----------
    statistic
        The pairs observed.
    close_in_space
        How many pairs of this kind there are, whenever they happened.
    moments
        Mean and variance under the null; ``moments.source`` is "exact" (Barton and David) for shuffled dates, else "draws".
    p_value
        (1 + draws at least as extreme) / (draws + 1).
    null_distribution
        The count in each draw.
    reason
        Why there is no p-value; None where there is one.
    """

    statistic: int
    close_in_space: int
    moments: Moments
    p_value: float
    null_distribution: npt.NDArray[np.int64]
    reason: str | None = None

    @property
    def z_score(self) -> float:
        """Standard deviations above the mean of the null."""
        return float("nan") if self.reason else self.moments.z_score(self.statistic)

    @property
    def ratio(self) -> float:
        """Observed over expected."""
        return self.statistic / self.moments.expected if self.moments.expected > 0 else float("nan")


@dataclass(frozen=True, repr=False, eq=False)
class KnoxResult(Result):
    """The Knox test: pairs of events close in space and time, those in the same place and those between places apart.

    Attributes
    ----------
    all_pairs, same_place, between_places
        The counts. Pairs at most ``exclude_within_km`` apart (0: at one point) are in the same place.
    within_km, within_days, exclude_within_km
        The limits; both sides of a limit of "within" are in (≤).
    events, close_in_time
        How many events, and how many pairs of them are close in time, wherever they happened.
    scheme, null
        What was shuffled: the name of the scheme, and the same in words.
    alternative, permutations
        As asked for.
    smallest_p_value
        The smallest p-value that this test could have given.
    notes
        What else the reader should know.
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

    @property
    def tested(self) -> PairCount:
        """The pairs that the test is about: all, or with ``exclude_within_km`` those between places."""
        return self.between_places if self.exclude_within_km > 0 else self.all_pairs

    @property
    def statistic(self) -> int:
        """The pairs that are close in space and time."""
        return self.tested.statistic

    @property
    def expected(self) -> float:
        """Their number under the null."""
        return self.tested.moments.expected

    @property
    def variance(self) -> float:
        """Its variance under the null."""
        return self.tested.moments.variance

    @property
    def moments(self) -> str:
        """Where expectation and variance come from: "exact" or "draws"."""
        return self.tested.moments.source

    @property
    def z_score(self) -> float:
        """Standard deviations above the expectation."""
        return self.tested.z_score

    @property
    def p_value(self) -> float:
        """The permutation p-value."""
        return self.tested.p_value

    @property
    def ratio(self) -> float:
        """Observed over expected."""
        return self.tested.ratio

    @property
    def null_distribution(self) -> npt.NDArray[np.int64]:
        """The statistic in each draw."""
        return self.tested.null_distribution

    @property
    def reason(self) -> str | None:
        """Why there is no p-value; None where there is one."""
        return self.tested.reason

    @property
    def poisson_p_value(self) -> float:
        """P(X ≥ x) of a Poisson count with the mean N_s · N_t / N: a legacy figure, to compare with old papers.

        **Not a p-value to report.** The pairs are not independent: the true variance can be twice Poisson's, and this
        figure then far too small. (Packages that print P(X > x) make it smaller still.)
        """
        from scipy.special import gammainc

        pairs = self.events * (self.events - 1) / 2
        mean = self.tested.close_in_space * self.close_in_time / pairs
        return float(gammainc(self.statistic, mean)) if self.statistic else 1.0

    @property
    def kinds(self) -> Mapping[str, PairCount]:
        """The three counts by what they count."""
        return {"all pairs": self.all_pairs, "same place": self.same_place, "between places": self.between_places}

    @property
    def sentence(self) -> str:
        """What was found, in a sentence that can be read aloud."""
        what = "pairs of events" + (
            f" more than {self.exclude_within_km:g} km but" if self.exclude_within_km > 0 else ""
        )
        first = f"{self.statistic:,} {what} at most {self.within_km:g} km and {format_days(self.within_days)} apart"
        if self.reason:
            return f"{first}. No p-value: {self.reason}.{self._notes()}"
        kinds = (
            ""
            if self.exclude_within_km > 0
            else f" Of them {_clause(self.same_place, 'in the same place')}, and {_clause(self.between_places, 'between places')}."
        )
        return (
            f"{first}, where {format_count(self.expected)} are expected with {self.null} (z = {self.z_score:.2f}, {format_p(self.p_value)}"
            f" from {self.permutations:,} draws).{kinds}{self._notes()}"
        )

    def _notes(self) -> str:
        return "".join(f" {note[0].upper()}{note[1:]}." for note in self.notes)

    def to_frame(self) -> pd.DataFrame:
        """Return a row for all pairs, those in the same place and those between places."""
        rows = {
            name: {
                "statistic": count.statistic, "expected": count.moments.expected, "ratio": count.ratio, "variance": count.moments.variance,
                "z_score": count.z_score, "p_value": count.p_value, "close_in_space": count.close_in_space, "moments": count.moments.source,
            }
            for name, count in self.kinds.items()
        }  # fmt: skip
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("pairs")


def _clause(count: PairCount, where: str) -> str:
    told = "no p-value" if count.reason else format_p(count.p_value)
    return f"{count.statistic:,} are {where} ({format_count(count.moments.expected)} expected, {told})"


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
    """Test whether events close in space are also close in time more often than chance would have it.

    Read `knox_ladder` before believing a small p-value: repeats in one town, and regions that are active at different
    times, give one too.

    Parameters
    ----------
    events
        Dated points, two or more. Dates are civil days.
    within_km, within_days
        What is close: great-circle kilometres and days, at most.
    permutations
        How many draws.
    scheme
        What is shuffled: "dates" (over all events), "within_strata" (dates within `strata`), "exchange_places" (places exchanged,
        each with its dates), or a scheme object.
    strata
        For "within_strata" and "exchange_places": columns of the events or parts of the calendar ("month", "quarter" ...), one or a
        list, or a label an event.
    exclude_within_km
        Where above 0, pairs at most so far apart are taken to be in the same place, and the test is about the others.
    alternative
        "greater" (interaction), "less" or "two-sided".
    rng
        Seed or Generator. The result is the same whatever the number of threads or workers, and the order of the rows.

    Returns
    -------
    KnoxResult
        With a reason instead of a p-value where there can be none: no close pairs, one place, one day.

    Raises
    ------
    SchemaError, CRSError
        The events are not events.
    DataError
        Fewer than two events, events without a point, limits or strata that make no sense.

    Notes
    -----
    E. G. Knox (1964), Applied Statistics 13:25, doi:10.2307/2985220; exact moments under shuffled dates: D. E. Barton, F. N.
    David (1966). With other schemes, expectation and variance are those of the draws; the result says which. The test
    finds interaction, whatever its cause; it is biased where the population at risk, or reporting, shifts between
    places over time (M. Kulldorff, U. Hjalmars 1999, Biometrics 55:544, doi:10.1111/j.0006-341X.1999.00544.x).

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


def check_limits(
    within_km: float, within_days: float, exclude_within_km: float, permutations: int, alternative: str
) -> None:
    """Raise `DataError`, with all that is wrong, unless the limits of a test make sense."""
    faults = []
    if not (isinstance(within_km, (int, float, np.number)) and 0 <= within_km < math.inf):
        faults.append(f"within_km = {within_km!r}: kilometres, 0 or more")
    elif not 0 <= exclude_within_km < max(within_km, 1e-300):
        faults.append(f"exclude_within_km = {exclude_within_km!r}: 0 or more, and less than within_km")
    if not (
        isinstance(within_days, (int, float, np.number))
        and 0 <= within_days < math.inf
        and within_days == int(within_days)
    ):
        faults.append(f"within_days = {within_days!r}: whole days, 0 or more")
    if faults:
        raise DataError("what is close is not clear", faults, "within_km=25, within_days=7, exclude_within_km=1, say")
    check_permutations(permutations)
    check_alternative(alternative)


def knox_of(
    sample: DatedPoints, scheme: Scheme, *, within_km: float, within_days: int, exclude_within_km: float, permutations: int,
    alternative: Alternative, seed: int,
) -> KnoxResult:  # fmt: skip
    """Run the Knox test on dated points, on the sphere or on a plane."""
    drawn = scheme.sampler(sample, seed)
    counts = close_counts(sample, drawn, (float(exclude_within_km), float(within_km)), int(within_days), permutations)
    in_time = PairSums.of_degrees(sample.near_in_time(int(within_days)))
    kinds = {
        name: _pair_count(bands, counts, (len(sample), in_time), drawn, exact=isinstance(scheme, ShuffleDates), alternative=alternative, limits=(within_km, within_days))
        for name, bands in {"all_pairs": [0, 1], "same_place": [0], "between_places": [1]}.items()
    }  # fmt: skip
    least = smallest_p_value(permutations, drawn.log_arrangements, alternative)
    return KnoxResult(
        **kinds, within_km=float(within_km), within_days=int(within_days), exclude_within_km=float(exclude_within_km), events=len(sample),
        close_in_time=int(in_time.total), scheme=scheme.name, null=scheme.description(sample), alternative=alternative,
        permutations=permutations, smallest_p_value=least, notes=tuple(_notes(sample, drawn, least, permutations)),
    )  # fmt: skip


def _pair_count(
    bands: list[int], counts: CloseCounts, time: tuple[int, PairSums], drawn: Reshuffle, *, exact: bool,
    alternative: Alternative, limits: tuple[float, int],
) -> PairCount:  # fmt: skip
    n, in_time = time
    in_space = PairSums.of_degrees(np.sum([counts.near[band] for band in bands], axis=0))
    observed, null = int(counts.observed[bands].sum()), counts.null[:, bands].sum(axis=1)
    moments = product_moments(n, in_space, in_time) if exact else moments_of_draws(null)
    reason = _reason(int(in_space.total), int(in_time.total), n * (n - 1) // 2, limits)
    if reason is None and not exact and (null == observed).all():
        reason = (
            "no draw changes the count"
            if isinstance(drawn, ShuffledDates)
            else "exchanging places changes nothing between these pairs"
        )
    p = float("nan") if reason else float(p_values(observed, null, alternative))
    return PairCount(observed, int(in_space.total), moments, p, null, reason)


def _reason(in_space: int, in_time: int, pairs: int, limits: tuple[float, int]) -> str | None:
    """Say why interaction cannot be seen, where it cannot."""
    if in_space == 0:
        return "there are no such pairs at any time"
    if in_time == 0:
        return f"no two events are at most {format_days(limits[1])} apart"
    if in_space == pairs:
        return f"every pair of events is at most {limits[0]:g} km apart"
    if in_time == pairs:
        return f"every pair of events is at most {format_days(limits[1])} apart"
    return None


def _notes(sample: DatedPoints, drawn: Reshuffle, least: float, permutations: int) -> list[str]:
    notes = []
    if len(sample) < 4:
        notes.append("with fewer than four events the variance is not defined")
    if least > 1 / (permutations + 1) and least > 0.001:
        notes.append(f"so few arrangements differ that p cannot be below {least:.2g}")
    blocks = getattr(drawn, "blocks", None)
    if blocks is not None and len(blocks.alone):
        what = "events" if isinstance(drawn, ShuffledDates) else "places"
        notes.append(f"{len(blocks.alone):,} {what} are alone in their stratum and stay as they are")
    return notes
