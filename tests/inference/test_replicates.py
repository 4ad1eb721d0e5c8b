"""The same numbers from one thread and two, any chunk, other processes and a cluster."""

import joblib
import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from joblib import parallel_config

from protestspread.inference import replicates
from protestspread.inference.replicates import (
    RARE,
    PermutationBlocks,
    permutations,
    reached_p,
    run_replicates,
    run_until_clear,
    share_out,
    thread_count,
)

BLOCKS = PermutationBlocks.of(np.arange(60) % 4)


def draw(first, last, threads):
    return permutations(BLOCKS, 5, first, last, threads=threads).T.astype(np.int64)


@pytest.fixture(scope="module")
def expected():
    return permutations(BLOCKS, 5, 0, 400).T


@pytest.mark.parametrize("width", [1, 7, 400])
@pytest.mark.parametrize("cost", [1.0, 1e9])
def test_no_division_changes_what_is_drawn(monkeypatch, expected, width, cost):
    monkeypatch.setattr(replicates, "WIDEST", width)
    assert np.array_equal(run_replicates(draw, 400, cost=cost), expected)


@pytest.mark.parametrize("threads", [1, 2])
def test_one_thread_or_two(expected, threads):
    before = numba.get_num_threads()
    numba.set_num_threads(min(threads, before))
    try:
        assert thread_count(1e12) == min(threads, before)
        assert np.array_equal(run_replicates(draw, 400, cost=1e9), expected)
    finally:
        numba.set_num_threads(before)


@pytest.mark.long
@pytest.mark.parametrize("cost", [1e6, 1e8, 1e10])
def test_other_processes(expected, cost):
    with joblib.parallel_config(backend="loky", n_jobs=2):
        assert np.array_equal(run_replicates(draw, 400, cost=cost), expected)


def test_work_shared_out_comes_back_in_order():
    assert share_out(lambda piece: piece**2, range(50), cost=1e9) == [piece**2 for piece in range(50)]


def test_small_work_starts_no_thread():
    assert thread_count(1e3) == 1


@pytest.mark.parametrize(("count", "rows"), [(99, 10), (1000, 10), (99, 10**6)])
def test_the_first_batch_is_the_one_that_is_asked_for_first(count, rows):
    asked = []

    def note(first, last, _threads):
        asked.append((first, last))
        return np.zeros(last - first)

    first = replicates.first_batch(count, cost=1e9, rows=rows)
    run_replicates(note, count, cost=1e9, rows=rows)
    assert first == (min(asked)[1] if thread_count(1e12) > 1 else 0)
    assert replicates.first_batch(count, cost=1.0, rows=rows) == 0
    with joblib.parallel_config(backend="loky", n_jobs=2):
        assert replicates.first_batch(count, cost=1e9, rows=rows) == 0


# early stopping: the p-value is small if and only if it would be after all draws


class Draws:
    """Replicate i reaches the observed statistic of test k with a probability of its own, whatever the batch."""

    def __init__(self, chances, seed):
        self.chances, self.seed = np.asarray(chances), seed

    def __call__(self, first, last, _):
        rows = [
            np.random.default_rng([self.seed, i]).random(len(self.chances)) < self.chances for i in range(first, last)
        ]
        return np.array(rows, dtype=float).reshape(-1, len(self.chances))


def same(rows):
    return rows


@given(st.integers(0, 10**6), st.sampled_from([0, 5, 19, 39, 99, 199, 250]), st.lists(st.sampled_from([0, 0.02, 0.05, 0.1, 0.6, 1]), min_size=1, max_size=3))  # fmt: skip
def test_stopping_changes_no_verdict(seed, count, chances):
    draw, observed = Draws(chances, seed), np.ones(len(chances))
    rows = run_until_clear(draw, count, observed, same, cost=1.0)
    everything = draw(0, count, False)
    assert (rows == everything[: len(rows)]).all()
    p, full = reached_p(observed, rows), reached_p(observed, everything)
    assert ((p <= RARE) == (full <= RARE)).all()
    if len(rows) < count:
        reached = rows.sum(axis=0)
        assert (reached >= max(10, int(RARE * (count + 1)))).all()
        assert (rows[:-1].sum(axis=0) < max(10, int(RARE * (count + 1)))).any()  # not a draw more than needed


def test_p_is_uniform_or_larger_without_an_effect():
    """Of 2,000 exact tests at most 5% have p at most 0.05, though most of them stop early."""
    rng, small, stopped = np.random.default_rng(3), 0, 0
    for _ in range(2000):
        values = rng.normal(size=100)
        rows = run_until_clear(
            lambda first, last, _, v=values: v[1 + first : 1 + last, None], 99, values[:1], same, cost=1.0
        )
        small += reached_p(values[:1], rows)[0] <= RARE
        stopped += len(rows) < 99
    assert small < 2000 * 0.05 + 4 * np.sqrt(2000 * 0.05 * 0.95)
    assert stopped > 1500


def test_without_draws_there_is_no_p_below_1():
    rows = run_until_clear(Draws([0.5], 1), 0, np.ones(1), same, cost=1.0)
    assert rows.shape == (0, 1)
    assert reached_p(np.ones(1), rows).tolist() == [1.0]


def test_a_statistic_that_does_not_exist_stops_nothing_and_has_no_p():
    observed = np.array([np.nan, 1.0])
    rows = run_until_clear(Draws([0.0, 1.0], 1), 99, observed, same, cost=1.0)
    assert len(rows) == 10
    assert reached_p(observed, rows) == pytest.approx([np.nan, 1.0], nan_ok=True)


@pytest.mark.long
def test_workers_change_nothing():
    alone = run_until_clear(Draws([0.3], 1), 99, np.ones(1), same, cost=1e8)
    with parallel_config(backend="loky", n_jobs=2):
        shared = run_until_clear(Draws([0.3], 1), 99, np.ones(1), same, cost=1e8)
    assert (alone == shared).all()
