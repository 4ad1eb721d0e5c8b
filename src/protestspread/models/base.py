"""What every model offers to the simulator."""

from abc import ABC, abstractmethod
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..graphs.diffusion import DiffusionGraph

Counts = npt.NDArray[np.int64]
Draw = Callable[[np.random.Generator], Counts]


class Model(ABC):
    """A model of spread: a frozen value of its parameters."""

    counts_events = False
    """Whether its panels count events, or say (1 or 0) whether a place is active."""

    @abstractmethod
    def prepare(self, graph: DiffusionGraph, dates: pd.DatetimeIndex, first: Counts) -> Draw:
        """Return a function that draws one panel, shape (days, places), whose first row is `first`.

        What all draws share is made here, once.
        """
