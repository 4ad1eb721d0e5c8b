"""The likelihood ratio of neighbors whose places are exchanged."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ...arrays import BoolArray, FloatArray, IntArray
from ...graphs.diffusion import DiffusionGraph
from ...graphs.ties import Ties
from ...inference.exchange import permute_nodes
from ...inference.likelihood.maximize import Problem, climb_from, with_held
from .specification import Specification, inside_likelihood

_SMALL = -3.0  # logarithm of the rate from which a search begins where the data drive the part to nothing


@dataclass(frozen=True, eq=False)
class NeighborsRoot:
    """The root of the likelihood ratio of a part of the neighbors, given an order of the places; 0 if the part adds nothing.

    Attributes
    ----------
    specification
        Counts and parts.
    part
        Name of the part whose places are exchanged.
    problem, fitted
        The likelihood that was maximized, and its maximum: searches begin there.
    """

    specification: Specification
    part: str
    problem: Problem
    fitted: FloatArray

    def __call__(self, order: IntArray) -> float:
        """Return the statistic given an order of the places."""
        specification = self._exchanged(order)
        problem = self._problem(specification)
        null, height = self._null if self.specification.inside.all() else self._without(problem)
        begin = max(self._start, _with(self._start, self._others, null), key=lambda point: problem.objective(point)[0])
        return float(np.sqrt(max(2 * (climb_from(problem, begin)[1] - height), 0.0)))

    @cached_property
    def _others(self) -> BoolArray:
        """Which coordinates do not belong to the part."""
        return np.array([name != self.part and not name.startswith(f"{self.part}: ") for name in self.problem.names])

    @cached_property
    def _row(self) -> int:
        return self.problem.names.index(self.part)

    @cached_property
    def _start(self) -> FloatArray:
        start = self.fitted.copy()
        start[self._row] = max(start[self._row], _SMALL)
        return start

    @cached_property
    def _null(self) -> tuple[FloatArray, float]:
        """The maximum without the part, the same for all orders where everything was observed."""
        return self._without(self._problem(self.specification))

    def _problem(self, specification: Specification) -> Problem:
        rates = specification.rates
        return replace(self.problem, objective=rates.objective, curvature=rates.curvature)

    def _without(self, problem: Problem) -> tuple[FloatArray, float]:
        """Return the other coordinates and the log-likelihood without the part."""
        without = self._start.copy()
        without[self._row] = problem.lower[self._row]
        return climb_from(with_held(problem, without, self._others), self._start[self._others])

    def _exchanged(self, order: IntArray) -> Specification:
        """Return the specification in which each place has the ties of another place."""
        whole = self.specification
        parts = []
        for part in whole.parts:
            if part.name != self.part or part.graph is None:
                parts.append(part)
                continue
            matrix = permute_nodes(part.graph.matrix, order)
            ties = Ties(matrix.indptr.astype(np.int32), matrix.indices.astype(np.int32), matrix.data)
            parts.append(replace(part, graph=DiffusionGraph(whole.panel.columns, {"placebo": ties})))
        inside = inside_likelihood(whole.panel, tuple(parts), whole.memory, power_law=whole.weights == "power_law")
        return replace(whole, parts=tuple(parts), inside=inside)


def _with(start: FloatArray, free: BoolArray, null: FloatArray) -> FloatArray:
    """Return a start with the other coordinates where they are without the part."""
    point = start.copy()
    point[free] = null
    return point
