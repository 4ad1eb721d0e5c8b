"""Early stopping: the p-value is small if and only if it would be after all draws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from joblib import parallel_config

from protestspread.inference.replicates import RARE, reached_p, run_until_clear


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
