"""The origins that fit: their search, and the interval of each."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...arrays import BoolArray, FloatArray, Int32Array
from ...errors import DataError
from ...geodesy import great_circle_km
from ...graphs.near import MAX_TIES
from ...inference.permutation_test import PermutationTest, p_values, smallest_p_value
from ...inference.replicates import PermutationBlocks, ShuffledValues
from .dated_places import DatedPlaces
from .timing import LEVEL, OriginSearch, Settings, lateness_of, orthonormal, without_trend


@dataclass(frozen=True, eq=False)
class OriginDraws(PermutationTest):
    """The largest correlation of lateness and distance over all candidates for the origin.

    Attributes
    ----------
    lateness
        Of each place that joined after the first day.
    km
        Distances of these places (columns) from each candidate (rows), without their trend in the other columns of the
        regression; 0 for the candidate itself, which is left out.
    bases
        Orthonormal bases of the other columns, shape (candidates, columns, places); 0 for the candidate itself.
    others
        Whether a place (column) is another one than the candidate (row).
    """

    lateness: FloatArray
    km: FloatArray
    bases: FloatArray
    others: BoolArray

    def work(self, units: int) -> tuple[float, int]:
        """Return operations and numbers of a replicate."""
        return float(self.bases.size), 6 * units

    def values(self, arranged: Int32Array) -> FloatArray:
        """Return the largest correlation for each order of the places."""
        return np.asarray(self.correlations(self.lateness[arranged]).max(axis=0))

    def correlations(self, lateness: FloatArray) -> FloatArray:
        """Return the partial correlation for each candidate (row) and each order (column); -inf where it is not defined."""
        spread = self.others @ lateness**2 - ((self.bases @ lateness) ** 2).sum(axis=1)
        scale = np.sqrt(np.maximum(spread, 0) * (self.km**2).sum(axis=1)[:, None])
        usable = scale > 1e-12 * scale.max(initial=0.0)
        return np.asarray(np.where(usable, self.km @ lateness / np.where(usable, scale, 1.0), -math.inf))


@dataclass(frozen=True, eq=False)
class Candidates:
    """The places with an onset, as candidates for the origin.

    Attributes
    ----------
    rows
        Their rows among all places.
    draws
        Their correlations of distance and lateness.
    """

    rows: "np.typing.NDArray[np.int64]"
    draws: OriginDraws

    @classmethod
    def of(cls, places: DatedPlaces, min_km: float, seed: int) -> "Candidates | None":
        """Return the candidates; None if too few places joined after the first day.

        Raises
        ------
        DataError
            There are too many places.
        """
        rows, later = np.flatnonzero(places.joined), places.joined & ~places.started
        timed, n = places.select(later), int(later.sum())
        if len(rows) * n > MAX_TIES:
            what = f"origin='profile' allows at most {MAX_TIES:,} distances; {len(rows):,} origins of {n:,} places have {len(rows) * n:,}"
            raise DataError(what, fix="name the origin, or pass onsets of fewer places")
        if n < 3 + timed.others.shape[1] or (np.ptp(timed.low) == 0 and np.ptp(timed.high) == 0):
            return None
        others = rows[:, None] != np.flatnonzero(later)
        km = np.maximum(great_circle_km(places.lon[rows, None], places.lat[rows, None], timed.lon, timed.lat), min_km)
        bases = np.stack([orthonormal(timed.others * mask[:, None]) for mask in others])
        rest = [without_trend(basis, far * mask) for basis, far, mask in zip(bases, km, others, strict=True)]
        orders = ShuffledValues(np.arange(n, dtype=np.int32), PermutationBlocks.whole(n), seed)
        return cls(rows, OriginDraws(orders, lateness_of(timed), np.stack(rest), bases.swapaxes(1, 2), others))

    def search(self, draws: int) -> tuple[int, OriginSearch]:
        """Return the row whose distances correlate most with lateness, and repeat the search for each permutation."""
        correlations = self.draws.correlations(self.draws.lateness[:, None])[:, 0]
        best = int(np.argmax(correlations))
        null = self.draws.draws(draws).null
        count = math.floor(LEVEL * (draws + 1) + 1e-9)
        critical = float(np.sort(null)[-count]) if count else 1.0
        arrangements = PermutationBlocks.whole(self.draws.others.shape[1]).log_arrangements(
            self.draws.lateness.round(9)
        )
        p = float(p_values(correlations[best], null)) if np.isfinite(correlations[best]) else math.nan
        return int(self.rows[best]), OriginSearch(p, smallest_p_value(draws, arrangements), max(critical, 0.0))

    def fitting(self, names: pd.Index) -> pd.DataFrame:
        """Return the candidates whose interval of the slowness, by Student's t, lies above 0."""
        from scipy.stats import t

        lateness, squares = self.draws.lateness, (self.draws.km**2).sum(axis=1)
        r = self.draws.correlations(lateness[:, None])[:, 0]
        left = self.draws.others.sum(axis=1) - self.draws.bases.shape[1] - 1
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = self.draws.km @ lateness / squares
            reach = t.ppf(1 - LEVEL / 2, left) * np.abs(slope / r) * np.sqrt((1 - r**2) / left)
        table = pd.DataFrame({"slowness": slope, "low": slope - reach, "high": slope + reach}, index=names[self.rows])
        return table[table["low"] > 0].sort_values("low", ascending=False).rename_axis("origin")


def fitting_origins(places: DatedPlaces, settings: Settings) -> pd.DataFrame:
    """Return all places with an onset from which others joined later the farther away they are: `FrontResult.origins`.

    Empty where too few places joined after the first day, or more than `MAX_TIES` distances would be needed.
    """
    joined = int(places.joined.sum())
    candidates = None if joined**2 > MAX_TIES else Candidates.of(places, settings.min_km, settings.seed)
    if candidates is None:
        return pd.DataFrame(columns=["slowness", "low", "high"], dtype=float).rename_axis("origin")
    return candidates.fitting(places.names)
