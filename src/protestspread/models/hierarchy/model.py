"""The model of hierarchical and contagious diffusion: who joins next, by population and by distance."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...arguments import Arguments
from ...errors import DataError
from ..rates import check_rate


@dataclass(frozen=True)
class HierarchicalDiffusionModel:
    """A model of the order of onsets: larger places, and places near earlier onsets, join next.

    The next place is i with probability proportional to population_i^(population exponent) · distance_i^(-distance exponent),
    where distance is that to the nearest place that joined on an earlier day. The model says nothing of the days: to simulate,
    `DiffusionDecomposition.simulate` takes the number of onsets of each day from the data.

    Parameters
    ----------
    population_exponent, distance_exponent
        0: population, or distance, has no effect.

    Raises
    ------
    DataError
        An exponent is not a finite number.

    Examples
    --------
    >>> import pandas as pd
    >>> import protestspread as ps
    >>> model = ps.HierarchicalDiffusionModel(population_exponent=1.0, distance_exponent=1.0)
    >>> population, distance = pd.Series({"A": 200, "B": 100}), pd.Series({"A": 50, "B": 100})
    >>> model.chances(population, distance).round(6).to_dict()
    {'A': 0.8, 'B': 0.2}
    """

    population_exponent: float
    distance_exponent: float

    def __post_init__(self) -> None:
        with Arguments() as check:
            check.number("population_exponent", self.population_exponent)
            check.number("distance_exponent", self.distance_exponent)

    def chances(self, population: pd.Series, distance: pd.Series) -> pd.Series:
        """Return the probability of each place to be the next.

        Parameters
        ----------
        population, distance
            Of the places that have not joined, above 0; distance to the nearest place that has, in any unit.

        Raises
        ------
        DataError
            The Series are of different places, or hold values that are not above 0.
        """
        with Arguments() as check:
            for name, values in (("population", population), ("distance", distance)):
                check.instance(name, values, pd.Series, "a Series by place")
                if isinstance(values, pd.Series) and not check.faults:
                    check.faults += check_rate(name, values) or (
                        [f"{name} must be above 0"] if (values <= 0).any() else []
                    )
        if not population.index.isin(distance.index).all() or len(population) != len(distance):
            raise DataError("distance must have the places of population", fix="pass distance[population.index]")
        log_rate = self.population_exponent * np.log(population.astype(float)) - self.distance_exponent * np.log(
            distance[population.index].astype(float)
        )
        rate = np.exp(log_rate - log_rate.max())
        return pd.Series(rate / rate.sum(), index=population.index, name="chance")
