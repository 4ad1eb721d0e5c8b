"""Draws without transmission, and the p-values that follow: placebo networks and simulated spreads.

In a placebo network, places are exchanged and ties kept. Rivals are worlds without transmission: their spreads are simulated
and refitted, which tells how often they look like transmission.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from ...arrays import FloatArray, IntArray
from ...inference.exchange import permute_nodes
from ...inference.replicates import reached_p, run_until_clear
from ...random_streams import replicate_rng
from ..worlds import NullSpread, World, draw_days
from .acquisitions import Acquisitions, ObservationWindow
from .fit import NetworkFit
from .hazards import Hazards
from .spec import NBDASpec
from .tada import TADAFit

EVALUATIONS = 20
"""Evaluations of the likelihood in the search for one maximum, about."""
_EVALUATION = 3.5e5  # nanoseconds of one, for few places; twice as many for 500
_STREAMS = 2**36  # streams of one world; placebos use the numbers below, and samples of the dates those from 2**40


def permute_within_strata(codes: IntArray, rng: np.random.Generator) -> IntArray:
    """Return row numbers, permuted within each stratum.

    Examples
    --------
    >>> codes = np.array([0, 1, 0, 1, 1])
    >>> rows = permute_within_strata(codes, np.random.default_rng(1))
    >>> bool((codes[rows] == codes).all()), sorted(rows.tolist())
    (True, [0, 1, 2, 3, 4])
    """
    rows = np.empty(len(codes), dtype=np.int64)
    rows[np.argsort(codes, kind="stable")] = np.lexsort((rng.random(len(codes)), codes))
    return rows


@dataclass(frozen=True, eq=False)
class PlaceboDraws:
    """Computes the likelihood ratios of placebo networks, and whether a placebo equals the network."""

    spec: NBDASpec
    rates: Hazards
    clock: ObservationWindow | None
    codes: IntArray
    seed: int
    null: tuple[FloatArray, float]

    def __call__(self, first: int, last: int, threads: bool) -> FloatArray:  # noqa: ARG002, FBT001 - the signature `run_replicates` calls
        """Return likelihood ratios and whether the network is unchanged, shape (placebos, 2, networks)."""
        draws = [self._draw(number) for number in range(first, last)]
        return np.array(draws).reshape(-1, 2, len(self.rates.networks))

    def _draw(self, number: int) -> list[FloatArray]:
        rows = permute_within_strata(self.codes, replicate_rng(self.seed, number))
        placebos, unchanged = {}, []
        for name, exposure in self.rates.exposures.items():
            matrix = permute_nodes(exposure.matrix, rows)
            placebos[name] = self.rates.acquisitions.exposure(matrix)
            unchanged.append(float(abs(matrix - exposure.matrix).sum() == 0))
        rates = replace(self.rates, exposures=placebos)
        return [self.spec.statistics(rates, self.clock, self.null), np.array(unchanged)]


def largest_placebo(rows: FloatArray) -> FloatArray:
    """Return, for each network, the largest statistic of a placebo: of its own, or of any network that has changed.

    So the p-value holds for the best of several networks. A network that is its own placebo tells nothing of the others.

    Examples
    --------
    >>> largest_placebo(np.array([[[1.0, 7.0, 3.0], [0, 1, 0]]]))
    array([[3., 7., 3.]])
    """
    statistic, unchanged = rows[:, 0], rows[:, 1] > 0
    best = np.where(unchanged, 0.0, statistic).max(axis=1, keepdims=True, initial=0.0)
    return np.asarray(np.maximum(statistic, best))


@dataclass(frozen=True, eq=False)
class ScheduledDays:
    """Gives the places the days of the data in the order of their waiting times: the order of onsets has no other clock."""

    schedule: FloatArray

    def __call__(self, waited: FloatArray) -> FloatArray:
        """Return the day of each place."""
        days = np.empty(len(waited))
        days[np.argsort(waited, kind="stable")] = self.schedule
        return days


@dataclass(frozen=True, eq=False)
class FittedDays:
    """Turns waiting times into the days of a fitted baseline."""

    scale: float
    shape: float
    daily: bool

    def __call__(self, waited: FloatArray) -> FloatArray:
        """Return the day of each place."""
        days = self.scale * waited ** (1 / self.shape)
        return np.ceil(days) if self.daily else days


def null_spread(null: NetworkFit, population: FloatArray | None, regions: IntArray | None) -> NullSpread:
    """Return the spread of the places at risk under a fit without networks."""
    acquisitions = null.rates.acquisitions
    at_risk = acquisitions.rank >= 0
    rate, onsets = null.strengths.spontaneous[at_risk], np.full(len(at_risk), np.inf)
    if isinstance(null, TADAFit):
        shape = float(null.params.iloc[1]) if null.baseline == "weibull" else 1.0
        clock: ScheduledDays | FittedDays = FittedDays(float(null.params.iloc[0]), shape, null.clock.daily)
        onsets = null.clock.times
    else:
        clock = ScheduledDays(_schedule(acquisitions, len(rate)))
        onsets[acquisitions.order] = clock.schedule[: acquisitions.events]
    sizes = None if population is None else population[at_risk]
    groups = None if regions is None else regions[at_risk]
    return NullSpread(acquisitions.places[at_risk], rate, clock, sizes, groups, onsets[at_risk])


def _schedule(acquisitions: Acquisitions, places: int) -> FloatArray:
    """Return the days of the onsets, and for the other places later days, as many a day as joined on a mean day."""
    moments = acquisitions.moments
    if acquisitions.dated:
        moments = (pd.DatetimeIndex(moments) - moments[0]) / pd.Timedelta(days=1)
    days = np.asarray(moments, dtype=float)[acquisitions.event_days]
    later = np.arange(places - len(days)) * acquisitions.days // len(days)
    return np.concatenate([days, days[-1] + 1 + later])


@dataclass(frozen=True, eq=False)
class RivalDraws:
    """Simulates spreads in a world without transmission, and refits them."""

    spec: NBDASpec
    rates: Hazards
    clock: ObservationWindow | None
    spread: NullSpread
    world: World
    number: int
    seed: int
    start: FloatArray

    def __call__(self, first: int, last: int, threads: bool) -> FloatArray:  # noqa: ARG002, FBT001 - the signature `run_replicates` calls
        """Return the likelihood ratio of each network against no network, shape (draws, networks)."""
        draws = [self._draw(number) for number in range(first, last)]
        return np.array(draws).reshape(-1, len(self.rates.networks))

    def _draw(self, number: int) -> FloatArray:
        rng = replicate_rng(self.seed, (1 + self.number) * _STREAMS + number)
        days = np.full(len(self.rates.acquisitions.rank), np.inf)
        days[self.rates.acquisitions.rank >= 0] = draw_days(self.world, self.spread, rng)
        acquisitions, clock = redrawn_onsets(self.rates.acquisitions, self.clock, days, rng)
        if not acquisitions.events:
            return np.zeros(len(self.rates.networks))
        rates = self.rates.with_acquisitions(acquisitions)
        return self.spec.statistics(rates, clock, self.spec.null_of(rates, clock, self.start))


def redrawn_onsets(
    acquisitions: Acquisitions, clock: ObservationWindow | None, days: FloatArray, rng: np.random.Generator
) -> tuple[Acquisitions, ObservationWindow | None]:
    """Return onsets on other days as the data would show them: in order only, or until the end of observation."""
    return (acquisitions.reordered(days, rng), None) if clock is None else clock.redated(acquisitions, days)


def largest(statistics: FloatArray) -> FloatArray:
    """Return the largest statistic of each draw, once for each network: the p-value then holds for the best of them."""
    return np.broadcast_to(statistics.max(axis=1, keepdims=True, initial=0.0), statistics.shape)


@dataclass(frozen=True, eq=False)
class NullDraws:
    """Placebos and rivals of the networks, and the p-values that follow."""

    spec: NBDASpec
    rates: Hazards
    clock: ObservationWindow | None
    null: NetworkFit
    seed: int
    regions: IntArray | None

    @property
    def cost(self) -> float:
        """Nanoseconds to fit one network."""
        return EVALUATIONS * _EVALUATION * (1 + len(self.rates.acquisitions.rank) / 500)

    @property
    def maximum(self) -> tuple[FloatArray, float]:
        """The coordinates and the log-likelihood of the fit without networks."""
        return self.null.optimum.coordinates, self.null.log_likelihood

    @property
    def observed(self) -> FloatArray:
        """The likelihood ratio of each network alone, searched as in the draws; NaN for growth common to all."""
        found = self.spec.statistics(self.rates, self.clock, self.maximum)
        return np.where([name in self.rates.common for name in self.rates.networks], np.nan, found)

    def placebos(self, count: int) -> FloatArray:
        """Return the statistics of placebos and whether they equal the network, shape (placebos, 2, networks)."""
        codes = np.zeros(len(self.rates.acquisitions.rank), dtype=np.int64) if self.regions is None else self.regions
        draw = PlaceboDraws(self.spec, self.rates, self.clock, codes, self.seed, self.maximum)
        return run_until_clear(
            draw,
            count,
            self.observed,
            largest_placebo,
            cost=self._cost_of_draw,
            what="placebo networks",
            in_threads=False,
        )

    def rivals(
        self, worlds: list[World], count: int, population: FloatArray | None
    ) -> tuple[dict[str, FloatArray], dict[str, str]]:
        """Return world -> statistics in its spreads, shape (draws, networks), and world -> what the data lack for it."""
        spread = null_spread(self.null, population, self.regions)
        found, not_tried = {}, {}
        for number, world in enumerate(worlds if count else []):
            if lack := world.lacks(spread):
                not_tried[world.words] = lack
                continue
            draw = RivalDraws(
                self.spec, self.rates, self.clock, spread, world, number, self.seed, self.null.optimum.coordinates
            )
            found[world.words] = run_until_clear(
                draw, count, self.observed, largest, cost=self._cost_of_draw, what=world.words, in_threads=False
            )
        return found, not_tried

    @property
    def _cost_of_draw(self) -> float:
        return self.cost * len(self.rates.networks)

    def p_values(self, placebo: FloatArray, rival: dict[str, FloatArray]) -> dict[str, Any]:
        """Return the p-values of each network, and the world that gives the largest."""
        blank = np.full(len(self.rates.networks), np.nan)
        by_world = np.array([reached_p(self.observed, largest(rows)) for rows in rival.values()]).reshape(
            -1, len(blank)
        )
        worst = np.nan_to_num(by_world).argmax(axis=0) if len(by_world) else []
        return {
            "placebo_p": reached_p(self.observed, largest_placebo(placebo)) if len(placebo) else blank,
            "rival_p": by_world.max(axis=0) if len(by_world) else blank,
            "rival": [list(rival)[row] for row in worst] if len(by_world) else "",
        }

    def table(self, rival: dict[str, FloatArray]) -> pd.DataFrame:
        """Return the statistics of simulated spreads, rows by world and draw."""
        columns, keys = list(self.rates.networks), ["rival", "draw"]
        if not rival:
            return pd.DataFrame(columns=columns, index=pd.MultiIndex.from_arrays([[], []], names=keys), dtype=float)
        return pd.concat({words: pd.DataFrame(rows, columns=columns) for words, rows in rival.items()}, names=keys)
