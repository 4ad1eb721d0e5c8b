"""Counts made comparable between places of different size, before they are compared with their neighbors."""

from typing import Literal, get_args

import numpy as np
import pandas as pd

from ...arrays import FloatArray
from ...errors import DataError, shorten_list

Rates = Literal["empirical_bayes", "freeman_tukey"]

_PER = 1000.0


def standardize(values: FloatArray, population: FloatArray, rates: Rates) -> FloatArray:
    """Turn counts into rates of one variance, day by day among the places given.

    Parameters
    ----------
    values
        Counts, shape (days, places), none missing.
    population
        Of each place, above 0.
    rates
        "empirical_bayes": how far a rate lies from the mean rate, in standard deviations that grow as the population
        shrinks (R. M. Assunção, E. A. Reis 1999, Statistics in Medicine 18:2147,
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
    """Return the population in the order of the places, or None where no rates are asked for.

    Raises
    ------
    DataError
        Rates without a population, a population without rates, places without a population above 0 (all named).
    """
    what = "no rates can be made"
    if rates is None:
        if population is not None:
            raise DataError(
                "a population is given, but no rates", ["rates = None"], 'rates="empirical_bayes" or "freeman_tukey"'
            )
        return None
    if rates not in get_args(Rates):
        raise DataError(what, [f"rates = {rates!r}"], '"empirical_bayes", "freeman_tukey" or None')
    if population is None:
        raise DataError(what, ["no population is given"], 'population=cities["population"]')
    people = pd.Series(population).reindex(places).to_numpy(dtype=float, na_value=np.nan)
    bad = ~(people > 0) | np.isinf(people)
    if bad.any():
        raise DataError(
            what, [f"no population above 0 for {shorten_list(places[bad])}"], "give it, or leave these places out"
        )
    return people
