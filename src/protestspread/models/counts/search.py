"""Search the maximum of the likelihood of counts, and hold what the data drive to the end of its range or do not identify."""

from dataclasses import dataclass, replace

import numpy as np

from ...arrays import BoolArray, FloatArray
from ...inference.likelihood.maximize import Optimum, Problem, maximize
from .specification import DECAY, OVERDISPERSION, P, Specification

_NOTHING = -30.0  # logarithm of a rate that counts as 0
_LIMITS = {DECAY: (float(np.log(1e-3)), float(np.log(30.0))), P: (-12.0, 12.0), OVERDISPERSION: (-20.0, 12.0)}
_SETTLED = 1e-4  # cost in log-likelihood at which a parameter is taken to be at the end of its range
_CLOSE = 1e-2  # cost of a move to the end of a range above which it is not tried
_UNIDENTIFIED = 10.0  # standard error, on the log scale, of an effect that the data do not identify
_SHARES = ((0.3, 0.2), (0.5, 0.3), (0.1, 0.5), (0.6, 0.1), (0.05, 0.05))  # of the own part, of the neighbors
_SHAPES = {DECAY: (0.0, 1.0), P: (0.5, -1.0)}
_CLIMBS, _MANY = 2, 10**5  # searches, but for this many place-days only from the best start


@dataclass(frozen=True, eq=False)
class Layout:
    """What each coordinate is: a rate that can be 0, the effect of a flag, or an effect of another term.

    Attributes
    ----------
    rates
        Coordinates of the intercepts.
    flags
        Effects of terms that are 0 or 1.
    ranges
        Width of the values of each term; 1 for the other coordinates.
    part
        Number of the part; -1 for the other coordinates.
    """

    rates: BoolArray
    flags: BoolArray
    ranges: FloatArray
    part: FloatArray

    @classmethod
    def of(cls, specification: Specification) -> "Layout":
        """Describe the coordinates of a specification."""
        size = specification.rates.size
        rates, flags, ranges, part = np.zeros(size, bool), np.zeros(size, bool), np.ones(size), np.full(size, -1.0)
        for number, where in enumerate(specification.rates.slices):
            design, columns = specification.rates.designs[number], specification.parts[number].columns
            part[where], rates[where.start] = number, True
            terms = [columns[name] for name in design.names]
            flags[where.start + 1 : where.stop] = [bool(np.isin(values, (0, 1)).all()) for values in terms]
            ranges[where.start + 1 : where.stop] = [np.ptp(values) for values in terms]
        return cls(rates, flags, ranges, part)


def search(specification: Specification) -> Optimum:
    """Return the maximum of the likelihood over several starts."""
    layout = Layout.of(specification)
    rates, names = specification.rates, specification.names
    lower = np.where(layout.rates | layout.flags, _NOTHING, -np.inf)
    lower[0] -= np.log(rates.offset.mean())
    upper = np.full(rates.size, np.inf)
    for name, (low, high) in _LIMITS.items():
        if name in names:
            lower[names.index(name)], upper[names.index(name)] = low, high
    starts = _starts(specification)
    problem = Problem(names, rates.objective, starts, lower, upper, curvature=rates.curvature)
    first = maximize(problem)
    held = _Held(problem, layout, np.zeros(rates.size, bool))
    best, held = _settle(first, held)
    problem = replace(
        best.problem, params_of=held.params_of, starts=np.clip(starts, best.problem.lower, best.problem.upper)
    )
    return replace(best, problem=problem, starts=first.starts, reached=first.reached)


@dataclass(frozen=True, eq=False)
class _Held:
    """Coordinates that are held where they are, since the data do not identify them."""

    problem: Problem
    layout: Layout
    unidentified: BoolArray

    def params_of(self, point: FloatArray) -> FloatArray:
        """Return intercepts and effects as they are, the decay, p and ψ themselves, and NaN for what is not identified."""
        params = point.copy()
        low, high = point <= self.problem.lower, point >= self.problem.upper
        params[low & (self.layout.rates | self.layout.flags)] = -np.inf
        for name, ends in {DECAY: (0.0, np.inf), P: (0.0, 1.0), OVERDISPERSION: (0.0, np.inf)}.items():
            if name in self.problem.names:
                at = self.problem.names.index(name)
                inner = 1 / (1 + np.exp(-point[at])) if name == P else np.exp(point[at])
                params[at] = ends[0] if low[at] else ends[1] if high[at] else inner
        params[self.unidentified] = np.nan
        return params

    def ends(self, best: Optimum) -> list[tuple[FloatArray, BoolArray]]:
        """Return points at the end of a range, each with what is not identified there, close enough to be tried."""
        point, tried = best.coordinates, []
        for row in np.flatnonzero(best.free):
            nowhere = np.zeros(len(point), bool)
            if self.layout.rates[row] and row:
                nowhere = self._gone(point, int(row))
            for end in (self.problem.lower[row], self.problem.upper[row]):
                if np.isfinite(end):
                    moved = np.where(nowhere, 0.0, point)
                    moved[row] = end
                    tried.append((moved, nowhere))
        return tried

    def _gone(self, point: FloatArray, row: int) -> BoolArray:
        """Return what is not identified if a part vanishes: its terms, and the decay and p if no other part has them."""
        number, names = self.layout.part[row], self.problem.names
        gone = (self.layout.part == number) & ~self.layout.rates
        left = [
            name
            for name, rate, part, at, low in zip(
                names, self.layout.rates, self.layout.part, point, self.problem.lower, strict=True
            )
            if rate and part not in (0, number) and at > low
        ]
        for name, needs in ((DECAY, [name for name in left if name != "own"]), (P, left)):
            if name in names and not needs:
                gone[names.index(name)] = True
        return np.asarray(gone)


def _settle(best: Optimum, held: _Held) -> tuple[Optimum, _Held]:
    """Move to the end of its range what gets there at no cost, and hold what the data do not identify."""
    moved = True
    while moved:
        moved = False
        for point, nowhere in held.ends(best):
            if best.problem.objective(point)[0] < best.log_likelihood - _CLOSE:
                continue
            found = maximize(
                _fixed(best.problem, point, nowhere | (point <= held.problem.lower) | (point >= held.problem.upper))
            )
            if found.log_likelihood >= best.log_likelihood - _SETTLED:
                best, held, moved = found, replace(held, unidentified=held.unidentified | nowhere), True
                best = replace(best, problem=_fixed(held.problem, best.coordinates, held.unidentified))
                break
    flat = _flat(best, held.layout)
    if flat.any():
        held = replace(held, unidentified=held.unidentified | flat)
        best = maximize(_fixed(best.problem, best.coordinates, held.unidentified))
    return best, held


def _fixed(problem: Problem, point: FloatArray, held: BoolArray) -> Problem:
    """Return the problem with some coordinates held where they are."""
    lower, upper = np.where(held, point, problem.lower), np.where(held, point, problem.upper)
    return replace(problem, lower=lower, upper=upper, starts=point[None])


def _flat(best: Optimum, layout: Layout) -> BoolArray:
    """Return the effects that the data do not identify, alone or together."""
    inside = np.flatnonzero(best.free & (layout.part >= 0))
    flat = np.zeros(len(best.coordinates), bool)
    if not len(inside) or not np.isfinite(best.information[np.ix_(inside, inside)]).all():
        return flat
    width = np.maximum(layout.ranges[inside], 1e-300)
    values, vectors = np.linalg.eigh(best.information[np.ix_(inside, inside)] / np.outer(width, width))
    loads = (vectors[:, values < _UNIDENTIFIED**-2] ** 2).max(axis=1, initial=0.0)
    flat[inside[loads > 0.1]] = True
    return flat


def _starts(specification: Specification) -> FloatArray:
    """Return the best of several points, of different shares of the parts and different ways to reach other places."""
    rates, inside = specification.rates, specification.inside
    mean = max(float(rates.counts.values.sum() / max(inside.sum(), 1)), 1e-12)
    paths = sum(part.graph is not None for part in specification.parts)
    points = []
    for shape_number in range(2 if rates.past.names else 1):
        shape = np.array([_SHAPES[name][shape_number] for name in rates.past.names])
        bases = [float(base[()][inside].mean()) for base in rates.past.at(shape, 0)]
        for own, near in _SHARES if bases else _SHARES[:1]:
            share = [near / paths if part.graph is not None else own for part in specification.parts[1:]]
            point = np.zeros(rates.size)
            point[0] = np.log(max(1 - sum(share), 0.05) * mean / rates.offset.mean())
            for where, part, base in zip(rates.slices[1:], share, bases, strict=True):
                point[where.start] = np.log(part * mean / base) if base > 0 else -1.0
            point[rates.slices[-1].stop :][: len(shape)] = shape
            points.append(point)
    order = np.argsort([-rates.value(point) for point in points], kind="stable")
    return np.stack([points[row] for row in order[: 1 if inside.size >= _MANY else _CLIMBS]])
