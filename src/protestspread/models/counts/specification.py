"""What an endemic-epidemic model is fitted to, and from which parts its expected counts are made."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd

from ...arguments import Arguments
from ...arrays import BoolArray, FloatArray
from ...errors import must_be, shorten_list
from ...exposures.memories import Geometric, Memory
from ...graphs.diffusion import DiffusionGraph
from ...inference.likelihood.comparison import digest
from ..terms import Terms
from .design import Design
from .likelihood import Counts
from .past import Weights, lag_weights, orders_of, unknown_past
from .rates import CountRates, Past

Family = Literal["nb", "poisson"]
PathWeights = Literal["given", "power_law"]
ENDEMIC, OWN, NEIGHBORS = "endemic", "own", "neighbors"
DECAY, P, OVERDISPERSION = "decay", "p", "overdispersion"


@dataclass(frozen=True, eq=False)
class Part:
    """A part of the expected counts: its name, the values of its terms by name, the graph of a neighbors part, and its terms."""

    name: str
    columns: Mapping[str, FloatArray]
    graph: DiffusionGraph | None = None
    terms: Terms = field(default_factory=Terms)


@dataclass(frozen=True, eq=False)
class Specification:
    """Counts, and the parts of their mean.

    Attributes
    ----------
    panel
        The counts.
    parts
        The endemic part first.
    offset
        Factor of the endemic part, of a shape that broadcasts to the panel.
    family, memory, weights
        As given to `fit_endemic_epidemic`.
    inside
        Place-days in the likelihood, for the rows after the first ones; None until it is known.
    """

    panel: pd.DataFrame
    parts: tuple[Part, ...]
    offset: FloatArray
    family: Family
    memory: Memory
    weights: PathWeights
    inside: BoolArray

    @property
    def first_rows(self) -> int:
        """Number of rows that are conditioned on."""
        return len(lag_weights(self.memory))

    @property
    def rows(self) -> slice:
        """The rows in the likelihood."""
        return slice(self.first_rows, None)

    @cached_property
    def rates(self) -> CountRates:
        """The likelihood of the counts."""
        values = counts_of(self.panel)
        shape = values[self.rows].shape
        past = Past(
            np.where(np.isnan(values), 0.0, values),
            lag_weights(self.memory),
            tuple(None if part.graph is None else self._weights_along(part.graph) for part in self.parts[1:]),
            power_law=self.weights == "power_law" and any(part.graph is not None for part in self.parts),
            geometric=isinstance(self.memory, Geometric) and self.memory.p is None and len(self.parts) > 1,
        )
        offset = self.offset[self.rows] if len(self.offset) > 1 else self.offset
        designs = tuple(Design.of(part.columns, self.rows, shape) for part in self.parts)
        return CountRates(Counts.of(values[self.rows], self.inside), designs, offset, past, self.family == "nb")

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the parameters, in the order of the coordinates."""
        terms = [
            name
            for part, design in zip(self.parts, self.rates.designs, strict=True)
            for name in (part.name, *(f"{part.name}: {term}" for term in design.names))
        ]
        return (*terms, *self.rates.past.names, *([OVERDISPERSION] if self.rates.overdispersed else []))

    @property
    def inputs(self) -> dict[str, str]:
        """Digests of what is no parameter: lags, ties, terms and offset."""
        found = {"offset": digest(self.offset)}
        for part in self.parts[1:]:
            found["memory"] = f"{type(self.memory).__name__} {self.first_rows} {getattr(self.memory, 'p', None)}"
            if part.graph is not None:
                matrix = part.graph.matrix
                found[f"ties of {part.name}"] = f"{self.weights} {digest(matrix.indptr, matrix.indices, matrix.data)}"
        for part in self.parts:
            found |= {f"{part.name}: {name}": digest(values) for name, values in part.columns.items()}
        return found

    def without(self, names: tuple[str, ...]) -> "Specification":
        """Return the specification without some parts or terms, for the same counts."""
        parts = tuple(
            replace(
                part,
                columns={term: values for term, values in part.columns.items() if f"{part.name}: {term}" not in names},
            )
            for part in self.parts
            if part.name not in names and not (part.graph is not None and NEIGHBORS in names)
        )
        return replace(self, parts=parts)

    def removable(self) -> list[str]:
        """Return the names that `without` takes."""
        named = [part.name for part in self.parts[1:]]
        terms = [f"{part.name}: {term}" for part in self.parts for term in part.columns]
        several = [NEIGHBORS] if sum(part.graph is not None for part in self.parts) > 1 else []
        return [*named, *several, *terms]

    def frame(self, values: FloatArray) -> pd.DataFrame:
        """Return values of the rows in the likelihood as a panel, NaN where a place-day is not in it."""
        table = np.full(self.panel.shape, np.nan)
        table[self.rows] = np.where(self.inside, values, np.nan)
        return pd.DataFrame(table, index=self.panel.index, columns=self.panel.columns)

    def _weights_along(self, graph: DiffusionGraph) -> Weights:
        return orders_of(graph) if self.weights == "power_law" else graph.normalize("source").matrix


def counts_of(panel: pd.DataFrame) -> FloatArray:
    """Return the counts as floats, NaN where not observed."""
    return panel.to_numpy(dtype=float, na_value=np.nan)


def inside_likelihood(panel: pd.DataFrame, parts: tuple[Part, ...], memory: Memory, *, power_law: bool) -> BoolArray:
    """Return the place-days whose likelihood is known, for the rows after the first ones.

    A count that was not observed leaves with what follows from it: its place, if there is an own part, and the places that
    its place has ties to.
    """
    observed = ~np.isnan(counts_of(panel))
    lags = lag_weights(memory)
    unknown = unknown_past(observed, lags)
    inside = observed[len(lags) :].copy()
    if not unknown.any():
        return inside
    for part in parts[1:]:
        if part.graph is None:
            inside &= ~unknown
        else:
            ties = np.isfinite(orders_of(part.graph)) if power_law else part.graph.matrix > 0
            inside &= ~(np.asarray(ties.T @ unknown.T.astype(float)).T > 0)
    return inside


def collinear_terms(specification: Specification) -> list[str]:
    """Return a fault for each part whose terms determine each other in the place-days of the likelihood."""
    faults = []
    for part, design in zip(specification.parts, specification.rates.designs, strict=True):
        products = design.products(specification.inside.astype(float), design)
        size = np.sqrt(np.diag(products))
        if not (size > 0).all():
            faults += [
                f"{part.name}: {design.names[row - 1]} is 0 wherever counts are fitted"
                for row in np.flatnonzero(size == 0)
            ]
            continue
        values, vectors = np.linalg.eigh(products / np.outer(size, size))
        if values[0] < 1e-10:
            names = [
                name
                for name, weight in zip(("intercept", *design.names), vectors[:, 0], strict=True)
                if abs(weight) > 1e-3
            ]
            faults.append(f"{part.name} has collinear terms: {shorten_list(names)}")
    return faults


def check_removable(specification: Specification, names: tuple[str, ...]) -> None:
    """Raise `DataError` for names that are no part or term of the model."""
    known = specification.removable()
    with Arguments(f"choose from {shorten_list(known, 20)}") as check:
        for name in names:
            if not isinstance(name, str) or name not in known:
                check.fault(must_be("names", "parts or terms of the fit", name))
        if not names:
            check.fault("names must be parts or terms of the fit; got no name")
