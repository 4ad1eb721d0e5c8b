"""Sums over neighbors and signatures: compiled code against the plain version, and that against loops by hand."""

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from protestspread.kernels import autocorrelation as kernel
from protestspread.kernels import autocorrelation_plain as plain
from protestspread.kernels import gaps, signatures
from protestspread.kernels import plain as other_plain
from protestspread.stats.autocorrelation.panel_blocks import remaining

SEEDS = st.integers(0, 10**6)


def some(seed, days, places=13, replicates=5, chance=0.3):
    rng = np.random.default_rng(seed)
    dense = np.where(rng.random((places, places)) < chance, rng.random((places, places)), 0)
    weights = sp.csr_array(dense * (1 - np.eye(places)))
    values = rng.poisson(1.5, (days, places)) - 1.0
    orders = np.column_stack([rng.permutation(places) for _ in range(replicates)]).astype(np.int32)
    return values, weights, orders


@given(SEEDS, st.sampled_from([1, 2, 127, 128, 129, 300]), st.integers(1, 9))
@settings(max_examples=20)
def test_forms(seed, days, replicates):
    values, weights, orders = some(seed, days, replicates=replicates)
    pairs = sp.csr_array(sp.triu(weights + weights.T, k=1))
    expected = plain.forms(values, pairs, orders)
    found = kernel.forms(kernel.in_blocks(values), kernel.in_fours(pairs), orders)
    assert np.allclose(found[:, :days], expected, rtol=1e-12, atol=1e-12)
    day, replicate = days - 1, replicates - 1
    moved = values[day][orders[:, replicate]]
    assert expected[replicate, day] == pytest.approx(moved @ weights.toarray() @ moved, abs=1e-10)


def test_forms_of_places_with_any_number_of_partners():
    """Rows of none to ten partners: groups of four, some not full."""
    dense = np.triu(np.arange(121.0).reshape(11, 11), k=1)
    for row, most in enumerate([10, 9, 0, 4, 5, 1, 3, 2, 2, 1, 0]):
        dense[row, row + 1 + most :] = 0
    pairs = sp.csr_array(dense)
    values = np.random.default_rng(0).normal(size=(3, 11))
    orders = np.arange(11, dtype=np.int32)[:, None]
    found = kernel.forms(kernel.in_blocks(values), kernel.in_fours(pairs), orders)[:, :3]
    assert np.allclose(found, np.einsum("ti,ij,tj->t", values, dense, values)[None])


def counts_by_hand(values, weights, orders, low, high, *, hold):
    """Count place by place: a place that keeps its value swaps positions with the place that took its own."""
    counts = np.zeros((len(values), 2, len(orders)), dtype=np.uint32)
    dense = weights.toarray()
    for order in orders.T:
        for i in range(len(order)):
            own = order.copy()
            if hold:
                own[np.flatnonzero(own == i)[0]], own[i] = own[i], i
            for day, row in enumerate(values):
                total = dense[i] @ row[own]
                counts[day, 0, i] += total >= low[day, i]
                counts[day, 1, i] += total <= high[day, i]
    return counts


@pytest.mark.long
@given(SEEDS, st.integers(1, 4), st.integers(1, 140), st.booleans(), st.sampled_from([0.1, 0.5, 0.9]))
@settings(max_examples=20)
def test_lag_counts(seed, days, replicates, hold, chance):
    values, weights, orders = some(seed, days, replicates=replicates, chance=chance)
    sums = (weights @ values.T).T
    low, high = sums - 1e-9, sums + 1e-9
    expected = counts_by_hand(values, weights, orders, low, high, hold=hold)
    for count in (plain.lag_counts, kernel.lag_counts):
        found = np.zeros_like(expected)
        count(values, weights, orders, low, high, found, hold=hold)
        assert np.array_equal(found, expected)


@given(SEEDS, st.integers(1, 4), st.booleans(), st.sampled_from([1e-9, 1e-7, 1e-3]), st.sampled_from([1.0, 1e-6, 1e7]))
@settings(max_examples=30)
def test_lag_counts_in_single_precision_are_those_of_double(seed, days, hold, slack, scale):
    """Limits that many orders meet exactly, or miss by less than single precision can tell."""
    _, weights, orders = some(seed, days, replicates=60, chance=0.5)
    rng = np.random.default_rng(seed)
    values = scale * rng.normal(size=(days, 13))
    values[:, 0] += 100 * scale  # one place dwarfs the others
    repeated = orders.copy()
    repeated[:, ::3] = orders[:, :1]  # a third of the orders are one and the same
    sums = np.stack([weights @ row[repeated[:, 0]] for row in values])
    low, high = sums - slack * scale, sums + slack * scale
    expected = np.zeros((days, 2, 13), dtype=np.uint32)
    plain.lag_counts(values, weights, repeated, low, high, expected, hold=hold)
    neighbors = kernel.neighbor_lists(weights)
    for count in (kernel._count_in_single, kernel._count):
        both = count(values, neighbors, kernel.Swaps(repeated.view(np.uint32), hold), kernel.Limits(low, high))
        found = np.stack([both % kernel._HALF, repeated.shape[1] - both // kernel._HALF], axis=1)
        assert np.array_equal(found, expected)


def test_counts_are_added_to():
    values, weights, orders = some(1, 2)
    for count in (plain.lag_counts, kernel.lag_counts):
        found = np.full((2, 2, 13), 7, dtype=np.uint32)
        count(values, weights, orders, np.full((2, 13), -1e9), np.full((2, 13), -1e9), found, hold=True)
        assert (found[:, 0] == 12).all()
        assert (found[:, 1] == 7).all()


def signatures_by_hand(series, places, dense):
    length = series.shape[1]
    out = np.zeros((places.shape[1], length - 1, 6), dtype=np.int32)
    for replicate, moved in enumerate(places.T):
        active = series[moved].T.astype(bool)
        for t in range(1, length):
            before, now = active[t - 1], active[t]
            for i in range(len(dense)):
                new = any(dense[i, j] and now[j] and not before[j] for j in range(len(dense)))
                exposed = any(dense[j, i] and before[j] for j in range(len(dense)))
                kind = {(1, 1): 1 if new else 0, (1, 0): 2 if new else 3, (0, 1): 5 if exposed else 4}.get(
                    (int(before[i]), int(now[i]))
                )
                if kind is not None:
                    out[replicate, t - 1, kind] += 1
    return out


@given(SEEDS, st.integers(0, 30), st.integers(2, 6))
@settings(max_examples=25)
def test_signatures(seed, events, length):
    rng = np.random.default_rng(seed)
    _, weights, _ = some(seed, 1, places=7)
    series = np.zeros((7, length), dtype=np.uint8)
    series[rng.integers(0, 7, events), rng.integers(0, length, events)] = 1
    places = np.column_stack([rng.permutation(7) for _ in range(3)]).astype(np.int32)
    expected = signatures_by_hand(series, places, weights.toarray())
    for count in (other_plain.signatures, signatures.signatures):
        found = np.full_like(expected, -1)
        count(series, places, weights, found)
        assert np.array_equal(found, expected)


@settings(max_examples=30)
@given(SEEDS, st.integers(0, 12), st.sampled_from([5, 128, 130]), st.booleans())
def test_a_day_with_gaps_is_counted_on_what_remains_of_each_order(seed, missing, replicates, hold):
    rng = np.random.default_rng(seed)
    places = np.sort(rng.choice(20, 20 - missing, replace=False))
    orders = np.argsort(rng.random((20, replicates)), axis=0).astype(np.int32)
    kept = remaining(orders, places)
    for column, order in enumerate(orders.T):  # by hand: the observed places in the order of all
        assert places[kept[:, column]].tolist() == [place for place in order if place in places]
    dense = rng.uniform(0.5, 2, (len(places), len(places))) * (rng.random((len(places), len(places))) < 0.3)
    np.fill_diagonal(dense, 0)
    weights, values = sp.csr_array(dense), rng.normal(size=len(places))
    day, lanes = gaps.day_of(values, 20, places), gaps.in_lanes(orders)
    pairs = sp.csr_array(sp.triu(weights + weights.T, k=1))
    assert gaps.forms(day, pairs, lanes, replicates) == pytest.approx(
        plain.forms(values[None], pairs, kept)[:, 0], rel=1e-12, abs=1e-12
    )
    low = weights @ values - 1e-9
    expected, counts = np.zeros((1, 2, len(places)), np.uint32), np.zeros((2, len(places)), np.uint32)
    plain.lag_counts(values[None], weights, kept, low[None], low[None] + 2e-9, expected, hold=hold)
    gaps.lag_counts(day, weights, lanes, replicates, low, low + 2e-9, counts, hold=hold)
    assert counts.tolist() == expected[0].tolist()
