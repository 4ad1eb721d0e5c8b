"""Exact moments against all permutations there are."""

import math
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protestspread.inference.permutation_test import Moments, PairSums, moments_of_draws, product_moments


def tables(n, seed, whole):
    rng = np.random.default_rng(seed)
    for _ in range(2):
        upper = np.triu(rng.integers(0, 2, (n, n)) if whole else rng.normal(size=(n, n)), 1)
        yield upper + upper.T


def sums(table, whole):
    if whole:
        return PairSums.of_degrees(table.sum(axis=0))
    return PairSums(table.sum() / 2, (table**2).sum() / 2, (table.sum(axis=0) ** 2).sum())


@settings(max_examples=25)
@given(st.integers(4, 6), st.integers(0, 10**6), st.booleans())
def test_moments_are_those_of_all_permutations(n, seed, whole):
    one, other = tables(n, seed, whole)
    every = [(one * other[np.ix_(order, order)]).sum() / 2 for order in map(list, permutations(range(n)))]
    found = product_moments(n, sums(one, whole), sums(other, whole))
    assert found.source == "exact"
    assert found.expected == pytest.approx(np.mean(every), abs=1e-9)
    assert found.variance == pytest.approx(np.var(every), abs=1e-9)


def test_large_counts_keep_their_digits():
    """With every pair close in time the statistic cannot vary: the variance is 0, not a rounding error of 10^20."""
    n = 100_000
    degrees = np.arange(n) % 50
    degrees[-1] += int(degrees.sum()) % 2
    found = product_moments(n, PairSums.of_degrees(degrees), PairSums.of_degrees(np.full(n, n - 1)))
    assert found.variance == 0.0
    assert found.expected == degrees.sum() // 2


def test_fewer_than_four_have_no_variance():
    found = product_moments(3, PairSums.of_degrees([1, 1, 0]), PairSums.of_degrees([1, 2, 1]))
    assert found.expected == pytest.approx(2 / 3)
    assert math.isnan(found.variance)
    assert math.isnan(found.z_score(1))


def test_moments_of_draws():
    found = moments_of_draws([1, 2, 3, 4])
    assert (found.expected, found.source) == (2.5, "draws")
    assert found.variance == pytest.approx(5 / 3)
    assert Moments(2, 4, "exact").z_score(5) == 1.5
