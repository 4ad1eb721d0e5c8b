"""What is shuffled, and what is left as it was: each scheme is a null hypothesis of its own."""

import warnings
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from ...errors import DataError, DataWarning
from ...inference.permutations import PermutationBlocks
from .dated_points import DatedPoints
from .reshuffles import ExchangedPlaces, Reshuffle, RotatedDates, ShuffledDates
from .strata import Strata


@dataclass(frozen=True, eq=False)
class Scheme(ABC):
    """What a test shuffles. Attributes: `name`, and `words`, the null hypothesis as a part of a sentence."""

    name: ClassVar[str]

    @property
    def labels(self) -> Strata | None:
        """The strata that a sample must carry."""
        return None

    @abstractmethod
    def description(self, sample: DatedPoints) -> str:
        """Say what is shuffled."""

    @abstractmethod
    def sampler(self, sample: DatedPoints, seed: int) -> Reshuffle:
        """Return what draws the replicates of a sample."""


@dataclass(frozen=True, eq=False)
class ShuffleDates(Scheme):
    """Dates shuffled over all events: no interaction, and no place with a time of its own either.

    Rejected by contagion, and also by regions that are active at different times for other reasons.
    """

    name = "dates"

    def description(self, sample: DatedPoints) -> str:  # noqa: ARG002
        """Say what is shuffled."""
        return "dates shuffled over all events"

    def sampler(self, sample: DatedPoints, seed: int) -> ShuffledDates:
        """Return what draws the replicates of a sample."""
        return ShuffledDates(sample.days, PermutationBlocks.whole(len(sample)), seed)


@dataclass(frozen=True, eq=False)
class WithinStrata(Scheme):
    """Dates shuffled within strata: each region, month ... keeps the dates of its own events.

    What regions (or months) have in common with themselves is in the null, and no longer counts as interaction. So is
    contagion slower than the strata are long, which makes the test conservative.

    Examples
    --------
    >>> WithinStrata(["region_id", "month"]).name
    'within_strata'
    """

    name = "within_strata"
    strata: Strata

    @property
    def labels(self) -> Strata | None:
        """The strata that a sample must carry."""
        return self.strata

    def description(self, sample: DatedPoints) -> str:
        """Say what is shuffled."""
        return f"dates shuffled within {sample.strata_name}"

    def sampler(self, sample: DatedPoints, seed: int) -> ShuffledDates:
        """Return what draws the replicates of a sample."""
        return ShuffledDates(sample.days, PermutationBlocks.of(np.asarray(sample.strata)), seed)


@dataclass(frozen=True, eq=False)
class ExchangePlaces(Scheme):
    """Sites exchanged, each keeping its dates: whether it matters which cities lie near one another.

    A site is a distinct point. What each city did and when stays as it was, repeats and common shocks with it. With
    strata (columns that are one for all events of a site), sites are exchanged within them.
    """

    name = "exchange_places"
    strata: Strata | None = None

    @property
    def labels(self) -> Strata | None:
        """The strata that a sample must carry."""
        return self.strata

    def description(self, sample: DatedPoints) -> str:
        """Say what is shuffled."""
        return "places exchanged, each with its dates" + (
            f", within {sample.strata_name}" if sample.strata_name else ""
        )

    def sampler(self, sample: DatedPoints, seed: int) -> ExchangedPlaces:
        """Return what draws the replicates of a sample."""
        rows, site = sample.positions.sites
        if sample.strata is None:
            return ExchangedPlaces(PermutationBlocks.whole(len(rows)), seed)
        label = sample.strata[rows]
        torn = np.unique(site[sample.strata != label[site]])
        if len(torn):
            raise DataError(
                "places cannot be exchanged within these strata",
                [f"{len(torn)} places have events in more than one {sample.strata_name}"],
                "strata of places, such as 'region_id'; dates within a month are shuffled by scheme='within_strata'",
            )
        return ExchangedPlaces(PermutationBlocks.of(label), seed)


@dataclass(frozen=True, eq=False)
class CircularShift(Scheme):
    """The series of each site turned round the window by an amount of its own; not a test of contagion.

    It destroys the time profile that all places share: under a common shock without any contagion it rejects nearly always.
    It tests whether places are independent of one another, for whatever reason; it is never part of a ladder.

    Parameters
    ----------
    start, end
        The first and the last day of the window in which events would have been counted.
    """

    name = "circular"
    start: str | pd.Timestamp = ""
    end: str | pd.Timestamp = ""

    def description(self, sample: DatedPoints) -> str:  # noqa: ARG002
        """Say what is shuffled."""
        return "the dates of each place turned round the window by an amount of its own"

    def sampler(self, sample: DatedPoints, seed: int) -> RotatedDates:
        """Return what draws the replicates of a sample."""
        start, end = (_day_number(day, what) for day, what in ((self.start, "start"), (self.end, "end")))
        first, last = sample.first_day, sample.first_day + sample.last_day
        if not start <= first <= last <= end:
            raise DataError(
                "the window cannot be turned",
                ["events lie before its start or after its end"],
                "the first and last day of observation",
            )
        warnings.warn(DataWarning(
            "circular shifts test whether places are independent of one another, not contagion: a shock that all places "
            "share is rejected just the same"
        ), stacklevel=4)  # fmt: skip
        days = (sample.days + (first - start)).astype(np.int32)
        return RotatedDates(days, sample.positions.sites[1].astype(np.int32), end - start + 1, seed)


def _day_number(day: str | pd.Timestamp, what: str) -> int:
    found = pd.to_datetime(day, errors="coerce")
    if pd.isna(found):
        raise DataError(
            "the window cannot be turned",
            [f"{what} = {day!r} is no day"],
            'Circular(start="2022-01-01", end="2022-01-11")',
        )
    return int(found.to_datetime64().astype("datetime64[D]").astype(np.int64))


_NAMES = ("dates", "within_strata", "exchange_places")


def scheme_of(scheme: str | Scheme, strata: Strata | None = None) -> Scheme:
    """Return the scheme of a name.

    Examples
    --------
    >>> scheme_of("within_strata", "region_id").strata
    'region_id'
    """
    if isinstance(scheme, Scheme):
        if strata is not None:
            raise DataError(
                "the scheme is not clear",
                ["strata are given beside a scheme that is an object"],
                "give them to the scheme itself",
            )
        return scheme
    if scheme == "circular":
        raise DataError(
            "the scheme is not clear",
            ["circular shifts need a window, and do not test contagion"],
            "Circular(start=..., end=...): see its help",
        )
    if scheme not in _NAMES:
        raise DataError("there is no such scheme", [f"scheme = {scheme!r}"], ", ".join(f'"{name}"' for name in _NAMES))
    if scheme == "within_strata":
        if strata is None:
            raise DataError(
                "the scheme is not clear",
                ["scheme='within_strata' without strata"],
                "strata='region_id', 'month', ['region_id', 'quarter'], ...",
            )
        return WithinStrata(strata)
    if scheme == "exchange_places":
        return ExchangePlaces(strata)
    if strata is not None:
        raise DataError(
            "the scheme is not clear",
            [f"strata are given, but scheme={scheme!r} does not use them"],
            "scheme='within_strata' or 'exchange_places'",
        )
    return ShuffleDates()
