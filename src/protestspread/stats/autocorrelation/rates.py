"""Rates that are comparable between places of different population."""

from typing import Literal, get_args

import numpy as np
import pandas as pd

from ...arguments import Arguments
from ...arrays import FloatArray
from ...checks import is_real
from ...errors import DataError, shorten_list

Rates = Literal["empirical_bayes", "freeman_tukey"]

_PER = 1000.0


def standardize(values: FloatArray, population: FloatArray, rates: Rates) -> FloatArray:
    """Convert counts to rates with stable variance, separately for each day.

    Parameters
    ----------
    values
        Counts, shape (days, places), without missing values.
    population
        Population of each place, above 0.
    rates
        "empirical_bayes": deviation from the mean rate in standard deviations, which are larger for smaller
        populations (R. M. Assunção, E. A. Reis 1999, Statistics in Medicine 18:2147,
        doi:10.1002/(SICI)1097-0258(19990830)18:16<2147::AID-SIM179>3.0.CO;2-I). "freeman_tukey":
        √(1000 y/m) + √(1000 (y+1)/m) (M. F. Freeman, J. W. Tukey 1950, Annals of Mathematical Statistics 21:607,
        doi:10.1214/aoms/1177729756; N. Cressie 1993, Statistics for Spatial Data, Wiley).
    """
    if rates == "freeman_tukey":
        return np.asarray(np.sqrt(_PER * values / population) + np.sqrt(_PER * (values + 1) / population))
    rate = values / population
    mean = values.sum(axis=1, keepdims=True) / population.sum()
    spread = (population * (rate - mean) ** 2).sum(axis=1, keepdims=True) / population.sum()
    between = spread - mean / population.mean()
    variance = between + mean / population
    variance = np.where(variance < 0, mean / population, variance)
    return np.asarray(np.divide(rate - mean, np.sqrt(variance), out=np.zeros_like(rate), where=variance > 0))


def check_population(population: pd.Series | None, places: pd.Index, rates: Rates | None) -> FloatArray | None:
    """Return the population in the order of the places, or None without rates.

    Raises
    ------
    DataError
        Rates without population, population without rates, or places without a population above 0 (all are named).
    """
    with Arguments() as check:
        check.choice("rates", rates, get_args(Rates), optional=True)
        people = check.by_label("population", population, "a Series by place", optional=True)
        if isinstance(people, pd.Series) and not is_real(people.dtype):
            check.fault(f"population must hold numbers; got {people.dtype}")
    if rates is None:
        if population is not None:
            what = "rates must be 'empirical_bayes' or 'freeman_tukey' if population is given; got None"
            raise DataError(what, fix="choose rates, or leave population out")
        return None
    if population is None:
        what = f"population must be given for rates={rates!r}; got None"
        raise DataError(what, fix='pass population=cities["population"]')
    people = people.reindex(places).to_numpy(dtype=float, na_value=np.nan)
    bad = ~(people > 0) | np.isinf(people)
    if bad.any():
        what = f"population must be above 0 and finite; it is not for {shorten_list(places[bad])}"
        raise DataError(what, fix="add the missing populations, or drop these places from the panel and the graph")
    return np.asarray(people)
