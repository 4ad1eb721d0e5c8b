"""Waves without a change: simulated from a fit or from a smooth wave, each with the days around an act placed by a rule."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..arrays import FloatArray, IntArray
from ..errors import DataError, shorten_list
from ..forecasting.forecast import sample_coordinates, spread_of
from ..inference.permutation_test import p_values
from ..models.counts.fit import fit_endemic_epidemic
from ..models.counts.result import EndemicEpidemicFit
from ..models.terms import Terms
from ..random_streams import replicate_rng
from ..wording import format_date, format_days
from .acts import Act

_SMOOTH_DEGREE = 3
_LEAST_MEAN = 1e-9  # events a day


@dataclass(frozen=True, eq=False)
class Waves:
    """Waves, each with the first day of an act.

    Attributes
    ----------
    counts
        Shape (waves, days, places); 0 where not observed.
    act
        Row of the first day of the act in each wave.
    usable
        Share of the simulated waves that have enough days before and after the act; the others are left out.
    """

    counts: FloatArray
    act: IntArray
    usable: float = 1.0

    @property
    def totals(self) -> FloatArray:
        """Sums over the places, shape (waves, days)."""
        return np.asarray(self.counts.sum(axis=2))

    def around(self, days: int) -> tuple[FloatArray, FloatArray]:
        """Return the days before and the days from the act on, each of shape (waves, days, places)."""
        rows = self.act[:, None] + np.arange(-days, days)
        found = np.take_along_axis(self.counts, rows[:, :, None], axis=1)
        return found[:, :days], found[:, days:]

    def log_ratios(self, days: int) -> FloatArray:
        """Return the statistic of each wave: the log ratio of events in the days from the act on to those before."""
        before, after = self.around(days)
        return log_ratio(before.sum(axis=(1, 2)), after.sum(axis=(1, 2)))


@dataclass(frozen=True, eq=False)
class Simulation:
    """Simulates waves without a change in the places of an act.

    Attributes
    ----------
    fit, act
        The fit and the act.
    after_peak
        The act is placed so many days after the peak of each wave; None: on its own date, after the observed days before.
    days
        Days that are needed before the act, and from it on.
    draws, seed
        Number of waves and their seed.
    """

    fit: EndemicEpidemicFit
    act: Act
    after_peak: int | None
    days: int
    draws: int
    seed: int

    def from_fit(self, rows: int) -> Waves:
        """Return waves simulated from the fit after the first rows of its panel."""
        given = self.act.panel.iloc[:rows]
        last = given.iloc[-self.fit.specification.first_rows :]
        if len(unseen := last.columns[last.isna().any()]):
            what = (
                f"fit must have counts of all places on {format_date(last.index[-1])}, from which waves are simulated"
            )
            fix = "leave out these places, or fit a panel that begins on another day"
            raise DataError(f"{what}; not observed were {shorten_list(unseen)}", fix=fix)
        drawn = self.fit.simulate(self.draws, given=given, rng=self.seed).values
        first = np.broadcast_to(given.to_numpy(dtype=float, na_value=np.nan), (self.draws, *given.shape))
        waves = np.concatenate([first, drawn], axis=1)[:, :, given.columns.isin(self.act.places)]
        return self._placed(np.where(self.act.observed, waves, 0.0))

    def smooth(self) -> Waves:
        """Return waves whose logarithm is a cubic function of time, with parameters sampled around their estimates.

        Counts are negative binomial and independent given the curve, so that what it does not describe widens the draws. Their
        variance is that of the fit times n / (n - 4), for the degrees of freedom that the curve takes from n days.

        Raises
        ------
        DataError, FitError
            The curve cannot be fitted to the daily totals.
        """
        own = self.act.own
        totals = own.sum(axis=1).where(own.notna().all(axis=1))
        powers = np.linspace(-1, 1, len(totals))[:, None] ** np.arange(_SMOOTH_DEGREE + 1)
        terms = {f"time^{power}": pd.Series(powers[:, power], totals.index) for power in range(1, _SMOOTH_DEGREE + 1)}
        fit = fit_endemic_epidemic(totals.to_frame("all"), None, neighbors=None, own=None, endemic=Terms(by=terms))
        if fit.events <= powers.shape[1]:
            raise DataError(f"fit must have more than {powers.shape[1]} days for a smooth wave; it has {fit.events}")
        spread, lost = spread_of(fit), fit.events / (fit.events - powers.shape[1])

        def draw(rng: np.random.Generator) -> IntArray:
            *curve, log_psi = sample_coordinates(fit.optimum, spread, rng)
            mean = np.maximum(np.exp(powers @ curve), _LEAST_MEAN)
            psi = (lost * (1 + np.exp(log_psi) * mean) - 1) / mean
            return np.asarray(rng.poisson(mean * rng.gamma(1 / psi, psi)))

        streams = range(self.draws, 2 * self.draws)  # those before are of the waves of the fit
        waves = np.stack([draw(replicate_rng(self.seed, stream)) for stream in streams])[:, :, None]
        if self.after_peak is None:
            waves[:, : self.act.row, 0] = self.act.totals[: self.act.row]
        return self._placed(np.where(totals.notna().to_numpy()[:, None], waves, 0.0))

    def _placed(self, counts: FloatArray) -> Waves:
        """Place the act in each wave, and leave out waves with too few days before or after it."""
        act = np.full(len(counts), self.act.row)
        if self.after_peak is not None:
            act = counts.sum(axis=2).argmax(axis=1) + self.after_peak
        kept = (act >= self.days) & (act + self.days <= counts.shape[1])
        if not kept.any():
            fix = "fit a model whose waves have their peak in the middle of the panel, such as one with a trend and its square"
            raise DataError(f"fit gives no wave with {format_days(self.days)} before and after the act", fix=fix)
        return Waves(counts[kept], act[kept], float(kept.mean()))


def log_ratio(before: FloatArray, after: FloatArray) -> FloatArray:
    """Return log((after + 1/2) / (before + 1/2)).

    >>> log_ratio(np.array([9.5]), np.array([4.5])).round(4).tolist()
    [-0.6931]
    """
    return np.asarray(np.log((after + 0.5) / (before + 0.5)))


def likeness(observed: Waves, waves: Waves, days: int) -> tuple[pd.DataFrame, float]:
    """Compare the days before the act with those of simulated waves.

    Returns
    -------
    tuple
        One row per feature with ``observed, median, low, high`` (95%) and the ``distance`` from the mean in standard
        deviations; and the p-value of the largest distance over all features, ranked among those of the simulated waves.
    """
    acts = np.append(observed.act, waves.act)
    values = _features(np.vstack([observed.totals, waves.totals]), acts, days)
    table = np.column_stack([*values.values()])
    spread = table.std(axis=0)
    distances = np.abs(table - table.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    low, middle, high = np.quantile(table[1:], [0.025, 0.5, 0.975], axis=0)
    columns = {"observed": table[0], "median": middle, "low": low, "high": high, "distance": distances[0]}
    farthest = distances.max(axis=1)
    p = float(p_values(farthest[0], farthest[1:]))
    return pd.DataFrame(columns, index=pd.Index([*values], name="before the act")), p


def _features(totals: FloatArray, act: IntArray, days: int) -> dict[str, FloatArray]:
    """Return what a wave looks like before the act, one number a wave."""
    rows = np.arange(totals.shape[1])
    sums = np.pad(totals, ((0, 0), (1, 0))).cumsum(axis=1)
    whole, last, earlier = (_at(sums, np.maximum(act - back, 0)) for back in (0, days, 2 * days))
    bends = np.where(rows[2:] < act[:, None], np.diff(np.sqrt(totals), 2, axis=1) ** 2, 0.0)
    return {
        "events": whole,
        "events on the highest day": np.where(rows < act[:, None], totals, 0.0).max(axis=1),
        "days": act.astype(float),
        "log growth": log_ratio(last - earlier, whole - last),
        "roughness": bends.sum(axis=1) / np.maximum(act - 2, 1),
    }


def _at(table: FloatArray, column: IntArray) -> FloatArray:
    """Return one value of each row."""
    return np.asarray(table[np.arange(len(table)), column])
