"""Sums over neighbors and signatures: compiled code against the plain version, and that against loops by hand."""

import itertools
import math

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from protestspread.kernels import autocorrelation as kernel
from protestspread.kernels import autocorrelation_plain as plain
from protestspread.kernels import gaps, signatures
from protestspread.kernels import plain as other_plain

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


def spliced_by_hand(order, seen):
    """Return the order of one day: who would take a missing value takes what the missing place would have taken."""
    taken = list(order)
    for place in np.flatnonzero(seen):
        while not seen[taken[place]]:
            taken[place] = order[taken[place]]
    return taken


def test_every_order_of_the_observed_is_as_likely_for_each_number_of_gaps():
    """All orders of four places: each order of those observed comes from as many of them, alone and within a batch."""
    orders = np.array(list(itertools.permutations(range(4))), dtype=np.int32).T
    for seen in itertools.product([True, False], repeat=4):
        places = np.flatnonzero(seen)
        found = plain.spliced(orders, places)
        assert [places[column].tolist() for column in found.T] == [
            [spliced_by_hand(order, seen)[place] for place in places] for order in orders.T
        ]
        distinct, times = np.unique(found, axis=1, return_counts=True)
        assert distinct.shape[1] == math.factorial(len(places))
        assert len(places) == 0 or set(times) == {24 // math.factorial(len(places))}


@settings(max_examples=40)
@given(SEEDS, st.sampled_from([0.05, 0.3, 0.8]), st.sampled_from([5, 128, 130]), st.booleans())
def test_days_with_gaps_are_counted_in_their_own_orders(seed, missing, replicates, hold):
    rng = np.random.default_rng(seed)
    seen = rng.random((4, 13)) >= missing
    values, weights, orders = some(seed, 4, replicates=replicates)
    values, scale = np.where(seen, values + 0.25, 0), np.where(seen, rng.uniform(1, 3, seen.shape), 1)
    days = plain.Gaps(seen, scale)
    low = rng.normal(size=seen.shape)
    forms, counts = np.zeros((replicates, 4)), np.zeros((4, 2, 13), np.uint32)
    for day, (row, here) in enumerate(zip(values, seen, strict=True)):
        own = np.array([spliced_by_hand(order, here) for order in orders.T]).T
        own[~here] = np.flatnonzero(~here)[:, None]  # a missing place keeps its 0
        scaled = sp.csr_array(scale[day][:, None] * weights.toarray())
        forms[:, day] = np.einsum("pr,pr->r", row[own], scaled @ row[own])
        counts[day] = counts_by_hand(row[None], scaled, own, low[[day]], low[[day]] + 0.1, hold=hold)[0]
    for twin in (plain, gaps):
        assert np.allclose(twin.forms(values, weights, orders, days), forms, rtol=1e-12, atol=1e-12)
        found = np.zeros_like(counts)
        twin.lag_counts(values, weights, orders, low, low + 0.1, found, hold=hold, gaps=days)
        assert np.array_equal(found.transpose(0, 2, 1)[seen], counts.transpose(0, 2, 1)[seen])


@pytest.mark.parametrize("size", [1, 30, 200])
def test_any_size_of_the_steps_gives_the_same(size, monkeypatch):
    rng = np.random.default_rng(1)
    values, weights, orders = some(1, 7, replicates=600)
    days = plain.Gaps(rng.random((7, 13)) > 0.2, np.ones((7, 13)))
    values = np.where(days.seen, values, 0)
    low = values + 0.0

    def count():
        found = np.zeros((2, 7, 2, 13), np.uint32)
        plain.lag_counts(values, weights, orders, low, low, found[0], hold=True)
        plain.lag_counts(values, weights, orders, low, low, found[1], hold=True, gaps=days)
        return found, plain.forms(values, weights, orders, days)

    counts, sums = count()
    monkeypatch.setattr(plain, "_AT_ONCE", size)
    monkeypatch.setattr(plain, "_SPLICES", size)
    assert np.array_equal(count()[0], counts)
    assert np.allclose(count()[1], sums, rtol=1e-12, atol=1e-12)
