"""Permutation schemes: what is shuffled and what is held fixed; each defines its own null hypothesis, and what else fools it."""

import warnings
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

import numpy as np
import pandas as pd

from ...arguments import Arguments
from ...errors import DataError, DataWarning, must_be
from ...inference.exchange import population_blocks, ranking_known
from ...inference.permutation_test import Sampler
from ...inference.replicates import PermutationBlocks
from ...lost import describe_lost
from ...results import Result
from ...wording import join_words
from .dated_points import DatedPoints, Strata, Unit
from .exchange import ExchangedPlaces
from .pair_counts import RotatedDates, ShuffledDates

LEVEL = 0.05
"""A smaller p-value is a finding, and is printed with what else could give it."""

__all__ = ["CircularShift", "ExchangePlaces", "Scheme", "ShuffleDates", "WithinStrata"]


@dataclass(frozen=True, eq=False)
class Scheme(ABC):
    """Base of the permutation schemes; `name` identifies the scheme."""

    name: ClassVar[str]

    @property
    def labels(self) -> Strata | None:
        """The strata that the scheme needs, or None."""
        return None

    @abstractmethod
    def description(self, sample: DatedPoints) -> str:
        """Describe what is shuffled, as part of a sentence."""

    @abstractmethod
    def sampler(self, sample: DatedPoints, seed: int) -> Sampler:
        """Return the sampler of replicates."""


@dataclass(frozen=True, eq=False)
class ShuffleDates(Scheme):
    """Shuffle dates over all events: neither interaction nor differences between places in when they are active.

    The null is rejected under contagion, and also where regions are active at different times for other reasons.
    """

    name = "dates"

    def description(self, sample: DatedPoints) -> str:  # noqa: ARG002
        """Describe what is shuffled, as part of a sentence."""
        return "dates shuffled over all events"

    def sampler(self, sample: DatedPoints, seed: int) -> ShuffledDates:
        """Return the sampler of replicates."""
        return ShuffledDates(sample.days, PermutationBlocks.whole(len(sample)), seed, self.description(sample))


@dataclass(frozen=True, eq=False)
class WithinStrata(Scheme):
    """Shuffle dates within strata, so that each region or month keeps the dates of its events.

    Differences in timing between strata are part of the null and do not count as interaction. Neither does contagion
    that is slower than the strata last, which makes the test conservative.

    Parameters
    ----------
    strata
        Columns of the events, calendar units, or one label per event.

    Examples
    --------
    >>> import protestspread as ps
    >>> ps.schemes.WithinStrata(["region_id", "month"]).name
    'within_strata'
    """

    name = "within_strata"
    strata: Strata

    @property
    def labels(self) -> Strata | None:
        """The strata that the scheme needs, or None."""
        return self.strata

    def description(self, sample: DatedPoints) -> str:
        """Describe what is shuffled, as part of a sentence."""
        return f"dates shuffled within {sample.strata_name}"

    def sampler(self, sample: DatedPoints, seed: int) -> ShuffledDates:
        """Return the sampler of replicates."""
        if sample.strata is None:
            raise DataError(must_be("strata", "columns of the events, calendar units or one label per event", None))
        return ShuffledDates(sample.days, PermutationBlocks.of(sample.strata), seed, self.description(sample))


@dataclass(frozen=True, eq=False)
class ExchangePlaces(Scheme):
    """Exchange whole places, each keeping its days: tests whether it matters which places are near each other.

    Campaigns, repeats, weekdays and national waves are part of the null. Where populations are known, places are exchanged
    within blocks of about five places of like population, so that large places that lie together and protest early are part
    of the null too. Which places are active is held fixed.

    Parameters
    ----------
    strata
        Places are exchanged within these strata, which must be the same for all events at a place; by default among all.
    """

    name = "exchange_places"
    strata: Strata | None = None

    @property
    def labels(self) -> Strata | None:
        """The strata that the scheme needs, or None."""
        return self.strata

    def description(self, sample: DatedPoints) -> str:
        """Describe what is shuffled, as part of a sentence."""
        like = " of like population" if ranking_known(sample.population) else ""
        within = f" within {sample.strata_name}" if sample.strata_name else ""
        return f"places{like} exchanged{within}, each with its days"

    def sampler(self, sample: DatedPoints, seed: int) -> ExchangedPlaces:
        """Return the sampler of replicates."""
        blocks = population_blocks(sample.population, sample.site_strata)
        return ExchangedPlaces(np.arange(len(blocks), dtype=np.int32), blocks, seed, self.description(sample))


@dataclass(frozen=True, eq=False)
class CircularShift(Scheme):
    """Rotate the dates of each site within the window by an independent random amount; not a test of contagion.

    Rotation destroys the time profile that all places share, so a common shock without contagion is nearly always
    rejected. The scheme tests whether places are independent of each other, for whatever reason; `knox_ladder` does not
    use it.

    Parameters
    ----------
    start, end
        First and last day of the observation window.
    """

    name = "circular"
    start: str | pd.Timestamp = ""
    end: str | pd.Timestamp = ""

    def description(self, sample: DatedPoints) -> str:  # noqa: ARG002
        """Describe what is shuffled, as part of a sentence."""
        return "the dates of each place rotated within the window by a random amount"

    def sampler(self, sample: DatedPoints, seed: int) -> RotatedDates:
        """Return the sampler of replicates."""
        start, end = (_day_number(day, name) for day, name in ((self.start, "start"), (self.end, "end")))
        first, last = sample.first_day, sample.first_day + sample.last_day
        if not start <= first <= last <= end:
            raise DataError(
                f"start and end must enclose all events; got {self.start} to {self.end}",
                fix="pass the first and the last day of observation",
            )
        warnings.warn(DataWarning(
            "circular shifts test whether places are independent of each other, not contagion: a shock shared by all "
            "places also leads to rejection"
        ), stacklevel=4)  # fmt: skip
        days = (sample.days + (first - start)).astype(np.int32)
        return RotatedDates(days, sample.place.astype(np.int32), end - start + 1, seed, self.description(sample))


def _day_number(day: str | pd.Timestamp, name: str) -> int:
    with Arguments('pass CircularShift(start="2022-01-01", end="2022-01-11")') as check:
        date = check.day(name, day)
    return int(date.to_datetime64().astype("datetime64[D]").astype(np.int64))


_NAMES = ("dates", "within_strata", "exchange_places")


def scheme_of(scheme: str | Scheme, strata: Strata | None = None) -> Scheme:
    """Return a scheme, given by name or as an object.

    Examples
    --------
    >>> scheme_of("within_strata", "region_id").strata
    'region_id'
    """
    if isinstance(scheme, Scheme):
        if strata is not None:
            raise DataError(
                "strata must be None if scheme is an object",
                fix="pass strata to the scheme itself, as in WithinStrata('region_id')",
            )
        return scheme
    if isinstance(scheme, str) and scheme == "circular":
        raise DataError(
            "scheme must be an object for circular shifts, which need a window and do not test contagion",
            fix="pass scheme=ps.schemes.CircularShift(start=..., end=...); read its help first",
        )
    if not isinstance(scheme, str) or scheme not in _NAMES:
        raise DataError(
            must_be("scheme", f"{join_words([repr(name) for name in _NAMES], 'or')}, or a scheme object", scheme)
        )
    if scheme == "within_strata":
        if strata is None:
            raise DataError(
                "strata must be given with scheme='within_strata'",
                fix="pass strata='region_id', strata='month' or strata=['region_id', 'quarter'], for example",
            )
        return WithinStrata(strata)
    if scheme == "exchange_places":
        return ExchangePlaces(strata)
    if strata is not None:
        raise DataError(
            f"strata must be None with scheme={scheme!r}, which does not use them",
            fix="pass scheme='within_strata' or scheme='exchange_places', or leave out strata",
        )
    return ShuffleDates()


def check_scheme(check: Arguments, scheme: Scheme, *names: str) -> None:
    """Check that a scheme is one of those that a test can use."""
    if scheme.name not in names:
        check.fault(must_be("scheme", f"{join_words([repr(name) for name in names], 'or')} for this test", scheme.name))


@dataclass(frozen=True, repr=False, eq=False, kw_only=True)
class InteractionResult(Result):
    """What all results of tests of interaction tell.

    Attributes
    ----------
    unit, events, reports, places
        What was counted ("place_days" or "reports") and how many of these; number of reports, and of active places.
    scheme
        Name of what was shuffled.
    caveats
        What else could give this result, and what it cannot tell.
    lost
        Number of events that were left out, by reason.
    """

    unit: Unit
    events: int
    reports: int
    places: int
    scheme: str
    caveats: tuple[str, ...] = ()
    lost: Mapping[str, int] = field(default_factory=dict)

    @property
    def noun(self) -> str:
        """What was counted, in the plural."""
        return "place-days" if self.unit == "place_days" else "reports"

    @property
    def counted(self) -> str:
        """The numbers of reports and of place-days."""
        return f"{self.reports:,} reports" + (f" on {self.events:,} place-days" if self.unit == "place_days" else "")


class Tested(Protocol):
    """A tested result."""

    @property
    def p_value(self) -> float: ...
    @property
    def reason(self) -> str | None: ...
    @property
    def smallest_p_value(self) -> float: ...
    @property
    def permutations(self) -> int: ...
    @property
    def alternative(self) -> str: ...


def tested_on(sample: DatedPoints, scheme: str) -> dict[str, Any]:
    """Return the fields of an `InteractionResult` but its caveats."""
    return {
        "unit": sample.unit, "events": len(sample), "reports": sample.reports, "places": len(sample.sites), "scheme": scheme,
        "lost": sample.lost,
    }  # fmt: skip


def caveats_of(sample: DatedPoints, sampler: Sampler, result: Tested, *, moments: bool = True) -> tuple[str, ...]:
    """Return what the test cannot tell and, of a finding, what gives it without any spread, in sentences.

    `moments` tells whether the result has a variance.
    """
    said = [f"{describe_lost(sample.lost)}."] if sample.lost else []
    if moments and len(sample) < 4:
        said.append(f"With fewer than four {sample.noun} the variance is not defined.")
    least = result.smallest_p_value
    if least > LEVEL or least > max(1.001 / (result.permutations + 1), 0.001):
        drawn = (2 if result.alternative == "two-sided" else 1) / (result.permutations + 1)
        why = "there are so few distinct arrangements" if least > 1.001 * drawn else "so few permutations were drawn"
        said.append(f"The p-value cannot be below {least:.2g}, because {why}.")
    blocks = getattr(sampler, "blocks", None)
    if blocks is not None and len(blocks.alone):
        dates, alone = not isinstance(sampler, ExchangedPlaces), len(blocks.alone)
        what = (sample.noun[:-1] if dates else "place") + (" is" if alone == 1 else "s are")
        fixed = "not shuffled" if dates else "not exchanged"
        said.append(f"{alone:,} {what} alone in {'its' if alone == 1 else 'their'} stratum and {fixed}.")
    claimed = result.reason is None and result.p_value <= LEVEL
    return (*said, *(_rivals(sample, sampler) if claimed else ()))


def _rivals(sample: DatedPoints, sampler: Sampler) -> list[str]:
    """Return what gives a small p-value without any spread, in sentences."""
    said = []
    if not isinstance(sampler, ExchangedPlaces):
        said.append(
            "Campaigns of single places, and places that are active at different times, look the same with shuffled dates."
        )
    elif not ranking_known(sample.population):
        said.append(
            "Populations were not given: if larger places protest earlier and lie together, this looks the same."
        )
    held = f", unless it acts on whole strata ({sample.strata_name})" if sample.strata is not None else ""
    said.append(f"A cause that neighboring places share looks the same{held}.")
    if sample.unit == "reports":
        said.append("Several reports of one protest count as pairs.")
    return said
