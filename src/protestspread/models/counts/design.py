"""The terms of one part of a rate, kept by day, by place, or by both, with sums of their products over all cells."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...arrays import FloatArray


@dataclass(frozen=True, eq=False)
class Design:
    """An intercept and terms, of which few differ by day and by place.

    Attributes
    ----------
    names
        Names of the terms without the intercept: those by day, by place, by both.
    days
        Shape (days, 1 + terms), the intercept first.
    places
        Shape (places, terms).
    both
        Shape (terms, days, places).
    """

    names: tuple[str, ...]
    days: FloatArray
    places: FloatArray
    both: FloatArray

    @classmethod
    def of(cls, columns: Mapping[str, FloatArray], rows: slice, shape: tuple[int, int]) -> "Design":
        """Sort the columns of `Terms` by their shape; only some of their rows are fitted."""
        kept = {name: values[rows] if len(values) > 1 else values for name, values in columns.items()}
        by_day = {name: values[:, 0] for name, values in kept.items() if values.shape[1] == 1}
        by_place = {name: values[0] for name, values in kept.items() if name not in by_day and len(values) == 1}
        by_both = {name: values for name, values in kept.items() if name not in by_day and name not in by_place}
        return cls(
            (*by_day, *by_place, *by_both),
            np.column_stack([np.ones(shape[0]), *(np.broadcast_to(values, shape[0]) for values in by_day.values())]),
            np.column_stack([*by_place.values()]) if by_place else np.empty((shape[1], 0)),
            np.stack([*by_both.values()]) if by_both else np.empty((0, *shape)),
        )

    @property
    def size(self) -> int:
        """Number of coefficients."""
        return 1 + len(self.names)

    def rate(self, coefficients: FloatArray) -> FloatArray:
        """Return exp(intercept + Σ coefficient · term), of a shape that broadcasts to (days, places)."""
        if not self.names:
            return np.full((1, 1), np.exp(coefficients[0]))
        by_day, by_place, by_both = self._split(coefficients)
        logs = (self.days @ by_day)[:, None] if len(by_day) > 1 else by_day[:, None]
        if not len(by_both):
            return np.asarray(np.exp(logs) * np.exp(self.places @ by_place) if len(by_place) else np.exp(logs))
        return np.asarray(np.exp(logs + self.places @ by_place + np.tensordot(by_both, self.both, 1)))

    def sums(self, cells: FloatArray) -> FloatArray:
        """Return Σ cells · term for the intercept and each term."""
        if not self.names:
            return np.array([cells.sum()])
        by_day = cells.sum(axis=1) @ self.days
        by_place = cells.sum(axis=0) @ self.places if self.places.size else np.empty(0)
        return np.concatenate([by_day, by_place, [np.vdot(term, cells) for term in self.both]])

    def sums_by_place(self, cells: FloatArray) -> FloatArray:
        """Return Σ cells · term over the days, shape (places, coefficients)."""
        total = cells.sum(axis=0)[:, None]
        both = [(term * cells).sum(axis=0)[:, None] for term in self.both]
        return np.hstack([cells.T @ self.days, total * self.places, *both])

    def products(self, cells: FloatArray, other: "Design") -> FloatArray:
        """Return Σ cells · term · term of another design, shape (coefficients, coefficients of the other)."""
        if not self.names and not other.names:
            return np.array([[cells.sum()]])
        rows, columns = cells.sum(axis=1)[:, None], cells.sum(axis=0)[:, None]
        apart = np.hstack([self.days.T @ (rows * other.days), self.days.T @ cells @ other.places])
        if self.places.size:
            second = [self.places.T @ (cells.T @ other.days), self.places.T @ (columns * other.places)]
            apart = np.vstack([apart, np.hstack(second)])
        if not len(self.both) and not len(other.both):
            return np.asarray(apart)
        below = [other.sums(term * cells)[: apart.shape[1]] for term in self.both]
        beside = [self.sums(term * cells) for term in other.both]
        return np.column_stack([np.vstack([apart, *below]), *beside])

    def _split(self, coefficients: FloatArray) -> list[FloatArray]:
        first = self.days.shape[1]
        return np.split(coefficients, [first, first + self.places.shape[1]])
