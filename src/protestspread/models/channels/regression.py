"""A linear regression of place-days: effects and terms taken out, a half-panel correction, and clustered errors."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Literal

import numpy as np
import scipy.sparse as sp

from ...arrays import BoolArray, FloatArray, IndexArray

Side = Literal["place", "day"]
Groups = dict[Side, IndexArray]
"""The number of the place or of the day of each row."""

_RANK = 1e-10  # of the largest singular value: smaller ones are 0


@dataclass(frozen=True, eq=False)
class Absorbed:
    """Effects and terms that are taken out of columns by least squares.

    Attributes
    ----------
    effects
        The groups of each row that have an effect each; empty: an intercept.
    terms
        Shape (rows, terms).
    """

    effects: Groups
    terms: FloatArray

    def out_of(self, columns: FloatArray) -> FloatArray:
        """Return what effects and terms do not explain of columns, shape (rows, columns)."""
        left, terms = within(columns, self.effects), self.terms_within
        return np.asarray(left - terms @ np.linalg.lstsq(terms.T @ terms, terms.T @ left, rcond=_RANK)[0])

    @cached_property
    def terms_within(self) -> FloatArray:
        """What the effects do not explain of the terms, in units of its spread."""
        left = within(self.terms, self.effects)
        spread = np.sqrt((left**2).sum(axis=0))
        return np.asarray(np.divide(left, spread, out=np.zeros_like(left), where=spread > 0))

    def in_halves(self) -> "Absorbed":
        """Return the same effects of places, and terms, in the first and in the second half of the rows of each place."""
        place = self.effects["place"]
        number = np.arange(len(place)) - np.searchsorted(place, place)
        late = 2 * number >= np.bincount(place)[place]
        terms = np.hstack([self.terms * ~late[:, None], self.terms * late[:, None]])
        return Absorbed(self.effects | {"place": 2 * place + late}, terms)


@dataclass(frozen=True, eq=False)
class LinearFit:
    """Estimates of a linear regression with the covariance of their errors."""

    estimates: FloatArray
    covariance: FloatArray

    @property
    def standard_errors(self) -> FloatArray:
        """Standard errors; NaN where the variance is not above 0."""
        variance = np.diag(self.covariance)
        return np.sqrt(np.where(variance > 0, variance, np.nan))


def within(columns: FloatArray, effects: Groups) -> FloatArray:
    """Return columns minus the effects of places and days, by least squares; without effects, minus their mean."""
    if not effects:
        return np.asarray(columns - columns.mean(axis=0))
    (first, *others), many = effects.values(), columns.shape[1]
    left = columns - _means(columns, first)
    if not others or not many:
        return left
    second = others[0]
    table = sp.csr_array((np.ones(len(first)), (first, second)))
    share = sp.diags_array(1 / np.maximum(table.sum(axis=1), 1)) @ table
    normal = np.diag(table.sum(axis=0)) - (table.T @ share).toarray()
    effect = np.linalg.lstsq(normal, sums(left, second), rcond=_RANK)[0][second]
    return np.asarray(left - (effect - _means(effect, first)))


def sums(columns: FloatArray, group: IndexArray) -> FloatArray:
    """Return the sum of each column in each group, shape (groups, columns)."""
    found = np.zeros((group.max() + 1, columns.shape[1]))
    for number, column in enumerate(columns.T):
        found[:, number] = np.bincount(group, column)
    return found


def determined(columns: FloatArray, left: FloatArray) -> BoolArray:
    """Return which columns are explained by effects and terms, so that nothing but rounding is left of them."""
    return np.asarray((left**2).sum(axis=0) <= _RANK * np.maximum((columns**2).sum(axis=0), np.finfo(float).tiny))


def collinear(columns: FloatArray) -> bool:
    """Return whether some columns, none of them 0, determine another."""
    scaled = columns / np.sqrt((columns**2).sum(axis=0))
    return bool(np.linalg.eigvalsh(scaled.T @ scaled)[0] < _RANK)


def regress(
    outcome: FloatArray, columns: FloatArray, instruments: FloatArray, clusters: Sequence[IndexArray], parameters: int
) -> LinearFit:
    """Return the fit of an outcome to columns, by the instruments that are orthogonal to the errors.

    Parameters
    ----------
    outcome, columns, instruments
        Shape (rows,), (rows, columns) twice; effects and terms are taken out. With the columns as instruments: least squares.
    clusters
        Groups of rows whose errors may depend on each other, in none, one or two dimensions.
    parameters
        Number of parameters in the small-sample factor.
    """
    bread = np.linalg.inv(instruments.T @ columns)
    estimates = bread @ (instruments.T @ outcome)
    scores = instruments * (outcome - columns @ estimates)[:, None]
    covariance = bread @ clustered(scores, clusters, parameters) @ bread.T
    values, vectors = np.linalg.eigh((covariance + covariance.T) / 2)
    return LinearFit(estimates, (vectors * np.maximum(values, 0.0)) @ vectors.T)


def clustered(scores: FloatArray, clusters: Sequence[IndexArray], parameters: int) -> FloatArray:
    """Return the covariance of the sum of scores: by cluster, and for two dimensions their sum minus that of the cells.

    Each part has the factor G / (G − 1) · (N − 1) / (N − K) for G clusters, N rows and K parameters.
    """
    rows = len(scores)
    parts = [(1, group) for group in clusters]
    parts += [(-1, first * (second.max() + 1) + second) for first, second in combinations(clusters, 2)]
    total = np.zeros((scores.shape[1],) * 2)
    for sign, group in parts or [(1, np.arange(rows))]:
        codes = np.unique(group, return_inverse=True)[1]
        summed = sums(scores, codes)
        total += sign * len(summed) / (len(summed) - 1) * (summed.T @ summed)
    return total * (rows - 1) / (rows - parameters)


def _means(columns: FloatArray, group: IndexArray) -> FloatArray:
    return (sums(columns, group) / np.maximum(np.bincount(group), 1)[:, None])[group]
