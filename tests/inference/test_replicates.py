"""The same numbers from one thread and two, any chunk, other processes and a cluster."""

import joblib
import numba
import numpy as np
import pytest

from protestspread.inference import replicates
from protestspread.inference.replicates import (
    PermutationBlocks,
    permutations,
    run_replicates,
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


@pytest.mark.parametrize(("count", "cost"), [(99, 1e8), (199, 1e7), (1000, 1e6), (40, 1e10)])
def test_each_worker_has_its_share(monkeypatch, count, cost):
    """Also where all replicates would fit into one table."""
    chunks = []

    def note(_, given, __):
        chunks.extend(given)
        return iter([[np.zeros(last - first) for first, last in given]])

    monkeypatch.setattr(replicates, "_run_in_workers", note)
    with joblib.parallel_config(backend="loky", n_jobs=2):
        run_replicates(draw, count, cost=cost)
    sizes = [last - first for first, last in chunks]
    assert sum(sizes) == count
    assert max(sizes) <= -(-count // 2)
    assert min(sizes[:-1]) * cost >= 0.9e8  # a tenth of a second


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
