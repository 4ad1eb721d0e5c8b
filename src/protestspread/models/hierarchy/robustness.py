"""How far exponents of population and distance can be trusted: refits of simulated, resampled, varied and thinned spreads."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from ...arrays import FloatArray
from ...errors import DataError
from ...inference.replicates import run_replicates
from ...random_streams import replicate_rng
from .conditional_logit import NAMES, ConditionalLogit, refitted
from .risk_sets import Choice, RiskSets
from .simulated_onsets import simulate_onsets, thin_onsets

FEWEST_DAYS = 20
THINNED_SPREADS = 100
_CELL_COST = 1e4  # nanoseconds that the refit of a cell takes
_FACTOR = 3.0  # rough populations lie between a third and three times what is written


def of_simulated(joining: RiskSets, exponents: FloatArray, count: int, seed: int) -> FloatArray:
    """Return, of each spread drawn from the exponents, both refitted exponents and the lead score; a row a spread."""

    def draw(first: int, last: int, threads: bool) -> FloatArray:  # noqa: ARG001, FBT001 - as `run_replicates` calls it
        spreads = [simulate_onsets(joining, exponents, replicate_rng(seed, number)) for number in range(first, last)]
        choices = [spread.choices() for spread in spreads]
        days = ConditionalLogit.together([ConditionalLogit.of(*both) for both in zip(spreads, choices, strict=True)])
        found = refitted(days, np.tile(exponents, (len(spreads), 1)))[0]
        return np.column_stack([found, lead_scores(spreads, choices, days, found)])

    return _run(draw, joining, count, "simulated spreads")


def of_resampled_days(
    days: ConditionalLogit, joining: RiskSets, exponents: FloatArray, count: int, seed: int
) -> FloatArray:
    """Return both exponents refitted to days drawn with replacement; a row a draw.

    Raises
    ------
    DataError
        Fewer than 20 days: with four, such an interval holds the truth in 81 % of spreads instead of 95 %.
    """
    number = len(days.weights)
    if number < FEWEST_DAYS:
        raise DataError(
            "days cannot be drawn with replacement",
            [f"there was something to choose on {number} days only, and with so few such intervals are too short"],
            f'bootstrap="parametric", or a spread with {FEWEST_DAYS} such days',
        )

    def draw(rng: np.random.Generator) -> ConditionalLogit:
        return days.weighted(rng.multinomial(number, np.full(number, 1 / number)).astype(float))

    return _refits(draw, joining, exponents, count, seed, "resampled days")


def of_varied_populations(
    joining: RiskSets, choices: list[Choice], which: npt.NDArray[np.bool_], exponents: FloatArray, count: int, seed: int
) -> FloatArray:
    """Return both exponents refitted with some populations times a factor from 1/3 to 3, log-uniform; a row a draw."""
    reach = np.log(_FACTOR)

    def draw(rng: np.random.Generator) -> ConditionalLogit:
        size = joining.size + np.where(which, rng.uniform(-reach, reach, len(which)), 0.0)
        return ConditionalLogit.of(RiskSets(joining.waves, size - size.mean(), joining.distances), choices)

    return _refits(draw, joining, exponents, count, seed, "varied populations")


def of_thinned(joining: RiskSets, exponents: FloatArray, levels: Sequence[float], seed: int) -> pd.DataFrame:
    """Return what both exponents become where small places are overlooked, by ``reporting_exponent``.

    At a reporting exponent ρ, a place that joined stays in the data with probability (population / largest)^ρ, else it looks
    as if it had not joined. ``places`` (joined and reported, on average); ``draws`` (of 100) in which something was left to
    choose; of each exponent the mean over these, its difference from the estimate (``_bias``), and their middle 95 %.
    """
    rows = []
    for number, level in enumerate(levels):
        spreads = [thin_onsets(joining, level, replicate_rng(seed + number, draw)) for draw in range(THINNED_SPREADS)]
        days = [days for days in map(ConditionalLogit.of, spreads) if days.joins]
        found = (
            refitted(ConditionalLogit.together(days), np.tile(exponents, (len(days), 1)))[0]
            if days
            else np.full((1, 2), np.nan)
        )
        row = {
            "reporting_exponent": level,
            "draws": len(days),
            "places": np.mean([(s.waves >= 0).sum() for s in spreads]),
        }
        for column, name in enumerate(NAMES):
            row[name] = found[:, column].mean()
            row[f"{name}_bias"] = row[name] - exponents[column]
            row[f"{name}_low"], row[f"{name}_high"] = np.quantile(found[:, column], [0.025, 0.975])
        rows.append(row)
    return pd.DataFrame(rows).set_index("reporting_exponent")


def lead_scores(
    spreads: Sequence[RiskSets], choices: Sequence[list[Choice]], days: ConditionalLogit, exponents: FloatArray
) -> FloatArray:
    """Return, spread by spread, the score test's z of an exponent of the distance to the nearest place that joined later.

    Beside population and distance at their fitted exponents. Days with fewer than two later places take no part; NaN where
    there is no other.
    """
    columns = [_lead(spread, choice) for spread, own in zip(spreads, choices, strict=True) for choice in own]
    with_lead = days.with_column(np.concatenate(columns))
    point = np.column_stack([exponents, np.zeros(len(exponents))])
    score, information = with_lead.log_likelihood(point)[1][:, 2], with_lead.information(point)
    among, across = information[:, :2, :2], information[:, :2, 2:]
    taken = across.swapaxes(1, 2) @ np.linalg.pinv(among) @ across
    variance = information[:, 2, 2] - taken[:, 0, 0]
    return np.where(variance > 0, score / np.sqrt(np.where(variance > 0, variance, 1.0)), np.nan)


def _lead(joining: RiskSets, choice: Choice) -> FloatArray:
    later = np.flatnonzero(joining.waves > choice.wave)
    if len(later) < 2:  # of one alone, it itself would have no other
        return np.zeros(len(choice.at_risk))
    return -np.log(joining.distances.to_nearest(later)[choice.at_risk])


def _refits(
    one: Callable[[np.random.Generator], ConditionalLogit],
    joining: RiskSets,
    exponents: FloatArray,
    count: int,
    seed: int,
    what: str,
) -> FloatArray:
    def draw(first: int, last: int, threads: bool) -> FloatArray:  # noqa: ARG001, FBT001 - as `run_replicates` calls it
        days = ConditionalLogit.together([one(replicate_rng(seed, number)) for number in range(first, last)])
        return refitted(days, np.tile(exponents, (last - first, 1)))[0]

    return _run(draw, joining, count, what)


def _run(draw: Callable[[int, int, bool], FloatArray], joining: RiskSets, count: int, what: str) -> FloatArray:
    cells = len(joining.waves) * len(joining.day_sizes)
    return np.asarray(run_replicates(draw, count, cost=_CELL_COST * cells, rows=64 * cells, what=what), dtype=float)
