"""First days against population and distance, as they were described before there were likelihoods: ranks and shares of R²."""

import numpy as np
import pandas as pd

from ...arrays import FloatArray
from .risk_sets import RiskSets

_FEWEST = 4  # places: three coefficients and one to spare


def explained(joining: RiskSets, days: pd.DatetimeIndex) -> pd.DataFrame:
    """Return how first days go with population and distances, over the places that joined after the first day.

    Index ``what``: "population" (log10), "distance to the first" (the nearest place of the first day) and "distance to
    the nearest" (that had joined before). Columns: ``spearman`` with the first day; of the regression of the first day
    on population and distance to the first, ``partial_r2`` and ``shapley``, the shares of R² that add up to it; ``places``.
    NaN where fewer than four places joined after the first day, or where a column does not vary.
    """
    later = np.flatnonzero(joining.waves > 0)
    day = (days - days[0]).days.to_numpy(dtype=float)[joining.waves[later]]
    size = joining.size[later] / np.log(10)
    first = joining.distances.to_nearest(np.flatnonzero(joining.waves == 0))[later]
    near = joining.nearest_before()[later]
    columns = {"population": size, "distance to the first": first, "distance to the nearest": near}
    both, of_size, of_first = r_squared(day, size, first), r_squared(day, size), r_squared(day, first)
    return pd.DataFrame(
        {
            "spearman": [spearman(day, values) for values in columns.values()],
            "partial_r2": [_partial(both, of_first), _partial(both, of_size), np.nan],
            "shapley": [(of_size + both - of_first) / 2, (of_first + both - of_size) / 2, np.nan],
            "places": len(later),
        },
        index=pd.Index(list(columns), name="what"),
    )


def by_day(joining: RiskSets, days: pd.DatetimeIndex, population: FloatArray) -> pd.DataFrame:
    """Return, for each onset day, who joined beside who could have.

    Index ``date``; ``joined``, ``at_risk`` (those that joined among them); ``mean_population_rank`` (1: the largest of all
    places) of those that joined and ``rank_at_risk``; ``mean_distance`` to the nearest that had joined before, and
    ``distance_at_risk``; and of all at risk the 10 %, 50 % and 90 % points of population and distance. Distances of the
    first day are NaN.
    """
    rank = pd.Series(-population).rank().to_numpy()
    rows = []
    for wave in range(len(days)):
        at_risk, joined = (joining.waves < 0) | (joining.waves >= wave), joining.waves == wave
        far = joining.far[wave] if wave else np.full(len(population), np.nan)
        row = {
            "joined": int(joined.sum()), "at_risk": int(at_risk.sum()), "mean_population_rank": rank[joined].mean(),
            "rank_at_risk": rank[at_risk].mean(), "mean_distance": far[joined].mean(), "distance_at_risk": far[at_risk].mean(),
        }  # fmt: skip
        for name, values in (("population", population), ("distance", far)):
            for share in (10, 50, 90):
                row[f"{name}_{share}"] = np.percentile(values[at_risk], share)
        rows.append(row)
    return pd.DataFrame(rows, index=days.rename("date"))


def spearman(one: FloatArray, other: FloatArray) -> float:
    """Return the correlation of ranks, ties at their mean; NaN for fewer than four pairs, or where a side does not vary."""
    if len(one) < _FEWEST or np.ptp(one) == 0 or np.ptp(other) == 0:
        return float("nan")
    ranks = pd.DataFrame({"one": one, "other": other}).rank().to_numpy()
    return float(np.corrcoef(ranks.T)[0, 1])


def r_squared(outcome: FloatArray, *columns: FloatArray) -> float:
    """Return the share of the variance of an outcome that least squares on some columns explains; NaN as in `spearman`."""
    if len(outcome) < _FEWEST or any(np.ptp(values) == 0 for values in (outcome, *columns)):
        return float("nan")
    centered = outcome - outcome.mean()
    design = np.column_stack([(values - values.mean()) / values.std() for values in columns])
    rest = centered - design @ np.linalg.lstsq(design, centered, rcond=None)[0]
    return float(1 - rest @ rest / (centered @ centered))


def _partial(both: float, other: float) -> float:
    """Return the share of what the other column leaves unexplained."""
    return (both - other) / (1 - other) if other < 1 else float("nan")
