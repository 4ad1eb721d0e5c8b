"""The interface between models and the simulator."""

from abc import ABC, abstractmethod
from collections.abc import Callable

import numpy as np
import pandas as pd

from ..arrays import IntArray
from ..graphs.diffusion import DiffusionGraph

DrawPanel = Callable[[np.random.Generator], IntArray]


class Model(ABC):
    """Base of all models of spread: immutable objects that hold the parameters."""

    counts_events = False
    """Whether panels hold counts of events, rather than 1 where a place is active and 0 elsewhere."""

    @abstractmethod
    def prepare(self, graph: DiffusionGraph, dates: pd.DatetimeIndex, first: IntArray) -> DrawPanel:
        """Return a function that simulates one panel, shape (days, places), with ``first`` as its first row.

        Everything that all draws share is computed here, once.
        """
