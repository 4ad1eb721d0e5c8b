"""What every model offers to the simulator."""

from abc import ABC, abstractmethod
from collections.abc import Callable

import numpy as np
import pandas as pd

from ..arrays import IntArray
from ..graphs.diffusion import DiffusionGraph

DrawPanel = Callable[[np.random.Generator], IntArray]


class Model(ABC):
    """A model of spread: a frozen value of its parameters."""

    counts_events = False
    """Whether its panels count events, or say (1 or 0) whether a place is active."""

    @abstractmethod
    def prepare(self, graph: DiffusionGraph, dates: pd.DatetimeIndex, first: IntArray) -> DrawPanel:
        """Return a function that draws one panel, shape (days, places), whose first row is `first`.

        What all draws share is made here, once.
        """
