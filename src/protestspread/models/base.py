"""The interface between models and the simulator."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd
import pyarrow as pa

from ..arrays import IntArray
from ..ensembles.tables import panel_batch
from ..graphs.diffusion import DiffusionGraph
from ..random_streams import replicate_rng

DrawPanel = Callable[[np.random.Generator], IntArray]
_DAY_COST = 3e4  # nanoseconds a day, apart from what depends on the graph


class SpreadSampler(Protocol):
    """Draws spreads, each from a random stream of its own; can be pickled."""

    @property
    def cost(self) -> float:
        """Nanoseconds per draw."""

    @property
    def size(self) -> int:
        """Numbers held in memory per draw."""

    @property
    def in_threads(self) -> bool:
        """Whether threads can share the draws."""

    def __call__(self, seed: int, first: int, last: int) -> pa.RecordBatch:
        """Return draws ``first`` to ``last`` - 1: spells or counts, as in `ensemble_tables`."""


class Model(ABC):
    """Base of all models of spread: immutable objects that hold the parameters."""

    counts_events = False
    """Whether panels hold counts of events, rather than 1 where a place is active and 0 elsewhere."""

    @abstractmethod
    def prepare(self, graph: DiffusionGraph, dates: pd.DatetimeIndex, first: IntArray) -> SpreadSampler:
        """Return what draws panels of shape (days, places) that begin with ``first``.

        Everything that all draws share is computed here, once.
        """


@dataclass(frozen=True, eq=False)
class PanelSampler:
    """Draws whole panels with numpy.

    Attributes
    ----------
    draw
        A function from a generator to a panel, shape (days, places).
    days, places, ties
        Sizes, from which the cost follows.
    counts
        Whether panels hold counts.
    skip
        First rows of the panels that are left out.
    """

    draw: DrawPanel
    days: int
    places: int
    ties: int
    counts: bool
    skip: int = 0
    in_threads: bool = False

    @property
    def cost(self) -> float:
        """Nanoseconds per draw."""
        return self.days * (_DAY_COST + 10.0 * (self.ties + self.places))

    @property
    def size(self) -> int:
        """Numbers held in memory per draw."""
        return 2 * self.days * self.places

    def __call__(self, seed: int, first: int, last: int) -> pa.RecordBatch:
        """Return draws ``first`` to ``last`` - 1."""
        panels = np.stack([self.draw(replicate_rng(seed, number)) for number in range(first, last)])
        return panel_batch(panels[:, self.skip :], first, counts=self.counts)


class PanelModel(Model):
    """A model whose panels are drawn with numpy."""

    def prepare(self, graph: DiffusionGraph, dates: pd.DatetimeIndex, first: IntArray) -> SpreadSampler:
        """Return what draws panels; see `Model.prepare`."""
        draw = self.draw_panel(graph, dates, first)
        return PanelSampler(draw, len(dates), len(graph.nodes), graph.matrix.nnz, self.counts_events)

    @abstractmethod
    def draw_panel(self, graph: DiffusionGraph, dates: pd.DatetimeIndex, first: IntArray) -> DrawPanel:
        """Return a function from a generator to a panel that begins with ``first``."""
