"""Memories: for how long, and how strongly, past activity of a place reaches others."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from ..arguments import Arguments
from ..arrays import BoolArray, FloatArray

_MOST = 10**5


class Memory(ABC):
    """Base of memories: what of the activity of a place up to one row of a panel counts for the next row.

    Activity is remembered as ``kept`` · (what was remembered a row before) + `added`.
    """

    @property
    def kept(self) -> float:
        """The factor of what was remembered on the day before."""
        return 0.0

    @abstractmethod
    def added(self, activity: sp.csr_array) -> sp.csr_array:
        """Return what each day adds to the memory, shape (days, places), from activity of this shape."""

    @abstractmethod
    def recall(self, history: FloatArray, before: FloatArray) -> FloatArray:
        """Return what is remembered after the last day of a history of activity, shape (places,).

        ``before`` is what was remembered a day earlier.
        """

    @abstractmethod
    def unknown(self, observed: BoolArray, active: BoolArray) -> BoolArray:
        """Return whether what is remembered at the end of each day is unknown, because days in it were not observed."""


@dataclass(frozen=True)
class Since(Memory):
    """All places that have joined count, from their first active day on, alike.

    Examples
    --------
    >>> import protestspread as ps
    >>> ps.Since()
    Since()
    """

    @property
    def kept(self) -> float:
        """The factor of what was remembered on the day before."""
        return 1.0

    def added(self, activity: sp.csr_array) -> sp.csr_array:
        """Return 1 on the first active day of each place."""
        days, places = activity.nonzero()
        first = np.full(activity.shape[1], activity.shape[0])
        np.minimum.at(first, places, days)
        joined = np.flatnonzero(first < activity.shape[0])
        return sp.csr_array((np.ones(len(joined)), (first[joined], joined)), shape=activity.shape)

    def recall(self, history: FloatArray, before: FloatArray) -> FloatArray:
        """Return 1 for places that have been active."""
        return np.asarray(np.maximum(before, history[-1] > 0))

    def unknown(self, observed: BoolArray, active: BoolArray) -> BoolArray:
        """Return where a place was not seen active up to a day, and not observed on a day up to it."""
        joined = np.logical_or.accumulate(active, axis=0)
        return np.asarray(np.logical_or.accumulate(~observed, axis=0) & ~joined)


@dataclass(frozen=True)
class Days(Memory):
    """Places that were active within the last ``days`` days count, alike.

    Parameters
    ----------
    days
        Number of days for which a place counts after a day of activity.

    Raises
    ------
    DataError
        ``days`` is below 1.

    Examples
    --------
    >>> import protestspread as ps
    >>> ps.Days(3)
    Days(days=3)
    """

    days: int

    def __post_init__(self) -> None:
        with Arguments() as check:
            check.whole("days", self.days, at_least=1, at_most=_MOST)

    def added(self, activity: sp.csr_array) -> sp.csr_array:
        """Return 1 where a place was active within the last days."""
        seen = (activity != 0).astype(float)
        total = sum((_later(seen, lag) for lag in range(1, min(self.days, seen.shape[0]))), seen)
        return sp.csr_array((total > 0).astype(float))

    def recall(self, history: FloatArray, before: FloatArray) -> FloatArray:  # noqa: ARG002 - the history is enough
        """Return 1 for places that were active within the last days."""
        return np.asarray((history[-self.days :] > 0).any(axis=0), dtype=float)

    def unknown(self, observed: BoolArray, active: BoolArray) -> BoolArray:
        """Return where a place was not seen active within the last days, and not observed on one of them."""
        recent, gap = active.copy(), ~observed
        for lag in range(1, min(self.days, len(active))):
            recent[lag:] |= active[:-lag]
            gap[lag:] |= ~observed[:-lag]
        return np.asarray(gap & ~recent)


@dataclass(frozen=True)
class Decay(Memory):
    """Activity counts less and less: half as much after each ``half_life_days``.

    Activity on the day before counts fully; activity on day u counts 2^(-(t - 1 - u) / half-life) on day t.

    Parameters
    ----------
    half_life_days
        Days after which activity counts half.

    Raises
    ------
    DataError
        ``half_life_days`` is not above 0.

    Examples
    --------
    >>> import protestspread as ps
    >>> round(ps.Decay(2).kept, 4)
    0.7071
    """

    half_life_days: float

    def __post_init__(self) -> None:
        with Arguments() as check:
            check.number("half_life_days", self.half_life_days, above=0)

    @property
    def kept(self) -> float:
        """The factor of what was remembered on the day before."""
        return float(2 ** (-1 / self.half_life_days))

    def added(self, activity: sp.csr_array) -> sp.csr_array:
        """Return the activity of each day."""
        return activity

    def recall(self, history: FloatArray, before: FloatArray) -> FloatArray:
        """Return the activity so far, with less and less weight."""
        return np.asarray(self.kept * before + history[-1])

    def unknown(self, observed: BoolArray, active: BoolArray) -> BoolArray:  # noqa: ARG002 - activity fills no gap
        """Return where a place was not observed on a day up to one."""
        return np.asarray(np.logical_or.accumulate(~observed, axis=0))


@dataclass(frozen=True)
class Lag(Memory):
    """Activity counts once, ``days`` days later.

    Parameters
    ----------
    days
        Days (rows of the panel) after which activity counts: 1 for the day before.

    Raises
    ------
    DataError
        ``days`` is below 1.

    Examples
    --------
    >>> import protestspread as ps
    >>> ps.Lag(1)
    Lag(days=1)
    """

    days: int = 1

    def __post_init__(self) -> None:
        with Arguments() as check:
            check.whole("days", self.days, at_least=1, at_most=_MOST)

    def added(self, activity: sp.csr_array) -> sp.csr_array:
        """Return the activity of the day that counts next."""
        return _later(activity, self.days - 1)

    def recall(self, history: FloatArray, before: FloatArray) -> FloatArray:
        """Return the activity of the day that counts next."""
        return np.asarray(history[-self.days] if len(history) >= self.days else np.zeros_like(before), dtype=float)

    def unknown(self, observed: BoolArray, active: BoolArray) -> BoolArray:  # noqa: ARG002 - activity fills no gap
        """Return where the day that counts next was not observed."""
        later = np.zeros_like(observed)
        later[self.days - 1 :] = ~observed[: len(observed) - self.days + 1]
        return later


@dataclass(frozen=True)
class Geometric(Memory):
    """Activity of the last ``max_days`` days counts, by weights that fall by a constant factor and sum to 1.

    The weight of s days ago is proportional to p(1 - p)^(s - 1): Bracher & Held (2022), Endemic-epidemic models with
    discrete-time serial interval distributions, International Journal of Forecasting 38:1221,
    doi:10.1016/j.ijforecast.2020.07.002.

    Parameters
    ----------
    max_days
        Number of days (rows of the panel) that count.
    p
        Between 0 and 1: the larger, the shorter the memory. None: `fit_endemic_epidemic` estimates it.

    Raises
    ------
    DataError
        ``max_days`` is below 1 or ``p`` not between 0 and 1.

    Examples
    --------
    >>> import protestspread as ps
    >>> ps.Geometric(3, p=0.5).weights().round(4).tolist()
    [0.5714, 0.2857, 0.1429]
    """

    max_days: int
    p: float | None = None

    def __post_init__(self) -> None:
        with Arguments() as check:
            check.whole("max_days", self.max_days, at_least=1, at_most=_MOST)
            check.number("p", self.p, above=0, at_most=1, optional=True)

    def weights(self) -> FloatArray:
        """Return the weights of 1, 2, ... days ago, which sum to 1."""
        with Arguments("pass Geometric(max_days, p=0.5)") as check:
            p = check.number("p", self.p)
        raw = (1 - p) ** np.arange(self.max_days)
        return np.asarray(raw / raw.sum())

    def added(self, activity: sp.csr_array) -> sp.csr_array:
        """Return the weighted mean of the activity of the last days."""
        lags = enumerate(self.weights()[: activity.shape[0]])
        return sp.csr_array(sum((weight * _later(activity, lag) for lag, weight in lags), sp.csr_array(activity.shape)))

    def recall(self, history: FloatArray, before: FloatArray) -> FloatArray:  # noqa: ARG002 - the history is enough
        """Return the weighted mean of the activity of the last days."""
        recent = history[::-1][: self.max_days]
        return np.asarray(self.weights()[: len(recent)] @ recent)

    def unknown(self, observed: BoolArray, active: BoolArray) -> BoolArray:  # noqa: ARG002 - activity fills no gap
        """Return where one of the last days was not observed."""
        gap = ~observed
        for lag in range(1, min(self.max_days, len(observed))):
            gap[lag:] |= ~observed[:-lag]
        return gap


def _later(activity: sp.csr_array, days: int) -> sp.csr_array:
    """Return activity moved to later days; the last days fall out."""
    rows = activity.shape[0]
    if days >= rows:
        return sp.csr_array(activity.shape)
    empty = sp.csr_array((days, activity.shape[1]))
    return sp.csr_array(sp.vstack([empty, activity[: rows - days]])) if days else activity
