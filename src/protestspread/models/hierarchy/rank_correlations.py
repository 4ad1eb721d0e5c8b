"""Descriptive statistics of onsets by population and distance: rank correlations and shares of R²."""

import numpy as np
import pandas as pd

from ...arrays import FloatArray
from .risk_sets import RiskSets

_FEWEST = 4  # places: one more than the regression has coefficients


def correlate_onsets(risk_sets: RiskSets, days: pd.DatetimeIndex) -> pd.DataFrame:
    """Return associations of onsets with population and distances, over the places that joined after the first day.

    Index ``what``: "population" (log10), "distance to the first" (the nearest place that joined on the first day) and
    "distance to the nearest" (that had joined before). Columns: ``spearman``, the rank correlation with the onset;
    ``partial_r2`` and ``shapley`` (shares that sum to R²) of the regression of the onset on population and distance to the
    first; ``places``. NaN where fewer than four places joined after the first day, or where a column does not vary.
    """
    later = np.flatnonzero(risk_sets.waves > 0)
    day = (days - days[0]).days.to_numpy(dtype=float)[risk_sets.waves[later]]
    size = risk_sets.size[later] / np.log(10)
    first = risk_sets.distances.to_nearest(np.flatnonzero(risk_sets.waves == 0))[later]
    near = risk_sets.nearest_before()[later]
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


def describe_days(risk_sets: RiskSets, days: pd.DatetimeIndex, population: FloatArray) -> pd.DataFrame:
    """Return a comparison of the places that joined with all places at risk, one row per onset day.

    Index ``date``. Columns: ``joined`` and ``at_risk``, numbers of places (those that joined included);
    ``mean_population_rank`` (1 for the largest of all places) and ``mean_distance`` (to the nearest place that had joined
    before) of the places that joined; ``rank_at_risk`` and ``distance_at_risk``, the same of all at risk; and the 10%, 50%
    and 90% quantiles of population and distance of all at risk. Distances of the first day are NaN.
    """
    rank = pd.Series(-population).rank().to_numpy()
    rows = []
    for wave in range(len(days)):
        at_risk, joined = (risk_sets.waves < 0) | (risk_sets.waves >= wave), risk_sets.waves == wave
        far = risk_sets.far[wave] if wave else np.full(len(population), np.nan)
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
    """Return the rank correlation, with mean ranks for ties; NaN for fewer than four pairs or without variation."""
    if len(one) < _FEWEST or np.ptp(one) == 0 or np.ptp(other) == 0:
        return float("nan")
    ranks = pd.DataFrame({"one": one, "other": other}).rank().to_numpy()
    return float(np.corrcoef(ranks.T)[0, 1])


def r_squared(outcome: FloatArray, *columns: FloatArray) -> float:
    """Return R² of a linear regression of an outcome on some columns; NaN as in `spearman`."""
    if len(outcome) < _FEWEST or any(np.ptp(values) == 0 for values in (outcome, *columns)):
        return float("nan")
    centered = outcome - outcome.mean()
    design = np.column_stack([(values - values.mean()) / values.std() for values in columns])
    residual = centered - design @ np.linalg.lstsq(design, centered, rcond=None)[0]
    return float(1 - residual @ residual / (centered @ centered))


def _partial(both: float, other: float) -> float:
    """Return the share of the variance not explained by the other column that one column explains."""
    return (both - other) / (1 - other) if other < 1 else float("nan")
