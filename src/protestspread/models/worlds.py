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
    """

    places: pd.Index
    rate: FloatArray
    clock: Callable[[FloatArray], FloatArray]
    population: FloatArray | None = None
    regions: IntArray | None = None

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
        Mean delay of a place of the geometric mean population, in days.
    exponent
        How fast the delay falls with population; 0 for none.
    """

    days: float = 1.2
    exponent: float = 0.8

    words = "late reports of small places"

    def __post_init__(self) -> None:
        with Arguments() as check:
            check.number("days", self.days, at_least=0, at_most=1e6)
            check.number("exponent", self.exponent, at_least=-10, at_most=10)

    def onset_days(self, spread: NullSpread, rng: np.random.Generator) -> FloatArray:
        """Draw the day on which the onset of each place is reported."""
        population = np.ones(len(spread.rate)) if spread.population is None else spread.population
        log_size = np.log(population)
        mean = self.days * np.exp(-self.exponent * (log_size - log_size.mean()))
        return np.asarray(spread.days(rng) + rng.poisson(np.minimum(mean, 1e9)))

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


DEFAULT_RIVALS: tuple[World, ...] = (AttributesWorld(), ReportingDelayWorld())


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
