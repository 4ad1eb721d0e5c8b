"""The expected counts of an endemic-epidemic model as a function of its coordinates, with exact derivatives of the likelihood."""

from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

import numpy as np

from ...arrays import FloatArray
from .design import Design
from .likelihood import Counts, Means
from .past import Weights, along, geometric_weights, lagged, power_law_weights, remembered

Derivatives = dict[tuple[str, ...], FloatArray]
"""Names of the coordinates by which it is differentiated -> a table by day and place."""


@dataclass(frozen=True, eq=False)
class Past:
    """What reaches each place from earlier rows.

    Attributes
    ----------
    counts
        All rows of the panel, 0 where not observed.
    lags
        Weights of 1, 2, ... rows ago.
    along
        One for each part: None for the own part, weights between places, or orders of neighbors for a power law.
    power_law, geometric
        Whether a decay and the p of geometric lags are estimated.
    """

    counts: FloatArray
    lags: FloatArray
    along: tuple[Weights | None, ...]
    power_law: bool
    geometric: bool

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the coordinates of what reaches each place."""
        return ("decay",) * self.power_law + ("p",) * self.geometric

    def at(self, shape: FloatArray, order: int) -> list[Derivatives]:
        """Return what reaches each place, part by part, and its derivatives up to an order of 2."""
        if not self.names:
            return self._fixed
        at = dict(zip(self.names, shape, strict=True))
        paths = power_law_weights(self._orders, at["decay"]) if self.power_law else None
        memories = self._memories(at.get("p"), order)
        return [self._part(weights, paths, memories, order) for weights in self.along]

    @cached_property
    def _fixed(self) -> list[Derivatives]:
        memories = self._memories(None, 0)
        return [self._part(weights, None, memories, 0) for weights in self.along]

    @cached_property
    def _lagged(self) -> FloatArray:
        return lagged(self.counts, len(self.lags))

    @property
    def _orders(self) -> FloatArray:
        (orders,) = [np.asarray(orders) for orders in self.along if orders is not None]
        return orders

    def _memories(self, logit: float | None, order: int) -> list[FloatArray]:
        """Return what is remembered, and its derivatives by the logit of p."""
        if logit is None:
            return [remembered(self.counts, self.lags)]
        weights = geometric_weights(len(self.lags), logit)[: order + 1]
        days, places = self._lagged.shape[1:]
        return list((np.stack(weights) @ self._lagged.reshape(len(self.lags), -1)).reshape(-1, days, places))

    def _part(
        self,
        weights: Weights | None,
        paths: tuple[FloatArray, ...] | None,
        memories: list[FloatArray],
        order: int,
    ) -> Derivatives:
        if weights is None:
            return {("p",) * count: memory for count, memory in enumerate(memories)}
        steps = [weights] if paths is None else paths[: order + 1]
        return {
            ("decay",) * many + ("p",) * count: along(memory, step)
            for many, step in enumerate(steps)
            for count, memory in enumerate(memories)
            if many + count <= order
        }


@dataclass(frozen=True, eq=False)
class FittedParts:
    """The parts of the expected counts at one point: rates, what they multiply, their products, and the sum."""

    at: Means
    rates: list[FloatArray]
    bases: list[Derivatives]
    parts: list[FloatArray]

    @property
    def mean(self) -> FloatArray:
        """The expected counts."""
        return self.at.mean


@dataclass(frozen=True, eq=False)
class CountRates:
    """The likelihood of counts whose mean is Σ exp(terms of a part) · (what the part multiplies).

    Coordinates: the coefficients of each part, the log decay, the logit of p, log ψ.

    Attributes
    ----------
    counts
        The counts in the likelihood.
    designs
        Terms of each part; the first is the endemic part.
    offset
        Factor of the endemic part.
    past
        What the other parts multiply.
    overdispersed
        Whether ψ is estimated; it is 0 otherwise.
    """

    counts: Counts
    designs: tuple[Design, ...]
    offset: FloatArray
    past: Past
    overdispersed: bool
    _last: dict[bytes, FittedParts] = field(default_factory=dict)

    @cached_property
    def slices(self) -> list[slice]:
        """Where the coefficients of each part stand."""
        ends = np.cumsum([0, *(design.size for design in self.designs)])
        return [slice(int(first), int(last)) for first, last in pairwise(ends)]

    @property
    def size(self) -> int:
        """Number of coordinates."""
        return int(self.slices[-1].stop) + len(self.past.names) + int(self.overdispersed)

    def state(self, point: FloatArray) -> FittedParts:
        """Return the parts of the expected counts; the last point is kept, as its derivatives are asked for next."""
        key = point.tobytes()
        if key not in self._last:
            self._last.clear()
            rates = [design.rate(point[where]) for design, where in zip(self.designs, self.slices, strict=True)]
            bases: list[Derivatives] = [{(): self.offset}, *self.past.at(self._shape(point), 1)]
            parts = [np.asarray(rate * base[()]) for rate, base in zip(rates, bases, strict=True)]
            mean = (
                np.add(parts[0], parts[1])
                if len(parts) > 1
                else np.broadcast_to(parts[0], self.counts.values.shape).copy()
            )
            for part in parts[2:]:
                mean += part
            self._last[key] = FittedParts(
                Means(mean, float(np.exp(point[-1])) if self.overdispersed else 0.0), rates, bases, parts
            )
        return self._last[key]

    def value(self, point: FloatArray) -> float:
        """Return the log-likelihood, -inf where it is not finite."""
        with np.errstate(all="ignore"):
            value = self.counts.value(self.state(point).at)
        return value if np.isfinite(value) else -np.inf

    def objective(self, point: FloatArray) -> tuple[float, FloatArray]:
        """Return the log-likelihood and its gradient."""
        with np.errstate(all="ignore"):
            state, value = self.state(point), self.value(point)
            if np.isinf(value):
                return value, np.zeros(self.size)
            slope = self.counts.slope(state.at)
            sums = [design.sums(slope * part) for design, part in zip(self.designs, state.parts, strict=True)]
            shape = [np.vdot(slope, self._moved(state, name)) for name in self.past.names]
            psi = [self.counts.psi_slope(state.at)] if self.overdispersed else []
            return value, np.concatenate([*sums, shape, psi])

    def curvature(self, point: FloatArray) -> FloatArray:
        """Return the negative Hessian."""
        with np.errstate(all="ignore"):
            state = self.state(point)
            slope, bend = self.counts.slope(state.at), self.counts.bend(state.at)
            hessian = np.zeros((self.size, self.size))
            for one, (design, rows) in enumerate(zip(self.designs, self.slices, strict=True)):
                weighted = bend * state.parts[one]
                for two in range(one, len(self.designs)):
                    cells = weighted * state.parts[two]
                    if one == two:
                        cells += slope * state.parts[one]
                    hessian[rows, self.slices[two]] = design.products(cells, self.designs[two])
            self._bend_shape(hessian, state, point, slope, bend)
            if self.overdispersed:
                mixed = self.counts.mixed(state.at)
                self._bend_column(hessian, state, mixed, hessian.shape[0] - 1)
                hessian[-1, -1] = self.counts.psi_bend(state.at)
            return -(np.triu(hessian) + np.triu(hessian, 1).T)

    def scores_by_place(self, point: FloatArray) -> FloatArray:
        """Return the gradient of the log-likelihood of each place, shape (places, coordinates)."""
        state = self.state(point)
        slope = self.counts.slope(state.at)
        sums = [design.sums_by_place(slope * part) for design, part in zip(self.designs, state.parts, strict=True)]
        shape = [(slope * self._moved(state, name)).sum(axis=0)[:, None] for name in self.past.names]
        psi = [self.counts.psi_slopes(state.at)[:, None]] if self.overdispersed else []
        return np.hstack([*sums, *shape, *psi])

    def _shape(self, point: FloatArray) -> FloatArray:
        first = self.slices[-1].stop
        return point[first : first + len(self.past.names)]

    def _moved(self, state: FittedParts, *names: str) -> FloatArray:
        """Return the derivative of the mean by coordinates of what reaches each place."""
        zero: FloatArray = np.zeros(self.counts.values.shape)
        return sum(
            (rate * base[names] for rate, base in zip(state.rates, state.bases, strict=True) if names in base), zero
        )

    def _bend_shape(
        self, hessian: FloatArray, state: FittedParts, point: FloatArray, slope: FloatArray, bend: FloatArray
    ) -> None:
        first, names = self.slices[-1].stop, self.past.names
        if not names:
            return
        bases: list[Derivatives] = [{}, *self.past.at(self._shape(point), 2)]
        twice = FittedParts(state.at, state.rates, bases, state.parts)
        for number, name in enumerate(names):
            moved, column = self._moved(state, name), first + number
            self._bend_column(hessian, state, bend * moved, column)
            for design, where, rate, base in zip(self.designs, self.slices, state.rates, bases, strict=True):
                if (name,) in base:
                    hessian[where, column] += design.sums(slope * rate * base[name,])
            for other in range(number + 1):
                both = self._moved(twice, *sorted((name, names[other])))
                hessian[first + other, column] = np.vdot(bend * moved, self._moved(state, names[other])) + np.vdot(
                    slope, both
                )

    def _bend_column(self, hessian: FloatArray, state: FittedParts, cells: FloatArray, column: int) -> None:
        """Fill the column of a coordinate that moves the derivative by the mean of each cell by `cells`."""
        for design, where, part in zip(self.designs, self.slices, state.parts, strict=True):
            hessian[where, column] = design.sums(cells * part)
        for number, name in enumerate(self.past.names):
            row = self.slices[-1].stop + number
            if row < column:
                hessian[row, column] = np.vdot(cells, self._moved(state, name))
