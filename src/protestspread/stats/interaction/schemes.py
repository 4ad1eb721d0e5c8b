"""Permutation schemes: what is shuffled and what is held fixed; each defines its own null hypothesis."""

import warnings
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from ...arguments import Arguments
from ...errors import DataError, DataWarning, must_be
from ...inference.permutation_test import Sampler
from ...inference.replicates import PermutationBlocks
from ...wording import join_words
from .pair_counts import ExchangedPlaces, RotatedDates, ShuffledDates
from .points import DatedPoints
from .strata import Strata

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
    """Exchange sites, each keeping its dates: tests whether it matters which cities are near each other.

    A site is a distinct point. The series of events at each site is held fixed, including repeats and common shocks.

    Parameters
    ----------
    strata
        Sites are exchanged within these strata, which must be the same for all events at a site; by default among all.
    """

    name = "exchange_places"
    strata: Strata | None = None

    @property
    def labels(self) -> Strata | None:
        """The strata that the scheme needs, or None."""
        return self.strata

    def description(self, sample: DatedPoints) -> str:
        """Describe what is shuffled, as part of a sentence."""
        return "places exchanged, each with its dates" + (
            f", within {sample.strata_name}" if sample.strata_name else ""
        )

    def sampler(self, sample: DatedPoints, seed: int) -> ExchangedPlaces:
        """Return the sampler of replicates."""
        rows, site = sample.positions.sites
        sites, null = np.arange(len(rows), dtype=np.int32), self.description(sample)
        if sample.strata is None:
            return ExchangedPlaces(sites, PermutationBlocks.whole(len(rows)), seed, null)
        label = sample.strata[rows]
        mixed = np.unique(site[sample.strata != label[site]])
        if len(mixed):
            raise DataError(
                "strata must be the same for all events at a place",
                [f"{len(mixed)} places have events in more than one {sample.strata_name}"],
                "pass strata of places, such as strata='region_id'; to shuffle dates within months, use scheme='within_strata'",
            )
        return ExchangedPlaces(sites, PermutationBlocks.of(label), seed, null)


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
        site = sample.positions.sites[1].astype(np.int32)
        return RotatedDates(days, site, end - start + 1, seed, self.description(sample))


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


def check_shuffles_dates(check: Arguments, scheme: Scheme) -> None:
    """Check that a scheme shuffles dates."""
    if scheme.name not in ("dates", "within_strata"):
        check.fault(must_be("scheme", "'dates' or 'within_strata' for this test", scheme.name))
