"""Worlds without transmission: rivals that a claim of transmission is held against.

A world draws the onset day of every place from a fitted spread without transmission. Where the statistics of a claim are as
large in such a world as in the data, the data do not show transmission.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..arguments import Arguments, as_list
from ..arrays import FloatArray, IntArray
from ..errors import DataError, must_be, shorten_list


@dataclass(frozen=True, eq=False)
class NullSpread:
    """A fitted spread without transmission, from which worlds draw.

    Attributes
    ----------
    places
        The places, shape (places,).
    rate
        Fitted rate at which each place joins, relative to the others.
    clock
        Function from waiting times (the shorter, the earlier) to days, shape (places,).
    population
        Population of each place; None if one is not known.
    regions
        Number of each place's region; None without regions.
    onsets
        The day of each place's onset in the data, infinite where it did not join; None if it is not given.
    """

    places: pd.Index
    rate: FloatArray
    clock: Callable[[FloatArray], FloatArray]
    population: FloatArray | None = None
    regions: IntArray | None = None
    onsets: FloatArray | None = None

    def days(self, rng: np.random.Generator, factor: FloatArray | float = 1.0) -> FloatArray:
        """Draw the onset day of each place; those after the last day of the data did not join.

        Parameters
        ----------
        rng
            Source of random numbers.
        factor
            Factor of the rate of each place.
        """
        return self.clock(rng.exponential(size=len(self.rate)) / (self.rate * factor))

    def exchanged(self, rng: np.random.Generator, groups: IntArray) -> FloatArray:
        """Give the onset days of the data to other places of the same group: places with high rates tend to come first.

        Parameters
        ----------
        rng
            Source of random numbers.
        groups
            Number of each place's group; each group keeps its days.
        """
        known = np.full(len(self.rate), np.inf) if self.onsets is None else self.onsets
        waited = rng.exponential(size=len(self.rate)) / self.rate
        days = np.empty(len(known))
        days[np.lexsort((waited, groups))] = known[np.lexsort((known, groups))]
        return days


class World(ABC):
    """Base of worlds without transmission.

    A world of your own extends it by `words` and `onset_days`. It should be a frozen dataclass, and must be picklable where
    workers run it.

    Examples
    --------
    A world in which the capital of each region joins a day later than it would:

    >>> from dataclasses import dataclass
    >>> import numpy as np
    >>> import protestspread as ps
    >>> @dataclass(frozen=True)
    ... class LateCapitals(ps.World):
    ...     capitals: tuple[str, ...]
    ...     words = "capitals a day late"
    ...     def onset_days(self, spread, rng):
    ...         return spread.days(rng) + spread.places.isin(self.capitals)
    >>> LateCapitals(("Aktau",)).lacks(ps.NullSpread(np.array(["Aktau"]), np.ones(1), np.ceil))
    ''
    """

    words: str = ""
    """What the world is, as part of a sentence."""

    @abstractmethod
    def onset_days(self, spread: NullSpread, rng: np.random.Generator) -> FloatArray:
        """Draw the onset day of each place."""

    def lacks(self, spread: NullSpread) -> str:  # noqa: ARG002 - a world may need what the data do not have
        """Return what the data lack for this world, as part of a sentence; "" if nothing."""
        return ""


@dataclass(frozen=True)
class AttributesWorld(World):
    """Places join by their attributes alone.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import protestspread as ps
    >>> spread = ps.NullSpread(pd.Index(["a", "b"]), np.array([1e-9, 1.0]), lambda waited: waited.argsort().argsort() + 1.0)
    >>> ps.AttributesWorld().onset_days(spread, np.random.default_rng(1))
    array([2., 1.])
    """

    words = "attributes alone"

    def onset_days(self, spread: NullSpread, rng: np.random.Generator) -> FloatArray:
        """Draw the onset day of each place."""
        return spread.days(rng)


@dataclass(frozen=True)
class ReportingDelayWorld(World):
    """Places join by their attributes, and small places are reported late.

    The delay is Poisson with mean ``days`` · (population / geometric mean of the populations)^-``exponent``.

    Attributes
    ----------
    days
        Mean delay of a place of the geometric mean population, in days. None: such that the mean delay of the places that
        joined is the mean number of days since the first onset in the data.
    exponent
        How fast the delay falls with population; 0 for none.
    simultaneous
        Whether all places that join do so on the day of the first onset, so that the delay alone makes the wave.
    """

    days: float | None = 1.2
    exponent: float = 0.8
    simultaneous: bool = False

    def __post_init__(self) -> None:
        with Arguments() as check:
            check.number("days", self.days, at_least=0, at_most=1e6, optional=True)
            check.number("exponent", self.exponent, at_least=-10, at_most=10)
            check.flag("simultaneous", self.simultaneous)

    @property
    def words(self) -> str:  # type: ignore[override]
        """What the world is, as part of a sentence."""
        if not self.simultaneous:
            return "late reports of small places"
        return f"one day, reported late in small places (exponent {self.exponent:g})"

    def onset_days(self, spread: NullSpread, rng: np.random.Generator) -> FloatArray:
        """Draw the day on which the onset of each place is reported."""
        population = np.ones(len(spread.rate)) if spread.population is None else spread.population
        log_size = np.log(population)
        slower = np.exp(-self.exponent * (log_size - log_size.mean()))
        known = None if spread.onsets is None else np.isfinite(spread.onsets)
        mean = slower * self._days(spread, slower)
        late = rng.poisson(np.minimum(mean, 1e9))
        if not self.simultaneous or spread.onsets is None or known is None:
            return np.asarray(spread.days(rng) + late)
        joins = np.isfinite(spread.exchanged(rng, np.zeros(len(late), dtype=np.int64)))
        return np.where(joins, spread.onsets.min() + late, np.inf)

    def _days(self, spread: NullSpread, slower: FloatArray) -> float:
        """Return the mean delay of a place of the geometric mean population."""
        if self.days is not None:
            return self.days
        joined = np.isfinite(spread.onsets) if spread.onsets is not None else np.zeros(len(slower), dtype=bool)
        if spread.onsets is None or not joined.any():
            return 0.0
        return float((spread.onsets[joined] - spread.onsets[joined].min()).mean() / slower[joined].mean())

    def lacks(self, spread: NullSpread) -> str:
        """Return that populations are not known, if one is not."""
        return "populations are not known" if spread.population is None else ""


@dataclass(frozen=True)
class RegionalShockWorld(World):
    """Places join by their attributes, and the places of a region share a factor of their rates.

    Attributes
    ----------
    sd
        Standard deviation of the logarithm of the factor.
    """

    sd: float = 1.2

    words = "causes that a region shares"

    def __post_init__(self) -> None:
        with Arguments() as check:
            check.number("sd", self.sd, at_least=0, at_most=10)

    def onset_days(self, spread: NullSpread, rng: np.random.Generator) -> FloatArray:
        """Draw the onset day of each place."""
        regions = np.zeros(len(spread.rate), dtype=int) if spread.regions is None else spread.regions
        return spread.days(rng, np.exp(self.sd * rng.normal(size=regions.max(initial=0) + 1))[regions])

    def lacks(self, spread: NullSpread) -> str:
        """Return that regions are not known, if they are not."""
        return "regions are not known (strata)" if spread.regions is None else ""


@dataclass(frozen=True)
class CommonDaysWorld(World):
    """Each day has as many onsets as in the data, of places drawn by their attributes.

    So any cause that acts on all places alike, such as a national shock, weekdays or a trend, is part of the world.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import protestspread as ps
    >>> onsets = np.array([1.0, 1.0, 2.0, np.inf])
    >>> spread = ps.NullSpread(pd.Index(list("abcd")), np.array([1.0, 1.0, 1.0, 1e9]), np.ceil, onsets=onsets)
    >>> ps.CommonDaysWorld().onset_days(spread, np.random.default_rng(1))  # d, by far the fastest, is among the first
    array([ 2.,  1., inf,  1.])
    """

    words = "a cause that all places share"

    def onset_days(self, spread: NullSpread, rng: np.random.Generator) -> FloatArray:
        """Draw the onset day of each place."""
        return spread.exchanged(rng, np.zeros(len(spread.rate), dtype=np.int64))


@dataclass(frozen=True)
class RegionalDaysWorld(World):
    """Each region has as many onsets on each day as in the data, of places drawn by their attributes.

    So any cause that acts on all places of a region alike, whenever it acts, is part of the world.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import protestspread as ps
    >>> onsets, regions = np.array([1.0, 4.0, 2.0, np.inf]), np.array([0, 0, 1, 1])
    >>> spread = ps.NullSpread(pd.Index(list("abcd")), np.array([1.0, 1e9, 1.0, 1e9]), np.ceil, None, regions, onsets)
    >>> ps.RegionalDaysWorld().onset_days(spread, np.random.default_rng(1))
    array([ 4.,  1., inf,  2.])
    """

    words = "causes that a region shares, day by day"

    def onset_days(self, spread: NullSpread, rng: np.random.Generator) -> FloatArray:
        """Draw the onset day of each place."""
        regions = np.zeros(len(spread.rate), dtype=np.int64) if spread.regions is None else spread.regions
        return spread.exchanged(rng, regions)

    def lacks(self, spread: NullSpread) -> str:
        """Return that regions are not known, if they are not."""
        return "regions are not known (strata)" if spread.regions is None else ""


DEFAULT_RIVALS: tuple[World, ...] = (AttributesWorld(), ReportingDelayWorld())


def draw_days(world: World, spread: NullSpread, rng: np.random.Generator) -> FloatArray:
    """Return the onset day of each place in a world; raise `DataError` where the world does not give one number a place."""
    days = np.asarray(world.onset_days(spread, rng), dtype=float)
    if days.shape != spread.rate.shape or np.isnan(days).any():
        raise DataError(
            f"rivals must draw one day for each of {len(spread.rate)} places, none of them NaN; "
            f"{type(world).__name__} did not",
            fix="begin with spread.days(rng)",
        )
    return days


def check_worlds(rivals: Iterable[World] | Any) -> list[World]:
    """Return worlds as a list; raise `DataError` if one is not a world or two have the same words."""
    fix = "pass worlds, such as [AttributesWorld(), ReportingDelayWorld(days=2)], or [] for none"
    worlds = as_list(rivals)
    if worlds is None or not all(isinstance(world, World) for world in worlds):
        raise DataError(must_be("rivals", "a list of worlds", rivals), fix=fix)
    words = [world.words for world in worlds]
    if len(set(words)) < len(words):
        raise DataError(
            f"rivals must differ in their words; got {shorten_list(words)}", fix="compare one after the other"
        )
    return worlds
