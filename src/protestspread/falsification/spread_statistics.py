"""Statistics of one spread of onsets, observed or simulated: what rivals of contagion are held against."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from ..arrays import BoolArray, FloatArray, IntArray
from ..models.hierarchy.conditional_logit import NAMES, ConditionalLogit, refitted
from ..models.hierarchy.risk_sets import MOST_TABULATED, Distances, RiskSets

LIKELIHOOD_RATIO = "likelihood ratio of the networks"
EXPONENTS = ("population exponent", "distance exponent")
REGIONS = "pairs of onsets within regions"
DAYS = "concentration on days"
LAGS = ("tied onsets on one day", "tied onsets 1 day apart", "tied onsets 2 days apart")
_CLOSE_DAYS = 1  # of a pair of onsets within a region
_MIN_KM = 1.0


@dataclass(frozen=True, eq=False)
class SpreadStatistics:
    """Describes spreads of onsets: one day a place, 0 for seeds, infinite where a place did not join.

    Attributes
    ----------
    ties
        1 from row to column where two places are tied.
    regions
        Number of each place's region; None without regions.
    log_population
        Centered log population; None if it is not known of all places, or the same for all.
    distances
        Distances between places; None if they are not known.
    """

    ties: sp.coo_array
    regions: IntArray | None
    log_population: FloatArray | None
    distances: Distances | None

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the statistics that the data allow."""
        regions = () if self.regions is None else (REGIONS,)
        return (*(EXPONENTS if self.has_exponents else ()), *regions, DAYS, *LAGS)

    @property
    def has_exponents(self) -> bool:
        """Whether populations and distances are known."""
        return self.log_population is not None and self.distances is not None

    def of(self, spreads: FloatArray) -> FloatArray:
        """Return the statistics of spreads, shape (spreads, places) -> (spreads, statistics)."""
        single = [self._describe(days) for days in spreads]
        rest = np.array(single).reshape(len(spreads), -1)
        return np.hstack([self._exponents(spreads), rest]) if self.has_exponents else rest

    def _describe(self, days: FloatArray) -> list[float]:
        joined = np.isfinite(days) & (days > 0)
        found = [] if self.regions is None else [self._within_regions(days, joined)]
        counts = np.unique(days[joined], return_counts=True)[1]
        found.append(float((counts**2).sum() / max(counts.sum(), 1) ** 2))
        source, target = self.ties.coords
        both = joined[source] & joined[target]
        later = days[target[both]] - days[source[both]]
        later = later[later >= 0]
        return found + [float(np.mean(np.round(later) == lag)) if len(later) else 0.0 for lag in range(len(LAGS))]

    def _within_regions(self, days: FloatArray, joined: BoolArray) -> float:
        """Return the standardized excess of pairs of onsets of one region at most a day apart."""
        if joined.sum() < 2 or self.regions is None:
            return 0.0
        day = np.round(days[joined]).astype(np.int64)
        day -= day.min()
        counts = np.zeros((self.regions.max() + 1, day.max() + 2 + _CLOSE_DAYS))
        np.add.at(counts, (self.regions[joined], day), 1)
        number = counts.sum(axis=1)
        same = float((number * (number - 1)).sum()) / 2
        share = _close_pairs(counts.sum(axis=0)[None]) / (joined.sum() * (joined.sum() - 1) / 2)
        expected = same * share
        return float((_close_pairs(counts) - expected) / np.sqrt(expected)) if expected > 0 else 0.0

    @cached_property
    def _table(self) -> Distances | None:
        distances = self.distances
        if distances is None or len(distances.lon) > MOST_TABULATED:
            return distances
        return distances.tabulated()

    def _exponents(self, spreads: FloatArray) -> FloatArray:
        """Return the exponents of population and of distance to the nearest earlier onset; see `decompose_diffusion`.

        Exponents without bound end where a few steps lead, in the data and in the draws alike.
        """
        models = [self._logit(days) for days in spreads]
        found = np.zeros((len(spreads), len(NAMES)))
        fitted = [row for row, model in enumerate(models) if model.joins]
        for part in np.array_split(fitted, max(1, len(fitted) * spreads.shape[1] // 20_000)) if fitted else []:
            together = ConditionalLogit.together([models[row] for row in part])
            found[part] = refitted(together, np.zeros((len(part), len(NAMES))), to_the_end=False)[0]
        return found

    def _logit(self, days: FloatArray) -> ConditionalLogit:
        moments = np.unique(days[np.isfinite(days)])
        waves = np.where(np.isfinite(days), np.searchsorted(moments, days), -1)
        if self.log_population is None or self._table is None:
            raise TypeError("exponents need populations and distances")
        return ConditionalLogit.of(RiskSets(waves, self.log_population, self._table))


def _close_pairs(counts: FloatArray) -> float:
    """Return the number of pairs in one row at most ``_CLOSE_DAYS`` columns apart."""
    pairs = float((counts * (counts - 1)).sum()) / 2
    return pairs + sum(float((counts[:, :-lag] * counts[:, lag:]).sum()) for lag in range(1, _CLOSE_DAYS + 1))


def distances_between(lon: FloatArray, lat: FloatArray) -> Distances:
    """Return great-circle distances of at least 1 km."""
    return Distances(lon, lat, None, _MIN_KM)
